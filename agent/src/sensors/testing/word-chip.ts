import type { Chip } from './simulated-i2c.ts';

export type WordChipOptions = {
  /** Low byte first, as SMBus words are; high byte first if not given. */
  littleEndian?: boolean;
  /** Registers of one byte. */
  bytes?: readonly number[];
  /** Told of each write, after it is in `registers`. */
  wrote?(register: number, value: number): void;
  /** What a register says now; its content if undefined. */
  asked?(register: number): number | undefined;
};

/** A chip of 16-bit registers behind an 8-bit pointer. Reading on repeats the register. */
export function wordChip(
  registers: Record<number, number>,
  { littleEndian = false, bytes = [], wrote, asked }: WordChipOptions = {},
): Chip & { registers: Record<number, number> } {
  let pointer = 0;
  const turned = (pair: number[]): number[] => (littleEndian ? pair.reverse() : pair);
  return {
    registers,
    write([register, ...data]) {
      pointer = register ?? pointer;
      if (data.length === 0) return;
      const single = bytes.includes(pointer);
      if (data.length !== (single ? 1 : 2)) return;
      const [high, low] = single ? [0, data[0]!] : turned(data);
      registers[pointer] = (high! << 8) | low!;
      wrote?.(pointer, registers[pointer]!);
    },
    read(length) {
      const value = asked?.(pointer) ?? registers[pointer] ?? 0;
      const answer = bytes.includes(pointer) ? [value] : turned([value >> 8, value & 0xff]);
      return Array.from({ length }, (_, at) => answer[at % answer.length]!);
    },
  };
}
