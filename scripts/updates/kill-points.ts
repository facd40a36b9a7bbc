// Whole updates of stand-in executables under the real launcher, killed at one file-system call after the other.
// By hand: node scripts/updates/kill-points.ts --points 1000 --seed 1, or one update: --full --power --kill 12 --kill 0 --kill 3
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compileFsShim, readFsLog } from '../faults/fs-shim.ts';
import { type Random, seeded } from '../fuzz/random.ts';
import { makeScene, type Scene, SceneBoard } from './scene.ts';
import { workAtOnce } from './soak-update-workers.ts';
import { startsNext } from './update-board.ts';

/** Updates whose calls are counted. */
const MEASURED = 3;
/** Size of a stand-in: what is under test is the order of calls, not their length. */
const BYTES = 60_000;
/** An update that does not end in this time does not end. */
const END_MS = 60_000;
/** Updates under way at once. */
const AT_ONCE = 3;

/** One board's update and what happens to it. */
export interface KillPlan {
  /** The call at which each life of the agent is killed, from 1; 0: it is not. Lives beyond the plan are not killed. */
  lives: readonly number[];
  /** At each kill the power goes: the launcher dies too, and the next start is in another boot. */
  power: boolean;
  /** The board gets the full form instead of a patch. */
  full: boolean;
}

export const planText = ({ lives, power, full }: KillPlan): string =>
  `${full ? 'full form' : 'patch'}, ${power ? 'power cut' : 'killed'} at call ${lives.join(', then ')}`;

const replayOf = ({ lives, power, full }: KillPlan): string =>
  [
    'node scripts/updates/kill-points.ts',
    full && '--full',
    power && '--power',
    ...lives.map((at) => `--kill ${at}`),
  ]
    .filter(Boolean)
    .join(' ');

/** Scenes of which many updates are made. */
export class KillScenes {
  readonly folder: string;
  readonly #patch: Scene;
  readonly #full: Scene;
  readonly #library: string;
  #boards = 0;

  private constructor(patch: Scene, full: Scene, library: string, folder: string) {
    this.#patch = patch;
    this.#full = full;
    this.#library = library;
    this.folder = folder;
  }

  static async make(): Promise<KillScenes> {
    const folder = mkdtempSync(join(tmpdir(), 'perch-kills-'));
    try {
      const patch = await makeScene(join(folder, 'patch'), { bytes: BYTES });
      const full = await makeScene(join(folder, 'full'), { bytes: BYTES, full: true });
      return new KillScenes(patch, full, await compileFsShim(), folder);
    } catch (error) {
      rmSync(folder, { recursive: true });
      throw error;
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  /**
   * How many calls each life of an update makes that nothing disturbs: of the old version, and of the new one until it is in force.
   * A busy machine makes one or two more, as progress is kept by the clock, so the least of MEASURED updates counts: those every
   * update makes.
   */
  async calls(full: boolean): Promise<[number, number]> {
    const all: [number, number][] = [];
    for (let count = 0; count < MEASURED; count++) all.push(await this.#count(full));
    return [Math.min(...all.map(([first]) => first)), Math.min(...all.map(([, second]) => second))];
  }

  async #count(full: boolean): Promise<[number, number]> {
    const never = 1_000_000;
    const board = await this.#update({ lives: [never, never], power: false, full });
    const ordinals = readFsLog(board.log).map(({ ordinal }) => ordinal);
    const second = ordinals.lastIndexOf(1);
    return [Math.max(...ordinals.slice(0, second)), Math.max(...ordinals.slice(second))];
  }

  /**
   * One update with its kills. @returns how many calls it was killed at
   * @throws Error when it does not end, or something was started that is no whole release; with the line that replays it
   */
  async run(plan: KillPlan): Promise<number> {
    try {
      const board = await this.#update(plan);
      return killsOf(board);
    } catch (error) {
      const { message } = error as Error;
      throw new Error(`${planText(plan)}: ${message}\nreplay: ${replayOf(plan)}`, { cause: error });
    }
  }

  async #update(plan: KillPlan): Promise<SceneBoard> {
    const scene = plan.full ? this.#full : this.#patch;
    this.#boards += 1;
    const board = new SceneBoard(scene, `board-${this.#boards}`, this.#library);
    const ends = board.until(
      'release in force',
      ({ version, settled }) => version === '0.3.0' && settled === true,
      END_MS,
    );
    try {
      board.start(plan.lives);
      if (plan.power) await this.#cutAtKills(board, ends);
      await ends;
      await board.stop();
      const next = startsNext(board.state, scene.set);
      if (next !== '0.3.0') throw new Error(`${next} would start next: ${board.story()}`);
      return board;
    } finally {
      ends.catch(() => {});
      await board.cut();
    }
  }

  /** Each kill takes the launcher with it. */
  async #cutAtKills(board: SceneBoard, ends: Promise<void>): Promise<void> {
    let over = false;
    void ends.finally(() => (over = true)).catch(() => {});
    for (let seen = 0; !over; ) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      const kills = killsOf(board);
      if (kills === seen) continue;
      seen = kills;
      await board.cut();
      board.start();
    }
  }
}

