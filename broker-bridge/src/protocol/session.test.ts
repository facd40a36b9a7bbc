import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { primitives } from '../crypto.ts';
import { decodeEnvelope, type Envelope } from './envelope.ts';
import { Handshake, prologueOf } from './handshake.ts';
import { REPLAY_WINDOW } from './limits.ts';
import type { Message } from './messages.ts';
import { ReplayWindow, Session } from './session.ts';

type Sealed = Extract<Envelope, { type: 'sealed' }>;
const RECORD: Message = { name: 'monitorRecord', version: '0.1.0', configVersion: 1, records: [] };
const OK: Message = { name: 'ok', re: 0 };

function sessions(agentAlias = 'greenhouse', serverAlias = agentAlias) {
  const s = primitives.generateKeyPair();
  const prologue = prologueOf('greenhouse');
  const agent = new Handshake(primitives, {
    role: 'initiator',
    prologue,
    s: primitives.generateKeyPair(),
    rs: s.publicKey,
  });
  const server = new Handshake(primitives, { role: 'responder', prologue, s });
  server.read(agent.write(new Uint8Array(0)));
  agent.read(server.write(new Uint8Array(0)));
  return {
    agent: new Session(agent.split(), 'agent', agentAlias),
    server: new Session(server.split(), 'server', serverAlias),
  };
}

const sealed = (payload: Uint8Array, from: 'agent' | 'server'): Sealed =>
  decodeEnvelope(payload, from) as Sealed;

test('what one end seals the other opens, both ways, and the tags are the same', () => {
  const { agent, server } = sessions();
  assert.deepEqual(agent.tag, server.tag);
  assert.deepEqual(server.open(sealed(agent.seal(RECORD).payload, 'agent')), RECORD);
  assert.deepEqual(agent.open(sealed(server.seal(OK).payload, 'server')), OK);
});

test('a replayed message is refused', () => {
  const { agent, server } = sessions();
  const { payload } = agent.seal(RECORD);
  server.open(sealed(payload, 'agent'));
  assert.throws(() => server.open(sealed(payload, 'agent')), { code: 'REPLAYED' });
});

test('a message under another alias is refused', () => {
  const { agent, server } = sessions('greenhouse', 'cellar');
  assert.throws(() => server.open(sealed(agent.seal(RECORD).payload, 'agent')), { code: 'NOT_AUTHENTIC' });
});

test('a message turned round is refused', () => {
  const { agent } = sessions();
  assert.throws(() => agent.open(sealed(agent.seal(RECORD).payload, 'agent')), { code: 'NOT_AUTHENTIC' });
});

test('a message of an older session is refused', () => {
  const old = sessions();
  const now = sessions();
  assert.throws(() => now.server.open(sealed(old.agent.seal(RECORD).payload, 'agent')), {
    code: 'NOT_AUTHENTIC',
  });
});

test('every changed bit of the sealed bytes or of the counter is refused, and does not close the window', () => {
  const { agent, server } = sessions();
  const envelope = sealed(agent.seal(RECORD).payload, 'agent');
  for (let i = 0; i < envelope.body.length * 8; i++) {
    const body = Uint8Array.from(envelope.body);
    body[i >> 3]! ^= 1 << (i & 7);
    assert.throws(() => server.open({ ...envelope, body }), { code: 'NOT_AUTHENTIC' });
  }
  assert.throws(() => server.open({ ...envelope, counter: 2 ** 40 }), { code: 'NOT_AUTHENTIC' });
  assert.deepEqual(server.open(envelope), RECORD, 'the true one still opens');
});

test('a message that only the other end may send is refused after its seal opened', () => {
  const { agent, server } = sessions();
  assert.throws(() => server.open(sealed(agent.seal(OK).payload, 'agent')), { code: 'WRONG_DIRECTION' });
});

test('a message that would pass the limit of its direction is not sent', () => {
  const { agent, server } = sessions();
  const items = Array.from({ length: 400 }, (_, index) => `${index}`.padStart(100, 'x'));
  const config = { version: 1, json: ' '.repeat(60_000), items };
  assert.throws(() => server.seal({ name: 'reconfigure', config }), { code: 'TOO_LONG' });
  const text = 'x'.repeat(250);
  const values = new Map(Array.from({ length: 512 }, (_, index) => [index, text] as const));
  const records = [{ number: 1, timestamp: 1, per: 1, values }];
  assert.throws(() => agent.seal({ ...RECORD, records } as Message), { code: 'TOO_LONG' });
  assert.deepEqual(agent.open(sealed(server.seal(OK).payload, 'server')), OK, 'the session goes on');
});

test('the replay window accepts each counter once, as a plain set with a bound would', () => {
  const counter = fc.oneof(fc.nat({ max: 600 }), fc.nat({ max: 5000 }));
  fc.assert(
    fc.property(fc.array(counter, { maxLength: 400 }), (counters) => {
      const window = new ReplayWindow();
      const seen = new Set<number>();
      let newest = -1;
      for (const counter of counters) {
        const expected = !seen.has(counter) && newest - counter < REPLAY_WINDOW;
        assert.equal(window.isFresh(counter), expected);
        if (!expected) continue;
        window.mark(counter);
        seen.add(counter);
        newest = Math.max(newest, counter);
      }
    }),
    { numRuns: 300 },
  );
});
