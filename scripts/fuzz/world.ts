import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MockTimers } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { primitives as trueOnes } from '@perch/broker-bridge/crypto.ts';
import { MemoryBroker, type MemoryLink, type Weather } from '@perch/broker-bridge/mqtt/memory-link.ts';
import type { MessageOf } from '@perch/broker-bridge/protocol/messages.ts';
import type { KeyPair, Primitives } from '@perch/broker-bridge/protocol/primitives.ts';
import { requestFilter, responseTopic } from '@perch/broker-bridge/protocol/topics.ts';
import { sha256Hex } from '@perch/broker-bridge/release.ts';
import { MemoryOutbox } from '../../agent/src/outbox/testing/memory-outbox.ts';
import { type RoundsHost, RoundsRunner } from '../../agent/src/rounds-runner.ts';
import { Dispatcher } from '../../server/src/dispatcher.ts';
import { FleetView } from '../../server/src/fleet-view.ts';
import { RolloutEngine } from '../../server/src/rollout/engine.ts';
import type { Store, StoredObject } from '../../server/src/store/contract.ts';
import { databasePath, openSqliteStore } from '../../server/src/store/sqlite.ts';
import { UpdateDesk } from '../../server/src/update-desk.ts';
import { seeded } from './random.ts';

export const PREFIX = 'perch/v1';
export const VERSION = '0.1.0';
export const PLATFORM = 'linux-arm64';
const START = 1_760_000_000_000; // Unix ms
/** Name of the object that the server has. */
export const OBJECT_SHA256 = '22'.repeat(32);
/** Steps of the clock that all timers of a test go by. */
const STEP_MS = 250;

/** The true primitives with keys from a seed, so that a test can be repeated to the byte. */
function seededPrimitives(seed: number): Primitives {
  const random = seeded(seed);
  const privateKey = () => Uint8Array.from({ length: 32 }, () => random.below(256));
  return { ...trueOnes, generateKeyPair: () => trueOnes.keyPairOf(privateKey()) };
}

/** A payload as the broker carried it. */
export interface Carried {
  topic: string;
  payload: Uint8Array;
}

/** One board: the real rounds of the agent, with what they asked for noted. */
export interface Board {
  alias: string;
  key: KeyPair;
  link: MemoryLink;
  outbox: MemoryOutbox;
  runner: RoundsRunner;
  configVersion: number;
  hellos: number;
  frames: { re: number; offset: number; bytes: Uint8Array }[];
  prepared: MessageOf<'prepared'>[];
  offers: number;
  refusals: string[];
  notes: string[];
  /** Takes one record that is told apart by its value. */
  take(value: number): void;
}

/**
 * A server with a real store, dispatcher and sessions, and boards with the agent's real rounds, over one broker in memory.
 * Time passes only by advance(); `timers` must mock setTimeout.
 */
export class World {
  readonly broker: MemoryBroker;
  readonly primitives: Primitives;
  readonly server: KeyPair;
  readonly carried: Carried[] = [];
  readonly notes: { alias?: string; code?: string; text: string }[] = [];
  object: Uint8Array = new Uint8Array(0);
  metadata: Uint8Array = Uint8Array.of(1, 2, 3);
  now = START;
  view!: FleetView;
  rollouts!: RolloutEngine;
  dispatcher!: Dispatcher;
  store!: Store;
  #dir = '';
  #link!: MemoryLink;
  readonly #timers: MockTimers;
  readonly #handling = new Set<Promise<void>>();
  readonly #boards: Board[] = [];

  private constructor(timers: MockTimers, weather: Weather, seed: number) {
    this.#timers = timers;
    this.broker = new MemoryBroker(weather, seed);
    this.primitives = seededPrimitives(seed);
    this.server = this.primitives.generateKeyPair();
  }

