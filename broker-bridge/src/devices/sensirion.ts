import { u16be } from './bytes.ts';
import { crc8, SENSIRION } from './crc.ts';
import type { I2cDevice } from './i2c-chip.ts';
import { SensorFault } from './sensor-fault.ts';

const high = (word: number): number => (word >> 8) & 0xff;
const low = (word: number): number => word & 0xff;

/** A 16-bit command with its argument words, each followed by its CRC ("I2C Communication" of Sensirion's datasheets). */
export const sensirionCommand = (command: number, ...words: readonly number[]): number[] => [
  high(command),
  low(command),
  ...words.flatMap((word) => [high(word), low(word), crc8([high(word), low(word)], SENSIRION)]),
];

/** The 16-bit words of an answer in which a CRC follows each. Throws a SensorFault `crc` if one of them is wrong. */
export function sensirionWords(answer: Uint8Array): number[] {
  return Array.from({ length: Math.floor(answer.length / 3) }, (_, index) => {
    const at = index * 3;
    if (crc8(answer.subarray(at, at + 2), SENSIRION) !== answer[at + 2])
      throw new SensorFault('crc', `the checksum of word ${index} is wrong`);
    return u16be(answer, at);
  });
}

/** Sends a command, gives the chip `ms` to answer and collects so many words. */
export async function sensirionAsk(
  device: I2cDevice,
  command: readonly number[],
  ms: number,
  words: number,
): Promise<number[]> {
  await device.write(command);
  await device.delay(ms);
  return sensirionWords(await device.receive(words * 3));
}

/** An `is` of `identify` for chips that are known by a well-formed answer to a command that only they have. */
export const answers = (ask: (device: I2cDevice) => Promise<unknown>) => (device: I2cDevice) =>
  ask(device).then(
    () => true,
    () => false,
  );
