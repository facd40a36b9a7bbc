import type { TestContext } from 'node:test';
import type { Value } from '@perch/broker-bridge/protocol/values.ts';
import { createSensorSet } from '../sensor-set.ts';
import { RETRY_LAST } from '../sensor-slot.ts';
import { configOf, machine } from './environment.ts';
import { type Chip, SimulatedI2c } from './simulated-i2c.ts';

/** Time as the driver sees it: its delays move it on, and nothing else does. */
export type Clock = { ms: number };

/** A chip at register level, with a switch for its busy bit where it has one. */
export type SimulatedChip = Chip & { stuckBusy?: boolean };

/** A chip's simulator and what a sensor makes of it. One file in testing/chips, one line in testing/chips/index.ts. */
export type ChipSim = {
  driver: string;
  /** The sensor's members beside id, driver and bus: at least "address", and options as they matter. */
  sensor: { address: string } & Record<string, unknown>;
  chip(clock: Clock): SimulatedChip;
  /** What the sensor reads from a fresh simulator. */
  truth: Record<string, Value>;
  /** "crc": its answers carry a checksum. "busy": it can say that it is not ready. "identity": it says what it is. */
  traits: readonly ('crc' | 'busy' | 'identity')[];
};

export type Shown = Record<string, Value | { reason: string }>;

/** A board with one sensor on a simulated bus. Time stands still but for the driver's delays. */
export async function chipRig(t: TestContext, sim: Pick<ChipSim, 'driver' | 'sensor'>, chip?: SimulatedChip) {
  const clock: Clock = { ms: 0 };
  const i2c = new SimulatedI2c();
  const box = await machine(t, {
    loadI2c: () => i2c,
    now: () => clock.ms,
    delay: async (ms) => {
      clock.ms += ms;
    },
  });
  await box.files({ 'dev/i2c-1': '' });
  const address = Number(sim.sensor.address);
  const plug = (plugged: Chip | undefined): void => {
    if (plugged) i2c.chips.set(address, plugged);
    else i2c.chips.delete(address);
  };
  plug(chip);
  const set = createSensorSet(box.env);
  t.after(() => set.close());
  const config = configOf({
    period: '1h',
    buses: { b: { type: 'i2c', path: '/dev/i2c-1' } },
    sensors: [{ id: 's', driver: sim.driver, bus: 'b', ...sim.sensor }],
  });
  await set.apply(config);
  /** One reading, by key without the sensor's id. */
  const read = async (): Promise<Shown> => {
    const { values, errors } = await set.sample(60_000);
    const shown: Shown = {};
    for (const [name, value] of values) shown[name.slice(2)] = value;
    for (const [name, reason] of errors) shown[name.slice(2)] = { reason };
    return shown;
  };
  /** Readings with all the time that a retry may need between them. The last one. */
  const settle = async (): Promise<Shown> => {
    for (let round = 0; round < 4; round++) {
      clock.ms += RETRY_LAST;
      await read();
    }
    return read();
  };
  return { clock, i2c, env: box.env, plug, set, read, settle, log: box.logged };
}

/** A chip whose answers are changed on their way. */
export const mangled = (chip: Chip, mangle: (answer: number[]) => number[]): Chip => ({
  write: (bytes) => chip.write(bytes),
  read: (length) => mangle(chip.read(length)),
});

/** A register file with an 8-bit pointer that moves on as it is read and written, as most Bosch parts have. */
export function registerFile(
  registers: Uint8Array,
  wrote: (register: number, value: number) => void = () => {},
): Chip & { registers: Uint8Array } {
  let pointer = 0;
  return {
    registers,
    write([first, ...data]) {
      pointer = first ?? pointer;
      for (const value of data) {
        registers[pointer] = value;
        wrote(pointer, value);
        pointer = (pointer + 1) & 0xff;
      }
    },
    read: (length) =>
      Array.from({ length }, () => {
        const value = registers[pointer]!;
        pointer = (pointer + 1) & 0xff;
        return value;
      }),
  };
}
