import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decode as decodePlainly } from 'cbor-x/index-no-eval';
import { messageFromJson, messageToJson } from '../../../scripts/fuzz/vector-json.ts';
import { buildVectors, readVectors, VECTORS, valueMessage } from '../../../scripts/fuzz/wire-vectors.ts';
import { primitives } from '../crypto.ts';
import { decodeMessage, encodeMessage } from './codec.ts';
import { decodeEnvelope, type Envelope, encodeEnvelope } from './envelope.ts';
import { Handshake, prologueOf } from './handshake.ts';
import { MESSAGES, type MessageOf } from './messages.ts';
import { Session } from './session.ts';
import { REASONS, type Reason } from './values.ts';

const vectors = readVectors();
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

for (const { what, from, hex: bytes, message } of vectors.messages)
  test(`message: ${what}`, () => {
    assert.deepEqual(messageToJson(decodeMessage(hex(bytes), from)), message, 'parse');
    assert.equal(toHex(encodeMessage(messageFromJson(message))), bytes, 'generate');
    assert.equal(toHex(encodeMessage(decodeMessage(hex(bytes), from))), bytes, 'round trip');
    assert.throws(() => decodeMessage(hex(bytes), from === 'agent' ? 'server' : 'agent'), {
      code: 'WRONG_DIRECTION',
    });
    for (let length = 0; length < bytes.length / 2; length++)
      assert.throws(() => decodeMessage(hex(bytes).subarray(0, length), from), { code: 'MALFORMED' });
  });

test('every kind of message has a vector', () => {
  const covered = new Set(vectors.messages.map(({ message }) => message.name));
  assert.deepEqual([...covered].sort(), Object.keys(MESSAGES).sort());
});

/** What a CBOR reader makes of the bytes that knows nothing of Perch, brought to the integer keys of the tables. */
test('a CBOR reader with nothing set reads every message', () => {
  for (const { what, hex: bytes, message } of vectors.messages) {
    const read = decodePlainly(hex(bytes)) as Record<string, unknown>;
    const spec = MESSAGES[message.name];
    assert.equal(read['0'], spec.kind, what);
    for (const [name, { key, type }] of Object.entries(spec.fields)) {
      const given = message[name];
      const got = read[String(key)];
      if (type.t === 'uint')
        assert.equal(got === undefined ? undefined : Number(got), given, `${what}/${name}`);
      else if (type.t === 'text' || type.t === 'bool') assert.equal(got, given, `${what}/${name}`);
      else if (type.t === 'bytes' && given !== undefined)
        assert.equal(toHex(got as Uint8Array), given, `${what}/${name}`);
      else assert.equal(got === undefined, given === undefined, `${what}/${name}`);
    }
  }
});

for (const row of vectors.values)
  test(`value: ${row.what}`, () => {
    const { value } = row;
    const whole = vectors.valuePrefix + row.hex;
    assert.equal(toHex(encodeMessage(valueMessage(value))), whole, 'generate');
    for (const bytes of [row.hex, ...('read' in row ? row.read! : [])]) {
      const back = decodeMessage(hex(vectors.valuePrefix + bytes), 'agent') as MessageOf<'monitorRecord'>;
      assert.equal(back.records[0]!.values.get(0), value, `parse ${bytes}`);
    }
  });

for (const { what, from, hex: bytes, envelope } of vectors.envelopes)
  test(`envelope: ${what}`, () => {
    const turned = Object.fromEntries(
      Object.entries(envelope).map(([name, value]) => [
        name,
        name !== 'type' && typeof value === 'string' ? new Uint8Array(hex(value)) : value,
      ]),
    ) as Envelope;
    const back = decodeEnvelope(hex(bytes), from as 'agent');
    assert.equal(toHex(encodeEnvelope(back)), bytes, 'round trip');
    assert.equal(toHex(encodeEnvelope(turned)), bytes, 'generate');
  });

