import { Type } from '@sinclair/typebox';
import { be16, i16be, u16be } from '../bytes.ts';
import { i2cChip } from '../i2c-chip.ts';
import { absent } from '../reading.ts';
import { longestWait, untilReady } from '../ready.ts';
import { SensorFault } from '../sensor-fault.ts';

/** Registers and bits (SBOS448, "Register Maps"). */
const CONFIGURATION = 0x00;
const SHUNT_VOLTAGE = 0x01;
const BUS_VOLTAGE = 0x02;
const POWER = 0x03;
const CURRENT = 0x04;
const CALIBRATION = 0x05;
const RESET = 0x8000;
/** What a reset leaves in the configuration register; the chip has no id. */
const AFTER_RESET = 0x399f;
const RANGE_32V = 0x2000;
/** Shunt and bus voltage once, then rest. */
const TRIGGERED = 0x0003;
const CONVERSION_READY = 0x0002;
const OVERFLOW = 0x0001;

/** ADC codes for 12 bits and so many samples ("ADC Settings"). */
const ADC: Readonly<Record<number, number>> = { 1: 3, 2: 9, 4: 10, 8: 11, 16: 12, 32: 13, 64: 14, 128: 15 };
const SAMPLES = 16;
/** Longest conversion of one sample, in ms ("Electrical Characteristics", ADC conversion time, 12 bits). */
const CONVERSION = 0.586;
const PATIENCE = { tries: 6, every: 2 };
/** Shunt voltage of each PG[1:0], in V. */
const GAINS = [0.04, 0.08, 0.16, 0.32] as const;
const SHUNT = 0.1;
const MAX_CURRENT = 3.2;
/** What is lost in rounding must not push 3.2 A * 0.1 Ohm over 0.32 V. */
const ROUNDING = 1 + 1e-9;

type Wiring = { shunt?: number; maxCurrent?: number };
/** One for shunt and one for bus voltage. */
const converting = (samples: number): number => Math.ceil(2 * samples * CONVERSION) + 1;

/**
 * Gain, calibration and the current of one bit: calibration = 0.04096 / (bit * shunt), with the smallest bit that reaches
 * maxCurrent (SBOS448, "Programming the Calibration Register"). Bit 0 of the register cannot be set, so the bit is
 * reckoned back from what is written. Of wiring that cannot be measured whole, as much as can.
 */
export function ina219Scale({ shunt = SHUNT, maxCurrent = MAX_CURRENT }: Wiring) {
  const ideal = Math.trunc(0.04096 / ((maxCurrent / 32_768) * shunt) + 1e-6);
  const calibration = Math.min(0xfffe, Math.max(2, ideal)) & 0xfffe;
  const fits = GAINS.findIndex((volts) => maxCurrent * shunt <= volts * ROUNDING);
  const gain = fits < 0 ? GAINS.length - 1 : fits;
  return { gain, calibration, bit: 0.04096 / (calibration * shunt) };
}

/**
 * TI INA219. Each reading is one triggered conversion of shunt and bus. The calibration lives in the chip and is lost with
 * the power; current and power then read 0, so it is read back every time.
 */
export const INA219 = i2cChip({
  bus: 'i2c',
  driver: 'ina219',
  title: 'TI INA219: voltage, current, power',
  datasheet: 'TI SBOS448',
  addresses: [0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e, 0x4f],
  wiring:
    '3 V to 5.5 V; VIN+ to the source, VIN- to the load, 26 V at most. A1 and A0 set the address: both to ground 0x40, A0 to VS 0x41, A1 to VS 0x44, both to VS 0x45.',
  options: {
    shunt: Type.Optional(
      Type.Number({
        minimum: 0.0001,
        maximum: 100,
        description: 'the resistance of the shunt in Ohm, such as 0.1 (R100 on the board; the default)',
      }),
    ),
    maxCurrent: Type.Optional(
      Type.Number({
        minimum: 0.001,
        maximum: 1_000,
        description:
          'the largest current in A that must be measured, 3.2 if not given; over the shunt it may give 0.32 V',
      }),
    ),
    samples: Type.Optional(
      Type.Union(
        Object.keys(ADC).map((samples) => Type.Literal(Number(samples))),
        {
          description:
            'samples that are averaged: 1, 2, 4, 8, 16 (the default), 32, 64 or 128; each takes 1.2 ms',
        },
      ),
    ),
  },
  keys: ['voltage', 'current', 'power'],
  values(wiring) {
    const most = ina219Scale(wiring).bit * 32_767;
    return [
      { key: 'voltage', unit: 'V', range: [0, 26], about: 'voltage of VIN- against ground' },
      { key: 'current', unit: 'A', range: [-most, most], about: 'current through the shunt' },
      { key: 'power', unit: 'W', range: [0, most * 26], about: 'power of the load' },
    ];
  },
  measuring: ({ samples = SAMPLES }) => converting(samples) + longestWait(PATIENCE),
  async open(device, { samples = SAMPLES, ...wiring }) {
    const { gain, calibration, bit } = ina219Scale(wiring);
    await device.write([CONFIGURATION, ...be16(RESET)]);
    await device.delay(1);
    const found = u16be(await device.read(CONFIGURATION, 2));
    if (found !== AFTER_RESET)
      throw new SensorFault('malformed', `another chip: after a reset it says 0x${found.toString(16)}`);
    await device.write([CALIBRATION, ...be16(calibration)]);
    const adc = ADC[samples]!;
    const configuration = RANGE_32V | (gain << 11) | (adc << 7) | (adc << 3) | TRIGGERED;
    /** Codes of the shunt voltage, 10 uV each, at which it is cut off. */
    const limit = 4_000 << gain;
    return {
      async read() {
        // Writing the mode clears the ready bit.
        await device.write([CONFIGURATION, ...be16(configuration)]);
        await device.delay(converting(samples));
        let bus = 0;
        await untilReady(device, PATIENCE, async () => {
          bus = u16be(await device.read(BUS_VOLTAGE, 2));
          return (bus & CONVERSION_READY) !== 0;
        });
        const shunt = i16be(await device.read(SHUNT_VOLTAGE, 2));
        const current = i16be(await device.read(CURRENT, 2));
        const power = u16be(await device.read(POWER, 2));
        const kept = u16be(await device.read(CALIBRATION, 2));
        if (kept !== calibration)
          throw new SensorFault(
            'malformed',
            `its calibration is 0x${kept.toString(16)}: it was without power`,
          );
        const whole = (bus & OVERFLOW) === 0 && Math.abs(shunt) < limit;
        return {
          voltage: (bus >> 3) * 0.004,
          current: whole ? current * bit : absent('range'),
          power: whole ? power * 20 * bit : absent('range'),
        };
      },
    };
  },
});
