import { decodeMessage, encodeMessage } from './codec.ts';
import { type Envelope, encodeEnvelope, TAG_LENGTH } from './envelope.ts';
import { PerchError } from './errors.ts';
import type { Transport } from './handshake.ts';
import { REPLAY_WINDOW, REQUEST_LIMIT, RESPONSE_LIMIT, SESSION_MESSAGES_LIMIT } from './limits.ts';
import type { Message } from './messages.ts';
import type { Cipher } from './primitives.ts';

type End = 'agent' | 'server';

/** Counters that were seen: accepts each once, none that lies REPLAY_WINDOW or more behind the newest. */
export class ReplayWindow {
  #newest = -1;
  #seen = new Uint8Array(REPLAY_WINDOW);

  /** True when the counter is new; does not mark it. */
  isFresh(counter: number): boolean {
    if (counter > this.#newest) return true;
    return this.#newest - counter < REPLAY_WINDOW && this.#seen[counter % REPLAY_WINDOW] === 0;
  }

  /** Marks a counter as seen. Only after its seal opened, or a forger could close the window. */
  mark(counter: number): void {
    if (counter > this.#newest) {
      const cleared = Math.min(counter - this.#newest, REPLAY_WINDOW);
      for (let i = 1; i <= cleared; i++) this.#seen[(this.#newest + i) % REPLAY_WINDOW] = 0;
      if (counter - this.#newest > REPLAY_WINDOW) this.#seen.fill(0);
      this.#newest = counter;
    }
    this.#seen[counter % REPLAY_WINDOW] = 1;
  }
}

/** One end of an established session: seals what it sends, opens what it gets, each counter once. */
export class Session {
  /** The start of the handshake hash; names the session on the wire. */
  readonly tag: Uint8Array;
  readonly #own: End;
  readonly #send: Cipher;
  readonly #receive: Cipher;
  readonly #sendAssociated: Uint8Array;
  readonly #receiveAssociated: Uint8Array;
  readonly #window = new ReplayWindow();
  #counter = 0;

  constructor(transport: Transport, own: End, alias: string) {
    this.tag = transport.handshakeHash.slice(0, TAG_LENGTH);
    this.#own = own;
    this.#send = own === 'agent' ? transport.request : transport.response;
    this.#receive = own === 'agent' ? transport.response : transport.request;
    this.#sendAssociated = associated(own, alias, this.tag);
    this.#receiveAssociated = associated(own === 'agent' ? 'server' : 'agent', alias, this.tag);
  }

  /** How many messages this end has sealed. */
  get sent(): number {
    return this.#counter;
  }

  /**
   * Seals a message. The counter ties a reply (`re`) to it.
   * @throws PerchError TOO_LONG or MALFORMED for a message that the other end would refuse; brokers cut off who sends too much
   */
  seal(message: Message): { counter: number; payload: Buffer } {
    if (this.#counter >= SESSION_MESSAGES_LIMIT)
      throw new PerchError('UNKNOWN_SESSION', 'the session is used up; say Hello');
    const counter = this.#counter++;
    const body = this.#send.seal(counter, this.#sendAssociated, encodeMessage(message));
    const payload = encodeEnvelope({ type: 'sealed', tag: this.tag, counter, body });
    const limit = this.#own === 'agent' ? REQUEST_LIMIT : RESPONSE_LIMIT;
    if (payload.length > limit)
      throw new PerchError('TOO_LONG', `${message.name} of ${payload.length} bytes; the limit is ${limit}`);
    return { counter, payload };
  }

  /** @throws PerchError REPLAYED, NOT_AUTHENTIC, MALFORMED, TOO_LONG, UNKNOWN_KIND or WRONG_DIRECTION */
  open(envelope: Extract<Envelope, { type: 'sealed' }>): Message {
    if (!this.#window.isFresh(envelope.counter))
      throw new PerchError('REPLAYED', `counter ${envelope.counter}`);
    const plaintext = this.#receive.open(envelope.counter, this.#receiveAssociated, envelope.body);
    if (plaintext === undefined)
      throw new PerchError('NOT_AUTHENTIC', `the seal of counter ${envelope.counter} does not open`);
    this.#window.mark(envelope.counter);
    return decodeMessage(plaintext, this.#own === 'agent' ? 'server' : 'agent');
  }
}

/** Direction, tag and alias: a message moved to another topic or turned round does not open. */
function associated(from: End, alias: string, tag: Uint8Array): Uint8Array {
  const name = new TextEncoder().encode(`${from === 'agent' ? 'req' : 'res'}\0${alias}`);
  const bytes = new Uint8Array(TAG_LENGTH + name.length);
  bytes.set(tag);
  bytes.set(name, TAG_LENGTH);
  return bytes;
}
