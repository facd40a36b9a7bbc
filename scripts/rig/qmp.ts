import { createConnection, type Socket } from 'node:net';

const ANSWER_TIMEOUT = 10_000;
/** Longest line that is taken from QEMU, in characters. */
const LINE_LIMIT = 1024 * 1024;

type Message = { QMP?: object; return?: unknown; error?: { desc: string }; event?: string };

/** QEMU's control socket (QMP, QEMU Machine Protocol): one command at a time. */
export class Qmp {
  readonly #socket: Socket;
  readonly #waiting: { resolve(value: unknown): void; reject(error: Error): void }[] = [];
  #rest = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
    socket.on('error', () => {});
    socket.on('close', () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error('QEMU has ended'));
    });
  }

  static async connect(path: string): Promise<Qmp> {
    const socket = createConnection(path);
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    const qmp = new Qmp(socket);
    await qmp.run('qmp_capabilities');
    return qmp;
  }

  #hear(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = (lines.pop() ?? '').slice(0, LINE_LIMIT);
    for (const line of lines) {
      const message = JSON.parse(line) as Message;
      if (message.QMP !== undefined || message.event !== undefined) continue;
      const { resolve, reject } = this.#waiting.shift() ?? {};
      if (message.error) reject?.(new Error(`QEMU: ${message.error.desc}`));
      else resolve?.(message.return);
    }
  }

  run(execute: string, args: object = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`QEMU did not answer to ${execute}`)), ANSWER_TIMEOUT);
      const settle =
        <T>(act: (value: T) => void) =>
        (value: T): void => {
          clearTimeout(timer);
          act(value);
        };
      this.#waiting.push({ resolve: settle(resolve), reject: settle(reject) });
      this.#socket.write(`${JSON.stringify({ execute, arguments: args })}\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}
