import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';

/** sun_path of unix(7) has 108 bytes, the last one zero. */
export const SOCKET_PATH_LIMIT = 107;

/**
 * Where the server of a data folder listens for commands: `<dataDir>/server.sock`, or, where that is too long for a
 * socket, a name made from its hash in a folder of the user's own. Nothing in it depends on the environment: a server that
 * systemd started and a command in a login shell must find each other.
 */
export function socketPath(dataDir: string): string {
  const whole = resolve(dataDir);
  const plain = join(whole, 'server.sock');
  if (Buffer.byteLength(plain) <= SOCKET_PATH_LIMIT) return plain;
  return join(
    `/tmp/perch-${userInfo().uid}`,
    `${createHash('sha256').update(whole).digest('hex').slice(0, 16)}.sock`,
  );
}

/** Makes the folder of a short socket path and checks that no other user can reach into it. */
export function makeSocketFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== userInfo().uid || (found.mode & 0o077) !== 0)
    throw new PerchError(
      'DISK',
      `${folder} is not a private folder of this user; remove it or choose a data folder with a shorter path`,
    );
}
