import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto';
import {
  Key,
  Metadata,
  type Root,
  Signature,
  type Snapshot,
  type Targets,
  type Timestamp,
} from '@tufjs/models';

/** The specification that our metadata follows. */
export const SPEC_VERSION = '1.0.33';

export type Signable = Root | Timestamp | Snapshot | Targets;

/** The TUF form of an Ed25519 public key, raw in hex. Its id is the SHA-256 of its canonical JSON (TUF 1.0.33, section 4.2). */
export function tufKeyOf(raw: string): Key {
  // Canonical as it stands: members in order, no space.
  const canonical = `{"keytype":"ed25519","keyval":{"public":"${raw}"},"scheme":"ed25519"}`;
  const keyID = createHash('sha256').update(canonical).digest('hex');
  return new Key({ keyID, keyType: 'ed25519', scheme: 'ed25519', keyVal: { public: raw } });
}

export const tufKey = (publicKey: KeyObject): Key =>
  tufKeyOf(Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url').toString('hex'));

/** The signature of an Ed25519 private key over metadata. */
const signatureOf = (bytes: Buffer, key: KeyObject): Signature =>
  new Signature({ keyID: tufKey(createPublicKey(key)).keyID, sig: sign(null, bytes, key).toString('hex') });

/** A metadata file: compact JSON, signed by each of the Ed25519 private keys. `earlier` are signatures that others made. */
export function signMetadata(
  signed: Signable,
  keys: readonly KeyObject[],
  earlier: readonly Signature[] = [],
): Uint8Array {
  const metadata = new Metadata<Signable>(
    signed,
    Object.fromEntries(earlier.map((signature) => [signature.keyID, signature])),
  );
  for (const key of keys) metadata.sign((bytes) => signatureOf(bytes, key));
  return Buffer.from(JSON.stringify(metadata.toJSON()));
}

/** A time as metadata writes it: UTC, whole seconds (section 4.2.2). */
export const tufTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** What a metadata file says of another, so that no other fits in its place. */
export const metaOf = (version: number, bytes: Uint8Array) => ({
  version,
  length: bytes.length,
  hashes: { sha256: createHash('sha256').update(bytes).digest('hex') },
});
