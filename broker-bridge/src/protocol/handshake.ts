import { PerchError } from './errors.ts';
import type { Cipher, KeyPair, Primitives } from './primitives.ts';

/**
 * Noise_IK_25519_ChaChaPoly_SHA256 (Noise Protocol Framework, revision 34), as the table of section 7.5 and one
 * interpreter for both ends:
 *
 *   <- s
 *   ...
 *   -> e, es, s, ss
 *   <- e, ee, se
 */
const PROTOCOL_NAME = 'Noise_IK_25519_ChaChaPoly_SHA256';

type Token = 'e' | 's' | 'ee' | 'es' | 'se' | 'ss';
const MESSAGES: readonly (readonly Token[])[] = [
  ['e', 'es', 's', 'ss'],
  ['e', 'ee', 'se'],
];

const KEY_LENGTH = 32;
const TAG_LENGTH = 16;
const EMPTY = new Uint8Array(0);

/** Bytes of a first message with nothing inside: e, the encrypted s, and the tag of the payload. */
export const HANDSHAKE_LEAST = KEY_LENGTH + KEY_LENGTH + TAG_LENGTH + TAG_LENGTH;

/** What both ends hold after the second message. */
export interface Transport {
  /** From the initiator (agent) to the responder (server). */
  request: Cipher;
  /** From the responder to the initiator. */
  response: Cipher;
  /** h of section 5.2: unique per handshake, the same at both ends. */
  handshakeHash: Uint8Array;
}

export interface HandshakeOptions {
  role: 'initiator' | 'responder';
  prologue: Uint8Array;
  s: KeyPair;
  /** The responder's static key, which the initiator must know before. */
  rs?: Uint8Array;
  /** Only for test vectors; made afresh otherwise. */
  e?: KeyPair;
}

export class Handshake {
  readonly #p: Primitives;
  readonly #options: HandshakeOptions;
  #ck: Uint8Array;
  #h: Uint8Array;
  #cipher: Cipher | undefined;
  #n = 0;
  #e: KeyPair | undefined;
  #rs: Uint8Array | undefined;
  #re: Uint8Array | undefined;
  #next = 0;

  constructor(primitives: Primitives, options: HandshakeOptions) {
    this.#p = primitives;
    this.#options = options;
    this.#rs = options.rs;
    // The name is exactly HASHLEN long, so it is h itself (section 5.2, InitializeSymmetric).
    this.#h = new TextEncoder().encode(PROTOCOL_NAME);
    this.#ck = this.#h;
    this.#mixHash(options.prologue);
    const responder = options.role === 'responder' ? options.s.publicKey : options.rs;
    if (responder === undefined) throw new TypeError('the initiator of IK needs the responder static key');
    this.#mixHash(responder);
  }

  /**
   * A copy that can read on its own: anybody can send a forged reply, and the true one must still find the handshake
   * as it was.
   */
  fork(): Handshake {
    const copy = new Handshake(this.#p, this.#options);
    copy.#ck = this.#ck;
    copy.#h = this.#h;
    copy.#cipher = this.#cipher;
    copy.#n = this.#n;
    copy.#e = this.#e;
    copy.#rs = this.#rs;
    copy.#re = this.#re;
    copy.#next = this.#next;
    return copy;
  }

  /** The other end's static public key, once its message has been read. */
  get remoteStatic(): Uint8Array | undefined {
    return this.#rs;
  }

  /** The next message to send, with its payload inside. */
  write(payload: Uint8Array): Uint8Array {
    const parts: Uint8Array[] = [];
    for (const token of this.#take()) {
      if (token === 'e') {
        this.#e = this.#options.e ?? this.#p.generateKeyPair();
        parts.push(this.#e.publicKey);
        this.#mixHash(this.#e.publicKey);
      } else if (token === 's') {
        parts.push(this.#encryptAndHash(this.#options.s.publicKey));
      } else {
        this.#mixKey(this.#dh(token));
      }
    }
    parts.push(this.#encryptAndHash(payload));
    return concat(parts);
  }

  /** The payload of the other end's message. @throws PerchError NOT_AUTHENTIC or MALFORMED; the handshake is then over */
  read(message: Uint8Array): Uint8Array {
    let at = 0;
    const take = (length: number): Uint8Array => {
      if (at + length > message.length)
        throw new PerchError('MALFORMED', 'the handshake message is cut short');
      at += length;
      return message.subarray(at - length, at);
    };
    for (const token of this.#take()) {
      if (token === 'e') {
        this.#re = take(KEY_LENGTH);
        this.#mixHash(this.#re);
      } else if (token === 's') {
        this.#rs = this.#decryptAndHash(take(KEY_LENGTH + TAG_LENGTH));
      } else {
        this.#mixKey(this.#dh(token));
      }
    }
    return this.#decryptAndHash(message.subarray(at));
  }

  /** The session's keys, after the second message (section 5.2, Split). */
  split(): Transport {
    if (this.#next < MESSAGES.length) throw new TypeError('the handshake is not finished');
    const [first, second] = this.#hkdf(EMPTY);
    return {
      request: this.#p.cipher(first),
      response: this.#p.cipher(second),
      handshakeHash: this.#h,
    };
  }

  #take(): readonly Token[] {
    const tokens = MESSAGES[this.#next];
    if (tokens === undefined) throw new TypeError('the handshake is finished');
    this.#next += 1;
    return tokens;
  }

  #dh(token: Exclude<Token, 'e' | 's'>): Uint8Array {
    // The first letter is the initiator's key, the second the responder's (section 5.3).
    const initiator = this.#options.role === 'initiator';
    const own = (initiator ? token[0] : token[1]) === 'e' ? this.#e : this.#options.s;
    const theirs = (initiator ? token[1] : token[0]) === 'e' ? this.#re : this.#rs;
    if (own === undefined || theirs === undefined) throw new TypeError(`no key for ${token}`);
    try {
      return this.#p.dh(own, theirs);
    } catch {
      throw new PerchError('NOT_AUTHENTIC', 'the other end sent a public key that is not usable');
    }
  }

  #mixHash(data: Uint8Array): void {
    this.#h = this.#p.hash(this.#h, data);
  }

  #mixKey(input: Uint8Array): void {
    const [ck, k] = this.#hkdf(input);
    this.#ck = ck;
    this.#cipher = this.#p.cipher(k);
    this.#n = 0;
  }

  /** HKDF with two outputs (section 4.3). */
  #hkdf(input: Uint8Array): [Uint8Array, Uint8Array] {
    const temp = this.#p.hmac(this.#ck, input);
    const first = this.#p.hmac(temp, Uint8Array.of(1));
    return [first, this.#p.hmac(temp, first, Uint8Array.of(2))];
  }

  #encryptAndHash(plaintext: Uint8Array): Uint8Array {
    // In IK a key is mixed in before anything is encrypted.
    const ciphertext = this.#cipher!.seal(this.#n++, this.#h, plaintext);
    this.#mixHash(ciphertext);
    return ciphertext;
  }

  #decryptAndHash(ciphertext: Uint8Array): Uint8Array {
    const plaintext = this.#cipher!.open(this.#n++, this.#h, ciphertext);
    if (plaintext === undefined) throw new PerchError('NOT_AUTHENTIC', 'the handshake message does not open');
    this.#mixHash(ciphertext);
    return plaintext;
  }
}

function concat(parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Binds the handshake to this protocol's version and to the alias (Noise section 6). */
export function prologueOf(alias: string): Uint8Array {
  return new TextEncoder().encode(`perch/1\0${alias}`);
}
