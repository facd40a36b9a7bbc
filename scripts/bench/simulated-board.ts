import { randomBytes } from 'node:crypto';
import { primitives } from '../../broker-bridge/src/crypto.ts';
import type { Enrolment } from '../../broker-bridge/src/enrolment.ts';
import { parseBroker } from '../../broker-bridge/src/mqtt/link.ts';
import { MqttLink } from '../../broker-bridge/src/mqtt/mqtt-link.ts';
import { decodeMessage, encodeMessage } from '../../broker-bridge/src/protocol/codec.ts';
import { decodeEnvelope, type Envelope, encodeEnvelope } from '../../broker-bridge/src/protocol/envelope.ts';
import { errorCodeOf } from '../../broker-bridge/src/protocol/errors.ts';
import { Handshake, prologueOf } from '../../broker-bridge/src/protocol/handshake.ts';
import { REPLAY_WINDOW } from '../../broker-bridge/src/protocol/limits.ts';
import type {
  MessageOf,
  ServerMessage,
  WireRecord,
  WireUpdate,
} from '../../broker-bridge/src/protocol/messages.ts';
import { Session } from '../../broker-bridge/src/protocol/session.ts';
import { requestTopic, responseTopic } from '../../broker-bridge/src/protocol/topics.ts';

/** Messages of one board that wait for their reply: the server's replay window must hold them all. */
export const IN_FLIGHT_LIMIT = REPLAY_WINDOW;

export interface SimulatedBoardOptions {
  /** What the board's token says (readToken). With its secret the first Hello whitelists the board's new key. */
  enrolment: Enrolment;
  platform?: string;
  version?: string;
  /** How long Hello and each message wait for their reply. */
  replyTimeoutMs?: number;
  /** Told of each Version Mismatch but the one of Hello, and of what answers `request`. */
  onUpdate?(message: UpdateMessage): void;
}

/** What the server says to a board about an update. */
export type UpdateMessage = Extract<
  ServerMessage,
  { name: 'versionMismatch' | 'prepared' | 'executableBytes' | 'refused' }
>;

/** What the server answered to a report whose records it stored. */
export type StoredReply = 'ok' | 'reconfigure' | 'versionMismatch';

interface Waiting<T> {
  resolve(value: T): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
}

/**
 * A board without sensors and outbox, for load: it says Hello, seals Monitor Records and waits for the server's reply, over
 * an MQTT connection of its own. It sends nothing again by itself; the caller knows what was lost. Of updates it only
 * carries the messages.
 */
export class SimulatedBoard {
  readonly alias: string;
  /** Payload bytes and messages both ways after Hello, and Hellos answered. */
  readonly counters = { hellos: 0, sent: 0, sentBytes: 0, received: 0, receivedBytes: 0, faults: 0 };
  readonly #options: Required<Omit<SimulatedBoardOptions, 'enrolment'>>;
  readonly #enrolment: Enrolment;
  readonly #key = primitives.generateKeyPair();
  readonly #serverKey: Uint8Array;
  readonly #bootId = randomBytes(16);
  readonly #stream = randomBytes(8);
  readonly #link: MqttLink;
  readonly #waiting = new Map<number, Waiting<StoredReply>>();
  #secret: Uint8Array | undefined;
  #handshake: Handshake | undefined;
  #greeting: Waiting<void> | undefined;
  #greeted: Promise<void> | undefined;
  #session: Session | undefined;
  #linkUp: { resolve(): void; reject(error: Error): void } | undefined;
  #configVersion = 0;
  #nextNumber = 0;

