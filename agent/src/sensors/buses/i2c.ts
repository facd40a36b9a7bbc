import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SENSORS_LIMIT } from '@perch/broker-bridge/config/limits.ts';
import type { I2cBusConfig } from '@perch/broker-bridge/config/schema.ts';
import type { Reason } from '@perch/broker-bridge/protocol/values.ts';
import { devicePath, type SensorEnvironment } from '../environment.ts';
import { errnoOf, messageOf, SensorFault, toFault } from '../fault.ts';
import { BackOff, type Turns, turnsOf } from '../gate.ts';
import type { I2cPort } from './i2c-port.ts';
import { listFolder, readText } from './sysfs.ts';

/** Longest single transfer, in ms, before the bus counts as hung. */
export const I2C_DEADLINE = 1_000;
/** Most transfers that wait for one bus: as many as a config has sensors. */
export const I2C_QUEUE_LIMIT = SENSORS_LIMIT;
/** First and longest pause before a bus that is gone is opened again, in ms. */
export const I2C_REOPEN_FIRST = 1_000;
export const I2C_REOPEN_LAST = 30_000;
/** Longest wait for a transfer under way when the bus is closed, in ms. */
export const I2C_CLOSE_DEADLINE = 1_500;
/** Longest read through SMBus's I2C block command (Linux, Documentation/i2c/smbus-protocol). */
const BLOCK_LIMIT = 32;

/** Adapters differ in how they say that nobody answered, so all four mean it. */
const REASONS: Readonly<Record<string, Reason>> = {
  ENXIO: 'nak',
  EREMOTEIO: 'nak',
  EIO: 'nak',
  ETIMEDOUT: 'nak',
  ENOENT: 'unplugged',
  ENODEV: 'unplugged',
  EBADF: 'unplugged',
  EAGAIN: 'busy',
  EBUSY: 'busy',
  EACCES: 'denied',
  EPERM: 'denied',
  EOPNOTSUPP: 'unsupported',
};

/** A register in a device: `reg` in `width` bytes, high byte first; width 0 reads the device alone. */
export type Register = { reg?: number; width: 0 | 1 | 2; len: number };

type Open = {
  port: I2cPort;
  path: string;
  identity: string | undefined;
  answered: Set<number>;
  claimed: Set<number>;
  /** What each multiplexer's control register holds, as far as that is sure. */
  selected: Map<number, number>;
  /** Multiplexers that were told once to shut all channels. */
  shut: Set<number>;
};

/** A channel of a TCA9548A: the multiplexer's address and the channel's number, 0 to 7. */
export type I2cChannel = { mux: number; number: number };
/** A channel in use, with the addresses that are used behind it. */
type View = I2cChannel & { addresses: Set<number> };

/** What a driver may do on a bus, or behind one channel of a multiplexer. Both throw a SensorFault. */
export interface I2cTransfers {
  /** Bytes of a register; exactly `len`. */
  read(address: number, register: Register): Promise<Uint8Array>;
  write(address: number, bytes: readonly number[]): Promise<void>;
}

/** The register number as bytes, high byte first. */
export const registerBytes = (reg: number | undefined, width: 0 | 1 | 2): number[] =>
  width === 0 ? [] : width === 1 ? [(reg ?? 0) & 0xff] : [((reg ?? 0) >> 8) & 0xff, (reg ?? 0) & 0xff];

/** One I2C adapter. All traffic goes through one queue, each transfer has a deadline, and a lost adapter is opened again. */
export class I2cBus implements I2cTransfers {
  readonly #config: I2cBusConfig;
  readonly #env: SensorEnvironment;
  readonly #turns: Turns;
  readonly #backOff = new BackOff(I2C_REOPEN_FIRST, I2C_REOPEN_LAST);
  #open: Open | undefined;
  #fault: SensorFault | undefined;
  #retryAt = 0;
  readonly #views = new Set<View>();
  #waiting = 0;

  constructor(config: I2cBusConfig, env: SensorEnvironment) {
    this.#config = config;
    this.#env = env;
    this.#turns = turnsOf(env, `I2C bus ${config.path ?? config.adapter}`);
  }

  /** The devices behind one channel. Its traffic waits in the same queue, so that no other transfer finds the channel open. */
  behind(channel: I2cChannel): I2cTransfers & { leave(): void } {
    const view: View = { mux: channel.mux, number: channel.number, addresses: new Set() };
    this.#views.add(view);
    return {
      read: (address, register) => this.#read(address, register, view),
      write: (address, bytes) => this.#write(address, bytes, view),
      leave: () => void this.#views.delete(view),
    };
  }

