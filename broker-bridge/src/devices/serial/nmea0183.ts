import { absent, type Reading, type ValueSpec } from '../reading.ts';
import { type DeviceDecoder, type DeviceMessage, serialDevice } from '../serial-device.ts';
import { TelegramSplitter } from '../telegram-splitter.ts';

/** NMEA 0183 allows 82 characters; receivers with many decimals write more. */
const SENTENCE_LIMIT = 160;
const KNOT = 1.852;

const NUMBER = /^-?[0-9]+(\.[0-9]*)?$/;
/** A field's number; absent as `missing` if the field is empty, as `malformed` if it is no number. */
const number = (text: string | undefined, scale = 1) =>
  !text
    ? absent('missing')
    : NUMBER.test(text)
      ? Number((Number(text) * scale).toPrecision(12))
      : absent('malformed');

/** Degrees of "ddmm.mmmm" and a hemisphere; the last two digits before the point are minutes. */
function degrees(text: string | undefined, hemisphere: string | undefined) {
  if (!text || !hemisphere) return absent('missing');
  const found = /^([0-9]{1,3})([0-9]{2}(?:\.[0-9]*)?)$/.exec(text);
  if (!found || !/^[NSEW]$/.test(hemisphere) || Number(found[2]) >= 60) return absent('malformed');
  const value = Number((Number(found[1]) + Number(found[2]) / 60).toFixed(9));
  return hemisphere === 'S' || hemisphere === 'W' ? -value : value;
}

const position = (fields: readonly string[], at: number): Reading => ({
  latitude: degrees(fields[at], fields[at + 1]),
  longitude: degrees(fields[at + 2], fields[at + 3]),
});

/** A receiver without a fix repeats its last position or says zeros: neither is a value. */
const busy = (keys: readonly string[]): Reading =>
  Object.fromEntries(keys.map((key) => [key, absent('busy')]));

/** Qualities of a position that somebody typed in or a simulator made up. */
const INVENTED = [7, 8];

/** What each sentence says, by its fields after the address (NMEA 0183, as receivers' protocol manuals print it). */
const SENTENCES: Readonly<Record<string, (fields: readonly string[]) => Reading>> = {
  // time, latitude, N, longitude, E, quality, satellites, HDOP, altitude, M, geoid, M
  GGA: (fields) => {
    const quality = number(fields[5]);
    return {
      ...(typeof quality === 'number' && quality > 0 && !INVENTED.includes(quality)
        ? { ...position(fields, 1), altitude: number(fields[8]), hdop: number(fields[7]) }
        : busy(['latitude', 'longitude', 'altitude', 'hdop'])),
      quality,
      satellites: number(fields[6]),
    };
  },
  // time, A or V, latitude, N, longitude, E, knots, course, date
  RMC: (fields) =>
    fields[1] === 'A'
      ? { ...position(fields, 2), speed: number(fields[6], KNOT), course: number(fields[7]) }
      : busy(['latitude', 'longitude', 'speed', 'course']),
  // latitude, N, longitude, E, time, A or V
  GLL: (fields) => (fields[5] === 'A' ? position(fields, 0) : busy(['latitude', 'longitude'])),
  // course, T, course, M, knots, N, km/h, K, mode; mode N is "no fix"
  VTG: (fields) =>
    fields[8] === 'N'
      ? busy(['speed', 'course'])
      : { course: number(fields[0]), speed: number(fields[6] || fields[4], fields[6] ? 1 : KNOT) },
};

/** One sentence from "$" to before the line's end. A sentence of another kind says nothing. */
export function readSentence(line: string): DeviceMessage {
  const found = /^\$([^*]+)\*([0-9A-Fa-f]{2})$/.exec(line);
  const body = found?.[1];
  if (body === undefined) return { reason: 'malformed' };
  let sum = 0;
  for (const letter of body) sum ^= letter.charCodeAt(0);
  if (sum !== Number.parseInt(found![2]!, 16)) return { reason: 'crc' };
  const [address = '', ...fields] = body.split(',');
  const kind = address.slice(2);
  // Proprietary sentences begin with P and have no talker.
  const known = address.length === 5 && !address.startsWith('P') && Object.hasOwn(SENTENCES, kind);
  return { reading: known ? SENTENCES[kind]!(fields) : {} };
}

function decoder(): DeviceDecoder {
  const splitter = new TelegramSplitter({
    start: '$',
    isEnd: () => true,
    limit: SENTENCE_LIMIT,
    // A sentence that was cut off is followed by the next one's start.
    restarts: true,
  });
  return {
    *push(chunk) {
      for (const found of splitter.push(chunk))
        yield 'text' in found ? readSentence(found.text.trimEnd()) : found;
    },
    reset: () => splitter.reset(),
  };
}

const VALUES: ValueSpec[] = [
  { key: 'latitude', unit: 'deg', range: [-90, 90], about: 'latitude, north is positive' },
  { key: 'longitude', unit: 'deg', range: [-180, 180], about: 'longitude, east is positive' },
  { key: 'altitude', unit: 'm', range: [-1_000, 100_000], about: 'height above mean sea level' },
  { key: 'speed', unit: 'km/h', range: [0, 4_000], about: 'speed over ground' },
  { key: 'course', unit: 'deg', range: [0, 360], about: 'course over ground against true north' },
  { key: 'satellites', unit: '1', range: [0, 99], about: 'satellites in use' },
  { key: 'hdop', unit: '1', range: [0, 100], about: 'horizontal dilution of precision' },
  {
    key: 'quality',
    unit: '1',
    range: [0, 9],
    about: '0 no fix, 1 GPS, 2 differential, 4 and 5 RTK, 6 dead reckoning, 7 typed in, 8 simulated',
  },
];

/** A GNSS receiver with any talker id (GP, GN, GL, GA, GB ...). */
export const NMEA0183 = serialDevice({
  bus: 'serial',
  driver: 'nmea',
  title: 'GNSS receiver with NMEA 0183: position, altitude, speed and course from GGA, RMC, GLL and VTG',
  datasheet: 'NMEA 0183 V4.10, as in u-blox 8 Receiver Description (UBX-13003221), section 31.2',
  wiring: "The receiver's TX to RX; mind its level, 3.3 V for modules and RS-232 or RS-422 for marine ones.",
  line: { baud: 9600 },
  options: {},
  keys: VALUES.map(({ key }) => key),
  values: () => VALUES,
  measuring: () => 0,
  talk: () => ({ by: 'itself', decoder }),
});
