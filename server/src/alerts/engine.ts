import type { Feed } from '../feed.ts';
import { ALERTS_OPEN_LIMIT, type Alert, type AlertRule, type Severity } from '../store/alert-contract.ts';
import type { RecordRow, Store } from '../store/contract.ts';
import { evaluate, type ItemCondition, isSilent, type Reading, type Watch } from './evaluate.ts';
import { alertText } from './words.ts';

/** How often it is looked for boards that are silent, in ms. */
export const SILENCE_LOOK_MS = 10_000;
/** Readings older than this when they arrive are history: nobody is woken for what was an hour ago, in ms. */
export const FRESH_MS = 15 * 60_000;
/** Pairs of rule and board about which something is remembered; over it the one that was not heard for longest goes. */
export const WATCHES_LIMIT = 100_000;
/** Changes that wait to be stored; more are left out until some are, and told once. */
export const WAITING_LIMIT = 20_000;

export interface AlertEngineOptions {
  store: Store;
  feed: Feed;
  now(): number;
  /** When each approved board was heard last, Unix ms. */
  heard(): Promise<ReadonlyMap<string, number>>;
  failed(what: string, error: unknown): void;
}

interface Seen {
  watch: Watch;
  at: number;
  /** It fires. The id is there once it is stored. */
  open?: { id: number | undefined };
}

type Change =
  | { do: 'open'; key: string; alert: Omit<Alert, 'id'> }
  | { do: 'close'; key: string; id: number | undefined; at: number };

const keyOf = (rule: string, alias: string): string => `${rule} ${alias}`;

/** Looks at what boards send and at their silence, and keeps alerts by the rules. */
export class AlertEngine {
  readonly #o: AlertEngineOptions;
  readonly #listening: number;
  readonly #seen = new Map<string, Seen>();
  readonly #undo: (() => void)[];
  #rules: readonly AlertRule[] = [];
  #byItem = new Map<string, AlertRule[]>();
  #groups: ReadonlyMap<string, readonly string[]> = new Map();
  #waiting: Change[] = [];
  #storing: Promise<void> = Promise.resolve();
  #leftOut = 0;

