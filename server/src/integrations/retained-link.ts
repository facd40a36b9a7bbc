import type { BrokerAddress } from '@perch/broker-bridge/mqtt/link.ts';
import { backoff } from '@perch/broker-bridge/protocol/backoff.ts';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';

/** Back-off between tries to connect. */
export const RECONNECT_MS = { least: 500, most: 30_000 };
const CONNECT_TIMEOUT_MS = 15_000;
/** How long the broker may take to say that it has a message, in ms; over it the connection is made anew. */
const ACKNOWLEDGE_MS = 30_000;
const CLOSE_TIMEOUT_MS = 2_000;

export interface RetainedLinkOptions {
  broker: BrokerAddress;
  clientId: string;
  /** What the broker publishes when the connection breaks. */
  will: { topic: string; payload: string };
  /** Topics to listen to. */
  filters: readonly string[];
  up(): void;
  down(reason: string): void;
  message(topic: string, payload: Uint8Array): void;
}

/** There is no connection, or it broke. */
export class LinkDown extends Error {}

/**
 * A connection that leaves retained messages at a broker (MQTT 3.1.1, section 3.3.1.3). They go at QoS 0: they are lost only with
 * the connection, and whoever publishes begins again at the next `up`. Nothing waits here while it is down.
 */
export class RetainedLink {
  readonly #o: RetainedLinkOptions;
  #client: MqttClient | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #up = false;
  #closed = false;
  /** Rejects what is on its way when the connection breaks. */
  readonly #broken = new Set<(error: LinkDown) => void>();
  #trouble: string | undefined;

  constructor(options: RetainedLinkOptions) {
    this.#o = options;
  }

  get up(): boolean {
    return this.#up;
  }

  /** Why there is no connection. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  start(): void {
    if (this.#closed) return;
    const { broker, clientId, will } = this.#o;
    const url = new URL(broker.url);
    const tls = url.protocol === 'mqtts:';
    const options: IClientOptions = {
      ...{ clientId, protocolVersion: 4, clean: true, keepalive: 60, reconnectPeriod: 0 },
      ...{ connectTimeout: CONNECT_TIMEOUT_MS, queueQoSZero: false, resubscribe: false },
      protocol: tls ? 'mqtts' : 'mqtt',
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port || (tls ? 8883 : 1883)),
      will: { ...will, payload: Buffer.from(will.payload), qos: 1, retain: true },
    };
    if (broker.username !== undefined) options.username = broker.username;
    if (broker.password !== undefined) options.password = broker.password;
    if (broker.ca !== undefined) options.ca = broker.ca;
    const client = mqtt.connect(options);
    this.#client = client;
    let reason = 'the connection closed';
    client.on('connect', () => {
      // Packets of one turn are written together as it is; Nagle's algorithm would only delay them.
      (client.stream as { setNoDelay?(on: boolean): void }).setNoDelay?.(true);
      void this.#ready(client);
    });
    client.on('message', (topic, payload) => this.#o.message(topic, payload));
    client.on('error', (error) => {
      reason = explain(error);
    });
    client.on('close', () => this.#lost(client, reason));
  }

  /**
   * Resolves when there is room for more on the way to the broker. An empty payload takes a retained message away. Rejects with
   * LinkDown.
   */
  publish(topic: string, payload: string): Promise<void> {
    const client = this.#client;
    if (!this.#up || client === undefined) return Promise.reject(new LinkDown('not connected'));
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => client.stream.destroy(), ACKNOWLEDGE_MS);
      const broken = (error: Error): void => {
        clearTimeout(late);
        this.#broken.delete(broken);
        reject(error);
      };
      this.#broken.add(broken);
      client.publish(topic, payload, { qos: 0, retain: true }, (error) => {
        if (error) return broken(new LinkDown(error.message));
        clearTimeout(late);
        this.#broken.delete(broken);
        resolve();
      });
    });
  }

  /** Says goodbye, so that the broker does not publish the will. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const client = this.#client;
    if (client !== undefined) {
      await Promise.race([
        client.endAsync(!this.#up).catch(() => undefined),
        new Promise((resolve) => {
          setTimeout(resolve, CLOSE_TIMEOUT_MS).unref();
        }),
      ]);
      client.end(true);
    }
    this.#fail();
  }

  async #ready(client: MqttClient): Promise<void> {
    try {
      for (const filter of this.#o.filters) {
        const [granted] = await client.subscribeAsync(filter, { qos: 1 });
        if (granted?.qos === 128) throw new Error(`the broker refuses the subscription to ${filter}`);
      }
    } catch (error) {
      if (client !== this.#client || !client.connected) return;
      this.#told((error as Error).message);
      client.stream.destroy();
      return;
    }
    if (this.#closed || client !== this.#client) return;
    this.#failures = 0;
    this.#trouble = undefined;
    this.#up = true;
    this.#o.up();
  }

  #lost(client: MqttClient, reason: string): void {
    if (client !== this.#client) return;
    this.#client = undefined;
    client.removeAllListeners();
    client.on('error', () => undefined);
    client.end(true);
    const was = this.#up;
    this.#fail();
    if (this.#closed) return;
    if (was || this.#failures === 0) this.#told(reason);
    this.#timer = setTimeout(() => this.start(), backoff(this.#failures++, Math.random(), RECONNECT_MS));
  }

  #told(reason: string): void {
    this.#trouble = reason;
    this.#o.down(reason);
  }

  #fail(): void {
    this.#up = false;
    for (const broken of [...this.#broken]) broken(new LinkDown('the connection closed'));
  }
}

/** An error in words, without what it was given. Pure. */
function explain(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') return 'nobody listens there';
  if (code === 'ENOTFOUND') return 'there is no host of that name';
  return error.message.split('\n')[0]!.slice(0, 200);
}
