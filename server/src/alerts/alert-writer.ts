import type { Feed } from '../feed.ts';
import { ALERTS_OPEN_LIMIT, type Alert } from '../store/alert-contract.ts';
import type { Store } from '../store/contract.ts';

/** Changes that wait to be stored; more alerts are left out until some are, and told once. */
export const WAITING_LIMIT = 20_000;

/** An alert that is not over. Its id is there once it is stored: who ends it before that holds on to the same object. */
export interface OpenAlert {
  key: string;
  alias: string;
  id?: number;
}

export interface AlertWriterOptions {
  store: Pick<Store, 'addAlerts' | 'updateAlerts'>;
  feed: Feed;
  failed(what: string, error: unknown): void;
  /** There was no room for it in the store: it did not begin. */
  leftOut(open: OpenAlert): void;
}

interface Opening {
  open: OpenAlert;
  alert: Omit<Alert, 'id'>;
}
interface Closing {
  open: OpenAlert;
  at: number;
}
type Change = Opening | Closing;

const isOpening = (change: Change): change is Opening => 'alert' in change;

/** Stores alerts that begin and end, in their order, and tells of them; knows how many are open. */
export class AlertWriter {
  readonly #o: AlertWriterOptions;
  readonly #counts = new Map<string, number>();
  #waiting: Change[] = [];
  #storing: Promise<void> = Promise.resolve();
  #leftOut = 0;

  constructor(options: AlertWriterOptions) {
    this.#o = options;
  }

  /** Alerts that are stored and not over, by alias. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** Takes up an alert that is stored. */
  known(key: string, { alias, id }: Pick<Alert, 'alias' | 'id'>): OpenAlert {
    this.#count(alias, 1);
    return { key, alias, id };
  }

  /** @returns undefined when too much waits for the disk */
  open(key: string, alert: Omit<Alert, 'id'>): OpenAlert | undefined {
    if (this.#waiting.length >= WAITING_LIMIT) {
      this.#leftOut += 1;
      return undefined;
    }
    const open: OpenAlert = { key, alias: alert.alias };
    this.#waiting.push({ open, alert });
    return open;
  }

  /** To be called once for each that was opened, so what waits is bounded by those. `at` in Unix ms. */
  close(open: OpenAlert, at: number): void {
    this.#waiting.push({ open, at });
  }

  /** Stores what waits. Never rejects: what the disk does not take is tried again by the next call. */
  flush(): Promise<void> {
    if (this.#waiting.length === 0) return this.#storing;
    this.#storing = this.#storing.then(() => this.#store()).catch((error) => this.#o.failed('alerts', error));
    return this.#storing;
  }

  async #store(): Promise<void> {
    const changes = this.#waiting.splice(0);
    const opened = changes.filter(isOpening);
    const added = await this.#orWait(changes, this.#o.store.addAlerts(opened.map(({ alert }) => alert)));
    this.#number(opened, added);
    // What was left out has no id, and no end either.
    const ending = changes.flatMap((change): (Closing & { id: number })[] =>
      isOpening(change) || change.open.id === undefined ? [] : [{ ...change, id: change.open.id }],
    );
    let closed: Alert[] = [];
    try {
      const ended = ending.map(({ id, at }) => ({ id, state: 'resolved' as const, ended: at }));
      closed = await this.#orWait(ending, this.#o.store.updateAlerts(ended));
      for (const { open } of ending) this.#count(open.alias, -1);
    } finally {
      const over = new Set(closed.map(({ id }) => id));
      const told = [...added.filter(({ id }) => !over.has(id)), ...closed];
      if (told.length > 0) this.#o.feed.tell('alerts', told);
    }
  }

  /** The disk may take them the next time. */
  async #orWait<T>(changes: readonly Change[], stored: Promise<T>): Promise<T> {
    try {
      return await stored;
    } catch (error) {
      this.#waiting = [...changes, ...this.#waiting];
      throw error;
    }
  }

  /** The store adds alerts in their order, until there is no more room. */
  #number(opened: readonly Opening[], added: readonly Alert[]): void {
    for (const [index, { open }] of opened.entries()) {
      const id = added[index]?.id;
      if (id === undefined) {
        this.#o.leftOut(open);
        continue;
      }
      open.id = id;
      this.#count(open.alias, 1);
    }
    const leftOut = opened.length - added.length + this.#leftOut;
    this.#leftOut = 0;
    if (leftOut > 0)
      this.#o.failed(
        'alerts',
        new Error(`${leftOut} are left out, as ${ALERTS_OPEN_LIMIT} are open or wait`),
      );
  }

  #count(alias: string, by: number): void {
    const count = (this.#counts.get(alias) ?? 0) + by;
    if (count > 0) this.#counts.set(alias, count);
    else this.#counts.delete(alias);
  }
}