test('Hello under fixed keys: both ends write and read the bytes of the vectors', () => {
  const v = vectors.session;
  const pair = (key: string) => primitives.keyPairOf(hex(key));
  assert.equal(toHex(prologueOf(v.alias)), v.prologue);
  assert.equal(toHex(pair(v.agentStatic).publicKey), v.agentPublic);
  const agent = new Handshake(primitives, {
    role: 'initiator',
    prologue: hex(v.prologue),
    s: pair(v.agentStatic),
    e: pair(v.agentEphemeral),
    rs: hex(v.serverPublic),
  });
  const server = new Handshake(primitives, {
    role: 'responder',
    prologue: hex(v.prologue),
    s: pair(v.serverStatic),
    e: pair(v.serverEphemeral),
  });
  const noise = agent.write(encodeMessage(messageFromJson(v.hello.message)));
  assert.equal(toHex(noise), v.hello.noise);
  assert.equal(toHex(encodeEnvelope({ type: 'hello', noise })), v.hello.payload);
  assert.deepEqual(messageToJson(decodeMessage(server.read(noise), 'agent')), v.hello.message);
  assert.equal(toHex(server.remoteStatic!), v.agentPublic);
  const reply = server.write(encodeMessage(messageFromJson(v.helloReply.message)));
  assert.equal(toHex(encodeEnvelope({ type: 'helloReply', noise: reply })), v.helloReply.payload);
  assert.deepEqual(messageToJson(decodeMessage(agent.read(reply), 'server')), v.helloReply.message);

  const [a, b] = [agent.split(), server.split()];
  assert.equal(toHex(a.handshakeHash), v.handshakeHash);
  assert.equal(v.handshakeHash.slice(0, 8), v.tag);
  const ends = { agent: new Session(a, 'agent', v.alias), server: new Session(b, 'server', v.alias) };
  for (const { from, counter, message, payload } of v.sealed) {
    const sealed = ends[from].seal(messageFromJson(message));
    assert.deepEqual([sealed.counter, toHex(sealed.payload)], [counter, payload]);
    const envelope = decodeEnvelope(hex(payload), from) as Extract<Envelope, { type: 'sealed' }>;
    const other = ends[from === 'agent' ? 'server' : 'agent'];
    assert.deepEqual(messageToJson(other.open(envelope)), message);
    assert.throws(() => other.open(envelope), { code: 'REPLAYED' });
  }
});

test('sealed messages open with ChaCha20-Poly1305 alone, by the keys, nonces and associated data of the vectors', () => {
  const v = vectors.session;
  for (const { from, counter, associated, nonce, plaintext, payload } of v.sealed) {
    const [type, tag, count, body] = decodePlainly(hex(payload)) as [number, Uint8Array, number, Uint8Array];
    assert.deepEqual([type, toHex(tag), count], [3, v.tag, counter]);
    assert.equal(nonce, `00000000${toHex(Uint8Array.of(counter))}${'00'.repeat(7)}`);
    const cipher = primitives.cipher(hex(from === 'agent' ? v.requestKey : v.responseKey));
    assert.equal(toHex(cipher.open(counter, hex(associated), body)!), plaintext);
  }
});

for (const { what, layer, from, hex: bytes, code } of vectors.rejects)
  test(`reject: ${layer}: ${what}`, () => {
    const decode = layer === 'message' ? decodeMessage : decodeEnvelope;
    assert.throws(() => decode(hex(bytes), from), { code });
  });

test('the file says what its generator would write; it is written only when asked', () => {
  assert.deepEqual(JSON.parse(JSON.stringify(buildVectors())), vectors);
  assert.match(readFileSync(VECTORS, 'utf8'), /^\{/);
});

test('reasons have the numbers of the vectors', () => {
  const row = vectors.messages.find(({ what }) => what.startsWith('Monitor Record with one record'))!;
  const read = decodePlainly(hex(row.hex)) as { 3: [{ 5: Record<string, number> }] };
  const records = row.message.records as { errors: [number | string, Reason][] }[];
  for (const [key, reason] of records[0]!.errors) assert.equal(read[3][0][5][String(key)], REASONS[reason]);
});
