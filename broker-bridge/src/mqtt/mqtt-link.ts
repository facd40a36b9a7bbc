import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { backoff } from '../protocol/backoff.ts';
import type { BrokerAddress, Link, LinkEvents } from './link.ts';

/** Back-off between tries to connect; after a success it starts anew. */
export const RECONNECT_MS = { least: 500, most: 30_000 };
const CONNECT_TIMEOUT_MS = 15_000;
/** How long close() waits for what was handed over. */
const CLOSE_TIMEOUT_MS = 2_000;
/** Above this many bytes waiting in the socket, publishes are dropped: the protocol sends again. */
export const SOCKET_BUFFER_LIMIT = 4 * 1024 * 1024;

export interface MqttLinkOptions {
  broker: BrokerAddress;
  clientId: string;
  /** Seconds between pings on a quiet link. */
  keepalive?: number;
  /** Published by the broker when the link breaks. */
  will?: { topic: string; payload: Uint8Array };
  qos?: 0 | 1;
}

/** MQTT 3.1.1 (OASIS standard) with a clean session at QoS 0; the protocol has its own OK, timer and retry. */
export class MqttLink implements Link {
  readonly #options: MqttLinkOptions;
  readonly #events: LinkEvents;
  readonly #filters: string[] = [];
  #client: MqttClient | undefined;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #up = false;

  constructor(options: MqttLinkOptions, events: LinkEvents) {
    this.#options = options;
    this.#events = events;
  }

  get up(): boolean {
    return this.#up;
  }

  subscribe(filter: string): void {
    this.#filters.push(filter);
  }

  start(): void {
    if (this.#client !== undefined || this.#closed) return;
    const { broker, clientId, will, keepalive } = this.#options;
    const options: IClientOptions = {
      clientId,
      protocolVersion: 4,
      clean: true,
      keepalive: keepalive ?? 60,
      reconnectPeriod: 0, // ours below, with back-off and jitter
      connectTimeout: CONNECT_TIMEOUT_MS,
      queueQoSZero: false, // nothing piles up while the link is down
      resubscribe: false,
    };
    if (broker.username !== undefined) options.username = broker.username;
    if (broker.password !== undefined) options.password = broker.password;
    if (broker.ca !== undefined) options.ca = broker.ca;
    if (will !== undefined)
      options.will = { topic: will.topic, payload: Buffer.from(will.payload), qos: 0, retain: false };
    const url = new URL(broker.url);
    const tls = url.protocol === 'mqtts:';
    options.protocol = tls ? 'mqtts' : 'mqtt';
    options.host = url.hostname.replace(/^\[|\]$/g, '');
    options.port = Number(url.port || (tls ? 8883 : 1883));
    const client = mqtt.connect(options);
    this.#client = client;
    let reason = 'the connection closed';
    client.on('connect', () => {
      // Small messages that each wait for an answer: Nagle's algorithm would only delay them.
      (client.stream as { setNoDelay?(on: boolean): void }).setNoDelay?.(true);
      this.#subscribeAll(client);
    });
    client.on('message', (topic, payload) => this.#events.message(topic, payload));
    client.on('error', (error) => {
      reason = explain(error);
    });
    client.on('close', () => {
      this.#down(reason);
      reason = 'the connection closed';
      this.#reconnectLater(client);
    });
  }

  /** Bytes that wait in the socket. */
  get waiting(): number {
    return (this.#client?.stream as { writableLength?: number } | undefined)?.writableLength ?? 0;
  }

  publish(topic: string, payload: Uint8Array): void {
    const client = this.#client;
    if (!this.#up || client === undefined || this.waiting > SOCKET_BUFFER_LIMIT) return;
    client.publish(topic, Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength), {
      qos: this.#options.qos ?? 0,
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const client = this.#client;
    if (client === undefined) return;
    await Promise.race([
      client.endAsync(!this.#up).catch(() => {}),
      new Promise<void>((resolve) => setTimeout(resolve, CLOSE_TIMEOUT_MS).unref()),
    ]);
    client.end(true);
    this.#up = false;
  }

  #subscribeAll(client: MqttClient): void {
    const ready = (): void => {
      if (this.#closed) return;
      this.#failures = 0;
      this.#up = true;
      this.#events.up();
    };
    if (this.#filters.length === 0) {
      ready();
      return;
    }
    client.subscribe(this.#filters, { qos: this.#options.qos ?? 0 }, (error, granted) => {
      const refused = granted?.find((grant) => grant.qos === 128);
      if (error || refused) {
        this.#events.down(`the broker refuses the subscription to ${refused?.topic ?? this.#filters[0]}`);
        client.stream?.destroy();
        return;
      }
      ready();
    });
  }

  #down(reason: string): void {
    const was = this.#up;
    this.#up = false;
    if (!this.#closed && (was || this.#failures === 0)) this.#events.down(reason);
  }

  #reconnectLater(client: MqttClient): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        if (!this.#closed) client.reconnect();
      },
      backoff(this.#failures, Math.random(), RECONNECT_MS),
    );
    this.#failures += 1;
  }
}

function explain(error: Error & { code?: string | number }): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'nothing listens at the broker address';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the broker host name is not found';
    case 4:
      return 'the broker refuses this user name or password';
    case 5:
      return 'the broker does not let this client in';
    default:
      return error.message || String(error.code ?? 'unknown');
  }
}
