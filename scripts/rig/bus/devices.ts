import { AskedDevice } from '../../../agent/src/sensors/testing/asked-device.ts';
import type { Line } from '../../../agent/src/sensors/testing/line.ts';
import { ModbusSlave } from '../../../agent/src/sensors/testing/modbus-slave.ts';

/** Ready-made serial devices for the emulated board. */

/** A place as a GPS tells it: degrees, north and east positive, and metres. */
export type Place = { latitude: number; longitude: number; altitude: number; satellites: number };

/** Degrees as NMEA 0183 writes them: degrees and minutes in one number, with as many digits for the degrees. */
function degrees(value: number, digits: number, [positive, negative]: readonly [string, string]): string {
  const minutes = Math.round(Math.abs(value) * 60 * 10_000);
  const whole = Math.floor(minutes / 600_000);
  const rest = ((minutes % 600_000) / 10_000).toFixed(4).padStart(7, '0');
  return `${String(whole).padStart(digits, '0')}${rest},${value < 0 ? negative : positive}`;
}

/** A sentence with its checksum, all bytes between $ and * XORed, and its line end. */
export function nmeaSentence(body: string): string {
  const sum = Buffer.from(body, 'latin1').reduce((all, byte) => all ^ byte, 0);
  return `$${body}*${sum.toString(16).toUpperCase().padStart(2, '0')}\r\n`;
}

/** The GGA sentence of a place at a time of day. */
export function gga({ latitude, longitude, altitude, satellites }: Place, at: Date): string {
  const time = at.toISOString().slice(11, 19).replaceAll(':', '');
  const place = `${degrees(latitude, 2, ['N', 'S'])},${degrees(longitude, 3, ['E', 'W'])}`;
  return nmeaSentence(
    `GPGGA,${time},${place},1,${String(satellites).padStart(2, '0')},0.9,${altitude.toFixed(1)},M,46.9,M,,`,
  );
}

const GPS_PERIOD = 1_000;

/** A GPS that says where it is once a second, in the host's time. */
export class Gps {
  /** Where it says it is. */
  place: Place = { latitude: 48.1173, longitude: 11.5167, altitude: 545.4, satellites: 8 };
  readonly #timer: NodeJS.Timeout;

  constructor(line: Line) {
    this.#timer = setInterval(() => line.say(gga(this.place, new Date())), GPS_PERIOD);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** Unit of the meter, its input register that counts, and its holding registers with the voltage (f32, high word first). */
export const METER = { unit: 1, energy: 10, voltage: 0 } as const;

/**
 * A Modbus energy meter with a load of 3.6 kW: its energy in Wh goes up by one a second of host time, from 0 when it is made,
 * modulo 65536. So each reading tells when it was made.
 */
export function energyMeter(line: Line, now: () => number = () => performance.now()): ModbusSlave {
  const slave = new ModbusSlave(line);
  const began = now();
  // 230.5 is 0x43668000 (IEEE 754 binary32).
  slave.units.set(METER.unit, {
    holding: { [METER.voltage]: 0x4366, [METER.voltage + 1]: 0x8000 },
    input: {
      get [METER.energy]() {
        return Math.floor((now() - began) / 1_000) & 0xffff;
      },
    },
  });
  return slave;
}

const MHZ19_COMMAND = 9;
const MHZ19_READ = 0x86;

/** A nine byte message of Winsen's with its checksum: the bytes behind the first and it sum up to 0 (MH-Z19 manual). */
export function winsenMessage(bytes: readonly number[]): Uint8Array {
  const message = Uint8Array.from({ length: MHZ19_COMMAND }, (_, at) => bytes[at] ?? 0);
  message[8] = -message.subarray(1, 8).reduce((all, byte) => all + byte, 0) & 0xff;
  return message;
}

/** An MH-Z19 that answers each question with what it measures now: ppm, and whole degC. It takes all settings. */
export class Mhz19 {
  co2 = 608;
  temperature = 31;
  readonly device: AskedDevice;

  constructor(line: Line) {
    this.device = new AskedDevice(line, MHZ19_COMMAND, ([, , command]) =>
      command === MHZ19_READ
        ? winsenMessage([0xff, MHZ19_READ, this.co2 >> 8, this.co2 & 0xff, this.temperature + 40])
        : undefined,
    );
  }
}
