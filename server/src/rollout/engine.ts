import type { Store } from '../store/contract.ts';
import type { StepRow } from '../store/rollout-contract.ts';
import { RolloutBook, type Said } from './book.ts';
import type { Board, Rollout, Target } from './facts.ts';
import { ALIVE_MS } from './limits.ts';
import { type Alive, addZones, heardTo, loadFacts, needsZones, writeAlive, zoneOf } from './load.ts';
import { newsText } from './words.ts';

/** How often tick() should be called, ms. */
export const TICK_MS = 5_000;

export interface EngineOptions {
  store: Store;
  now(): number; // Unix ms
  note(entry: { level: 'info' | 'warn' | 'error'; text: string }): void;
}

/** The rollouts of a running server: what it hears of boards goes in, whom to tell of which release comes out. */
export class RolloutEngine {
  readonly #o: EngineOptions;
  readonly #book: RolloutBook;
  /** Not stored yet. */
  readonly #steps = new Map<string, StepRow>();
  readonly #states = new Set<number>();
  #groups: ReadonlyMap<string, readonly string[]> = new Map();
  /** Boards have their time zones. */
  #zones = false;
  #alive: Alive;
  /** What is stored of it. */
  #aliveAt = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #failing = false;

  private constructor(options: EngineOptions, facts: ConstructorParameters<typeof RolloutBook>[0]) {
    this.#o = options;
    this.#alive = { at: options.now(), listening: facts.listening };
    this.#book = new RolloutBook(facts, {
      step: (row) => this.#keep(row),
      state: (rollout) => this.#news(rollout),
    });
  }

  /** Reads what is stored. Rejects as the store does. */
  static async load(options: EngineOptions): Promise<RolloutEngine> {
    const { facts, boards, groups } = await loadFacts(options.store, options.now());
    const engine = new RolloutEngine(options, facts);
    engine.#groups = groups;
    if (needsZones(facts.rollouts)) {
      await addZones(options.store, boards);
      engine.#zones = true;
    }
    for (const board of boards) engine.#book.boards.set(board.alias, board);
    return engine;
  }

  /** A board that is let in said what it runs. Only what its session proves is news: an old Hello may be sent again by anybody. */
  heard(alias: string, said: Said): void {
    const isNew = !this.#book.boards.has(alias);
    this.#book.heard(alias, said, this.#o.now(), this.#groups.get(alias));
    // If the config cannot be read now, the zone of the rollout stands for its own.
    if (isNew) this.configChanged(alias).catch(() => undefined);
  }

  /** The rollout that says what a board should run, as far as it has begun there; undefined: a pin or the standing release does. */
  rolloutOf(alias: string): number | undefined {
    return this.#book.rolloutOf(alias);
  }

  /** Its link broke, or its session ended. */
  gone(alias: string): void {
    this.#book.gone(alias);
  }

  /**
   * The release that a board should be told of now, by Version Mismatch; undefined when it should be left alone, since it
   * runs it, has it in hand, gave it up or must wait. The board counts as told from now on.
   */
  wantedFor(alias: string): Target | undefined {
    return this.#book.wanted(alias, this.#o.now());
  }

  /**
   * To be called every TICK_MS while the server is connected to its broker: moves the rollouts on and stores what is new.
   * Resolves with the aliases of boards to tell. A time without ticks is an outage of the server, in which no board falls silent.
   */
  async tick(): Promise<string[]> {
    const now = this.#o.now();
    const before = this.#alive;
    this.#alive = heardTo(before, now);
    if (before.listening !== this.#alive.listening) this.#book.listensSince(now);
    const told = this.#book.tick(now);
    await this.#store();
    return told;
  }

  /** Takes up what a command has stored: releases, rollouts, pins, groups, boards. Resolves with the aliases of boards to tell. */
  async reload(): Promise<string[]> {
    await this.#store();
    await this.#inTurn(() => this.#reload());
    const told = this.#book.tellAll(this.#o.now());
    await this.#store();
    return told;
  }

  /** The config of a board was changed: its time zone may be another. */
  async configChanged(alias: string): Promise<void> {
    if (!this.#zones) return;
    const zone = await zoneOf(this.#o.store, alias);
    const board = this.#book.boards.get(alias);
    if (board === undefined) return;
    this.#book.boards.set(alias, placed(board, board.groups, zone));
  }

  /** Stores what is not stored yet. */
  async close(): Promise<void> {
    await this.#store();
  }

  #keep(row: StepRow): void {
    // Of what no rollout counts only failures must outlast this process.
    if (row.rollout === 0 && row.step.stage !== 'waiting' && row.step.stage !== 'failed') return;
    this.#steps.set(`${row.rollout} ${row.back} ${row.alias}`, row);
  }

  #news(rollout: Rollout): void {
    this.#states.add(rollout.id);
    this.#o.note({ level: rollout.state.phase === 'paused' ? 'warn' : 'info', text: newsText(rollout) });
  }

  #rollout(id: number): Rollout | undefined {
    return this.#book.rollouts.find((each) => each.id === id);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  /** What cannot be stored now is stored by the next tick; until then it holds in memory. */
  async #store(): Promise<void> {
    const due = this.#book.rollouts.length > 0 && this.#alive.at - this.#aliveAt >= ALIVE_MS;
    if (this.#states.size + this.#steps.size === 0 && !due) return;
    try {
      const foreign = await this.#inTurn(() => this.#write());
      this.#failing = false;
      if (foreign) await this.#inTurn(() => this.#reload());
    } catch (error) {
      if (this.#failing) return;
      this.#failing = true;
      this.#o.note({ level: 'error', text: `rollouts are not stored: ${(error as Error).message}` });
    }
  }

  /** Resolves with whether somebody else changed a rollout meanwhile: then that holds, and not what is here. */
  async #write(): Promise<boolean> {
    let foreign = false;
    for (const id of [...this.#states]) {
      const rollout = this.#rollout(id);
      const ours = rollout !== undefined && (await this.#o.store.setRolloutState(rollout, rollout.state));
      if (ours) this.#book.saved(id);
      else foreign = true;
      // Unless it moved on meanwhile.
      if (!ours || this.#rollout(id)?.state === rollout.state) this.#states.delete(id);
    }
    if (this.#alive.at - this.#aliveAt >= ALIVE_MS) {
      const alive = this.#alive;
      await writeAlive(this.#o.store, alive);
      this.#aliveAt = alive.at;
    }
    const rows = [...this.#steps.entries()];
    if (rows.length > 0) await this.#o.store.saveSteps(rows.map(([, row]) => row));
    for (const [key, row] of rows) if (this.#steps.get(key) === row) this.#steps.delete(key);
    return foreign;
  }

  async #reload(): Promise<void> {
    const { facts, boards, groups } = await loadFacts(this.#o.store, this.#o.now());
    const known = this.#book.boards;
    const zones = needsZones(facts.rollouts);
    const all = zones && !this.#zones;
    if (zones) await addZones(this.#o.store, all ? boards : boards.filter(({ alias }) => !known.has(alias)));
    this.#zones = zones;
    this.#groups = groups;
    // A state that could not be stored holds, unless a person has changed the rollout since.
    const rollouts = facts.rollouts.map((rollout) => {
      const own = this.#states.has(rollout.id) ? this.#rollout(rollout.id) : undefined;
      return own?.revision === rollout.revision ? own : rollout;
    });
    const listening = this.#alive.listening;
    this.#book.reload({ ...facts, listening, rollouts, steps: [...facts.steps, ...this.#steps.values()] });
    const now = new Map(boards.map((board) => [board.alias, board]));
    for (const alias of known.keys()) if (!now.has(alias)) known.delete(alias);
    // What was heard of a board is newer than what is stored of it.
    for (const [alias, board] of now) {
      const heard = known.get(alias);
      known.set(
        alias,
        heard === undefined ? board : placed(heard, board.groups, (all ? board : heard).timeZone),
      );
    }
  }
}

/** A board in these groups and this time zone. */
function placed(
  { timeZone: _, ...board }: Board,
  groups: readonly string[],
  zone: string | undefined,
): Board {
  return { ...board, groups, ...(zone === undefined ? {} : { timeZone: zone }) };
}
