import type { ChipSim } from '../chip-rig.ts';
import { ADS1115_SIM } from './ads1115.ts';
import { AHT20_SIM } from './aht20.ts';
import { BH1750_SIM } from './bh1750.ts';
import { BME280_SIM, BMP280_SIM } from './bme280.ts';
import { BME680_SIM, BME688_SIM } from './bme680.ts';
import { BMP388_SIM, BMP390_SIM } from './bmp388.ts';
import { HTU21D_SIM, SI7021_SIM } from './htu21d.ts';
import { INA219_SIM } from './ina219.ts';
import { INA226_SIM } from './ina226.ts';
import { LM75_SIM } from './lm75.ts';
import { MCP9808_SIM } from './mcp9808.ts';
import { MLX90614_SIM } from './mlx90614.ts';
import { MS5611_SIM } from './ms5611.ts';
import { SCD40_SIM, SCD41_SIM } from './scd4x.ts';
import { SCD30_SIM } from './scd30.ts';
import { SEN50_SIM, SEN54_SIM, SEN55_SIM } from './sen5x.ts';
import { SGP30_SIM } from './sgp30.ts';
import { SGP40_SIM } from './sgp40.ts';
import { SHT3X_SIM } from './sht3x.ts';
import { SHT4X_SIM } from './sht4x.ts';
import { SPS30_SIM } from './sps30.ts';
import { TMP102_SIM } from './tmp102.ts';
import { TMP117_SIM } from './tmp117.ts';
import { TSL2591_SIM } from './tsl2591.ts';
import { VEML7700_SIM } from './veml7700.ts';

/** A simulator for each I2C chip that has a driver. */
export const CHIP_SIMS: readonly ChipSim[] = [
  ADS1115_SIM,
  AHT20_SIM,
  BH1750_SIM,
  BME280_SIM,
  BME680_SIM,
  BME688_SIM,
  BMP280_SIM,
  BMP388_SIM,
  BMP390_SIM,
  HTU21D_SIM,
  INA219_SIM,
  INA226_SIM,
  LM75_SIM,
  MCP9808_SIM,
  MLX90614_SIM,
  MS5611_SIM,
  SCD30_SIM,
  SCD40_SIM,
  SCD41_SIM,
  SEN50_SIM,
  SEN54_SIM,
  SEN55_SIM,
  SGP30_SIM,
  SGP40_SIM,
  SHT3X_SIM,
  SHT4X_SIM,
  SI7021_SIM,
  SPS30_SIM,
  TMP102_SIM,
  TMP117_SIM,
  TSL2591_SIM,
  VEML7700_SIM,
];
