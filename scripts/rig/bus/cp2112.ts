/**
 * Silicon Labs CP2112, a HID USB-to-SMBus bridge, as its programming interface says (AN495) and as far as Linux' hid-cp2112
 * uses it. Numbers of several bytes are big endian; addresses are in the upper seven bits.
 */

const GPIO_CONFIG = 0x02;
const GPIO_VALUES = 0x03;
const VERSION = 0x05;
const SMBUS_CONFIG = 0x06;
const READ = 0x10;
const WRITE_READ = 0x11;
const READ_FORCE_SEND = 0x12;
const READ_RESPONSE = 0x13;
const WRITE = 0x14;
const STATUS_REQUEST = 0x15;
const STATUS_RESPONSE = 0x16;
const CANCEL = 0x17;
/** Says what of the chip's memory may still be programmed. The kernel asks for it last, when it has an adapter. */
export const LOCK_BYTE = 0x20;

/** Bytes of every report of the interrupt endpoints, number included (AN495, "Interrupt transfers"). */
export const REPORT_SIZE = 64;
/** Data bytes in one report of a read or a write (AN495, "Data Read Response", "Data Write"). */
export const CHUNK_LIMIT = 61;
/** Longest read (AN495, "Data Read Request"). */
export const READ_LIMIT = 512;
/** Longest write before a repeated start (AN495, "Data Write Read Request"). */
export const TARGET_LIMIT = 16;

/** State of a transfer (AN495, "Transfer Status Response"). */
const IDLE = 0;
const COMPLETE = 2;
const FAILED = 3;
const NOT_ACKNOWLEDGED = 0;
const BUS_NOT_FREE = 1;
const SUCCEEDED = 5;

const PRODUCT = { vendor: 0x10c4, product: 0xea90, version: 0x0100 };

/** Feature reports with their sizes, number not included; then those of the interrupt endpoints. */
const FEATURES: readonly (readonly [number: number, size: number])[] = [
  [GPIO_CONFIG, 4],
  [GPIO_VALUES, 1],
  [VERSION, 2],
  [SMBUS_CONFIG, 13],
  [LOCK_BYTE, 1],
];
const INPUTS = [READ_RESPONSE, STATUS_RESPONSE];
const OUTPUTS = [READ, WRITE_READ, READ_FORCE_SEND, WRITE, STATUS_REQUEST, CANCEL];

/** Items of a report descriptor (HID 1.11, section 6.2.2): a vendor's page and collection with bytes in numbered reports. */
function descriptor(): Uint8Array {
  const report = (number: number, count: number, main: readonly [number, number]) => [
    ...[0x85, number, 0x95, count, 0x09, 0x01],
    ...main,
  ];
  return Uint8Array.from([
    ...[0x06, 0x00, 0xff, 0x09, 0x01, 0xa1, 0x01],
    ...[0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08],
    ...FEATURES.flatMap(([number, size]) => report(number, size, [0xb1, 0x02])),
    ...INPUTS.flatMap((number) => report(number, REPORT_SIZE - 1, [0x81, 0x02])),
    ...OUTPUTS.flatMap((number) => report(number, REPORT_SIZE - 1, [0x91, 0x02])),
    0xc0,
  ]);
}

/** How the bridge presents itself at the USB port. */
export const CP2112_DEVICE = {
  name: 'CP2112 HID USB-to-SMBus Bridge',
  place: 'perch-rig/i2c',
  unique: 'PERCH0',
  ...PRODUCT,
  descriptor: descriptor(),
};

/** Bytes that were read, or why there are none. A write alone gives no bytes. */
export type TransferResult = readonly number[] | 'nak' | 'bus-not-free';
/** The bus behind the bridge: a write, a read, or both with a repeated start. An address is 7 bits. */
export type I2cWires = (
  address: number,
  written: readonly number[] | undefined,
  readLength: number,
) => TransferResult;

const NO_TRANSFER = { state: [IDLE, 0], length: 0, data: [] as readonly number[] };

/** One bridge. It does a transfer as soon as it is told, so it is never busy. */
export class Cp2112 {
  readonly #wires: I2cWires;
  #transfer = NO_TRANSFER;
  #features = new Map<number, Uint8Array>();

  constructor(wires: I2cWires) {
    this.#wires = wires;
    this.reset();
  }

