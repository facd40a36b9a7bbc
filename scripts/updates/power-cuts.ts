// Whole updates of stand-in executables under the real launcher, and what a power cut at any of their calls may have left of
// the disk: what was not synced is there, torn or gone (../faults/power-cut.ts).
// By hand: node scripts/updates/power-cuts.ts --cuts 500 --seed 1, or one update: --full --cut 31:ext4:7 --cut 12:posix:3
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compileFsShim } from '../faults/fs-shim.ts';
import { cutPower } from '../faults/power-cut.ts';
import { seeded } from '../fuzz/random.ts';
import { type Cut, type CutPlan, cutOf, drawCuts, RULES, replayOf } from './power-cuts-plan.ts';
import { endUpdate, type Recording, recordUpdate } from './power-cuts-record.ts';
import { makeScene, type Scene, SceneBoard } from './scene.ts';
import { workAtOnce } from './soak-update-workers.ts';
import { startsNext } from './update-board.ts';

/** Size of a stand-in: some pages, of which any may be lost, in one segment. */
const BYTES = 60_000;
/** Disks that are drawn for each call and each of RULES. */
const SEEDS = 8;
/** Updates under way at once. */
const AT_ONCE = 3;
type Form = 'patch' | 'full';
type Forms = Record<Form, { scene: Scene; recording: Recording }>;
const formOf = (full: boolean): Form => (full ? 'full' : 'patch');

/** Recorded updates, by a patch and in full form, and the boards that lose their power in them. */
export class CutScenes {
  readonly #folder: string;
  readonly #library: string;
  readonly #forms: Forms;
  #boards = 0;

  private constructor(folder: string, library: string, forms: Forms) {
    this.#folder = folder;
    this.#library = library;
    this.#forms = forms;
  }

  static async make(): Promise<CutScenes> {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'perch-cuts-')));
    try {
      const library = await compileFsShim();
      const recorded = async (full: boolean) => {
        const scene = await makeScene(join(folder, formOf(full)), { bytes: BYTES, full });
        return { scene, recording: await recordUpdate(new SceneBoard(scene, 'recorded', library), library) };
      };
      return new CutScenes(folder, library, { patch: await recorded(false), full: await recorded(true) });
    } catch (error) {
      rmSync(folder, { recursive: true });
      throw error;
    }
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }

  /** How many calls an update makes that change something or make it durable: the launcher's and the agents'. */
  calls(full: boolean): number {
    return this.#forms[formOf(full)].recording.points.length;
  }

  /**
   * One cut for each disk that can be told from the others, of those that `seeds` draws leave after each call by each rule.
   * @throws Error when the launcher would start something on one of them that is no whole release
   */
  disks(full: boolean, seeds: number): Cut[] {
    const { scene, recording } = this.#forms[formOf(full)];
    const found = new Map<string, Cut>();
    for (let at = 1; at <= this.calls(full); at++)
      for (const rules of RULES)
        for (let seed = 1; seed <= seeds; seed++) {
          const cut = { at, rules, seed };
          try {
            const { state } = this.#boardAfter(scene, recording, cut, 1);
            const digest = digestOf(state);
            if (!found.has(digest)) found.set(digest, cut);
            rmSync(join(state, '..'), { recursive: true });
          } catch (error) {
            throw failure({ full, cuts: [cut] }, error);
          }
        }
    return [...found.values()];
  }

  /**
   * One update with its power cuts. After each of them it ends on the new release, and nothing but whole ones is started.
   * @throws Error that says what happened instead, and the line that replays it
   */
  async run(plan: CutPlan): Promise<void> {
    const { scene, recording: first } = this.#forms[formOf(plan.full)];
    const boards: SceneBoard[] = [];
    try {
      let recording = first;
      for (const [index, cut] of plan.cuts.entries()) {
        const board = this.#boardAfter(scene, recording, cut, index + 1);
        boards.push(board);
        if (index + 1 < plan.cuts.length) recording = await recordUpdate(board, this.#library);
        else await endUpdate(board);
        const next = startsNext(board.state, scene.set);
        if (next !== '0.3.0') throw new Error(`${next} would start next: ${board.story()}`);
      }
    } catch (error) {
      throw failure(plan, error);
    } finally {
      for (const { state } of boards) rmSync(join(state, '..'), { recursive: true, force: true });
    }
  }

  /**
   * A board that has what a power cut left, the how manieth of its update.
   * @throws Error when what its launcher would start is no whole release
   */
  #boardAfter(scene: Scene, recording: Recording, { at, rules, seed }: Cut, count: number): SceneBoard {
    this.#boards += 1;
    const board = new SceneBoard(scene, `board-${this.#boards}`, this.#library);
    rmSync(board.state, { recursive: true });
    const { points, ...recorded } = recording;
    // A second cut may be drawn behind the end of what was left to do.
    const events = points[(at - 1) % Math.max(1, points.length)] ?? 0;
    cutPower({ ...recorded, into: board.state, seed, rules, events });
    makeExecutable(board.state);
    for (let boot = 0; boot < count; boot++) board.newBoot(); // another one than at any cut before
    if (startsNext(board.state, scene.set) === undefined)
      throw new Error(`what would start next is no whole release: ${list(board.state).join(', ')}`);
    return board;
  }
}

