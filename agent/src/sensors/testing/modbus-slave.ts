import { crc16Modbus } from '@perch/broker-bridge/devices/checksum.ts';
import type { Line } from './line.ts';

const withCrc = (bytes: number[]): Uint8Array => {
  const crc = crc16Modbus(Uint8Array.from(bytes));
  return Uint8Array.of(...bytes, crc & 0xff, crc >> 8);
};

/** One unit: its registers and coils by address; what is not there is exception 02. */
export type ModbusTables = {
  coils?: Record<number, boolean>;
  discretes?: Record<number, boolean>;
  holding?: Record<number, number>;
  input?: Record<number, number>;
};

/** Modbus RTU units on the far end of a line. What goes wrong can be chosen while it runs. */
export class ModbusSlave {
  readonly units = new Map<number, ModbusTables>();
  /** Every request, as "unit fn address count". */
  readonly asked: string[] = [];
  /** Changes an answer on its way; undefined for silence. */
  mangle: (answer: Uint8Array, request: string) => Uint8Array | undefined = (answer) => answer;
  /** What becomes of an answer: said at once if not set. */
  say: (answer: Uint8Array) => void;
  #heard: number[] = [];

  constructor(line: Line) {
    this.say = (answer) => line.say(answer);
    line.onHeard((bytes) => this.#hear(bytes));
  }

  /** Requests of reads are 8 bytes. */
  #hear(bytes: Uint8Array): void {
    this.#heard.push(...bytes);
    while (this.#heard.length >= 8) {
      const frame = this.#heard.splice(0, 8);
      const crc = crc16Modbus(Uint8Array.from(frame.slice(0, 6)));
      if (frame[6] !== (crc & 0xff) || frame[7] !== crc >> 8) continue;
      const [unit = 0, fn = 0, ah = 0, al = 0, ch = 0, cl = 0] = frame;
      const request = `${unit} ${fn} ${(ah << 8) | al} ${(ch << 8) | cl}`;
      this.asked.push(request);
      const answer = this.#answer(unit, fn, (ah << 8) | al, (ch << 8) | cl);
      const said = answer && this.mangle(answer, request);
      if (said) this.say(said);
    }
  }

  #answer(unit: number, fn: number, address: number, count: number): Uint8Array | undefined {
    const tables = this.units.get(unit);
    if (!tables) return undefined;
    const table = [tables.coils, tables.discretes, tables.holding, tables.input][fn - 1];
    if (!table) return withCrc([unit, fn | 0x80, 1]);
    const wanted = Array.from({ length: count }, (_, index) => table[address + index]);
    if (wanted.includes(undefined)) return withCrc([unit, fn | 0x80, 2]);
    const data =
      fn <= 2
        ? Array.from({ length: Math.ceil(count / 8) }, (_, byte) =>
            wanted
              .slice(byte * 8, byte * 8 + 8)
              .reduce<number>((all, bit, at) => all | (bit ? 1 << at : 0), 0),
          )
        : wanted.flatMap((word) => [Number(word) >> 8, Number(word) & 0xff]);
    return withCrc([unit, fn, data.length, ...data]);
  }
}
