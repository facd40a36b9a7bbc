import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import type { Cipher, KeyPair, Primitives } from './protocol/primitives.ts';

// RFC 8410: the DER around a raw X25519 key.
const PRIVATE_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex');
const PUBLIC_HEAD = Buffer.from('302a300506032b656e032100', 'hex');
const TAG_LENGTH = 16;

const rawPublic = (key: KeyObject): Uint8Array =>
  new Uint8Array(key.export({ format: 'der', type: 'spki' }).subarray(PUBLIC_HEAD.length));

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

/** The primitives of Noise_IK_25519_ChaChaPoly_SHA256 from node:crypto. */
export const primitives: Primitives = {
  generateKeyPair() {
    const { publicKey, privateKey } = generateKeyPairSync('x25519');
    const pair = {
      publicKey: rawPublic(publicKey),
      privateKey: new Uint8Array(
        privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(PRIVATE_HEAD.length),
      ),
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
    return diffieHellman({
      privateKey: privateObject(own),
      publicKey: createPublicKey({
        key: Buffer.concat([PUBLIC_HEAD, theirs]),
        format: 'der',
        type: 'spki',
      }),
    });
  },
  hash(...parts) {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest();
  },
  hmac(key, ...parts) {
    const hmac = createHmac('sha256', key);
    for (const part of parts) hmac.update(part);
    return hmac.digest();
  },
  cipher,
};
