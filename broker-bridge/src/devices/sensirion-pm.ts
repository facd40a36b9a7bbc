import type { I2cDevice } from './i2c-chip.ts';
import { longestWait, untilReady } from './ready.ts';
import { sensirionAsk, sensirionCommand, sensirionWords } from './sensirion.ts';
import { SensorFault } from './sensor-fault.ts';

/** What Sensirion's particulate matter sensors SPS30 and SEN5x have in common ("I2C Commands" of both datasheets). */
export const STOP = sensirionCommand(0x0104);
export const RESET = sensirionCommand(0xd304);
const DATA_READY = sensirionCommand(0x0202);
const READY = 0x0001;
/** Time for a command that reads something, in ms; the most that either datasheet asks for. */
export const ANSWERING = 20;

/** Bits of the device status register ("Device Status Register"). */
export const STATUS = {
  SPEED: 1 << 21,
  CLEANING: 1 << 19,
  GAS: 1 << 7,
  RHT: 1 << 6,
  LASER: 1 << 5,
  FAN: 1 << 4,
};

/**
 * Until the numbers are to be believed after a start, in ms, in the cleanest air ("Start-up time": 30 s below 100
 * particles/cm3, less in air with more of them).
 */
export const START_UP = 30_000;

/** There is a new measurement each second, within 4 %. */
const PATIENCE = { tries: 11, every: 100 };
/** Longest wait for a measurement, in ms. */
export const DATA_WAIT = longestWait(PATIENCE) + PATIENCE.tries * ANSWERING;

/**
 * Longest time without a new measurement that may be a cleaning of the fan, in ms. It takes 10 s, in which nothing is updated
 * ("Fan Auto Cleaning"); a fifth is added.
 */
const CLEANING = 12_000;

/**
 * Gives a question that waits for a measurement that was not read yet. Its answer is no as long as the sensor may be cleaning
 * its fan: whoever takes that for a fault and resets the sensor stops the cleaning, and the week until the next one begins
 * anew. After that it throws a SensorFault `busy`: a sensor that does not measure, as after a power cut, never has data.
 */
export function dataWatch(device: I2cDevice): () => Promise<boolean> {
  let lastData = device.now();
  return async () => {
    try {
      await untilReady(
        device,
        PATIENCE,
        async () => ((await sensirionAsk(device, DATA_READY, ANSWERING, 1))[0]! & READY) !== 0,
      );
    } catch (error) {
      if (!(error instanceof SensorFault && error.reason === 'busy')) throw error;
      if (device.now() - lastData > CLEANING) throw error;
      return false;
    }
    lastData = device.now();
    return true;
  };
}

/** A register of 32 bits in two words. */
export async function askLong(device: I2cDevice, command: number): Promise<number> {
  const [high, low] = await sensirionAsk(device, sensirionCommand(command), ANSWERING, 2);
  return ((high! << 16) | low!) >>> 0;
}

/** Text in words, to its first zero. */
export const textOf = (words: readonly number[]): string =>
  String.fromCharCode(...words.flatMap((word) => [word >> 8, word & 0xff])).replace(/\0.*$/s, '');

/** `count` words at that word of an answer, or undefined if the CRC of one of them is wrong. */
export function wordsAt(answer: Uint8Array, at: number, count: number): number[] | undefined {
  try {
    return sensirionWords(answer.subarray(at * 3, (at + count) * 3));
  } catch (error) {
    if (error instanceof SensorFault) return undefined;
    throw error;
  }
}
