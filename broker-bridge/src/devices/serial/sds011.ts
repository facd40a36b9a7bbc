import { Type } from '@sinclair/typebox';
import { u16le } from '../bytes.ts';
import { CHECKSUMS } from '../checksum.ts';
import type { FrameForm } from '../frame-decoder.ts';
import { framedDecoder } from '../framed-device.ts';
import { serialDevice } from '../serial-device.ts';

const HEAD = 0xaa;
const TAIL = 0xab;
/** Commander numbers of a measurement and of a reply to a command (Control Protocol V1.3, "Sensor return"). */
const MEASUREMENT = 0xc0;
const REPLY = 0xc5;
/** Command B4, data byte 1: 8 is the working period; data byte 2: 1 sets it (Control Protocol V1.3, "Set working period"). */
const SET_PERIOD = [0xb4, 8, 1];

/** Ten bytes: head, commander number, six of data, their sum, tail (Control Protocol V1.3, "UART communication protocol"). */
const FRAME: FrameForm = {
  starts: [
    [HEAD, MEASUREMENT],
    [HEAD, REPLY],
  ],
  header: 2,
  longest: 10,
  length: () => 10,
  fault: (frame) =>
    frame[9] !== TAIL
      ? 'malformed'
      : frame[8] !== CHECKSUMS.sum8.of(frame.subarray(2, 8))
        ? 'crc'
        : undefined,
};

/** Data byte 1: 2 is the report mode; 2: 1 sets it; 3: 0 is to speak by itself (Control Protocol V1.3, "Set data reporting mode"). */
const SPEAK = [0xb4, 2, 1, 0] as const;

/** A command to all devices (id FFFF): 19 bytes, the sum over the 15 of data. */
function commandOf([command, ...data]: readonly number[]): number[] {
  const all = [...data, ...Array<number>(13 - data.length).fill(0), 0xff, 0xff];
  return [HEAD, command!, ...all, CHECKSUMS.sum8.of(Uint8Array.from(all)), TAIL];
}

/** One that somebody left in query mode never speaks, so it is told to before its working period is set. */
export const periodCommands = (minutes: number): number[] => [
  ...commandOf(SPEAK),
  ...commandOf([...SET_PERIOD, minutes]),
];

/** Nova Fitness SDS011. It sends a measurement each second, or at the end of each working period. */
export const SDS011 = serialDevice({
  bus: 'serial',
  driver: 'sds011',
  title: 'Nova Fitness SDS011: fine dust PM2.5 and PM10',
  datasheet: 'Nova Fitness SDS011 V1.3; Laser Dust Sensor Control Protocol V1.3',
  wiring: '5 V. Its TXD to RX and, to set the working period, its RXD to TX; both are 3.3 V.',
  line: { baud: 9600 },
  options: {
    workingPeriod: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 30,
        description:
          'minutes from one measurement to the next, 1 to 30, which spares the laser (it works 30 s of them); 0 measures all the time; left as it is if not given',
      }),
    ),
  },
  keys: ['pm25', 'pm10'],
  values: () => [
    { key: 'pm25', unit: 'ug/m3', range: [0, 999.9], about: 'particles up to 2.5 um' },
    { key: 'pm10', unit: 'ug/m3', range: [0, 999.9], about: 'particles up to 10 um' },
  ],
  measuring: () => 0,
  talk: ({ workingPeriod }) => ({
    by: 'itself',
    decoder: () =>
      framedDecoder(FRAME, (frame) =>
        frame[1] === MEASUREMENT ? { pm25: u16le(frame, 2) / 10, pm10: u16le(frame, 4) / 10 } : undefined,
      ),
    ...(workingPeriod === undefined ? {} : { greeting: periodCommands(workingPeriod) }),
    ...(workingPeriod ? { pause: workingPeriod * 60_000 } : {}),
  }),
});
