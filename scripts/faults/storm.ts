import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DurableOutbox } from '../../agent/src/outbox/durable-outbox.ts';
import { hex } from '../../agent/src/outbox/record.ts';
import { Clock } from '../../agent/src/time/clock.ts';
import { repair } from '../../agent/src/time/repair.ts';
import { type Balance, Ledger } from '../e2e/ledger.ts';
import { type Random, seeded } from '../fuzz/random.ts';
import { type VirtualBoard, VirtualHouse } from './testing/virtual-house.ts';
import type { LinkWeather } from './virtual-broker.ts';

export interface StormReport extends Omit<Balance, 'inGaps'> {
  /** What happened, how often. */
  events: Record<string, number>;
  /** Virtual ms that it lasted. */
  lasted: number;
  /** Records whose stored time is more than 6 s off the time at which they were taken, though they say that it is known. */
  mistimed: number[];
}

const ALIAS = 'pi-1';
const PERIOD_MS = 10_000;
const WINDOW_MS = 30_000;
/** Every storm ends in fair weather; by then all is delivered within this time. */
const CALM_LIMIT_MS = 30 * 60_000;
const CALM: LinkWeather = { up: {}, down: {} };

/** A link of any quality, from perfect to hardly there. */
function weatherOf(random: Random): LinkWeather {
  const bad = (): LinkWeather['up'] => ({
    lose: random.next() * 0.3,
    repeat: random.next() * 0.2,
    truncate: random.next() * 0.1,
    cut: random.next() * 0.05,
    delay: { least: 1, most: 1 + random.next() * 4_000 },
    outage: { least: 500, most: 500 + random.next() * 120_000 },
  });
  return random.next() < 0.3 ? CALM : { up: bad(), down: bad() };
}

