import type { ErrorCode } from '@perch/broker-bridge/protocol/errors.ts';
import { RolloutBook, type Said } from '@perch/server/rollout/book.ts';
import type { Pin, Rollout, Target } from '@perch/server/rollout/facts.ts';
import type { RolloutsSince } from '@perch/server/rollout/standing.ts';
import type { StepRow } from '@perch/server/store/rollout-contract.ts';
import { type Random, seeded } from '../fuzz/random.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** 2026-01-05, a Monday, 00:00 UTC. */
export const START = 1_767_571_200_000;

/** What becomes of a board that installs a release. */
export type Fate = 'good' | 'rolls back' | 'dies';

export interface FleetOptions {
  seed: number;
  boards: number;
  /** Time between two looks at all boards, ms. */
  step: number;
  platforms?: readonly string[];
  targets: readonly Target[];
  rollouts?: readonly Rollout[];
  pins?: readonly Pin[];
  since?: RolloutsSince;
  /** The version that all boards run at the start. */
  version: string;
  /** Shares of boards, 0 to 1. */
  shares?: {
    rollsBack?: number;
    dies?: number;
    /** Has no room for the release until some days are over. */
    diskFull?: number;
    /** Is off at the start, and for weeks. */
    off?: number;
    /** Whose link goes for some hours, a day. */
    unsteady?: number;
    /** Of offers that are lost on the way. */
    lost?: number;
  };
  /** Longest time that a transfer takes, ms. */
  transfer?: number;
  groups?(index: number): string[];
  timeZone?(index: number): string;
}

interface BoardModel {
  alias: string;
  index: number;
  platform: string;
  version: string;
  fate: Fate;
  roomAt: number;
  /** Is off until then. */
  offUntil: number;
  dead: boolean;
  /** A release that is on its way or on trial. */
  work?: { target: Target; ready: number; before: string; ends?: number };
  update?: Said['update'];
  said: number;
  /** Every version that it installed, in order. */
  installed: string[];
}

/** A release of one platform or more, published before all begins. */
export const targetsOf = (
  version: string,
  sequence: number,
  { platforms = ['linux-arm64'], mayReplace }: { platforms?: readonly string[]; mayReplace?: number } = {},
): Target[] =>
  platforms.map((platform) => ({
    ...{ platform, version, sequence, created: START - DAY },
    ...(mayReplace === undefined ? {} : { mayReplace }),
  }));

/** Boards in virtual time under a real RolloutBook: seeded, so that the same options give the same days. */
export class RolloutFleet {
  readonly book: RolloutBook;
  readonly boards: BoardModel[];
  readonly offers: { at: number; alias: string; version: string }[] = [];
  now = START;
  /** Most boards that had a release in hand at one moment. */
  most = 0;
  readonly #o: FleetOptions;
  readonly #random: Random;
  /** What a store would keep, by whose it is. */
  readonly #steps = new Map<string, StepRow>();
  #facts: ConstructorParameters<typeof RolloutBook>[0];

  constructor(options: FleetOptions) {
    this.#o = options;
    this.#random = seeded(options.seed);
    const { targets, rollouts = [], pins = [], since = rollouts.length > 0 ? { '*': START } : {} } = options;
    this.#facts = { targets, rollouts, pins, since, steps: [], listening: 0 };
    this.book = new RolloutBook(this.#facts, {
      step: (row) => void this.#steps.set(`${row.rollout}/${row.back}/${row.alias}`, row),
      state: () => {},
    });
    this.boards = Array.from({ length: options.boards }, (_, index) => this.#board(index));
    for (const { alias, index, platform, version } of this.boards)
      this.book.boards.set(alias, {
        ...{ alias, platform, version, groups: options.groups?.(index) ?? [], connected: false },
        // Who is off for weeks was last heard long ago.
        lastSeen: this.boards[index]!.offUntil > START ? START - 20 * DAY : START,
        ...(options.timeZone === undefined ? {} : { timeZone: options.timeZone(index) }),
      });
  }

