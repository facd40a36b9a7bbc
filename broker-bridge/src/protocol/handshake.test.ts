import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { primitives } from '../crypto.ts';
import { Handshake, prologueOf } from './handshake.ts';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

interface Vector {
  init_prologue: string;
  init_static: string;
  init_ephemeral: string;
  init_remote_static: string;
  resp_prologue: string;
  resp_static: string;
  resp_ephemeral: string;
  handshake_hash: string;
  messages: { payload: string; ciphertext: string }[];
}
const file = new URL('../../test-data/noise-ik.json', import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: Vector[] };

test('the published Noise IK vector holds, byte for byte, at both ends', () => {
  assert.equal(vectors.length, 1);
  for (const v of vectors) {
    const initiator = new Handshake(primitives, {
      role: 'initiator',
      prologue: hex(v.init_prologue),
      s: primitives.keyPairOf(hex(v.init_static)),
      e: primitives.keyPairOf(hex(v.init_ephemeral)),
      rs: hex(v.init_remote_static),
    });
    const responder = new Handshake(primitives, {
      role: 'responder',
      prologue: hex(v.resp_prologue),
      s: primitives.keyPairOf(hex(v.resp_static)),
      e: primitives.keyPairOf(hex(v.resp_ephemeral)),
    });
    const [first, second, ...transport] = v.messages as [
      Vector['messages'][0],
      Vector['messages'][0],
      ...Vector['messages'],
    ];
    assert.equal(toHex(initiator.write(hex(first.payload))), first.ciphertext);
    assert.equal(toHex(responder.read(hex(first.ciphertext))), first.payload);
    assert.equal(
      toHex(responder.remoteStatic!),
      toHex(primitives.keyPairOf(hex(v.init_static)).publicKey),
      'the responder learns the initiator key',
    );
    assert.equal(toHex(responder.write(hex(second.payload))), second.ciphertext);
    assert.equal(toHex(initiator.read(hex(second.ciphertext))), second.payload);
    const [a, b] = [initiator.split(), responder.split()];
    assert.equal(toHex(a.handshakeHash), v.handshake_hash);
    assert.equal(toHex(b.handshakeHash), v.handshake_hash);
    const none = new Uint8Array(0);
    transport.forEach(({ payload, ciphertext }, index) => {
      const counter = Math.floor(index / 2);
      const [sender, receiver] = index % 2 === 0 ? [a.request, b.request] : [b.response, a.response];
      assert.equal(toHex(sender.seal(counter, none, hex(payload))), ciphertext);
      assert.equal(toHex(receiver.open(counter, none, hex(ciphertext))!), payload);
    });
  }
});

function pair(prologues: [string, string] = ['greenhouse', 'greenhouse']) {
  const server = primitives.generateKeyPair();
  return {
    initiator: new Handshake(primitives, {
      role: 'initiator',
      prologue: prologueOf(prologues[0]),
      s: primitives.generateKeyPair(),
      rs: server.publicKey,
    }),
    responder: new Handshake(primitives, {
      role: 'responder',
      prologue: prologueOf(prologues[1]),
      s: server,
    }),
  };
}

test('a handshake recorded for one alias does not open for another', () => {
  const { initiator, responder } = pair(['greenhouse', 'cellar']);
  assert.throws(() => responder.read(initiator.write(Buffer.from('hello'))), { code: 'NOT_AUTHENTIC' });
});

test('every flipped bit and every cut of either handshake message is refused', () => {
  const { initiator } = pair();
  const message = initiator.write(Buffer.from('hello'));
  const server = primitives.generateKeyPair();
  const fresh = () =>
    new Handshake(primitives, { role: 'responder', prologue: prologueOf('greenhouse'), s: server });
  for (let length = 0; length < message.length; length++) {
    assert.throws(() => fresh().read(message.subarray(0, length)), /MALFORMED|NOT_AUTHENTIC/);
  }
  for (let i = 0; i < message.length; i++) {
    const { initiator, responder } = pair();
    const altered = Buffer.from(initiator.write(Buffer.from('hello')));
    altered[i]! ^= 1 << (i % 8);
    // The top bit of an X25519 public key is ignored (RFC 7748 section 5), yet it is part of the hash.
    assert.throws(() => responder.read(altered), /NOT_AUTHENTIC/);
  }
});

test('an all-zero public key, whose shared secret anybody knows, is refused', () => {
  const { responder } = pair();
  assert.throws(() => responder.read(new Uint8Array(112)), { code: 'NOT_AUTHENTIC' });
});

test('only the server whose key was pinned can answer', () => {
  const { initiator, responder } = pair();
  responder.read(initiator.write(Buffer.from('hello')));
  const impostor = pair().responder;
  assert.throws(() => impostor.write(Buffer.from('hi')), /no key/);
  const reply = Buffer.from(responder.write(Buffer.from('hi')));
  reply[reply.length - 1]! ^= 1;
  assert.throws(() => initiator.fork().read(reply), { code: 'NOT_AUTHENTIC' });
  reply[reply.length - 1]! ^= 1;
  assert.equal(Buffer.from(initiator.fork().read(reply)).toString(), 'hi', 'a forged reply spoils nothing');
});
