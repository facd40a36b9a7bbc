import { randomBytes } from 'node:crypto';
import mqtt, { type MqttClient } from 'mqtt';
import { requestTopic, responseTopic } from '../../broker-bridge/src/protocol/topics.ts';

export const ECHO_PREFIX = 'bench/echo';
/** A message begins with its number, which the reply repeats. */
export const ECHO_ID_BYTES = 4;
const REPLY_TIMEOUT_MS = 10_000;

/** A bare MQTT.js client with its own connection, which sends bytes and waits for the echo. */
export class EchoClient {
  readonly #client: MqttClient;
  readonly #topic: string;
  readonly #payload: Buffer;
  readonly #waiting = new Map<number, { resolve: () => void; timer: NodeJS.Timeout }>();
  #next = 0;

  private constructor(client: MqttClient, alias: string, bytes: number) {
    this.#client = client;
    this.#topic = requestTopic(ECHO_PREFIX, alias);
    this.#payload = randomBytes(Math.max(bytes, ECHO_ID_BYTES));
    client.on('message', (_topic, payload) => {
      const id = payload.readUInt32BE(0);
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      clearTimeout(waiting?.timer);
      waiting?.resolve();
    });
  }

  static async connect(url: string, alias: string, bytes: number): Promise<EchoClient> {
    const client = await mqtt.connectAsync(url, { protocolVersion: 4, clean: true, reconnectPeriod: 0 });
    await client.subscribeAsync(responseTopic(ECHO_PREFIX, alias));
    return new EchoClient(client, alias, bytes);
  }

  /** Resolves when the echo is there. */
  send(): Promise<void> {
    const id = this.#next;
    this.#next = (id + 1) % 2 ** 32;
    const payload = Buffer.from(this.#payload);
    payload.writeUInt32BE(id, 0);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error('no echo in time'));
      }, REPLY_TIMEOUT_MS);
      this.#waiting.set(id, { resolve, timer });
      this.#client.publish(this.#topic, payload);
    });
  }

  async close(): Promise<void> {
    await this.#client.endAsync(true);
  }
}
