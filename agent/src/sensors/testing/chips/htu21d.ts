import { crc8 } from '@perch/broker-bridge/devices/crc.ts';
import type { ChipSim, Clock } from '../chip-rig.ts';
import { commandChip } from '../command-chip.ts';

const withCrc = (word: number): number[] => {
  const bytes = [word >> 8, word & 0xff];
  return [...bytes, crc8(bytes, { poly: 0x31, init: 0 })];
};

type Raw = { temperature: number; humidity: number };

/**
 * HTU21D with the times of a SHT2x, the slowest of its kind, or a Si7021 with its serial number; acknowledges nothing while it
 * works. `offset` is what wrongly loaded calibration adds to both values, until a reset.
 */
export function htu21dChip(clock: Clock, raw: Raw, part: 'htu21d' | 'si7021' = 'htu21d', code = 0x15) {
  const [temperature, humidity] = part === 'htu21d' ? [85, 29] : [10.8, 22.8];
  const chip: ReturnType<typeof commandChip> & { user: number; offset: number } = {
    offset: 0,
    // Resolution 11/11 bits, heater on, and two reserved bits.
    user: 0xbf,
    ...commandChip(clock, ([command, value]) => {
      switch (command) {
        case 0xfe:
          chip.offset = 0;
          // Resolution 12/14 bits; the heater stays as it is.
          chip.user &= 0x7e;
          return { ms: 15 };
        case 0xf3:
          return { ms: temperature, answer: () => withCrc(raw.temperature + chip.offset) };
        case 0xf5:
          return { ms: humidity, answer: () => withCrc(raw.humidity + chip.offset) };
        case 0xe7:
          return { answer: () => [chip.user] };
        case 0xe6:
          chip.user = value!;
          return {};
        case 0xfc:
          if (part !== 'si7021' || value !== 0xc9) return undefined;
          return { answer: () => [...withCrc((code << 8) | 0xff), ...withCrc(0xffff)] };
        default:
          return undefined;
      }
    }),
  };
  return chip;
}

/** The examples of the HTU21D datasheet, "CRC Checksum": 24.7 degC, 32.3 %. */
const EXAMPLE = { temperature: 0x683a, humidity: 0x4e85 };
const sim = (part: 'htu21d' | 'si7021'): ChipSim => ({
  driver: part,
  sensor: { address: '0x40' },
  chip: (clock) => htu21dChip(clock, EXAMPLE, part),
  truth: { temperature: 24.686401367187493, humidity: 32.33770751953125 },
  traits: part === 'si7021' ? ['crc', 'identity'] : ['crc'],
});
export const HTU21D_SIM = sim('htu21d');
export const SI7021_SIM = sim('si7021');
