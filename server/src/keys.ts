import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fingerprint } from '@perch/broker-bridge/fingerprint.ts';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { KeyPair } from '@perch/broker-bridge/protocol/primitives.ts';
import type { Store } from './store/contract.ts';

/** Who the server is to its boards. Boards pin both public keys in their enrolment. */
export interface ServerKeys {
  /** X25519, raw, for the handshake. */
  static: KeyPair;
  /** Ed25519, signs release manifests. */
  release: { privateKey: KeyObject; publicKey: Uint8Array };
}

const KINDS = {
  static: { type: 'x25519', what: 'the key that boards know this server by' },
  release: { type: 'ed25519', what: 'the key that signs releases' },
} as const;
type Kind = keyof typeof KINDS;

/** Longest key file that is read, in bytes. */
const KEY_FILE_LIMIT = 4096;

const rawPublic = (key: KeyObject): Uint8Array =>
  new Uint8Array(Buffer.from(key.export({ format: 'jwk' }).x!, 'base64url'));
const rawPrivate = (key: KeyObject): Uint8Array =>
  new Uint8Array(Buffer.from(key.export({ format: 'jwk' }).d!, 'base64url'));

/**
 * Reads the server's keys from `<dataDir>/keys/`, or makes them on first use (files 0600, folder 0700). The store
 * remembers their public halves, so keys that were lost or exchanged are an error and not a new identity that no board
 * accepts. Throws PerchError DISK with what to do.
 */
export async function loadKeys(dataDir: string, store: Store): Promise<ServerKeys> {
  const folder = join(dataDir, 'keys');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const [own, release] = [await loadKey(folder, 'static', store), await loadKey(folder, 'release', store)];
  return {
    static: { privateKey: rawPrivate(own), publicKey: rawPublic(createPublicKey(own)) },
    release: { privateKey: release, publicKey: rawPublic(createPublicKey(release)) },
  };
}

async function loadKey(folder: string, kind: Kind, store: Store): Promise<KeyObject> {
  const path = join(folder, `${kind}.pem`);
  const setting = `key.${kind}`;
  const known = await store.getSetting(setting);
  let text = await readKeyFile(path, kind);
  if (text === undefined) {
    if (known !== undefined)
      throw new PerchError(
        'DISK',
        `${path}, ${KINDS[kind].what}, is gone (fingerprint ${printOf(known)}). Restore it from a backup`,
      );
    await writeNew(folder, path, generate(kind));
    text = await readKeyFile(path, kind);
  }
  const key = parse(text ?? '', path, kind);
  const publicText = Buffer.from(rawPublic(createPublicKey(key))).toString('base64url');
  if (known === undefined) await store.setSetting(setting, publicText);
  else if (known !== publicText)
    throw new PerchError(
      'DISK',
      `${path} holds another key (fingerprint ${printOf(publicText)}) than this server's boards know (${printOf(known)}). Restore it from a backup`,
    );
  return key;
}

const printOf = (publicText: string): string => fingerprint(Buffer.from(publicText, 'base64url'));

/** Private and public key in PEM. The public one is there to notice bit rot: any 32 bytes are a private key. */
function generate(kind: Kind): string {
  const { privateKey, publicKey } =
    kind === 'static' ? generateKeyPairSync('x25519') : generateKeyPairSync('ed25519');
  return `${privateKey.export({ format: 'pem', type: 'pkcs8' })}${publicKey.export({ format: 'pem', type: 'spki' })}`;
}

function parse(text: string, path: string, kind: Kind): KeyObject {
  const { type, what } = KINDS[kind];
  const blocks = text.match(/-----BEGIN [A-Z ]+-----[^-]+-----END [A-Z ]+-----/g) ?? [];
  try {
    const [secret, open] = [createPrivateKey(blocks[0]!), createPublicKey(blocks[1]!)];
    if (secret.asymmetricKeyType === type && createPublicKey(secret).equals(open)) return secret;
  } catch {
    // told below: the parser's own words could quote what it read
  }
  throw new PerchError('DISK', `${path}, ${what}, is damaged. Restore it from a backup`);
}

async function readKeyFile(path: string, kind: Kind): Promise<string | undefined> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, constants.O_RDONLY);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new PerchError(
      'DISK',
      `cannot read ${path}, ${KINDS[kind].what} (${(error as NodeJS.ErrnoException).code})`,
    );
  }
  try {
    const { mode, size } = await file.stat();
    if ((mode & 0o077) !== 0)
      throw new PerchError(
        'DISK',
        `${path}, ${KINDS[kind].what}, is open to others (mode ${(mode & 0o777).toString(8)}). Make it private: chmod 600 ${path}`,
      );
    return size > KEY_FILE_LIMIT ? '' : await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** Puts a whole file in place or leaves none. Of two processes that do so at once the first wins: link never replaces. */
async function writeNew(folder: string, path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } catch (error) {
    throw new PerchError('DISK', `cannot write ${path} (${(error as NodeJS.ErrnoException).code})`);
  } finally {
    await rm(temporary, { force: true });
  }
  const directory = await open(folder, constants.O_RDONLY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
