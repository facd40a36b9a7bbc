import type { ChipSim, Clock } from '../chip-rig.ts';
import { commandChip, withCrc } from '../command-chip.ts';

/** SHT4x with the longest times of its datasheet, and 10 ms for its serial number; acknowledges nothing while it works. */
export function sht4xChip(clock: Clock, raw: { temperature: number; humidity: number }) {
  const measured = () => withCrc(raw.temperature, raw.humidity);
  return commandChip(clock, (bytes) => {
    if (bytes.length !== 1) return undefined;
    switch (bytes[0]) {
      case 0x94:
        return { ms: 1 };
      case 0x89:
        return { ms: 10, answer: () => withCrc(0x0f4c, 0x1a07) };
      case 0xfd:
        return { ms: 8.3, answer: measured };
      case 0xf6:
        return { ms: 4.5, answer: measured };
      case 0xe0:
        return { ms: 1.6, answer: measured };
      default:
        return undefined;
    }
  });
}

/** 0x6667 is 25.003 degC, 0x5eb9 is 40.252 %. */
export const SHT4X_SIM: ChipSim = {
  driver: 'sht4x',
  sensor: { address: '0x44' },
  chip: (clock) => sht4xChip(clock, { temperature: 0x6667, humidity: 0x5eb9 }),
  truth: { temperature: 25.0026703288319, humidity: 40.2520027466239 },
  traits: ['crc', 'identity'],
};
