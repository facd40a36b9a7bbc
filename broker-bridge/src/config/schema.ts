import { type Static, Type } from '@sinclair/typebox';
import { Address, BusName, closed, Duration, NAME_PATTERN } from './common.ts';
import { DefSensor, I2cMapDef } from './driver-i2c-map.ts';
import type { DriverSensor } from './drivers.ts';
import { driverSpec, isGeneric } from './drivers.ts';
import { DurabilityConfig } from './durability.ts';
import { BUSES_LIMIT, DEFS_LIMIT, SENSORS_LIMIT } from './limits.ts';
import { TimeZone, UpdatesConfig } from './updates.ts';

const I2cBus = closed({
  type: Type.Literal('i2c'),
  path: Type.Optional(
    Type.String({ pattern: '^/dev/i2c-(0|[1-9][0-9]{0,2})$', description: 'such as "/dev/i2c-1"' }),
  ),
  adapter: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 64,
      description: "the adapter's name as the kernel says it (perch probe lists them)",
    }),
  ),
});
export type I2cBusConfig = Static<typeof I2cBus>;

const SerialBus = closed({
  type: Type.Literal('serial'),
  path: Type.Optional(
    Type.String({
      pattern:
        '^/dev/[A-Za-z0-9_-][A-Za-z0-9_.:+-]{0,127}$|^/dev/serial/by-(id|path)/[A-Za-z0-9_.:+-]{1,200}$',
      description: 'such as "/dev/ttyUSB0" or "/dev/serial/by-id/..."',
    }),
  ),
  match: Type.Optional(
    closed(
      {
        usbSerial: Type.Optional(
          Type.String({ pattern: '^[!-~]{1,64}$', description: "the USB adapter's serial number" }),
        ),
        byId: Type.Optional(
          Type.String({ pattern: '^[A-Za-z0-9_.:+-]{1,200}$', description: 'a name in /dev/serial/by-id' }),
        ),
      },
      {
        minProperties: 1,
        maxProperties: 1,
        description: '{"usbSerial": serial number} or {"byId": name in /dev/serial/by-id}',
      },
    ),
  ),
  baud: Type.Integer({ minimum: 50, maximum: 4_000_000, description: 'bits per second, such as 9600' }),
  dataBits: Type.Optional(
    Type.Integer({ minimum: 5, maximum: 8, description: '5, 6, 7 or 8 (the default)' }),
  ),
  stopBits: Type.Optional(Type.Integer({ minimum: 1, maximum: 2, description: '1 (the default) or 2' })),
  parity: Type.Optional(
    Type.Union([Type.Literal('none'), Type.Literal('even'), Type.Literal('odd')], {
      description: '"none" (the default), "even" or "odd"',
    }),
  ),
  silence: Type.Optional(Duration),
});
export type SerialBusConfig = Static<typeof SerialBus>;

/** One channel of a TI TCA9548A (or NXP PCA9548A) on a bus of type i2c: chips of one address can live behind several. */
const I2cChannel = closed({
  type: Type.Literal('tca9548a'),
  bus: BusName,
  address: { ...Address, description: 'the address of the multiplexer, "0x70" to "0x77"' },
  channel: Type.Integer({ minimum: 0, maximum: 7, description: 'the channel, 0 to 7' }),
});
export type I2cChannelConfig = Static<typeof I2cChannel>;

/** Every type of bus. A new type is one schema here and one file in the agent's sensors/buses. */
export const BUSES = { i2c: I2cBus, tca9548a: I2cChannel, serial: SerialBus } as const;
export type BusConfig = I2cBusConfig | I2cChannelConfig | SerialBusConfig;

/** A bus with what it hangs on: a channel is told by its adapter, the multiplexer's address and its number. */
export type ResolvedBus =
  | { type: 'i2c'; adapter: I2cBusConfig; channel?: { mux: number; number: number } }
  | { type: 'serial'; port: SerialBusConfig };

