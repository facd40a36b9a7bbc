import { ITEM_NAME_LIMIT, ITEMS_LIMIT } from '../protocol/values.ts';
import { itemsOfValue, rangeFaults, type SensorFault } from './common.ts';
import { type DefSensor, mapFaults } from './driver-i2c-map.ts';
import { PortUsers } from './driver-serial.ts';
import { type DriverSensor, driverSpec, isGeneric } from './drivers.ts';
import { formatDuration, parseDuration } from './duration.ts';
import type { ConfigFault } from './faults.ts';
import { processingFaults } from './filters.ts';
import { itemsOf } from './items.ts';
import {
  EVERY_MIN,
  KEEP_MAX,
  KEEP_MIN,
  METRICS_MAX,
  METRICS_SENSOR,
  PERIOD_MAX,
  PERIOD_MIN,
  READING_MAX,
  READING_SHARE,
  readingTime,
  reckonedTime,
  WINDOW_MAX,
} from './limits.ts';
import { at, busFaults, busOfSensorFault, DevicePlaces, durationFaults } from './meaning-buses.ts';
import { type BusConfig, type Config, defOf, resolveSensor, type Sensor } from './schema.ts';
import { isTimeZone } from './updates.ts';

/** Faults of what a sensor changes in its def. */
function defSensorFaults(config: Config, sensor: DefSensor): SensorFault[] {
  const values = defOf(config, sensor.driver)?.values ?? {};
  return Object.entries(sensor.values ?? {}).flatMap(([name, change]) => {
    const path = ['values', name];
    if (!Object.hasOwn(values, name))
      return [
        {
          path,
          message: `"${sensor.driver}" has no value "${name}"`,
          hint: `it has: ${Object.keys(values).join(', ')}`,
        },
      ];
    return [...rangeFaults(change.range, [...path, 'range']), ...processingFaults(change, path)];
  });
}

function* sensorFaults(config: Config, sensor: Sensor): Generator<SensorFault> {
  const resolved = resolveSensor(config, sensor)!;
  const spec = driverSpec(resolved.driver)!;
  const own = resolved === sensor;
  // A def's own faults are told once, at the def.
  const faults = own ? spec.check(resolved) : defSensorFaults(config, sensor as DefSensor);
  yield* faults;
  if (spec.bus) {
    const fault = busOfSensorFault(config, sensor, spec.bus);
    if (fault) yield fault;
  }
  yield* everyFaults(config, resolved);
  if (faults.length > 0) return;
  yield* timeFaults(config, resolved);
  const keys = spec
    .items(resolved)
    .flatMap(itemsOfValue)
    .map((item) => item.key);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined)
    yield {
      path: [],
      message: `two values would be called "${sensor.id}.${twice}"`,
      hint: 'give one of them another "key"',
    };
  const long = keys.find((key) => `${sensor.id}.${key}`.length > ITEM_NAME_LIMIT);
  if (long !== undefined)
    yield {
      path: [],
      message: `the item name "${sensor.id}.${long}" is too long`,
      hint: `${ITEM_NAME_LIMIT} bytes at most`,
    };
}

const intervalOf = (config: Config, sensor: DriverSensor): [ms: number, member: 'every' | 'period'] =>
  'every' in sensor && sensor.every !== undefined
    ? [parseDuration(sensor.every) ?? 0, 'every']
    : [parseDuration(config.period) ?? 0, 'period'];

function* everyFaults(config: Config, sensor: DriverSensor): Generator<SensorFault> {
  const [ms, member] = intervalOf(config, sensor);
  const period = parseDuration(config.period) ?? 0;
  if (member === 'every' && (ms < EVERY_MIN || ms > period))
    yield {
      path: ['every'],
      message: `the sensor is read each ${formatDuration(ms)}, the period is ${config.period}`,
      hint: `from ${EVERY_MIN}ms to the period`,
    };
}

