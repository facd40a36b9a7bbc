import { crc8, SENSIRION } from '@perch/broker-bridge/devices/crc.ts';
import type { Clock } from './chip-rig.ts';
import type { Chip } from './simulated-i2c.ts';

/** What an adapter says if the chip does not acknowledge. */
export const nak = (): never => {
  throw Object.assign(new Error('ENXIO'), { code: 'ENXIO' });
};

/** What a command does: the bytes it answers, and how long they take to come; until then the chip acknowledges nothing. */
export type Outcome = { ms?: number; answer?: () => readonly number[] };

/**
 * A chip that takes commands, works on each for a time and then gives its answer once. `execute` gets all bytes of a write
 * and says nothing (undefined) to a command that the chip does not acknowledge. `log` is what was written, in hex.
 */
export function commandChip(
  clock: Clock,
  execute: (bytes: readonly number[]) => Outcome | undefined,
): Chip & { log: string[] } {
  let readyAt = 0;
  let answer: (() => readonly number[]) | undefined;
  const log: string[] = [];
  return {
    log,
    write(bytes) {
      if (clock.ms < readyAt) nak();
      answer = undefined;
      const outcome = execute(bytes) ?? nak();
      log.push(Buffer.from(bytes).toString('hex'));
      readyAt = clock.ms + (outcome.ms ?? 0);
      answer = outcome.answer;
    },
    read(length) {
      if (clock.ms < readyAt || !answer) nak();
      const bytes = answer!();
      answer = undefined;
      return Array.from({ length }, (_, at) => bytes[at] ?? 0xff);
    },
  };
}

/** Words as Sensirion's chips send them. */
export const withCrc = (...words: readonly number[]): number[] =>
  words.flatMap((word) => {
    const pair = [word >> 8, word & 0xff];
    return [...pair, crc8(pair, SENSIRION)];
  });

/** Argument words of a write behind a 16-bit command; undefined if a CRC is wrong, whereupon the chip does not acknowledge. */
export function argumentsOf(bytes: readonly number[]): number[] | undefined {
  const words: number[] = [];
  for (let at = 2; at < bytes.length; at += 3) {
    const word = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    if (withCrc(word)[2] !== bytes[at + 2]) return undefined;
    words.push(word);
  }
  return words;
}

/** Commands of 16 bits by their number, each with what it does to its arguments. */
export const wordCommands =
  (commands: Record<number, (args: readonly number[]) => Outcome | undefined>) =>
  (bytes: readonly number[]): Outcome | undefined => {
    const args = argumentsOf(bytes);
    const act = bytes.length >= 2 ? commands[(bytes[0]! << 8) | bytes[1]!] : undefined;
    return args && act?.(args);
  };
