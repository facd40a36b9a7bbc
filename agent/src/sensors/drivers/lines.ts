import { LINES, type LinesSensor } from '@perch/broker-bridge/config/driver-lines.ts';
import { VALUES_LIMIT } from '@perch/broker-bridge/config/limits.ts';
import type { Reason, Value } from '@perch/broker-bridge/protocol/values.ts';
import { type Sample, SampleBuilder } from '../../values/sample.ts';
import type { SerialState } from '../buses/serial.ts';
import type { OpenSensor } from '../driver.ts';
import { lineParser } from './line-format.ts';
import { LineSplitter } from './line-splitter.ts';

/** A port that was quiet for so long after it was opened was joined between two lines, in ms: 300 baud takes 37 ms a byte. */
export const BETWEEN_LINES = 250;

type Heard = { at: number; value: Value } | { at: number; reason: Reason };

/**
 * What a source of lines last said, key by key, and what of it still holds. A value holds until the silence deadline. A line
 * that has not the form casts doubt on the values before it, so they are `malformed` until a good line comes.
 */
export class LineSource {
  readonly counters = { lines: 0, malformed: 0, skipped: 0 };
  readonly #parse: (line: string) => Sample | undefined;
  readonly #keys: readonly string[];
  readonly #skipOthers: boolean;
  readonly #silence: number;
  readonly #heard = new Map<string, Heard>();
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #goodSinceRead = false;
  #doubt = false;
  #lastLineAt: number | undefined;

  constructor(sensor: LinesSensor, silence: number) {
    this.#parse = lineParser(sensor);
    this.#keys = LINES.items(sensor).map(({ key }) => key);
    this.#skipOthers = sensor.others === 'skip';
    this.#silence = silence;
  }

  hear(line: Uint8Array, now: number): void {
    this.counters.lines += 1;
    const sample = this.#sampleOf(line);
    if (!sample && this.#skipOthers) {
      this.counters.skipped += 1;
      return;
    }
    this.#lastLineAt = now;
    if (!sample) {
      this.counters.malformed += 1;
      this.#doubt = true;
      return;
    }
    this.#doubt = false;
    this.#goodSinceRead = true;
    for (const [key, value] of sample.values) this.#keep(key, { at: now, value });
    for (const [key, reason] of sample.errors) this.#keep(key, { at: now, reason });
  }

  /** The port was opened anew: what was said before may not hold for the device that is there now. */
  reopened(now: number): void {
    this.#doubt = false;
    this.#goodSinceRead = false;
    for (const [key, { at }] of this.#heard)
      if (now - at < this.#silence) this.#heard.set(key, { at, reason: 'timeout' });
  }

  /** What holds at `now`, given whether the port is there. */
  read(now: number, port: SerialState): Sample {
    const builder = new SampleBuilder();
    const doubt = this.#doubt && !this.#goodSinceRead;
    this.#goodSinceRead = false;
    const recent = this.#lastLineAt !== undefined && now - this.#lastLineAt < this.#silence;
    const heard = this.#lastLineAt !== undefined;
    for (const key of new Set([...this.#keys, ...this.#heard.keys()])) {
      const last = this.#heard.get(key);
      if (!port.open) builder.fail(key, port.reason);
      else if (doubt && recent) builder.fail(key, 'malformed');
      else if (!last) builder.fail(key, !heard ? 'timeout' : recent ? 'missing' : 'stale');
      else if (now - last.at >= this.#silence) builder.fail(key, 'stale');
      else if ('value' in last) builder.value(key, last.value);
      else builder.fail(key, last.reason);
    }
    return builder.sample;
  }

  #keep(key: string, heard: Heard): void {
    if (this.#heard.has(key) || this.#heard.size < VALUES_LIMIT) this.#heard.set(key, heard);
  }

  #sampleOf(line: Uint8Array): Sample | undefined {
    try {
      return this.#parse(this.#decoder.decode(line));
    } catch (error) {
      if (error instanceof TypeError) return undefined; // not UTF-8
      throw error;
    }
  }
}

/** Lines of text from a serial port. The port belongs to the bus, which opens it again by itself. */
export const openLines: OpenSensor<LinesSensor> = async (sensor, context) => {
  const bus = context.serial();
  const { now } = context.env;
  const source = new LineSource(sensor, bus.silence);
  const splitter = new LineSplitter(sensor.delimiter ?? '\n', (line) => source.hear(line, now()));
  let joined: number | undefined = now();
  const deaf = bus.listen({
    bytes: (chunk) => {
      if (joined !== undefined && now() - joined >= BETWEEN_LINES) splitter.start();
      joined = undefined;
      splitter.push(chunk);
    },
    opened: () => {
      joined = now();
      splitter.join();
      source.reopened(now());
    },
  });
  return {
    read: async () => source.read(now(), bus.state),
    close: async () => deaf(),
    counters: () => ({ ...source.counters, tooLong: splitter.tooLong, ...bus.counters() }),
  };
};
