import type { Link, LinkEvents } from '@perch/broker-bridge/mqtt/link.ts';
import { type Random, seeded } from '../fuzz/random.ts';
import { Trace } from './trace.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Messages that are on their way in one direction of one link; what comes then is lost. */
export const IN_FLIGHT_LIMIT = 1_000;

/** A span of time, ms. */
export interface Span {
  least: number;
  most: number;
}

/** What happens to messages of one direction: chances in [0, 1] for each message. */
export interface VirtualWeather {
  lose?: number;
  /** Arrives twice, each after a delay of its own. */
  repeat?: number;
  /** Arrives cut short, by at least one byte. */
  truncate?: number;
  /** Time on the way. Different delays change the order. */
  delay?: Span;
  /** The link breaks instead of carrying this message, for `outage`. */
  cut?: number;
  outage?: Span;
}

/** `up`: from the client to the broker; `down`: from the broker to the client. */
export interface LinkWeather {
  up: VirtualWeather;
  down: VirtualWeather;
}

export interface VirtualLinkOptions {
  /** Of its messages; a calm link by default, whose messages take 1 ms. */
  weather?: Partial<LinkWeather>;
  /** Published by the broker when the link breaks. */
  will?: { topic: string; payload: Uint8Array };
}

const CALM: Span = { least: 1, most: 1 };
const OUTAGE: Span = { least: 1_000, most: 10_000 };

type What = 'sent' | 'arrived' | 'lost' | 'repeated' | 'truncated' | 'overflowed' | 'down' | 'up';

/** An MQTT broker in virtual time, at QoS 0 with clean sessions, whose weather is told by a seed. */
export class VirtualBroker {
  readonly time: VirtualTime;
  readonly trace: Trace;
  /** How often what happened: `lost up`, `repeated down` and so on. */
  readonly counts = new Map<string, number>();
  readonly #seed: number;
  readonly #links = new Set<VirtualLink>();
  readonly #turns = new Map<string, number>();

  constructor(time: VirtualTime, seed: number = time.seed) {
    this.time = time;
    this.#seed = seed;
    this.trace = new Trace(time.now);
  }

