import type { ChipSim, Clock, SimulatedChip } from '../chip-rig.ts';
import { wordChip } from '../word-chip.ts';

const RATES = [8, 16, 32, 64, 128, 250, 475, 860];

/**
 * ADS1115 with a code for each MUX[2:0]. The conversion register is of the last conversion until the next one is ready, at
 * the slowest that the datasheet allows (SBAS444).
 */
export function ads1115(clock: Clock, codes: Record<number, number>) {
  let readyAt = 0;
  const written: number[] = [];
  const chip: SimulatedChip & { registers: Record<number, number>; codes: typeof codes; written: number[] } =
    {
      codes,
      written,
      stuckBusy: false,
      ...wordChip(
        { 0: 0, 1: 0x8583, 2: 0x8000, 3: 0x7fff },
        {
          wrote(register, value) {
            if (register !== 1) return;
            written.push(value);
            if (value & 0x8000) readyAt = clock.ms + 1_100 / RATES[(value >> 5) & 7]!;
          },
          asked(register) {
            const ready = clock.ms >= readyAt && !chip.stuckBusy;
            const config = chip.registers[1]!;
            if (register === 1) return (config & 0x7fff) | (ready ? 0x8000 : 0);
            if (register === 0 && ready && written.length > 0)
              chip.registers[0] = codes[(config >> 12) & 7] ?? 0;
            return undefined;
          },
        },
      ),
    };
  return chip;
}

/** 0x2710 is 10000; 125 uV and 7.8125 uV are a bit of 4.096 V and 0.256 V (SBAS444, "Full-Scale Range"). */
export const ADS1115_SIM: ChipSim = {
  driver: 'ads1115',
  sensor: { address: '0x48', channels: { a0: 4.096, a3: 4.096, a01: 0.256 } },
  chip: (clock) => ads1115(clock, { 4: 0x2710, 7: 0x0102, 0: 0xf060 }),
  truth: { a0: 1.25, a3: 0.03225, a01: -0.03125 },
  traits: ['busy', 'identity'],
};
