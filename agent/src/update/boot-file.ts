import { versionOf } from './release-name.ts';
import { readCopies, writeCopies } from './two-copies.ts';

/**
 * Which release the launcher starts: `boot.a` and `boot.b` in the state folder (two-copies.ts), one `key word` a line.
 * agent/launcher/perch-launcher reads and writes the same, and keeps lines that it does not know.
 */
export interface Boot {
  /** Folder in releases/; absent, or a folder that is not there: the packaged executable. */
  current?: string;
  /** What ran before `current`, and runs again when that fails. */
  previous?: string;
  /** Starts that the release has left in one boot of the board; absent once it is no longer watched. */
  tries?: number;
  /** Power cuts that a release may go through before it proved itself. */
  cuts?: number;
  /** Boot id of the last start that was counted. */
  boot?: string;
  /** The release proved itself; while there are tries, it may still turn out to crash. */
  proved?: boolean;
  /** The release that the launcher went back from, and why, until the agent took note. */
  gaveUp?: { name: string; why: GaveUpWhy };
}

/** Why the launcher went back. */
export const GAVE_UP_WHYS = ['tries', 'cuts', 'late', 'crashes', 'disk', 'start'] as const;
export type GaveUpWhy = (typeof GAVE_UP_WHYS)[number];

/** The name of the packaged executable in a boot file: no release has it, since theirs begin with a version. */
export const PACKAGED = 'packaged';

/** How often the launcher starts a watched release in one boot before it goes back. */
export const TRIES = 3;
/** How often the power may go before a release proved itself: more is no coincidence. */
export const CUTS = 10;
/** The agent ends with this code to be started again by the launcher, from the release that is current by then. */
export const RESTART_EXIT_CODE = 75;

const NAME = 'boot';

const count = (word: string | undefined): number | undefined =>
  // Damaged counts are none left, as the launcher reads them too.
  word === undefined ? undefined : /^[0-9]{1,3}$/.test(word) ? Number(word) : 0;

/** @throws PerchError DISK when the files are there and cannot be read */
export function readBoot(state: string): Boot {
  const words = new Map(
    (readCopies(state, NAME) ?? '').split('\n').map((line) => {
      const [key = '', ...rest] = line.trim().split(/\s+/);
      return [key, rest];
    }),
  );
  const word = (key: string): string | undefined => words.get(key)?.[0];
  const [current, previous, boot] = [word('current'), word('previous'), word('boot')];
  const [tries, cuts] = [count(word('tries')), count(word('cuts'))];
  const [gaveUp, why] = words.get('gave-up') ?? [];
  return {
    ...(current === undefined ? {} : { current }),
    ...(previous === undefined ? {} : { previous }),
    ...(tries === undefined ? {} : { tries }),
    ...(cuts === undefined ? {} : { cuts }),
    ...(boot === undefined ? {} : { boot }),
    ...(word('proved') === undefined ? {} : { proved: true }),
    ...(gaveUp === undefined
      ? {}
      : { gaveUp: { name: gaveUp, why: GAVE_UP_WHYS.find((one) => one === why) ?? 'tries' } }),
  };
}

/** @throws PerchError DISK */
export function writeBoot(state: string, boot: Boot): void {
  const { current, previous, tries, cuts, proved, gaveUp } = boot;
  const words: [string, string | undefined][] = [
    ['current', current],
    ['previous', previous],
    ['tries', tries?.toString()],
    ['cuts', cuts?.toString()],
    ['boot', boot.boot],
    ['proved', proved ? 'yes' : undefined],
    ['gave-up', gaveUp && `${gaveUp.name} ${gaveUp.why}`],
  ];
  const lines = words.flatMap(([key, word]) => (word === undefined ? [] : [`${key} ${word}\n`]));
  writeCopies(state, NAME, lines.join(''));
}

/** Puts a release on trial. What the board goes back to is the last that proved itself, never one on trial. Pure. */
export const putOnTrial = ({ current, previous, tries, proved }: Boot, name: string): Boot => ({
  current: name,
  previous: (tries === undefined || proved ? current : previous) ?? PACKAGED,
  tries: TRIES,
  cuts: CUTS,
});

/** The release proved itself; it stays watched with new tries, as some crash later. Pure. */
export const prove = ({ cuts: _, ...boot }: Boot): Boot => ({ ...boot, tries: TRIES, proved: true });

/** The release is no longer watched. Pure. */
export function endWatch({ tries: _, cuts: __, boot: ___, proved: ____, ...boot }: Boot): Boot {
  return boot;
}

/** What a start of `version` finds in the boot file. */
export interface BootVerdict {
  /** This release is on trial, is watched after it proved itself, or neither. */
  phase: 'trial' | 'watched' | 'settled';
  gaveUp?: { name: string; why: GaveUpWhy };
  /** What the boot file should say once the agent took note of what was given up. */
  settled: Boot;
}

/**
 * The launcher says what it gave up, or could not start it at all: then another version runs while the trial goes on. Pure.
 */
export function judgeBoot(boot: Boot, version: string): BootVerdict {
  const { gaveUp, ...rest } = boot;
  if (gaveUp !== undefined) return { phase: 'settled', gaveUp, settled: rest };
  const { current, previous, tries, proved } = boot;
  if (current === undefined || tries === undefined) return { phase: 'settled', settled: boot };
  if (versionOf(current) === version) return { phase: proved ? 'watched' : 'trial', settled: boot };
  return {
    phase: 'settled',
    gaveUp: { name: current, why: 'start' },
    settled: { current: previous ?? PACKAGED },
  };
}
