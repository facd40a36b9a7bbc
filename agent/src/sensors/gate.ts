import { SensorFault } from './fault.ts';

/** The promise's outcome, or a `timeout` fault after `ms`. The promise itself goes on; its late outcome is dropped. */
export function within<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new SensorFault('timeout', `${what}: no answer within ${ms} ms`)),
      ms,
    );
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/**
 * Lets one operation through at a time. One that misses its deadline keeps the gate shut until it comes back, and until then
 * everyone else is turned away at once. So a call that hangs in the kernel costs one thread of libuv's pool and no more.
 */
export class Gate {
  readonly #what: string;
  #out: Promise<unknown> | undefined;

  constructor(what: string) {
    this.#what = what;
  }

  /** True while an operation is under way or hangs. */
  get shut(): boolean {
    return this.#out !== undefined;
  }

  /** Runs the operation, or rejects with `timeout` if it is late or an earlier one has not come back. */
  async run<T>(operation: () => Promise<T>, ms: number): Promise<T> {
    if (this.#out) throw new SensorFault('timeout', `${this.#what}: an earlier operation has not come back`);
    const work = operation();
    const settled = work.then(
      () => undefined,
      () => undefined,
    );
    this.#out = settled;
    settled.then(() => {
      this.#out = undefined;
    });
    // Through `settled` first, so that the gate is open again by the time the caller goes on.
    return within(
      settled.then(() => work),
      ms,
      this.#what,
    );
  }

  /** Settles when nothing is under way any more, however long that takes. */
  async settled(): Promise<void> {
    await this.#out;
  }

  /** True once nothing is under way, false if something still hangs after `ms`. */
  async free(ms: number): Promise<boolean> {
    if (!this.#out) return true;
    return within(this.#out, ms, this.#what).then(
      () => true,
      () => false,
    );
  }
}

/** Operations on one device, one after the other. One that hangs turns all that wait and come away at once. */
export class Turns {
  readonly #gate: Gate;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(what: string) {
    this.#gate = new Gate(what);
  }

  /** True while an operation is under way or hangs. */
  get shut(): boolean {
    return this.#gate.shut;
  }

  /** Runs the operation after those before it; `ms` is for itself alone. */
  run<T>(operation: () => Promise<T>, ms: number): Promise<T> {
    const turn = this.#tail.then(() => this.#gate.run(operation, ms));
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  free(ms: number): Promise<boolean> {
    return this.#gate.free(ms);
  }

  settled(): Promise<void> {
    return this.#gate.settled();
  }
}

/** Most devices of one machine whose turns are remembered; those with nothing under way are forgotten first. */
const DEVICES_LIMIT = 1_024;
const books = new WeakMap<object, Map<string, Turns>>();

/**
 * The turns at a device by its name on this machine (`env`). Whoever opens the device again, after failures or by a new config,
 * waits behind the same gate, so that a call that hangs in the kernel goes on to cost one thread and no more.
 */
export function turnsOf(env: object, name: string): Turns {
  const book = books.get(env) ?? new Map<string, Turns>();
  books.set(env, book);
  const known = book.get(name);
  if (known) return known;
  if (book.size >= DEVICES_LIMIT) for (const [other, turns] of book) if (!turns.shut) book.delete(other);
  const turns = new Turns(name);
  book.set(name, turns);
  return turns;
}

/** Longest wait for what is behind a gate when a sensor closes, in ms. */
export const FREE_DEADLINE = 1_500;

/** Settles once nothing is under way behind the gates. Throws `timeout` if something still hangs after FREE_DEADLINE. */
export async function allFree(gates: Iterable<Pick<Gate, 'free'>>): Promise<void> {
  const free = await Promise.all([...gates].map((gate) => gate.free(FREE_DEADLINE)));
  if (free.includes(false)) throw new SensorFault('timeout', 'a reading hangs in the kernel');
}

/** Delays that double from `first` to `last` milliseconds and start over after a success. */
export class BackOff {
  readonly #first: number;
  readonly #last: number;
  #next: number;

  constructor(first: number, last: number) {
    this.#first = first;
    this.#last = last;
    this.#next = first;
  }

  next(): number {
    const delay = this.#next;
    this.#next = Math.min(this.#next * 2, this.#last);
    return delay;
  }

  reset(): void {
    this.#next = this.#first;
  }
}
