import type { Link, LinkEvents } from './link.ts';

/** What an in-memory broker does to messages: chances in [0, 1]. */
export interface Weather {
  lose?: number;
  repeat?: number;
  /** Chance to deliver a message after the one that follows it. */
  reorder?: number;
}

/** A broker in memory with a seeded weather, for tests: the same seed loses the same messages. */
export class MemoryBroker {
  readonly #links = new Set<MemoryLink>();
  readonly #weather: Weather;
  #seed: number;
  #held: { topic: string; payload: Uint8Array } | undefined;

  constructor(weather: Weather = {}, seed = 1) {
    this.#weather = weather;
    this.#seed = seed;
  }

  link(events: LinkEvents): MemoryLink {
    const link = new MemoryLink(this, events);
    this.#links.add(link);
    return link;
  }

  /** mulberry32: small, seeded and good enough to lose messages with. */
  #random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  carry(topic: string, payload: Uint8Array): void {
    if (this.#random() < (this.#weather.lose ?? 0)) return;
    const copy = { topic, payload: Uint8Array.from(payload) };
    if (this.#held === undefined && this.#random() < (this.#weather.reorder ?? 0)) {
      this.#held = copy;
      return;
    }
    this.#deliver(copy);
    if (this.#random() < (this.#weather.repeat ?? 0)) this.#deliver(copy);
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#deliver(held);
  }

  #deliver({ topic, payload }: { topic: string; payload: Uint8Array }): void {
    for (const link of this.#links) link.receive(topic, payload);
  }

  forget(link: MemoryLink): void {
    this.#links.delete(link);
  }
}

export class MemoryLink implements Link {
  readonly #broker: MemoryBroker;
  readonly #events: LinkEvents;
  readonly #filters: RegExp[] = [];
  #up = false;

  constructor(broker: MemoryBroker, events: LinkEvents) {
    this.#broker = broker;
    this.#events = events;
  }

  get up(): boolean {
    return this.#up;
  }

  subscribe(filter: string): void {
    const pattern = filter
      .replace(/^\$share\/[^/]+\//, '')
      .split('/')
      .map((level) =>
        level === '+' ? '[^/]+' : level === '#' ? '.*' : level.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
      )
      .join('/');
    this.#filters.push(new RegExp(`^${pattern}$`));
  }

  start(): void {
    queueMicrotask(() => this.restore());
  }

  publish(topic: string, payload: Uint8Array): void {
    if (this.#up) this.#broker.carry(topic, payload);
  }

  receive(topic: string, payload: Uint8Array): void {
    if (this.#up && this.#filters.some((filter) => filter.test(topic)))
      queueMicrotask(() => this.#up && this.#events.message(topic, payload));
  }

  /** Cuts the link, as a broken network would. */
  cut(): void {
    if (!this.#up) return;
    this.#up = false;
    this.#events.down('cut');
  }

  restore(): void {
    if (this.#up) return;
    this.#up = true;
    this.#events.up();
  }

  async close(): Promise<void> {
    this.#up = false;
    this.#broker.forget(this);
  }
}
