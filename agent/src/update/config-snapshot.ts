import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { diskError, writeAtomic } from '../atomic-file.ts';
import { readBoot } from './boot-file.ts';
import { releaseFolder } from './install.ts';

/**
 * The config as it was when a release went on trial. A newer release may be given a config that the one before cannot
 * read; when that one runs again, it must not stand there without any.
 */
const snapshotOf = (state: string, name: string): string =>
  join(releaseFolder(state, name), 'config-before.json');
const configOf = (state: string): string => join(state, 'config.json');

/** @throws PerchError DISK */
export function keepConfig(state: string, name: string): void {
  if (!existsSync(configOf(state))) return;
  try {
    writeAtomic(snapshotOf(state, name), readFileSync(configOf(state)));
  } catch (error) {
    throw diskError('cannot keep the config beside the release', error);
  }
}

/** At the start of an agent that comes after a release that was given up. A disk that fails is told and stops nothing. */
export function recoverConfig(state: string, note: (text: string) => void): void {
  try {
    const { gaveUp } = readBoot(state);
    if (gaveUp !== undefined && restoreConfig(state, gaveUp.name))
      note(`the config from before ${gaveUp.name} is back`);
  } catch (error) {
    note((error as Error).message);
  }
}

/** Brings back the config from before the trial of a release that was given up. True when there was another one. @throws PerchError DISK */
function restoreConfig(state: string, name: string): boolean {
  const snapshot = snapshotOf(state, name);
  if (!existsSync(snapshot)) return false;
  try {
    const before = readFileSync(snapshot);
    if (existsSync(configOf(state)) && readFileSync(configOf(state)).equals(before)) return false;
    writeAtomic(configOf(state), before);
    return true;
  } catch (error) {
    throw diskError('cannot bring back the config from before the trial', error);
  }
}
