import {
  type I2cMapSensor,
  type I2cStep,
  registerWidth,
} from '@perch/broker-bridge/config/driver-i2c-map.ts';
import { durationMs } from '@perch/broker-bridge/config/duration.ts';
import { POLL_PAUSE_DEFAULT } from '@perch/broker-bridge/config/limits.ts';
import { bitField } from '../../values/bit-field.ts';
import { SampleBuilder } from '../../values/sample.ts';
import { type I2cTransfers, registerBytes } from '../buses/i2c.ts';
import type { OpenSensor } from '../driver.ts';
import { delayOf } from '../environment.ts';
import { SensorFault } from '../fault.ts';

/** Most questions of one poll, whatever its pause and timeout say. */
export const POLL_TRIES_LIMIT = 2_000;

const bytesOf = (hex: string): number[] => [...Buffer.from(hex, 'hex')];

const equals = (answer: Uint8Array, mask: string | undefined, wanted: string): boolean => {
  const masks = mask === undefined ? undefined : bytesOf(mask);
  return bytesOf(wanted).every((byte, index) => {
    const bits = masks?.[index] ?? 0xff;
    return (answer[index]! & bits) === (byte & bits);
  });
};

type Device = { bus: I2cTransfers; address: number; now(): number; delay(ms: number): Promise<void> };

async function poll(device: Device, step: NonNullable<I2cStep['poll']>): Promise<void> {
  const pause = step.every === undefined ? POLL_PAUSE_DEFAULT : durationMs(step.every);
  const until = device.now() + durationMs(step.timeout);
  for (let tries = 0; tries < POLL_TRIES_LIMIT; tries++) {
    const answer = await device.bus.read(device.address, { ...step, width: registerWidth(step) });
    if (equals(answer, step.mask, step.equals)) return;
    if (device.now() >= until) break;
    await device.delay(pause);
  }
  throw new SensorFault('busy', `not ready after ${step.timeout}`);
}

/** Runs the steps in order and gives what the reads brought, by name. */
async function run(device: Device, steps: readonly I2cStep[]): Promise<Map<string, Uint8Array>> {
  const answers = new Map<string, Uint8Array>();
  for (const { write, delay, poll: question, read } of steps) {
    if (write)
      await device.bus.write(device.address, [
        ...registerBytes(write.reg, registerWidth(write)),
        ...bytesOf(write.data ?? ''),
      ]);
    if (delay !== undefined) await device.delay(durationMs(delay));
    if (question) await poll(device, question);
    if (read)
      answers.set(read.as, await device.bus.read(device.address, { ...read, width: registerWidth(read) }));
  }
  return answers;
}

/** The generic I2C driver: identify, set up once, then the steps on each reading. */
export const openI2cMap: OpenSensor<I2cMapSensor> = async (sensor, context) => {
  const device: Device = {
    bus: context.i2c(),
    address: Number(sensor.address),
    now: context.env.now,
    delay: delayOf(context.env),
  };
  if (sensor.identify) {
    const { mask, equals: wanted, ...register } = sensor.identify;
    const answer = await device.bus.read(device.address, { ...register, width: registerWidth(register) });
    if (!equals(answer, mask, wanted))
      throw new SensorFault(
        'malformed',
        `another chip: it says ${Buffer.from(answer).toString('hex')}, not ${wanted.toLowerCase()}`,
      );
  }
  if (sensor.setup) await run(device, sensor.setup);
  return {
    async read() {
      const answers = await run(device, sensor.steps);
      const builder = new SampleBuilder();
      for (const [name, value] of Object.entries(sensor.values)) {
        const answer = answers.get(value.from);
        builder.number(value.key ?? name, answer && bitField(answer, value), value);
      }
      return builder.sample;
    },
    close: () => Promise.resolve(),
  };
};
