import { decodeItem, encodeItem } from './codec.ts';
import { PerchError } from './errors.ts';
import { ENVELOPE_NODES_LIMIT, REQUEST_LIMIT, RESPONSE_LIMIT } from './limits.ts';

/**
 * The outermost form of every MQTT payload: a CBOR array whose first item is the type.
 *
 *   [1, bytes]                    Noise message 1 with Hello Server inside           agent to server
 *   [2, bytes]                    Noise message 2 with the reply to Hello inside      server to agent
 *   [3, tag, counter, bytes]      a sealed message of the session with that tag       both ways
 *   [4, tag]                      "say Hello again": proves nothing, rate-limited     server to agent
 *   [5]                           last will: the link broke. A hint, proves nothing   agent to server
 */
export type Envelope =
  | { type: 'hello'; noise: Uint8Array }
  | { type: 'helloReply'; noise: Uint8Array }
  | { type: 'sealed'; tag: Uint8Array; counter: number; body: Uint8Array }
  | { type: 'sayHello'; tag: Uint8Array }
  | { type: 'gone' };

const TYPES = { hello: 1, helloReply: 2, sealed: 3, sayHello: 4, gone: 5 } as const;

/** Bytes of a session's tag: the start of the Noise handshake hash, so both ends know it without sending it. */
export const TAG_LENGTH = 4;

export function encodeEnvelope(envelope: Envelope): Buffer {
  switch (envelope.type) {
    case 'hello':
    case 'helloReply':
      return encodeItem([TYPES[envelope.type], envelope.noise]);
    case 'sealed':
      return encodeItem([TYPES.sealed, envelope.tag, envelope.counter, envelope.body]);
    case 'sayHello':
      return encodeItem([TYPES.sayHello, envelope.tag]);
    case 'gone':
      return encodeItem([TYPES.gone]);
  }
}

const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array;
const isTag = (value: unknown): value is Uint8Array => isBytes(value) && value.length === TAG_LENGTH;
const isCounter = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/** @throws PerchError TOO_LONG, MALFORMED, UNKNOWN_KIND or WRONG_DIRECTION */
export function decodeEnvelope(payload: Uint8Array, from: 'agent' | 'server'): Envelope {
  const limit = from === 'agent' ? REQUEST_LIMIT : RESPONSE_LIMIT;
  if (payload.length > limit)
    throw new PerchError('TOO_LONG', `a payload of ${payload.length} bytes; the limit is ${limit}`);
  const item = decodeItem(payload, ENVELOPE_NODES_LIMIT);
  if (!Array.isArray(item) || item.length === 0)
    throw new PerchError('MALFORMED', 'the envelope is no array');
  const envelope = parse(item);
  const onlyAgent = envelope.type === 'hello' || envelope.type === 'gone';
  const onlyServer = envelope.type === 'helloReply' || envelope.type === 'sayHello';
  if ((from === 'server' && onlyAgent) || (from === 'agent' && onlyServer))
    throw new PerchError('WRONG_DIRECTION', `${envelope.type} from the ${from}`);
  return envelope;
}

function parse([type, a, b, c, ...rest]: unknown[]): Envelope {
  if (rest.length === 0) {
    if (type === TYPES.hello && isBytes(a) && b === undefined) return { type: 'hello', noise: a };
    if (type === TYPES.helloReply && isBytes(a) && b === undefined) return { type: 'helloReply', noise: a };
    if (type === TYPES.sealed && isTag(a) && isCounter(b) && isBytes(c))
      return { type: 'sealed', tag: a, counter: b, body: c };
    if (type === TYPES.sayHello && isTag(a) && b === undefined) return { type: 'sayHello', tag: a };
    if (type === TYPES.gone && a === undefined) return { type: 'gone' };
  }
  if (!Object.values<unknown>(TYPES).includes(type))
    throw new PerchError('UNKNOWN_KIND', `envelope type ${String(type)}`);
  throw new PerchError('MALFORMED', `an envelope of type ${String(type)} with other contents than it has`);
}
