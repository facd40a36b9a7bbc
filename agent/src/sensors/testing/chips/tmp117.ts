import type { ChipSim, Clock, SimulatedChip } from '../chip-rig.ts';
import { wordChip } from '../word-chip.ts';

const AVERAGES = [1, 8, 32, 64];

/** TMP117 at `code` times 7.8125 mdegC; a conversion takes as long as the datasheet allows (SNOSD82). */
export function tmp117(clock: Clock, code = 0x0b42) {
  let readyAt: number | undefined;
  let measured = code;
  const chip: SimulatedChip & { registers: Record<number, number>; measures(code: number): void } = {
    measures: (next) => {
      measured = next;
    },
    stuckBusy: false,
    ...wordChip(
      { 0: 0x8000, 1: 0x0220, 15: 0x1117 },
      {
        wrote(register, value) {
          if (register !== 1) return;
          if (value & 2) {
            Object.assign(chip.registers, { 0: 0x8000, 1: 0x0220 });
            readyAt = undefined;
          } else if ((value & 0x0c00) === 0x0c00) readyAt = clock.ms + 17.5 * AVERAGES[(value >> 5) & 3]!;
        },
        asked(register) {
          const ready = readyAt !== undefined && clock.ms >= readyAt && !chip.stuckBusy;
          if (ready) chip.registers[0] = measured;
          if (register === 1) return (chip.registers[1]! & 0x0fff) | (ready ? 0x2000 : 0);
          return undefined;
        },
      },
    ),
  };
  return chip;
}

/** 0x0b42 is 2882 * 7.8125 mdegC. */
export const TMP117_SIM: ChipSim = {
  driver: 'tmp117',
  sensor: { address: '0x48' },
  chip: (clock) => tmp117(clock),
  truth: { temperature: 22.515625 },
  traits: ['busy', 'identity'],
};
