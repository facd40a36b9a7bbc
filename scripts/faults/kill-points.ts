// The real executable, killed at the calls by which its outbox changes files, again and again; then nothing may be missing.
// By hand: node scripts/faults/kill-points.ts --points 500 --seed 1
import { rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { databasePath } from '../../server/src/store/sqlite.ts';
import { type Board, embeddedBroker, House } from '../e2e/house.ts';
import type { Balance } from '../e2e/ledger.ts';
import { until } from '../e2e/processes.ts';
import { seeded } from '../fuzz/random.ts';
import { compileFsShim, fsShimEnvironment, type LoggedCall, readFsLog } from './fs-shim.ts';
import { fillBacklog } from './kill-points-backlog.ts';
import { drawLife, type Life, lifeText } from './kill-points-draw.ts';

/** A life that does not come to its kill point in this time is ended from outside. */
const LIFE_MS = 2_500;
/** Lives between two fillings of the disk. */
const FILL_EVERY = 50;
const WATCH_MS = 10;
const DELIVERY_MS = 120_000;
/** What is told of the chain when it fails: so many lives before the end. */
const TOLD_LIVES = 40;
const PERIOD_MS = 100;
const SENSORS = ['a', 'b', 'c', 'd'].map((id) => ({
  id,
  driver: 'sysfs',
  proc: ['load', 'memory', 'uptime'],
}));

export interface KillOptions {
  /** The same seed draws the same lives, in the same setting (settingOf). When what happens in them is up to the machine. */
  seed: number;
  /** Kills. */
  points: number;
  progress?(text: string): void;
}

interface Setting {
  windowMs: number;
  /** Share of the lives after which the journal in RAM is gone. */
  power: number;
}

/** Four seeds in a row have all settings: a window of 0 s or 1 s, with losses of the journal or without any. Pure. */
const settingOf = (seed: number): Setting => ({
  windowMs: seed % 2 === 0 ? 0 : 1_000,
  power: seed % 4 < 2 ? 0.15 : 0,
});

export interface KillReport {
  seed: number;
  /** Kills at a call, by the call and the kind of file, such as "unlink segment". */
  hits: Map<string, number>;
  kills: number;
  /** Lives that were ended from outside, as they did not come to their kill point. */
  ended: number;
  powerCuts: number;
  balance: Balance;
  /** Gaps that the server was told, by reason. */
  gaps: Map<string, number>;
  /** Most records that one loss of the journal took, and how many a gap counts for one. */
  mostLost: number;
  exposed: number;
  /** Wall time of the lives, ms. */
  ms: number;
}

/**
 * A house with a board whose agent is killed at one drawn call after the other, and started again. At the end all is delivered.
 * @throws Error with the seed when a record is neither stored nor in a gap, is stored twice, or is given up for a wrong reason
 */
export async function killChain(options: KillOptions): Promise<KillReport> {
  const house = new House(await embeddedBroker());
  const chain = new Chain(house, options);
  try {
    return await chain.run();
  } catch (error) {
    const { seed, points } = options;
    throw new Error(
      `${(error as Error).message}\nreplay: node scripts/faults/kill-points.ts --points ${points} --seed ${seed}\n${chain.story()}`,
      { cause: error },
    );
  } finally {
    await house.close();
  }
}

class Chain {
  readonly #house: House;
  readonly #board: Board;
  readonly #options: KillOptions;
  readonly #setting: Setting;
  readonly #log: string;
  readonly #hits = new Map<string, number>();
  readonly #lives: string[] = [];
  #library = '';
  #kills = 0;
  #ended = 0;
  /** Records taken when the journal was lost. */
  readonly #losses: number[] = [];

  constructor(house: House, options: KillOptions) {
    this.#house = house;
    this.#options = options;
    this.#setting = settingOf(options.seed);
    this.#board = house.board('pi-1');
    this.#log = join(house.folder, 'calls');
  }

  /** Records that a loss window holds, with one that is being taken. */
  get #exposed(): number {
    return this.#setting.windowMs / PERIOD_MS + 1;
  }

  /** The last lives, for a message. */
  story(): string {
    return this.#lives.slice(-TOLD_LIVES).join('\n');
  }

  async run(): Promise<KillReport> {
    const { seed, points, progress } = this.#options;
    this.#library = await compileFsShim();
    await this.#open();
    const random = seeded(seed);
    const began = performance.now();
    for (let lives = 0; this.#kills + this.#ended < points; lives++) {
      if (lives % FILL_EVERY === 0) await this.#fill();
      const life = drawLife(random, this.#house.wire.whole ? 'whole' : 'cut', this.#setting.power);
      await this.#live(life);
      progress?.(`${this.#kills + this.#ended} of ${points}: ${this.#lives.at(-1)}`);
    }
    const ms = performance.now() - began;
    return { ...(await this.#settle()), ms };
  }

  async #open(): Promise<void> {
    const window = `${this.#setting.windowMs}ms`;
    const config = { period: `${PERIOD_MS}ms`, durability: { window, sizeMB: 1 }, sensors: SENSORS };
    const house = this.#house;
    await house.open();
    const set = await house.command(
      'config',
      'set',
      this.#board.alias,
      house.file('config.json', JSON.stringify(config)),
    );
    if (set.code !== 0) throw new Error(set.output);
    await this.#board.enrol();
    await this.#board.start({}, { records: true });
    await house.untilRecord(this.#board.alias, ({ per }) => per === PERIOD_MS, 'the config to be in force');
  }

  /** An end in good order, whereupon the disk is full of what could not be delivered. */
  async #fill(): Promise<void> {
    this.#house.wire.cut();
    const board = this.#board;
    if (!board.running) await board.start({}, { records: true });
    const taken = board.ledger.taken.size;
    await until(
      () => board.ledger.taken.size > taken,
      'a record',
      30_000,
      () => board.output,
    );
    const code = await board.stop();
    if (code !== 0) throw new Error(`the agent ended with ${code} when it was told to end`);
    await fillBacklog(board);
    this.#lives.push('ended in good order, and the disk filled');
  }

  /** One start until the kill. */
  async #live(life: Life): Promise<void> {
    const board = this.#board;
    if (life.wire === 'cut') this.#house.wire.cut();
    else this.#house.wire.mend();
    rmSync(this.#log, { force: true });
    const outbox = join(board.state, 'outbox');
    const env = fsShimEnvironment(this.#library, {
      paths: life.diskOnly ? [outbox] : [outbox, board.ram],
      log: this.#log,
      ...life.kill,
    });
    const before = board.ledger.taken.size;
    const deaths = await this.#deaths(env, life.launcher);
    if (life.power) rmSync(board.ram, { recursive: true, force: true });
    if (life.power) this.#losses.push(board.ledger.taken.size);
    const hits = deaths.map((call) => `${call.name} ${this.#kindOf(call.path)}`);
    for (const hit of hits) this.#hits.set(hit, (this.#hits.get(hit) ?? 0) + 1);
    this.#kills += hits.length;
    if (hits.length === 0) this.#ended += 1;
    const numbers = [...board.ledger.taken.values()].slice(before).map(({ number }) => number);
    const took = numbers.length === 0 ? 'no record' : `records ${numbers[0]} to ${numbers.at(-1)}`;
    const how = deaths.map(({ result }, index) => `${hits[index]} (${result})`).join(', ');
    this.#lives.push(`${lifeText(life)}: ${how || 'ended from outside'}; ${took}`);
  }

  async #deaths(env: NodeJS.ProcessEnv, launcher: boolean): Promise<LoggedCall[]> {
    const board = this.#board;
    const deaths = (): LoggedCall[] =>
      readFsLog(this.#log).filter(({ result }) => result === 'killed' || result === 'torn');
    const wanted = launcher ? 2 : 1;
    const end = performance.now() + LIFE_MS * wanted;
    await board.start(env, { records: true, launcher });
    while (board.running && deaths().length < wanted && performance.now() < end) await sleep(WATCH_MS);
    if (!board.running && deaths().length === 0)
      throw new Error(`the agent ended by itself:\n${board.output}`);
    await board.stop('SIGKILL');
    return deaths();
  }

  #kindOf(path: string): string {
    const inRam = path.startsWith(`${this.#board.ram}`);
    const name = basename(path);
    if (name.startsWith('numbers')) return inRam ? 'numbers in RAM' : 'numbers';
    if (name.includes('.ram')) return 'journal in RAM';
    if (name.includes('.seg')) return path.includes('/aside') ? 'damaged piece' : 'segment';
    return inRam ? 'folder in RAM' : 'folder';
  }

  /** Delivers all and checks the promise. */
  async #settle(): Promise<Omit<KillReport, 'ms'>> {
    const { seed } = this.#options;
    const board = this.#board;
    const database = databasePath(this.#house.data);
    const balance = (): Balance => board.ledger.balance(database, board.alias);
    this.#house.wire.mend();
    await board.start(); // what it takes is not in the ledger, so it cannot disturb the count
    const delivered = async (): Promise<boolean> => {
      const { outbox } = (await board.status()) as { outbox?: { waiting: number; gaps: number } };
      return outbox !== undefined && outbox.waiting <= 3 && outbox.gaps === 0;
    };
    const context = (): string => JSON.stringify(balance()) + board.output;
    await until(delivered, 'the backlog to be delivered', DELIVERY_MS, context);
    await board.stop();
    const last = balance();
    const gaps = gapsOf(database, board.alias);
    const mostLost = mostLostOf(database, board, this.#losses);
    const faults = this.#faultsOf(last, gaps, countsOf(database, board));
    if (faults.length > 0)
      throw new Error(`${faults.join('; ')}\n${JSON.stringify(last)}, gaps ${JSON.stringify([...gaps])}`);
    const [hits, kills, ended, powerCuts] = [this.#hits, this.#kills, this.#ended, this.#losses.length];
    return { seed, hits, kills, ended, powerCuts, balance: last, gaps, mostLost, exposed: this.#exposed };
  }

  #faultsOf(
    { unexplained, duplicated }: Balance,
    gaps: Map<string, number>,
    { lost, told, inDamaged }: Counts,
  ): string[] {
    const wrong = [...gaps.keys()].filter((why) => why === 'age' || why === 'unsendable');
    const stopped = gaps.get('stopped') ?? 0;
    return [
      ...(unexplained.length > 0 ? [`records ${unexplained} are neither stored nor in a gap`] : []),
      ...(duplicated > 0 ? [`${duplicated} records are stored twice`] : []),
      ...(wrong.length > 0 ? [`gaps of reason ${wrong}`] : []),
      ...(stopped > this.#losses.length
        ? [`${stopped} gaps for ${this.#losses.length} losses of the journal`]
        : []),
      ...(lost > told ? [`${lost} records lost with the journal, ${told} told at most`] : []),
      ...(inDamaged > 0 ? [`${inDamaged} records lost in what is told as damaged`] : []),
    ];
  }
}

/** Gaps that the server was told, by reason. */
function gapsOf(database: string, alias: string): Map<string, number> {
  const db = new DatabaseSync(database, { readOnly: true });
  try {
    const rows = db.prepare('SELECT why, count(*) AS many FROM gaps WHERE alias = ? GROUP BY why').all(alias);
    return new Map(rows.map(({ why, many }) => [String(why), Number(many)]));
  } finally {
    db.close();
  }
}

interface Counts {
  /** Records that were taken, are not stored, and did not go for want of room. */
  lost: number;
  /** How many the gaps of reason `stopped` say that is, at most. */
  told: number;
  /** Of the lost, those in gaps of reason `damaged`: a torn end of a commit, whose records are elsewhere. */
  inDamaged: number;
}

function countsOf(database: string, { alias, ledger }: Board): Counts {
  const db = new DatabaseSync(database, { readOnly: true });
  try {
    const rows = db.prepare('SELECT stream, number FROM records WHERE alias = ?').all(alias);
    const stored = new Set(rows.map(({ stream, number }) => `${stream}/${number}`));
    const gaps = db
      .prepare('SELECT stream, "from", "to", count, why FROM gaps WHERE alias = ?')
      .all(alias) as unknown as { stream: string; from: number; to: number; count: number; why: string }[];
    const within = (why: string, of: { stream: string; number: number }): boolean =>
      gaps.some(
        (gap) => gap.why === why && gap.stream === of.stream && gap.from <= of.number && of.number <= gap.to,
      );
    const gone = [...ledger.taken.values()].filter((one) => !stored.has(`${one.stream}/${one.number}`));
    const lost = gone.filter((one) => !within('full', one));
    const told = gaps.filter(({ why }) => why === 'stopped').reduce((sum, { count }) => sum + count, 0);
    const inDamaged = lost.filter((one) => within('damaged', one) && !within('stopped', one)).length;
    return { lost: lost.length, told, inDamaged };
  } finally {
    db.close();
  }
}

/**
 * Most records that one loss of the journal took: of those taken since the loss before, the ones behind the last that is stored.
 * @param losses how many records had been taken at each
 */
function mostLostOf(database: string, { alias, ledger }: Board, losses: readonly number[]): number {
  const db = new DatabaseSync(database, { readOnly: true });
  try {
    const rows = db.prepare('SELECT stream, number FROM records WHERE alias = ?').all(alias);
    const stored = new Set(rows.map(({ stream, number }) => `${stream}/${number}`));
    const taken = [...ledger.taken.values()].map(({ stream, number }) => stored.has(`${stream}/${number}`));
    const lost = losses.map((end, index) => {
      const begin = losses[index - 1] ?? 0;
      return end - begin - 1 - taken.slice(begin, end).lastIndexOf(true);
    });
    return Math.max(0, ...lost);
  } finally {
    db.close();
  }
}

/** The report for people. */
export function killText({
  seed,
  hits,
  kills,
  ended,
  powerCuts,
  balance,
  gaps,
  mostLost,
  exposed,
  ms,
}: KillReport): string {
  const { taken, stored, gapCounted } = balance;
  const table = [...hits]
    .sort(([, a], [, b]) => b - a)
    .map(([hit, count]) => `${String(count).padStart(6)}  ${hit}`);
  return [
    'kills at',
    ...table,
    `seed ${seed}: ${kills} kills, ${ended} lives ended from outside, ${powerCuts} times the journal was lost`,
    `${Math.round(ms / Math.max(1, kills + ended))} ms each`,
    `${taken} records taken: ${stored} stored, ${gapCounted} in gaps, none missing, none twice`,
    `gaps: ${[...gaps].map(([why, count]) => `${count} ${why}`).join(', ') || 'none'}; the journal's loss took ${mostLost} records at most, of ${exposed} that the window holds`,
  ].join('\n');
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      points: { type: 'string', default: '500' },
      seed: { type: 'string', default: '1' },
    },
  });
  try {
    const report = await killChain({
      seed: Number(values.seed),
      points: Number(values.points),
      progress: (text) => console.error(text),
    });
    console.log(killText(report));
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
