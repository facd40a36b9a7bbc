import type { ChipSim, Clock, SimulatedChip } from '../chip-rig.ts';
import { wordChip } from '../word-chip.ts';

/**
 * LM75 at 21.5 degC: code 43 in the upper 9 bits, noise below (SNIS153, "Temperature Register"). A conversion takes 300 ms and
 * begins anew after each reading; only then is `measured` what it says.
 */
export function lm75(clock: Clock) {
  let begun = Number.NEGATIVE_INFINITY;
  const chip: SimulatedChip & { registers: Record<number, number>; measured: number } = {
    measured: (43 << 7) | 0x55,
    ...wordChip(
      { 0: (43 << 7) | 0x55, 1: 0 },
      {
        bytes: [1],
        asked(register) {
          if (register !== 0) return undefined;
          if (clock.ms - begun >= 300) chip.registers[0] = chip.measured;
          begun = clock.ms;
          return undefined;
        },
      },
    ),
  };
  return chip;
}

export const LM75_SIM: ChipSim = {
  driver: 'lm75',
  sensor: { address: '0x49' },
  chip: (clock) => lm75(clock),
  truth: { temperature: 21.5 },
  traits: [],
};
