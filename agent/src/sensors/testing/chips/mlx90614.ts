import type { ChipSim, Clock } from '../chip-rig.ts';
import type { Chip } from '../simulated-i2c.ts';

const ADDRESS = 0x5a;

/** SMBus's Packet Error Code, x^8 + x^2 + x + 1, bit by bit (SMBus 3.1, section 6.4). */
function packetErrorCode(bytes: readonly number[]): number {
  let crc = 0;
  for (const byte of bytes)
    for (let bit = 7; bit >= 0; bit--) {
      const carry = (crc >> 7) ^ ((byte >> bit) & 1);
      crc = ((crc << 1) & 0xff) ^ (carry ? 0x07 : 0);
    }
  return crc;
}

/** MLX90614 with words of RAM (0x06 to 0x08) and EEPROM (0x20 on); 250 ms after `clock` began it measures. */
export function mlx90614(clock: Clock, words: Record<number, number> = {}) {
  const poweredAt = clock.ms;
  let command = 0;
  const chip: Chip & { words: Record<number, number> } = {
    words: { 6: 0x39c6, 7: 0x3ad2, 8: 0x3a00, 46: 0xbe00 | ADDRESS, ...words },
    write([first]) {
      command = first ?? command;
    },
    read(length) {
      const early = command < 0x20 && clock.ms < poweredAt + 250;
      const word = early ? 0 : (chip.words[command] ?? 0);
      const data = [word & 0xff, word >> 8];
      const answer = [...data, packetErrorCode([ADDRESS << 1, command, (ADDRESS << 1) | 1, ...data])];
      return Array.from({ length }, (_, at) => answer[at] ?? 0xff);
    },
  };
  return chip;
}

/** 0x3ad2 is 28.01 degC, the datasheet's example; 0x39c6 is 14790 * 0.02 K. */
export const MLX90614_SIM: ChipSim = {
  driver: 'mlx90614',
  sensor: { address: '0x5a' },
  chip: (clock) => mlx90614(clock),
  truth: { ambient: 22.65, object: 28.01 },
  traits: ['crc', 'identity'],
};
