import { SENSORS_LIMIT } from '@perch/broker-bridge/config/limits.ts';
import type { Reason } from '@perch/broker-bridge/protocol/values.ts';
import { messageOf, SensorFault } from '../fault.ts';
import { within } from '../gate.ts';

/** Most requests that wait for their turn on one port. A sensor has one at a time, so more is a fault of ours. */
export const EXCHANGES_LIMIT = SENSORS_LIMIT;
/** Most bytes of an answer that are kept; of a longer noise the last ones. */
export const ANSWER_LIMIT = 1_024;
/** Longest time until the kernel has taken a request, in ms; after that the port is opened anew. */
export const WRITE_DEADLINE = 2_000;
/** Longest wait for a pause on the line before a request, in ms. */
export const QUIET_DEADLINE = 1_000;
/** So long after a request was given up its answer may still come, in ms. */
export const LATE_LIMIT = 1_000;

/** A device that said nothing last time lets others go first for so long, in ms. */
export const PASSED_LIMIT = 5_000;

/** A request and how its answer is known. */
export type Exchange = {
  request: Uint8Array;
  /**
   * The answer among the bytes heard since the request, the last `fresh` of which it has not seen yet; undefined while more may
   * come. If not given, none is awaited.
   */
  answer?(heard: Uint8Array, fresh: number): Uint8Array | undefined;
  /** Why the bytes that came are no answer, once the time is up; `malformed` if not given. */
  fault?(heard: Uint8Array): SensorFault;
  /** Longest wait for the answer once the request is out, in ms. */
  timeout: number;
  /** Silence on the line before the request, in ms. */
  pause: number;
  /** The device that is asked. One that said nothing last time lets the others go first. */
  who: string;
  /** Requests of one kin have answers that look alike, so an answer that comes late could be taken for another's. */
  kin: string;
  /** When nobody wants the answer any more, in monotonic ms: the request is not sent after that. */
  until?: number;
};

/** The port as exchanges need it. */
export type ExchangeLine = {
  now(): number;
  /** Settles once the port was opened, or tried in vain, for the first time. */
  ready(): Promise<void>;
  /** Why there is no port; undefined while it is open. */
  closed(): Reason | undefined;
  /** Settles when the kernel has the bytes. */
  write(bytes: Uint8Array): Promise<void>;
  /** The port takes no more bytes: it is to be opened anew. */
  hung(why: string): void;
  /** A request was given up, and nothing at all was heard: the port may have stalled. */
  unanswered(): void;
  /** How long the line needs for so many bytes, in ms. */
  sendTime(count: number): number;
};

type Active = { heard: Uint8Array; take(fresh: number): void; fail(fault: SensorFault): void };
type Waiting = {
  exchange: Exchange;
  since: number;
  resolve(answer: Uint8Array): void;
  reject(error: unknown): void;
};

const pauseFor = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const NOTHING = new Uint8Array();

/** Requests and answers on one serial port, one at a time, each bounded. */
export class Exchanges {
  readonly #line: ExchangeLine;
  readonly #queue: Waiting[] = [];
  /** Requests that were given up, by kin: until when their answer may come. */
  readonly #owed = new Map<string, { request: string; until: number }>();
  /** Devices that said nothing last time; each sensor has one. */
  readonly #silent = new Set<string>();
  readonly counters = { requests: 0, unanswered: 0 };
  #active: Active | undefined;
  #running = false;
  #quietSince = Number.NEGATIVE_INFINITY;
  #unansweredSince: number | undefined;
  #end: SensorFault | undefined;

  constructor(line: ExchangeLine) {
    this.#line = line;
  }

  /**
   * When the first request went out since anything was last heard; undefined if none has, or while one is under way, since its
   * answer may still come.
   */
  get unansweredSince(): number | undefined {
    return this.#active ? undefined : this.#unansweredSince;
  }

  /** True if that device said nothing when it was last asked. */
  isSilent(who: string): boolean {
    return this.#silent.has(who);
  }

