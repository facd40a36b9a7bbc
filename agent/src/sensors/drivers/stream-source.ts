import { VALUES_LIMIT } from '@perch/broker-bridge/config/limits.ts';
import type { Reason, Value } from '@perch/broker-bridge/protocol/values.ts';
import { type Sample, SampleBuilder } from '../../values/sample.ts';
import type { SerialBus, SerialState } from '../buses/serial.ts';
import type { DriverContext, OpenedSensor } from '../driver.ts';

/** What a source said: a sample, or something that is not right (then `reason` says in what way). */
export type Message = { sample: Sample } | { reason: Reason };

/** Finds messages in the bytes of a source that speaks by itself. Keeps a bounded number of bytes. */
export type MessageParser = {
  /** The messages that these bytes complete, in their order. `now` is in monotonic ms. */
  push(chunk: Uint8Array, now: number): Iterable<Message>;
  /** The port was opened (again): what was collected before does not join what comes now. */
  reopened(now: number): void;
  counters?(): Record<string, number>;
};

type Heard = { at: number; value: Value } | { at: number; reason: Reason };

/**
 * What a source that speaks by itself last said, key by key, and what of it still holds. A value holds until the silence
 * deadline. A broken message casts doubt on the values before it, so they have its reason until a good one comes.
 */
export class StreamSource {
  readonly #keys: ReadonlySet<string>;
  readonly #silence: number;
  readonly #heard = new Map<string, Heard>();
  /** Keys that the source itself named, in the order in which they were last heard. */
  readonly #discovered = new Set<string>();
  #goodSinceRead = false;
  #doubt: Reason | undefined;
  #lastAt: number | undefined;

  constructor(keys: readonly string[], silence: number) {
    this.#keys = new Set(keys);
    this.#silence = silence;
  }

  hear(message: Message, now: number): void {
    this.#lastAt = now;
    if ('reason' in message) {
      this.#doubt = message.reason;
      return;
    }
    this.#doubt = undefined;
    this.#goodSinceRead = true;
    for (const [key, value] of message.sample.values) this.#keep(key, { at: now, value });
    for (const [key, reason] of message.sample.errors) this.#keep(key, { at: now, reason });
  }

  /** The port was opened anew: what was said before may not hold for the device that is there now. */
  reopened(now: number): void {
    this.#doubt = undefined;
    this.#goodSinceRead = false;
    for (const [key, { at }] of this.#heard)
      if (now - at < this.#silence) this.#heard.set(key, { at, reason: 'timeout' });
  }

  /** What holds at `now`, given whether the port is there. */
  read(now: number, port: SerialState): Sample {
    const builder = new SampleBuilder();
    const doubt = this.#goodSinceRead ? undefined : this.#doubt;
    this.#goodSinceRead = false;
    const recent = this.#lastAt !== undefined && now - this.#lastAt < this.#silence;
    const heard = this.#lastAt !== undefined;
    for (const key of new Set([...this.#keys, ...this.#heard.keys()])) {
      const last = this.#heard.get(key);
      if (!port.open) builder.fail(key, port.reason);
      else if (doubt && recent) builder.fail(key, doubt);
      else if (!last) builder.fail(key, !heard ? 'timeout' : recent ? 'missing' : 'stale');
      else if (now - last.at >= this.#silence) builder.fail(key, 'stale');
      else if ('value' in last) builder.value(key, last.value);
      else builder.fail(key, last.reason);
    }
    // Told once as stale, a key that the source no longer names is forgotten; a source that says nothing at all may come back.
    if (recent && port.open && !doubt) this.#forget(now - this.#silence);
    return builder.sample;
  }

  /** VALUES_LIMIT keys at most; the declared ones always have room. */
  #keep(key: string, heard: Heard): void {
    if (!this.#keys.has(key)) {
      const room = VALUES_LIMIT - this.#keys.size;
      if (!this.#discovered.has(key) && this.#discovered.size >= room) this.#forget(heard.at - this.#silence);
      if (!this.#discovered.has(key) && this.#discovered.size >= room) return;
      this.#discovered.delete(key);
      this.#discovered.add(key);
    }
    this.#heard.set(key, heard);
  }

  /** Drops discovered keys that were not heard since then. */
  #forget(since: number): void {
    for (const key of this.#discovered) {
      if (this.#heard.get(key)!.at > since) return;
      this.#discovered.delete(key);
      this.#heard.delete(key);
    }
  }
}

/**
 * Opens a source that speaks by itself. The port belongs to the bus, which opens it again by itself. `greet` is called each
 * time the port is there (again), to send what sets the device up.
 */
export function openStream(
  keys: readonly string[],
  parser: MessageParser,
  bus: SerialBus,
  { env, heard }: Pick<DriverContext, 'env' | 'heard'>,
  greet: () => void = () => {},
): OpenedSensor {
  const source = new StreamSource(keys, bus.silence);
  const counters = { messages: 0, broken: 0 };
  const deaf = bus.listen({
    bytes: (chunk) => {
      const now = env.now();
      for (const message of parser.push(chunk, now)) {
        counters.messages += 1;
        if ('reason' in message) counters.broken += 1;
        source.hear(message, now);
        if ('sample' in message) heard(message.sample);
      }
    },
    opened: () => {
      const now = env.now();
      parser.reopened(now);
      source.reopened(now);
      greet();
    },
  });
  if (bus.state.open) greet();
  return {
    read: async () => source.read(env.now(), bus.state),
    close: async () => deaf(),
    counters: () => ({ ...counters, ...parser.counters?.(), ...bus.counters() }),
  };
}
