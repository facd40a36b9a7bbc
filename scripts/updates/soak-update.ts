import { KillScenes, killUpdates } from './kill-points.ts';
import { CutScenes, cutUpdates } from './power-cuts.ts';
import { killRealUpdates } from './real-kills.ts';

export interface UpdateSoakOptions {
  /** Kills of stand-ins; the other proofs are in proportion. */
  points: number;
  seed: number;
  /** Told now and then how it goes. */
  progress(text: string): void;
  /** Ends it early, after what is under way. */
  signal: AbortSignal;
}

/** What one proof did. */
export interface Proved {
  updates: number;
  /** Kills or power cuts. */
  faults: number;
  /** What more there is to tell. */
  more?: string;
}

export interface Proof {
  name: string;
  /** @throws Error with the line that replays what failed */
  run(options: UpdateSoakOptions): Promise<Proved>;
}

export interface UpdateSoakReport {
  seed: number;
  points: number;
  /** It was ended before all was run. */
  interrupted: boolean;
  proofs: ({ name: string; seconds: number } & (Proved | { failure: string }))[];
}

/** One power-cut update for so many points. */
const POINTS_A_CUT = 2;
/** One kill of the real executable for so many points. */
const POINTS_A_REAL_KILL = 20;

/** Stand-ins that are killed, stand-ins whose power goes, and the real executable. */
const PROOFS: readonly Proof[] = [
  {
    name: 'kills at file-system calls',
    async run(options) {
      const scenes = await KillScenes.make();
      try {
        const { updates, kills } = await killUpdates(scenes, options);
        return { updates, faults: kills };
      } finally {
        scenes.remove();
      }
    },
  },
  {
    name: 'power cuts',
    async run({ points, ...options }) {
      const scenes = await CutScenes.make();
      try {
        const wanted = Math.ceil(points / POINTS_A_CUT);
        const { updates, cuts, disks, different } = await cutUpdates(scenes, { ...options, updates: wanted });
        return { updates, faults: cuts, more: `${disks} disks looked at, ${different} of them different` };
      } finally {
        scenes.remove();
      }
    },
  },
  {
    name: 'kills of the real executable',
    async run({ points, ...options }) {
      const wanted = Math.ceil(points / POINTS_A_REAL_KILL);
      const { updates, kills, calls } = await killRealUpdates({ ...options, kills: wanted });
      const more = [...calls].map(([call, count]) => `${call} ${count}`).join(', ');
      return { updates, faults: kills, more };
    },
  },
];

/** Runs one proof after the other. One that fails does not keep the others from being run. */
export async function soakUpdates(
  options: UpdateSoakOptions,
  proofs: readonly Proof[] = PROOFS,
): Promise<UpdateSoakReport> {
  const { seed, points, signal } = options;
  const done: UpdateSoakReport['proofs'] = [];
  for (const { name, run } of proofs) {
    if (signal.aborted) break;
    const began = performance.now();
    const outcome = await run(options).catch((error: unknown) => ({
      failure: error instanceof Error ? error.message : String(error),
    }));
    done.push({ name, seconds: Math.round((performance.now() - began) / 1000), ...outcome });
  }
  return { seed, points, interrupted: signal.aborted, proofs: done };
}

export const hasFailed = ({ proofs }: UpdateSoakReport): boolean => proofs.some((one) => 'failure' in one);

const HEAD = ['', 'updates', 'faults', 'seconds'];

/** The report for people. Pure. */
export function updateSoakText(report: UpdateSoakReport): string {
  const { seed, points, interrupted, proofs } = report;
  const rows = proofs.map((one) =>
    'failure' in one
      ? [one.name, 'failed', '', `${one.seconds}`]
      : [one.name, `${one.updates}`, `${one.faults}`, `${one.seconds}`, one.more ?? ''],
  );
  const first = Math.max(...rows.map(([name]) => name!.length), 0);
  const line = ([name = '', ...cells]: string[]): string => {
    const [updates = '', faults = '', seconds = '', more = ''] = cells;
    return `${name.padEnd(first)}${[updates, faults, seconds].map((cell) => cell.padStart(9)).join('')}  ${more}`.trimEnd();
  };
  const failures = proofs.flatMap((one) => ('failure' in one ? [`${one.name}: ${one.failure}`] : []));
  const end = interrupted ? 'It was ended before all was run. ' : '';
  return [
    `seed ${seed}, ${points} points`,
    '',
    ...[HEAD, ...rows].map(line),
    '',
    ...(failures.length > 0
      ? failures
      : [
          `${end}Each update ended on the new release, and nothing but whole published releases was started.`,
        ]),
  ].join('\n');
}
