import { randomBytes } from 'node:crypto';
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import {
  FILE_LIMITS,
  type MetadataFile,
  readMetadataFile,
} from '@perch/broker-bridge/update/metadata-file.ts';
import { syncFolder } from '../key-files.ts';

const LONGEST = Math.max(...Object.values(FILE_LIMITS));
const NEWLINE = 0x0a;

/** Reads a metadata file that a person names; one newline at its end is an editor's and goes. Throws PerchError MALFORMED, TOO_LONG. */
export async function readSigned(path: string): Promise<MetadataFile> {
  let bytes: Buffer;
  try {
    if ((await stat(path)).size > LONGEST + 1) throw new PerchError('TOO_LONG', `${path} is too long`);
    bytes = await readFile(path);
  } catch (error) {
    if (error instanceof PerchError) throw error;
    throw new PerchError('MALFORMED', `cannot read ${path} (${(error as NodeJS.ErrnoException).code})`);
  }
  if (bytes.at(-1) === NEWLINE) bytes = bytes.subarray(0, -1);
  try {
    if (bytes.includes(NEWLINE))
      throw new PerchError('MALFORMED', 'it has several lines; take it as it was written');
    return readMetadataFile(bytes);
  } catch (error) {
    const { code, message } = error as PerchError;
    throw new PerchError(code, `${path}: ${message.slice(code.length + 2)}`);
  }
}

/** Writes a metadata file as a whole, in the place of one that is there. Nothing in it is secret. Throws PerchError DISK. */
export async function writeSigned(path: string, file: MetadataFile): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const target = await open(temporary, 'wx', 0o644);
    await target
      .writeFile(file.bytes)
      .then(() => target.sync())
      .finally(() => target.close());
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    throw new PerchError('DISK', `cannot write ${path} (${(error as NodeJS.ErrnoException).code})`);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** As TUF names the roots of a chain. */
export const rootPath = (folder: string, version: number): string => join(folder, `${version}.root.json`);

export const targetsPath = (folder: string): string => join(folder, 'targets.json');

/** The newest root of a folder. Throws PerchError MALFORMED when there is none. */
export async function newestRoot(folder: string): Promise<MetadataFile> {
  const names = await readdir(folder).catch(() => []);
  const versions = names.flatMap((name) => /^([0-9]{1,9})\.root\.json$/.exec(name)?.[1] ?? []).map(Number);
  if (versions.length === 0)
    throw new PerchError(
      'MALFORMED',
      `there is no root in ${folder}; begin with perch-server keys init --offline ${folder}`,
    );
  return readSigned(rootPath(folder, Math.max(...versions)));
}
