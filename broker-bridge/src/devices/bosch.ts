import { type Static, type TLiteral, type TUnion, Type } from '@sinclair/typebox';
import type { I2cDevice } from './i2c-chip.ts';
import { SensorFault } from './sensor-fault.ts';

/** Command that makes Bosch's environmental sensors start anew. */
export const BOSCH_RESET = 0xb6;

const hex = (byte: number): string => `0x${byte.toString(16).padStart(2, '0')}`;

/** Throws a SensorFault `malformed` unless the id register holds one of these. */
export async function checkId(device: I2cDevice, register: number, ids: readonly number[]): Promise<void> {
  const [id] = await device.read(register, 1);
  if (!ids.includes(id!))
    throw new SensorFault('malformed', `the chip's id is ${hex(id!)}, not ${ids.map(hex).join(' or ')}`);
}

/** An `is` of `identify` by id register. */
export const hasId =
  (register: number, ids: readonly number[]) =>
  async (device: I2cDevice): Promise<boolean> =>
    ids.includes((await device.read(register, 1))[0]!);

/**
 * Calibration data. It bears no checksum and every later reading hangs on it, so it is read twice and must come out the same,
 * and not be one byte over and over.
 */
export async function calibrationBytes(
  device: I2cDevice,
  register: number,
  length: number,
): Promise<Uint8Array> {
  const first = await device.read(register, length);
  const again = await device.read(register, length);
  if (first.some((byte, at) => byte !== again[at]))
    throw new SensorFault('malformed', 'the calibration data read differently the second time');
  if (length > 1 && first.every((byte) => byte === first[0]))
    throw new SensorFault('malformed', 'the calibration data is blank');
  return first;
}

type Numbers<N extends readonly number[]> = TUnion<{ [K in keyof N]: TLiteral<N[K] & number> } & TLiteral[]>;

/** One of these numbers, if given at all. */
export const oneOf = <const N extends readonly number[]>(numbers: N, description: string) =>
  Type.Optional(
    Type.Union(
      numbers.map((number) => Type.Literal(number)),
      { description },
    ) as unknown as Numbers<N>,
  );

export const oversampling = (of: string) =>
  oneOf([1, 2, 4, 8, 16], `measurements that go into one value of ${of}: 1 (as if not given), 2, 4, 8 or 16`);
export type Oversampling = NonNullable<Static<ReturnType<typeof oversampling>>>;

/** The code of 1, 2, 4, 8, 16 measurements: 1, 2, 3, 4, 5; 0 would skip it. */
export const oversamplingCode = (times: Oversampling): number => Math.log2(times) + 1;
