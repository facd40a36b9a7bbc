import type { ChipSim } from '../chip-rig.ts';
import { TMP102_SIM } from './tmp102.ts';

/** A simulator for each I2C chip that has a driver. */
export const CHIP_SIMS: readonly ChipSim[] = [TMP102_SIM];
