import type { Feed } from '../feed.ts';
import type { Store } from '../store/contract.ts';
import { type LatestItem, LatestItems } from './latest-items.ts';
import type { Turns } from './turns.ts';

export type { LatestItem } from './latest-items.ts';

/** Boards whose latest values are in memory, and items of all of them: over it those not asked for or heard longest go. */
export const LATEST_BOARDS_LIMIT = 20_000;
export const LATEST_VALUES_LIMIT = 400_000;
/** Newest records that are looked at for a board that was not in memory: first a few, more when those differ in their items. */
export const LATEST_RECORDS = { first: 10, most: 100 } as const;
/** Boards of `all` that are looked at in one turn of the event loop. */
const BOARDS_A_TURN = 20;

export interface LatestOptions {
  store: Store;
  feed: Feed;
  turns: Turns;
  /** Units of a board's items. */
  units(alias: string): Promise<ReadonlyMap<string, string>>;
}

interface Board {
  items: LatestItems;
  /** Resolves when its stored records are in it. */
  loaded: Promise<void>;
}

/** What boards said last, in memory: made from the newest records when it is first asked for, and kept up by what comes. */
export class LatestValues {
  readonly #o: LatestOptions;
  /** The one asked for or heard longest ago first. */
  readonly #boards = new Map<string, Board>();
  readonly #forget: () => void;
  #values = 0;

  constructor(options: LatestOptions) {
    this.#o = options;
    this.#forget = options.feed.on('records', (rows) => {
      for (const row of rows) {
        const board = this.#boards.get(row.alias);
        if (board !== undefined) this.#change(row.alias, board, () => board.items.add(row));
      }
    });
  }

  /** By name of the item; empty for a board that sent nothing. */
  async of(alias: string): Promise<LatestItem[]> {
    return (await this.board(alias)).items;
  }

  /** The same with the time of the newest record (Unix ms); null where there is none. */
  async board(alias: string): Promise<{ items: LatestItem[]; at: number | null }> {
    const board = this.#boards.get(alias) ?? this.#load(alias);
    await board.loaded;
    this.#change(alias, board, () => undefined);
    return { items: board.items.list(await this.#o.units(alias)), at: board.items.at ?? null };
  }

  /** Of all boards that are let in. */
  async *all(): AsyncGenerator<[alias: string, LatestItem[]], void, undefined> {
    let looked = 0;
    for (const { alias, status } of await this.#o.store.devices()) {
      if (status !== 'approved') continue;
      if (looked++ % BOARDS_A_TURN === 0) await this.#o.turns.next();
      yield [alias, await this.of(alias)];
    }
  }

  close(): void {
    this.#forget();
    this.#boards.clear();
  }

  #load(alias: string): Board {
    const items = new LatestItems();
    const board = { items, loaded: this.#read(alias, items) };
    this.#boards.set(alias, board);
    board.loaded.catch(() => {
      if (this.#boards.get(alias) === board) this.#drop(alias, board);
    });
    return board;
  }

  /** Boards send some items less often than others, so one record need not have all. */
  async #read(alias: string, items: LatestItems): Promise<void> {
    const { store } = this.#o;
    const { rows, next } = await store.recordPage(alias, { limit: LATEST_RECORDS.first });
    const news = rows.map((row) => this.#count(alias, items, () => items.add(row)));
    if (next === undefined || !news.slice(1).includes(true)) return;
    const more = await store.recordPage(alias, {
      ...{ after: next, limit: LATEST_RECORDS.most - LATEST_RECORDS.first },
    });
    for (const row of more.rows) this.#count(alias, items, () => items.add(row));
  }

  /** Changes a board's items, and counts those that are new while the board is kept. */
  #count<T>(alias: string, items: LatestItems, change: () => T): T {
    const before = items.size;
    const result = change();
    if (this.#boards.get(alias)?.items === items) this.#values += items.size - before;
    return result;
  }

  /** The board is now the one heard or asked for last. */
  #change(alias: string, board: Board, change: () => unknown): void {
    this.#count(alias, board.items, change);
    if (this.#boards.get(alias) !== board) return;
    this.#boards.delete(alias);
    this.#boards.set(alias, board);
    while (this.#boards.size > LATEST_BOARDS_LIMIT || this.#values > LATEST_VALUES_LIMIT) {
      const [oldest, other] = this.#boards.entries().next().value!;
      if (other === board) return;
      this.#drop(oldest, other);
    }
  }

  #drop(alias: string, board: Board): void {
    this.#boards.delete(alias);
    this.#values -= board.items.size;
  }
}
