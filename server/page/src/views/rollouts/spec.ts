import type { RolloutSpec, UpdateWindow } from '../../api-types-fleet.ts';
import { clockText, daysText, exactSpan, readClock, readSpan } from '../../text/time.ts';

/** A new rollout as its form has it: texts, and lists of what is ticked. */
export interface RolloutForm {
  version: string;
  groups: string[];
  platforms: string[];
  waves: { percent: string; soak: string }[];
  failures: string;
  silence: string;
  atOnce: string;
  tries: string;
  hasWindow: boolean;
  from: string;
  to: string;
  days: number[];
  zone: string;
  downgrade: boolean;
  replace: boolean;
}

export const ALL_DAYS = [1, 2, 3, 4, 5, 6, 7];
/** Waves of a rollout, at most. */
export const WAVES_LIMIT = 20;

export const NEW_FORM: RolloutForm = {
  ...{ version: '', groups: [], platforms: [] },
  waves: ['1', '10', '50', '100'].map((percent) => ({ percent, soak: '1d' })),
  ...{ failures: '10', silence: '36h', atOnce: '50', tries: '5' },
  ...{ hasWindow: false, from: '22:00', to: '04:00', days: ALL_DAYS, zone: 'UTC' },
  ...{ downgrade: false, replace: false },
};

export type Faults = Partial<
  Record<'version' | 'waves' | 'failures' | 'silence' | 'atOnce' | 'tries' | 'window', string>
>;

function wavesFault(waves: RolloutForm['waves']): string | undefined {
  let before = 0;
  for (const [at, { percent, soak }] of waves.entries()) {
    const share = Number(percent);
    if (!(share > 0 && share <= 100)) return `Wave ${at + 1}: percent go from 0 to 100`;
    if (share <= before) return `Wave ${at + 1} must have more percent than the one before`;
    if (readSpan(soak) === undefined) return `Wave ${at + 1}: write a time such as 30m, 4h or 1d`;
    before = share;
  }
  return waves.length === 0 ? 'One wave at least' : undefined;
}

const isCount = (text: string): boolean => /^[1-9]\d{0,5}$/.test(text.trim());

/** What is wrong with a form, by field. Pure. */
export function faultsOf(form: RolloutForm): Faults {
  const faults: [keyof Faults, string | undefined | false][] = [
    ['version', form.version.trim() === '' && 'Choose a version'],
    ['waves', wavesFault(form.waves)],
    [
      'failures',
      !(Number(form.failures) >= 0 && Number(form.failures) <= 100 && form.failures.trim() !== '') &&
        '0 to 100 percent',
    ],
    ['silence', readSpan(form.silence) === undefined && 'A time such as 36h'],
    ['atOnce', !isCount(form.atOnce) && 'A whole number, 1 or more'],
    ['tries', !isCount(form.tries) && 'A whole number, 1 or more'],
    ['window', form.hasWindow && windowFault(form)],
  ];
  return Object.fromEntries(faults.filter(([, text]) => typeof text === 'string')) as Faults;
}

function windowFault({ from, to, days }: RolloutForm): string | false {
  if (readClock(from) === undefined || readClock(to) === undefined) return 'Hours such as 22:00';
  return days.length === 0 && 'Choose a day at least';
}

/** The body of POST /rollouts for a form without faults. Pure. */
export function bodyOf(form: RolloutForm): Record<string, unknown> {
  const failures = Number(form.failures) / 100;
  const window = {
    days: form.days.toSorted((a, b) => a - b),
    from: readClock(form.from)!,
    to: readClock(form.to)!,
    zone: form.zone.trim(),
  };
  return {
    version: form.version.trim(),
    ...(form.groups.length === 0 ? {} : { groups: form.groups }),
    ...(form.platforms.length === 0 ? {} : { platforms: form.platforms }),
    waves: form.waves.map(({ percent, soak }) => ({ percent: Number(percent), soak: readSpan(soak)! })),
    limits: {
      // As on the command line: one share for both.
      ...{ failures, silent: failures, silence: readSpan(form.silence)! },
      ...{ atOnce: Number(form.atOnce), tries: Number(form.tries) },
    },
    ...(form.hasWindow ? { window } : {}),
    ...(form.downgrade ? { downgrade: true } : {}),
    ...(form.replace ? { replace: true } : {}),
  };
}

const windowText = ({ days, from, to, zone }: UpdateWindow): string =>
  `${clockText(from)} to ${clockText(to)}, ${daysText(days)}, where the board is (else ${zone})`;

/** A rollout's rules, line by line. Pure. */
export function specText({ groups, platforms, window, limits, downgrade }: RolloutSpec): [string, string][] {
  return [
    ['Boards', groups === undefined ? 'of every group' : `in ${groups.join(', ')}`],
    ['Platforms', platforms?.join(', ') ?? 'all'],
    ['Updates begin', window === undefined ? 'at any time' : windowText(window)],
    [
      'Pauses when',
      `${Math.round(limits.failures * 100)} % of a wave fail, or fall silent for ${exactSpan(limits.silence)}`,
    ],
    ['At once', `${limits.atOnce} boards at most`],
    ['Tries', `${limits.tries} for each board`],
    ...(downgrade
      ? [['Newer boards', 'go back to it, where it may replace what they run'] as [string, string]]
      : []),
  ];
}