  /** As after power-up, with the configuration of the factory: 100 kHz, no time limits. */
  reset(): void {
    this.#transfer = NO_TRANSFER;
    this.#features = new Map([
      [GPIO_CONFIG, Uint8Array.of(GPIO_CONFIG, 0, 0, 0, 0)],
      [GPIO_VALUES, Uint8Array.of(GPIO_VALUES, 0)],
      // Part number 0x0C; Linux uses a repeated start from version 2 on.
      [VERSION, Uint8Array.of(VERSION, 0x0c, 0x02)],
      [SMBUS_CONFIG, Uint8Array.of(SMBUS_CONFIG, 0, 1, 0x86, 0xa0, 2, 0, 0, 0, 0, 0, 0, 0, 0)],
      [LOCK_BYTE, Uint8Array.of(LOCK_BYTE, 0)],
    ]);
  }

  /** A feature report, number first; undefined if the bridge has none of that number. */
  feature(number: number): Uint8Array | undefined {
    return this.#features.get(number);
  }

  /** Takes a feature report, number first. False if it is none that can be set. */
  setFeature(report: Uint8Array): boolean {
    const [number = 0] = report;
    const known = this.#features.get(number);
    if (!known || known.length !== report.length || number === VERSION) return false;
    this.#features.set(number, Uint8Array.from(report));
    return true;
  }

  /** Takes an output report and gives the input reports that answer it. What is no report is passed over. */
  output(report: Uint8Array): Uint8Array[] {
    const [number, first = 0, second = 0, third = 0] = report;
    switch (number) {
      case READ:
        this.#begin(first, undefined, (second << 8) | third);
        return [];
      case WRITE_READ: {
        const written = sent(report, 4, TARGET_LIMIT);
        this.#begin(written && first, written, (second << 8) | third);
        return [];
      }
      case WRITE: {
        const written = sent(report, 2, CHUNK_LIMIT);
        this.#begin(written && first, written, 0);
        return [];
      }
      case READ_FORCE_SEND:
        return this.#send((first << 8) | second);
      case STATUS_REQUEST: {
        const { state, length } = this.#transfer;
        return [input(STATUS_RESPONSE, [...state, 0, 0, length >> 8, length & 0xff])];
      }
      case CANCEL:
        this.#transfer = NO_TRANSFER;
        return [];
      default:
        return [];
    }
  }

  /** Without an address, or with a length that the part does not take, there is no transfer. */
  #begin(address: number | undefined, written: readonly number[] | undefined, readLength: number): void {
    this.#transfer = NO_TRANSFER;
    if (address === undefined || readLength > READ_LIMIT || (!written && readLength < 1)) return;
    const result = this.#wires(address >> 1, written, readLength);
    if (typeof result === 'string') {
      const why = result === 'nak' ? NOT_ACKNOWLEDGED : BUS_NOT_FREE;
      this.#transfer = { state: [FAILED, why], length: 0, data: [] };
    } else {
      const length = readLength > 0 ? result.length : written!.length;
      this.#transfer = { state: [COMPLETE, SUCCEEDED], length, data: result };
    }
  }

  /** Gives out what was read, once, in reports of 61 bytes; at least one report, be it empty. */
  #send(wanted: number): Uint8Array[] {
    const { state, data } = this.#transfer;
    const given = data.slice(0, wanted);
    this.#transfer = { ...this.#transfer, data: data.slice(wanted) };
    const reports: Uint8Array[] = [];
    for (let at = 0; at === 0 || at < given.length; at += CHUNK_LIMIT) {
      const chunk = given.slice(at, at + CHUNK_LIMIT);
      reports.push(input(READ_RESPONSE, [state[0]!, chunk.length, ...chunk]));
    }
    return reports;
  }
}

/** The bytes behind their number at `at`; undefined if it is 0, more than `limit`, or more than there are. */
function sent(report: Uint8Array, at: number, limit: number): number[] | undefined {
  const length = report[at] ?? 0;
  const bytes = [...report.subarray(at + 1, at + 1 + length)];
  return length >= 1 && length <= limit && bytes.length === length ? bytes : undefined;
}

function input(number: number, content: readonly number[]): Uint8Array {
  const report = new Uint8Array(REPORT_SIZE);
  report.set([number, ...content]);
  return report;
}
