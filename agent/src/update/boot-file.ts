import { join } from 'node:path';
import { readIfThere, writeAtomic } from '../atomic-file.ts';
import { versionOf } from './install.ts';

/**
 * Which release the launcher starts: the file `boot` in the state folder, one `key word` a line. It is one file, replaced as
 * a whole, since a power cut between two would leave a trial of the wrong release. agent/launcher/perch-launcher reads and
 * writes the same.
 */
export interface Boot {
  /** Folder in releases/; absent, or a folder that is not there: the packaged executable. */
  current?: string;
  /** What ran before `current`, and runs again when a trial fails. */
  previous?: string;
  /** Starts that the release on trial has left; absent once it proved itself. */
  tries?: number;
  /** The release that the launcher went back from, until the agent took note. */
  gaveUp?: string;
}

/** The name of the packaged executable in a boot file: no release has it, since theirs begin with a version. */
export const PACKAGED = 'packaged';

/** How often the launcher starts a new release before it goes back. */
export const TRIES = 3;
/** The agent ends with this code to be started again by the launcher, from the release that is current by then. */
export const RESTART_EXIT_CODE = 75;

const KEYS = { current: 'current', previous: 'previous', tries: 'tries', gaveUp: 'gave-up' } as const;
const fileOf = (state: string): string => join(state, 'boot');

/** @throws PerchError DISK when the file is there and cannot be read */
export function readBoot(state: string): Boot {
  const words = new Map(
    (readIfThere(fileOf(state)) ?? '').split('\n').map((line) => {
      const [key = '', word = ''] = line.trim().split(/\s+/);
      return [key, word];
    }),
  );
  const boot: Boot = {};
  for (const key of ['current', 'previous', 'gaveUp'] as const) {
    const word = words.get(KEYS[key]);
    if (word) boot[key] = word;
  }
  const tries = words.get(KEYS.tries);
  // Damaged tries are none left, as the launcher reads them too.
  if (tries) boot.tries = /^[0-9]{1,3}$/.test(tries) ? Number(tries) : 0;
  return boot;
}

/** @throws PerchError DISK */
export function writeBoot(state: string, boot: Boot): void {
  const lines = (Object.keys(KEYS) as (keyof Boot)[]).flatMap((key) =>
    boot[key] === undefined ? [] : [`${KEYS[key]} ${boot[key]}\n`],
  );
  writeAtomic(fileOf(state), lines.join(''));
}

/** Puts a release on trial. What the board goes back to is the last that proved itself, never one on trial. Pure. */
export const putOnTrial = ({ current, previous, tries }: Boot, name: string): Boot => ({
  current: name,
  previous: (tries === undefined ? current : previous) ?? PACKAGED,
  tries: TRIES,
});

/** The release proved itself: it is no longer counted. Pure. */
export const endTrial = ({ tries: _, ...boot }: Boot): Boot => boot;

/**
 * What a start of `version` finds: that it is on trial itself, or a release that was given up. The launcher says so, or
 * could not start it at all: then another version runs while the trial goes on. Pure.
 */
export function judgeBoot(
  boot: Boot,
  version: string,
): { onTrial: boolean; gaveUp?: { name: string; code: 'ROLLED_BACK' | 'DOES_NOT_START' }; settled: Boot } {
  const { gaveUp, ...rest } = boot;
  if (gaveUp !== undefined)
    return { onTrial: false, gaveUp: { name: gaveUp, code: 'ROLLED_BACK' }, settled: rest };
  const { current, previous, tries } = boot;
  if (current === undefined || tries === undefined) return { onTrial: false, settled: boot };
  if (versionOf(current) === version) return { onTrial: true, settled: boot };
  return {
    onTrial: false,
    gaveUp: { name: current, code: 'DOES_NOT_START' },
    settled: { current: previous ?? PACKAGED },
  };
}
