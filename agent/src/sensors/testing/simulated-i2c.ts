import type { I2cModule, I2cPort } from '../buses/i2c-port.ts';

/** A chip at register level: a write gives register pointer and data, a read continues at the pointer. */
export type Chip = { write(bytes: readonly number[]): void; read(length: number): number[] };

/**
 * A chip of 16-bit registers behind a pointer register, high byte first, as TMP102 (SBOS397, "Pointer Register") and LM75
 * (SNIS153) are. Reading on repeats the register.
 */
export function pointerChip(registers: Record<number, number>): Chip & { registers: Record<number, number> } {
  let pointer = 0;
  return {
    registers,
    write([reg, high, low]) {
      pointer = (reg ?? 0) & 0x03;
      if (high !== undefined && low !== undefined) registers[pointer] = (high << 8) | low;
    },
    read(length) {
      const value = registers[pointer] ?? 0;
      return Array.from({ length }, (_, index) => (index % 2 === 0 ? value >> 8 : value & 0xff));
    },
  };
}

const failure = (code: string): Error => Object.assign(new Error(code), { code });

/** An adapter with chips, behind the interface of i2c-bus. What goes wrong can be chosen while it runs. */
export class SimulatedI2c implements I2cModule {
  readonly chips = new Map<number, Chip>();
  /** The errno of an address without a chip; adapters differ. */
  nak = 'ENXIO';
  /** The errno of openPromisified, while there is no adapter. */
  absent: string | undefined;
  /** Errno of combined transfers, for adapters without them. */
  noBlock: string | undefined;
  /** Addresses that a kernel driver holds. */
  claimed = new Set<number>();
  /** While set, no transfer comes back. */
  hangs = false;
  opens = 0;
  closes = 0;
  /** Transfers under way at once, at most. */
  busiest = 0;
  transfers = 0;
  readonly #released: (() => void)[] = [];
  #busy = 0;

  /** Lets all transfers that hang come back. */
  release(): void {
    this.hangs = false;
    for (const go of this.#released.splice(0)) go();
  }

  async openPromisified(): Promise<I2cPort> {
    if (this.absent) throw failure(this.absent);
    this.opens += 1;
    return {
      i2cRead: (address, length, buffer) =>
        this.#transfer(address, (chip) => ({ bytesRead: fill(buffer, chip.read(length)), buffer })),
      i2cWrite: (address, length, buffer) =>
        this.#transfer(address, (chip) => {
          chip.write([...buffer.subarray(0, length)]);
          return { bytesWritten: length, buffer };
        }),
      readI2cBlock: (address, command, length, buffer) =>
        this.#transfer(address, (chip) => {
          if (this.noBlock) throw failure(this.noBlock);
          chip.write([command]);
          return { bytesRead: fill(buffer, chip.read(length)), buffer };
        }),
      close: async () => {
        this.closes += 1;
      },
    };
  }

  async #transfer<T>(address: number, act: (chip: Chip) => T): Promise<T> {
    this.transfers += 1;
    this.#busy += 1;
    this.busiest = Math.max(this.busiest, this.#busy);
    try {
      if (this.hangs) await new Promise<void>((resolve) => this.#released.push(resolve));
      else await new Promise((resolve) => setImmediate(resolve));
      if (this.claimed.has(address)) throw failure('EBUSY');
      const chip = chipAt(this.chips, address);
      if (!chip) throw failure(this.nak);
      return act(chip);
    } finally {
      this.#busy -= 1;
    }
  }
}

function fill(buffer: Buffer, bytes: readonly number[]): number {
  buffer.set(bytes);
  return bytes.length;
}

/** A TCA9548A: one control register, a bit for each channel, all off after power-up (TI SCPS207, "Control Register"). */
export class SimulatedMux implements Chip {
  readonly channels: Map<number, Chip>[] = Array.from({ length: 8 }, () => new Map());
  control = 0;
  /** How often it was written to. */
  writes = 0;

  write(bytes: readonly number[]): void {
    this.control = bytes.at(-1) ?? this.control;
    this.writes += 1;
  }
  read(length: number): number[] {
    return Array.from({ length }, () => this.control);
  }
  /** The chips of that address on channels that are open now. */
  open(address: number): Chip[] {
    return this.channels.flatMap((chips, channel) => {
      const chip = chips.get(address);
      return chip && this.control & (1 << channel) ? [chip] : [];
    });
  }
}

/** What answers to an address on a bus with these chips, those behind open channels of its multiplexers among them. */
export function chipAt(chips: ReadonlyMap<number, Chip>, address: number): Chip | undefined {
  const own = chips.get(address);
  const behind = [...chips.values()].flatMap((chip) =>
    chip instanceof SimulatedMux ? chip.open(address) : [],
  );
  const answering = own ? [own, ...behind] : behind;
  return answering.length > 1 ? wiredTogether(answering) : answering[0];
}

/** Chips that answer to one address at once: all hear what is written, and a line is high only where all let it be. */
function wiredTogether(chips: readonly Chip[]): Chip {
  return {
    write: (bytes) => {
      for (const chip of chips) chip.write(bytes);
    },
    read: (length) =>
      chips.map((chip) => chip.read(length)).reduce((a, b) => a.map((byte, at) => byte & b[at]!)),
  };
}
