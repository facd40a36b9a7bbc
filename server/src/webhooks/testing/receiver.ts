import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Heard {
  id: string;
  type: string;
  data: Record<string, unknown>;
  /** Whether the signature is the one of the secret. */
  good: boolean;
}

/** A receiver of webhooks that checks signatures as Standard Webhooks wants it. */
export class Receiver {
  readonly heard: Heard[] = [];
  /** What the next requests are answered with; 204 when there is none. */
  readonly answers: (number | 'hang' | 'close')[] = [];
  secret = '';
  /** Requests under way, and the most that there were at once. */
  busy = 0;
  most = 0;
  #server: Server | undefined;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hook`;
  }

  /** Listens, on the same port as before. */
  async start(): Promise<void> {
    this.#server = createServer((request, response) => {
      this.busy += 1;
      this.most = Math.max(this.most, this.busy);
      response.once('close', () => {
        this.busy -= 1;
      });
      const parts: Buffer[] = [];
      request.on('data', (part) => parts.push(part));
      request.on('end', () => {
        const body = Buffer.concat(parts).toString();
        const header = (name: string): string => String(request.headers[`webhook-${name}`]);
        const key = Buffer.from(this.secret.slice('whsec_'.length), 'base64');
        const signed = createHmac('sha256', key).update(`${header('id')}.${header('timestamp')}.${body}`);
        const { type, data } = JSON.parse(body) as Heard;
        const good = header('signature') === `v1,${signed.digest('base64')}`;
        this.heard.push({ id: header('id'), type, data, good });
        const answer = this.answers.shift() ?? 204;
        if (answer === 'close') request.socket.destroy();
        else if (answer !== 'hang') response.writeHead(answer).end();
      });
    });
    await new Promise<void>((resolve) => this.#server!.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }
}
