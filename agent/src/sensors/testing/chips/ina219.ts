import type { ChipSim, Clock, SimulatedChip } from '../chip-rig.ts';
import { wordChip } from '../word-chip.ts';

/** SADC or BADC code: samples of 12 bits, at the slowest that the datasheet allows (SBOS448, "ADC Settings"). */
const SAMPLES: Record<number, number> = { 3: 1, 9: 2, 10: 4, 11: 8, 12: 16, 13: 32, 14: 64, 15: 128 };

/** INA219 that reckons current and power from shunt (10 uV) and bus (4 mV) as SBOS448, "Programming", says. */
export function ina219(clock: Clock, input = { shunt: 2_000, bus: 2_995 }) {
  let readyAt: number | undefined;
  const chip: SimulatedChip & { registers: Record<number, number>; input: typeof input; overflow: boolean } =
    {
      input,
      overflow: false,
      stuckBusy: false,
      ...wordChip(
        { 0: 0x399f, 1: 0, 2: 0, 3: 0, 4: 0, 5: 0 },
        {
          wrote(register, value) {
            const registers = chip.registers;
            if (register === 5) registers[5] = value & 0xfffe;
            if (register !== 0) return;
            if (value & 0x8000) {
              Object.assign(registers, { 0: 0x399f, 5: 0 });
              readyAt = undefined;
            } else readyAt = clock.ms + 0.586 * (SAMPLES[(value >> 3) & 15]! + SAMPLES[(value >> 7) & 15]!);
          },
          asked(register) {
            const registers = chip.registers;
            const ready = readyAt !== undefined && clock.ms >= readyAt && !chip.stuckBusy;
            if (ready) {
              const most = 4_000 << ((registers[0]! >> 11) & 3);
              const shunt = Math.max(-most, Math.min(most, chip.input.shunt));
              const current = Math.trunc((shunt * registers[5]!) / 4_096);
              registers[1] = shunt & 0xffff;
              registers[2] = (chip.input.bus << 3) | 2 | (chip.overflow ? 1 : 0);
              registers[3] = Math.trunc((Math.abs(current) * chip.input.bus) / 5_000) & 0xffff;
              registers[4] = current & 0xffff;
            } else registers[2]! &= 0xfffc;
            const value = registers[register];
            // Reading the power clears the ready bit.
            if (register === 3 && ready) readyAt = undefined;
            return value;
          },
        },
      ),
    };
  return chip;
}

/** The datasheet's worked example (SBOS448, "Programming the INA219"): 2 mOhm, 1 mA a bit, 10 A at 11.98 V. */
export const INA219_SIM: ChipSim = {
  driver: 'ina219',
  sensor: { address: '0x40', shunt: 0.002, maxCurrent: 32.768 },
  chip: (clock) => ina219(clock),
  truth: { voltage: 11.98, current: 10, power: 119.8 },
  traits: ['busy', 'identity'],
};
