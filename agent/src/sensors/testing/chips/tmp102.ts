import type { ChipSim } from '../chip-rig.ts';
import { pointerChip } from '../simulated-i2c.ts';

/** TMP102 at 25 degC: 0x190 in the upper 12 bits (SBOS397, "12-Bit Temperature Data Format"). */
export const TMP102_SIM: ChipSim = {
  driver: 'tmp102',
  sensor: { address: '0x48' },
  chip: () => pointerChip({ 0: 0x1900, 1: 0x60a0 }),
  truth: { temperature: 25 },
  traits: [],
};