  /** A client's link. Each name has a weather of its own, whatever the others do. */
  link(name: string, events: LinkEvents, options: VirtualLinkOptions = {}): VirtualLink {
    const random = (direction: string) => seeded(this.#seed ^ hash(`${name} ${direction}`));
    const link = new VirtualLink(this, name, events, options, { up: random('up'), down: random('down') });
    this.#links.add(link);
    return link;
  }

  /** To all that subscribed, and to one of each shared subscription. */
  deliver(topic: string, payload: Uint8Array): void {
    const groups = new Map<string, VirtualLink[]>();
    for (const link of this.#links) {
      const filters = link.up ? link.filters.filter((filter) => matches(filter, topic)) : [];
      if (filters.some((filter) => groupOf(filter) === undefined)) link.bring(topic, payload);
      for (const group of new Set(filters.map(groupOf)))
        if (group !== undefined) groups.set(group, [...(groups.get(group) ?? []), link]);
    }
    for (const [group, members] of groups) {
      const count = this.#turns.get(group) ?? 0;
      this.#turns.set(group, count + 1);
      members[count % members.length]!.bring(topic, payload);
    }
  }

  note(
    what: What,
    link: string,
    direction: string,
    topic = '',
    payload: Uint8Array = new Uint8Array(0),
  ): void {
    const key = direction === '' ? what : `${what} ${direction}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    this.trace.add(`${link} ${key} ${topic}`, payload);
  }

  forget(link: VirtualLink): void {
    this.#links.delete(link);
  }
}

/** One client's link: what `MqttLink` is to a real broker. */
export class VirtualLink implements Link {
  readonly name: string;
  readonly filters: string[] = [];
  /** May be changed at any time. */
  readonly weather: LinkWeather;
  readonly #broker: VirtualBroker;
  readonly #events: LinkEvents;
  readonly #will: VirtualLinkOptions['will'];
  readonly #random: { up: Random; down: Random };
  readonly #inFlight = { up: 0, down: 0 };
  #up = false;
  #closed = false;
  /** Messages on their way belong to a connection: they end with it. */
  #connection = 0;
  #mending: unknown;

  constructor(
    broker: VirtualBroker,
    name: string,
    events: LinkEvents,
    { weather, will }: VirtualLinkOptions,
    random: { up: Random; down: Random },
  ) {
    this.#broker = broker;
    this.name = name;
    this.#events = events;
    this.weather = { up: weather?.up ?? {}, down: weather?.down ?? {} };
    this.#will = will;
    this.#random = random;
  }

  get up(): boolean {
    return this.#up;
  }

  subscribe(filter: string): void {
    this.filters.push(filter);
  }

  start(): void {
    this.restoreAfter(CALM.least);
  }

  publish(topic: string, payload: Uint8Array): void {
    this.#carry('up', topic, payload, (copy) => this.#broker.deliver(topic, copy));
  }

  /** The broker has a message for this client. */
  bring(topic: string, payload: Uint8Array): void {
    this.#carry('down', topic, payload, (copy) => this.#events.message(topic, copy));
  }

  #carry(
    direction: 'up' | 'down',
    topic: string,
    payload: Uint8Array,
    arrive: (copy: Uint8Array) => void,
  ): void {
    if (!this.#up) return;
    const weather = this.weather[direction];
    const random = this.#random[direction];
    const broker = this.#broker;
    const happens = (chance = 0): boolean => random.next() < chance;
    broker.note('sent', this.name, direction, topic, payload);
    // All are drawn for each message, so that one chance that is changed leaves the others' fate as it was.
    const [cut, lost, repeated, truncated] = [
      happens(weather.cut),
      happens(weather.lose),
      happens(weather.repeat),
      happens(weather.truncate),
    ];
    const kept = random.below(payload.length);
    const delays = [draw(weather.delay ?? CALM, random), draw(weather.delay ?? CALM, random)] as const;
    const outage = draw(weather.outage ?? OUTAGE, random);
    if (cut) return this.cut(outage);
    if (lost) return broker.note('lost', this.name, direction, topic);
    if (repeated) broker.note('repeated', this.name, direction, topic);
    if (truncated) broker.note('truncated', this.name, direction, topic);
    const copy = payload.slice(0, truncated ? kept : payload.length);
    for (const delay of repeated ? delays : [delays[0]]) this.#send(direction, topic, copy, delay, arrive);
  }

  #send(
    direction: 'up' | 'down',
    topic: string,
    payload: Uint8Array,
    delay: number,
    arrive: (copy: Uint8Array) => void,
  ): void {
    if (this.#inFlight[direction] >= IN_FLIGHT_LIMIT)
      return this.#broker.note('overflowed', this.name, direction, topic);
    const connection = this.#connection;
    this.#inFlight[direction] += 1;
    this.#broker.time.set(() => {
      if (connection !== this.#connection) return;
      this.#inFlight[direction] -= 1;
      this.#broker.note('arrived', this.name, direction, topic, payload);
      arrive(Uint8Array.from(payload));
    }, delay);
  }

  /** Breaks the link; what is on its way is lost. It comes back after `ms`, or with `restore`. */
  cut(ms?: number): void {
    if (this.#up) {
      this.#end();
      this.#broker.note('down', this.name, '');
      if (this.#will !== undefined) this.#broker.deliver(this.#will.topic, this.#will.payload);
      this.#events.down('cut');
    }
    // Also when it was down: who cuts a link says when it comes back.
    this.#broker.time.clear(this.#mending);
    if (ms !== undefined) this.restoreAfter(ms);
  }

  restore(): void {
    this.#broker.time.clear(this.#mending);
    if (this.#up || this.#closed) return;
    this.#up = true;
    this.#broker.note('up', this.name, '');
    this.#events.up();
  }

  restoreAfter(ms: number): void {
    this.#broker.time.clear(this.#mending);
    this.#mending = this.#broker.time.set(() => this.restore(), ms);
  }

  #end(): void {
    this.#up = false;
    this.#connection += 1;
    this.#inFlight.up = 0;
    this.#inFlight.down = 0;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#broker.time.clear(this.#mending);
    this.#end();
    this.#broker.forget(this);
  }
}

const draw = ({ least, most }: Span, random: Random): number => least + random.next() * (most - least);

/** $share/GROUP/FILTER. Source: MQTT 5 section 4.8.2, which brokers have for 3.1.1 too. */
const groupOf = (filter: string): string | undefined => /^\$share\/([^/]+)\//.exec(filter)?.[1];

/** MQTT 3.1.1 section 4.7. */
function matches(filter: string, topic: string): boolean {
  const wanted = filter.replace(/^\$share\/[^/]+\//, '').split('/');
  const levels = topic.split('/');
  for (const [index, level] of wanted.entries()) {
    if (level === '#') return true;
    if (index >= levels.length || (level !== '+' && level !== levels[index])) return false;
  }
  return wanted.length === levels.length;
}

/** FNV-1a, 32 bits (public domain, Fowler, Noll and Vo). */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193);
  return value | 0;
}
