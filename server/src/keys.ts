import { createPublicKey, type KeyObject } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fingerprint } from '@perch/broker-bridge/fingerprint.ts';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { KeyPair } from '@perch/broker-bridge/protocol/primitives.ts';
import { newKeyText, readKeyFile, writeNewFile } from './key-files.ts';
import type { Store } from './store/contract.ts';

/** Who the server is to its boards, which pin the public key in their enrolment. What signs releases is in tuf/. */
export interface ServerKeys {
  /** X25519, raw, for the handshake. */
  static: KeyPair;
}

const WHAT = 'the key that boards know this server by';
/** Where the store remembers the public half. */
const SETTING = 'key.static';

const rawPublic = (key: KeyObject): Uint8Array =>
  new Uint8Array(Buffer.from(key.export({ format: 'jwk' }).x!, 'base64url'));
const rawPrivate = (key: KeyObject): Uint8Array =>
  new Uint8Array(Buffer.from(key.export({ format: 'jwk' }).d!, 'base64url'));
const printOf = (publicText: string): string => fingerprint(Buffer.from(publicText, 'base64url'));

/**
 * Reads the server's key from `<dataDir>/keys/`, or makes it on first use (file 0600, folder 0700). The store
 * remembers its public half, so a key that was lost or exchanged is an error and not a new identity that no board
 * accepts. Throws PerchError DISK with what to do.
 */
export async function loadKeys(dataDir: string, store: Store): Promise<ServerKeys> {
  const folder = join(dataDir, 'keys');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'static.pem');
  const known = await store.getSetting(SETTING);
  let key = await readKeyFile(path, 'x25519', WHAT);
  if (key === undefined) {
    if (known !== undefined)
      throw new PerchError(
        'DISK',
        `${path}, ${WHAT}, is gone (fingerprint ${printOf(known)}). Restore it from a backup`,
      );
    await writeNewFile(path, newKeyText('x25519'));
    key = (await readKeyFile(path, 'x25519', WHAT))!;
  }
  const publicKey = rawPublic(createPublicKey(key));
  const publicText = Buffer.from(publicKey).toString('base64url');
  if (known === undefined) await store.setSetting(SETTING, publicText);
  else if (known !== publicText)
    throw new PerchError(
      'DISK',
      `${path} holds another key (fingerprint ${printOf(publicText)}) than this server's boards know (${printOf(known)}). Restore it from a backup`,
    );
  return { static: { privateKey: rawPrivate(key), publicKey } };
}
