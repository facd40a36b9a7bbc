import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { databasePath } from '../../server/src/store/sqlite.ts';
import { type Board, type Broker, embeddedBroker, House } from '../e2e/house.ts';
import type { Balance } from '../e2e/ledger.ts';
import { MOSQUITTO, mosquitto } from '../e2e/mosquitto.ts';
import { FaultProxy, type LaneFaults } from '../faults/fault-proxy.ts';
import { type Random, seeded } from '../fuzz/random.ts';

export interface SoakOptions {
  agents: number;
  /** How long there are faults. */
  minutes: number;
  seed: number;
  /** Told now and then how it goes. */
  progress(text: string): void;
  signal: AbortSignal;
}

export interface SoakReport extends Omit<Balance, 'inGaps' | 'unexplained'> {
  seed: number;
  agents: number;
  minutes: number;
  unexplained: number;
  /** `alias number` of each record that is neither stored nor in a gap; the first hundred. */
  lost: string[];
  faults: Record<string, number>;
  /** What the brokers' packets met with on their way. */
  packets: Record<string, number>;
}

const CONFIGS = [
  { period: '1s', durability: { window: '2s' } },
  { period: '500ms', durability: { window: '0s' } },
  { period: '1s', durability: { window: '30s' } },
  { period: '2s', durability: { window: '5s' }, connection: 'per-exchange' },
];
/** After the faults all is delivered within this time. */
const CALM_LIMIT_MS = 180_000;

/** A network of any quality; a quarter of the time it is as it should be. */
function lane(random: Random): LaneFaults {
  const kind = random.below(8);
  if (kind < 2) return {};
  if (kind === 2) return { throttle: 2_048 };
  if (kind === 3) return { blackhole: true };
  return {
    cut: random.next() * 0.02,
    truncate: random.next() * 0.02,
    delay: { least: 0, most: random.next() * 1_500 },
    repeat: random.next() * 0.2,
    reorder: random.next() * 0.2,
  };
}

/** The broker with a bad network between it and the server, where the server has one. */
async function behindProxy(broker: Broker, seed: number): Promise<{ broker: Broker; proxy?: FaultProxy }> {
  if (!broker.serve.includes('--broker')) return { broker };
  const proxy = await FaultProxy.open({ target: broker.port, seed });
  const serve = broker.serve.map((word) => word.replace(`:${broker.port}`, `:${proxy.port}`));
  return { broker: { ...broker, serve }, proxy };
}

class Soak {
  readonly #o: SoakOptions;
  readonly #faults: Record<string, number> = {};
  readonly #boards: { board: Board; proxy: FaultProxy; random: Random }[] = [];
  readonly #house: House;
  readonly #proxy: FaultProxy | undefined;
  #end = 0;

  constructor(options: SoakOptions, house: House, proxy: FaultProxy | undefined) {
    this.#o = options;
    this.#house = house;
    this.#proxy = proxy;
  }

  async open(): Promise<void> {
    const { agents, seed, progress } = this.#o;
    await this.#house.open();
    for (let index = 0; index < agents; index++) {
      progress(`board ${index + 1} of ${agents} starts`);
      const board = this.#house.board(`pi-${index + 1}`);
      const config = {
        sensors: [{ id: 'sys', driver: 'sysfs', proc: ['load'] }],
        ...CONFIGS[index % CONFIGS.length],
      };
      const file = this.#house.file(`${board.alias}.json`, JSON.stringify(config));
      const set = await this.#house.command('config', 'set', board.alias, file);
      if (set.code !== 0) throw new Error(set.output);
      const proxy = await FaultProxy.open({ target: this.#house.broker.port, seed: seed * 1_000 + index });
      await board.enrol({ via: proxy.port });
      await board.start({}, { records: true, launcher: false });
      this.#boards.push({ board, proxy, random: seeded(seed * 1_000 + index) });
    }
  }

  get #over(): boolean {
    return performance.now() >= this.#end || this.#o.signal.aborted;
  }

  #count(what: string): void {
    this.#faults[what] = (this.#faults[what] ?? 0) + 1;
  }

