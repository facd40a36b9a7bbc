import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { PerchError } from './protocol/errors.ts';

/** Platforms that executables are made for: `<os>-<cpu>` in Node's words. armv7 has its place and is not exercised. */
export const PLATFORMS = ['linux-x64', 'linux-arm64', 'linux-armv7'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** Longest executable, and longest compressed object, that a board accepts: 256 MiB. */
export const EXECUTABLE_LIMIT = 256 * 1024 * 1024;
/** Longest manifest in bytes. */
export const MANIFEST_LIMIT = 1024;

const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });

/**
 * What a release key signs: UTF-8 JSON with exactly these members. `length` and `sha256` are the executable's,
 * `object` is the zstd-compressed form that travels. A board runs a release only when all of it holds.
 */
const Manifest = Type.Object(
  {
    perch: Type.Literal(1),
    platform: Type.Union(PLATFORMS.map((name) => Type.Literal(name))),
    version: Type.String({ pattern: '^[0-9]{1,5}\\.[0-9]{1,5}\\.[0-9]{1,5}(-[0-9A-Za-z.-]{1,32})?$' }),
    sequence: Type.Integer({ minimum: 1, maximum: 2 ** 40 }),
    length: Type.Integer({ minimum: 1, maximum: EXECUTABLE_LIMIT }),
    sha256: Sha256,
    object: Type.Object(
      { length: Type.Integer({ minimum: 1, maximum: EXECUTABLE_LIMIT }), sha256: Sha256 },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);
export type Manifest = Static<typeof Manifest>;

/** True for a version such as 0.2.0 or 1.0.0-rc.1 (semver.org without build metadata). */
export const isVersion = (text: string): boolean => Value.Check(Manifest.properties.version, text);

const CONTEXT = Buffer.from('perch release 1\0');
const signed = (manifest: Uint8Array): Buffer => Buffer.concat([CONTEXT, manifest]);

/** Signs a manifest with an Ed25519 private key. Returns the exact bytes that were signed and the 64-byte signature. */
export function signManifest(manifest: Manifest, key: KeyObject): { manifest: Buffer; signature: Buffer } {
  if (!Value.Check(Manifest, manifest)) {
    const fault = Value.Errors(Manifest, manifest).First();
    throw new PerchError('MALFORMED', `release manifest ${fault?.path}: ${fault?.message}`);
  }
  const bytes = Buffer.from(JSON.stringify(manifest));
  return { manifest: bytes, signature: sign(null, signed(bytes), key) };
}

/** Checks signature first, then form. `releaseKey` is the raw 32-byte Ed25519 public key. */
export function openManifest(manifest: Uint8Array, signature: Uint8Array, releaseKey: Uint8Array): Manifest {
  if (manifest.length > MANIFEST_LIMIT)
    throw new PerchError('TOO_LONG', `release manifest of ${manifest.length} bytes`);
  const key = createPublicKey({
    format: 'jwk',
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(releaseKey).toString('base64url') },
  });
  if (signature.length !== 64 || !verify(null, signed(manifest), key, signature))
    throw new PerchError(
      'BAD_SIGNATURE',
      'the release manifest is not signed by the release key of this board',
    );
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(manifest).toString('utf8'));
  } catch {
    throw new PerchError('MALFORMED', 'the release manifest is not JSON');
  }
  if (!Value.Check(Manifest, value))
    throw new PerchError('MALFORMED', 'the release manifest lacks a member or has one too many');
  return value;
}

/** The sequence that a manifest claims, whoever signed it: to say which release is refused, and for nothing else. */
export function claimedSequence(manifest: Uint8Array): number | undefined {
  try {
    const { sequence } = JSON.parse(Buffer.from(manifest).toString('utf8')) as { sequence?: unknown };
    return Value.Check(Manifest.properties.sequence, sequence) ? sequence : undefined;
  } catch {
    return undefined;
  }
}

/** SHA-256 of bytes as 64 hex digits. */
export const sha256Hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
