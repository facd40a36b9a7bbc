// Whole updates of stand-in executables under the real launcher, killed at one file-system call after the other.
// By hand: node scripts/updates/kill-points.ts --points 1000 --seed 1
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compileFsShim, readFsLog } from '../faults/fs-shim.ts';
import { type Random, seeded } from '../fuzz/random.ts';
import { makeScene, type Scene, SceneBoard } from './scene.ts';
import { startsNext } from './update-board.ts';

/** Size of a stand-in: what is under test is the order of calls, not their length. */
const BYTES = 60_000;
/** An update that does not end in this time does not end. */
const END_MS = 60_000;

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
    const patch = await makeScene(join(folder, 'patch'), { bytes: BYTES });
    const full = await makeScene(join(folder, 'full'), { bytes: BYTES, full: true });
    return new KillScenes(patch, full, await compileFsShim(), folder);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  /** How many calls each life of an update makes that nothing disturbs: of the old version, and of the new one until it is in force. */
  async calls(full: boolean): Promise<[number, number]> {
    const never = 1_000_000;
    const board = await this.#update({ lives: [never, never], power: false, full });
    const ordinals = readFsLog(board.log).map(({ ordinal }) => ordinal);
    const second = ordinals.lastIndexOf(1);
    return [Math.max(...ordinals.slice(0, second)), Math.max(...ordinals.slice(second))];
  }

  /**
   * One update with its kills. @returns how many calls it was killed at
   * @throws Error when it does not end, or something was started that is no whole release
   */
  async run(plan: KillPlan): Promise<number> {
    try {
      const board = await this.#update(plan);
      return killsOf(board);
    } catch (error) {
      throw new Error(`${planText(plan)}: ${(error as Error).message}`, { cause: error });
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

/** Updates until so many kills have happened. @returns how many updates that were */
export async function killUpdates(
  scenes: KillScenes,
  { points, seed, progress }: { points: number; seed: number; progress?: (text: string) => void },
): Promise<{ updates: number; kills: number }> {
  const random = seeded(seed);
  const calls = { patch: await scenes.calls(false), full: await scenes.calls(true) };
  const every = [true, false].flatMap((power) => [
    ...everyCall(calls.patch, power, false),
    ...everyCall(calls.full, power, true),
  ]);
  let [updates, kills] = [0, 0];
  const next = (): KillPlan => {
    const full = random.below(3) === 0;
    return every[updates] ?? drawPlan(random, full ? calls.full : calls.patch, full);
  };
  const worker = async (): Promise<void> => {
    while (kills < points) {
      const plan = next();
      updates += 1;
      const killed = await scenes.run(plan);
      kills += killed;
      progress?.(`${kills} of ${points}: ${planText(plan)}`);
    }
  };
  await Promise.all([worker(), worker(), worker()]);
  return { updates, kills };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { points: { type: 'string', default: '1000' }, seed: { type: 'string', default: '1' } },
  });
  const scenes = await KillScenes.make();
  try {
    const began = performance.now();
    const { updates, kills } = await killUpdates(scenes, {
      points: Number(values.points),
      seed: Number(values.seed),
      progress: (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`),
    });
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    console.log(`${kills} kills in ${updates} updates, each ended on the whole new release; ${seconds} s`);
  } finally {
    scenes.remove();
  }
}
