import { type ChipSim, type Clock, registerFile, type SimulatedChip } from '../chip-rig.ts';

/** TSL2591 with the counts of its next integration; AVALID is set once one is done (datasheet, "Status Register"). */
export function tsl2591(clock: Clock, light = { all: 0x1234, infrared: 0x0456 }) {
  const registers = new Uint8Array(32);
  registers.set([0x00, 0x50], 0x11);
  let doneAt: number | undefined;
  const file = registerFile(registers, (register, value) => {
    if (register === 0) doneAt = (value & 3) === 3 ? clock.ms + 108 * ((registers[1]! & 7) + 1) : undefined;
  });
  const chip: SimulatedChip & { registers: Uint8Array; light: typeof light } = {
    registers,
    light,
    stuckBusy: false,
    write([command, ...data]) {
      // Only normal transactions are of registers ("Command Register").
      if (command !== undefined && command >> 5 === 5) file.write([command & 0x1f, ...data]);
    },
    read(length) {
      const done = doneAt !== undefined && clock.ms >= doneAt && !chip.stuckBusy;
      registers[0x13] = done ? 1 : 0;
      if (done) {
        const { all, infrared } = chip.light;
        registers.set([all & 0xff, all >> 8, infrared & 0xff, infrared >> 8], 0x14);
      }
      return file.read(length);
    },
  };
  return chip;
}

/** 4660 and 1110 counts at gain 25 and 100 ms: 3550 * (1 - 1110 / 4660) * 408 / 2500 lx. */
export const TSL2591_SIM: ChipSim = {
  driver: 'tsl2591',
  sensor: { address: '0x29' },
  chip: (clock) => tsl2591(clock),
  truth: { illuminance: (3_550 * 3_550 * 408) / (4_660 * 2_500), full: 4_660, infrared: 1_110 },
  traits: ['busy', 'identity'],
};
