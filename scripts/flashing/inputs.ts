import { closeSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { TOKEN_LIMIT } from '../../broker-bridge/src/enrolment.ts';
import { isVersion } from '../../broker-bridge/src/release.ts';
import { buildAgent } from '../build/build-agent.ts';
import type { BuildPlatform } from '../build/targets.ts';
import { type Payload, payload } from '../package/payload.ts';
import { askSecret } from './ask.ts';
import { BoardError } from './board-error.ts';
import { machineOf, WANTED_MACHINES } from './image-systems.ts';
import type { Wifi } from './wifi.ts';

/** Longest file of public keys in bytes. */
export const KEYS_LIMIT = 64 * 1024;
/** Longest passphrase file in bytes. */
const PASSPHRASE_LIMIT = 256;

/** A file's text. @throws BoardError BAD_OPTION that names the option */
export function readText(option: string, path: string, limit: number): string {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const buffer = Buffer.alloc(limit + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length <= limit; length += read)
      read = readSync(file, buffer, length, buffer.length - length, null);
    if (length > limit) throw new BoardError('BAD_OPTION', `${option} ${path}: over ${limit} bytes`);
    return buffer.toString('utf8', 0, length);
  } catch (error) {
    if (error instanceof BoardError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === 'ENOENT' ? 'there is no such file' : (error as Error).message;
    throw new BoardError('BAD_OPTION', `${option} ${path}: ${why}`);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** The token of --token or --token-file (`-`: standard input). */
export async function tokenOf(options: {
  token?: string | undefined;
  file?: string | undefined;
}): Promise<string> {
  const { token, file } = options;
  if (token !== undefined && file !== undefined)
    throw new BoardError('BAD_OPTION', 'give --token or --token-file, not both');
  if (token === '-' || file === '-') return text(process.stdin);
  if (token !== undefined) return token;
  if (file !== undefined) return readText('--token-file', file, 2 * TOKEN_LIMIT);
  throw new BoardError(
    'BAD_OPTION',
    'give --token TOKEN, or --token-file FILE: it is what `perch-server enroll ALIAS` prints',
  );
}

/** Public keys, a line each (sshd(8), AUTHORIZED_KEYS). @throws BoardError for a private key, which must not leave this machine */
export function publicKeys(path: string): string {
  const content = readText('--ssh-key', path, KEYS_LIMIT);
  if (content.includes('PRIVATE KEY'))
    throw new BoardError(
      'BAD_OPTION',
      `--ssh-key ${path} is a private key; give the public one, which ends in .pub`,
    );
  const lines = content.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
  const isKey = (line: string): boolean => /(^|\s)(ssh|ecdsa|sk)-[a-z0-9@.-]+ AAAA[A-Za-z0-9+/=]+/.test(line);
  if (lines.length === 0 || !lines.every(isKey))
    throw new BoardError('BAD_OPTION', `--ssh-key ${path} is no public key of ssh`);
  return `${lines.join('\n')}\n`;
}

/** The network of --wifi. The passphrase comes from a file or from the terminal, never from the command line. */
export async function wifiOf(options: {
  ssid: string | undefined;
  file: string | undefined;
  open: boolean;
  country: string | undefined;
}): Promise<Wifi | undefined> {
  const { ssid, file, open, country } = options;
  if (ssid === undefined) {
    if (file === undefined && !open && country === undefined) return undefined;
    throw new BoardError('BAD_OPTION', 'the network itself is missing: --wifi NAME');
  }
  if (open && file !== undefined)
    throw new BoardError('BAD_OPTION', 'an open network (--wifi-open) has no passphrase');
  if (open) return { ssid, passphrase: '', country };
  const typed =
    file === undefined
      ? await askSecret(`Passphrase of ${JSON.stringify(ssid)}: `, '--wifi-password-file FILE')
      : readText('--wifi-password-file', file, PASSPHRASE_LIMIT);
  const passphrase = typed.replace(/\r?\n$/, '');
  if (passphrase === '')
    throw new BoardError('BAD_OPTION', 'the Wi-Fi passphrase is empty; for an open network use --wifi-open');
  return { ssid, passphrase, country };
}

/** What goes onto the board: a given executable, or one that is built now. */
export async function boardPayload(options: {
  platform: BuildPlatform;
  executable: string | undefined;
  version: string;
  outfile: string;
  say: (line: string) => void;
}): Promise<Payload> {
  const { platform, version, outfile, say } = options;
  if (!isVersion(version))
    throw new BoardError('BAD_OPTION', `--version ${version}: use three numbers such as 0.2.0`);
  let executable = options.executable;
  if (executable === undefined)
    ({ path: executable } = await buildAgent({ platform, version, outfile, progress: say }));
  else {
    const machine = machineOf(headOfFile(executable));
    if (machine !== WANTED_MACHINES[platform])
      throw new BoardError(
        'BAD_OPTION',
        `--executable ${executable} is ${machine === undefined ? 'no program' : machine}; ${platform} is needed`,
      );
  }
  return payload({ platform, version, executable: resolve(executable) });
}

function headOfFile(path: string): Buffer {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw new BoardError('BAD_OPTION', `--executable ${path}: ${(error as Error).message}`);
  }
  try {
    const head = Buffer.alloc(64);
    return head.subarray(0, readSync(file, head));
  } finally {
    closeSync(file);
  }
}

/** Paths are those of the folder where the person is, also below npm. */
export const here = (path: string): string => resolve(process.env.INIT_CWD ?? '.', path);
