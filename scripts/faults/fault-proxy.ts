import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { seeded } from '../fuzz/random.ts';
import { type LaneCount, type LaneFaults, ProxyLane } from './proxy-lane.ts';

/** Connections at a time; further ones are refused. */
export const CONNECTIONS_LIMIT = 1_000;

export type { LaneCount, LaneFaults };
/** `up`: from the client to the broker; `down`: from the broker to the client. */
export type Lane = 'up' | 'down';

export interface FaultProxyOptions {
  /** Port of the broker. */
  target: number;
  host?: string; // of the broker; 127.0.0.1 by default
  /** Port on the loopback interface; a free one by default. */
  port?: number;
  /** 1 by default. The n-th connection has its own sequence of faults. */
  seed?: number;
  faults?: Partial<Record<Lane, LaneFaults>>;
  /** False for TLS. */
  packets?: boolean;
}

/**
 * Stands between MQTT clients and a broker and does to their packets what a bad network and worse brokers do. The faults
 * can be changed at any time, for connections that are there too.
 */
export class FaultProxy {
  readonly port: number;
  readonly seed: number;
  /** How often what happened: `cut up`, `bytes down`, `connections`, `refused` and so on. */
  readonly counts = new Map<string, number>();
  readonly #server: Server;
  readonly #o: FaultProxyOptions;
  readonly #connections = new Set<() => void>();
  #faults: Record<Lane, LaneFaults>;
  #change = Promise.withResolvers<void>();
  #number = 0;
  /** New connections are ended at once. */
  refusing = false;

  private constructor(server: Server, options: FaultProxyOptions) {
    this.#server = server;
    this.#o = options;
    this.port = (server.address() as { port: number }).port;
    this.seed = options.seed ?? 1;
    this.#faults = { up: options.faults?.up ?? {}, down: options.faults?.down ?? {} };
    server.on('connection', (client) => this.#join(client));
  }

  /** @throws Error when the port is taken */
  static async open(options: FaultProxyOptions): Promise<FaultProxy> {
    // Each direction ends by itself, so that what is delayed is not lost with the other one's end.
    const server = createServer({ allowHalfOpen: true });
    server.listen(options.port ?? 0, '127.0.0.1');
    await once(server, 'listening');
    return new FaultProxy(server, options);
  }

  /** Connections that are there now. */
  get connections(): number {
    return this.#connections.size;
  }

  get faults(): Readonly<Record<Lane, LaneFaults>> {
    return this.#faults;
  }

  /** Replaces the faults of the directions that are named. */
  setFaults(faults: Partial<Record<Lane, LaneFaults>>): void {
    this.#faults = { ...this.#faults, ...faults };
    const before = this.#change;
    this.#change = Promise.withResolvers();
    before.resolve();
  }

  /** Nothing happens to packets any more, and connections are accepted. */
  calm(): void {
    this.refusing = false;
    this.setFaults({ up: {}, down: {} });
  }

  /** Ends all connections at once. New ones are accepted unless `refusing`. */
  cut(): void {
    for (const destroy of [...this.#connections]) destroy();
  }

  async close(): Promise<void> {
    this.refusing = true;
    this.cut();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  #count(what: string, by = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + by);
  }

  #join(client: Socket): void {
    client.on('error', () => {});
    if (this.refusing || this.#connections.size >= CONNECTIONS_LIMIT) {
      this.#count('refused');
      client.destroy();
      return;
    }
    this.#count('connections');
    const number = this.#number++;
    const { target, host = '127.0.0.1', packets = true } = this.#o;
    const broker = connect({ port: target, host, allowHalfOpen: true });
    const over = new AbortController();
    const destroy = (): void => {
      if (!this.#connections.delete(destroy)) return;
      over.abort();
      client.destroy();
      broker.destroy();
    };
    this.#connections.add(destroy);
    let closed = 0;
    for (const socket of [client, broker]) {
      socket.setNoDelay(true);
      socket.on('error', destroy);
      // One that ended in good order may leave the other with bytes to send.
      socket.on('close', (failed) => {
        closed += 1;
        if (failed || closed === 2) destroy();
      });
    }
    for (const [lane, from, to] of [
      ['up', client, broker],
      ['down', broker, client],
    ] as const)
      new ProxyLane({
        from,
        to,
        random: seeded(
          Math.imul(this.seed, 0x9e3779b1) ^ Math.imul(2 * number + (lane === 'up' ? 1 : 2), 0x85ebca6b),
        ),
        faults: () => this.#faults[lane],
        changed: () => this.#change.promise,
        count: (what, by) => this.#count(`${what} ${lane}`, by),
        signal: over.signal,
        destroy,
        packets,
      });
  }
}
