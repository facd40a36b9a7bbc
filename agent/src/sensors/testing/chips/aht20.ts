import { crc8, SENSIRION } from '@perch/broker-bridge/devices/crc.ts';
import type { ChipSim, Clock, SimulatedChip } from '../chip-rig.ts';
import { nak } from '../command-chip.ts';

/**
 * AHT20: measures for 80 ms with its busy bit set and the data of before; so it does for `startMs` after a reset. `calibrated` is
 * false until it is initialised. A command that it does not know leaves it busy until the next reset.
 */
export function aht20Chip(clock: Clock, raw: { humidity: number; temperature: number }) {
  let deafUntil = 0;
  let doneAt = 0;
  let startedAt = 0;
  let confused = false;
  let shown = { humidity: 0x80000, temperature: 0x80000 };
  const log: string[] = [];
  const chip: SimulatedChip & {
    raw: typeof raw;
    calibrated: boolean;
    deaf: boolean;
    startMs: number;
    log: string[];
  } = {
    raw,
    startMs: 0,
    calibrated: true,
    deaf: false,
    log,
    write(bytes) {
      if (clock.ms < deafUntil) nak();
      const command = Buffer.from(bytes).toString('hex');
      log.push(command);
      if (command === 'ba') {
        deafUntil = clock.ms + 20;
        startedAt = deafUntil + chip.startMs;
      }
      confused = !['ba', 'be0800', 'ac3300'].includes(command);
      if (command === 'be0800' && !chip.deaf) {
        deafUntil = clock.ms + 10;
        chip.calibrated = true;
      }
      if (command === 'ac3300') doneAt = clock.ms + 80;
    },
    read(length) {
      if (clock.ms < deafUntil) nak();
      const busy = clock.ms < doneAt || clock.ms < startedAt || confused || chip.stuckBusy;
      if (!busy && doneAt > 0) shown = chip.raw;
      const { humidity, temperature } = shown;
      const bytes = [
        (busy ? 0x80 : 0) | 0x14 | (chip.calibrated ? 0x08 : 0),
        humidity >> 12,
        (humidity >> 4) & 0xff,
        ((humidity & 0x0f) << 4) | (temperature >> 16),
        (temperature >> 8) & 0xff,
        temperature & 0xff,
      ];
      return [...bytes, crc8(bytes, SENSIRION)].slice(0, length);
    },
  };
  return chip;
}

/** Worked out in chips/aht20.test.ts. */
export const AHT20_SIM: ChipSim = {
  driver: 'aht20',
  sensor: { address: '0x38' },
  chip: (clock) => aht20Chip(clock, { humidity: 0x7a1c3, temperature: 0x5f2e7 }),
  truth: { temperature: 24.36046600341797, humidity: 47.69926071166992 },
  traits: ['crc', 'busy'],
};
