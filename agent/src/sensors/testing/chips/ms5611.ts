import type { ChipSim, Clock, SimulatedChip } from '../chip-rig.ts';
import { nak } from '../command-chip.ts';

const CONVERSIONS = [0.6, 1.17, 2.28, 4.54, 9.04];

/** The datasheet's example of C1 to C6, with the CRC-4 that application note AN520's code gives for these words. */
export const EXAMPLE_PROM = [0x0000, 40_127, 36_924, 23_317, 23_282, 33_464, 28_312, 0x4508];

/**
 * MS5611 with raw conversions. After a reset it takes 2.8 ms to load its PROM; an ADC that is read too early, or twice, says
 * 0 (datasheet, "ADC Read Sequence").
 */
export function ms5611(clock: Clock, raw = { d1: 9_085_466, d2: 8_569_150 }, prom = EXAMPLE_PROM) {
  let busyUntil = 0;
  let command = 0;
  let conversion: { readyAt: number; result(): number } | undefined;
  const chip: SimulatedChip & { raw: typeof raw; prom: number[]; commands: number[] } = {
    raw,
    prom: [...prom],
    commands: [],
    stuckBusy: false,
    write([first]) {
      if (clock.ms < busyUntil) nak();
      if (first === undefined) return;
      command = first;
      chip.commands.push(first);
      if (first === 0x1e) busyUntil = clock.ms + 2.8;
      const kind = first & 0xf0;
      if (kind === 0x40 || kind === 0x50)
        conversion = {
          readyAt: clock.ms + CONVERSIONS[(first & 0x0f) >> 1]!,
          result: () => (kind === 0x40 ? chip.raw.d1 : chip.raw.d2),
        };
    },
    read(length) {
      if (clock.ms < busyUntil) nak();
      let answer: number[] = [];
      if (command >= 0xa0) {
        const word = chip.prom[(command - 0xa0) >> 1] ?? 0;
        answer = [word >> 8, word & 0xff];
      } else if (command === 0) {
        const done = conversion !== undefined && clock.ms >= conversion.readyAt && !chip.stuckBusy;
        const result = done ? conversion!.result() : 0;
        conversion = undefined;
        answer = [result >> 16, (result >> 8) & 0xff, result & 0xff];
      }
      return Array.from({ length }, (_, at) => answer[at] ?? 0);
    },
  };
  return chip;
}

/**
 * The datasheet's example, which it rounds to 20.07 degC and 1000.09 hPa: here without roundings, reckoned in exact fractions
 * by hand from its formulae (dT 2366, OFF 2420281617.21875, SENS 1315097036.0859375).
 */
export const MS5611_SIM: ChipSim = {
  driver: 'ms5611',
  sensor: { address: '0x77' },
  chip: (clock) => ms5611(clock),
  truth: { pressure: 1000.0907021379712, temperature: 20.07985376358032 },
  // Only the PROM has a checksum, of 4 bits; conversions have none.
  traits: ['busy', 'identity'],
};
