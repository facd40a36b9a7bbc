import { createHash } from 'node:crypto';
import { statfsSync } from 'node:fs';
import { join } from 'node:path';

/** statfs(2) f_type of tmpfs and ramfs. */
const IN_RAM = [0x01021994, 0x858458f6];
/** Names another folder for the journal, or none: "off". */
export const RAM_FOLDER_VARIABLE = 'PERCH_RAM_DIR';

/**
 * Where the journal in RAM goes: in systemd's runtime folder of the service, else in /dev/shm. Undefined when neither is in
 * RAM. The name goes by the state folder and the board's key, so that two agents, or two enrolments, never mix.
 */
export function ramFolder(
  env: Readonly<Record<string, string | undefined>>,
  state: string,
  publicKey: Uint8Array,
): string | undefined {
  const named = env[RAM_FOLDER_VARIABLE];
  if (named === 'off') return undefined;
  const hash = createHash('sha256').update(state).update('\0').update(publicKey).digest('hex').slice(0, 16);
  if (named !== undefined) return join(named, `outbox-${hash}`);
  const service = env.RUNTIME_DIRECTORY?.split(':')[0];
  const places = [
    ...(service === undefined ? [] : [{ folder: service, name: `outbox-${hash}` }]),
    { folder: '/dev/shm', name: `perch-outbox-${hash}` },
  ];
  const place = places.find(({ folder }) => isInRam(folder));
  return place && join(place.folder, place.name);
}

function isInRam(folder: string): boolean {
  try {
    return IN_RAM.includes(statfsSync(folder).type);
  } catch {
    return false;
  }
}
