import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeEnvelope, type Envelope, encodeEnvelope, TAG_LENGTH } from './envelope.ts';
import { PerchError } from './errors.ts';
import { FRAME_LIMIT, REQUEST_LIMIT, RESPONSE_LIMIT } from './limits.ts';

const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(7);

test('every envelope survives its way, from the end that may send it', () => {
  const tag = fc.uint8Array({ minLength: TAG_LENGTH, maxLength: TAG_LENGTH });
  const some = fc.uint8Array({ maxLength: 300 });
  const any: fc.Arbitrary<Envelope> = fc.oneof(
    fc.record({ type: fc.constant('hello' as const), noise: some }),
    fc.record({ type: fc.constant('helloReply' as const), noise: some }),
    fc.record({
      type: fc.constant('sealed' as const),
      tag,
      counter: fc.nat({ max: 0xffffffff }),
      body: some,
    }),
    fc.record({ type: fc.constant('sayHello' as const), tag }),
    fc.record({ type: fc.constant('gone' as const) }),
  );
  const mayCome = {
    hello: ['agent'],
    gone: ['agent'],
    helloReply: ['server'],
    sayHello: ['server'],
    sealed: ['agent', 'server'],
  };
  fc.assert(
    fc.property(any, (envelope) => {
      const payload = encodeEnvelope(envelope);
      for (const from of ['agent', 'server'] as const) {
        if (mayCome[envelope.type].includes(from))
          assert.equal(
            encodeEnvelope(decodeEnvelope(payload, from)).toString('hex'),
            payload.toString('hex'),
          );
        else assert.throws(() => decodeEnvelope(payload, from), { code: 'WRONG_DIRECTION' });
      }
    }),
  );
});

test('payloads up to the limit of their direction are read, longer ones are not looked at', () => {
  const head = encodeEnvelope({ type: 'hello', noise: bytes(1000) }).length - 1000;
  const hello = (length: number) => encodeEnvelope({ type: 'hello', noise: bytes(length - head) });
  assert.equal(hello(REQUEST_LIMIT).length, REQUEST_LIMIT);
  decodeEnvelope(hello(REQUEST_LIMIT), 'agent');
  assert.throws(() => decodeEnvelope(hello(REQUEST_LIMIT + 1), 'agent'), { code: 'TOO_LONG' });
  assert.throws(() => decodeEnvelope(new Uint8Array(RESPONSE_LIMIT + 1), 'server'), { code: 'TOO_LONG' });
  const frame = encodeEnvelope({
    type: 'sealed',
    tag: bytes(4),
    counter: 0xffffffff,
    body: bytes(FRAME_LIMIT + 64),
  });
  assert.ok(frame.length < RESPONSE_LIMIT, 'the largest frame fits');
  decodeEnvelope(frame, 'server');
});

test('whatever comes, there is an envelope or an error with a code', () => {
  const byte = fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0x81, 0x82, 0x84, 1, 2, 3, 4, 5, 0x44, 0x41));
  fc.assert(
    fc.property(
      fc.array(byte, { maxLength: 24 }),
      fc.constantFrom('agent' as const, 'server' as const),
      (list, from) => {
        try {
          decodeEnvelope(Uint8Array.from(list), from);
        } catch (error) {
          assert.ok(error instanceof PerchError);
        }
      },
    ),
    { numRuns: 20_000 },
  );
});
