import { createConnection, type Socket } from 'node:net';
import type { Line } from '../../../agent/src/sensors/testing/line.ts';

/** Most bytes that wait for the board: a line whose other end does not listen loses what is said. */
export const LINE_BACKLOG_LIMIT = 4096;

/**
 * A device's end of one of the board's serial ports, at the socket of a QEMU chardev. At a USB adapter connecting is plugging
 * it in and closing is pulling it out; at a built-in port it is the device that is wired or not. Said while unplugged, bytes
 * are lost. QEMU and its socket hold what the board does not read, so a program that opens the port late hears old bytes first.
 */
export class SerialPlug implements Line {
  readonly #path: string;
  #socket: Socket | undefined;
  #listener: (bytes: Buffer) => void = () => {};

  constructor(path: string) {
    this.#path = path;
  }

  get plugged(): boolean {
    return this.#socket !== undefined;
  }

  /** Settles when QEMU has taken the connection; the board sees the adapter shortly after. @throws Error if there is no QEMU */
  async plug(): Promise<void> {
    if (this.#socket) return;
    const socket = createConnection(this.#path);
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => this.#listener(bytes));
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined;
    });
  }

  /** Settles when the connection is closed. */
  async unplug(): Promise<void> {
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = undefined;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.destroy();
    await closed;
  }

  onHeard(listener: (bytes: Buffer) => void): void {
    this.#listener = listener;
  }

  say(text: string | Uint8Array): void {
    if (this.#socket && this.#socket.writableLength + text.length <= LINE_BACKLOG_LIMIT)
      this.#socket.write(text);
  }
}
