import { type ChipSim, type Clock, registerFile, type SimulatedChip } from '../chip-rig.ts';
import { nak } from '../command-chip.ts';

/** Calibration of the usual size: T1..T3, P1..P11 at their offsets from 0x31. */
function calibration(): Buffer {
  const nvm = Buffer.alloc(21);
  nvm.writeUInt16LE(27504, 0);
  nvm.writeUInt16LE(18905, 2);
  nvm.writeInt8(-10, 4);
  nvm.writeInt16LE(-1250, 5);
  nvm.writeInt16LE(-2334, 7);
  nvm.writeInt8(35, 9);
  nvm.writeInt8(-1, 10);
  nvm.writeUInt16LE(25139, 11);
  nvm.writeUInt16LE(30231, 13);
  nvm.writeInt8(3, 15);
  nvm.writeInt8(-6, 16);
  nvm.writeInt16LE(4028, 17);
  nvm.writeInt8(18, 19);
  nvm.writeInt8(-60, 20);
  return nvm;
}

export type Bmp3Raw = { temperature: number; pressure: number };

/**
 * BMP388 (id 0x50) or BMP390 (id 0x60). A measurement takes `slowness` times as long as is typical, and the pressure is ready
 * `apart` ms before the temperature; the ready bits go with the reading of the data.
 */
export function bmp3Chip(clock: Clock, id: number, raw: Bmp3Raw) {
  const registers = new Uint8Array(256);
  let deafUntil = 0;
  let doneAt = Number.POSITIVE_INFINITY;
  let pressureAt = Number.POSITIVE_INFINITY;
  let pointer = 0;
  const show = (values: Bmp3Raw): void => {
    const { temperature: t, pressure: p } = values;
    registers.set([p & 0xff, (p >> 8) & 0xff, p >> 16, t & 0xff, (t >> 8) & 0xff, t >> 16], 0x04);
  };
  const reset = (): void => {
    registers.fill(0);
    registers[0] = id;
    registers[0x03] = 0x10;
    show({ temperature: 0x800000, pressure: 0x800000 });
    registers.set(calibration(), 0x31);
    doneAt = Number.POSITIVE_INFINITY;
    pressureAt = Number.POSITIVE_INFINITY;
  };
  const file = registerFile(registers, (register, value) => {
    if (register === 0x7e && value === 0xb6) {
      reset();
      deafUntil = clock.ms + 2;
    }
    if (register === 0x1b && (value & 0x30) === 0x10) {
      const osr = registers[0x1c]!;
      const typical = 0.234 + 0.392 + 2.02 * 2 ** (osr & 7) + 0.163 + 2.02 * 2 ** ((osr >> 3) & 7);
      doneAt = clock.ms + chip.slowness * typical;
      pressureAt = doneAt - chip.apart;
    }
  });
  reset();
  const chip: SimulatedChip & {
    registers: Uint8Array;
    raw: Bmp3Raw;
    slowness: number;
    apart: number;
    reset(): void;
  } = {
    registers,
    slowness: 1.15,
    apart: 0,
    raw,
    reset,
    write(bytes) {
      if (clock.ms < deafUntil) nak();
      pointer = bytes[0] ?? pointer;
      // Bosch's pointer does not move on as it is written.
      file.write(bytes.slice(0, 2));
    },
    read(length) {
      if (clock.ms < deafUntil) nak();
      if (clock.ms >= pressureAt && !chip.stuckBusy) {
        registers[0x03] = registers[0x03]! | 0x20;
        pressureAt = Number.POSITIVE_INFINITY;
      }
      if (clock.ms >= doneAt && !chip.stuckBusy) {
        show(chip.raw);
        registers[0x03] = registers[0x03]! | 0x40;
        registers[0x1b] = registers[0x1b]! & 0x0f;
        doneAt = Number.POSITIVE_INFINITY;
      }
      const answer = file.read(length);
      if (pointer <= 0x09 && pointer + length > 0x04) registers[0x03] = registers[0x03]! & ~0x60;
      return answer;
    },
  };
  return chip;
}

/** The numbers of chips/bmp388.test.ts. */
const sim = (driver: string, id: number): ChipSim => ({
  driver,
  sensor: { address: '0x77', pressureOversampling: 8 },
  chip: (clock) => bmp3Chip(clock, id, { temperature: 0x81a3c5, pressure: 0x63b2f1 }),
  truth: { temperature: 25.543256322656838, pressure: 977.4357020093806 },
  traits: ['busy', 'identity'],
});
export const BMP388_SIM = sim('bmp388', 0x50);
export const BMP390_SIM = sim('bmp390', 0x60);
