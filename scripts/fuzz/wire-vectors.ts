import { readFileSync } from 'node:fs';
import { primitives } from '@perch/broker-bridge/crypto.ts';
import { encodeMessage } from '@perch/broker-bridge/protocol/codec.ts';
import { encodeEnvelope } from '@perch/broker-bridge/protocol/envelope.ts';
import { Handshake, prologueOf } from '@perch/broker-bridge/protocol/handshake.ts';
import { MESSAGES, type Message } from '@perch/broker-bridge/protocol/messages.ts';
import { Session } from '@perch/broker-bridge/protocol/session.ts';
import { fromHex, type JsonMessage, messageFromJson, toHex } from './vector-json.ts';
import { MESSAGE_ROWS, REJECT_ROWS, VALUE_ROWS } from './vector-rows.ts';

export const VECTORS = new URL('../../broker-bridge/test-data/wire-vectors.json', import.meta.url);

const FIXED = {
  alias: 'greenhouse-1',
  agentStatic: '01'.repeat(32),
  agentEphemeral: '02'.repeat(32),
  serverStatic: '03'.repeat(32),
  serverEphemeral: '04'.repeat(32),
};
/** A record with the one value that a row of values is about; the bytes of the value are the last ones. */
export const valueMessage = (value: number | string | boolean): Message => ({
  name: 'monitorRecord',
  version: '1',
  configVersion: 0,
  records: [{ number: 1, timestamp: 1, per: 1, values: new Map([[0, value]]) }],
});
export const VALUE_PREFIX = 'a4000201613102000381a401010201030104a100';

/** A whole Hello under fixed keys, and sealed messages both ways under what comes of it. */
function session() {
  const pair = (privateKey: string) => primitives.keyPairOf(fromHex(privateKey));
  const [s, e, rs, re] = [
    FIXED.agentStatic,
    FIXED.agentEphemeral,
    FIXED.serverStatic,
    FIXED.serverEphemeral,
  ].map(pair);
  const keys: string[] = [];
  const watched = {
    ...primitives,
    cipher(key: Uint8Array) {
      keys.push(toHex(key));
      return primitives.cipher(key);
    },
  };
  const prologue = prologueOf(FIXED.alias);
  const agent = new Handshake(watched, { role: 'initiator', prologue, s: s!, e: e!, rs: rs!.publicKey });
  const server = new Handshake(primitives, { role: 'responder', prologue, s: rs!, e: re! });
  const said = MESSAGE_ROWS[0]!.message;
  const answer = MESSAGE_ROWS.find(({ message }) => message.name === 'helloClient')!.message;
  const first = agent.write(encodeMessage(messageFromJson(said)));
  server.read(first);
  const second = server.write(encodeMessage(messageFromJson(answer)));
  agent.read(second);
  const transport = agent.split();
  const [requestKey, responseKey] = keys.slice(-2);
  const ends = {
    agent: new Session(transport, 'agent', FIXED.alias),
    server: new Session(server.split(), 'server', FIXED.alias),
  };
  const { tag } = ends.agent;
  const sealed = [
    ['agent', MESSAGE_ROWS[3]!.message],
    ['server', { name: 'ok', re: 0 }],
    ['agent', MESSAGE_ROWS[2]!.message],
    ['server', { name: 'reconfigure', re: 1, config: { version: 4, json: '{}', items: [] } }],
    ['agent', MESSAGE_ROWS[5]!.message],
    ['server', { name: 'executableBytes', re: 2, offset: 0, bytes: '28b52ffd' }],
  ] as ['agent' | 'server', JsonMessage][];
  return {
    ...FIXED,
    prologue: toHex(prologue),
    agentPublic: toHex(s!.publicKey),
    agentEphemeralPublic: toHex(e!.publicKey),
    serverPublic: toHex(rs!.publicKey),
    serverEphemeralPublic: toHex(re!.publicKey),
    hello: {
      message: said,
      noise: toHex(first),
      payload: toHex(encodeEnvelope({ type: 'hello', noise: first })),
    },
    helloReply: {
      message: answer,
      noise: toHex(second),
      payload: toHex(encodeEnvelope({ type: 'helloReply', noise: second })),
    },
    handshakeHash: toHex(transport.handshakeHash),
    tag: toHex(tag),
    requestKey: requestKey!,
    responseKey: responseKey!,
    sealed: sealed.map(([from, message]) => {
      const { counter, payload } = ends[from].seal(messageFromJson(message));
      const associated = Buffer.concat([
        tag,
        Buffer.from(`${from === 'agent' ? 'req' : 'res'}\0${FIXED.alias}`),
      ]);
      const nonce = Buffer.alloc(12);
      nonce.writeUInt32LE(counter, 4);
      return {
        from,
        counter,
        nonce: toHex(nonce),
        associated: toHex(associated),
        message,
        plaintext: toHex(encodeMessage(messageFromJson(message))),
        payload: toHex(payload),
      };
    }),
  };
}

/** The whole file, as the code of today would write it. */
export function buildVectors() {
  return {
    about:
      'Golden vectors of the Perch wire, firmware-notes/wire.md. Byte strings are hex. In messages, item maps are lists of [number or name, value].',
    messages: MESSAGE_ROWS.map(({ what, message }) => ({
      what,
      from: MESSAGES[message.name].from,
      hex: toHex(encodeMessage(messageFromJson(message))),
      message,
    })),
    valuePrefix: VALUE_PREFIX,
    values: VALUE_ROWS.map(({ what, value, read }) => ({
      what,
      value,
      hex: toHex(encodeMessage(valueMessage(value))).slice(VALUE_PREFIX.length),
      ...(read === undefined ? {} : { read }),
    })),
    envelopes: [
      { what: 'Hello', from: 'agent', hex: '8201430a0b0c', envelope: { type: 'hello', noise: '0a0b0c' } },
      {
        what: 'reply to Hello',
        from: 'server',
        hex: '8202430a0b0c',
        envelope: { type: 'helloReply', noise: '0a0b0c' },
      },
      {
        what: 'sealed message of the agent',
        from: 'agent',
        hex: '84034401020304181943aabbcc',
        envelope: { type: 'sealed', tag: '01020304', counter: 25, body: 'aabbcc' },
      },
      {
        what: 'sealed message of the server with the last counter',
        from: 'server',
        hex: '840344010203041affffffff40',
        envelope: { type: 'sealed', tag: '01020304', counter: 4_294_967_295, body: '' },
      },
      {
        what: 'say Hello',
        from: 'server',
        hex: '82044401020304',
        envelope: { type: 'sayHello', tag: '01020304' },
      },
      { what: 'last will', from: 'agent', hex: '8105', envelope: { type: 'gone' } },
    ],
    session: session(),
    rejects: REJECT_ROWS,
  };
}
export type Vectors = ReturnType<typeof buildVectors>;

export const readVectors = (): Vectors => JSON.parse(readFileSync(VECTORS, 'utf8')) as Vectors;
