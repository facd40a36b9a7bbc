import type { ChipSim, Clock, SimulatedChip } from '../chip-rig.ts';
import { wordChip } from '../word-chip.ts';

const SAMPLES = [1, 4, 16, 64, 128, 256, 512, 1024];

/** INA226 that reckons current and power from shunt (2.5 uV) and bus (1.25 mV) as SBOS547, "Programming", says. */
export function ina226(clock: Clock, input = { shunt: 8_000, bus: 9_584 }) {
  let readyAt: number | undefined;
  const chip: SimulatedChip & { registers: Record<number, number>; input: typeof input; overflow: boolean } =
    {
      input,
      overflow: false,
      stuckBusy: false,
      ...wordChip(
        { 0: 0x4127, 1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0, 254: 0x5449, 255: 0x2260 },
        {
          wrote(register, value) {
            const registers = chip.registers;
            if (register === 5) registers[5] = value & 0x7fff;
            if (register !== 0) return;
            if (value & 0x8000) {
              Object.assign(registers, { 0: 0x4127, 5: 0 });
              readyAt = undefined;
            } else readyAt = clock.ms + 2 * 1.21 * SAMPLES[(value >> 9) & 7]!;
          },
          asked(register) {
            const registers = chip.registers;
            const ready = readyAt !== undefined && clock.ms >= readyAt && !chip.stuckBusy;
            if (ready) {
              const shunt = Math.max(-0x8000, Math.min(0x7fff, chip.input.shunt));
              const current = Math.trunc((shunt * registers[5]!) / 2_048);
              registers[1] = shunt & 0xffff;
              registers[2] = chip.input.bus;
              registers[3] = Math.trunc((Math.abs(current) * chip.input.bus) / 20_000) & 0xffff;
              registers[4] = current & 0xffff;
            }
            if (register !== 6) return undefined;
            // Reading the flags clears them.
            if (ready) readyAt = undefined;
            return (ready ? 8 : 0) | (chip.overflow ? 4 : 0);
          },
        },
      ),
    };
  return chip;
}

/** The datasheet's worked example (SBOS547, "Programming"): 2 mOhm, 1 mA a bit, 10 A at 11.98 V. */
export const INA226_SIM: ChipSim = {
  driver: 'ina226',
  sensor: { address: '0x40', shunt: 0.002, maxCurrent: 32.768 },
  chip: (clock) => ina226(clock),
  truth: { voltage: 11.98, current: 10, power: 119.8 },
  traits: ['busy', 'identity'],
};