  async run(): Promise<void> {
    this.#end = performance.now() + this.#o.minutes * 60_000;
    const telling = setInterval(() => this.#tell(), 1_000);
    try {
      await Promise.all([this.#plagueHouse(), ...this.#boards.map((one) => this.#plague(one))]);
    } finally {
      clearInterval(telling);
    }
  }

  #tell(): void {
    const taken = this.#boards.reduce((sum, { board }) => sum + board.ledger.taken.size, 0);
    const left = Math.max(0, Math.round((this.#end - performance.now()) / 1_000));
    const faults = Object.values(this.#faults).reduce((sum, count) => sum + count, 0);
    this.#o.progress(`${left} s of faults left; ${faults} faults, ${taken} records taken`);
  }

  /** What one board goes through, until the time is over. */
  async #plague({
    board,
    proxy,
    random,
  }: {
    board: Board;
    proxy: FaultProxy;
    random: Random;
  }): Promise<void> {
    const restart = async (signal: NodeJS.Signals, between = () => {}): Promise<void> => {
      await board.stop(signal);
      between();
      await board.start({}, { records: true, launcher: false });
    };
    const deeds: [string, () => Promise<void> | void][] = [
      ['weather', () => proxy.setFaults({ up: lane(random), down: lane(random) })],
      ['weather', () => proxy.calm()],
      ['cut', () => proxy.cut()],
      [
        'outage',
        async () => {
          proxy.refusing = true;
          proxy.cut();
          await sleep(random.next() * 15_000);
          proxy.refusing = false;
        },
      ],
      ['agent killed', () => restart('SIGKILL')],
      ['agent ended', () => restart('SIGTERM')],
      ['power cut', () => restart('SIGKILL', () => rmSync(board.ram, { recursive: true, force: true }))],
    ];
    while (!this.#over) {
      await sleep(2_000 + random.next() * 10_000);
      if (this.#over) return;
      const [name, deed] = deeds[random.below(deeds.length)]!;
      this.#count(name);
      await deed();
    }
  }

  /** What server and broker go through. */
  async #plagueHouse(): Promise<void> {
    const house = this.#house;
    const random = seeded(this.#o.seed);
    const deeds: [string, () => Promise<void> | void][] = [
      [
        'server killed',
        async () => {
          await house.server.end('SIGKILL');
          await sleep(random.next() * 5_000);
          await house.startServer();
        },
      ],
      ['database locked', () => lockDatabase(databasePath(house.data), 1_000 + random.next() * 4_000)],
    ];
    if (this.#proxy !== undefined)
      deeds.push(
        [
          'broker killed',
          async () => {
            await house.broker.stop('SIGKILL');
            await sleep(random.next() * 5_000);
            await house.broker.start();
          },
        ],
        ['server weather', () => this.#proxy!.setFaults({ up: lane(random), down: lane(random) })],
      );
    while (!this.#over) {
      await sleep(5_000 + random.next() * 10_000);
      if (this.#over) return;
      this.#proxy?.calm(); // or the server's own link would be bad most of the time
      const [name, deed] = deeds[random.below(deeds.length)]!;
      this.#count(name);
      await deed();
    }
  }

  /** The sun comes out: all that was taken must be accounted for. */
  async settle(): Promise<SoakReport> {
    this.#proxy?.calm();
    for (const { board, proxy } of this.#boards) {
      proxy.calm();
      await board.stop('SIGTERM');
      await board.start({}, { launcher: false });
    }
    const limit = performance.now() + CALM_LIMIT_MS;
    let balances = this.#balances();
    while (performance.now() < limit && balances.some(({ unexplained }) => unexplained.length > 0)) {
      this.#o.progress('the rest is being delivered');
      await sleep(500);
      balances = this.#balances();
    }
    const { agents, minutes, seed } = this.#o;
    const lost = balances.flatMap(({ unexplained }, index) =>
      unexplained.map((number) => `pi-${index + 1} ${number}`),
    );
    const sum = (of: (balance: Balance) => number): number => balances.reduce((all, one) => all + of(one), 0);
    return {
      seed,
      agents,
      minutes,
      taken: sum(({ taken }) => taken),
      stored: sum(({ stored }) => stored),
      gapCounted: sum(({ gapCounted }) => gapCounted),
      duplicated: sum(({ duplicated }) => duplicated),
      unexplained: lost.length,
      lost: lost.slice(0, 100),
      faults: this.#faults,
      packets: this.#packets(),
    };
  }

  #balances(): Balance[] {
    return this.#boards.map(({ board }) => board.ledger.balance(databasePath(this.#house.data), board.alias));
  }

  #packets(): Record<string, number> {
    const sums: Record<string, number> = {};
    for (const { counts } of [
      ...this.#boards.map(({ proxy }) => proxy),
      ...(this.#proxy ? [this.#proxy] : []),
    ])
      for (const [what, count] of counts) {
        const name = what.replace(/ (up|down)$/, '');
        sums[name] = (sums[name] ?? 0) + count;
      }
    return sums;
  }

  async close(): Promise<void> {
    await Promise.all(this.#boards.map(({ proxy }) => proxy.close()));
    await this.#proxy?.close();
    await this.#house.close();
  }
}

/** Another process of the machine holds the server's database. */
async function lockDatabase(path: string, ms: number): Promise<void> {
  const db = new DatabaseSync(path, { timeout: 5_000 });
  try {
    db.exec('BEGIN IMMEDIATE');
    await sleep(ms);
    db.exec('ROLLBACK');
  } catch {
    // the server was faster
  } finally {
    db.close();
  }
}

/** Real boards, a real server and a real broker under faults of every kind, and then the account of every record. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const real = MOSQUITTO === undefined ? await embeddedBroker() : await mosquitto();
  const { broker, proxy } = await behindProxy(real, options.seed);
  const house = new House(broker);
  const run = new Soak(options, house, proxy);
  try {
    await run.open();
    await run.run();
    return await run.settle();
  } finally {
    await run.close();
  }
}