  private constructor(options: AlertEngineOptions) {
    this.#o = options;
    this.#listening = options.now();
    this.#undo = [
      options.feed.on('records', (rows) => {
        for (const row of rows) this.#record(row);
      }),
    ];
  }

  /** With the rules and the open alerts of the store. */
  static async load(options: AlertEngineOptions): Promise<AlertEngine> {
    const engine = new AlertEngine(options);
    for (const { rule, alias, id } of await options.store.alerts({ state: 'open' }))
      engine.#seen.set(keyOf(rule, alias), { watch: {}, at: 0, open: { id } });
    await engine.reload();
    return engine;
  }

  /** Rules, groups or who is let in changed. Alerts of rules that are gone, or are for others now, end. */
  async reload(): Promise<void> {
    const { store, now } = this.#o;
    this.#groups = (await store.rolloutFacts()).groups;
    const before = new Map(this.#rules.map((rule) => [rule.id, rule.version]));
    this.#rules = (await store.alertRules()).filter(({ enabled }) => enabled);
    this.#byItem = new Map();
    for (const rule of this.#rules) {
      if ('silence' in rule.when) continue;
      const same = this.#byItem.get(rule.when.item);
      if (same === undefined) this.#byItem.set(rule.when.item, [rule]);
      else same.push(rule);
    }
    const versions = new Map(this.#rules.map((rule) => [rule.id, rule]));
    const approved = new Set((await this.#o.heard()).keys());
    for (const [key, seen] of this.#seen) {
      const [id = '', alias = ''] = key.split(' ');
      const rule = versions.get(id);
      const changed = rule !== undefined && before.has(id) && before.get(id) !== rule.version;
      if (rule !== undefined && !changed && this.#isFor(rule, alias) && approved.has(alias)) continue;
      this.#close(key, seen, now());
      this.#seen.delete(key);
    }
    await this.#flush();
  }

  #isFor({ scope }: AlertRule, alias: string): boolean {
    if ('fleet' in scope) return true;
    if ('board' in scope) return scope.board === alias;
    return this.#groups.get(alias)?.includes(scope.group) ?? false;
  }

  #record({ alias, timestamp, synchronised, values }: RecordRow): void {
    if (!synchronised || this.#o.now() - timestamp > FRESH_MS) return;
    for (const [item, value] of Object.entries(values)) {
      if (typeof value !== 'number') continue;
      for (const rule of this.#byItem.get(item) ?? [])
        if (this.#isFor(rule, alias)) this.#reading(rule, alias, { at: timestamp, value });
    }
    void this.#flush();
  }

  #reading(rule: AlertRule, alias: string, reading: Reading): void {
    const key = keyOf(rule.id, alias);
    const seen = this.#seen.get(key) ?? { watch: {}, at: Number.NEGATIVE_INFINITY };
    // A backlog comes after what is newer; it says nothing about now.
    if (reading.at <= seen.at) return;
    const { watch, is, value } = evaluate(rule.when as ItemCondition, seen.watch, reading);
    Object.assign(seen, { watch, at: reading.at });
    if (is === 'fires' && seen.open === undefined) this.#open(key, seen, rule, alias, reading.at, value);
    else if (is === 'ends') this.#close(key, seen, reading.at);
    this.#remember(key, seen);
  }

  #remember(key: string, seen: Seen): void {
    this.#seen.delete(key);
    this.#seen.set(key, seen);
    if (this.#seen.size <= WATCHES_LIMIT) return;
    for (const [oldest, { open }] of this.#seen) {
      if (open !== undefined) continue;
      this.#seen.delete(oldest);
      return;
    }
  }

  #open(key: string, seen: Seen, rule: AlertRule, alias: string, at: number, value?: number): void {
    const { id, name, severity, when } = rule;
    const alert: Omit<Alert, 'id'> = {
      ...{ rule: id, name, severity: severity as Severity, alias, state: 'firing', since: at },
      ...('item' in when ? { item: when.item } : {}),
      ...(value === undefined ? {} : { value }),
      text: alertText(rule, value),
    };
    if (this.#wait({ do: 'open', key, alert })) seen.open = { id: undefined };
  }

  #close(key: string, seen: Seen, at: number): void {
    if (seen.open === undefined) return;
    this.#wait({ do: 'close', key, id: seen.open.id, at });
    delete seen.open;
  }

  #wait(change: Change): boolean {
    if (this.#waiting.length >= WAITING_LIMIT && change.do === 'open') {
      this.#leftOut += 1;
      return false;
    }
    this.#waiting.push(change);
    return true;
  }

  /** Looks for boards that are silent, and for those that speak again. */
  async tick(): Promise<void> {
    const rules = this.#rules.filter(({ when }) => 'silence' in when);
    if (rules.length === 0) return;
    const now = this.#o.now();
    for (const [alias, lastHeard] of await this.#o.heard())
      for (const rule of rules) {
        if (!this.#isFor(rule, alias) || !('silence' in rule.when)) continue;
        const key = keyOf(rule.id, alias);
        const seen = this.#seen.get(key) ?? { watch: {}, at: now };
        const silent = isSilent(rule.when.silence, lastHeard, this.#listening, now);
        if (silent && seen.open === undefined) this.#open(key, seen, rule, alias, now);
        // A server that was started anew has not heard anybody yet: what fired before goes on until the board speaks.
        else if (now - lastHeard <= rule.when.silence) this.#close(key, seen, now);
        if (seen.open !== undefined) this.#remember(key, seen);
        else this.#seen.delete(key);
      }
    await this.#flush();
  }

  /** Stores what waits, in its order. */
  #flush(): Promise<void> {
    if (this.#waiting.length === 0) return this.#storing;
    this.#storing = this.#storing.then(() => this.#store()).catch((error) => this.#o.failed('alerts', error));
    return this.#storing;
  }

  async #store(): Promise<void> {
    const changes = this.#waiting.splice(0);
    if (changes.length === 0) return;
    try {
      this.#o.feed.tell('alerts', await this.#stored(changes));
    } catch (error) {
      // The disk may take it the next time.
      this.#waiting.unshift(...changes);
      throw error;
    }
  }

  /** @returns alerts that began or ended, as they are now */
  async #stored(changes: readonly Change[]): Promise<Alert[]> {
    const opened = changes.flatMap((change) => (change.do === 'open' ? [change] : []));
    const added = await this.#o.store.addAlerts(opened.map(({ alert }) => alert));
    const ids = new Map(added.map(({ id }, index) => [opened[index]!.key, id]));
    for (const { key } of opened) {
      const seen = this.#seen.get(key);
      if (seen?.open === undefined || seen.open.id !== undefined) continue;
      const id = ids.get(key);
      // There was no room for it: it may fire again.
      if (id === undefined) delete seen.open;
      else seen.open.id = id;
    }
    const leftOut = opened.length - added.length + this.#leftOut;
    this.#leftOut = 0;
    if (leftOut > 0)
      this.#o.failed(
        'alerts',
        new Error(`${leftOut} are left out, as ${ALERTS_OPEN_LIMIT} are open or wait`),
      );
    const ended = changes.flatMap((change) => {
      if (change.do === 'open') return [];
      const id = change.id ?? ids.get(change.key);
      return id === undefined ? [] : [{ id, state: 'resolved' as const, ended: change.at }];
    });
    const closed = await this.#o.store.updateAlerts(ended);
    const over = new Set(closed.map(({ id }) => id));
    return [...added.filter(({ id }) => !over.has(id)), ...closed];
  }

  async close(): Promise<void> {
    for (const undo of this.#undo) undo();
    await this.#flush();
  }
}
