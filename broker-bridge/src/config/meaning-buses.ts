import type { SensorFault } from './common.ts';
import { chipAddress, hexAddress } from './driver-chip.ts';
import { CHIP_DRIVERS } from './drivers.ts';
import { formatDuration, parseDuration } from './duration.ts';
import type { ConfigFault } from './faults.ts';
import { pointerOf } from './json-text.ts';
import { SILENCE_MAX, SILENCE_MIN } from './limits.ts';
import { type BusConfig, type Config, defOf, resolveBus, type Sensor } from './schema.ts';

/** A fault found below `base`, with its place in the whole config. */
export const at = (base: readonly (string | number)[], fault: SensorFault): ConfigFault => ({
  pointer: pointerOf([...base, ...fault.path]),
  message: fault.message,
  hint: fault.hint,
});

export function* durationFaults(
  text: string,
  low: number,
  high: number,
  path: string[],
): Generator<ConfigFault> {
  const ms = parseDuration(text) ?? 0;
  if (ms < low || ms > high)
    yield at(path, {
      path: [],
      message: `${text} is not allowed here`,
      hint: `from ${formatDuration(low)} to ${high / 3_600_000}h`,
    });
}

/** Addresses that a device may have; the others are reserved (UM10204, section 3.1.12). */
const FIRST_ADDRESS = 0x08;
const LAST_ADDRESS = 0x77;
/** Addresses of a TCA9548A (TI SCPS207, "Device Address"). */
const MUX_FIRST = 0x70;

/** The place that a bus is found by; two buses of one place would not wait for each other. */
function placeOf(bus: BusConfig): string {
  switch (bus.type) {
    case 'i2c':
      return JSON.stringify([bus.type, bus.path ?? bus.adapter]);
    case 'serial':
      return JSON.stringify([bus.type, bus.path ?? bus.match]);
    case 'tca9548a':
      return JSON.stringify([bus.type, bus.bus, Number(bus.address), bus.channel]);
  }
}

/** What is wrong with how a bus is found. */
function placeFaults(config: Config, name: string, bus: BusConfig): SensorFault[] {
  if (bus.type === 'tca9548a') {
    const faults: SensorFault[] = [];
    if (!resolveBus(config, name))
      faults.push({
        path: ['bus'],
        message: `"${bus.bus}" is no bus of type i2c`,
        hint: `a multiplexer hangs on one; there are: ${namesOf(config, ['i2c']) || 'none'}`,
      });
    if (Number(bus.address) < MUX_FIRST || Number(bus.address) > LAST_ADDRESS)
      faults.push({
        path: ['address'],
        message: `a TCA9548A cannot have the address ${bus.address}`,
        hint: 'from 0x70 to 0x77, by its pins A0 to A2',
      });
    return faults;
  }
  const [given, other] = bus.type === 'i2c' ? [bus.adapter, 'adapter'] : [bus.match, 'match'];
  return (bus.path === undefined) === (given === undefined)
    ? [
        {
          path: [],
          message: `a bus of type ${bus.type} has either "path" or "${other}"`,
          hint: 'perch-agent probe lists what is there',
        },
      ]
    : [];
}

const namesOf = ({ buses = {} }: Config, types: readonly string[]): string =>
  Object.keys(buses)
    .filter((name) => types.includes(buses[name]!.type))
    .join(', ');

export function* busFaults(config: Config): Generator<ConfigFault> {
  const places = new Map<string, string>();
  for (const [name, bus] of Object.entries(config.buses ?? {})) {
    const path = ['buses', name];
    for (const fault of placeFaults(config, name, bus)) yield at(path, fault);
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

const FITTING = { i2c: ['i2c', 'tca9548a'], serial: ['serial'] } as const;

/** Whether a sensor's bus is there and of a type that its driver can use. */
export function busOfSensorFault(
  config: Config,
  sensor: Sensor,
  type: 'i2c' | 'serial',
): SensorFault | undefined {
  const name = 'bus' in sensor ? sensor.bus : '';
  const buses = config.buses ?? {};
  const fitting = namesOf(config, FITTING[type]);
  const hint = fitting ? `buses of type ${type}: ${fitting}` : `add one of type "${type}" under "buses"`;
  if (!Object.hasOwn(buses, name)) return { path: ['bus'], message: `there is no bus "${name}"`, hint };
  return (FITTING[type] as readonly string[]).includes(buses[name]!.type)
    ? undefined
    : {
        path: ['bus'],
        message: `bus "${name}" is of type ${buses[name]!.type}, but "${sensor.driver}" needs ${type}`,
        hint,
      };
}

/** The I2C address that a sensor uses, given or its chip's only one; undefined for a sensor without. */
export function addressOf(config: Config, sensor: Sensor): number | undefined {
  const chip = defOf(config, sensor.driver) ? undefined : CHIP_DRIVERS.get(sensor.driver)?.chip;
  if (chip) return chipAddress(chip, sensor as Parameters<typeof chipAddress>[1]);
  return 'address' in sensor && sensor.address !== undefined ? Number(sensor.address) : undefined;
}

/** Tells where two devices would answer to one address: on one bus, or on a bus and behind a multiplexer on it. */
export class DevicePlaces {
  readonly #config: Config;
  readonly #taken = new Map<string, { who: string; channel: string | undefined }[]>();

  constructor(config: Config) {
    this.#config = config;
    for (const [name, bus] of Object.entries(config.buses ?? {})) {
      const place = resolveBus(config, name);
      if (bus.type !== 'tca9548a' || place?.type !== 'i2c') continue;
      const key = JSON.stringify([place.adapter, Number(bus.address)]);
      // Its channels are one device.
      this.#taken.set(key, [{ who: `the multiplexer of bus "${name}"`, channel: undefined }]);
    }
  }

  /** Faults of a sensor's address; it is taken from now on. */
  take(sensor: Sensor): SensorFault[] {
    const address = addressOf(this.#config, sensor);
    if (address === undefined || !('bus' in sensor)) return [];
    const text = hexAddress(address);
    if (address < FIRST_ADDRESS || address > LAST_ADDRESS)
      return [
        {
          path: ['address'],
          message: `${text} is reserved by the I2C bus`,
          hint: 'devices have 0x08 to 0x77',
        },
      ];
    const bus = resolveBus(this.#config, sensor.bus);
    if (bus?.type !== 'i2c') return [];
    const key = JSON.stringify([bus.adapter, address]);
    const channel = bus.channel && `${bus.channel.mux} ${bus.channel.number}`;
    const others = this.#taken.get(key) ?? [];
    this.#taken.set(key, [...others, { who: `sensor "${sensor.id}"`, channel }]);
    // Behind two channels they never meet; what sits on the bus itself is heard with any channel.
    const other = others.find(
      (one) => one.channel === undefined || channel === undefined || one.channel === channel,
    );
    return other
      ? [
          {
            path: ['address'],
            message: `${other.who} has ${text} on bus "${sensor.bus}" already`,
            hint: 'one address is one device; read all its values in one sensor, or put it behind a channel of a TCA9548A',
          },
        ]
      : [];
  }
}
