import { once } from 'node:events';
import mqtt, { type MqttClient } from 'mqtt';

/** Somebody at a broker who keeps what he hears, and what he heard last on each topic. */
export class Listener {
  readonly client: MqttClient;
  /** The last payload of each topic; taken away by an empty one. */
  readonly last = new Map<string, string>();
  readonly all: { topic: string; payload: string; retained: boolean }[] = [];

  private constructor(client: MqttClient) {
    this.client = client;
  }

  static async at(url: string, ...filters: string[]): Promise<Listener> {
    const client = mqtt.connect(url, { protocolVersion: 4, reconnectPeriod: 100 });
    const listener = new Listener(client);
    client.on('error', () => undefined);
    client.on('message', (topic, bytes, { retain }) => {
      const payload = bytes.toString();
      listener.all.push({ topic, payload, retained: retain });
      if (payload === '') listener.last.delete(topic);
      else listener.last.set(topic, payload);
    });
    await once(client as never, 'connect');
    await client.subscribeAsync(filters, { qos: 1 });
    return listener;
  }

  json<T = Record<string, unknown>>(topic: string): T | undefined {
    const payload = this.last.get(topic);
    return payload === undefined ? undefined : (JSON.parse(payload) as T);
  }

  async close(): Promise<void> {
    await this.client.endAsync(true);
  }
}