/** The bus of that name with its adapter; undefined if there is none, or if a channel hangs on no bus of type i2c. */
export function resolveBus(config: Pick<Config, 'buses'>, name: string): ResolvedBus | undefined {
  const busOf = (other: string): BusConfig | undefined =>
    config.buses && Object.hasOwn(config.buses, other) ? config.buses[other] : undefined;
  const bus = busOf(name);
  if (bus?.type === 'serial') return { type: 'serial', port: bus };
  if (bus?.type === 'i2c') return { type: 'i2c', adapter: bus };
  const adapter = bus && busOf(bus.bus);
  if (!bus || adapter?.type !== 'i2c') return undefined;
  return { type: 'i2c', adapter, channel: { mux: Number(bus.address), number: bus.channel } };
}

/** Every kind of def. */
export const DEFS = { 'i2c-map': I2cMapDef } as const;

export type Sensor = DriverSensor | DefSensor;

/** "held": the link to the broker stays up. "per-exchange": it opens for each report, for boards that sleep. */
const Connection = Type.Union([Type.Literal('held'), Type.Literal('per-exchange')], {
  description: '"held" (the default) or "per-exchange"',
});

/** A config as it is written. `parseConfig` is the only way to one. */
export type Config = {
  $schema?: string;
  period: string;
  connection?: Static<typeof Connection>;
  durability?: DurabilityConfig;
  metrics?: string;
  timeZone?: string;
  updates?: UpdatesConfig;
  buses?: Record<string, BusConfig>;
  defs?: Record<string, I2cMapDef>;
  sensors: Sensor[];
};

const named = (limit: number, what: string) => ({
  additionalProperties: false,
  maxProperties: limit,
  description: `up to ${limit} ${what}; a name is a letter, then up to 31 letters, digits, _ or -`,
});
const Tagged = <K extends string>(tag: K) => Type.Object({ [tag]: Type.String() });
const NameKey = Type.String({ pattern: NAME_PATTERN });

/**
 * The outer form only: each bus, def and sensor is an object with its tag. parse.ts then checks each against the one
 * schema that its tag names, so that a fault says what is wrong there and not "expected union value".
 */
export const Outline = closed({
  $schema: Type.Optional(
    Type.String({ maxLength: 200, description: 'where editors find the schema; not used by Perch' }),
  ),
  period: Duration,
  connection: Type.Optional(Connection),
  durability: Type.Optional(DurabilityConfig),
  metrics: Type.Optional(Duration),
  timeZone: Type.Optional(TimeZone),
  updates: Type.Optional(UpdatesConfig),
  buses: Type.Optional(Type.Record(NameKey, Tagged('type'), named(BUSES_LIMIT, 'buses'))),
  defs: Type.Optional(Type.Record(NameKey, Tagged('kind'), named(DEFS_LIMIT, 'defs'))),
  sensors: Type.Array(Type.Object({ id: Type.String(), driver: Type.String() }), {
    maxItems: SENSORS_LIMIT,
    description: `up to ${SENSORS_LIMIT} sensors, each with "id" and "driver"`,
  }),
});

export { DefSensor };

/** The def that a sensor's driver names. It wins over a built-in chip of the same name. */
export const defOf = (config: Pick<Config, 'defs'>, driver: string): I2cMapDef | undefined =>
  config.defs && Object.hasOwn(config.defs, driver) ? config.defs[driver] : undefined;

/** The sensor with its def filled in; undefined if its driver is neither built in nor a def. */
export function resolveSensor(config: Pick<Config, 'defs'>, sensor: Sensor): DriverSensor | undefined {
  const def = isGeneric(sensor.driver) ? undefined : defOf(config, sensor.driver);
  if (!def) return driverSpec(sensor.driver) && (sensor as DriverSensor);
  const { id, bus, address, every, values: changes } = sensor as DefSensor;
  const { kind, note: _, values, ...steps } = def;
  const changed = Object.entries(values).map(
    ([name, value]) =>
      [name, { ...value, ...(changes && Object.hasOwn(changes, name) ? changes[name] : {}) }] as const,
  );
  return {
    id,
    driver: kind,
    bus,
    address,
    ...(every === undefined ? {} : { every }),
    ...steps,
    values: Object.fromEntries(changed),
  };
}
