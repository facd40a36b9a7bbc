import { setTimeout as sleep } from 'node:timers/promises';
import { databasePath } from '../../server/src/store/sqlite.ts';
import type { House } from '../e2e/house.ts';
import { Ledger } from '../e2e/ledger.ts';
import { until } from '../e2e/processes.ts';
import type { Random } from '../fuzz/random.ts';
import { checkCard } from './card-check.ts';
import { FieldBoard } from './field.ts';
import { BUSES, Greenhouse, METER_SENSOR, SYSTEM } from './field-config.ts';
import { type Cut, drawCut, MARK_LIMIT_MS, type Phase, phaseOf } from './power-cuts-plan.ts';

/** Loss window of the boards that are cut, in ms. */
export const WINDOW_MS = 2_000;
/** What a record may take on top of the window, from its line on the console to the disk, on a busy machine, in ms. */
export const WINDOW_SLACK_MS = 1_500;
/** Until a board that is switched on must have come up by itself, in ms. */
const UP_LIMIT_MS = 180_000;
const [FROM, TO] = ['0.1.0', '0.2.0'] as const;

export interface CutReport {
  cuts: number;
  /** Cuts by what the board was at. */
  phases: Record<Phase, number>;
  /** Cuts after which the board did not come up by itself on a signed release. */
  bricked: number;
  taken: number;
  stored: number;
  /** Lost within the loss window before a cut, and counted in a gap. */
  lostInWindow: number;
  /** Lost although it was older than the window, or counted in no gap. */
  lostOutside: number;
  duplicated: number;
  /** What e2fsck found. */
  fileSystemErrors: number;
  /** Boards that ended on the new release. */
  updated: number;
  boards: number;
  faults: string[];
}

export const noCuts = (): CutReport => ({
  cuts: 0,
  phases: { boot: 0, sampling: 0, update: 0, trial: 0 },
  ...{ bricked: 0, taken: 0, stored: 0, lostInWindow: 0, lostOutside: 0, duplicated: 0 },
  ...{ fileSystemErrors: 0, updated: 0, boards: 0 },
  faults: [],
});

/** Publishes what the boards are updated from and to. */
export async function publishReleases(house: House): Promise<void> {
  for (const version of [FROM, TO]) await house.publish('linux-arm64', version);
}

/** A board on a card of its own that loses its power again and again, while it samples and is updated. */
export class CutBoard {
  readonly #house: House;
  readonly #alias: string;
  readonly #report: CutReport;
  readonly #progress: (text: string) => void;
  readonly #ledger = new Ledger();
  /** When the power went, on this process's monotonic clock, ms. */
  readonly #cutsAt: number[] = [];
  #inForce = false;
  #rest = '';

  constructor(house: House, alias: string, report: CutReport, progress: (text: string) => void) {
    this.#house = house;
    this.#alias = alias;
    this.#report = report;
    this.#progress = progress;
  }

  async run(cuts: number, random: Random, signal?: AbortSignal): Promise<void> {
    const config = {
      period: '1s',
      durability: { window: `${WINDOW_MS}ms` },
      buses: { usb: BUSES.usb },
      sensors: [SYSTEM, METER_SENSOR],
    };
    const file = this.#house.file(`${this.#alias}.json`, JSON.stringify(config));
    await this.#house.command('config', 'set', this.#alias, file);
    const board = await FieldBoard.flash(this.#house, this.#alias, {
      version: FROM,
      append: 'rig.records',
      onConsole: (text) => this.#hear(text),
    });
    const greenhouse = new Greenhouse(board);
    this.#report.boards += 1;
    try {
      await board.start();
      for (let left = cuts; left > 0 && !signal?.aborted; left--) {
        const cut = drawCut(random);
        await this.#cut(board, cut);
        // A cut in its start proves nothing of the one before: so now and then the board is let up in between.
        if (left > 1 && random.below(2) === 0) continue;
        if (!(await this.#comesUp(board))) return;
      }
      await this.#settle(board);
    } finally {
      greenhouse.close();
      await board.close();
    }
  }

  #hear(text: string): void {
    const lines = (this.#rest + text).split(/\r?\n/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      this.#ledger.line(line);
      if (line.includes(`release ${TO} is in force`)) this.#inForce = true;
    }
  }

  /** The power goes at some moment; the card is looked at, and the board has to come up from it by itself. */
  async #cut(board: FieldBoard, { mark, afterMs }: Cut): Promise<void> {
    const report = this.#report;
    if (mark !== undefined) await board.machine.says(mark, MARK_LIMIT_MS).catch(() => {});
    await sleep(afterMs);
    const phase = phaseOf(board.machine.console, TO, this.#inForce);
    await board.cut();
    this.#cutsAt.push(performance.now());
    this.#rest = '';
    report.cuts += 1;
    report.phases[phase] += 1;
    const faults = await checkCard(board.card);
    report.fileSystemErrors += faults.length;
    if (faults.length > 0)
      report.faults.push(`${this.#alias}, cut ${this.#cutsAt.length} in ${phase}: ${faults.join('; ')}`);
    this.#progress(`${this.#alias}: cut ${this.#cutsAt.length}, ${phase}`);
    await board.start();
  }

  async #comesUp(board: FieldBoard): Promise<boolean> {
    try {
      await board.machine.says('the server lets this board in', UP_LIMIT_MS);
      const version = (await this.#house.device(this.#alias))?.version;
      if (version !== FROM && version !== TO) throw new Error(`it runs ${version}, which nobody signed`);
      return true;
    } catch (error) {
      this.#report.bricked += 1;
      this.#report.faults.push(
        `${this.#alias}, after cut ${this.#cutsAt.length}: ${(error as Error).message}`,
      );
      return false;
    }
  }

  /** Lets all that waits reach the server, and draws the balance. */
  async #settle(board: FieldBoard): Promise<void> {
    const report = this.#report;
    const now = performance.now();
    await this.#house.untilFresh(this.#alias, 'a record after the cuts');
    await until(
      async () => ((await board.status()) as { outbox: { waiting: number } }).outbox.waiting < 3,
      'the backlog to drain',
      UP_LIMIT_MS,
    );
    const database = databasePath(this.#house.data);
    const { taken, stored, inGaps, duplicated, unexplained } = this.#ledger.balance(
      database,
      this.#alias,
      now,
    );
    const inWindow = inGaps.filter(({ heard }) =>
      this.#cutsAt.some((at) => at >= heard && at - heard <= WINDOW_MS + WINDOW_SLACK_MS),
    );
    report.taken += taken;
    report.stored += stored;
    report.duplicated += duplicated;
    report.lostInWindow += inWindow.length;
    report.lostOutside += inGaps.length - inWindow.length + unexplained.length;
    for (const one of inGaps.filter((each) => !inWindow.includes(each)))
      report.faults.push(`${this.#alias}: record ${one.number} is lost, and was older than the loss window`);
    for (const number of unexplained)
      report.faults.push(`${this.#alias}: record ${number} is lost, and no gap says so`);
    if ((await this.#house.device(this.#alias))?.version === TO) report.updated += 1;
  }
}