/** One board's machine: what survives its process, and its clocks, which know nothing after a boot. */
class Machine {
  readonly root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'perch-storm-'));
  readonly house: VirtualHouse;
  readonly random: Random;
  /** Of the outbox. */
  readonly #luck: Random;
  readonly ledger = new Ledger();
  /** True Unix ms of each record, by `boot/number`. */
  readonly truth = new Map<string, number>();
  board: VirtualBoard | undefined;
  outbox: DurableOutbox | undefined;
  #boot = new Uint8Array(16);
  #bootedAt = 0;
  /** The wall clock minus the truth, ms. */
  #wrong = 0;
  #sampling: unknown;
  #values = 0;

  constructor(house: VirtualHouse) {
    this.house = house;
    this.random = seeded(house.time.seed);
    this.#luck = seeded(house.time.seed + 1);
    house.disks.add(async () => this.outbox?.idle());
    this.powerUp();
  }

  /** The power comes back: another boot, and a board without a battery believes in 1970 or in any other day. */
  powerUp(): void {
    const { random } = this;
    this.#boot = Uint8Array.from({ length: 16 }, () => random.below(256));
    this.#bootedAt = this.house.time.now();
    this.#wrong =
      random.next() < 0.3 ? 0 : random.next() < 0.5 ? -this.house.time.wall() : (random.next() - 0.5) * 1e9;
  }

  /** Somebody or something sets the wall clock. */
  stepClock(): void {
    this.#wrong = (this.random.next() - 0.5) * 1e8;
  }

  async start(weather: LinkWeather): Promise<void> {
    const { time } = this.house;
    const boot = this.#boot;
    const outboxOf = (): DurableOutbox | undefined => this.outbox;
    const clock = new Clock(
      {
        wall: () => time.wall() + this.#wrong,
        sinceBoot: () => time.now() - this.#bootedAt,
        monotonic: time.now,
        kernel: () => ({ synchronised: false }),
      },
      { offsetKnown: (offset) => outboxOf()?.knowBoot(boot, offset) },
    );
    const board = await this.house.board(ALIAS, {
      weather,
      boot,
      ...(this.board === undefined ? {} : { key: this.board.key }),
      now: () => clock.now(),
      serverTime: (at, roundTrip) => clock.tell(at, roundTrip),
      outbox: ({ ready }) => {
        this.outbox = new DurableOutbox({
          folder: join(this.root, 'outbox'),
          ramFolder: join(this.root, 'ram'),
          durability: { windowMs: WINDOW_MS, bytes: 2e6, ageMs: 365 * 86_400_000, exposed: 4 },
          now: () => clock.now(),
          monotonic: time.now,
          timers: time,
          random: () => this.#luck.next(),
          randomBytes: (length) => Uint8Array.from({ length }, () => this.#luck.below(256)),
          repair: (record, boots) =>
            repair(record, (of) =>
              hex(of) === hex(boot) ? clock.offset : boots.find(({ id }) => hex(id) === hex(of))?.offset,
            ),
          ready,
          note: () => {},
        });
        return this.outbox;
      },
    });
    this.board = board;
    const sample = (): void => {
      const record = board.take(this.#values++);
      this.ledger.note(record);
      this.truth.set(`${hex(record.boot)}/${record.number}`, time.wall());
      this.#sampling = time.set(sample, PERIOD_MS);
    };
    sample();
  }

  /** The process dies; what it asked of the disk last may still be done. */
  async kill(): Promise<void> {
    this.house.time.clear(this.#sampling);
    await this.board?.kill();
    await this.outbox?.abandon();
    this.outbox = undefined;
  }

  stopSampling(): void {
    this.house.time.clear(this.#sampling);
  }

  loseRam(): void {
    rmSync(join(this.root, 'ram'), { recursive: true, force: true });
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

type Deed = [name: string, chance: number, run: (machine: Machine) => Promise<void> | void];

const DEEDS: Deed[] = [
  ['time passes', 8, ({ house, random }) => house.time.advance(random.next() * 60_000)],
  ['an hour passes', 0.05, ({ house }) => house.time.advance(3_600_000)],
  [
    'kill',
    1,
    async (machine) => {
      await machine.kill();
      await machine.house.time.advance(machine.random.next() * 20_000);
      await machine.start(weatherOf(machine.random));
    },
  ],
  [
    'power cut',
    1,
    async (machine) => {
      await machine.kill();
      machine.loseRam();
      await machine.house.time.advance(machine.random.next() * 300_000);
      machine.powerUp();
      await machine.start(weatherOf(machine.random));
    },
  ],
  ['server restart', 0.7, ({ house }) => house.restartServer()],
  [
    'clock step',
    0.5,
    (machine) => {
      machine.stepClock();
    },
  ],
  [
    'weather',
    2,
    ({ board, random }) => {
      Object.assign(board!.link.weather, weatherOf(random));
    },
  ],
  ['outage', 0.7, ({ board, random }) => board!.link.cut(random.next() * 1_800_000)],
];

function choose(random: Random): Deed {
  let at = random.next() * DEEDS.reduce((sum, [, chance]) => sum + chance, 0);
  for (const deed of DEEDS) {
    at -= deed[1];
    if (at < 0) return deed;
  }
  return DEEDS[0]!;
}

/**
 * A board's bad days, in virtual time: real rounds, real outbox on real files, real server with its database; kills, power
 * cuts, clocks that know nothing, a link with weather. Then the sun comes out. The same seed is the same storm.
 */
export async function storm(seed: number, deeds = 12): Promise<StormReport> {
  const house = await VirtualHouse.open(seed);
  const machine = new Machine(house);
  const events: Record<string, number> = {};
  try {
    await machine.start(weatherOf(machine.random));
    for (let step = 0; step < deeds; step++) {
      const [name, , run] = choose(machine.random);
      events[name] = (events[name] ?? 0) + 1;
      await run(machine);
    }
    machine.stopSampling();
    Object.assign(machine.board!.link.weather, CALM);
    machine.board!.link.restore();
    await house.time.until('all to be delivered', () => machine.outbox!.size === 0, CALM_LIMIT_MS);
    const rows = [];
    for (let since = 0; ; ) {
      const page = await house.store.records(ALIAS, { since, order: 'oldest' });
      rows.push(...page);
      if (page.length < 1_000) break;
      since = page.at(-1)!.timestamp + 1;
    }
    const mistimed = rows
      .filter(({ boot, number, timestamp, synchronised }) => {
        const truth = machine.truth.get(`${boot}/${number}`);
        return synchronised && truth !== undefined && Math.abs(timestamp - truth) > 6_000;
      })
      .map(({ number }) => number);
    const { inGaps: _, ...balance } = machine.ledger.balance(house.database, ALIAS);
    return {
      ...balance,
      events,
      lasted: house.time.now(),
      mistimed,
    };
  } finally {
    await machine.kill();
    await house.close();
    machine.remove();
  }
}

/** Calm weather, then no broker for `outage` ms, then all is delivered. `newestAt`: place of the record that was newest when the broker came back, among those that came in then. */
export async function dayWithoutBroker(
  seed: number,
  outage: number,
): Promise<{ taken: number; stored: number; order: { newest: number; newestAt: number } }> {
  const house = await VirtualHouse.open(seed);
  const machine = new Machine(house);
  try {
    await machine.start(CALM);
    await house.time.advance(60_000);
    machine.board!.link.cut();
    await house.time.advance(outage);
    const newest = Math.max(...[...machine.ledger.taken.values()].map(({ number }) => number));
    const came: number[] = [];
    house.onRecords = (rows) => void came.push(...rows.map(({ number }) => number));
    machine.board!.link.restore();
    await house.time.until('all to be delivered', () => machine.outbox!.status.waiting <= 1, CALM_LIMIT_MS);
    machine.stopSampling();
    await house.time.until('the rest to be delivered', () => machine.outbox!.size === 0, CALM_LIMIT_MS);
    const { taken, stored } = machine.ledger.balance(house.database, ALIAS);
    return { taken, stored, order: { newest, newestAt: came.indexOf(newest) } };
  } finally {
    await machine.kill();
    await house.close();
    machine.remove();
  }
}
