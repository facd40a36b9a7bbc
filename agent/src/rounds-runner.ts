import {
  AGENT_ROUNDS,
  AGENT_START,
  type AgentInput,
  type AgentState,
  type BareInput,
} from '@perch/broker-bridge/protocol/agent-rounds.ts';
import { decodeMessage, encodeMessage } from '@perch/broker-bridge/protocol/codec.ts';
import type { AgentEffect, AgentTimer } from '@perch/broker-bridge/protocol/effects.ts';
import { decodeEnvelope, type Envelope, encodeEnvelope } from '@perch/broker-bridge/protocol/envelope.ts';
import { type ErrorCode, PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { Handshake, prologueOf } from '@perch/broker-bridge/protocol/handshake.ts';
import { RECORDS_PER_MESSAGE } from '@perch/broker-bridge/protocol/limits.ts';
import type {
  AgentMessage,
  MessageOf,
  ServerMessage,
  WireConfig,
} from '@perch/broker-bridge/protocol/messages.ts';
import type { KeyPair, Primitives } from '@perch/broker-bridge/protocol/primitives.ts';
import { decide } from '@perch/broker-bridge/protocol/rounds.ts';
import { Session } from '@perch/broker-bridge/protocol/session.ts';
import { requestTopic } from '@perch/broker-bridge/protocol/topics.ts';
import type { Batch, Outbox } from './outbox/outbox.ts';
import { hex } from './outbox/record.ts';
import { afterAnswer, afterSilence, FIRST_PACE, type Pace, pauseOf, QUIET_MS } from './pace.ts';
import { BATCH_BYTES } from './records.ts';
import { isSendable, reportOf } from './report.ts';
import { systemTimers, type Timers } from './timers.ts';

/** What the rounds need from the rest of the agent. */
export interface RoundsHost {
  alias: string;
  prefix: string;
  primitives: Primitives;
  key: KeyPair;
  serverKey: Uint8Array;
  outbox: Outbox;
  now(): number; // monotonic ms
  timers?: Timers;
  random(): number;
  publish(topic: string, payload: Uint8Array): void;
  /** What Hello tells. */
  hello(): Omit<MessageOf<'helloServer'>, 'name'>;
  /** What a report tells beside its records. */
  news(): Pick<MessageOf<'monitorRecord'>, 'version' | 'configVersion' | 'update' | 'refused' | 'timeless'>;
  applyConfig(config: WireConfig): void;
  offerRelease(version: string): void;
  prepared(message: MessageOf<'prepared'>): void;
  takeFrame(re: number, offset: number, bytes: Uint8Array): void;
  requestRefused(re: number, code: ErrorCode): void;
  /** The server answered Hello as one that lets this board in. */
  letIn(): void;
  /** The server's clock in Unix ms, and the round trip of the exchange that told it, in ms. */
  serverTime(time: number, roundTrip: number): void;
  /** Records are stored at the server. */
  acknowledged(count: number): void;
  /** Nothing is under way: a per-exchange connection may close. */
  quiet(): void;
  note(text: string): void;
}

/** Faults of one code are noted this often at most, in ms; the others are only counted. */
export const FAULT_NOTE_MS = 60_000;

/** What a Hello names. */
interface Told {
  stream: Uint8Array;
  boot: Uint8Array;
}

/** Runs agent-rounds.ts: inputs in, decisions by the table, effects done here. */
export class RoundsRunner {
  readonly #host: RoundsHost;
  #state: AgentState = AGENT_START;
  #session: Session | undefined;
  #handshake: Handshake | undefined;
  #helloAt = 0;
  /** Tag of the last handshake that ended in Not Whitelisted: an approval names it. */
  #refusedTag: Uint8Array | undefined;
  /** What Hello named, which its session's messages need not repeat. */
  #told: Told = { stream: new Uint8Array(8), boot: new Uint8Array(16) };
  /** What the Hello that is out names. */
  #telling: Told = this.#told;
  #open: { batch: Batch; at: number; full: boolean } | undefined;
  /** How long the answer that is being taken was under way, ms. */
  #answeredIn: number | undefined;
  /** And the stream of its records. */
  #answeredStream = '';
  #pace: Pace = FIRST_PACE;
  /** Monotonic ms before which the backlog holds. */
  #backlogFrom = 0;
  readonly #timers = new Map<AgentTimer, unknown>();
  readonly #clockwork: Timers;
  readonly #inputs: AgentInput[] = [];
  #running = false;
  /** Faults by error code: forged, replayed or malformed payloads. INTERNAL: an error of this program, never of a payload. */
  readonly faults = new Map<ErrorCode | 'INTERNAL', number>();
  readonly #toldFaults = new Map<ErrorCode | 'INTERNAL', { at: number; more: number }>();
  /** Rounds of protocol-rounds.md that were run, by name. */
  readonly rounds = new Map<string, number>();
  /** Reports that were sent again since the start, as nobody answered. */
  retries = 0;
  /** Monotonic ms when an exchange last began or ended. */
  movedAt = 0;

  constructor(host: RoundsHost) {
    this.#host = host;
    this.#clockwork = host.timers ?? systemTimers;
  }

  get state(): AgentState {
    return this.#state;
  }

  /** Round trip of the last report, ms. */
  get roundTrip(): number | undefined {
    return this.#pace.roundTrip;
  }

  /** The server asked for a pause in the backlog. */
  get holding(): boolean {
    return this.#backlogFrom > this.#host.now();
  }

  get live(): boolean {
    return this.#session !== undefined && (this.#state.phase === 'idle' || this.#state.phase === 'reporting');
  }

  linkUp(): void {
    this.#input({ on: 'linkUp' });
  }

  linkDown(): void {
    this.#input({ on: 'linkDown' });
  }

  /** The outbox has records, taken lately or of the backlog. */
  records(): void {
    if (this.#host.outbox.has(false)) this.#input({ on: 'records' });
    else if (this.#state.phase === 'idle') this.#goOn();
  }

  /** Config or update have news that the server should hear of now. */
  news(): void {
    this.#input({ on: 'news' });
  }

  /** Asks for the way to a release. The counter names the answer; undefined while there is no session. */
  prepare(question: Omit<MessageOf<'prepare'>, 'name'>): number | undefined {
    if (!this.live) return undefined;
    return this.#seal({ name: 'prepare', ...question });
  }

  /** Asks for frames of an object. The counter names the answers; undefined while there is no session. */
  fetch(object: Uint8Array, frame: number, offsets: number[]): number | undefined {
    if (!this.live) return undefined;
    return this.#seal({ name: 'fetch', object, frame, offsets });
  }

  stop(): void {
    for (const timer of this.#timers.values()) this.#clockwork.clear(timer);
    this.#timers.clear();
    this.#inputs.length = 0;
  }

  /** One payload from the broker. Never throws: a fault is counted and noted. */
  receive(payload: Uint8Array): void {
    try {
      this.#opened(decodeEnvelope(payload, 'server'));
    } catch (error) {
      this.#fault(error);
    }
  }

  #fault(error: unknown): void {
    const code = error instanceof PerchError ? error.code : 'INTERNAL';
    this.faults.set(code, (this.faults.get(code) ?? 0) + 1);
    // Anybody on the broker can cause faults, and the log may be on an SD card.
    const now = this.#host.now();
    const told = this.#toldFaults.get(code);
    if (told !== undefined && now - told.at < FAULT_NOTE_MS) {
      told.more += 1;
      return;
    }
    this.#toldFaults.set(code, { at: now, more: 0 });
    const text = error instanceof Error ? error.message : String(error);
    this.#host.note(told === undefined || told.more === 0 ? text : `${text} (and ${told.more} more since)`);
  }

  #opened(envelope: Envelope): void {
    if (envelope.type === 'helloReply') return this.#openHello(envelope.noise);
    if (envelope.type === 'sayHello') {
      const mine = [this.#session?.tag, this.#refusedTag].some(
        (tag) => tag !== undefined && Buffer.compare(tag, envelope.tag) === 0,
      );
      if (mine) this.#input({ on: 'sayHello' });
      return;
    }
    if (envelope.type !== 'sealed') return;
    const session = this.#session;
    if (session === undefined || Buffer.compare(session.tag, envelope.tag) !== 0)
      throw new PerchError('UNKNOWN_SESSION', 'a message of another session');
    const message = session.open(envelope) as ServerMessage;
    this.#input({ on: message.name, message });
  }

  #openHello(noise: Uint8Array): void {
    if (this.#handshake === undefined || this.#state.phase !== 'greeting')
      throw new PerchError('UNKNOWN_SESSION', 'a reply to no Hello');
    const handshake = this.#handshake.fork();
    const message = decodeMessage(handshake.read(noise), 'server') as ServerMessage;
    const known = ['helloClient', 'versionMismatch', 'notWhitelisted'].includes(message.name);
    if (!known) throw new PerchError('MALFORMED', `${message.name} in reply to Hello`);
    this.#handshake = undefined;
    const session = new Session(handshake.split(), 'agent', this.#host.alias);
    const letIn = message.name !== 'notWhitelisted';
    this.#refusedTag = letIn ? undefined : session.tag;
    if (letIn) {
      this.#session = session;
      this.#told = this.#telling;
    }
    // Before the rounds take it: the report that goes at once puts the times of its records right.
    if (message.name === 'helloClient') this.#host.serverTime(message.time, this.#host.now() - this.#helloAt);
    this.#input({ on: message.name, message });
    // After the rounds took it, so that who waited for a session can use it.
    if (letIn) this.#host.letIn();
  }

  #input(bare: BareInput): void {
    this.#inputs.push({ ...bare, now: this.#host.now(), random: this.#host.random() } as AgentInput);
    if (this.#running) return;
    this.#running = true;
    try {
      for (let input = this.#inputs.shift(); input !== undefined; input = this.#inputs.shift()) {
        const { state, effects, round, ends } = decide(AGENT_ROUNDS, this.#state, input);
        this.#state = state;
        this.#count(round);
        for (const effect of effects) this.#attempt(effect);
        if (ends !== undefined) this.#terminate(ends);
        if (this.#state.phase === 'idle' && input.on !== 'records') this.#goOn();
      }
    } finally {
      this.#running = false;
    }
  }

  /** What was taken lately goes at once; the backlog goes behind it, with pauses. */
  #goOn(): void {
    const { outbox, now, random } = this.#host;
    if (outbox.has(false)) this.#inputs.push({ on: 'records', now: now(), random: random() });
    else if (outbox.has(true)) this.#startTimer('pace', Math.max(0, this.#backlogFrom - now()));
  }

  #count(round: string): void {
    if (round !== '-') this.rounds.set(round, (this.rounds.get(round) ?? 0) + 1);
  }

  /** The exchange is over; a per-exchange connection closes when nothing else is under way. */
  #terminate(round: string): void {
    this.#count(round);
    if (this.#state.phase === 'idle' && this.#isQuiet()) this.#host.quiet();
  }

  #isQuiet(): boolean {
    const { outbox, now } = this.#host;
    return outbox.size === 0 || (!outbox.has(false) && this.#backlogFrom - now() > QUIET_MS);
  }

  /** One effect that fails must not take the timers behind it along: they are what tries again. */
  #attempt(effect: AgentEffect): void {
    try {
      this.#perform(effect);
    } catch (error) {
      this.#fault(error);
    }
  }

  #perform(effect: AgentEffect): void {
    const host = this.#host;
    switch (effect.do) {
      case 'sayHello':
        return this.#sayHello();
      case 'report':
        return this.#report();
      case 'acknowledge':
        return this.#acknowledge();
      case 'heed': {
        const { time, wait, behind } = effect;
        if (time !== undefined && this.#answeredIn !== undefined) host.serverTime(time, this.#answeredIn);
        // What was numbered in an older stream cannot be helped, and a new one was begun already.
        if (behind && this.#answeredStream === hex(host.outbox.stream)) host.outbox.renew();
        this.#backlogFrom = host.now() + Math.max(wait ?? 0, pauseOf(this.#pace));
        return;
      }
      case 'unanswered':
        this.retries += 1;
        this.#pace = afterSilence(this.#pace);
        return;
      case 'applyConfig':
        return host.applyConfig(effect.config);
      case 'offerRelease':
        return host.offerRelease(effect.version);
      case 'prepared':
        return host.prepared(effect.message);
      case 'takeFrame':
        return host.takeFrame(effect.re, effect.offset, effect.bytes);
      case 'requestRefused':
        return host.requestRefused(effect.re, effect.code);
      case 'endSession':
        this.#session = undefined;
        return;
      case 'startTimer':
        return this.#startTimer(effect.timer, effect.ms);
      case 'stopTimer':
        this.#clockwork.clear(this.#timers.get(effect.timer));
        this.#timers.delete(effect.timer);
        return;
      case 'note':
        host.note(effect.event);
        return;
    }
  }

  #startTimer(timer: AgentTimer, ms: number): void {
    this.#clockwork.clear(this.#timers.get(timer));
    this.#timers.set(
      timer,
      this.#clockwork.set(() => {
        // Timers may come a little early by the other clock; the backlog's turn is now.
        if (timer === 'pace' && this.#state.phase === 'idle') this.#backlogFrom = 0;
        this.#input({ on: 'timer', timer });
      }, ms),
    );
  }

  #acknowledge(): void {
    const open = this.#open;
    this.#open = undefined;
    this.#answeredIn = undefined;
    if (open === undefined) return;
    const now = this.#host.now();
    this.#answeredIn = now - open.at;
    this.#answeredStream = hex(open.batch.stream);
    this.movedAt = now;
    this.#pace = afterAnswer(this.#pace, now - open.at, open.full, BATCH_BYTES);
    this.#backlogFrom = now + pauseOf(this.#pace);
    this.#host.outbox.acknowledge(open.batch);
    this.#host.acknowledged(open.batch.records.length);
  }

  #sayHello(): void {
    const host = this.#host;
    const hello = host.hello();
    this.#telling = { stream: hello.stream, boot: hello.bootId };
    this.movedAt = host.now();
    this.#handshake = new Handshake(host.primitives, {
      role: 'initiator',
      prologue: prologueOf(host.alias),
      s: host.key,
      rs: host.serverKey,
    });
    this.#helloAt = host.now();
    const noise = this.#handshake.write(encodeMessage({ name: 'helloServer', ...hello }));
    host.publish(requestTopic(host.prefix, host.alias), encodeEnvelope({ type: 'hello', noise }));
  }

  #report(): void {
    const { outbox, now } = this.#host;
    const news = this.#host.news();
    const batch = outbox.batch({
      records: RECORDS_PER_MESSAGE,
      bytes: this.#pace.bytes,
      backlog: now() >= this.#backlogFrom,
    });
    const { report, sent } = reportOf(batch, { ...news, ...this.#told });
    this.movedAt = now();
    try {
      const counter = this.#seal({ name: 'monitorRecord', ...news, ...report });
      const full = sent.records.length >= RECORDS_PER_MESSAGE || sent.bytes > this.#pace.bytes / 2;
      this.#open = { batch: sent, at: now(), full };
      this.#input({ on: 'reported', counter });
    } catch (error) {
      const bad = sent.records.filter((record) => !isSendable(record));
      if (bad.length === 0) throw error;
      // A record that no message can carry would hold back all that come after it.
      const numbers = bad.map(({ number }) => number).join(', ');
      this.#host.note(`records ${numbers} cannot be sent and are given up: ${(error as Error).message}`);
      outbox.giveUp(bad);
      this.#report();
    }
  }

  #seal(message: AgentMessage): number {
    const { counter, payload } = this.#session!.seal(message);
    this.#host.publish(requestTopic(this.#host.prefix, this.#host.alias), payload);
    return counter;
  }
}
