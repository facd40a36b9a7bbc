import type { I2cChip } from '../i2c-chip.ts';
import { SHT3X } from './sht3x.ts';
import { SHT4X } from './sht4x.ts';
import { TMP102 } from './tmp102.ts';

/** Every I2C chip that Perch has a driver for. A new one is one file here and one line in this list. */
const CHIPS = [TMP102, SHT3X, SHT4X] as const;

export const I2C_CHIPS: readonly I2cChip[] = CHIPS as readonly unknown[] as readonly I2cChip[];