  read(address: number, register: Register): Promise<Uint8Array> {
    return this.#read(address, register);
  }

  write(address: number, bytes: readonly number[]): Promise<void> {
    return this.#write(address, bytes);
  }

  #read(address: number, register: Register, channel?: View): Promise<Uint8Array> {
    return this.#queue(address, channel, async (port) => {
      const { reg, width, len } = register;
      if (width === 1 && len <= BLOCK_LIMIT) {
        const block = await this.#block(port, address, reg ?? 0, len);
        if (block) return block;
      }
      if (width > 0) await send(port, address, registerBytes(reg, width));
      const buffer = Buffer.alloc(len);
      const { bytesRead } = await port.i2cRead(address, len, buffer);
      return whole(buffer, bytesRead, len);
    });
  }

  #write(address: number, bytes: readonly number[], channel?: View): Promise<void> {
    return this.#queue(address, channel, (port) => send(port, address, bytes));
  }

  /** Lets go of the adapter. False if a transfer hangs; its file is closed when that comes back. */
  async close(): Promise<boolean> {
    this.#fault = new SensorFault('io', 'the bus is closed');
    this.#retryAt = Number.POSITIVE_INFINITY;
    if (!(await this.#turns.free(I2C_CLOSE_DEADLINE))) {
      void this.#turns.settled().then(() => this.#drop());
      return false;
    }
    return this.#turns
      .run(() => this.#drop(), I2C_CLOSE_DEADLINE)
      .then(
        () => true,
        () => false,
      );
  }

  // A combined transfer (repeated start) where the adapter has it; undefined where it has not.
  async #block(port: I2cPort, address: number, reg: number, len: number): Promise<Uint8Array | undefined> {
    // i2c-bus copies as many bytes as the adapter claims, one length byte at most, so the buffer is larger than asked.
    const buffer = Buffer.alloc(256);
    try {
      const { bytesRead } = await port.readI2cBlock(address, reg, len, buffer);
      return whole(buffer, bytesRead, len);
    } catch (error) {
      if (errnoOf(error) === 'EOPNOTSUPP' || errnoOf(error) === 'EINVAL') return undefined;
      throw error;
    }
  }

  async #queue<T>(
    address: number,
    channel: View | undefined,
    transfer: (port: I2cPort) => Promise<T>,
  ): Promise<T> {
    if (this.#waiting >= I2C_QUEUE_LIMIT)
      throw new SensorFault('busy', `more than ${I2C_QUEUE_LIMIT} transfers wait for the bus`);
    this.#waiting += 1;
    const turn = this.#turns.run(() => this.#perform(address, channel, transfer), I2C_DEADLINE);
    return turn.finally(() => {
      this.#waiting -= 1;
    });
  }

  async #perform<T>(
    address: number,
    channel: View | undefined,
    transfer: (port: I2cPort) => Promise<T>,
  ): Promise<T> {
    this.#open ??= await this.#openPort();
    const open = this.#open;
    if (open.claimed.has(address)) throw claimedFault(address);
    try {
      if (channel) await this.#select(open, channel, address);
      const result = await transfer(open.port);
      open.answered.add(address);
      return result;
    } catch (error) {
      // A multiplexer that was reset meanwhile has all channels off, so after any fault it is told again.
      if (channel) open.selected.delete(channel.mux);
      throw error instanceof SensorFault ? error : await this.#faultOf(error, open, address);
    }
  }

  /** Whoever used the bus before may have left channels of the other multiplexers open: they are shut once, as far as they hear. */
  async #shutOthers(open: Open, mux: number): Promise<void> {
    for (const other of new Set([...this.#views].map((view) => view.mux))) {
      if (other === mux || open.shut.has(other) || open.claimed.has(other)) continue;
      open.shut.add(other);
      if (open.selected.has(other)) continue;
      const told = await send(open.port, other, [0]).then(
        () => true,
        () => false,
      );
      if (told) open.selected.set(other, 0);
    }
  }

  /**
   * Opens one channel, and shuts those of other multiplexers that have a chip of this address behind them. The control register
   * has one bit for a channel and takes effect with the stop condition (TI SCPS207, "Control Register").
   */
  async #select(open: Open, view: View, address: number): Promise<void> {
    view.addresses.add(address);
    await this.#shutOthers(open, view.mux);
    const rivals = [...this.#views].filter((other) => other.mux !== view.mux && other.addresses.has(address));
    for (const mux of new Set([...rivals.map((other) => other.mux), view.mux])) {
      const wanted = mux === view.mux ? 1 << view.number : 0;
      if (open.selected.get(mux) === wanted) continue;
      open.selected.delete(mux);
      if (open.claimed.has(mux)) throw claimedFault(mux);
      try {
        await send(open.port, mux, [wanted]);
        open.selected.set(mux, wanted);
        open.answered.add(mux);
      } catch (error) {
        const fault = await this.#faultOf(error, open, mux);
        // Another multiplexer that is not there has no channel open.
        if (mux === view.mux || fault.reason !== 'nak') throw fault;
      }
    }
  }

  async #faultOf(error: unknown, open: Open, address: number): Promise<SensorFault> {
    // i2c-bus keeps the file of an address that the kernel refused to give (I2C_SLAVE, EBUSY); talking through it again would
    // reach address 0. So such an address is left alone until the bus is opened anew.
    if (errnoOf(error) === 'EBUSY' && !open.answered.has(address)) {
      open.claimed.add(address);
      return claimedFault(address);
    }
    const fault = toFault(error, REASONS);
    // An adapter that was pulled out answers ETIMEDOUT on its old file for ever, so no answer is a reason to look.
    const gone = fault.reason === 'nak' && (await identityOf(open.path)) !== open.identity;
    if (fault.reason !== 'unplugged' && !gone) return fault;
    await this.#drop();
    this.#fault = new SensorFault('unplugged', `${open.path} is gone or was replaced`);
    this.#retryAt = this.#env.now() + this.#backOff.next();
    return this.#fault;
  }

  async #openPort(): Promise<Open> {
    if (this.#fault && this.#env.now() < this.#retryAt) throw this.#fault;
    try {
      const module = await Promise.resolve()
        .then(() => this.#env.loadI2c())
        .catch((error) => {
          throw new SensorFault('unsupported', `I2C is not available: ${messageOf(error)}`);
        });
      const number = await this.#number();
      const path = devicePath(this.#env, `/dev/i2c-${number}`);
      const identity = await identityOf(path);
      const port = await module.openPromisified(number);
      this.#backOff.reset();
      this.#fault = undefined;
      return {
        port,
        path,
        identity,
        answered: new Set(),
        claimed: new Set(),
        selected: new Map(),
        shut: new Set(),
      };
    } catch (error) {
      this.#fault = toFault(error, REASONS);
      this.#retryAt = this.#env.now() + this.#backOff.next();
      throw this.#fault;
    }
  }

  async #number(): Promise<number> {
    const { path, adapter } = this.#config;
    if (path !== undefined) return Number(path.slice(path.lastIndexOf('-') + 1));
    const found = (await listAdapters(this.#env)).filter(({ name }) => name === adapter);
    if (found.length > 1)
      throw new SensorFault(
        'missing',
        `${found.length} I2C adapters are called "${adapter}"; give "path" instead`,
      );
    if (!found[0]) throw new SensorFault('unplugged', `no I2C adapter is called "${adapter}"`);
    return found[0].number;
  }

  async #drop(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.port.close().catch((error) => {
      this.#env.log('debug', 'an I2C bus did not close cleanly', { error: messageOf(error) });
    });
  }
}

