import { type TObject, type TProperties, Type } from '@sinclair/typebox';
import type { SerialDevice } from '../devices/serial-device.ts';
import { BusName, closed, type DriverSpec, type SensorFault, SensorId } from './common.ts';
import { choiceFaults, declaredValues, valueMembers } from './driver-chip.ts';
import type { ModbusSensor } from './driver-modbus.ts';
import { type AskedUnit, LineLoad } from './driver-serial-load.ts';
import { Duration, durationMs, formatDuration } from './duration.ts';
import type { ValueChange } from './filters.ts';
import { SILENCE_DEFAULT } from './limits.ts';
import { modbusTime } from './modbus-plan.ts';
import type { SerialBusConfig } from './schema.ts';

/** A sensor with a built-in driver for a device on a serial port, its own options aside. */
export type SerialSensor = {
  id: string;
  driver: string;
  bus: string;
  every?: string;
  only?: string[];
  values?: Record<string, ValueChange>;
};

export type SerialDriver = DriverSpec<SerialSensor> & { device: SerialDevice };

/** The driver of the config for one serial device. `sensor` carries the device's options among its members. */
export function serialDriver(device: SerialDevice): SerialDriver {
  const schema: TObject = closed({
    id: SensorId,
    driver: Type.Literal(device.driver),
    bus: BusName,
    every: Type.Optional(Duration),
    ...(device.options as TProperties),
    ...valueMembers(device.keys),
  });
  return {
    schema,
    bus: 'serial',
    device,
    items: (sensor) => declaredValues(device.values(sensor), sensor),
    measuring: (sensor) => device.measuring(sensor),
    check: (sensor) => [
      ...(sensor.every !== undefined && device.talk(sensor).by === 'itself'
        ? [
            {
              path: ['every'],
              message: `a ${device.driver} speaks by itself and is not asked`,
              hint: 'drop "every"; filters such as "throttle" thin out what it says',
            },
          ]
        : []),
      ...choiceFaults(device.values(sensor), sensor),
    ],
  };
}

/**
 * How a sensor uses its port. "listen": it hears what the device says by itself. "ask": it asks one of several devices on the
 * line. "own": it asks the only device on the line.
 */
export type PortUse = 'listen' | 'ask' | 'own';

type Spec = { bus: DriverSpec<never>['bus']; device?: SerialDevice };

/** How a sensor uses its serial port, and its device's longest pause of its own, in ms; undefined if it has no such port. */
export function portUse(sensor: { driver: string }, spec: Spec): { use: PortUse; pause: number } | undefined {
  if (spec.bus !== 'serial') return undefined;
  if (!spec.device) return { use: sensor.driver === 'modbus' ? 'ask' : 'listen', pause: 0 };
  const talk = spec.device.talk(sensor);
  return talk.by === 'request' ? { use: 'own', pause: 0 } : { use: 'listen', pause: talk.pause ?? 0 };
}

const unitOf = (sensor: ModbusSensor, bus: SerialBusConfig, interval: number): AskedUnit => ({
  id: sensor.id,
  needed: modbusTime(sensor, bus),
  interval,
  timeout: sensor.timeout === undefined ? undefined : durationMs(sensor.timeout),
});

/** Who is on each serial bus, to find those that cannot share it. */
export class PortUsers {
  readonly #buses = new Map<string, { id: string; use: PortUse }[]>();
  readonly #loads = new Map<string, LineLoad>();

  /** Faults of one more sensor, read each `interval` ms, on a bus, beside those before it. */
  *take(
    sensor: { id: string; driver: string; bus: string },
    bus: SerialBusConfig,
    interval: number,
    spec: Spec,
  ): Generator<SensorFault> {
    const used = portUse(sensor, spec);
    if (!used) return;
    if (used.use === 'ask') {
      const load = this.#loads.get(sensor.bus) ?? new LineLoad();
      this.#loads.set(sensor.bus, load);
      yield* load.take(unitOf(sensor as unknown as ModbusSensor, bus, interval));
    }
    const { use, pause } = used;
    const { silence } = bus;
    const ms = silence === undefined ? SILENCE_DEFAULT : durationMs(silence);
    if (ms <= pause)
      yield {
        path: ['bus'],
        message: `the device pauses for ${formatDuration(pause)}, but its bus counts as stalled after ${formatDuration(ms)}`,
        hint: `give the bus "silence": "${formatDuration(pause * 2)}"`,
      };
    const before = this.#buses.get(sensor.bus) ?? [];
    this.#buses.set(sensor.bus, [...before, { id: sensor.id, use }]);
    const other = before.find((one) => one.use !== use || use === 'own');
    if (!other) return;
    yield {
      path: ['bus'],
      message: `"${other.id}" and "${sensor.id}" cannot share a bus: ${
        other.use === 'own' || use === 'own'
          ? 'one of them needs it for itself'
          : 'one is asked, the other speaks by itself'
      }`,
      hint: 'give each a serial bus of its own; only modbus units, or sensors that hear the same device, share one',
    };
  }
}
