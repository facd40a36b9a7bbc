import type { ModbusField } from '@perch/broker-bridge/config/driver-modbus.ts';
import { dataLength } from '@perch/broker-bridge/config/modbus-plan.ts';
import { crc16Modbus } from '@perch/broker-bridge/devices/checksum.ts';
import type { Reason } from '@perch/broker-bridge/protocol/values.ts';
import { SensorFault } from '../fault.ts';

/** What is asked of a unit. */
export type ReadRequest = { unit: number; fn: ModbusField['fn']; address: number; count: number };

/** Exception codes and what they mean for a value (Modbus Application Protocol V1.1b3, section 7). */
const EXCEPTIONS: Readonly<Record<number, readonly [Reason, string]>> = {
  1: ['unsupported', 'illegal function'],
  2: ['missing', 'illegal data address'],
  3: ['malformed', 'illegal data value'],
  4: ['io', 'server device failure'],
  5: ['busy', 'acknowledge'],
  6: ['busy', 'server device busy'],
  8: ['io', 'memory parity error'],
  10: ['timeout', 'gateway path unavailable'],
  11: ['timeout', 'gateway target failed to respond'],
};
/** The code of an address that the device does not have. */
export const ILLEGAL_ADDRESS = 2;

/** The device answered that it cannot. */
export class ModbusException extends SensorFault {
  readonly code: number;
  constructor(code: number) {
    const [reason, what] = EXCEPTIONS[code] ?? ['io', 'an exception of its own'];
    super(reason, `the unit says exception ${code}: ${what}`);
    this.code = code;
  }
}

const withCrc = (bytes: number[]): Uint8Array => {
  const crc = crc16Modbus(Uint8Array.from(bytes));
  return Uint8Array.of(...bytes, crc & 0xff, crc >> 8);
};

/** A read request as it goes over the line (Modbus over Serial Line V1.02, section 2.5.1). */
export const requestFrame = ({ unit, fn, address, count }: ReadRequest): Uint8Array =>
  withCrc([unit, fn, address >> 8, address & 0xff, count >> 8, count & 0xff]);

const crcFits = (frame: Uint8Array): boolean =>
  frame.length >= 4 && crc16Modbus(frame.subarray(0, -2)) === (frame.at(-2)! | (frame.at(-1)! << 8));

/**
 * The frame among these bytes that answers the request, an exception or data, with its CRC; undefined if there is none yet.
 * Noise before it and answers of others are passed over: on an unexpected reply the master goes on waiting (section 2.4.1).
 * Only frames that the last `fresh` bytes completed are looked at, so that noise costs one CRC for each frame that may be.
 */
export function answerFrame(
  heard: Uint8Array,
  request: ReadRequest,
  fresh = heard.length,
): Uint8Array | undefined {
  const length = dataLength(request);
  const seen = heard.length - fresh;
  for (let at = Math.max(0, seen - length - 4); at + 5 <= heard.length; at++) {
    if (heard[at] !== request.unit) continue;
    const isData = heard[at + 1] === request.fn && heard[at + 2] === length;
    const isException = heard[at + 1] === (request.fn | 0x80);
    if (!isData && !isException) continue;
    const end = at + (isData ? 5 + length : 5);
    if (end <= seen || end > heard.length) continue;
    const frame = heard.subarray(at, end);
    if (crcFits(frame)) return Uint8Array.from(frame);
  }
  return undefined;
}

/** The data of an answer. Throws the ModbusException that it is. */
export function answerData(frame: Uint8Array): Uint8Array {
  if (frame[1]! & 0x80) throw new ModbusException(frame[2]!);
  return frame.subarray(3, -2);
}

/** Why bytes that came are no answer: `crc` if they have the form of one, `timeout` if they are our own, else `malformed`. */
export function answerFault(heard: Uint8Array, request: ReadRequest): SensorFault {
  if (Buffer.compare(heard, requestFrame(request)) === 0)
    return new SensorFault('timeout', 'nothing came but the echo of the request');
  const [unit, fn = 0, count] = heard;
  const ours = unit === request.unit && (fn & 0x7f) === request.fn;
  const length = fn & 0x80 ? 5 : 5 + dataLength(request);
  if (ours && (fn & 0x80 || count === dataLength(request)) && heard.length >= length)
    return new SensorFault('crc', `the CRC of unit ${request.unit}'s answer does not match`);
  const why = crcFits(heard)
    ? 'another unit or function answered, or with another length'
    : heard.length < length && ours
      ? 'the answer was cut short'
      : 'what came is no answer; check baud and parity';
  return new SensorFault('malformed', `unit ${request.unit}: ${why}`);
}
