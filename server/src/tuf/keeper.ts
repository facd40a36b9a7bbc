import type { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { filesFor, packFiles } from '@perch/broker-bridge/update/metadata-blob.ts';
import {
  type MetadataFile,
  type MetadataVersions,
  ROLES,
} from '@perch/broker-bridge/update/metadata-file.ts';
import type { LogEntry } from '../serve-options.ts';
import { WARN_MS } from './authority.ts';
import { currentMetadata, type Place } from './owner.ts';
import { newestOf } from './signed-files.ts';

/** How often the server looks whether a file is due, in ms. */
export const LOOK_MS = 60 * 60 * 1000;
/** How often the log repeats that a file of the owner's ends, in ms. */
export const REPEAT_MS = 24 * 60 * 60 * 1000;
/** Packed answers that are kept: boards of a fleet trust the same few sets of versions. */
export const ANSWERS_KEPT = 32;

/** What a running server does with its signed metadata. */
export interface Keeper {
  /** The packed files that a board with these versions lacks; empty when it has all there is. */
  answer(have: MetadataVersions): Promise<Uint8Array>;
  close(): void;
}

/**
 * Signs what is due now and every LOOK_MS, and tells the log in time of what only the owner can sign. What goes wrong with it is told there
 * as well, as records must come in whatever becomes of updates. Rejects with PerchError when a new fleet cannot begin.
 */
export async function startKeeper(place: Place, log: (entry: LogEntry) => void): Promise<Keeper> {
  const answers = new Map<string, Uint8Array>();
  let told = Number.NEGATIVE_INFINITY;
  const look = async (): Promise<void> => {
    const files = await currentMetadata(place);
    const warnings = files.length === 0 ? [NO_ROOT] : endings(files, place.now());
    if (place.now() - told < REPEAT_MS) return;
    told = place.now();
    for (const text of warnings) log({ level: 'warn', text });
  };
  const failed = (error: PerchError): void =>
    log({ level: 'error', text: `the update metadata is not renewed: ${error.message}` });
  if ((await place.store.metadata()).length === 0) await look();
  else await look().catch(failed);
  const timer = setInterval(() => void look().catch(failed), LOOK_MS);
  timer.unref();
  return {
    async answer(have) {
      const current = await place.store.metadata();
      const key = JSON.stringify([have, ROLES.map((role) => newestOf(current, role)?.version)]);
      const blob = answers.get(key) ?? packFiles(filesFor(have, current));
      answers.delete(key);
      answers.set(key, blob);
      if (answers.size > ANSWERS_KEPT) answers.delete(answers.keys().next().value!);
      return blob;
    },
    close: () => clearInterval(timer),
  };
}

/** What to tell of files that are past their date, or will be in WARN_MS; those that renew themselves are not among them by then. */
export function endings(files: readonly MetadataFile[], now: number): string[] {
  return ROLES.flatMap((role) => {
    const file = newestOf(files, role);
    if (file === undefined || file.expires - now > limitOf(role)) return [];
    const day = new Date(file.expires).toISOString().slice(0, 10);
    return file.expires <= now
      ? `the ${role} metadata ran out on ${day}: boards take no update until it is renewed (${REMEDY[role]})`
      : `the ${role} metadata runs out on ${day}; boards take no update from then on (${REMEDY[role]})`;
  });
}

/** Timestamps live for less than WARN_MS; one that is not renewed is told of when a quarter of its life is left. */
const limitOf = (role: keyof typeof REMEDY): number => (role === 'timestamp' ? WARN_MS / 8 : WARN_MS);

const NO_ROOT =
  'this server has no root yet, and no board can be let in: perch-server keys import 1.root.json targets.json';

const REMEDY = {
  root: 'where the root keys are: perch-server keys rotate --offline DIR, then perch-server keys import root.json here',
  targets:
    'where the targets key is: perch-server release sign, then perch-server release publish --targets FILE here',
  snapshot: 'its key is not on this server; restore it, or perch-server keys rotate snapshot',
  timestamp: 'its key is not on this server; restore it, or perch-server keys rotate timestamp',
} as const;
