/** How a CRC of 8 bits is reckoned: high bit first, unless reflected. */
export type Crc8 = { poly: number; init: number; xorOut?: number; reflected?: boolean };

const reflect8 = (byte: number): number => {
  let turned = 0;
  for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) turned |= 0x80 >> bit;
  return turned;
};

export function crc8(bytes: Iterable<number>, { poly, init, xorOut = 0, reflected = false }: Crc8): number {
  let crc = init;
  for (const byte of bytes) {
    crc ^= reflected ? reflect8(byte) : byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ poly) & 0xff : crc << 1;
  }
  return (reflected ? reflect8(crc) : crc) ^ xorOut;
}

/** Sensirion's CRC-8, as the datasheets of SHT3x, SHT4x, SCD4x, SGP40 and others give it: 0xBEEF has 0x92. */
export const SENSIRION: Crc8 = { poly: 0x31, init: 0xff };
/** The Packet Error Code of SMBus 3.1, section 6.4: over all bytes of the transfer, addresses with their R/W bit included. */
export const SMBUS_PEC: Crc8 = { poly: 0x07, init: 0 };
