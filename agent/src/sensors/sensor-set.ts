import { type Config, resolveBus, resolveSensor } from '@perch/broker-bridge/config/schema.ts';
import {
  ITEM_NAME_LIMIT,
  ITEMS_LIMIT,
  type ReasonMap,
  type ValueMap,
} from '@perch/broker-bridge/protocol/values.ts';
import { Buses } from './buses.ts';
import type { Sample } from './driver.ts';
import type { SensorEnvironment } from './environment.ts';
import { SensorSource, type SensorStatus } from './sensor-source.ts';

export type { SensorEnvironment } from './environment.ts';
export type { SensorState } from './sensor-slot.ts';
export type { SensorStatus } from './sensor-source.ts';

export type Readings = { values: ValueMap; errors: ReasonMap };

export interface SensorSet {
  /** Takes over a config from parseConfig: sensors that did not change keep running, others close or open. Never rejects. */
  apply(config: Config): Promise<void>;
  /** Reads all sensors at once, each within the deadline in ms. Every item known has a value or a reason. Never rejects. */
  sample(deadlineMs: number): Promise<Readings>;
  /** One entry for each sensor, in the order of the config. */
  status(): SensorStatus[];
  /**
   * Closes everything. Names the sensors whose device or bus hangs in the kernel: after that process.exit may wait for ever
   * (libuv joins its threads), so a caller that must end sends itself SIGKILL.
   */
  close(): Promise<{ abandoned: string[] }>;
}

type Running = { key: string; source: SensorSource };

/** JSON with the members of every object in one order, so that a config that was only written differently changes nothing. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

/** Adds a sample under its sensor's id; an item is a value or a reason, ITEMS_LIMIT in all. */
function merge(
  into: Readings,
  id: string,
  { values, errors }: Sample,
  wanted: (key: string) => boolean,
): void {
  const room = (name: string): boolean =>
    into.values.size + into.errors.size < ITEMS_LIMIT && Buffer.byteLength(name) <= ITEM_NAME_LIMIT;
  for (const [key, reason] of errors)
    if (wanted(key) && room(`${id}.${key}`)) into.errors.set(`${id}.${key}`, reason);
  for (const [key, value] of values)
    if (wanted(key) && !errors.has(key) && room(`${id}.${key}`)) into.values.set(`${id}.${key}`, value);
}

export function createSensorSet(env: SensorEnvironment): SensorSet {
  const buses = new Buses(env);
  let running = new Map<string, Running>();

  const closeAll = async (sources: ReadonlyMap<string, Running>): Promise<string[]> => {
    const outcomes = await Promise.all(
      [...sources].map(async ([id, { source }]) => ((await source.close()) ? [] : [id])),
    );
    return outcomes.flat();
  };

  /** What is opened and closed is done one config after the other; one that was overtaken is passed over. */
  let last: Promise<unknown> = Promise.resolve();
  let wanted: Config | undefined;
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };

  const takeOver = async (config: Config): Promise<void> => {
    const next = new Map<string, Running>();
    const added: SensorSource[] = [];
    for (const sensor of config.sensors) {
      const resolved = resolveSensor(config, sensor);
      if (!resolved) continue;
      const bus = 'bus' in resolved ? resolveBus(config, resolved.bus) : undefined;
      const key = canonical([resolved, bus]);
      const before = running.get(sensor.id);
      if (before?.key === key) {
        next.set(sensor.id, before);
        continue;
      }
      const source = new SensorSource(resolved, bus, env, buses);
      next.set(sensor.id, { key, source });
      added.push(source);
    }
    const gone = new Map([...running].filter(([id, { source }]) => next.get(id)?.source !== source));
    running = next;
    // What goes must let go of its device before what comes takes it.
    await closeAll(gone);
    for (const source of added) source.start();
  };

  return {
    apply(config) {
      wanted = config;
      return inTurn(async () => {
        if (wanted === config) await takeOver(config);
      });
    },

    async sample(deadlineMs) {
      const readings: Readings = { values: new Map(), errors: new Map() };
      const samples = await Promise.all(
        [...running].map(async ([id, { source }]) => ({
          id,
          source,
          sample: await source.report(deadlineMs),
        })),
      );
      // Declared items first, so that discovered ones never push them out of a full map.
      for (const declared of [true, false])
        for (const { id, source, sample } of samples)
          merge(readings, id, sample, (key) => source.declares(key) === declared);
      return readings;
    },

    status: () => [...running.values()].map(({ source }) => source.status()),

    close() {
      wanted = undefined;
      return inTurn(async () => {
        const sources = running;
        running = new Map();
        return { abandoned: await closeAll(sources) };
      });
    },
  };
}