const killsOf = (board: SceneBoard): number =>
  readFsLog(board.log).filter(({ result }) => result === 'killed').length;

/** Each call of an update once. */
export function everyCall([first, second]: [number, number], power: boolean, full: boolean): KillPlan[] {
  const one = (lives: number[]): KillPlan => ({ lives, power, full });
  return [
    ...Array.from({ length: first }, (_, index) => one([index + 1])),
    ...Array.from({ length: second }, (_, index) => one([0, index + 1])),
  ];
}

/** A plan with one to four kills, drawn. */
export function drawPlan(random: Random, [first, second]: [number, number], full: boolean): KillPlan {
  const kills = 1 + random.below(4);
  const lives = Array.from({ length: kills }, () =>
    random.below(4) === 0 ? 1 + random.below(second) : 1 + random.below(first),
  );
  return { lives, power: random.below(2) === 0, full };
}

export interface KillUpdatesOptions {
  points: number;
  seed: number;
  progress?: (text: string) => void;
  /** Ends it early, after what is under way. */
  signal?: AbortSignal;
}

/** Updates until so many kills have happened. @returns how many updates that were @throws Error with the line that replays what failed */
export async function killUpdates(
  scenes: KillScenes,
  { points, seed, progress, signal }: KillUpdatesOptions,
): Promise<{ updates: number; kills: number }> {
  const random = seeded(seed);
  const calls = { patch: await scenes.calls(false), full: await scenes.calls(true) };
  const every = [true, false].flatMap((power) => [
    ...everyCall(calls.patch, power, false),
    ...everyCall(calls.full, power, true),
  ]);
  let [begun, updates, kills] = [0, 0, 0];
  const next = (): KillPlan | undefined => {
    if (kills >= points || signal?.aborted) return undefined;
    const full = random.below(3) === 0;
    const drawn = drawPlan(random, full ? calls.full : calls.patch, full);
    return every[begun++] ?? drawn;
  };
  await workAtOnce(AT_ONCE, next, async (plan) => {
    const killed = await scenes.run(plan);
    kills += killed;
    updates += 1;
    progress?.(`${kills} of ${points} kills: ${planText(plan)}`);
  });
  return { updates, kills };
}

/** @throws RangeError for a word that is no call */
function callOf(word: string): number {
  if (!/^\d{1,6}$/.test(word))
    throw new RangeError(`--kill takes the number of a call, not ${JSON.stringify(word)}`);
  return Number(word);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      points: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      kill: { type: 'string', multiple: true },
      power: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
    },
  });
  const scenes = await KillScenes.make();
  try {
    const began = performance.now();
    const { power, full } = values;
    const { updates, kills } =
      values.kill === undefined
        ? await killUpdates(scenes, {
            ...{ points: Number(values.points), seed: Number(values.seed) },
            progress: (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`),
          })
        : { updates: 1, kills: await scenes.run({ lives: values.kill.map(callOf), power, full }) };
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    console.log(`${kills} kills in ${updates} updates, each ended on the whole new release; ${seconds} s`);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  } finally {
    scenes.remove();
  }
}
