import type { ChipSim, Clock } from '../chip-rig.ts';
import { commandChip, withCrc, wordCommands } from '../command-chip.ts';

/** SHT3x: acknowledges nothing while it measures (15.5 ms), resets (1.5 ms) or stops (1 ms). */
export function sht3xChip(clock: Clock, raw: { temperature: number; humidity: number; status?: number }) {
  return commandChip(
    clock,
    wordCommands({
      12435: () => ({ ms: 1 }),
      12450: () => ({ ms: 1.5 }),
      62253: () => ({ answer: () => withCrc(raw.status ?? 0x8010) }),
      9216: () => ({ ms: 15.5, answer: () => withCrc(raw.temperature, raw.humidity) }),
    }),
  );
}

/** 0x6667 is 25.003 degC, 0x5eb9 is 37.002 %. */
export const SHT3X_SIM: ChipSim = {
  driver: 'sht3x',
  sensor: { address: '0x44' },
  chip: (clock) => sht3xChip(clock, { temperature: 0x6667, humidity: 0x5eb9 }),
  truth: { temperature: 25.0026703288319, humidity: 37.0016021972991 },
  traits: ['crc', 'identity'],
};
