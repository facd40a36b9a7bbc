import mqtt from 'mqtt';
import type { House } from '../e2e/house.ts';
import type { Contender } from './board-contender.ts';

/** Longest line of the server that is kept, in characters. */
const LINE_LIMIT = 1024 * 1024;

/** What of a contender's values came, on this process's clock. */
export class Arrivals {
  /** performance.now() of the first since `reset`. */
  first: number | undefined;
  values = 0;
  /** Older records are of before. In ms since 1970. */
  #since = Date.now();
  #close: () => Promise<unknown> = async () => {};

  reset(): void {
    this.first = undefined;
    this.values = 0;
    this.#since = Date.now();
  }

  #take(values: number): void {
    if (values === 0) return;
    this.first ??= performance.now();
    this.values += values;
  }

  /** Of a contender with a topic what comes to the broker, of the agent what the server has stored. */
  static async of({ name, topic }: Contender, house: House): Promise<Arrivals> {
    const arrivals = new Arrivals();
    if (topic === undefined) {
      const output = house.server.child.stdout!;
      let rest = '';
      const hear = (text: string): void => {
        const lines = (rest + text).split('\n');
        rest = lines.pop()!.slice(0, LINE_LIMIT);
        for (const line of lines) arrivals.#take(recordValues(line, name, arrivals.#since));
      };
      output.on('data', hear);
      arrivals.#close = async () => output.off('data', hear);
    } else {
      const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${house.broker.port}`);
      arrivals.#close = () => client.endAsync(true);
      client.on('message', (_topic, payload) => arrivals.#take(messageValues(payload.toString())));
      await client.subscribeAsync(topic);
    }
    return arrivals;
  }

  async close(): Promise<void> {
    await this.#close();
  }
}

/**
 * Values of a board's record in a line of `perch-server serve --print-records --json`; 0 if it is none of that board, or taken
 * before `since`, in ms since 1970.
 */
export function recordValues(line: string, alias: string, since: number): number {
  if (!line.startsWith('{')) return 0;
  const row = JSON.parse(line) as { alias?: string; timestamp?: number; values?: object };
  return row.alias === alias && (row.timestamp ?? 0) >= since ? Object.keys(row.values ?? {}).length : 0;
}

/** Values in a message: those of a JSON object, else one, as collectd writes it: TIME:VALUE. */
export const messageValues = (text: string): number =>
  text.startsWith('{') ? Object.keys(JSON.parse(text) as object).length : 1;
