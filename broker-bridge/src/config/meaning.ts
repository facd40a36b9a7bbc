import { ITEM_NAME_LIMIT, ITEMS_LIMIT } from '../protocol/values.ts';
import { itemsOfValue, rangeFaults, type SensorFault } from './common.ts';
import { type DefSensor, mapFaults } from './driver-i2c-map.ts';
import { driverSpec, isGeneric } from './drivers.ts';
import { parseDuration } from './duration.ts';
import type { ConfigFault } from './faults.ts';
import { processingFaults } from './filters.ts';
import { itemsOf } from './items.ts';
import { pointerOf } from './json-text.ts';
import { PERIOD_MAX, PERIOD_MIN, SILENCE_MAX, SILENCE_MIN } from './limits.ts';
import { type BusConfig, type Config, defOf, resolveSensor, type Sensor } from './schema.ts';

const at = (base: readonly (string | number)[], fault: SensorFault): ConfigFault => ({
  pointer: pointerOf([...base, ...fault.path]),
  message: fault.message,
  hint: fault.hint,
});

function* durationFaults(text: string, low: number, high: number, path: string[]): Generator<ConfigFault> {
  const ms = parseDuration(text) ?? 0;
  if (ms < low || ms > high)
    yield at(path, {
      path: [],
      message: `${text} is not allowed here`,
      hint: `from ${low}ms to ${high / 3_600_000}h`,
    });
}

/** The place that a bus is found by; two buses of one place would not wait for each other. */
const placeOf = (bus: BusConfig): string =>
  JSON.stringify([bus.type, bus.path ?? (bus.type === 'i2c' ? bus.adapter : bus.match)]);

function* busFaults(buses: Record<string, BusConfig>): Generator<ConfigFault> {
  const places = new Map<string, string>();
  for (const [name, bus] of Object.entries(buses)) {
    const path = ['buses', name];
    const other = bus.type === 'i2c' ? 'adapter' : 'match';
    if ((bus.path === undefined) === ((bus.type === 'i2c' ? bus.adapter : bus.match) === undefined))
      yield at(path, {
        path: [],
        message: `a bus of type ${bus.type} has either "path" or "${other}"`,
        hint: 'perch probe lists what is there',
      });
    if (bus.type === 'serial' && bus.silence !== undefined)
      yield* durationFaults(bus.silence, SILENCE_MIN, SILENCE_MAX, [...path, 'silence']);
    const twin = places.get(placeOf(bus));
    if (twin !== undefined)
      yield at(path, {
        path: [],
        message: `the same place as bus "${twin}"`,
        hint: `use "${twin}" for both`,
      });
    places.set(placeOf(bus), name);
  }
}

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

function busOfSensorFault(config: Config, sensor: Sensor, type: 'i2c' | 'serial'): SensorFault | undefined {
  const name = 'bus' in sensor ? sensor.bus : '';
  const buses = config.buses ?? {};
  const fitting = Object.keys(buses).filter((other) => buses[other]!.type === type);
  const hint =
    fitting.length > 0
      ? `buses of type ${type}: ${fitting.join(', ')}`
      : `add one of type "${type}" under "buses"`;
  if (!Object.hasOwn(buses, name)) return { path: ['bus'], message: `there is no bus "${name}"`, hint };
  return buses[name]!.type === type
    ? undefined
    : {
        path: ['bus'],
        message: `bus "${name}" is of type ${buses[name]!.type}, but "${sensor.driver}" needs ${type}`,
        hint,
      };
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
  if (faults.length > 0) return;
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

/** Everything that a schema cannot say, in the order of the text. The config has the right form already. */
export function* meaningFaults(config: Config): Generator<ConfigFault> {
  yield* durationFaults(config.period, PERIOD_MIN, PERIOD_MAX, ['period']);
  yield* busFaults(config.buses ?? {});
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
  const addresses = new Map<string, string>();
  for (const [index, sensor] of config.sensors.entries()) {
    const base = ['sensors', index];
    const first = ids.get(sensor.id);
    if (first !== undefined)
      yield at(base, {
        path: ['id'],
        message: `sensor ${first} is called "${sensor.id}" too`,
        hint: 'give each sensor an id of its own',
      });
    ids.set(sensor.id, index);
    for (const fault of sensorFaults(config, sensor)) yield at(base, fault);
    if ('address' in sensor) {
      const number = Number(sensor.address);
      if (number < 0x08 || number > 0x77)
        yield at(base, {
          path: ['address'],
          message: `${sensor.address} is reserved by the I2C bus`,
          hint: 'devices have 0x08 to 0x77',
        });
      const place = `${sensor.bus} ${number}`;
      const other = addresses.get(place);
      if (other !== undefined)
        yield at(base, {
          path: ['address'],
          message: `sensor "${other}" has ${sensor.address} on bus "${sensor.bus}" already`,
          hint: 'one address is one device; read all its values in one sensor',
        });
      addresses.set(place, sensor.id);
    }
  }
  const count = itemsOf(config).length;
  if (count > ITEMS_LIMIT)
    yield at(['sensors'], {
      path: [],
      message: `${count} items`,
      hint: `a config may declare ${ITEMS_LIMIT} at most; drop some`,
    });
}
