import type { Feed } from '../feed.ts';
import type { Alert, AlertRule, Severity } from '../store/alert-contract.ts';
import type { RecordRow, Store } from '../store/contract.ts';
import { AlertWriter } from './alert-writer.ts';
import { evaluate, type ItemCondition, isSilent, type Reading } from './evaluate.ts';
import { type Seen, WATCHES_LIMIT, Watches } from './watches.ts';
import { alertText } from './words.ts';

/** How often it is looked for boards that are silent, in ms. */
export const SILENCE_LOOK_MS = 10_000;
/** So long without a look, in ms, is an outage of the server, in which it heard nobody. */
export const AWAY_MS = 3 * SILENCE_LOOK_MS;
/** Readings older than this when they arrive are history: nobody is woken for what was an hour ago, in ms. */
export const FRESH_MS = 15 * 60_000;
/** Readings that are further ahead of the server's clock than this come of a clock that is wrong, in ms. */
export const AHEAD_MS = 5 * 60_000;

export interface AlertEngineOptions {
  store: Store;
  feed: Feed;
  now(): number;
  /** When each approved board was heard last, Unix ms. */
  heard(): Promise<ReadonlyMap<string, number>>;
  failed(what: string, error: unknown): void;
}

const keyOf = (rule: string, alias: string): string => `${rule} ${alias}`;

/** Looks at what boards send and at their silence, and keeps alerts by the rules. */
export class AlertEngine {
  readonly #o: AlertEngineOptions;
  readonly #writer: AlertWriter;
  readonly #seen = new Watches();
  /** When the newest record of each board that is let in was taken, Unix ms. */
  readonly #newest = new Map<string, number>();
  readonly #undo: (() => void)[];
  #rules: readonly AlertRule[] = [];
  #byItem = new Map<string, AlertRule[]>();
  #groups: ReadonlyMap<string, readonly string[]> = new Map();
  /** Since when boards could be heard without a break, and when it was looked last. */
  #listening: number;
  #looked: number;
  #looking: Promise<void> | undefined;
  /** That there are too many pairs of rule and board was told. */
  #fullTold = false;

