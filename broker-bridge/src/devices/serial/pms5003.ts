import { Type } from '@sinclair/typebox';
import { u16be } from '../bytes.ts';
import { CHECKSUMS } from '../checksum.ts';
import type { FrameForm } from '../frame-decoder.ts';
import { brokenFrame, findFrame, framedDecoder } from '../framed-device.ts';
import type { Reading, ValueSpec } from '../reading.ts';
import { serialDevice } from '../serial-device.ts';

const START = [0x42, 0x4d] as const;
/** Bytes after the length word: 13 data words and the sum; 9 for PMS3003 (its manual, appendix I). */
const DATA = 28;
const DATA_3003 = 20;
/** The reply to a change of mode: the command, the mode, and the sum. */
const REPLY = 4;

/** Appendix I of the PMS5003 manual V2.3: start, length, data words, and the sum of all bytes before it. */
const FRAME: FrameForm = {
  starts: [START],
  header: 4,
  longest: 4 + DATA,
  length(header) {
    const length = u16be(header, 2);
    return length === DATA || length === DATA_3003 || length === REPLY ? 4 + length : undefined;
  },
  fault: (frame) =>
    u16be(frame, frame.length - 2) === CHECKSUMS.sum16.of(frame.subarray(0, -2)) ? undefined : 'crc',
};

/** Appendix II: start, command, two bytes of data, and the sum of all bytes before it. */
export function command(code: number, data: number): number[] {
  const bytes = [...START, code, data >> 8, data & 0xff];
  const sum = CHECKSUMS.sum16.of(Uint8Array.from(bytes));
  return [...bytes, sum >> 8, sum & 0xff];
}
const CHANGE_MODE = 0xe1;
const READ_PASSIVE = 0xe2;
const PASSIVE = 0;
const ACTIVE = 1;

const MASSES = ['pm1', 'pm25', 'pm10'] as const;
const SIZES = [
  ['particles03', '0.3'],
  ['particles05', '0.5'],
  ['particles10', '1.0'],
  ['particles25', '2.5'],
  ['particles50', '5.0'],
  ['particles100', '10'],
] as const;

const label = (key: string): string => ({ pm1: '1', pm25: '2.5', pm10: '10' })[key] ?? '';
// The manual's range is 0 to 500 ug/m3 with a maximum "of at least 1000"; thick smoke reads more.
const VALUES: ValueSpec[] = [
  ...MASSES.map(
    (key): ValueSpec => ({
      key,
      unit: 'ug/m3',
      range: [0, 5_000],
      about: `particles up to ${label(key)} um, in the atmosphere`,
    }),
  ),
  ...MASSES.map(
    (key): ValueSpec => ({
      key: `${key}Cf1`,
      unit: 'ug/m3',
      range: [0, 5_000],
      about: `particles up to ${label(key)} um, factory calibration (CF=1)`,
    }),
  ),
  ...SIZES.map(
    ([key, size]): ValueSpec => ({
      key,
      unit: '/dL',
      range: [0, 65_535],
      about: `particles over ${size} um in 0.1 l`,
    }),
  ),
];

const isMeasurement = (frame: Uint8Array): boolean => frame.length > 4 + REPLY;

/** Data 1 to 3 are CF=1, 4 to 6 atmospheric, 7 to 12 the counts; PMS3003 has no counts. */
function readingOf(frame: Uint8Array): Reading {
  const reading: Reading = {};
  for (const [index, key] of MASSES.entries()) {
    reading[`${key}Cf1`] = u16be(frame, 4 + index * 2);
    reading[key] = u16be(frame, 10 + index * 2);
  }
  if (frame.length === 4 + DATA)
    for (const [index, [key]] of SIZES.entries()) reading[key] = u16be(frame, 16 + index * 2);
  return reading;
}

/** Plantower PMS5003 and those with its frame: PMS7003, PMSA003, and PMS3003 with a shorter one. */
export const PMS5003 = serialDevice({
  bus: 'serial',
  driver: 'pms5003',
  title: 'Plantower PMS5003, PMS7003, PMSA003, PMS3003: fine dust PM1, PM2.5, PM10 and particle counts',
  datasheet: 'Plantower PMS5003 series data manual V2.3, appendices I and II',
  wiring: '5 V for the fan. Its TX to RX and, for "passive", its RX to TX; both are 3.3 V.',
  line: { baud: 9600 },
  options: {
    passive: Type.Optional(
      Type.Boolean({ description: 'true to ask for each reading instead of hearing all that it says' }),
    ),
  },
  keys: VALUES.map(({ key }) => key),
  values: () => VALUES,
  measuring: () => 0,
  talk: ({ passive }) =>
    passive
      ? {
          by: 'request',
          setUp: (port) => port.send(command(CHANGE_MODE, PASSIVE)),
          // One that was switched on anew speaks by itself again; then the next frame is as good.
          read: async (port) =>
            readingOf(
              await port.ask(
                command(READ_PASSIVE, 0),
                (heard) => findFrame(FRAME, heard, isMeasurement),
                (heard) => brokenFrame(FRAME, heard),
              ),
            ),
        }
      : {
          by: 'itself',
          decoder: () =>
            framedDecoder(FRAME, (frame) => (isMeasurement(frame) ? readingOf(frame) : undefined)),
          ...(passive === false ? { greeting: command(CHANGE_MODE, ACTIVE) } : {}),
        },
});
