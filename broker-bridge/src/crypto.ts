import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  generateKeyPairSync,
  hash,
  type KeyObject,
} from 'node:crypto';
import type { Cipher, KeyPair, Primitives } from './protocol/primitives.ts';

// RFC 8410: the DER around a raw X25519 key.
const PRIVATE_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex');
const PUBLIC_HEAD = Buffer.from('302a300506032b656e032100', 'hex');
const TAG_LENGTH = 16;

const rawPublic = (key: KeyObject): Uint8Array =>
  new Uint8Array(key.export({ format: 'der', type: 'spki' }).subarray(PUBLIC_HEAD.length));

const publicObjects = new WeakMap<Uint8Array, KeyObject>();

/** A handshake uses each key of the other end twice, and making the object costs as much as X25519 itself. */
function publicObject(raw: Uint8Array): KeyObject {
  let key = publicObjects.get(raw);
  if (key === undefined) {
    key = createPublicKey({ key: Buffer.concat([PUBLIC_HEAD, raw]), format: 'der', type: 'spki' });
    publicObjects.set(raw, key);
  }
  return key;
}

const privateObjects = new WeakMap<KeyPair, KeyObject>();

function privateObject(pair: KeyPair): KeyObject {
  let key = privateObjects.get(pair);
  if (key === undefined) {
    key = createPrivateKey({
      key: Buffer.concat([PRIVATE_HEAD, pair.privateKey]),
      format: 'der',
      type: 'pkcs8',
    });
    privateObjects.set(pair, key);
  }
  return key;
}

function nonce(counter: number): Buffer {
  // Noise section 12.3: 32 bits of zero, then the counter in 64 bits little-endian.
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32LE(counter % 2 ** 32, 4);
  bytes.writeUInt32LE(Math.floor(counter / 2 ** 32), 8);
  return bytes;
}

function cipher(key: Uint8Array): Cipher {
  const secret = createSecretKey(key);
  return {
    seal(counter, associated, plaintext) {
      const aead = createCipheriv('chacha20-poly1305', secret, nonce(counter), { authTagLength: TAG_LENGTH });
      aead.setAAD(associated, { plaintextLength: plaintext.length });
      const body = aead.update(plaintext);
      aead.final();
      return Buffer.concat([body, aead.getAuthTag()]);
    },
    open(counter, associated, ciphertext) {
      if (ciphertext.length < TAG_LENGTH) return undefined;
      const body = ciphertext.subarray(0, ciphertext.length - TAG_LENGTH);
      const aead = createDecipheriv('chacha20-poly1305', secret, nonce(counter), {
        authTagLength: TAG_LENGTH,
      });
      aead.setAAD(associated, { plaintextLength: body.length });
      aead.setAuthTag(ciphertext.subarray(body.length));
      const plaintext = aead.update(body);
      try {
        aead.final();
      } catch {
        return undefined;
      }
      return plaintext;
    },
  };
}

/** Block of SHA-256 in bytes (FIPS 180-4 section 1). */
const HASH_BLOCK = 64;

const sha256 = (...parts: Uint8Array[]): Uint8Array => hash('sha256', Buffer.concat(parts), 'buffer');

/** The primitives of Noise_IK_25519_ChaChaPoly_SHA256 from node:crypto. */
export const primitives: Primitives = {
  generateKeyPair() {
    const { privateKey } = generateKeyPairSync('x25519');
    // One export as JWK (RFC 8037) gives both halves, in half the time of two in DER.
    const { d, x } = privateKey.export({ format: 'jwk' });
    const pair = {
      publicKey: new Uint8Array(Buffer.from(x!, 'base64url')),
      privateKey: new Uint8Array(Buffer.from(d!, 'base64url')),
    };
    privateObjects.set(pair, privateKey);
    return pair;
  },
  keyPairOf(privateKey) {
    const pair = { privateKey, publicKey: new Uint8Array(0) };
    const key = privateObject(pair);
    pair.publicKey = rawPublic(createPublicKey(key)) as Uint8Array<ArrayBuffer>;
    return pair;
  },
  dh(own, theirs) {
    return diffieHellman({ privateKey: privateObject(own), publicKey: publicObject(theirs) });
  },
  hash: sha256,
  hmac(key, ...parts) {
    // RFC 2104 over two plain hashes: createHmac spends several times as long on setting up its key.
    const block = new Uint8Array(HASH_BLOCK);
    block.set(key.length > HASH_BLOCK ? sha256(key) : key);
    const inner = sha256(
      block.map((byte) => byte ^ 0x36),
      ...parts,
    );
    return sha256(
      block.map((byte) => byte ^ 0x5c),
      inner,
    );
  },
  cipher,
};