  #board(index: number): BoardModel {
    const { platforms = ['linux-arm64'], version, shares = {} } = this.#o;
    const random = this.#random;
    const drawn = random.next();
    const { rollsBack = 0, dies = 0 } = shares;
    return {
      ...{ alias: `board-${index}`, index, version, dead: false, installed: [], said: 0 },
      platform: platforms[index % platforms.length]!,
      fate: drawn < rollsBack ? 'rolls back' : drawn < rollsBack + dies ? 'dies' : 'good',
      roomAt: random.next() < (shares.diskFull ?? 0) ? START + random.next() * DAY : 0,
      offUntil: random.next() < (shares.off ?? 0) ? START + (8 + random.next() * 6) * DAY : 0,
    };
  }

  get rollout(): Rollout {
    return this.book.rollouts[0]!;
  }

  /** Takes the place of what is stored, as a person's command does. */
  change(change: Partial<Pick<FleetOptions, 'rollouts' | 'pins' | 'targets'>>): void {
    const steps = [...this.#steps.values()];
    this.#facts = { ...this.#facts, rollouts: this.book.rollouts, ...change, steps };
    this.book.reload(this.#facts);
  }

  /** Lets time pass; `each` is called after every step. */
  run(ms: number, each: () => void = () => {}): void {
    for (const end = this.now + ms; this.now < end; ) {
      this.now += this.#o.step;
      for (const board of this.boards) this.#live(board);
      for (const alias of this.book.tick(this.now)) this.#offer(this.boards[Number(alias.slice(6))]!);
      const busy = this.boards.filter((board) => board.work !== undefined).length;
      this.most = Math.max(this.most, busy);
      each();
    }
  }

  isOff(board: BoardModel): boolean {
    return board.dead || board.offUntil > this.now;
  }

  #live(board: BoardModel): void {
    if (this.isOff(board)) return;
    const { shares = {}, step } = this.#o;
    if (this.#random.next() < ((shares.unsteady ?? 0) * step) / DAY) {
      board.offUntil = this.now + (1 + this.#random.next() * 7) * HOUR;
      this.book.gone(board.alias);
      return;
    }
    const news = this.#work(board);
    if (board.dead) return;
    // Idle boards are heard once an hour.
    if (!news && board.work === undefined && this.now - board.said < HOUR) return;
    this.#say(board);
  }

  #say(board: BoardModel): void {
    const { alias, platform, version, update } = board;
    board.said = this.now;
    this.book.heard(alias, { platform, version, ...(update === undefined ? {} : { update }) }, this.now);
    const target = this.book.wanted(alias, this.now);
    if (target !== undefined) this.#offer(board, target);
  }

  #offer(board: BoardModel, target = this.book.wanted(board.alias, this.now)): void {
    if (target === undefined || this.isOff(board)) return;
    this.offers.push({ at: this.now, alias: board.alias, version: target.version });
    if (this.#random.next() < (this.#o.shares?.lost ?? 0)) return;
    const { sequence } = target;
    if (board.work?.target.sequence === sequence) return;
    const slow = this.#random.next() ** 4; // most links are quick, a few very slow
    board.work = { target, ready: this.now + slow * (this.#o.transfer ?? HOUR), before: board.version };
    board.update = { sequence, state: 'fetching' };
    this.book.heard(
      board.alias,
      { platform: board.platform, version: board.version, update: board.update },
      this.now,
    );
  }

  /** What a board does with the release that it has in hand. True when it has something to say. */
  #work(board: BoardModel): boolean {
    const { work } = board;
    if (work === undefined || this.now < work.ready) return false;
    const { target } = work;
    const give = (code: ErrorCode): true => {
      board.version = work.before;
      board.update = { sequence: target.sequence, state: 'failed', code };
      delete board.work;
      return true;
    };
    if (work.ends === undefined) {
      if (this.now < board.roomAt) return give('DISK');
      board.version = target.version;
      board.installed.push(target.version);
      board.update = { sequence: target.sequence, state: 'installed' };
      // Only what is new can break a board; the release before ran well.
      const fate = target.sequence >= BROKEN_FROM ? board.fate : 'good';
      if (fate === 'dies') {
        // Every other one says a last word before its link breaks for ever.
        if (board.index % 2 === 0) this.#say(board);
        board.dead = true;
        this.book.gone(board.alias);
        return false;
      }
      work.ends = this.now + (fate === 'good' ? 20 : 5) * MINUTE;
      return true;
    }
    if (this.now < work.ends) return true;
    if (board.fate === 'rolls back' && target.sequence >= BROKEN_FROM) return give('ROLLED_BACK');
    delete board.work;
    return true;
  }
}

/** Releases from this sequence on are the ones that may break a board. */
export const BROKEN_FROM = 10;