  /** The answer. Rejects with a SensorFault. */
  run(exchange: Exchange): Promise<Uint8Array> {
    if (this.#end) return Promise.reject(this.#end);
    this.#dropExpired();
    if (this.#queue.length >= EXCHANGES_LIMIT)
      return Promise.reject(new SensorFault('busy', `${EXCHANGES_LIMIT} requests wait for the port already`));
    return new Promise((resolve, reject) => {
      this.#queue.push({ exchange, since: this.#line.now(), resolve, reject });
      void this.#pump();
    });
  }

  hear(chunk: Uint8Array): void {
    this.#quietSince = this.#line.now();
    this.#unansweredSince = undefined;
    const active = this.#active;
    if (!active) return;
    const fresh = chunk.subarray(-ANSWER_LIMIT);
    const kept = active.heard.subarray(Math.max(0, active.heard.length + fresh.length - ANSWER_LIMIT));
    const heard = new Uint8Array(kept.length + fresh.length);
    heard.set(kept);
    heard.set(fresh, kept.length);
    active.heard = heard;
    active.take(fresh.length);
  }

  /** The port is gone: what is under way will not be answered. */
  lost(reason: Reason): void {
    this.#unansweredSince = undefined;
    this.#owed.clear();
    this.#active?.fail(goneFault(reason));
  }

  /** Turns away all that waits and all that comes. */
  close(): void {
    this.#end = new SensorFault('io', 'the port is closed');
    this.#active?.fail(this.#end);
    for (const { reject } of this.#queue.splice(0)) reject(this.#end);
  }

  async #pump(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    for (let next = this.#next(); next; next = this.#next()) {
      const { resolve, reject, exchange } = next;
      await this.#perform(exchange).then(resolve, reject);
    }
    this.#running = false;
  }

  /** Turns away those whose answer nobody wants any more. */
  #dropExpired(): void {
    const now = this.#line.now();
    for (let at = this.#queue.length - 1; at >= 0; at--)
      if (isExpired(this.#queue[at]!.exchange, now)) this.#queue.splice(at, 1)[0]!.reject(tooLate());
  }

  /** The next in the queue. The wait for a dead device is long, so that those that answered come before it. */
  #next(): Waiting | undefined {
    this.#dropExpired();
    const now = this.#line.now();
    const at = this.#queue.findIndex(
      ({ exchange, since }) => !this.#silent.has(exchange.who) || now - since >= PASSED_LIMIT,
    );
    return this.#queue.splice(Math.max(at, 0), 1)[0];
  }

  async #perform(exchange: Exchange): Promise<Uint8Array> {
    await this.#line.ready();
    this.#check();
    await this.#owedBy(exchange);
    await this.#quiet(exchange.pause);
    this.#check();
    if (isExpired(exchange, this.#line.now())) throw tooLate();
    this.counters.requests += 1;
    // Nothing that was heard before belongs to the answer, so listening begins here.
    const answer = this.#listen(exchange);
    try {
      await this.#send(exchange.request);
    } catch (error) {
      this.#active = undefined;
      throw error;
    }
    const sending = this.#line.sendTime(exchange.request.length);
    this.#quietSince = Math.max(this.#quietSince, this.#line.now() + sending);
    if (!exchange.answer) {
      this.#active = undefined;
      return NOTHING;
    }
    this.#unansweredSince ??= this.#line.now();
    return this.#await(exchange, answer, sending + exchange.timeout);
  }

  /** The first answer among the bytes heard from now on, or the reason why the port is gone. Never settles otherwise. */
  #listen(exchange: Exchange): Promise<Uint8Array> {
    const answer = new Promise<Uint8Array>((resolve, reject) => {
      const active: Active = {
        heard: NOTHING,
        fail: reject,
        take: (fresh) => {
          const found = exchange.answer?.(active.heard, fresh);
          if (found) resolve(found);
        },
      };
      this.#active = active;
    });
    answer.catch(() => undefined);
    return answer;
  }

  async #await(exchange: Exchange, answer: Promise<Uint8Array>, ms: number): Promise<Uint8Array> {
    const active = this.#active;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), ms);
    });
    try {
      const found = await Promise.race([answer, late]);
      if (found) {
        this.#silent.delete(exchange.who);
        return found;
      }
    } finally {
      clearTimeout(timer);
      this.#active = undefined;
    }
    this.counters.unanswered += 1;
    this.#owe(exchange);
    const heard = active?.heard ?? NOTHING;
    if (heard.length === 0) {
      if (this.#silent.size < EXCHANGES_LIMIT) this.#silent.add(exchange.who);
      this.#line.unanswered();
      throw new SensorFault('timeout', `no answer within ${exchange.timeout} ms`);
    }
    throw exchange.fault?.(heard) ?? new SensorFault('malformed', 'what came is no answer');
  }

  #check(): void {
    if (this.#end) throw this.#end;
    const reason = this.#line.closed();
    if (reason !== undefined) throw goneFault(reason);
  }

  async #send(request: Uint8Array): Promise<void> {
    try {
      await within(this.#line.write(request), WRITE_DEADLINE, 'a request');
    } catch (error) {
      this.#line.hung(messageOf(error));
      throw error instanceof SensorFault ? error : new SensorFault('io', messageOf(error));
    }
  }

  #owe({ kin, request }: Exchange): void {
    const now = this.#line.now();
    for (const [other, { until }] of this.#owed) if (until <= now) this.#owed.delete(other);
    this.#owed.set(kin, { request: Buffer.from(request).toString('hex'), until: now + LATE_LIMIT });
  }

  /** Waits until no earlier request can be answered that this one's answer could be taken for. */
  async #owedBy({ kin, request }: Exchange): Promise<void> {
    const owed = this.#owed.get(kin);
    // A late answer to the same question is as good.
    if (!owed || owed.request === Buffer.from(request).toString('hex')) return;
    const left = owed.until - this.#line.now();
    if (left > 0) await pauseFor(Math.min(left, LATE_LIMIT));
    this.#owed.delete(kin);
  }

  async #quiet(pause: number): Promise<void> {
    // Bytes that the kernel holds already come first.
    await new Promise((resolve) => setImmediate(resolve));
    let waited = 0;
    for (;;) {
      const left = pause - (this.#line.now() - this.#quietSince);
      if (!(left > 0)) return;
      if (waited >= QUIET_DEADLINE) throw new SensorFault('malformed', 'the line is never quiet');
      const step = Math.min(Math.ceil(left), QUIET_DEADLINE);
      await pauseFor(step);
      waited += step;
    }
  }
}

const isExpired = ({ until }: Exchange, now: number): boolean => until !== undefined && now >= until;
const tooLate = (): SensorFault => new SensorFault('timeout', 'the line was busy until it was too late');

/** A port that is being opened anew after a silence owes an answer, and nothing else is wrong with it. */
const goneFault = (reason: Reason): SensorFault =>
  new SensorFault(
    reason === 'stale' ? 'timeout' : reason,
    reason === 'stale' ? 'the port is opened anew' : 'no port',
  );
