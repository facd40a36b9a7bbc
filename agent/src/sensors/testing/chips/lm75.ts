import type { ChipSim } from '../chip-rig.ts';
import { wordChip } from '../word-chip.ts';

/** LM75 after power-up, at 21.5 degC: code 43 in the upper 9 bits, noise below (SNIS153, "Temperature Register"). */
export const lm75 = () => wordChip({ 0: (43 << 7) | 0x55, 1: 0 }, { bytes: [1] });

export const LM75_SIM: ChipSim = {
  driver: 'lm75',
  sensor: { address: '0x49' },
  chip: lm75,
  truth: { temperature: 21.5 },
  traits: [],
};
