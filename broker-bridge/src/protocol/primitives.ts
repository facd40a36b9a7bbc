/** A raw X25519 key pair, 32 bytes each (RFC 7748). */
export interface KeyPair {
  publicKey: Uint8Array;
  privateKey: Uint8Array;
}

/** An AEAD key made ready once, since a session uses it many times. Nonces are the counter of Noise section 12.3. */
export interface Cipher {
  /** Ciphertext with the 16-byte tag behind it. */
  seal(counter: number, associated: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** The plaintext, or undefined when the tag does not match. */
  open(counter: number, associated: Uint8Array, ciphertext: Uint8Array): Uint8Array | undefined;
}

/** What the handshake needs, passed in so that the protocol itself stays free of input, output and randomness. */
export interface Primitives {
  generateKeyPair(): KeyPair;
  keyPairOf(privateKey: Uint8Array): KeyPair;
  /** X25519; throws on a low-order point, whose result would be all zero (RFC 7748 section 6.1). */
  dh(own: KeyPair, theirs: Uint8Array): Uint8Array;
  /** SHA-256 */
  hash(...parts: Uint8Array[]): Uint8Array;
  /** HMAC-SHA-256 */
  hmac(key: Uint8Array, ...parts: Uint8Array[]): Uint8Array;
  /** ChaCha20-Poly1305 (RFC 8439) */
  cipher(key: Uint8Array): Cipher;
}
