// The real executable under the real launcher, updated by a real server, and killed at the calls that change the update's files.
// By hand: node scripts/updates/real-kills.ts --kills 50 --seed 1, or one update: --kill old:rename:4 --kill new:fsync:1:power
import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readBoot } from '../../agent/src/update/boot-file.ts';
import { fileHash } from '../../agent/src/update/install.ts';
import { versionOf } from '../../agent/src/update/release-name.ts';
import { databasePath } from '../../server/src/store/sqlite.ts';
import { e2eExecutable } from '../build/e2e-executables.ts';
import { hostTarget } from '../build/targets.ts';
import { type Board, embeddedBroker, House } from '../e2e/house.ts';
import { compileFsShim, readFsLog } from '../faults/fs-shim.ts';
import { seeded } from '../fuzz/random.ts';
import { WatchedBoard } from './real-kills-board.ts';
import {
  type CallCounts,
  countCalls,
  drawRealKills,
  killOf,
  type RealKill,
  replayOf,
} from './real-kills-plan.ts';
import { currentExecutable } from './update-board.ts';

const [OLD, NEW] = ['0.1.0', '0.2.0'] as const;
const PLATFORM = hostTarget().platform;
const CONFIG = { period: '500ms', sensors: [{ id: 'sys', driver: 'sysfs', proc: ['load'] }] };
/** An update that does not end in this time does not end. */
const END_MS = 240_000;
/** Less than the launcher waits before it starts a killed agent again. */
const WATCH_MS = 20;
/** Characters of a board's output that are told when it fails. */
const TOLD = 3_000;

/** A server that wants the new release, and boards that come with the old one. The patch between them is made once. */
export class RealKills {
  readonly #house: House;
  readonly #library: string;
  readonly #database: DatabaseSync;
  /** SHA-256 (hex) of what was published. */
  readonly #versions: ReadonlyMap<string | undefined, string>;
  #boards = 0;

  private constructor(house: House, library: string, versions: ReadonlyMap<string, string>) {
    this.#house = house;
    this.#library = library;
    this.#versions = versions;
    this.#database = new DatabaseSync(databasePath(house.data), { readOnly: true, timeout: 5_000 });
  }

  static async open(): Promise<RealKills> {
    const house = new House(await embeddedBroker());
    try {
      await house.open();
      const versions = new Map<string, string>();
      for (const version of [OLD, NEW]) {
        await house.publish(PLATFORM, version);
        versions.set((await fileHash(await e2eExecutable(PLATFORM, version)))!.sha256, version);
      }
      return new RealKills(house, await compileFsShim(), versions);
    } catch (error) {
      await house.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#database.close();
    await this.#house.close();
  }

  /** The calls of an update that nothing disturbs. */
  async calls(): Promise<CallCounts> {
    const { log } = await this.#update([]);
    return countCalls(readFsLog(log));
  }

  /**
   * One board's update with its kills. At each death, and at the end, what the launcher would start is a whole published
   * executable; at the end it is the new one, and the server stored a record of it. @returns the calls that it was killed at
   * @throws Error that says what happened instead, and the line that replays it
   */
  async run(plan: readonly RealKill[]): Promise<string[]> {
    try {
      const { deaths } = await this.#update(plan);
      return deaths;
    } catch (error) {
      throw new Error(`${(error as Error).message}\nreplay: ${replayOf(plan)}`, { cause: error });
    }
  }

  async #update(plan: readonly RealKill[]): Promise<WatchedBoard> {
    const board = await this.#enrolled();
    const watched = new WatchedBoard(this.#house.folder, board, this.#library, plan);
    try {
      await watched.start();
      for (const end = performance.now() + END_MS; !this.#ended(board); await sleep(WATCH_MS)) {
        if (performance.now() > end) throw new Error(`the update did not end within ${END_MS / 1000} s`);
        if (!board.running) throw new Error('the launcher ended');
        if (await watched.died()) await this.#check(board);
      }
      const next = await this.#check(board);
      if (next !== NEW) throw new Error(`${next} would start next`);
      await board.stop();
      return watched;
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${board.output.slice(-TOLD)}`, { cause: error });
    } finally {
      await board.stop('SIGKILL');
      rmSync(board.state, { recursive: true, force: true });
    }
  }

  async #enrolled(): Promise<Board> {
    this.#boards += 1;
    const house = this.#house;
    const board = house.board(`pi-${this.#boards}`, PLATFORM, OLD);
    const file = house.file('config.json', JSON.stringify(CONFIG));
    const set = await house.command('config', 'set', board.alias, file);
    if (set.code !== 0) throw new Error(set.output);
    await board.enrol();
    return board;
  }

  /** A record of the new release is stored, and the launcher knows of it. It proves itself a minute later. */
  #ended({ alias, state }: Board): boolean {
    const { current } = readBoot(state);
    if (current === undefined || versionOf(current) !== NEW) return false;
    const row = this.#database
      .prepare('SELECT 1 FROM records WHERE alias = ? AND version = ?')
      .get(alias, NEW);
    return row !== undefined;
  }

  /** The version that the launcher would start. @throws Error when that is no whole published executable */
  async #check({ state }: Board): Promise<string> {
    const path = currentExecutable(state, await e2eExecutable(PLATFORM, OLD));
    const found = await fileHash(path);
    const version = this.#versions.get(found?.sha256);
    if (version === undefined)
      throw new Error(
        `${path}, which would start next, is nothing that was published: ${found?.length} bytes`,
      );
    return version;
  }
}

export interface KillRealUpdatesOptions {
  kills: number;
  seed: number;
  progress?: (text: string) => void;
  /** Ends it early, after the update that is under way. */
  signal?: AbortSignal;
}

export interface RealKillsReport {
  updates: number;
  kills: number;
  /** How many of the kills were at which call. */
  calls: Map<string, number>;
}

/** Updates one after the other until there were so many kills. @throws Error with the line that replays what failed */
export async function killRealUpdates({
  kills: wanted,
  seed,
  progress,
  signal,
}: KillRealUpdatesOptions): Promise<RealKillsReport> {
  const random = seeded(seed);
  progress?.('a server gets releases, and makes a patch');
  const real = await RealKills.open();
  try {
    const counts = await real.calls();
    const deaths: string[] = [];
    let updates = 0;
    // The first kill of each update is at a call that it makes: twice as many updates are never needed.
    for (; deaths.length < wanted && updates < 2 * wanted && !signal?.aborted; updates++) {
      deaths.push(...(await real.run(drawRealKills(random, counts))));
      progress?.(`${deaths.length} of ${wanted} kills of the real executable`);
    }
    const calls = new Map<string, number>();
    for (const call of deaths) calls.set(call, (calls.get(call) ?? 0) + 1);
    return { updates, kills: deaths.length, calls };
  } finally {
    await real.close();
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '50' },
      seed: { type: 'string', default: '1' },
      kill: { type: 'string', multiple: true },
    },
  });
  try {
    if (values.kill === undefined) {
      const [kills, seed] = [Number(values.kills), Number(values.seed)];
      const { updates, ...rest } = await killRealUpdates({ kills, seed, progress: console.error });
      console.log(`${rest.kills} kills in ${updates} updates, each ended on the whole new release`);
      for (const [call, count] of rest.calls) console.log(`${String(count).padStart(6)}  ${call}`);
    } else {
      const plan = values.kill.map(killOf);
      const real = await RealKills.open();
      try {
        console.log(`killed at ${await real.run(plan)}; ended on the whole new release`);
      } finally {
        await real.close();
      }
    }
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
