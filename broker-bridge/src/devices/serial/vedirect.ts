import { GARBAGE_LIMIT } from '../frame-decoder.ts';
import { absent, type Reading, type ValueSpec } from '../reading.ts';
import { type DeviceDecoder, type DeviceMessage, serialDevice } from '../serial-device.ts';

/** Longest block, in bytes: 22 fields of a label of 9 and a value of 33 bytes (VE.Direct Protocol 3.33, "Message format"). */
export const BLOCK_LIMIT = 22 * (2 + 9 + 1 + 33) + 16;

type Field = ValueSpec & { label: string; scale?: number; flag?: true };
const numeric = (
  label: string,
  key: string,
  unit: string,
  scale: number,
  range: readonly [number, number],
  about: string,
): Field => ({ label, key, unit, scale, range, about });

/** VE.Direct Protocol 3.33, "List of fields". Volts come in mV, amperes in mA, energies in 0.01 kWh. */
const FIELDS: readonly Field[] = [
  numeric('V', 'voltage', 'V', 0.001, [-1_000, 1_000], 'voltage of the battery'),
  numeric('VS', 'starterVoltage', 'V', 0.001, [-1_000, 1_000], 'voltage of the starter battery'),
  numeric('VM', 'midVoltage', 'V', 0.001, [-1_000, 1_000], 'voltage of the middle of the battery bank'),
  numeric('I', 'current', 'A', 0.001, [-10_000, 10_000], 'current into the battery'),
  numeric('P', 'power', 'W', 1, [-1_000_000, 1_000_000], 'power into the battery'),
  numeric('VPV', 'panelVoltage', 'V', 0.001, [0, 1_000], 'voltage of the panels'),
  numeric('PPV', 'panelPower', 'W', 1, [0, 1_000_000], 'power of the panels'),
  numeric('IL', 'loadCurrent', 'A', 0.001, [-10_000, 10_000], 'current of the load output'),
  { label: 'LOAD', key: 'load', flag: true, about: 'the load output is on' },
  { label: 'Relay', key: 'relay', flag: true, about: 'the relay is closed' },
  { label: 'Alarm', key: 'alarm', flag: true, about: 'there is an alarm' },
  numeric('AR', 'alarmReason', '1', 1, [0, 65_535], 'why there is an alarm, as a sum of bits'),
  numeric('T', 'temperature', 'Cel', 1, [-60, 150], 'temperature of the battery'),
  numeric('CE', 'consumed', 'A.h', 0.001, [-1_000_000, 1_000_000], 'charge taken from the battery'),
  numeric('SOC', 'charge', '%', 0.1, [0, 100], 'state of charge'),
  numeric('TTG', 'timeToGo', 'min', 1, [-1, 100_000], 'time until the battery is empty; -1 while it charges'),
  numeric('CS', 'state', '1', 1, [0, 255], '0 off, 2 fault, 3 bulk, 4 absorption, 5 float ...'),
  numeric('ERR', 'error', '1', 1, [0, 255], 'error code, 0 for none'),
  numeric('MPPT', 'tracker', '1', 1, [0, 2], '0 off, 1 voltage or current limited, 2 tracking'),
  numeric('H19', 'yieldTotal', 'kW.h', 0.01, [0, 100_000_000], 'yield since ever'),
  numeric('H20', 'yieldToday', 'kW.h', 0.01, [0, 1_000_000], 'yield of today'),
  numeric('H21', 'maxPowerToday', 'W', 1, [0, 1_000_000], 'highest power of today'),
  numeric('H22', 'yieldYesterday', 'kW.h', 0.01, [0, 1_000_000], 'yield of yesterday'),
  numeric('H23', 'maxPowerYesterday', 'W', 1, [0, 1_000_000], 'highest power of yesterday'),
  numeric('AC_OUT_V', 'acVoltage', 'V', 0.01, [0, 1_000], 'voltage of the AC output'),
  numeric('AC_OUT_I', 'acCurrent', 'A', 0.1, [-10_000, 10_000], 'current of the AC output'),
];
const BY_LABEL = new Map(FIELDS.map((field) => [field.label, field]));

