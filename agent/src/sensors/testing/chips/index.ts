import type { ChipSim } from '../chip-rig.ts';
import { SHT3X_SIM } from './sht3x.ts';
import { SHT4X_SIM } from './sht4x.ts';
import { TMP102_SIM } from './tmp102.ts';

/** A simulator for each I2C chip that has a driver. */
export const CHIP_SIMS: readonly ChipSim[] = [TMP102_SIM, SHT3X_SIM, SHT4X_SIM];
