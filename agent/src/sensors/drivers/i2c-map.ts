import {
  type I2cCrc,
  type I2cMapSensor,
  type I2cStep,
  registerWidth,
} from '@perch/broker-bridge/config/driver-i2c-map.ts';
import { durationMs } from '@perch/broker-bridge/config/duration.ts';
import { POLL_PAUSE_DEFAULT } from '@perch/broker-bridge/config/limits.ts';
import { crc8 } from '@perch/broker-bridge/devices/crc.ts';
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

type Read = NonNullable<I2cStep['read']>;

/** Throws `crc` unless every block of the answer carries its own check byte. */
function check(device: Device, crc: I2cCrc, read: Read, answer: Uint8Array): void {
  const wanted = {
    poly: Number.parseInt(crc.poly, 16),
    init: Number.parseInt(crc.init, 16),
    xorOut: Number.parseInt(crc.xorOut ?? '00', 16),
    reflected: crc.reflected ?? false,
  };
  // SMBus 3.1, section 6.5.5: write address, command, read address, then the data.
  const ahead = crc.smbus
    ? [device.address << 1, ...registerBytes(read.reg, registerWidth(read)), (device.address << 1) | 1]
    : [];
  const block = crc.block ?? answer.length - 1;
  for (let at = 0; at < answer.length; at += block + 1)
    if (crc8([...ahead, ...answer.subarray(at, at + block)], wanted) !== answer[at + block])
      throw new SensorFault('crc', `the check byte behind byte ${at + block} of "${read.as}" is wrong`);
}

/** Runs the steps in order and gives what the reads brought, by name. */
async function run(device: Device, steps: readonly I2cStep[]): Promise<Map<string, Uint8Array>> {
  const answers = new Map<string, Uint8Array>();
  const reads = new Map<string, Read>();
  for (const { write, delay, poll: question, read, crc } of steps) {
    if (write)
      await device.bus.write(device.address, [
        ...registerBytes(write.reg, registerWidth(write)),
        ...bytesOf(write.data ?? ''),
      ]);
    if (delay !== undefined) await device.delay(durationMs(delay));
    if (question) await poll(device, question);
    if (read) {
      answers.set(read.as, await device.bus.read(device.address, { ...read, width: registerWidth(read) }));
      reads.set(read.as, read);
    }
    if (crc) check(device, crc, reads.get(crc.of)!, answers.get(crc.of)!);
  }
  return answers;
}

/** The generic I2C driver: identify, set up once, then the steps on each reading. */
export const openI2cMap: OpenSensor<I2cMapSensor> = async (sensor, context) => {
  const device: Device = {
    bus: context.i2c(),
    address: Number(sensor.address),
    now: context.env.now,
    delay: delayOf(context.env, context.signal),
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
