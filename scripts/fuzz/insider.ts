import { encodeMessage } from '@perch/broker-bridge/protocol/codec.ts';
import { decodeEnvelope, encodeEnvelope } from '@perch/broker-bridge/protocol/envelope.ts';
import { Handshake, prologueOf, type Transport } from '@perch/broker-bridge/protocol/handshake.ts';
import type { MessageOf, ServerMessage } from '@perch/broker-bridge/protocol/messages.ts';
import type { KeyPair, Primitives } from '@perch/broker-bridge/protocol/primitives.ts';

/**
 * An end that holds true session keys and seals whatever bytes it likes. It seals by the words of firmware-notes/wire.md
 * and not by session.ts, so it also shows that the page is right.
 */
export class Insider {
  readonly tag: Uint8Array;
  readonly #cipher: Transport['request'];
  readonly #associated: Buffer;
  #counter = 0;

  private constructor(transport: Transport, direction: 'req' | 'res', alias: string) {
    this.tag = transport.handshakeHash.subarray(0, 4);
    this.#cipher = direction === 'req' ? transport.request : transport.response;
    this.#associated = Buffer.concat([this.tag, Buffer.from(`${direction}\0${alias}`)]);
  }

  seal(plaintext: Uint8Array): Buffer {
    const counter = this.#counter++;
    const body = this.#cipher.seal(counter, this.#associated, plaintext);
    return encodeEnvelope({ type: 'sealed', tag: this.tag, counter, body });
  }

  /** A board: `exchange` carries its Hello to the server and returns the reply. */
  static async asBoard(
    primitives: Primitives,
    alias: string,
    key: KeyPair,
    serverKey: Uint8Array,
    exchange: (payload: Uint8Array) => Promise<Uint8Array>,
    hello: MessageOf<'helloServer'>,
  ): Promise<Insider> {
    const handshake = new Handshake(primitives, {
      role: 'initiator',
      prologue: prologueOf(alias),
      s: key,
      rs: serverKey,
    });
    const noise = handshake.write(encodeMessage(hello));
    const reply = decodeEnvelope(await exchange(encodeEnvelope({ type: 'hello', noise })), 'server');
    if (reply.type !== 'helloReply') throw new TypeError(`${reply.type} in answer to Hello`);
    handshake.read(reply.noise);
    return new Insider(handshake.split(), 'req', alias);
  }

  /** A server: takes the Hello of a board and returns the reply to it. */
  static asServer(
    primitives: Primitives,
    alias: string,
    key: KeyPair,
    payload: Uint8Array,
    answer: ServerMessage,
  ): { insider: Insider; reply: Buffer } {
    const hello = decodeEnvelope(payload, 'agent');
    if (hello.type !== 'hello') throw new TypeError(`${hello.type} where a Hello was due`);
    const handshake = new Handshake(primitives, { role: 'responder', prologue: prologueOf(alias), s: key });
    handshake.read(hello.noise);
    const noise = handshake.write(encodeMessage(answer));
    return {
      insider: new Insider(handshake.split(), 'res', alias),
      reply: encodeEnvelope({ type: 'helloReply', noise }),
    };
  }
}