const NUMBER = /^[+-]?[0-9]{1,10}$/;
function fieldValue({ flag, scale = 1 }: Field, text: string) {
  if (text === '---') return absent('missing');
  if (flag) {
    const upper = text.toUpperCase();
    return upper === 'ON' ? true : upper === 'OFF' ? false : absent('malformed');
  }
  return NUMBER.test(text) ? Number((Number(text) * scale).toPrecision(12)) : absent('malformed');
}

/** What the fields of a good block say; devices with much to say spread it over several blocks. */
export function readBlock(text: string): Reading {
  const reading: Reading = {};
  for (const line of text.split(/\r?\n/)) {
    const tab = line.indexOf('\t');
    const field = tab < 0 ? undefined : BY_LABEL.get(line.slice(0, tab));
    if (field) reading[field.key] = fieldValue(field, line.slice(tab + 1));
  }
  return reading;
}

const LF = 10;
const TAB = 9;
const COLON = 58;
const CHECKSUM = 'Checksum';

/**
 * Blocks of text: "\r\n<label>\t<value>" and so on, then "\r\nChecksum\t" and one byte that makes the sum of all bytes of the
 * block 0 modulo 256. Frames of the HEX protocol, ":...\n", may stand anywhere and do not count ("Checksum", "HEX messages").
 * A block that was under way when we joined is not judged.
 */
class BlockDecoder implements DeviceDecoder {
  readonly #held = new Uint8Array(BLOCK_LIMIT);
  #length = 0;
  #sum = 0;
  #hex = 0;
  #last = false;
  #joining = true;

  *push(chunk: Uint8Array): Generator<DeviceMessage> {
    for (const byte of chunk) {
      // The checksum may be any byte, a colon too.
      if (this.#hex > 0 || (byte === COLON && !this.#last)) {
        this.#hex = byte === LF || this.#hex >= GARBAGE_LIMIT ? 0 : this.#hex + 1;
        continue;
      }
      this.#sum = (this.#sum + byte) & 0xff;
      if (this.#last) yield* this.#end();
      else if (this.#length >= BLOCK_LIMIT) {
        const joining = this.#joining;
        this.#begin();
        this.#joining = joining;
        yield { reason: 'malformed' };
      } else {
        this.#held[this.#length++] = byte;
        this.#last =
          byte === TAB && this.#text(this.#length - 1 - CHECKSUM.length, this.#length - 1) === CHECKSUM;
      }
    }
  }

  *#end(): Generator<DeviceMessage> {
    const good = this.#sum === 0;
    const joining = this.#joining;
    const text = this.#text(0, this.#length);
    // Each field begins with a new line, so without one the first was cut: "VPV" may have become "V".
    const whole = text.startsWith('\r\n') ? 0 : text.indexOf('\n') + 1;
    this.#begin();
    if (good) yield { reading: readBlock(text.slice(whole)) };
    else if (!joining) yield { reason: 'crc' };
  }

  #begin(): void {
    this.#length = 0;
    this.#sum = 0;
    this.#last = false;
    this.#joining = false;
  }

  #text(from: number, to: number): string {
    return String.fromCharCode(...this.#held.subarray(Math.max(0, from), to));
  }

  reset(): void {
    this.#begin();
    this.#hex = 0;
    this.#joining = true;
  }
}

/** Victron devices: battery monitors, solar chargers, inverters. They speak each second. */
export const VEDIRECT = serialDevice({
  bus: 'serial',
  driver: 'vedirect',
  title: 'Victron VE.Direct: battery monitors, solar chargers, inverters',
  datasheet: 'Victron VE.Direct Protocol, revision 3.33',
  wiring:
    'JST PH: 1 ground, 3 its TX to RX. Its level is 3.3 V or 5 V by product; take a VE.Direct to USB cable.',
  line: { baud: 19_200 },
  options: {},
  keys: FIELDS.map(({ key }) => key),
  values: () => FIELDS.map(({ label: _, scale: __, flag: ___, ...spec }) => spec),
  measuring: () => 0,
  talk: () => ({ by: 'itself', decoder: () => new BlockDecoder() }),
});
