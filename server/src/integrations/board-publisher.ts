import { createHash, randomBytes } from 'node:crypto';
import type { BrokerAddress } from '@perch/broker-bridge/mqtt/link.ts';
import type { Feed } from '../feed.ts';
import type { LatestValues } from '../series/latest.ts';
import type { Device, Store } from '../store/contract.ts';
import type { BoardMessage, BoardView } from './board-messages.ts';
import { LinkDown, RetainedLink } from './retained-link.ts';

/** Messages that are handed to the connection at once; over what it takes they wait for it. */
const AT_ONCE = 50;
/** How often it is looked whether boards went silent, in ms. */
export const SWEEP_MS = 15_000;
/** How long taking back all messages may take when an integration is switched off, in ms. */
export const TAKE_BACK_MS = 10_000;
/** How long the last message may take when the server ends, in ms. */
const GOODBYE_MS = 2_000;
/** How long it rests when the store, or a message, failed, in ms. */
const REST_MS = 5_000;

/** What is published of a board. */
export interface Face {
  /** For the client id and the log. */
  name: string;
  /** The topic that says whether the server is there. */
  server: string;
  /** Retained messages of a board that is let in. */
  messages(board: BoardView): BoardMessage[];
  /** A topic on which `word` means that somebody wants to hear everything again. */
  wake?: { topic: string; word: string };
}

export interface PublisherOptions {
  store: Pick<Store, 'devices' | 'devicesOf'>;
  feed: Feed;
  latest: Pick<LatestValues, 'board'>;
  online(alias: string): boolean;
  broker: BrokerAddress;
  face: Face;
  log(level: 'info' | 'warn', text: string): void;
  /** How often it is looked whether boards went silent (SWEEP_MS). */
  sweepMs?: number;
  /** How long it rests after a failure (REST_MS). */
  restMs?: number;
}

interface Known {
  online: boolean;
  /** What was published last: topic and mark. */
  topics: Map<string, string>;
}

/**
 * Keeps retained messages about all boards at a broker. Boards that changed wait in a set, so that a board that changes faster
 * than the broker takes messages is told by its newest state, and what waits is bounded by the fleet.
 */
export class BoardPublisher {
  readonly #o: PublisherOptions;
  readonly #link: RetainedLink;
  readonly #undo: (() => void)[];
  readonly #due = new Set<string>();
  readonly #known = new Map<string, Known>();
  #running: Promise<void> | undefined;
  #closed = false;
  /** It is to be told that the server is there. */
  #greet = false;