const failure = (plan: CutPlan, error: unknown): Error =>
  new Error(`${(error as Error).message}\nreplay: ${replayOf(plan)}`, { cause: error });

/** All below a folder, by path in it. */
const list = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();

/** The model has no modes. Those of executables were synced before they got their names. */
function makeExecutable(state: string): void {
  for (const path of list(state))
    if (/(^|\/)(perch|packaged)-agent$/.test(path)) chmodSync(join(state, path), 0o700);
}

function digestOf(state: string): string {
  const hash = createHash('sha256');
  for (const path of list(state)) {
    const whole = join(state, path);
    hash.update(`${path}\0`).update(statSync(whole).isFile() ? readFileSync(whole) : '');
  }
  return hash.digest('hex');
}

export interface CutReport {
  /** Disks that were looked at, and how many of them can be told from each other. */
  disks: number;
  different: number;
  /** Updates that were let end, and the power cuts in them. */
  updates: number;
  cuts: number;
}

export interface CutUpdatesOptions {
  updates: number;
  seed: number;
  progress?: (text: string) => void;
  /** Ends it early, after what is under way. */
  signal?: AbortSignal;
}

/** Looks at all disks, and lets so many updates end. @throws Error with the line that replays what failed */
export async function cutUpdates(
  scenes: CutScenes,
  { updates, seed, progress, signal }: CutUpdatesOptions,
): Promise<CutReport> {
  progress?.('what power cuts may leave is looked at');
  const disks = [false, true].flatMap((full) =>
    scenes.disks(full, SEEDS).map((cut) => ({ full, cuts: [cut] })),
  );
  const left = drawCuts(seeded(seed), disks, updates);
  let [done, cuts] = [0, 0];
  await workAtOnce(
    AT_ONCE,
    () => (signal?.aborted ? undefined : left.shift()),
    async (plan) => {
      await scenes.run(plan);
      done += 1;
      cuts += plan.cuts.length;
      progress?.(`${done} of ${updates} updates with power cuts`);
    },
  );
  const looked = (scenes.calls(false) + scenes.calls(true)) * RULES.length * SEEDS;
  return { disks: looked, different: disks.length, updates: done, cuts };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      cuts: { type: 'string', default: '500' },
      seed: { type: 'string', default: '1' },
      cut: { type: 'string', multiple: true },
      full: { type: 'boolean', default: false },
    },
  });
  const scenes = await CutScenes.make();
  try {
    if (values.cut !== undefined) {
      await scenes.run({ full: values.full, cuts: values.cut.map(cutOf) });
      console.log('ended on the whole new release');
    } else
      console.log(
        JSON.stringify(await cutUpdates(scenes, { updates: Number(values.cuts), seed: Number(values.seed) })),
      );
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  } finally {
    scenes.remove();
  }
}
