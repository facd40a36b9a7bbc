import { Readable } from 'node:stream';
import type { Feed } from '../feed.ts';
import type { RecordRow, Store } from '../store/contract.ts';
import { Problem } from './problem.ts';

/** Callers that watch at once. */
export const WATCHERS_LIMIT = 200;
/** Characters that wait for one watcher; one that reads slower is let go, and comes again. */
export const WATCHER_BACKLOG_LIMIT = 1024 * 1024;
/** How often a watcher hears that the connection lives, in ms: proxies end what is silent. That he may watch still is looked at then too. */
export const WATCHER_ALIVE_MS = 15_000;
/** How long a browser waits before it comes again, in ms. */
const RETRY_MS = 2_000;

export const TOPICS = ['records', 'events', 'devices', 'alerts'] as const;
export type Topic = (typeof TOPICS)[number];

/** Events after which some may watch no more. */
const ENDING = new Set(['access.revoked', 'session.ended']);

export interface Interest {
  topics: ReadonlySet<Topic>;
  /** Undefined: of every board. */
  alias: string | undefined;
  /** Id of the grant by which he watches. */
  grant: string;
}

/** One message of an event stream (HTML, section 9.2.5). Pure. */
export const message = (event: string, data: unknown): string =>
  `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/** A record as watchers get it. Pure. */
export const shownRecord = ({ alias, timestamp, synchronised, per, values, errors }: RecordRow) => ({
  ...{ alias, timestamp, synchronised, per, values, errors },
});

interface Watcher {
  interest: Interest;
  stream: Readable;
}

export interface WatchersOptions {
  feed: Feed;
  store: Pick<Store, 'validGrants'>;
  /** Unix ms */
  now(): number;
  failed(what: string, error: unknown): void;
}

/** Everybody who watches the server. One listener at the feed serves all; each message is made once for all who want it. */
export class Watchers {
  readonly #o: WatchersOptions;
  readonly #watchers = new Set<Watcher>();
  readonly #undo: (() => void)[];
  readonly #alive: NodeJS.Timeout;

  constructor(options: WatchersOptions) {
    this.#o = options;
    const { feed } = options;
    this.#undo = [
      feed.on('records', (rows) => {
        for (const row of rows) this.#tell('records', row.alias, () => shownRecord(row));
      }),
      feed.on('events', (events) => {
        for (const event of events) this.#tell('events', event.alias, () => event);
        if (events.some(({ kind }) => ENDING.has(kind))) this.#look();
      }),
      feed.on('alerts', (alerts) => {
        for (const alert of alerts) this.#tell('alerts', alert.alias, () => alert);
      }),
      feed.on('devices', (aliases) => {
        for (const alias of aliases) this.#tell('devices', alias, () => ({ alias }));
      }),
    ];
    this.#alive = setInterval(() => {
      for (const { stream } of this.#watchers) stream.push(': alive\n\n');
      this.#look();
    }, WATCHER_ALIVE_MS).unref();
  }

  get size(): number {
    return this.#watchers.size;
  }

  /** @returns the stream that a caller gets. @throws Problem 503 */
  watch(interest: Interest): Readable {
    if (this.#watchers.size >= WATCHERS_LIMIT)
      throw new Problem(503, `${WATCHERS_LIMIT} watch already; close some pages`);
    const stream = new Readable({ read: () => undefined, highWaterMark: WATCHER_BACKLOG_LIMIT });
    const watcher = { interest, stream };
    this.#watchers.add(watcher);
    stream.once('close', () => this.#watchers.delete(watcher));
    stream.push(`retry: ${RETRY_MS}\n\n`);
    return stream;
  }

  /** Ends the streams of those whose right has ended. */
  #look(): void {
    if (this.#watchers.size === 0) return;
    const { store, now, failed } = this.#o;
    const grants = new Set([...this.#watchers].map(({ interest }) => interest.grant));
    store.validGrants([...grants], now()).then(
      (valid) => {
        for (const watcher of this.#watchers) {
          const { grant } = watcher.interest;
          if (grants.has(grant) && !valid.has(grant)) this.#end(watcher);
        }
      },
      (error: unknown) => failed('who may watch', error),
    );
  }

  #tell(topic: Topic, alias: string | undefined, make: () => unknown): void {
    let text: string | undefined;
    for (const watcher of this.#watchers) {
      const { interest, stream } = watcher;
      if (!interest.topics.has(topic) || (interest.alias !== undefined && interest.alias !== alias)) continue;
      text ??= message(topic, make());
      stream.push(text);
      if (stream.readableLength > WATCHER_BACKLOG_LIMIT) this.#end(watcher);
    }
  }

  #end(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    watcher.stream.destroy();
  }

  close(): void {
    clearInterval(this.#alive);
    for (const undo of this.#undo) undo();
    for (const { stream } of this.#watchers) stream.destroy();
    this.#watchers.clear();
  }
}
