import {
  FRAME,
  FRAME_LIMIT,
  type FrameField,
  type FrameSensor,
} from '@perch/broker-bridge/config/driver-frame.ts';
import { NUMBER_SIZES } from '@perch/broker-bridge/config/number-types.ts';
import { CHECKSUMS } from '@perch/broker-bridge/devices/checksum.ts';
import { FrameDecoder, type FrameForm } from '@perch/broker-bridge/devices/frame-decoder.ts';
import { addNumber } from '../../values/number-field.ts';
import { type Sample, SampleBuilder } from '../../values/sample.ts';
import type { OpenSensor } from '../driver.ts';
import { type MessageParser, openStream } from './stream-source.ts';

const bytesOf = (hex: string): number[] => [...Buffer.from(hex, 'hex')];
const place = (at: number, length: number): number => (at < 0 ? length + at : at);

/** The bytes of a number, high byte first; undefined where they do not lie in the frame. */
function part(frame: Uint8Array, at: number, size: number, order: 'big' | 'little' = 'big') {
  const first = place(at, frame.length);
  if (first < 0 || first + size > frame.length) return undefined;
  const bytes = Uint8Array.from(frame.subarray(first, first + size));
  return order === 'little' ? bytes.reverse() : bytes;
}

/** True if the frame's checksum is what its bytes give. */
function checks(
  frame: Uint8Array,
  { type, at, from = 0, to = at, order }: NonNullable<FrameSensor['check']>,
) {
  const sum = CHECKSUMS[type];
  const said = part(frame, at, sum.size, order ?? sum.order);
  const [first, end] = [place(from, frame.length), place(to, frame.length)];
  if (!said || first < 0 || end > frame.length || first >= end) return false;
  return said.reduce((all, byte) => all * 256 + byte, 0) === sum.of(frame.subarray(first, end));
}

/** How the frames of a sensor look. */
export function frameForm(sensor: FrameSensor): FrameForm {
  const { length, check } = sensor;
  const start = bytesOf(sensor.start);
  const end = bytesOf(sensor.end ?? '');
  const shortest = start.length + end.length;
  const isEnd = (frame: Uint8Array): boolean =>
    end.every((byte, index) => frame[frame.length - end.length + index] === byte);
  return {
    starts: [start],
    header:
      typeof length === 'number'
        ? start.length
        : Math.max(start.length, length.at + NUMBER_SIZES[length.type]),
    longest: typeof length === 'number' ? length : FRAME_LIMIT,
    length(header) {
      if (typeof length === 'number') return length;
      // In noise this runs for each byte, so that it takes no memory.
      const [one = 0, two = 0] = [header[length.at], header[length.at + 1]];
      const number =
        length.type === 'u8' ? one : length.order === 'little' ? two * 256 + one : one * 256 + two;
      const bytes = number + (length.add ?? 0);
      return bytes >= shortest ? bytes : undefined;
    },
    fault: (frame) => (!isEnd(frame) ? 'malformed' : check && !checks(frame, check) ? 'crc' : undefined),
  };
}

/** What a good frame says. A field that does not lie in it is `missing`. */
export function frameSample(frame: Uint8Array, fields: readonly FrameField[]): Sample {
  const builder = new SampleBuilder();
  for (const field of fields) {
    const bytes = part(frame, field.at, NUMBER_SIZES[field.type], field.order);
    if (bytes) addNumber(builder, bytes, field);
    else builder.fail(field.key, 'missing');
  }
  return builder.sample;
}

/** Binary frames as messages. */
export function frameParser(sensor: FrameSensor): MessageParser {
  const decoder = new FrameDecoder(frameForm(sensor));
  const counters = { frames: 0, crc: 0, malformed: 0 };
  return {
    *push(chunk, now) {
      for (const found of decoder.push(chunk, now)) {
        if ('frame' in found) {
          counters.frames += 1;
          yield { sample: frameSample(found.frame, sensor.fields) };
        } else {
          counters[found.reason] += 1;
          yield found;
        }
      }
    },
    reopened: () => decoder.reset(),
    counters: () => ({ ...counters }),
  };
}

/** Binary frames from a serial port. */
export const openFrame: OpenSensor<FrameSensor> = async (sensor, context) =>
  openStream(
    FRAME.items(sensor).map(({ key }) => key),
    frameParser(sensor),
    context.serial(),
    context,
  );