const claimedFault = (address: number): SensorFault =>
  new SensorFault(
    'denied',
    `a kernel driver holds address 0x${address.toString(16)}; read it with the sysfs driver`,
    true,
  );

async function send(port: I2cPort, address: number, bytes: readonly number[]): Promise<void> {
  const { bytesWritten } = await port.i2cWrite(address, bytes.length, Buffer.from(bytes));
  if (bytesWritten !== bytes.length)
    throw new SensorFault('io', `only ${bytesWritten} of ${bytes.length} bytes were written`);
}

function whole(buffer: Buffer, bytesRead: number, len: number): Uint8Array {
  if (bytesRead !== len) throw new SensorFault('io', `${bytesRead} bytes came instead of ${len}`);
  return new Uint8Array(buffer.subarray(0, len));
}

/** Tells one device file from its successor of the same name; undefined if there is none. */
async function identityOf(path: string): Promise<string | undefined> {
  const file = await stat(path).catch(() => undefined);
  return file && `${file.dev}:${file.ino}:${file.rdev}:${file.birthtimeMs}`;
}

/** The machine's I2C adapters, by number. */
export async function listAdapters(
  env: Pick<SensorEnvironment, 'sysRoot'>,
): Promise<{ number: number; name: string }[]> {
  const base = join(env.sysRoot, 'bus/i2c/devices');
  const entries = (await listFolder(base)).filter((entry) => /^i2c-[0-9]+$/.test(entry));
  return Promise.all(
    entries.map(async (entry) => ({
      number: Number(entry.slice(4)),
      name: await readText(join(base, entry, 'name')).catch(() => ''),
    })),
  );
}
