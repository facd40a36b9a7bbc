import { Type } from '@sinclair/typebox';
import { u16le } from '../bytes.ts';
import { crc8, SMBUS_PEC } from '../crc.ts';
import { type I2cDevice, i2cChip } from '../i2c-chip.ts';
import { type Absent, absent } from '../reading.ts';
import { SensorFault } from '../sensor-fault.ts';

/** RAM addresses, which are the SMBus commands that read them ("RAM", "Commands"). */
const AMBIENT = 0x06;
const OBJECT_1 = 0x07;
const OBJECT_2 = 0x08;
/** The EEPROM word that holds the chip's own address in its lower byte. */
const OWN_ADDRESS = 0x2e;
/** Set where the reading is no temperature ("RAM": bit 15 is an error flag). */
const ERROR = 0x8000;
/** Valid data after power-up, in ms ("Timing", power-on to valid data: 0.25 s). */
const WAKING = 250;

/** An SMBus "read word" with its Packet Error Code, which covers both address bytes too ("Bus Protocol"). */
async function readWord(device: I2cDevice, command: number): Promise<number> {
  const answer = await device.read(command, 3);
  const [low, high, pec] = answer as unknown as [number, number, number];
  const write = device.address << 1;
  if (crc8([write, command, write | 1, low, high], SMBUS_PEC) !== pec)
    throw new SensorFault('crc', `the Packet Error Code of 0x${command.toString(16)} is wrong`);
  return u16le(answer);
}

/** T = 0.02 K * code ("Calculation of the object temperature"). */
const celsius = (code: number): number | Absent =>
  code & ERROR ? absent('malformed') : Math.round(code * 2 - 27_315) / 100;

/**
 * Melexis MLX90614 and its housings. It measures all the time and keeps its set-up, emissivity among it, in an EEPROM which
 * Perch does not write.
 */
export const MLX90614 = i2cChip({
  bus: 'i2c',
  driver: 'mlx90614',
  title: 'Melexis MLX90614: infrared thermometer, temperature of an object and its own',
  datasheet: 'Melexis 3901090614 (MLX90614 family)',
  addresses: [0x5a, 0x5b, 0x5c, 0x5d, 0x5e, 0x5f],
  wiring:
    'MLX90614B and D: 3.3 V, A: 5 V; at most 100 kHz. It leaves the factory with 0x5a; another address must be programmed into it.',
  options: {
    zones: Type.Optional(
      Type.Union([Type.Literal(1), Type.Literal(2)], {
        description: '2 for a part with two fields of view (MLX90614xBx), else 1, the default',
      }),
    ),
  },
  keys: ['ambient', 'object', 'object2'],
  values: ({ zones = 1 }) => [
    { key: 'ambient', unit: 'Cel', range: [-40, 125], about: 'temperature of the sensor itself' },
    { key: 'object', unit: 'Cel', range: [-70, 380], about: 'temperature of what it sees' },
    ...(zones === 2
      ? [
          {
            key: 'object2',
            unit: 'Cel',
            range: [-70, 380] as const,
            about: 'temperature in its second field of view',
          },
        ]
      : []),
  ],
  // It measures all the time; each reading is of the last measurement.
  measuring: () => 0,
  identify: {
    by: 'register',
    is: async (device) => ((await readWord(device, OWN_ADDRESS)) & 0x7f) === device.address,
  },
  async open(device, { zones = 1 }) {
    const own = (await readWord(device, OWN_ADDRESS)) & 0x7f;
    if (own !== device.address)
      throw new SensorFault('malformed', `another chip: it says that its address is 0x${own.toString(16)}`);
    // Only now, since it may have got its power just before it answered.
    await device.delay(WAKING);

    // Each word has its own Packet Error Code, so that a bad one leaves the others alone.
    const temperature = (command: number): Promise<number | Absent> =>
      readWord(device, command).then(celsius, (error) => {
        if (error instanceof SensorFault && error.reason === 'crc') return absent('crc');
        throw error;
      });
    return {
      async read() {
        const reading: Record<string, number | Absent> = {
          ambient: await temperature(AMBIENT),
          object: await temperature(OBJECT_1),
        };
        if (zones === 2) reading.object2 = await temperature(OBJECT_2);
        return reading;
      },
    };
  },
});