  private constructor(options: AlertEngineOptions) {
    this.#o = options;
    this.#listening = options.now();
    this.#looked = this.#listening;
    this.#writer = new AlertWriter({
      ...options,
      leftOut: (open) => {
        const seen = this.#seen.get(open.key);
        if (seen?.open !== open) return;
        delete seen.open; // it may fire again
        this.#keep(open.key, seen);
      },
    });
    this.#undo = [
      options.feed.on('records', (rows) => {
        for (const row of rows) this.#record(row);
        void this.#writer.flush();
      }),
    ];
  }

  /** With the rules and the open alerts of the store. */
  static async load(options: AlertEngineOptions): Promise<AlertEngine> {
    const engine = new AlertEngine(options);
    for (const alert of await options.store.alerts({ state: 'open' })) {
      const key = keyOf(alert.rule, alert.alias);
      const open = engine.#writer.known(key, alert);
      // The newest comes first; a rule fires once for a board.
      if (engine.#seen.get(key) === undefined) engine.#seen.put(key, { watch: {}, at: 0, open });
      else engine.#writer.close(open, options.now());
    }
    await engine.reload();
    return engine;
  }

  /** How many alerts of each board are not over, firing or acknowledged, as they are stored; boards without any are left out. */
  openAlerts(): ReadonlyMap<string, number> {
    return this.#writer.counts;
  }

  /** Rules, groups or who is let in changed. Alerts of rules that are gone, or are for others now, end. */
  async reload(): Promise<void> {
    const { store, heard, now } = this.#o;
    const [groups, all, approved] = await Promise.all([store.groups(), store.alertRules(), heard()]);
    const before = new Map(this.#rules.map((rule) => [rule.id, rule.version]));
    this.#groups = groups;
    this.#rules = all.filter(({ enabled }) => enabled);
    this.#byItem = Map.groupBy(
      this.#rules.filter(({ when }) => 'item' in when),
      ({ when }) => (when as ItemCondition).item,
    );
    this.#fullTold = false;
    for (const alias of this.#newest.keys()) if (!approved.has(alias)) this.#newest.delete(alias);
    const byId = new Map(this.#rules.map((rule) => [rule.id, rule]));
    for (const [key, seen] of [...this.#seen.entries()]) {
      const [id = '', alias = ''] = key.split(' ');
      const rule = byId.get(id);
      const changed = rule !== undefined && before.has(id) && before.get(id) !== rule.version;
      if (rule !== undefined && !changed && this.#isFor(rule, alias) && approved.has(alias)) continue;
      this.#close(seen, now());
      this.#seen.delete(key);
    }
    await this.#writer.flush();
  }

  #isFor({ scope }: AlertRule, alias: string): boolean {
    if ('fleet' in scope) return true;
    if ('board' in scope) return scope.board === alias;
    return this.#groups.get(alias)?.includes(scope.group) ?? false;
  }

  #record({ alias, timestamp, synchronised, values }: RecordRow): void {
    const age = this.#o.now() - timestamp;
    if (!synchronised || age > FRESH_MS || age < -AHEAD_MS) return;
    // A backlog comes after what is newer; it says nothing about now.
    if (timestamp < (this.#newest.get(alias) ?? 0)) return;
    this.#newest.set(alias, timestamp);
    for (const [item, value] of Object.entries(values)) {
      if (typeof value !== 'number') continue;
      for (const rule of this.#byItem.get(item) ?? [])
        if (this.#isFor(rule, alias)) this.#reading(rule, alias, { at: timestamp, value });
    }
  }

  #reading(rule: AlertRule, alias: string, reading: Reading): void {
    const key = keyOf(rule.id, alias);
    const seen: Seen = this.#seen.get(key) ?? { watch: {}, at: reading.at };
    const { watch, is, value } = evaluate(rule.when as ItemCondition, seen.watch, reading);
    Object.assign(seen, { watch, at: reading.at });
    if (is === 'fires') this.#open(key, seen, rule, alias, value);
    else if (is === 'ends') this.#close(seen, reading.at);
    this.#keep(key, seen);
  }

  #keep(key: string, seen: Seen): void {
    if (this.#seen.put(key, seen) || this.#fullTold) return;
    this.#fullTold = true;
    const text = `${WATCHES_LIMIT} pairs of rule and board are being watched, and there is no room for more: of the other boards rules with "for" and about changes are not looked at; have fewer such rules, or for fewer boards`;
    this.#o.failed('alerts', new Error(text));
  }

  #open(key: string, seen: Seen, rule: AlertRule, alias: string, value?: number): void {
    if (seen.open !== undefined) return;
    const { id, name, severity, when } = rule;
    const alert: Omit<Alert, 'id'> = {
      ...{ rule: id, name, severity: severity as Severity, alias, state: 'firing', since: seen.at },
      ...('item' in when ? { item: when.item } : {}),
      ...(value === undefined ? {} : { value }),
      text: alertText(rule, value),
    };
    const open = this.#writer.open(key, alert);
    if (open !== undefined) seen.open = open;
  }

  #close(seen: Seen, at: number): void {
    if (seen.open === undefined) return;
    this.#writer.close(seen.open, at);
    delete seen.open;
  }

  /** The server can hear boards from now on, and could not before. */
  listens(): void {
    this.#listening = this.#o.now();
  }

  /**
   * To be called every SILENCE_LOOK_MS while the server is connected to its broker: looks for boards that are silent, and for
   * those that speak again. Never rejects: `failed` is told. One that is under way is waited for instead of another.
   */
  tick(): Promise<void> {
    this.#looking ??= this.#look()
      .catch((error) => this.#o.failed('alerts', error))
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const now = this.#o.now();
    const since = now - this.#looked;
    this.#looked = now;
    // It slept, was not connected, or its clock was set: of that time it knows nothing.
    if (since > AWAY_MS || since < 0) this.listens();
    if (this.#rules.some(({ when }) => 'silence' in when))
      for (const [alias, lastHeard] of await this.#o.heard())
        for (const rule of this.#rules)
          if ('silence' in rule.when && this.#isFor(rule, alias))
            this.#silence(rule, rule.when.silence, alias, lastHeard, now);
    await this.#writer.flush();
  }

  #silence(rule: AlertRule, silence: number, alias: string, lastHeard: number, now: number): void {
    const key = keyOf(rule.id, alias);
    const seen: Seen = this.#seen.get(key) ?? { watch: {}, at: now };
    seen.at = now;
    if (isSilent(silence, lastHeard, this.#listening, now)) this.#open(key, seen, rule, alias);
    // A server that was started anew has not heard anybody yet: what fired before goes on until the board speaks.
    else if (now - lastHeard <= silence) this.#close(seen, now);
    this.#keep(key, seen);
  }

  async close(): Promise<void> {
    for (const undo of this.#undo) undo();
    await this.#looking;
    await this.#writer.flush();
  }
}
