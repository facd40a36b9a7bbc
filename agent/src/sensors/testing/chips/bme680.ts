import { type ChipSim, type Clock, registerFile, type SimulatedChip } from '../chip-rig.ts';
import { nak } from '../command-chip.ts';

export type Bme68xRaw = {
  temperature: number;
  pressure: number;
  humidity: number;
  gas: number;
  range: number;
  /** gas_valid_r and heat_stab_r, as bits 5 and 4. */
  flags?: number;
};

/** Calibration of the usual size, as registers from 0x8a, 0xe1 and 0x00. */
function calibrate(registers: Uint8Array): void {
  const all = Buffer.from(registers.buffer);
  all.writeUInt16LE(26041, 0xe9);
  all.writeInt16LE(26469, 0x8a);
  all.writeInt8(3, 0x8c);
  for (const [register, word] of [
    [0x8e, 36673],
    [0x90, -10515],
    [0x94, 7310],
    [0x96, -129],
    [0x9c, -3177],
    [0x9e, -2379],
    [0xeb, -5969],
  ] as const)
    all.writeUInt16LE(word & 0xffff, register);
  for (const [register, byte] of [
    [0x92, 88],
    [0x98, 46],
    [0x99, 30],
    [0xa0, 30],
    // H1 794 is 0x31a, H2 1014 is 0x3f6.
    [0xe1, 0x3f],
    [0xe2, 0x6a],
    [0xe3, 0x31],
    [0xe4, 0],
    [0xe5, 45],
    [0xe6, 20],
    [0xe7, 120],
    [0xe8, -100],
    [0xed, -30],
    [0xee, 18],
    // res_heat_val 50, res_heat_range 1, range_switching_error -1; the other bits are not theirs.
    [0x00, 50],
    [0x02, 0x5b],
    [0x04, 0xf3],
  ] as const)
    registers[register] = byte & 0xff;
}

/** BME680 (variant 0) or BME688 (variant 1). A forced measurement takes 15 % longer than is typical, and its heating time. */
export function bme68xChip(clock: Clock, variant: 0 | 1, raw: Bme68xRaw) {
  const registers = new Uint8Array(256);
  let deafUntil = 0;
  let doneAt = Number.POSITIVE_INFINITY;
  const gasAt = variant === 0 ? 0x2a : 0x2c;
  const reset = (): void => {
    registers.fill(0);
    calibrate(registers);
    registers[0xd0] = 0x61;
    registers[0xf0] = variant;
    registers.set([0x80, 0, 0, 0x80, 0, 0, 0x80, 0], 0x1f);
    doneAt = Number.POSITIVE_INFINITY;
  };
  const times = (code: number): number => (code === 0 ? 0 : 2 ** (Math.min(code, 5) - 1));
  const runsGas = (): boolean =>
    (registers[0x71]! & (variant === 0 ? 0x10 : 0x20)) !== 0 && (registers[0x70]! & 0x08) === 0;
  const file = registerFile(registers, (register, value) => {
    if (register === 0xe0 && value === 0xb6) {
      reset();
      deafUntil = clock.ms + 2;
    }
    if (register !== 0x74 || (value & 3) !== 1) return;
    const samples = times(value >> 5) + times((value >> 2) & 7) + times(registers[0x72]! & 7);
    const wait = registers[0x64]!;
    const heating = runsGas() ? (wait & 0x3f) * 4 ** (wait >> 6) : 0;
    doneAt = clock.ms + 1.15 * (1.963 * samples + 9 * 0.477 + 1) + heating;
    registers[0x1d] = 0x20;
  });
  const finish = (): void => {
    const { temperature: t, pressure: p, humidity: h, gas, range, flags = 0x30 } = chip.raw;
    registers.set([p >> 12, (p >> 4) & 0xff, (p << 4) & 0xf0], 0x1f);
    registers.set([t >> 12, (t >> 4) & 0xff, (t << 4) & 0xf0, h >> 8, h & 0xff], 0x22);
    const word = (gas << 6) | (runsGas() ? flags : 0) | range;
    registers.set([word >> 8, word & 0xff], gasAt);
    registers[0x1d] = 0x80;
    registers[0x74] = registers[0x74]! & 0xfc;
    doneAt = Number.POSITIVE_INFINITY;
  };
  reset();
  const chip: SimulatedChip & { registers: Uint8Array; raw: Bme68xRaw; reset(): void } = {
    registers,
    raw,
    reset,
    write(bytes) {
      if (clock.ms < deafUntil) nak();
      // Bosch's pointer does not move on as it is written.
      file.write(bytes.slice(0, 2));
    },
    read(length) {
      if (clock.ms < deafUntil) nak();
      if (clock.ms >= doneAt && !chip.stuckBusy) finish();
      return file.read(length);
    },
  };
  return chip;
}

export const BME68X_ROOM: Bme68xRaw = {
  temperature: 0x7b2c4,
  pressure: 0x52a13,
  humidity: 0x5d3a,
  gas: 0x2b5,
  range: 7,
};

/** The numbers of chips/bme680.test.ts. */
const sim = (driver: string, variant: 0 | 1, gasResistance: number): ChipSim => ({
  driver,
  sensor: { address: '0x76' },
  chip: (clock) => bme68xChip(clock, variant, BME68X_ROOM),
  truth: {
    temperature: 27.727123560369364,
    humidity: 60.410266528037745,
    pressure: 1014.7266353969046,
    gasResistance,
  },
  traits: ['busy', 'identity'],
});
export const BME680_SIM = sim('bme680', 0, 55428.41389206282);
export const BME688_SIM = sim('bme688', 1, 441474.45570165984);
