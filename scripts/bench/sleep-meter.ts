import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** One TCP connection of a board, as the wire saw it. */
export interface Connection {
  /** Bytes of TCP payload: from the board, and to it. */
  up: number;
  down: number;
  /** Times that the board said something after an answer: what it had to wait for, the set-up of TCP itself left out. */
  waits: number;
  opened: number; // monotonic ms
  /** When the board closed it; undefined while it is open. */
  closed: number | undefined;
  /** The same in Unix ms. */
  closedAt: number | undefined;
}

/** Stands before a broker and counts what goes over each connection. */
export class Meter {
  readonly port: number;
  connections: Connection[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  static async before(port: number): Promise<Meter> {
    const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const meter = new Meter(server);
    server.on('connection', (board) => meter.#join(board, port));
    return meter;
  }

  #join(board: Socket, port: number): void {
    const counted: Connection = {
      ...{ up: 0, down: 0, waits: 0 },
      ...{ opened: performance.now(), closed: undefined, closedAt: undefined },
    };
    this.connections.push(counted);
    const broker = connect({ port, host: '127.0.0.1', noDelay: true });
    let answered = false;
    board.on('data', (chunk: Buffer) => {
      counted.up += chunk.length;
      if (answered) counted.waits += 1;
      answered = false;
    });
    broker.on('data', (chunk: Buffer) => {
      counted.down += chunk.length;
      answered = true;
    });
    const closed = (): void => {
      counted.closed ??= performance.now();
      counted.closedAt ??= Date.now();
    };
    board.once('end', closed).once('close', closed);
    for (const [from, to] of [
      [board, broker],
      [broker, board],
    ] as const) {
      this.#sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy()); // how some connections end
      from.once('close', () => {
        this.#sockets.delete(from);
        // A pipe whose target is gone stands still, and the end of the other side would never be seen.
        to.end();
        to.resume();
      });
    }
  }

  /** Bytes of all connections so far, both ways. */
  get bytes(): number {
    return this.connections.reduce((sum, { up, down }) => sum + up + down, 0);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
