import { type Item, itemsOfValue } from './common.ts';
import { driverSpec } from './drivers.ts';
import { type Config, resolveSensor } from './schema.ts';

export type { Item } from './common.ts';

/**
 * The items of a config that are known before anything is read, as `<sensor id>.<key>`, in the order of the sensors and of
 * their keys. An item's index is its number on the wire, so both ends must build this from the same text. Units are UCUM.
 */
export function itemsOf(config: Config): Item[] {
  return config.sensors.flatMap((sensor) => {
    const resolved = resolveSensor(config, sensor);
    const items = resolved ? driverSpec(resolved.driver)!.items(resolved) : [];
    return items.flatMap(itemsOfValue).map(({ key, unit }) => ({
      name: `${sensor.id}.${key}`,
      ...(unit === undefined ? {} : { unit }),
    }));
  });
}
