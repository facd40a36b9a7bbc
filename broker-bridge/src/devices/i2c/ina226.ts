import { Type } from '@sinclair/typebox';
import { be16, i16be, u16be } from '../bytes.ts';
import { type I2cDevice, i2cChip } from '../i2c-chip.ts';
import { absent } from '../reading.ts';
import { longestWait, untilReady } from '../ready.ts';
import { SensorFault } from '../sensor-fault.ts';

/** Registers and bits (SBOS547, "Register Maps"). */
const CONFIGURATION = 0x00;
const SHUNT_VOLTAGE = 0x01;
const BUS_VOLTAGE = 0x02;
const POWER = 0x03;
const CURRENT = 0x04;
const CALIBRATION = 0x05;
const MASK_ENABLE = 0x06;
const MANUFACTURER = 0xfe;
const DIE = 0xff;
const TI = 0x5449;
/** Bits 15 to 4 of the die id; the rest is the revision. */
const INA226_DIE = 0x226;
const RESET = 0x8000;
/** Bits 14 to 12, as they are after a reset. */
const FIXED = 0x4000;
/** 1.1 ms for bus and shunt: VBUSCT and VSHCT 100. */
const TIMES = 0x0120;
/** Shunt and bus voltage once, then rest. */
const TRIGGERED = 0x0003;
const CONVERSION_READY = 0x0008;
const OVERFLOW = 0x0004;

/** AVG[2:0] for so many samples. */
const AVERAGING: Readonly<Record<number, number>> = {
  1: 0,
  4: 1,
  16: 2,
  64: 3,
  128: 4,
  256: 5,
  512: 6,
  1024: 7,
};
const SAMPLES = 16;
/** Longest conversion of one sample, in ms ("Electrical Characteristics", CT bits 100). */
const CONVERSION = 1.21;
const PATIENCE = { tries: 6, every: 2 };
const SHUNT = 0.1;
const MAX_CURRENT = 0.8;

type Wiring = { shunt?: number; maxCurrent?: number };
/** One for shunt and one for bus voltage. */
const converting = (samples: number): number => Math.ceil(2 * samples * CONVERSION) + 1;

/**
 * Calibration and the current of one bit: calibration = 0.00512 / (bit * shunt), with the smallest bit that reaches
 * maxCurrent (SBOS547, "Programming the Calibration Register"); the bit is reckoned back from what is written. The
 * register has 15 bits. Of wiring that cannot be measured whole, as much as can.
 */
export function ina226Scale({ shunt = SHUNT, maxCurrent = MAX_CURRENT }: Wiring) {
  const ideal = Math.trunc(0.00512 / ((maxCurrent / 32_768) * shunt) + 1e-6);
  const calibration = Math.min(0x7fff, Math.max(1, ideal));
  return { calibration, bit: 0.00512 / (calibration * shunt) };
}

const isIna226 = async (device: I2cDevice): Promise<boolean> =>
  u16be(await device.read(MANUFACTURER, 2)) === TI && u16be(await device.read(DIE, 2)) >> 4 === INA226_DIE;

/**
 * TI INA226. Each reading is one triggered conversion of shunt and bus. The calibration lives in the chip and is lost with
 * the power; current and power then read 0, so it is read back every time.
 */
export const INA226 = i2cChip({
  bus: 'i2c',
  driver: 'ina226',
  title: 'TI INA226: voltage, current, power',
  datasheet: 'TI SBOS547',
  addresses: [0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e, 0x4f],
  wiring:
    '2.7 V to 5.5 V; IN+ to the source, IN- and VBUS to the load, 36 V at most. A1 and A0 set the address: both to ground 0x40, A0 to VS 0x41, A1 to VS 0x44, both to VS 0x45.',
  options: {
    shunt: Type.Optional(
      Type.Number({
        minimum: 0.0001,
        maximum: 100,
        description:
          'the resistance of the shunt in Ohm, such as 0.002 (R002 on the board); 0.1 if not given',
      }),
    ),
    maxCurrent: Type.Optional(
      Type.Number({
        minimum: 0.001,
        maximum: 1_000,
        description:
          'the largest current in A that must be measured, 0.8 if not given; over the shunt it may give 0.0819 V',
      }),
    ),
    samples: Type.Optional(
      Type.Union(
        Object.keys(AVERAGING).map((samples) => Type.Literal(Number(samples))),
        {
          description:
            'samples that are averaged: 1, 4, 16 (the default), 64, 128, 256, 512 or 1024; each takes 2.4 ms',
        },
      ),
    ),
  },
  keys: ['voltage', 'current', 'power'],
  values(wiring) {
    const most = ina226Scale(wiring).bit * 32_767;
    return [
      { key: 'voltage', unit: 'V', range: [0, 36], about: 'voltage of VBUS against ground' },
      { key: 'current', unit: 'A', range: [-most, most], about: 'current through the shunt' },
      { key: 'power', unit: 'W', range: [0, most * 36], about: 'power of the load' },
    ];
  },
  measuring: ({ samples = SAMPLES }) => converting(samples) + longestWait(PATIENCE),
  identify: { by: 'register', is: isIna226 },
  async open(device, { samples = SAMPLES, ...wiring }) {
    if (!(await isIna226(device)))
      throw new SensorFault('malformed', 'another chip: its maker and die ids are not those of an INA226');
    const { calibration, bit } = ina226Scale(wiring);
    await device.write([CONFIGURATION, ...be16(RESET)]);
    await device.delay(1);
    await device.write([CALIBRATION, ...be16(calibration)]);
    const configuration = FIXED | (AVERAGING[samples]! << 9) | TIMES | TRIGGERED;
    return {
      async read() {
        // Writing the mode clears the ready bit, and so does reading it.
        await device.write([CONFIGURATION, ...be16(configuration)]);
        await device.delay(converting(samples));
        let flags = 0;
        await untilReady(device, PATIENCE, async () => {
          flags = u16be(await device.read(MASK_ENABLE, 2));
          return (flags & CONVERSION_READY) !== 0;
        });
        const bus = u16be(await device.read(BUS_VOLTAGE, 2));
        const shunt = i16be(await device.read(SHUNT_VOLTAGE, 2));
        const current = i16be(await device.read(CURRENT, 2));
        const power = u16be(await device.read(POWER, 2));
        const kept = u16be(await device.read(CALIBRATION, 2));
        if (kept !== calibration)
          throw new SensorFault(
            'malformed',
            `its calibration is 0x${kept.toString(16)}: it was without power`,
          );
        // The shunt voltage is cut off at both ends, 81.92 mV.
        const whole = (flags & OVERFLOW) === 0 && shunt !== 0x7fff && shunt !== -0x8000;
        return {
          voltage: bus * 0.00125,
          current: whole ? current * bit : absent('range'),
          power: whole ? power * 25 * bit : absent('range'),
        };
      },
    };
  },
});
