import { type ChipSim, type Clock, registerFile, type SimulatedChip } from '../chip-rig.ts';
import { nak } from '../command-chip.ts';

export type BmxRaw = { temperature: number; pressure: number; humidity?: number };

/** Calibration of BMP280, section 3.12; that of humidity is of the usual size, with a negative H5. */
const TRIMMING = Buffer.alloc(26);
[27504, 26435, -1000, 36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000].forEach((word, index) => {
  TRIMMING.writeUInt16LE(word & 0xffff, index * 2);
});
TRIMMING[25] = 75;
/** H2 362, H3 0, H4 327 (0x147), H5 -50 (0xfce), H6 30. */
const HUMIDITY_TRIMMING = [0x6a, 0x01, 0x00, 0x14, 0xe7, 0xfc, 0x1e];

/**
 * BME280 (id 0x60) or BMP280 (id 0x58). It loses its set-up by `reset`, and measures in forced mode for as long as the
 * datasheet says at most; till then it shows the data of before.
 */
export function bmxChip(clock: Clock, id: number, raw: BmxRaw) {
  const registers = new Uint8Array(256);
  const humid = id === 0x60;
  let readyAt = 0;
  let copiedAt = 0;
  let doneAt = Number.POSITIVE_INFINITY;
  const show = ({ temperature, pressure, humidity }: BmxRaw): void => {
    registers.set([pressure >> 12, (pressure >> 4) & 0xff, (pressure << 4) & 0xf0], 0xf7);
    registers.set([temperature >> 12, (temperature >> 4) & 0xff, (temperature << 4) & 0xf0], 0xfa);
    if (humid) registers.set([(humidity ?? 0x8000) >> 8, (humidity ?? 0x8000) & 0xff], 0xfd);
  };
  const reset = (): void => {
    registers.fill(0);
    registers[0xd0] = id;
    show({ temperature: 0x80000, pressure: 0x80000 });
    readyAt = clock.ms + 2;
    copiedAt = clock.ms + 3;
    doneAt = Number.POSITIVE_INFINITY;
  };
  const times = (code: number): number => (code === 0 ? 0 : 2 ** (Math.min(code, 5) - 1));
  let humidityCode = 0;
  const wrote = (register: number, value: number): void => {
    if (register === 0xe0 && value === 0xb6) reset();
    if (register !== 0xf4) return;
    if (humid) humidityCode = registers[0xf2]! & 0x07;
    if ((value & 3) !== 1) return;
    doneAt =
      clock.ms +
      1.25 +
      2.3 * times(value >> 5) +
      (2.3 * times((value >> 2) & 7) + 0.575) +
      (humidityCode ? 2.3 * times(humidityCode) + 0.575 : 0);
  };
  const file = registerFile(registers, wrote);
  reset();
  readyAt = 0;
  copiedAt = 0;
  const chip: SimulatedChip & { registers: Uint8Array; reset(): void; raw: BmxRaw } = {
    registers,
    reset,
    raw,
    write(bytes) {
      if (clock.ms < readyAt) nak();
      // Bosch's pointer does not move on as it is written: what follows is a register again.
      file.write(bytes.slice(0, 2));
    },
    read(length) {
      if (clock.ms < readyAt) nak();
      if (clock.ms >= copiedAt) {
        registers.set(TRIMMING, 0x88);
        if (humid) registers.set(HUMIDITY_TRIMMING, 0xe1);
      }
      if (clock.ms >= doneAt && !chip.stuckBusy) {
        const skip = (code: number, value: number) => (code === 0 ? 0x80000 : value);
        const control = registers[0xf4]!;
        show({
          temperature: skip(control >> 5, chip.raw.temperature),
          pressure: skip((control >> 2) & 7, chip.raw.pressure),
          ...(humidityCode && chip.raw.humidity !== undefined ? { humidity: chip.raw.humidity } : {}),
        });
        registers[0xf4] = control & 0xfc;
        doneAt = Number.POSITIVE_INFINITY;
      }
      const measuring = doneAt < Number.POSITIVE_INFINITY || chip.stuckBusy;
      registers[0xf3] = (measuring ? 0x08 : 0) | (clock.ms < copiedAt ? 0x01 : 0);
      return file.read(length);
    },
  };
  return chip;
}

/** BMP280, section 3.12: 25.08 degC and 100653.27 Pa. */
export const BMP280_SIM: ChipSim = {
  driver: 'bmp280',
  sensor: { address: '0x76' },
  chip: (clock) => bmxChip(clock, 0x58, { temperature: 519888, pressure: 415148 }),
  truth: { temperature: 25.08247793081682, pressure: 1006.5326677582515 },
  traits: ['busy', 'identity'],
};

/** The same with a humidity that was worked out from the formula in chips/bme280.test.ts. */
export const BME280_SIM: ChipSim = {
  driver: 'bme280',
  sensor: { address: '0x77', filter: 4 },
  chip: (clock) => bmxChip(clock, 0x60, { temperature: 519888, pressure: 415148, humidity: 30281 }),
  truth: { temperature: 25.08247793081682, pressure: 1006.5326677582515, humidity: 53.33227997737621 },
  traits: ['busy', 'identity'],
};
