import type { TestContext } from 'node:test';
import type { Value } from '@perch/broker-bridge/protocol/values.ts';
import { LinuxBinding } from '@serialport/bindings-cpp';
import type { SensorEnvironment } from '../environment.ts';
import { createSensorSet } from '../sensor-set.ts';
import { configOf, machine, until } from './environment.ts';
import { Pty } from './pty.ts';

/** Bytes written as hexadecimal, blanks allowed. */
export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

/** The same bytes in every run (xorshift32), so that a failure can be looked into. */
export function randomBytes(seed: number): (count: number) => Uint8Array {
  let state = seed >>> 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0xff;
  };
  return (count) => Uint8Array.from({ length: count }, next);
}

/**
 * A board with sensors on one serial bus, "b" at /dev/ttyUSB0: the real @serialport/stream and its native binding on a real
 * pseudo-terminal. The file is a link that can be turned to another terminal, as udev does when an adapter is plugged in.
 */
export async function serialRig(
  t: TestContext,
  sensors: readonly object[],
  bus: object = {},
  parts: Partial<SensorEnvironment> = {},
) {
  const box = await machine(t, { loadSerialBinding: async () => LinuxBinding, ...parts });
  const set = createSensorSet(box.env);
  const ptys: Pty[] = [];
  t.after(async () => {
    await set.close();
    for (const pty of ptys) await pty.unplug();
  });
  const plug = async (): Promise<Pty> => {
    const pty = await Pty.open();
    ptys.push(pty);
    await box.link('dev/ttyUSB0', pty.path);
    return pty;
  };
  const start = () =>
    set.apply(
      configOf({
        period: '1h',
        buses: { b: { type: 'serial', path: '/dev/ttyUSB0', baud: 9600, ...bus } },
        sensors: sensors.map((sensor) => ({ bus: 'b', ...sensor })),
      }),
    );
  /** One reading of all, values and reasons by item. */
  const shown = async (ms = 8_000): Promise<Record<string, Value>> => {
    const { values, errors } = await set.sample(ms);
    return { ...Object.fromEntries(values), ...Object.fromEntries(errors) };
  };
  const counters = (index = 0) => set.status()[index]!.counters;
  const opened = (count: number) => until(`opening ${count}`, () => (counters().portOpens ?? 0) >= count);
  /** Waits until so many messages of the first sensor, good or broken, were heard. */
  const heard = (count: number) => until(`${count} messages`, () => (counters().messages ?? 0) >= count);
  return { ...box, set, plug, start, shown, counters, opened, heard };
}
