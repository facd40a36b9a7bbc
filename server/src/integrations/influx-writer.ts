import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { backoff } from '@perch/broker-bridge/protocol/backoff.ts';
import type { RecordRow } from '../store/contract.ts';
import { NoAnswer, type Posted, post, retryAfterMs } from './http-post.ts';
import { lineOf } from './influx-line.ts';
import type { InfluxTarget } from './influx-target.ts';

/** Points that wait, in characters of line protocol; over it the oldest are given up. */
export const INFLUX_QUEUE_LIMIT = 8 * 1024 * 1024;
/** Points of one request, and their characters. */
export const INFLUX_BATCH = 5_000;
const BATCH_LENGTH = 1024 * 1024;
/** How long points may wait for others, in ms. */
export const INFLUX_LINGER_MS = 1_000;
/** Waits between tries that failed. */
export const INFLUX_RETRY_MS = { least: 1_000, most: 60_000 } as const;
/** How long InfluxDB may take to answer, in ms. */
const ANSWER_MS = 20_000;
/** How long the last points may take when the server ends, in ms. */
const LAST_MS = 2_000;

const compress = promisify(gzip);

export interface InfluxState {
  /** Points that wait. */
  waiting: number;
  written: number;
  /** Given up because too many waited. */
  dropped: number;
  /** InfluxDB did not want them. */
  refused: number;
  /** Records of boards that did not know the time: there is no place for them. */
  untimed: number;
  /** Why the last request failed; undefined when it did not. */
  trouble?: string;
}

export interface InfluxOptions {
  target: InfluxTarget;
  /** Unix ms */
  now(): number;
  warn(text: string): void;
  retryMs?: { least: number; most: number };
  lingerMs?: number;
}

type Outcome = 'written' | 'refused' | 'tooLong' | { again: number };

/** Writes records to InfluxDB in batches, with a bounded queue. */
export class InfluxWriter {
  readonly #o: InfluxOptions;
  readonly #end = new AbortController();
  readonly #rest = new AbortController();
  #lines: string[] = [];
  #length = 0;
  /** Lines at the head of the queue that are being posted. */
  #posting = 0;
  #batch = INFLUX_BATCH;
  #running: Promise<void> | undefined;
  #failures = 0;
  #counts = { written: 0, dropped: 0, refused: 0, untimed: 0 };
  #error: string | undefined;
  #told: string | undefined;
  #overflowed = false;

  constructor(options: InfluxOptions) {
    this.#o = options;
  }

  get state(): InfluxState {
    const trouble = this.#error === undefined ? {} : { trouble: this.#error };
    return { waiting: this.#lines.length, ...this.#counts, ...trouble };
  }

  add(rows: readonly RecordRow[]): void {
    if (this.#rest.signal.aborted) return;
    for (const row of rows) {
      if (!row.synchronised) {
        this.#counts.untimed += 1;
        continue;
      }
      const line = lineOf(row);
      if (line === undefined) continue;
      this.#lines.push(line);
      this.#length += line.length + 1;
    }
    if (this.#length > INFLUX_QUEUE_LIMIT) this.#trim();
    if (this.#lines.length > 0) this.#running ??= this.#run();
  }

  /** Tries once more to write what waits, for a short while. */
  async close(): Promise<void> {
    this.#rest.abort();
    const late = setTimeout(() => this.#end.abort(), LAST_MS);
    await this.#running;
    clearTimeout(late);
  }

  /** Gives up the oldest that are not on their way. */
  #trim(): void {
    let count = 0;
    for (let at = this.#posting; this.#length > INFLUX_QUEUE_LIMIT && at < this.#lines.length; at++) {
      this.#length -= this.#lines[at]!.length + 1;
      count += 1;
    }
    this.#lines.splice(this.#posting, count);
    if (!this.#overflowed) this.#o.warn('InfluxDB: too many points wait, so the oldest are given up');
    this.#overflowed = true;
    this.#counts.dropped += count;
  }

  #forget(count: number): void {
    for (const line of this.#lines.splice(0, count)) this.#length -= line.length + 1;
  }

  async #run(): Promise<void> {
    while (this.#lines.length > 0 && !this.#end.signal.aborted) {
      if (this.#lines.length < this.#batch) await this.#pause(this.#o.lingerMs ?? INFLUX_LINGER_MS);
      const count = this.#head();
      this.#posting = count;
      const outcome = await this.#post(this.#lines.slice(0, count).join('\n'));
      this.#posting = 0;
      if (typeof outcome === 'object') {
        // When the server ends there is one try.
        if (this.#rest.signal.aborted) break;
        await this.#pause(outcome.again);
      } else if (outcome === 'tooLong' && count > 1) this.#batch = Math.ceil(count / 2);
      else {
        this.#forget(count);
        this.#counts[outcome === 'written' ? 'written' : 'refused'] += count;
      }
    }
    this.#running = undefined;
  }

  /** How many points the next request has. */
  #head(): number {
    let [count, length] = [0, 0];
    for (const line of this.#lines) {
      length += line.length + 1;
      if (count > 0 && (count >= this.#batch || length > BATCH_LENGTH)) break;
      count += 1;
    }
    return count;
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#rest.signal }).catch(() => undefined);
  }

  async #post(text: string): Promise<Outcome> {
    const { target, now } = this.#o;
    try {
      const answer = await post({
        ...target,
        headers: { ...target.headers, 'content-encoding': 'gzip' },
        body: await compress(text),
        timeout: ANSWER_MS,
        signal: this.#end.signal,
      });
      return this.#judge(answer, now());
    } catch (error) {
      return this.#again(error instanceof NoAnswer ? error.message : 'it could not be asked', 0);
    }
  }

  #judge({ status, headers, text }: Posted, now: number): Outcome {
    if (status >= 200 && status <= 299) {
      if (this.#told !== undefined) this.#o.warn('InfluxDB takes points again');
      this.#told = this.#error = undefined;
      this.#overflowed = false;
      this.#failures = 0;
      return 'written';
    }
    const error = `status ${status}${text === '' ? '' : `: ${oneLine(text)}`}`;
    if (status === 413) return 'tooLong';
    // Too many requests, and a request that was slow: the points may be good.
    if (status >= 500 || status === 429 || status === 408)
      return this.#again(error, retryAfterMs(headers, now, this.#retry.most));
    this.#tell(error);
    return 'refused';
  }

  get #retry(): { least: number; most: number } {
    return this.#o.retryMs ?? INFLUX_RETRY_MS;
  }

  #again(error: string, asked: number): Outcome {
    this.#tell(error);
    return { again: Math.max(asked, backoff(this.#failures++, Math.random(), this.#retry)) };
  }

  /** The same trouble is told once. */
  #tell(error: string): void {
    this.#error = error;
    if (this.#told === error) return;
    this.#told = error;
    this.#o.warn(`InfluxDB does not take points: ${error}`);
  }
}

/** The head of an answer, for people. Pure. */
const oneLine = (text: string): string =>
  text
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, 200);
