import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { primitives } from './crypto.ts';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('HMAC-SHA-256 gives the numbers of RFC 4231', () => {
  // Test cases 1, 2 and 6 (a key longer than the hash's block).
  const rows = [
    [
      '0b'.repeat(20),
      Buffer.from('Hi There').toString('hex'),
      'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    ],
    [
      Buffer.from('Jefe').toString('hex'),
      Buffer.from('what do ya want for nothing?').toString('hex'),
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
    [
      'aa'.repeat(131),
      Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First').toString('hex'),
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    ],
  ] as const;
  for (const [key, data, mac] of rows) assert.equal(toHex(primitives.hmac(hex(key), hex(data))), mac);
});

test('HMAC of any key and parts is that of node:crypto', () => {
  const bytes = fc.uint8Array({ maxLength: 200 });
  fc.assert(
    fc.property(bytes, fc.array(bytes, { maxLength: 3 }), (key, parts) => {
      const expected = createHmac('sha256', key);
      for (const part of parts) expected.update(part);
      assert.equal(toHex(primitives.hmac(key, ...parts)), expected.digest('hex'));
    }),
  );
});

test('X25519 gives the numbers of RFC 7748 section 6.1', () => {
  const bob = primitives.keyPairOf(hex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'));
  assert.equal(toHex(bob.publicKey), 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f');
  const alice = hex('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a');
  const shared = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742';
  assert.equal(toHex(primitives.dh(bob, alice)), shared);
});

test('a key pair made here is the one that its private half stands for', () => {
  const made = primitives.generateKeyPair();
  assert.equal(made.privateKey.length, 32);
  assert.equal(toHex(primitives.keyPairOf(made.privateKey).publicKey), toHex(made.publicKey));
});
