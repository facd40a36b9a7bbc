import type { Duplex } from 'node:stream';

/** Longest answer of the board that is kept, in characters. */
const ANSWER_LIMIT = 4 * 1024 * 1024;

/** Commands on the board, one after the other, through the program that the rig has there (guest/shell). */
export class BoardShell {
  readonly #stream: Duplex;
  #heard = '';
  #number = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #wake: () => void = () => {};

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.setEncoding('utf8').on('data', (text: string) => {
      if (this.#heard.length < ANSWER_LIMIT) this.#heard += text;
      this.#wake();
    });
    stream.on('error', () => {});
    stream.on('close', () => this.#wake());
  }

  /** Runs one line of sh as root. @returns exit code and output, standard error among it */
  run(line: string, timeoutMs = 60_000): Promise<{ code: number; output: string }> {
    const answer = this.#turn.then(() => this.#ask(line, timeoutMs));
    this.#turn = answer.catch(() => {});
    return answer;
  }

  async #ask(line: string, timeoutMs: number): Promise<{ code: number; output: string }> {
    if (line.includes('\n')) throw new TypeError('a command is one line');
    this.#number += 1;
    const end = new RegExp(`\\nrig-end ${this.#number} (\\d+)\\r?\\n`);
    this.#heard = '';
    this.#stream.write(`${this.#number} ${line}\n`);
    const until = performance.now() + timeoutMs;
    for (;;) {
      const found = end.exec(this.#heard);
      if (found) return { code: Number(found[1]), output: this.#heard.slice(0, found.index) };
      const left = until - performance.now();
      if (left <= 0 || this.#stream.destroyed)
        throw new Error(`the board did not answer to: ${line}\n${this.#heard.slice(-2000)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  close(): void {
    this.#stream.destroy();
  }
}
