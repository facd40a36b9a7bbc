import type { I2cChip } from '../i2c-chip.ts';
import { ADS1115 } from './ads1115.ts';
import { AHT20 } from './aht20.ts';
import { BH1750 } from './bh1750.ts';
import { BME280, BMP280 } from './bme280.ts';
import { BME680, BME688 } from './bme680.ts';
import { BMP388, BMP390 } from './bmp388.ts';
import { HTU21D, SI7021 } from './htu21d.ts';
import { INA219 } from './ina219.ts';
import { INA226 } from './ina226.ts';
import { LM75 } from './lm75.ts';
import { MCP9808 } from './mcp9808.ts';
import { MLX90614 } from './mlx90614.ts';
import { MS5611 } from './ms5611.ts';
import { SCD40, SCD41 } from './scd4x.ts';
import { SCD30 } from './scd30.ts';
import { SEN50, SEN54, SEN55 } from './sen5x.ts';
import { SGP30 } from './sgp30.ts';
import { SGP40 } from './sgp40.ts';
import { SHT3X } from './sht3x.ts';
import { SHT4X } from './sht4x.ts';
import { SPS30 } from './sps30.ts';
import { TMP102 } from './tmp102.ts';
import { TMP117 } from './tmp117.ts';
import { TSL2591 } from './tsl2591.ts';
import { VEML7700 } from './veml7700.ts';

/** Every I2C chip that Perch has a driver for. A new one is one file here and one line in this list. */
const CHIPS = [
  ADS1115,
  AHT20,
  BH1750,
  BME280,
  BME680,
  BME688,
  BMP280,
  BMP388,
  BMP390,
  HTU21D,
  INA219,
  INA226,
  LM75,
  MCP9808,
  MLX90614,
  MS5611,
  SCD30,
  SCD40,
  SCD41,
  SEN50,
  SEN54,
  SEN55,
  SGP30,
  SGP40,
  SHT3X,
  SHT4X,
  SI7021,
  SPS30,
  TMP102,
  TMP117,
  TSL2591,
  VEML7700,
] as const;

export const I2C_CHIPS: readonly I2cChip[] = CHIPS as readonly unknown[] as readonly I2cChip[];
