import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { constants } from 'node:fs';
import { link, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';

export type KeyType = 'x25519' | 'ed25519';

/** Longest key file that is read, in bytes. */
export const KEY_FILE_LIMIT = 4096;

/** A new key pair in PEM, private and public. The public one is there to notice bit rot: any 32 bytes are a private key. */
export function newKeyText(type: KeyType): string {
  const { privateKey, publicKey } =
    type === 'x25519' ? generateKeyPairSync('x25519') : generateKeyPairSync('ed25519');
  return `${privateKey.export({ format: 'pem', type: 'pkcs8' })}${publicKey.export({ format: 'pem', type: 'spki' })}`;
}

/**
 * The private key of a file that newKeyText filled, or undefined when there is no file. `what` says in an error what the
 * key is for. Throws PerchError DISK when it is damaged, open to others, or cannot be read.
 */
export async function readKeyFile(path: string, type: KeyType, what: string): Promise<KeyObject | undefined> {
  const text = await readText(path, what);
  if (text === undefined) return undefined;
  const blocks = text.match(/-----BEGIN [A-Z ]+-----[^-]+-----END [A-Z ]+-----/g) ?? [];
  try {
    const [secret, open] = [createPrivateKey(blocks[0]!), createPublicKey(blocks[1]!)];
    if (secret.asymmetricKeyType === type && createPublicKey(secret).equals(open)) return secret;
  } catch {
    // told below: the parser's own words could quote what it read
  }
  throw new PerchError('DISK', `${path}, ${what}, is damaged. Restore it from a backup`);
}

async function readText(path: string, what: string): Promise<string | undefined> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, constants.O_RDONLY);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new PerchError('DISK', `cannot read ${path}, ${what} (${(error as NodeJS.ErrnoException).code})`);
  }
  try {
    const { mode, size } = await file.stat();
    if ((mode & 0o077) !== 0)
      throw new PerchError(
        'DISK',
        `${path}, ${what}, is open to others (mode ${(mode & 0o777).toString(8)}). Make it private: chmod 600 ${path}`,
      );
    return size > KEY_FILE_LIMIT ? '' : await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/**
 * Puts a whole private file in place or leaves none. Of two processes that do so at once the first wins: link never
 * replaces, and the other's content is gone. Throws PerchError DISK.
 */
export async function writeNewFile(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(content);
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
  await syncFolder(dirname(path));
}

/** Makes new names in a folder, and names that are gone, durable. */
export async function syncFolder(folder: string): Promise<void> {
  const directory = await open(folder, constants.O_RDONLY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
