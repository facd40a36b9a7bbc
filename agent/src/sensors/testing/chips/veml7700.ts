import type { ChipSim, Clock } from '../chip-rig.ts';
import { wordChip } from '../word-chip.ts';

/** Integration times in ms by ALS_IT (Vishay 84286, "Command Register Format"). */
const TIMES: Record<number, number> = { 12: 25, 8: 50, 0: 100, 1: 200, 2: 400, 3: 800 };

/** VEML7700 with the counts of its next integration. Until that is done, up to twice its time, it says what it had. */
export function veml7700(clock: Clock, counts = 0x05dc) {
  let doneAt: number | undefined;
  const chip = Object.assign(
    wordChip(
      { 0: 0x0001, 3: 0, 4: 0, 5: 0, 7: 0xc481 },
      {
        littleEndian: true,
        wrote(register, value) {
          if (register === 0)
            doneAt = value & 1 ? undefined : clock.ms + 2.5 + 1.9 * TIMES[(value >> 6) & 15]!;
        },
        asked(register) {
          if (register === 4 && doneAt !== undefined && clock.ms >= doneAt) chip.registers[4] = chip.counts;
          return undefined;
        },
      },
    ),
    { counts },
  );
  return chip;
}

/** 1500 counts of 0.0672 lx at gain 1 and 100 ms. */
export const VEML7700_SIM: ChipSim = {
  driver: 'veml7700',
  sensor: { address: '0x10', gain: 1 },
  chip: (clock) => veml7700(clock),
  truth: { illuminance: 100.8 },
  traits: ['identity'],
};
