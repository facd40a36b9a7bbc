import type { CommandArgs } from '../commands/commands.ts';
import { DEFAULT_LIMITS, DEFAULT_SOAK_MS, DEFAULT_WAVES } from '../rollout/defaults.ts';
import type { Wave } from '../rollout/facts.ts';
import { AT_ONCE_LIMIT, SPAN_LIMIT_MS, TRIES_LIMIT } from '../rollout/limits.ts';
import type { Input, Option } from './command-line.ts';
import { spanText } from './text.ts';
import { UsageError } from './usage-error.ts';
import { countOption, spanOption } from './values.ts';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const percentText = (share: number): string => `${share * 100}%`;

/** The options of `rollout create`. */
export const CREATE_OPTIONS: Record<string, Option> = {
  groups: { type: 'string', value: 'NAMES', help: 'only boards in one of these groups, such as lab,roof' },
  platforms: { type: 'string', value: 'NAMES', help: 'only boards of these platforms' },
  waves: {
    type: 'string',
    value: 'PERCENT',
    help: `percent of the boards, wave by wave (${DEFAULT_WAVES.join(',')}); a first wave is one board at least`,
  },
  percent: { type: 'string', value: 'N', help: 'one wave of so many percent, and no further' },
  soak: {
    type: 'string',
    value: 'TIME',
    help: `how long a wave must have succeeded before the next one (${spanText(DEFAULT_SOAK_MS)})`,
  },
  'max-failures': {
    type: 'string',
    value: 'PERCENT',
    help: `pause when more of the boards of a wave fail, or fall silent (${percentText(DEFAULT_LIMITS.failures)})`,
  },
  silence: {
    type: 'string',
    value: 'TIME',
    help: `a board is silent when it was not heard for so long (${DEFAULT_LIMITS.silence / 3_600_000}h)`,
  },
  'at-once': {
    type: 'string',
    value: 'N',
    help: `boards that update at once, at most (${DEFAULT_LIMITS.atOnce})`,
  },
  tries: {
    type: 'string',
    value: 'N',
    help: `how often a board tries when it fails for a reason that may pass (${DEFAULT_LIMITS.tries})`,
  },
  window: {
    type: 'string',
    value: 'HH:MM-HH:MM',
    help: 'begin updates only then, by the clock where the board is',
  },
  days: { type: 'string', value: 'DAYS', help: 'days on which the window opens, such as mon-fri or sat,sun' },
  'time-zone': {
    type: 'string',
    value: 'NAME',
    help: 'of boards whose config has no timeZone, such as Europe/Berlin (UTC)',
  },
  downgrade: {
    type: 'boolean',
    help: 'for boards that run something newer too, where the release may replace it',
  },
  replace: { type: 'boolean', help: 'abort the rollouts that are under way for the same boards' },
};

const namesOf = (text: string): string[] => text.split(',').map((name) => name.trim());

function percentOf(name: string, text: string): number {
  const percent = /^[0-9]{1,3}(\.[0-9]{1,3})?%?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (!(percent >= 0 && percent <= 100)) throw new UsageError(`--${name} ${text}: write percent, 0 to 100`);
  return percent;
}

function wavesOf(input: Input): Wave[] | undefined {
  const [waves, percent, soak] = ['waves', 'percent', 'soak'].map((name) => input.text(name));
  if (waves !== undefined && percent !== undefined)
    throw new UsageError('--percent N is one wave; give it or --waves');
  if (waves === undefined && percent === undefined && soak === undefined) return undefined;
  const time = spanOption('soak', soak) ?? DEFAULT_SOAK_MS;
  if (time > SPAN_LIMIT_MS) throw new UsageError(`--soak ${soak}: at most ${spanText(SPAN_LIMIT_MS)}`);
  const percents =
    percent === undefined
      ? waves === undefined
        ? DEFAULT_WAVES
        : namesOf(waves).map((text) => percentOf('waves', text))
      : [percentOf('percent', percent)];
  if (percents.some((each) => each === 0)) throw new UsageError('a wave of 0 percent is none');
  return percents.map((each) => ({ percent: each, soak: time }));
}

function daysOf(text: string | undefined): number[] {
  if (text === undefined) return [1, 2, 3, 4, 5, 6, 7];
  const days = new Set<number>();
  for (const part of namesOf(text.toLowerCase())) {
    const [from, to = from] = part.split('-').map((name) => DAYS.indexOf(name) + 1);
    if (!from || !to) throw new UsageError(`--days ${text}: write days such as mon-fri or sat,sun`);
    // Over the end of the week too: fri-mon.
    for (let day = from; ; day = (day % 7) + 1) {
      days.add(day);
      if (day === to) break;
    }
  }
  return [...days].sort();
}

function windowOf(input: Input): CommandArgs<'rolloutCreate'>['window'] {
  const [window, days, zone] = ['window', 'days', 'time-zone'].map((name) => input.text(name));
  if (window === undefined) {
    if (days !== undefined || zone !== undefined)
      throw new UsageError('--days and --time-zone belong to --window HH:MM-HH:MM');
    return undefined;
  }
  const match = /^([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])$/.exec(window);
  if (!match) throw new UsageError(`--window ${window}: write hours such as 22:00-04:00`);
  const [, h1, m1, h2, m2] = match.map(Number);
  return { days: daysOf(days), from: h1! * 60 + m1!, to: h2! * 60 + m2!, zone: zone ?? 'UTC' };
}

/** The arguments of rolloutCreate from the command line. Throws UsageError. */
export function createArgs(input: Input): CommandArgs<'rolloutCreate'> {
  const failures = input.text('max-failures');
  const share = failures === undefined ? undefined : percentOf('max-failures', failures) / 100;
  const limits = {
    ...(share === undefined ? {} : { failures: share, silent: share }),
    ...only('silence', spanOption('silence', input.text('silence'))),
    ...only('atOnce', countOption('at-once', input.text('at-once'), AT_ONCE_LIMIT)),
    ...only('tries', countOption('tries', input.text('tries'), TRIES_LIMIT)),
  };
  const [groups, platforms] = [input.text('groups'), input.text('platforms')];
  return {
    version: input.positionals[0]!,
    ...only('groups', groups === undefined ? undefined : namesOf(groups)),
    ...only(
      'platforms',
      platforms === undefined
        ? undefined
        : (namesOf(platforms) as NonNullable<CommandArgs<'rolloutCreate'>['platforms']>),
    ),
    ...only('waves', wavesOf(input)),
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
    ...only('window', windowOf(input)),
    ...(input.flag('downgrade') ? { downgrade: true } : {}),
    ...(input.flag('replace') ? { replace: true } : {}),
  };
}

const only = <K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } =>
  (value === undefined ? {} : { [name]: value }) as { [P in K]?: V };
