import type { ChipSim, Clock } from '../chip-rig.ts';

/** BH1750 with the counts of its next measurement; until that is done it says what it had. */
export function bh1750(clock: Clock, counts = 0x8390) {
  let on = false;
  let time = 69;
  let data = 0;
  let measured: { at: number; counts: number } | undefined;
  return {
    counts,
    opcodes: [] as number[],
    write([opcode]: readonly number[]) {
      if (opcode === undefined) return;
      this.opcodes.push(opcode);
      if (opcode === 0x00) on = false;
      else if (opcode === 0x01) on = true;
      // Not heard in power-down mode ("Instruction Set Architecture").
      else if (opcode === 0x07) data = on ? 0 : data;
      else if (opcode >> 3 === 0x08) time = (time & 0x1f) | ((opcode & 7) << 5);
      else if (opcode >> 5 === 0x03) time = (time & 0xe0) | (opcode & 0x1f);
      else if (opcode === 0x20) measured = { at: clock.ms + (180 * time) / 69, counts: this.counts };
    },
    read(length: number): number[] {
      if (measured && clock.ms >= measured.at) {
        data = Math.min(0xffff, Math.round((measured.counts * time) / 69));
        measured = undefined;
        on = false;
      }
      return Array.from({ length }, (_, at) => (at % 2 === 0 ? data >> 8 : data & 0xff));
    },
  };
}

/** The datasheet's example: 0x8390 is 28066.7 lx ("Measurement Sequence Example"). */
export const BH1750_SIM: ChipSim = {
  driver: 'bh1750',
  sensor: { address: '0x23' },
  chip: (clock) => bh1750(clock),
  truth: { illuminance: 33_680 / 1.2 },
  traits: [],
};
