import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { primitives } from '@perch/broker-bridge/crypto.ts';
import { writeToken } from '@perch/broker-bridge/enrolment.ts';
import { cardToken, identityOfBoard, notEnrolled } from './card-token.ts';
import { enrol, loadIdentity } from './identity.ts';

const key = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const TOKEN = {
  v: 1 as const,
  alias: 'pi-1',
  broker: 'mqtt://127.0.0.1:1',
  prefix: 'perch/v1',
  serverKey: key(primitives.generateKeyPair().publicKey),
  root: key(new Uint8Array(32)),
  secret: key(new Uint8Array(16)),
};

function card(t: TestContext) {
  const state = mkdtempSync(join(tmpdir(), 'perch-card-'));
  t.after(() => rmSync(state, { recursive: true, force: true }));
  const notes: string[] = [];
  return {
    state,
    notes,
    put: (text: string) => writeFileSync(cardToken(state), text, { mode: 0o600 }),
    start: () => identityOfBoard(state, (text) => notes.push(text)),
  };
}

test('a flashed card enrols itself at its first start, with a key that no other card of the image has', (t) => {
  const [one, other] = [card(t), card(t)];
  for (const { put } of [one, other]) put(`${writeToken(TOKEN)}\n`);
  assert.match(notEnrolled(one.state), /not enrolled yet; it does that by itself/);
  const first = one.start();
  assert.equal(first?.enrolment.secret, TOKEN.secret);
  assert.equal(existsSync(cardToken(one.state)), false, 'the token lies nowhere but in the identity');
  assert.equal(statSync(join(one.state, 'identity.json')).mode & 0o777, 0o600);
  assert.notDeepEqual(other.start()?.key.publicKey, first?.key.publicKey);
  assert.deepEqual(one.start()?.key.publicKey, first?.key.publicKey, 'and is the same board ever after');
  assert.deepEqual(one.notes, ["enrolled as pi-1 with the card's token"]);
});

test('a power cut between identity and token has it done again, by the same key', (t) => {
  const { state, put, start } = card(t);
  const before = enrol(state, writeToken(TOKEN));
  put(writeToken(TOKEN));
  assert.deepEqual(start()?.key.publicKey, before.key.publicKey);
  assert.equal(existsSync(cardToken(state)), false);
});

test('a card that was flashed anew with the token of another board becomes that board', (t) => {
  const { state, put, start } = card(t);
  enrol(state, writeToken(TOKEN));
  put(writeToken({ ...TOKEN, alias: 'pi-2' }));
  assert.equal(start()?.enrolment.alias, 'pi-2');
  assert.equal(loadIdentity(state)?.enrolment.alias, 'pi-2');
});

test('a token that is no use is one clear error, and stops no board that knows who it is', (t) => {
  for (const bad of ['', 'hello', writeToken(TOKEN).slice(0, -9), 'perch1.'.padEnd(200_000, 'A')]) {
    const { state, put, start, notes } = card(t);
    put(bad);
    assert.throws(start, /^TypeError: the card's token \(.*token\) is no use: the token .*copy the whole of/);
    assert.match(notEnrolled(state), /^the card's token/);
    enrol(state, writeToken(TOKEN));
    assert.equal(start()?.enrolment.alias, 'pi-1');
    assert.match(notes.join('\n'), /no use: .*; this board goes on as pi-1/);
    assert.equal(existsSync(cardToken(state)), true, 'what a person put there is theirs to look at');
  }
});