const busOf = (config: Config, sensor: DriverSensor): BusConfig | undefined =>
  'bus' in sensor && config.buses && Object.hasOwn(config.buses, sensor.bus)
    ? config.buses[sensor.bus]
    : undefined;

/** A sensor that cannot be read as often as it should would always be late. */
function* timeFaults(config: Config, sensor: DriverSensor): Generator<SensorFault> {
  const [interval, member] = intervalOf(config, sensor);
  const needed = reckonedTime(driverSpec(sensor.driver)?.measuring?.(sensor, busOf(config, sensor)) ?? 0);
  if (needed <= readingTime(interval)) return;
  const longer = Math.ceil(needed / READING_SHARE);
  yield {
    path: member === 'every' ? ['every'] : [],
    message: `one reading takes ${needed} ms, and "${member}" leaves ${Math.floor(readingTime(interval))} ms for it`,
    hint:
      needed > READING_MAX
        ? `a reading may take ${READING_MAX} ms at most`
        : `a "${member}" of ${longer}ms or more${member === 'every' ? '' : ', or settings of the sensor that measure faster'}`,
  };
}

/** Everything that a schema cannot say, in the order of the text. The config has the right form already. */
export function* meaningFaults(config: Config): Generator<ConfigFault> {
  yield* durationFaults(config.period, PERIOD_MIN, PERIOD_MAX, ['period']);
  const { window, keep } = config.durability ?? {};
  if (window !== undefined) yield* durationFaults(window, 0, WINDOW_MAX, ['durability', 'window']);
  if (keep !== undefined) yield* durationFaults(keep, KEEP_MIN, KEEP_MAX, ['durability', 'keep']);
  if (config.metrics !== undefined) yield* durationFaults(config.metrics, 0, METRICS_MAX, ['metrics']);
  if (config.timeZone !== undefined && !isTimeZone(config.timeZone))
    yield at(['timeZone'], {
      path: [],
      message: `"${config.timeZone}" is no time zone that is known here`,
      hint: 'an IANA name such as "Europe/Berlin" or "UTC"',
    });
  yield* busFaults(config);
  for (const [name, def] of Object.entries(config.defs ?? {})) {
    if (isGeneric(name))
      yield at(['defs', name], {
        path: [],
        message: `"${name}" is the name of a generic driver`,
        hint: 'give the def another name',
      });
    for (const fault of mapFaults(def)) yield at(['defs', name], fault);
  }
  const ids = new Map<string, number>();
  const places = new DevicePlaces(config);
  const ports = new PortUsers();
  for (const [index, sensor] of config.sensors.entries()) {
    const base = ['sensors', index];
    const first = ids.get(sensor.id);
    if (first !== undefined)
      yield at(base, {
        path: ['id'],
        message: `sensor ${first} is called "${sensor.id}" too`,
        hint: 'give each sensor an id of its own',
      });
    if (sensor.id === METRICS_SENSOR)
      yield at(base, {
        path: ['id'],
        message: `"${METRICS_SENSOR}" is the id of what the board tells about itself`,
        hint: 'give the sensor another id',
      });
    ids.set(sensor.id, index);
    for (const fault of sensorFaults(config, sensor)) yield at(base, fault);
    for (const fault of places.take(sensor)) yield at(base, fault);
    const bus = 'bus' in sensor ? config.buses?.[sensor.bus] : undefined;
    const [interval] = intervalOf(config, sensor as DriverSensor);
    if ('bus' in sensor && bus?.type === 'serial')
      for (const fault of ports.take(sensor, bus, interval, driverSpec(sensor.driver) ?? { bus: undefined }))
        yield at(base, fault);
  }
  const count = itemsOf(config).length;
  if (count > ITEMS_LIMIT)
    yield at(['sensors'], {
      path: [],
      message: `${count} items`,
      hint: `a config may declare ${ITEMS_LIMIT} at most; drop some`,
    });
}
