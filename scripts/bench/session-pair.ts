import { randomBytes } from 'node:crypto';
import { DEFAULT_CONFIG_TEXT } from '../../broker-bridge/src/config/default-config.ts';
import { primitives } from '../../broker-bridge/src/crypto.ts';
import { decodeMessage, encodeMessage } from '../../broker-bridge/src/protocol/codec.ts';
import { decodeEnvelope, encodeEnvelope } from '../../broker-bridge/src/protocol/envelope.ts';
import { Handshake, prologueOf } from '../../broker-bridge/src/protocol/handshake.ts';
import type { MessageOf, ServerMessage } from '../../broker-bridge/src/protocol/messages.ts';
import { Session } from '../../broker-bridge/src/protocol/session.ts';
import { ALIAS } from './sample-messages.ts';
import { SAMPLE_BOARDS } from './sample-values.ts';

const server = primitives.generateKeyPair();
const board = primitives.generateKeyPair();

/** `first`: with the enrolment's secret, and the default config in the reply. */
export type HelloKind = 'first' | 'later';

/** What a board tells in Hello. */
function helloServer(kind: HelloKind): MessageOf<'helloServer'> {
  return {
    ...{ name: 'helloServer', version: '0.1.0', platform: 'linux-arm64' },
    ...{ configVersion: kind === 'first' ? 0 : 3, bootId: randomBytes(16), stream: randomBytes(8) },
    ...{ clock: Date.UTC(2026, 0, 1), synchronised: true },
    ...(kind === 'first' ? { secret: randomBytes(16) } : {}),
  };
}

function helloClient(kind: HelloKind): ServerMessage {
  const items = SAMPLE_BOARDS.find((sample) => sample.name === 'default config')!.items;
  const config = { version: 3, json: DEFAULT_CONFIG_TEXT, items };
  return { name: 'helloClient', time: Date.UTC(2026, 0, 1), ...(kind === 'first' ? { config } : {}) };
}

/** A board's MQTT payload of Hello, and what takes the reply to it. */
export function openHello(kind: HelloKind): { request: Buffer; finish(reply: Uint8Array): Session } {
  const options = { prologue: prologueOf(ALIAS), s: board, rs: server.publicKey };
  const handshake = new Handshake(primitives, { role: 'initiator', ...options });
  const noise = handshake.write(encodeMessage(helloServer(kind)));
  return {
    request: encodeEnvelope({ type: 'hello', noise }),
    finish(reply) {
      const envelope = decodeEnvelope(reply, 'server');
      if (envelope.type !== 'helloReply') throw new TypeError(`${envelope.type} in reply to Hello`);
      decodeMessage(handshake.read(envelope.noise), 'server');
      return new Session(handshake.split(), 'agent', ALIAS);
    },
  };
}

/** The server's part: reads a Hello and answers it. */
export function answerHello(request: Uint8Array, kind: HelloKind): { reply: Buffer; session: Session } {
  const envelope = decodeEnvelope(request, 'agent');
  if (envelope.type !== 'hello') throw new TypeError(`${envelope.type} for Hello`);
  const options = { prologue: prologueOf(ALIAS), s: server };
  const handshake = new Handshake(primitives, { role: 'responder', ...options });
  decodeMessage(handshake.read(envelope.noise), 'agent');
  const noise = handshake.write(encodeMessage(helloClient(kind)));
  const session = new Session(handshake.split(), 'server', ALIAS);
  return { reply: encodeEnvelope({ type: 'helloReply', noise }), session };
}

/** Both ends of one session. */
export function sessionPair(): { agent: Session; server: Session } {
  const hello = openHello('later');
  const { reply, session } = answerHello(hello.request, 'later');
  return { agent: hello.finish(reply), server: session };
}
