import type { ChipSim, Clock, SimulatedChip } from '../chip-rig.ts';
import { commandChip, withCrc, wordCommands } from '../command-chip.ts';

/** A float as two words, high word first. */
const floatWords = (value: number): number[] => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatBE(value);
  return [bytes.readUInt16BE(0), bytes.readUInt16BE(2)];
};
export const SPS30_VALUES = [4.25, 6.5, 7.75, 8.125, 28.5, 33.75, 34.25, 34.375, 34.5, 0.5625];

/** SPS30: a measurement each second once it is started, given once; numbers are too low for the first 30 s. */
export function sps30(clock: Clock, { values = SPS30_VALUES, version = 0x0202, type = '00080000' } = {}) {
  let format = 0;
  let began = 0;
  let taken = 0;
  const measured = (): number => (format ? Math.floor((clock.ms - began) / 1_000) : 0);
  const ready = (): boolean => measured() > taken && !chip.stuckBusy;
  const answer = (): number[] => {
    const stable = clock.ms - began >= 30_000;
    const now = chip.values.map((value) => (stable ? value : value / 4));
    if (format === 0x0300) return withCrc(...now.flatMap(floatWords));
    return withCrc(...now.map((value, at) => Math.round(at === 9 ? value * 1_000 : value)));
  };
  const chip: SimulatedChip & {
    log: string[];
    values: readonly number[];
    status: number;
    answer: () => number[];
    measures: () => boolean;
  } = {
    ...commandChip(
      clock,
      wordCommands({
        16: ([word]) => {
          if (format || (word !== 0x0300 && word !== 0x0500)) return undefined;
          format = word;
          began = clock.ms;
          taken = 0;
          return { ms: 20 };
        },
        260: () => {
          format = 0;
          return { ms: 20 };
        },
        514: () => ({ answer: () => withCrc(ready() ? 1 : 0) }),
        768: () => {
          if (!ready()) return undefined;
          taken = measured();
          return { answer: () => chip.answer() };
        },
        53250: () => ({
          answer: () => withCrc(...[0, 2, 4, 6].map((at) => Buffer.from(type).readUInt16BE(at))),
        }),
        53504: () => ({ answer: () => withCrc(version) }),
        53766: () =>
          version < 0x0202
            ? undefined
            : { ms: 20, answer: () => withCrc(chip.status >>> 16, chip.status & 0xffff) },
        54020: () => {
          format = 0;
          chip.status = 0;
          return { ms: 100 };
        },
      }),
    ),
    values,
    status: 0,
    answer,
    measures: () => format !== 0,
  };
  return chip;
}

const [pm1, pm25, pm4, pm10, n05, n1, n25, n4, n10, typicalSize] = SPS30_VALUES as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];
export const SPS30_SIM: ChipSim = {
  driver: 'sps30',
  sensor: { address: '0x69' },
  chip: (clock) => sps30(clock),
  truth: { pm1, pm25, pm4, pm10, n05, n1, n25, n4, n10, typicalSize },
  traits: ['crc', 'busy', 'identity'],
};
