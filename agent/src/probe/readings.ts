import { itemsOf } from '@perch/broker-bridge/config/items.ts';
import { READING_MAX } from '@perch/broker-bridge/config/limits.ts';
import type { Config } from '@perch/broker-bridge/config/schema.ts';
import type { Reason, Value } from '@perch/broker-bridge/protocol/values.ts';
import type { SensorEnvironment } from '../sensors/environment.ts';
import { createSensorSet, type Readings, type SensorStatus } from '../sensors/sensor-set.ts';

/** One item as people look at it. `ms` is what the last good reading of its sensor took. */
export type ReadingRow = {
  item: string;
  value?: Value;
  unit?: string;
  quality: 'good' | 'unchanged' | Reason;
  ms?: number;
};

/** The rows of a config's items in their order, then those that sensors discovered. Pure. */
export function rowsOf(
  config: Config,
  { values, errors }: Readings,
  sensors: readonly Pick<SensorStatus, 'id' | 'readMs'>[],
): ReadingRow[] {
  const took = new Map(sensors.map(({ id, readMs }) => [id, readMs]));
  const units = new Map(itemsOf(config).map(({ name, unit }) => [name, unit]));
  const names = new Set([...units.keys(), ...values.keys(), ...errors.keys()]);
  return [...names].map((item) => {
    const value = values.get(item);
    const unit = units.get(item);
    const ms = took.get(item.slice(0, item.indexOf('.')));
    return {
      item,
      ...(value === undefined ? {} : { value }),
      ...(unit === undefined ? {} : { unit }),
      // A filter such as deadband may say nothing in a period.
      quality: value === undefined ? (errors.get(item) ?? 'unchanged') : 'good',
      ...(ms === undefined || value === undefined ? {} : { ms }),
    };
  });
}

/** Opens every sensor of a config, reads it once and closes it. For a board on which no agent runs. */
export async function readOnce(config: Config, env: SensorEnvironment): Promise<ReadingRow[]> {
  const set = createSensorSet(env);
  try {
    await set.apply(config);
    const readings = await set.sample(READING_MAX);
    return rowsOf(config, readings, set.status());
  } finally {
    await set.close();
  }
}