  constructor(options: PublisherOptions) {
    this.#o = options;
    const { face, feed, broker, log } = options;
    this.#link = new RetainedLink({
      broker,
      clientId: `perch-${face.name}-${randomBytes(4).toString('hex')}`,
      will: { topic: face.server, payload: 'false' },
      filters: face.wake === undefined ? [] : [face.wake.topic],
      up: () => {
        log('info', `connected to the broker ${broker.url}`);
        this.#everything();
      },
      down: (reason) => log('warn', `not connected to the broker ${broker.url}: ${reason}`),
      message: (_, payload) => {
        // Retained or not: at most this much is looked at.
        if (payload.length < 64 && Buffer.from(payload).toString() === face.wake?.word) this.#everything();
      },
    });
    const sweep = setInterval(() => this.#sweep(), options.sweepMs ?? SWEEP_MS);
    this.#undo = [
      feed.on('records', (rows) => this.#changed(rows.map(({ alias }) => alias))),
      feed.on('devices', (aliases) => this.#changed(aliases)),
      () => clearInterval(sweep),
    ];
    this.#link.start();
  }

  /** Undefined: connected. */
  get trouble(): string | undefined {
    return this.#link.up ? undefined : (this.#link.trouble ?? 'not connected yet');
  }

  /** `takeBack`: the retained messages go, as nobody keeps them up any more; else the server is told to be away. */
  async close({ takeBack = false } = {}): Promise<void> {
    this.#closed = true;
    for (const end of this.#undo) end();
    const late = setTimeout(() => void this.#link.close(), takeBack ? TAKE_BACK_MS : GOODBYE_MS);
    await this.#running;
    await this.#goodbye(takeBack).catch(() => undefined); // the link is down, and the broker told the will
    clearTimeout(late);
    await this.#link.close();
  }

  async #goodbye(takeBack: boolean): Promise<void> {
    if (takeBack)
      for (const [alias, { topics }] of this.#known) {
        await new Promise((resolve) => setImmediate(resolve));
        await this.#clear(alias, [...topics.keys()]);
      }
    await this.#link.publish(this.#o.face.server, takeBack ? '' : 'false');
  }

  #changed(aliases: readonly string[]): void {
    if (!this.#link.up) return; // all are told once it is
    for (const alias of aliases) this.#due.add(alias);
    this.#run();
  }

  /** The broker, or who listens there, may know nothing. */
  #everything(): void {
    this.#greet = true;
    for (const [alias, { topics }] of this.#known) {
      for (const topic of topics.keys()) topics.set(topic, '');
      this.#due.add(alias);
    }
    this.#o.store
      .devices()
      .then((devices) => {
        for (const { alias, status } of devices) if (status !== 'pending') this.#due.add(alias);
        this.#run();
      })
      .catch((error: unknown) => {
        this.#failed(error);
        this.#laterEverything();
      });
  }

  #laterEverything(): void {
    setTimeout(() => {
      if (!this.#closed && this.#link.up) this.#everything();
    }, this.#o.restMs ?? REST_MS).unref();
  }

  #sweep(): void {
    this.#changed(
      [...this.#known]
        .filter(([alias, { online }]) => this.#o.online(alias) !== online)
        .map(([alias]) => alias),
    );
  }

  #run(): void {
    if (this.#closed) return;
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined;
      if (this.#due.size > 0 && this.#link.up) this.#run();
    });
  }

  async #work(): Promise<void> {
    try {
      if (this.#greet) await this.#link.publish(this.#o.face.server, 'true');
      this.#greet = false;
      for (const alias of this.#due) {
        if (this.#closed) return;
        // Who else hears of a record must have had his turn, so that the newest values are there; and a fleet must not be told
        // in one turn of the event loop.
        await new Promise((resolve) => setImmediate(resolve));
        this.#due.delete(alias);
        await this.#tell(alias);
      }
    } catch (error) {
      this.#due.clear();
      // Where the link is down it begins again when that is up.
      if (!(error instanceof LinkDown)) this.#failed(error);
      if (this.#link.up) this.#laterEverything();
    }
  }

  async #tell(alias: string): Promise<void> {
    const { store, latest, online, face } = this.#o;
    const rows = await store.devicesOf(alias);
    const approved = rows.find(({ status }) => status === 'approved');
    const known = this.#known.get(alias);
    const before = approved ?? rows.find(({ status }) => status === 'revoked');
    if (before === undefined && known === undefined) return; // it was never told of
    const { items, at } = await latest.board(alias);
    const view = (device: Pick<Device, 'version' | 'platform'>): BoardView => ({
      ...{ alias, online: online(alias), version: device.version, platform: device.platform, items, at },
    });
    if (approved === undefined) {
      const topics = new Set(known?.topics.keys());
      if (before !== undefined) for (const { topic } of face.messages(view(before))) topics.add(topic);
      await this.#clear(alias, [...topics]);
      return;
    }
    const board = view(approved);
    const now: Known = known ?? { online: board.online, topics: new Map() };
    now.online = board.online;
    this.#known.set(alias, now);
    await this.#publish(now, face.messages(board));
  }

  async #publish(known: Known, messages: readonly BoardMessage[]): Promise<void> {
    const gone = new Set(known.topics.keys());
    const news: { topic: string; payload: string; mark: string }[] = [];
    for (const { topic, payload, mark = digest(payload) } of messages) {
      gone.delete(topic);
      if (known.topics.get(topic) !== mark) news.push({ topic, payload, mark });
    }
    await this.#inTurns(news, async ({ topic, payload, mark }) => {
      await this.#link.publish(topic, payload);
      known.topics.set(topic, mark);
    });
    await this.#inTurns([...gone], async (topic) => {
      await this.#link.publish(topic, '');
      known.topics.delete(topic);
    });
  }

  async #clear(alias: string, topics: readonly string[]): Promise<void> {
    await this.#inTurns(topics, (topic) => this.#link.publish(topic, ''));
    this.#known.delete(alias);
  }

  async #inTurns<T>(all: readonly T[], one: (item: T) => Promise<void>): Promise<void> {
    for (let at = 0; at < all.length; at += AT_ONCE) await Promise.all(all.slice(at, at + AT_ONCE).map(one));
  }

  #failed(error: unknown): void {
    this.#o.log('warn', (error as Error).message);
  }
}

/** Tells whether a payload is the one before, in few bytes. */
const digest = (payload: string): string =>
  createHash('sha256').update(payload).digest('base64').slice(0, 16);