  static async open(
    timers: MockTimers,
    options: { weather?: Weather; seed?: number; store?: (real: Store) => Store } = {},
  ): Promise<World> {
    const world = new World(timers, options.weather ?? {}, options.seed ?? 1);
    world.#dir = await mkdtemp(join(tmpdir(), 'perch-world-'));
    const real = await openSqliteStore(databasePath(world.#dir));
    world.store = options.store?.(real) ?? real;
    world.view = await FleetView.load(world.store, () => world.now);
    world.rollouts = await RolloutEngine.load({ store: world.store, now: () => world.now, note() {} });
    world.restartServer();
    return world;
  }

  /** A server that forgot all sessions, as after a restart. */
  restartServer(): void {
    void this.#link?.close();
    this.dispatcher = new Dispatcher({
      store: this.store,
      view: this.view,
      primitives: this.primitives,
      identity: this.server,
      prefix: PREFIX,
      publish: (topic, payload) => this.#publish(this.#link, topic, payload),
      updates: new UpdateDesk({
        metadata: async () => this.metadata,
        releases: () => this.view.releases,
        find: (target) => ({ object: this.#storedObject(target.sha256) }),
        object: (sha256) =>
          sha256 === OBJECT_SHA256 ? { object: this.#storedObject(''), platform: PLATFORM } : undefined,
        readObject: async (_, offset, length) => this.object.subarray(offset, offset + length),
        waiting: () => 0,
      }),
      rollouts: this.rollouts,
      now: () => this.now,
      sha256Hex,
      onNote: (note) => this.notes.push(note),
    });
    const { dispatcher } = this;
    this.#link = this.broker.link({
      up() {},
      down() {},
      message: (topic, payload) => {
        const work = dispatcher.handle(topic, payload).finally(() => this.#handling.delete(work));
        this.#handling.add(work);
      },
    });
    this.#link.subscribe(requestFilter(PREFIX));
    this.#link.restore();
  }

  #storedObject(targetSha256: string): StoredObject {
    const { length } = this.object;
    return { targetSha256, baseSha256: '', sha256: OBJECT_SHA256, length, created: 0 };
  }

  /** A board that is let in, unless `approved` is false. Not yet connected. */
  async board(alias: string, { approved = true, seed = 1 } = {}): Promise<Board> {
    const key = this.primitives.generateKeyPair();
    if (approved) {
      await this.store.notePending(
        { alias, key: key.publicKey, platform: PLATFORM, version: VERSION },
        this.now,
      );
      await this.store.approve(alias);
      await this.view.refreshDevice(alias);
    }
    const random = seeded(seed);
    const outbox = new MemoryOutbox(Uint8Array.from({ length: 8 }, () => random.below(256)));
    const boot = new Uint8Array(16);
    const news = () => ({ version: VERSION, configVersion: board.configVersion });
    const host: RoundsHost = {
      alias,
      prefix: PREFIX,
      primitives: this.primitives,
      key,
      serverKey: this.server.publicKey,
      outbox,
      now: () => this.now - START,
      random: () => random.next(),
      publish: (topic, payload) => this.#publish(board.link, topic, payload),
      hello: () => {
        board.hellos += 1;
        return {
          ...news(),
          platform: PLATFORM,
          bootId: boot,
          stream: outbox.stream,
          clock: this.now,
          synchronised: true,
        };
      },
      news,
      applyConfig(config) {
        if (config.version === board.configVersion) return;
        board.configVersion = config.version;
        board.runner.news();
      },
      offerRelease: () => (board.offers += 1),
      takeFrame: (re, offset, bytes) => board.frames.push({ re, offset, bytes }),
      prepared: (message) => board.prepared.push(message),
      requestRefused: (_re, code) => board.refusals.push(code),
      letIn() {},
      serverTime() {},
      acknowledged() {},
      quiet() {},
      note: (text) => board.notes.push(text),
    };
    const runner = new RoundsRunner(host);
    const link = this.broker.link({
      up: () => runner.linkUp(),
      down: () => runner.linkDown(),
      message: (_topic, payload) => runner.receive(payload),
    });
    link.subscribe(responseTopic(PREFIX, alias));
    const board: Board = {
      alias,
      key,
      link,
      outbox,
      runner,
      configVersion: 0,
      hellos: 0,
      frames: [],
      prepared: [],
      offers: 0,
      refusals: [],
      notes: [],
      take: (value) => {
        const { configVersion } = board;
        const values = new Map([['n', value]]);
        outbox.add({ timestamp: this.now, per: 1000, configVersion, version: VERSION, boot, values });
        runner.records();
      },
    };
    this.#boards.push(board);
    return board;
  }

  #publish(link: MemoryLink, topic: string, payload: Uint8Array): void {
    this.carried.push({ topic, payload: Uint8Array.from(payload) });
    link.publish(topic, payload);
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 4; quiet = this.#handling.size === 0 ? quiet + 1 : 0) await turn();
  }

  async advance(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      this.now += STEP_MS;
      this.#timers.tick(STEP_MS);
      await this.settle();
    }
  }

  /** Until a condition holds, at most `ms`. */
  async until(what: string, holds: () => boolean, ms = 600_000): Promise<void> {
    await this.settle();
    for (let passed = 0; !holds(); passed += STEP_MS) {
      if (passed >= ms) throw new Error(`${what}: not after ${ms} ms`);
      await this.advance(STEP_MS);
    }
  }

  /** Values of the records of an alias, oldest first. */
  async stored(alias: string): Promise<unknown[]> {
    return (await this.store.records(alias, { order: 'oldest' })).map((row) => row.values.n);
  }

  async close(): Promise<void> {
    for (const board of this.#boards) {
      board.runner.stop();
      await board.link.close();
    }
    await this.#link.close();
    await this.settle();
    await this.store.close();
    await rm(this.#dir, { recursive: true, force: true });
  }
}