  constructor(options: SimulatedBoardOptions) {
    const { enrolment, platform = 'linux-arm64', version = '0.1.0', replyTimeoutMs = 10_000 } = options;
    const { onUpdate = () => {} } = options;
    this.alias = enrolment.alias;
    this.#enrolment = enrolment;
    this.#options = { platform, version, replyTimeoutMs, onUpdate };
    this.#serverKey = Buffer.from(enrolment.serverKey, 'base64url');
    this.#secret = enrolment.secret === undefined ? undefined : Buffer.from(enrolment.secret, 'base64url');
    const broker = { ...parseBroker(enrolment.broker), ...(enrolment.ca ? { ca: enrolment.ca } : {}) };
    this.#link = new MqttLink(
      { broker, clientId: `simulated-${this.alias}-${randomBytes(3).toString('hex')}` },
      {
        up: () => this.#linkUp?.resolve(),
        down: (reason) => {
          this.#linkUp?.reject(new Error(`${this.alias}: ${reason}`));
          this.#giveUp(`the link broke: ${reason}`);
        },
        message: (_topic, payload) => this.#receive(payload),
      },
    );
    this.#link.subscribe(responseTopic(enrolment.prefix, this.alias));
  }

  /** Version of the config that the server gave; 0 before Hello. */
  get configVersion(): number {
    return this.#configVersion;
  }

  get live(): boolean {
    return this.#session !== undefined && this.#link.up;
  }

  /** Connects and says Hello. Rejects when the broker or the server does not let it in or does not answer in time. */
  async start(): Promise<void> {
    const up = new Promise<void>((resolve, reject) => {
      this.#linkUp = { resolve, reject };
    });
    this.#link.start();
    await up;
    this.#linkUp = undefined;
    await this.hello();
  }

  /** A new session; what waits for a reply in the old one is given up. Rejects as start does. */
  hello(): Promise<void> {
    this.#giveUp('Hello again');
    this.#session = undefined;
    this.#handshake = new Handshake(primitives, {
      role: 'initiator',
      prologue: prologueOf(this.alias),
      s: this.#key,
      rs: this.#serverKey,
    });
    const message: MessageOf<'helloServer'> = {
      name: 'helloServer',
      version: this.#options.version,
      platform: this.#options.platform,
      configVersion: this.#configVersion,
      bootId: this.#bootId,
      stream: this.#stream,
      clock: Date.now(),
      synchronised: true,
      ...(this.#secret === undefined ? {} : { secret: this.#secret }),
    };
    const noise = this.#handshake.write(encodeMessage(message));
    this.#greeted = new Promise((resolve, reject) => {
      const timer = this.#timer(() => this.#endGreeting(new Error(`${this.alias}: no reply to Hello`)));
      this.#greeting = { resolve, reject, timer };
      this.#publish(encodeEnvelope({ type: 'hello', noise }));
    });
    return this.#greeted;
  }

  /** A record with the next number of this board's stream; values by item number. */
  record(values: WireRecord['values'], timestamp: number, per: number): WireRecord {
    return { number: this.#nextNumber++, timestamp, per, values };
  }

  /**
   * Sends records as one Monitor Record, after a new Hello where the session is gone; resolves once the server has stored
   * them. Rejects when it did not say so in time. `update`: how far the board is with a release.
   */
  async send(records: WireRecord[], update?: WireUpdate): Promise<StoredReply> {
    if (this.#session === undefined) await (this.#greeted ?? this.hello());
    const session = this.#session;
    if (session === undefined || !this.#link.up) throw new Error(`${this.alias}: no link to the server`);
    if (this.#waiting.size >= IN_FLIGHT_LIMIT)
      throw new Error(`${this.alias}: ${IN_FLIGHT_LIMIT} messages wait for their reply`);
    const { version } = this.#options;
    const { counter, payload } = session.seal({
      ...{ name: 'monitorRecord', version, configVersion: this.#configVersion, records },
      ...(update === undefined ? {} : { update }),
    });
    return new Promise((resolve, reject) => {
      const timer = this.#timer(() => this.#settle(counter, new Error(`${this.alias}: no reply in time`)));
      this.#waiting.set(counter, { resolve, reject, timer });
      this.counters.sent += 1;
      this.counters.sentBytes += payload.length;
      this.#publish(payload);
    });
  }

  /** Asks without waiting: the counter that onUpdate's answer names, or undefined while there is no session. */
  request(message: MessageOf<'prepare'> | MessageOf<'fetch'>): number | undefined {
    if (this.#session === undefined || !this.#link.up) return undefined;
    const { counter, payload } = this.#session.seal(message);
    this.#publish(payload);
    return counter;
  }

  async close(): Promise<void> {
    this.#giveUp('closed');
    this.#session = undefined;
    await this.#link.close();
  }

  #timer(late: () => void): NodeJS.Timeout {
    return setTimeout(late, this.#options.replyTimeoutMs);
  }

  #publish(payload: Uint8Array): void {
    this.#link.publish(requestTopic(this.#enrolment.prefix, this.alias), payload);
  }

  #receive(payload: Uint8Array): void {
    try {
      this.#open(decodeEnvelope(payload, 'server'), payload.length);
    } catch {
      this.counters.faults += 1; // forged, repeated or of an older session
    }
  }

  #open(envelope: Envelope, size: number): void {
    const session = this.#session;
    if (envelope.type === 'helloReply') return this.#openHello(envelope.noise);
    if (session === undefined || !('tag' in envelope) || Buffer.compare(session.tag, envelope.tag) !== 0)
      return;
    // The server lost the session. Whoever waits in it hears so; when this Hello fails, the next send says it again.
    if (envelope.type === 'sayHello') return void this.hello().catch(() => {});
    this.counters.received += 1;
    this.counters.receivedBytes += size;
    this.#take(session.open(envelope) as ServerMessage);
  }

  #openHello(noise: Uint8Array): void {
    if (this.#handshake === undefined || this.#greeting === undefined) return;
    const handshake = this.#handshake.fork(); // a forged reply leaves the true one its chance
    const message = decodeMessage(handshake.read(noise), 'server') as ServerMessage;
    if (message.name === 'notWhitelisted')
      return this.#endGreeting(new Error(`${this.alias}: not whitelisted`));
    if (message.name === 'helloClient' && message.config !== undefined)
      this.#configVersion = message.config.version;
    this.#session = new Session(handshake.split(), 'agent', this.alias);
    this.#secret = undefined;
    this.counters.hellos += 1;
    this.#endGreeting();
  }

  #endGreeting(error?: Error): void {
    const greeting = this.#greeting;
    this.#greeting = undefined;
    this.#greeted = undefined;
    this.#handshake = undefined;
    clearTimeout(greeting?.timer);
    if (error === undefined) greeting?.resolve();
    else greeting?.reject(error);
  }

  #take(message: ServerMessage): void {
    switch (message.name) {
      case 'reconfigure':
        this.#configVersion = message.config.version;
        return this.#settle(message.re, message.name);
      case 'ok':
        return this.#settle(message.re, message.name);
      case 'versionMismatch':
        this.#settle(message.re, message.name);
        return this.#options.onUpdate(message);
      case 'prepared':
      case 'executableBytes':
        return this.#options.onUpdate(message);
      case 'notWhitelisted':
        return this.#settle(message.re, new Error(`${this.alias}: not whitelisted any more`));
      case 'refused':
        if (!this.#waiting.has(message.re)) return this.#options.onUpdate(message);
        return this.#settle(message.re, new Error(`${this.alias}: refused, ${errorCodeOf(message.code)}`));
      default:
        this.counters.faults += 1;
    }
  }

  #settle(re: number | undefined, result: StoredReply | Error): void {
    const waiting = re === undefined ? undefined : this.#waiting.get(re);
    if (re === undefined || waiting === undefined) return;
    this.#waiting.delete(re);
    clearTimeout(waiting.timer);
    if (result instanceof Error) waiting.reject(result);
    else waiting.resolve(result);
  }

  #giveUp(why: string): void {
    const error = new Error(`${this.alias}: ${why}`);
    this.#endGreeting(error);
    for (const counter of [...this.#waiting.keys()]) this.#settle(counter, error);
  }
}
