import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { primitives as trueOnes } from '@perch/broker-bridge/crypto.ts';
import type { KeyPair, Primitives } from '@perch/broker-bridge/protocol/primitives.ts';
import { requestFilter, responseTopic } from '@perch/broker-bridge/protocol/topics.ts';
import { sha256Hex } from '@perch/broker-bridge/release.ts';
import type { Outbox, OutboxRecord } from '../../../agent/src/outbox/outbox.ts';
import { MemoryOutbox } from '../../../agent/src/outbox/testing/memory-outbox.ts';
import { RoundsRunner } from '../../../agent/src/rounds-runner.ts';
import type { Moment } from '../../../agent/src/time/clock.ts';
import { Dispatcher } from '../../../server/src/dispatcher.ts';
import { FleetView } from '../../../server/src/fleet-view.ts';
import type { RecordRow, Store } from '../../../server/src/store/contract.ts';
import { databasePath, openSqliteStore } from '../../../server/src/store/sqlite.ts';
import { UpdateDesk } from '../../../server/src/update-desk.ts';
import { seeded } from '../../fuzz/random.ts';
import { type LinkWeather, VirtualBroker, type VirtualLink } from '../virtual-broker.ts';
import { VirtualTime } from '../virtual-time.ts';

const PREFIX = 'perch/v1';
const VERSION = '0.1.0';
const PLATFORM = 'linux-arm64';

/** What an outbox is made of in virtual time. */
export interface OutboxWorld {
  time: VirtualTime;
  stream: Uint8Array;
  /** More can be sent than before. */
  ready(): void;
}

/** How a board differs from one that is new and knows the time. */
export interface BoardOptions {
  weather?: Partial<LinkWeather>;
  outbox?: (world: OutboxWorld) => Outbox;
  /** Of a board that was here before. */
  key?: KeyPair;
  /** Of `Hello`, and what the agent does with the server's time. */
  boot?: Uint8Array;
  now?(): Moment;
  serverTime?(time: number, roundTrip: number): void;
}

export interface VirtualBoard {
  alias: string;
  key: KeyPair;
  outbox: Outbox;
  runner: RoundsRunner;
  link: VirtualLink;
  notes: string[];
  /** Takes one record that is told apart by its value. */
  take(value: number): OutboxRecord;
  /** The process ends without a word. */
  kill(): Promise<void>;
}

/** No release is published here. */
const NO_UPDATES = new UpdateDesk({
  metadata: async () => new Uint8Array(),
  releases: () => [],
  find: () => ({ wait: 1 }),
  object: () => undefined,
  readObject: async () => new Uint8Array(),
  waiting: () => 0,
});

/** A server with a real database and boards with the agent's real rounds, in virtual time. */
export class VirtualHouse {
  readonly time: VirtualTime;
  readonly broker: VirtualBroker;
  readonly notes: { code?: string; text: string }[] = [];
  dispatcher!: Dispatcher;
  /** Told of records as they are stored. */
  onRecords: (rows: RecordRow[]) => void = () => {};
  readonly store: Store;
  /** Each is awaited between two events: real disks that take no virtual time. */
  readonly disks: Set<() => Promise<void>>;
  readonly #folder: string;
  readonly #view: FleetView;
  readonly #primitives: Primitives;
  readonly #key: KeyPair;
  readonly #boards: VirtualBoard[] = [];
  #link: VirtualLink | undefined;

  private constructor(
    time: VirtualTime,
    store: Store,
    view: FleetView,
    folder: string,
    disks: Set<() => Promise<void>>,
  ) {
    this.disks = disks;
    this.time = time;
    this.broker = new VirtualBroker(time);
    this.store = store;
    this.#view = view;
    this.#folder = folder;
    this.#primitives = seededPrimitives(time.seed);
    this.#key = this.#primitives.generateKeyPair();
    this.restartServer();
  }

