import { randomInt } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { type Chip, chipAt } from '../../../agent/src/sensors/testing/simulated-i2c.ts';
import { CP2112_DEVICE, Cp2112, LOCK_BYTE, type TransferResult } from './cp2112.ts';
import { decodeWord, encodeHello, FrameReader, frame } from './relay-frames.ts';
import {
  decodeEvent,
  encodeCreate,
  encodeDestroy,
  encodeInput,
  encodeReport,
  encodeTaken,
  type KernelEvent,
} from './uhid.ts';

/** Longest wait for the board's kernel to take the bridge or to let go of it, in ms: a boot fits in, on a busy machine. */
export const PLUG_LIMIT = 90_000;
/** Most bytes that wait for the board; more is dropped, as nobody reads. */
export const BACKLOG_LIMIT = 256 * 1024;

type Waiter = { resolve(): void; reject(error: Error): void };

/**
 * A CP2112 with chips behind it at the emulated board's USB port: the board's kernel drives it with its own driver and has
 * /dev/i2c-N for it. All of it is played here; the board runs only uhid-relay, which carries the events. What goes wrong
 * can be chosen while it runs.
 */
export class I2cBridge {
  readonly chips = new Map<number, Chip>();
  /** SDA is held low: the bridge cannot start a transfer, and says so. */
  stuck = false;
  /** The bridge answers nothing at all. */
  silent = false;
  /** Transfers that the board began. */
  transfers = 0;
  readonly #cp2112 = new Cp2112((...transfer) => this.#transfer(...transfer));
  #reader: FrameReader;
  #stream: Duplex | undefined;
  #hello = randomInt(1, 2 ** 31);
  #open = false;
  #plugged = false;
  /** The board's kernel has an adapter for the bridge. */
  #adapter = false;
  /** Devices of this conversation; the last is the one that is plugged in. */
  #devices = 0;
  readonly #plugging = new Set<Waiter>();
  readonly #unplugging = new Map<number, Set<Waiter>>();

  constructor() {
    this.#reader = this.#newReader();
  }

  /** The board's virtio port, where uhid-relay is or will be. A stream of before is let go of. */
  attach(stream: Duplex): void {
    this.#stream?.destroy();
    this.#stream = stream;
    this.#reader = this.#newReader();
    stream.on('data', (bytes: Buffer) => {
      if (stream === this.#stream) this.#reader.push(bytes);
    });
    stream.on('error', () => {});
    stream.on('close', () => {
      if (stream !== this.#stream) return;
      this.#stream = undefined;
      this.#begin();
    });
    this.#greet();
  }

  /**
   * Plugs the bridge in, where it stays over reboots. Settles when the board's kernel has an adapter for it.
   * @throws Error if that does not happen within PLUG_LIMIT, or the bridge is unplugged meanwhile
   */
  async plug(): Promise<void> {
    if (this.#adapter) return;
    const done = this.#wait(this.#plugging, 'the board has no adapter for the bridge');
    const was = this.#plugged;
    this.#plugged = true;
    if (this.#open && !was) this.#create();
    await done;
  }

  /**
   * Pulls the bridge out. The adapter's device file is gone soon; settles when the kernel is rid of all of it, which it is
   * when the last program has closed that file. A bridge that is plugged in before that gets the next number.
   * @throws Error if a program keeps it open for longer than PLUG_LIMIT
   */
  async unplug(): Promise<void> {
    if (!this.#plugged) return;
    this.#plugged = false;
    this.#adapter = false;
    for (const { reject } of this.#plugging) reject(new Error('the bridge was unplugged'));
    if (!this.#open) return;
    const waiters = new Set<Waiter>();
    this.#unplugging.set(this.#devices, waiters);
    this.#say(encodeDestroy());
    await this.#wait(waiters, 'the board does not let go of the bridge: a program has /dev/i2c-N open');
  }

  #wait(waiters: Set<Waiter>, why: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => waiter.reject(new Error(`${why} after ${PLUG_LIMIT} ms`)), PLUG_LIMIT);
      const end = (): void => {
        clearTimeout(timer);
        waiters.delete(waiter);
      };
      const waiter: Waiter = {
        resolve: () => {
          end();
          resolve();
        },
        reject: (error) => {
          end();
          reject(error);
        },
      };
      waiters.add(waiter);
    });
  }

  #newReader(): FrameReader {
    return new FrameReader({ event: (event) => this.#hear(event), lost: () => this.#greet() });
  }

  /** No conversation: whatever devices the board had are gone. */
  #begin(): void {
    this.#open = false;
    this.#adapter = false;
    this.#devices = 0;
    for (const waiters of this.#unplugging.values()) for (const { resolve } of waiters) resolve();
    this.#unplugging.clear();
  }

  #greet(): void {
    this.#begin();
    this.#hello += 1;
    this.#reader.seek(this.#hello);
    this.#say(encodeHello(this.#hello));
  }

  #create(): void {
    this.#devices += 1;
    this.#cp2112.reset();
    this.#say(encodeCreate(CP2112_DEVICE));
  }

  #say(event: Uint8Array): void {
    const stream = this.#stream;
    if (stream && !stream.destroyed && stream.writableLength < BACKLOG_LIMIT) stream.write(frame(event));
  }

  #hear(event: Buffer): void {
    const word = decodeWord(event);
    if (word?.type === 'hello') {
      if (word.number === this.#hello) {
        this.#open = true;
        if (this.#plugged) this.#create();
      } else this.#greet();
    } else if (word) this.#gone(word.number);
    else {
      const heard = decodeEvent(event);
      // A device of which the kernel is being rid may still speak; it is none of ours any more.
      if (heard && this.#open && this.#plugged && !this.silent) this.#answer(heard);
    }
  }

  #gone(number: number): void {
    for (const { resolve } of this.#unplugging.get(number) ?? []) resolve();
    this.#unplugging.delete(number);
    if (number === this.#devices && this.#plugged)
      for (const { reject } of this.#plugging)
        reject(new Error("the board's kernel refused the bridge; look at its console"));
  }

  #answer(event: KernelEvent): void {
    if (event.type === 'output')
      for (const report of this.#cp2112.output(event.report)) this.#say(encodeInput(report));
    else if (event.type === 'setReport')
      this.#say(encodeTaken(event.id, event.kind === 'feature' && this.#cp2112.setFeature(event.report)));
    else if (event.type === 'getReport') {
      this.#say(
        encodeReport(event.id, event.kind === 'feature' ? this.#cp2112.feature(event.number) : undefined),
      );
      if (event.number !== LOCK_BYTE) return;
      this.#adapter = true;
      for (const { resolve } of this.#plugging) resolve();
    }
  }

  #transfer(address: number, written: readonly number[] | undefined, readLength: number): TransferResult {
    this.transfers += 1;
    if (this.stuck) return 'bus-not-free';
    const chip = chipAt(this.chips, address);
    if (!chip) return 'nak';
    try {
      if (written) chip.write(written);
      return readLength > 0 ? chip.read(readLength) : [];
    } catch (error) {
      // Simulators of chips throw a system error where the chip does not acknowledge; anything else is their own fault.
      if (error instanceof Error && 'code' in error) return 'nak';
      throw error;
    }
  }
}
