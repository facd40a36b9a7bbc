import type { ChipSim } from '../chip-rig.ts';
import { BME280_SIM, BMP280_SIM } from './bme280.ts';
import { LM75_SIM } from './lm75.ts';
import { MCP9808_SIM } from './mcp9808.ts';
import { SHT3X_SIM } from './sht3x.ts';
import { SHT4X_SIM } from './sht4x.ts';
import { TMP102_SIM } from './tmp102.ts';
import { TMP117_SIM } from './tmp117.ts';

/** A simulator for each I2C chip that has a driver. */
export const CHIP_SIMS: readonly ChipSim[] = [
  BMP280_SIM,
  BME280_SIM,
  LM75_SIM,
  MCP9808_SIM,
  SHT3X_SIM,
  SHT4X_SIM,
  TMP102_SIM,
  TMP117_SIM,
];
