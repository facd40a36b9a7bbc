import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Line } from './line.ts';

/**
 * One end of a pseudo-terminal: the device's. util-linux's `script` (essential on Debian) makes the pair and carries our
 * bytes; the agent opens the other end, /dev/pts/N, with the real binding. Killing it is what pulling the plug looks like.
 */
export class Pty implements Line {
  readonly path: string;
  readonly #child: ChildProcess;
  #listener: (bytes: Buffer) => void = () => {};

  private constructor(child: ChildProcess, path: string) {
    this.#child = child;
    this.path = path;
  }

  static async open(): Promise<Pty> {
    // Ends by itself after a minute, whatever becomes of the test.
    const command = 'stty raw -echo; tty; exec sleep 60';
    const child = spawn('script', ['-qfec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'ignore'] });
    let said = '';
    for await (const chunk of child.stdout!.iterator({ destroyOnReturn: false })) {
      said += String(chunk);
      if (said.includes('\n')) break;
    }
    const path = said.trim();
    if (!/^\/dev\/pts\/\d+$/.test(path)) throw new Error(`script gave no terminal: ${said}`);
    const pty = new Pty(child, path);
    child.stdout!.on('data', (bytes: Buffer) => pty.#listener(bytes));
    return pty;
  }

  /** The device hears what the agent writes. */
  onHeard(listener: (bytes: Buffer) => void): void {
    this.#listener = listener;
  }

  /** The device says something. */
  say(text: string | Uint8Array): void {
    this.#child.stdin!.write(text);
  }

  /** The plug is pulled. */
  async unplug(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}
