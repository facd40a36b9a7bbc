import { addressOf } from '@perch/broker-bridge/config/meaning-buses.ts';
import { type Config, resolveBus } from '@perch/broker-bridge/config/schema.ts';
import type { ScannedChannel, ScanOptions } from './scan.ts';

/** I2C addresses that a config uses on each adapter, those of all its multiplexers among them. */
export function usedAddresses(config: Config): NonNullable<ScanOptions['used']> {
  const used = new Map<string, Set<number>>();
  for (const { adapter, mux } of channelsOf(config))
    used.set(adapter, (used.get(adapter) ?? new Set()).add(mux));
  for (const sensor of config.sensors) {
    const address = addressOf(config, sensor);
    const bus = 'bus' in sensor ? resolveBus(config, sensor.bus) : undefined;
    if (address === undefined || bus?.type !== 'i2c') continue;
    const adapter = bus.adapter.path ?? bus.adapter.adapter ?? '';
    const taken = used.get(adapter) ?? new Set();
    taken.add(address);
    used.set(adapter, taken);
  }
  return used;
}

/** The channels of multiplexers that a config names. */
export function channelsOf(config: Config): ScannedChannel[] {
  return Object.entries(config.buses ?? {}).flatMap(([name, bus]) => {
    const place = bus.type === 'tca9548a' ? resolveBus(config, name) : undefined;
    if (bus.type !== 'tca9548a' || place?.type !== 'i2c' || !place.channel) return [];
    const adapter = place.adapter.path ?? place.adapter.adapter ?? '';
    const buses = { [bus.bus]: place.adapter, [name]: bus };
    return [{ adapter, ...place.channel, bus: name, buses }];
  });
}

/** The I2C adapters of a config by the names that it gave them. */
export const adaptersOf = (config: Config): NonNullable<ScanOptions['known']> =>
  Object.entries(config.buses ?? {}).flatMap(([name, bus]) =>
    bus.type === 'i2c' ? [{ adapter: bus.path ?? bus.adapter ?? '', name, buses: { [name]: bus } }] : [],
  );
