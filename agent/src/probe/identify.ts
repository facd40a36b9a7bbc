import { I2C_CHIPS } from '@perch/broker-bridge/devices/i2c/index.ts';
import type { I2cChip, I2cDevice } from '@perch/broker-bridge/devices/i2c-chip.ts';
import { OTHER_PARTS } from './other-parts.ts';

/** What may be at an address. */
export type Identity = {
  /** The driver of the chip that said its name; undefined if none did. */
  chip?: I2cChip;
  /** Drivers that still fit: the one that is sure, or those that cannot be told apart. */
  candidates: readonly I2cChip[];
  /** Other parts that are usual there. */
  others: readonly string[];
};

/** The time that a chip may need after it was taken for another, in ms. */
const RESET_TIME = 20;

const asks = async (chip: I2cChip, device: I2cDevice): Promise<boolean> =>
  (await chip.identify?.is(device).catch(() => false)) ?? false;

/**
 * Asks what is at an address, register by register first, since that changes nothing. A command that a chip must know is only
 * sent when no register told, and only to chips that can be at this address.
 */
export async function identify(device: I2cDevice, chips: readonly I2cChip[] = I2C_CHIPS): Promise<Identity> {
  const fitting = chips.filter(({ addresses }) => addresses.includes(device.address));
  for (const by of ['register', 'command'] as const) {
    // INA226 has its id in register 0xFE, which is the soft reset of Si7021 and HTU21D at the same address: 15 ms for them.
    if (by === 'command') await device.delay(RESET_TIME);
    const sure: I2cChip[] = [];
    for (const chip of fitting) if (chip.identify?.by === by && (await asks(chip, device))) sure.push(chip);
    if (sure.length > 0)
      return { ...(sure.length === 1 ? { chip: sure[0]! } : {}), candidates: sure, others: [] };
  }
  return {
    candidates: fitting.filter((chip) => chip.identify === undefined),
    others: OTHER_PARTS[device.address] ?? [],
  };
}

const part = ({ title }: I2cChip): string => title.split(':')[0]!;

/** The identity in words: "Bosch BME280", "ambiguous: ROHM BH1750 or ...", "unknown". */
export function nameOf({ chip, candidates, others }: Identity): string {
  if (chip) return chip.title;
  const names = [...candidates.map(part), ...others];
  if (names.length === 0) return 'unknown';
  return names.length === 1 ? `maybe ${names[0]}` : `ambiguous: ${names.join(' or ')}`;
}
