import { Type } from '@sinclair/typebox';
import { u16be } from '../bytes.ts';
import { CHECKSUMS } from '../checksum.ts';
import type { FrameForm } from '../frame-decoder.ts';
import { brokenFrame, findFrame } from '../framed-device.ts';
import { absent, type Reading } from '../reading.ts';
import { type SerialPort, serialDevice } from '../serial-device.ts';

/** Commands (MH-Z19B manual V1.6, "UART communication protocol"): read CO2, self-calibration on or off, range. */
const READ = 0x86;
const SELF_CALIBRATION = 0x79;
const SET_RANGE = 0x99;
/** The offset of the temperature byte, which older manuals name. */
const TEMPERATURE_OFFSET = 40;
/** Bytes 6 and 7 of the answer hold this from power-up until the first measurement; seen on devices, in no manual. */
const BOOTING = 15_000;

/** Nine bytes; the last makes the sum of all but the first zero (MH-Z19B manual V1.6, "Checksum calculation method"). */
const ANSWER: FrameForm = {
  starts: [[0xff, READ]],
  header: 2,
  longest: 9,
  length: () => 9,
  fault: (frame) => (frame[8] === CHECKSUMS['sum8-negated'].of(frame.subarray(1, 8)) ? undefined : 'crc'),
};

/** A command with its data bytes and checksum. */
export function command(code: number, data: readonly number[] = []): number[] {
  const bytes = [0x01, code, ...data, 0, 0, 0, 0, 0].slice(0, 7);
  return [0xff, ...bytes, CHECKSUMS['sum8-negated'].of(Uint8Array.from(bytes))];
}

const isBooting = (frame: Uint8Array): boolean => u16be(frame, 6) === BOOTING;

/** Right after power-up the number is no measurement but a constant near 400 ppm. */
const readingOf = (frame: Uint8Array): Reading => ({
  co2: isBooting(frame) ? absent('busy') : u16be(frame, 2),
  temperature: frame[4]! - TEMPERATURE_OFFSET,
});

/** Winsen MH-Z19, MH-Z19B and MH-Z19C. */
export const MHZ19 = serialDevice({
  bus: 'serial',
  driver: 'mhz19',
  title: 'Winsen MH-Z19: CO2 and temperature',
  datasheet: 'Winsen MH-Z19B manual V1.6, "UART communication protocol"',
  wiring: '5 V, up to 150 mA. Its Tx to RX and its Rx to TX; both are 3.3 V.',
  line: { baud: 9600 },
  options: {
    range: Type.Optional(
      Type.Union([Type.Literal(2_000), Type.Literal(5_000), Type.Literal(10_000)], {
        description: '2000, 5000 or 10000 ppm; left as it is if not given',
      }),
    ),
    selfCalibration: Type.Optional(
      Type.Boolean({
        description:
          'true: it takes the lowest value of a day for 400 ppm (ABC), for rooms that are aired; false for greenhouses; left as it is if not given',
      }),
    ),
  },
  keys: ['co2', 'temperature'],
  values: ({ range }) => [
    { key: 'co2', unit: '[ppm]', range: [0, range ?? 10_000], about: 'carbon dioxide' },
    { key: 'temperature', unit: 'Cel', range: [-20, 100], about: 'temperature inside the sensor' },
  ],
  measuring: () => 0,
  talk({ range, selfCalibration }) {
    let booting = false;
    const setUp = async (port: SerialPort): Promise<void> => {
      if (selfCalibration !== undefined)
        await port.send(command(SELF_CALIBRATION, [selfCalibration ? 0xa0 : 0]));
      // The manual's table counts the range's bytes from another place; devices take them as bytes 6 and 7.
      if (range !== undefined) await port.send(command(SET_RANGE, [0, 0, 0, range >> 8, range & 0xff]));
    };
    return {
      by: 'request',
      setUp,
      async read(port) {
        const frame = await port.ask(
          command(READ),
          (heard) => findFrame(ANSWER, heard),
          (heard) => brokenFrame(ANSWER, heard),
        );
        // A device that was switched on meanwhile has lost its settings.
        if (isBooting(frame) && !booting) await setUp(port);
        booting = isBooting(frame);
        return readingOf(frame);
      },
    };
  },
});
