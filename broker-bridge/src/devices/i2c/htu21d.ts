import { u16be } from '../bytes.ts';
import { crc8 } from '../crc.ts';
import { type I2cDevice, i2cChip, type OpenChip } from '../i2c-chip.ts';
import type { ValueSpec } from '../reading.ts';
import { SensorFault } from '../sensor-fault.ts';

/** Commands, those of measuring without holding the clock (HTU21D, "Communication protocol"; Si7021, "I2C Command Table"). */
const TEMPERATURE = 0xf3;
const HUMIDITY = 0xf5;
const WRITE_USER = 0xe6;
const READ_USER = 0xe7;
const RESET = 0xfe;
/** Second part of the Si7021's electronic serial number, and the device that its first byte stands for ("Electronic Serial Number"). */
const SERIAL_2 = [0xfc, 0xc9];
const SI7021_ID = 0x15;
/** A reset takes 15 ms at most with any of these parts. */
const RESET_MS = 15;
/** User register: bits 7 and 0 set the resolution (both 0: 12 bits RH, 14 bits T), bit 2 is the heater. */
const RESOLUTION_AND_HEATER = 0x85;

/** x^8 + x^5 + x^4 + 1 from 0: 0xDC has 0x79, 0x683A has 0x7C, 0x4E85 has 0x6B (HTU21D, "CRC Checksum"). */
const CRC = { poly: 0x31, init: 0 };

const VALUES: readonly ValueSpec[] = [
  { key: 'temperature', unit: 'Cel', range: [-40, 125], about: 'temperature' },
  { key: 'humidity', unit: '%', range: [0, 100], about: 'relative humidity' },
];

/** Longest times in ms at 14 bits of temperature and 12 of humidity, and of a reset before each reading. */
type Times = { reset: number; temperature: number; humidity: number };
/**
 * Those of SHT20, SHT21 and SHT25 (SHT20 datasheet, "Measurement times"); a HTU21D needs 50 and 16. SHT2x that measure without
 * holding the clock may very rarely load their calibration wrong, and keep an offset until the next reset (SHT20, "I2C
 * Communication Recommendation").
 */
const HTU21D_TIMES: Times = { reset: RESET_MS, temperature: 85, humidity: 29 };
/** A Si7021 measures the temperature along with the humidity: 10.8 + 12 ms. */
const SI7021_TIMES: Times = { reset: 0, temperature: 11, humidity: 23 };
const reading = ({ reset, temperature, humidity }: Times): number => reset + temperature + humidity;

function checked(answer: Uint8Array): number {
  if (crc8(answer.subarray(0, 2), CRC) !== answer[2])
    throw new SensorFault('crc', 'the checksum of the value is wrong');
  // The two lowest bits are status, and count as 0 in the formulae.
  return u16be(answer) & 0xfffc;
}

async function measure(device: I2cDevice, command: number, ms: number): Promise<number> {
  await device.write([command]);
  await device.delay(ms);
  return checked(await device.receive(3));
}

async function reset(device: I2cDevice): Promise<void> {
  await device.write([RESET]);
  await device.delay(RESET_MS);
}

async function open(device: I2cDevice, times: Times): Promise<OpenChip> {
  await reset(device);
  // The reserved bits must stay as they are ("User register"); a reset leaves the heater on.
  const [user] = await device.read(READ_USER, 1);
  await device.write([WRITE_USER, user! & ~RESOLUTION_AND_HEATER & 0xff]);
  return {
    async read() {
      // It brings the finest resolution back, and leaves the heater as it is: off.
      if (times.reset > 0) await reset(device);
      const temperature = await measure(device, TEMPERATURE, times.temperature);
      const humidity = await measure(device, HUMIDITY, times.humidity);
      return {
        temperature: -46.85 + (175.72 * temperature) / 65536,
        humidity: Math.min(100, Math.max(0, -6 + (125 * humidity) / 65536)),
      };
    },
  };
}

/** The device code of a Si70xx; throws `crc` if it answers with something else. Its first checksum covers two bytes. */
async function deviceCode(device: I2cDevice): Promise<number> {
  await device.write(SERIAL_2);
  const answer = await device.receive(6);
  if (crc8(answer.subarray(0, 2), CRC) !== answer[2])
    throw new SensorFault('crc', 'the checksum of the serial number is wrong');
  return answer[0]!;
}

/**
 * HTU21D, SHT21 and their like. T = -46.85 + 175.72 * raw / 2^16 degC, RH = -6 + 125 * raw / 2^16 %, which may come out a
 * little beyond 0 and 100 and is cropped ("Conversion of signal outputs"). After a loss of power it has the resolution that
 * is set here.
 */
export const HTU21D = i2cChip({
  bus: 'i2c',
  driver: 'htu21d',
  title: 'TE HTU21D, Sensirion SHT20, SHT21, SHT25: temperature, humidity',
  datasheet: 'TE Connectivity HPC199 (HTU21D(F))',
  addresses: [0x40],
  wiring: 'HTU21D 1.5 to 3.6 V, SHT2x 2.1 to 3.6 V. The address is always 0x40.',
  options: {},
  keys: ['temperature', 'humidity'],
  values: () => VALUES,
  measuring: () => reading(HTU21D_TIMES),
  open: (device) => open(device, HTU21D_TIMES),
});

/** Silicon Labs Si7021: the same commands and formulae, and it says what it is. */
export const SI7021 = i2cChip({
  bus: 'i2c',
  driver: 'si7021',
  title: 'Silicon Labs Si7021: temperature, humidity',
  datasheet: 'Silicon Labs Si7021-A20',
  addresses: [0x40],
  wiring: '1.9 to 3.6 V. The address is always 0x40.',
  options: {},
  keys: ['temperature', 'humidity'],
  values: () => VALUES,
  measuring: () => reading(SI7021_TIMES),
  identify: { by: 'command', is: async (device) => (await deviceCode(device)) === SI7021_ID },
  async open(device) {
    const code = await deviceCode(device);
    if (code !== SI7021_ID)
      throw new SensorFault('malformed', `its serial number says 0x${code.toString(16)}, a Si7021 says 0x15`);
    return open(device, SI7021_TIMES);
  },
});
