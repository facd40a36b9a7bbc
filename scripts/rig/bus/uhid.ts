/** Events of the kernel's /dev/uhid, as linux/uhid.h lays them out: packed structures in the machine's byte order, little endian. */

/** Size of struct uhid_event. */
export const EVENT_SIZE = 4380;
/** UHID_DATA_MAX: the longest report. */
export const DATA_LIMIT = 4096;
/** HID_MAX_DESCRIPTOR_SIZE. */
export const DESCRIPTOR_LIMIT = 4096;

const DESTROY = 1;
const START = 2;
const STOP = 3;
const OPEN = 4;
const CLOSE = 5;
const OUTPUT = 6;
const GET_REPORT = 9;
const GET_REPORT_REPLY = 10;
const CREATE2 = 11;
const INPUT2 = 12;
const SET_REPORT = 13;
const SET_REPORT_REPLY = 14;

const SIMPLE: Readonly<Record<number, 'start' | 'stop' | 'open' | 'close'>> = {
  [START]: 'start',
  [STOP]: 'stop',
  [OPEN]: 'open',
  [CLOSE]: 'close',
};

/** enum uhid_report_type. */
const KINDS = ['feature', 'output', 'input'] as const;
export type ReportKind = (typeof KINDS)[number];

/** What the kernel says. A report begins with its number. */
export type KernelEvent =
  | { type: 'start' | 'stop' | 'open' | 'close' }
  | { type: 'output'; report: Uint8Array }
  | { type: 'getReport'; id: number; number: number; kind: ReportKind }
  | { type: 'setReport'; id: number; number: number; kind: ReportKind; report: Uint8Array };

/** Reads an event of the kernel; what is missing at its end is zeros. Undefined for what is none, or not for a device. */
export function decodeEvent(bytes: Uint8Array): KernelEvent | undefined {
  if (bytes.length < 4 || bytes.length > EVENT_SIZE) return undefined;
  const event = Buffer.alloc(EVENT_SIZE);
  event.set(bytes);
  const type = event.readUInt32LE(0);
  const simple = SIMPLE[type];
  if (simple) return { type: simple };
  if (type === OUTPUT) {
    const size = event.readUInt16LE(4 + DATA_LIMIT);
    return size <= DATA_LIMIT ? { type: 'output', report: event.subarray(4, 4 + size) } : undefined;
  }
  if (type !== GET_REPORT && type !== SET_REPORT) return undefined;
  const kind = KINDS[event[9]!];
  if (kind === undefined) return undefined;
  const asked = { id: event.readUInt32LE(4), number: event[8]!, kind };
  if (type === GET_REPORT) return { type: 'getReport', ...asked };
  const size = event.readUInt16LE(10);
  return size <= DATA_LIMIT
    ? { type: 'setReport', ...asked, report: event.subarray(12, 12 + size) }
    : undefined;
}

export type HidDevice = {
  /** At most 127 bytes; `unique` and `place` at most 63. */
  name: string;
  unique: string;
  place: string;
  vendor: number;
  product: number;
  version: number;
  /** HID report descriptor. */
  descriptor: Uint8Array;
};

const USB_BUS = 3;

/** UHID_CREATE2: a device as if it were at a USB port. */
export function encodeCreate(device: HidDevice): Buffer {
  if (device.descriptor.length > DESCRIPTOR_LIMIT)
    throw new RangeError(`a HID descriptor has at most ${DESCRIPTOR_LIMIT} bytes`);
  const event = Buffer.alloc(280 + device.descriptor.length);
  event.writeUInt32LE(CREATE2, 0);
  event.write(device.name, 4, 127);
  event.write(device.place, 132, 63);
  event.write(device.unique, 196, 63);
  event.writeUInt16LE(device.descriptor.length, 260);
  event.writeUInt16LE(USB_BUS, 262);
  event.writeUInt32LE(device.vendor, 264);
  event.writeUInt32LE(device.product, 268);
  event.writeUInt32LE(device.version, 272);
  event.set(device.descriptor, 280);
  return event;
}

/** UHID_DESTROY. */
export function encodeDestroy(): Buffer {
  const event = Buffer.alloc(4);
  event.writeUInt32LE(DESTROY, 0);
  return event;
}

/** UHID_INPUT2: the device says a report. */
export function encodeInput(report: Uint8Array): Buffer {
  const event = Buffer.alloc(6 + report.length);
  event.writeUInt32LE(INPUT2, 0);
  event.writeUInt16LE(report.length, 4);
  event.set(report, 6);
  return event;
}

const EIO = 5;

/** UHID_GET_REPORT_REPLY: the report that was asked for, or that there is none. */
export function encodeReport(id: number, report: Uint8Array | undefined): Buffer {
  const event = Buffer.alloc(12 + (report?.length ?? 0));
  event.writeUInt32LE(GET_REPORT_REPLY, 0);
  event.writeUInt32LE(id, 4);
  event.writeUInt16LE(report ? 0 : EIO, 8);
  event.writeUInt16LE(report?.length ?? 0, 10);
  if (report) event.set(report, 12);
  return event;
}

/** UHID_SET_REPORT_REPLY: whether a report was taken. */
export function encodeTaken(id: number, taken: boolean): Buffer {
  const event = Buffer.alloc(10);
  event.writeUInt32LE(SET_REPORT_REPLY, 0);
  event.writeUInt32LE(id, 4);
  event.writeUInt16LE(taken ? 0 : EIO, 8);
  return event;
}