  /** File of the server's database. */
  get database(): string {
    return databasePath(this.#folder);
  }

  static async open(seed: number): Promise<VirtualHouse> {
    const disks = new Set<() => Promise<void>>();
    const settle = async (): Promise<void> => {
      for (const idle of disks) await idle();
    };
    const time = new VirtualTime({ seed, settle });
    // In RAM where there is a folder for it: virtual years hold many commits.
    const folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'perch-virtual-'));
    const store = await openSqliteStore(databasePath(folder));
    return new VirtualHouse(time, store, await FleetView.load(store, time.wall), folder, disks);
  }

  /** A server that forgot all sessions. */
  restartServer(): void {
    void this.#link?.close();
    const dispatcher = new Dispatcher({
      store: this.store,
      view: this.#view,
      primitives: this.#primitives,
      identity: this.#key,
      prefix: PREFIX,
      publish: (topic, payload) => link.publish(topic, payload),
      updates: NO_UPDATES,
      rollouts: { heard() {}, gone() {}, wantedFor: () => undefined },
      now: this.time.wall,
      sha256Hex,
      onNote: (note) => this.notes.push(note),
      onRecords: (rows) => this.onRecords(rows),
    });
    const link = this.broker.link('server', {
      up() {},
      down() {},
      message: (topic, payload) => void this.time.track(dispatcher.handle(topic, payload)),
    });
    link.subscribe(requestFilter(PREFIX));
    link.restore();
    this.#link = link;
    this.dispatcher = dispatcher;
  }

  /** A board that is let in and connects as soon as time passes. */
  async board(
    alias: string,
    {
      weather = {},
      outbox: makeOutbox = ({ stream }) => new MemoryOutbox(stream),
      key: before,
      boot = new Uint8Array(16),
      now = () => ({ timestamp: this.time.wall(), synchronised: true, sinceBoot: 0 }),
      serverTime = () => {},
    }: BoardOptions = {},
  ): Promise<VirtualBoard> {
    const { time } = this;
    const key = before ?? this.#primitives.generateKeyPair();
    if (before === undefined) {
      const device = { alias, key: key.publicKey, platform: PLATFORM, version: VERSION };
      await this.store.notePending(device, time.wall());
      await this.store.approve(alias);
      await this.#view.refreshDevice(alias);
    }
    const stream = Uint8Array.from({ length: 8 }, () => time.random.below(256));
    const outbox = makeOutbox({ time, stream, ready: () => runner.records() });
    let configVersion = 0;
    const notes: string[] = [];
    const news = () => ({
      version: VERSION,
      configVersion,
      ...(now().synchronised ? {} : { timeless: true }),
    });
    const runner: RoundsRunner = new RoundsRunner({
      alias,
      prefix: PREFIX,
      primitives: this.#primitives,
      key,
      serverKey: this.#key.publicKey,
      outbox,
      now: time.now,
      timers: time,
      random: () => time.random.next(),
      publish: (topic, payload) => link.publish(topic, payload),
      hello: () => ({
        ...news(),
        platform: PLATFORM,
        bootId: boot,
        stream: outbox.stream,
        clock: now().timestamp,
        synchronised: now().synchronised,
      }),
      news,
      applyConfig(config) {
        if (config.version === configVersion) return;
        configVersion = config.version;
        runner.news();
      },
      offerRelease() {},
      takeFrame() {},
      prepared() {},
      requestRefused() {},
      letIn() {},
      serverTime,
      acknowledged() {},
      quiet() {},
      note: (text) => notes.push(text),
    });
    const events = {
      up: () => runner.linkUp(),
      down: () => runner.linkDown(),
      message: (_topic: string, payload: Uint8Array) => runner.receive(payload),
    };
    const link = this.broker.link(alias, events, { weather });
    link.subscribe(responseTopic(PREFIX, alias));
    link.start();
    const take = (value: number): OutboxRecord => {
      const values = new Map([['n', value]]);
      const { timestamp, synchronised, sinceBoot } = now();
      const when = { timestamp, ...(synchronised ? {} : { unsynchronised: true, sinceBoot }) };
      const record = outbox.add({ ...when, per: 1000, configVersion, version: VERSION, boot, values });
      runner.records();
      return record;
    };
    const kill = async (): Promise<void> => {
      runner.stop();
      await link.close();
      this.#boards.splice(this.#boards.indexOf(board), 1);
    };
    const board: VirtualBoard = { alias, key, outbox, runner, link, notes, take, kill };
    this.#boards.push(board);
    return board;
  }

  /** Values of the records of an alias, as stored. */
  async stored(alias: string): Promise<number[]> {
    const rows = await this.store.records(alias, { order: 'oldest' });
    return rows.map((row) => row.values.n as number);
  }

  async close(): Promise<void> {
    for (const board of this.#boards) {
      board.runner.stop();
      await board.link.close();
    }
    await this.#link?.close();
    await this.time.settle();
    await this.store.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** The true primitives with keys from a seed, so that a run can be repeated to the byte. */
function seededPrimitives(seed: number): Primitives {
  const random = seeded(seed);
  const privateKey = () => Uint8Array.from({ length: 32 }, () => random.below(256));
  return { ...trueOnes, generateKeyPair: () => trueOnes.keyPairOf(privateKey()) };
}
