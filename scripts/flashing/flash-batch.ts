import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { readIfThere, writeAtomic } from '../../agent/src/atomic-file.ts';
import type { BatchBoard } from './batch-list.ts';
import { BoardError } from './board-error.ts';
import { checkOptions, type Flashed, type FlashOptions, flashImage } from './flash-image.ts';
import { copyImage, formOf, headOf } from './image-file.ts';

/** What was begun in a folder: the image's name, and a hash of all that it is made from. */
const Journal = Type.Record(Type.String(), Type.String({ pattern: '^[0-9a-f]{64}$' }));
const JOURNAL = '.perch-batch.json';
const UNPACKED = '.perch-unpacked.img';

export type BatchOptions = Omit<FlashOptions, 'out' | 'token' | 'hostname'> & {
  boards: readonly BatchBoard[];
  /** Folder of the images; made when it is missing. */
  folder: string;
  /** Called before each board. */
  begin?: (board: BatchBoard, index: number, done: boolean) => void;
};

/** The same inputs have the same hash. The token is in it, but cannot be read out of it: it has 128 secret bits. */
function fingerprintOf(options: BatchOptions, board: BatchBoard): string {
  const { size, mtimeMs } = statSync(options.image);
  const { wifi, sshKey, keepSerialConsole, payload } = options;
  const sources = payload.files.map(({ path, source }) => {
    if (typeof source !== 'string') return [path, createHash('sha256').update(source).digest('hex')];
    const file = statSync(source);
    return [path, file.size, file.mtimeMs];
  });
  const inputs = [
    board.token,
    board.hostname,
    size,
    mtimeMs,
    wifi,
    sshKey,
    keepSerialConsole,
    payload.version,
    sources,
  ];
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex');
}

function readJournal(path: string): Record<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(readIfThere(path) ?? '{}');
  } catch {
    value = undefined;
  }
  if (!Value.Check(Journal, value))
    throw new BoardError('BAD_OPTION', `${path} is damaged; remove it, and --force makes the images anew`);
  return value;
}

/**
 * Makes an image for each board. What an earlier run made from the same inputs is left as it is, so a batch that was
 * broken off goes on where it was. An xz file is unpacked once.
 * @returns the images that were made now. @throws BoardError as flashImage does; images that are whole stay
 */
export async function flashBatch(options: BatchOptions): Promise<Flashed[]> {
  const { boards, folder, begin, ...common } = options;
  if (!existsSync(options.image)) throw new BoardError('NOT_AN_IMAGE', `there is no image ${options.image}`);
  for (const { token, hostname } of boards) checkOptions({ ...common, token, hostname });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const journalPath = join(resolve(folder), JOURNAL);
  const journal = readJournal(journalPath);
  const planned = boards.map((board) => {
    const out = join(folder, `${board.name}.img`);
    const fingerprint = fingerprintOf(options, board);
    const there = existsSync(out);
    const done = there && journal[board.name] === fingerprint;
    if (there && !done && !common.force)
      throw new BoardError('EXISTS', `${out} is there and was made from something else; --force replaces it`);
    return { board, out, fingerprint, done };
  });
  const unpacked = join(resolve(folder), UNPACKED);
  try {
    const made: Flashed[] = [];
    let image: string | undefined;
    for (const [index, { board, out, fingerprint, done }] of planned.entries()) {
      begin?.(board, index, done);
      if (done) continue;
      image ??= await plainImage(options, unpacked);
      // Noted before it is there: OUT comes into being as a whole.
      rmSync(out, { force: true });
      journal[board.name] = fingerprint;
      writeAtomic(journalPath, `${JSON.stringify(journal)}\n`);
      made.push(await flashImage({ ...common, ...board, image, out }));
    }
    return made;
  } finally {
    await rm(unpacked, { force: true });
    await rm(`${unpacked}.part`, { force: true });
  }
}

/** The image, unpacked when it is an xz file. */
async function plainImage({ image, progress, signal }: BatchOptions, unpacked: string): Promise<string> {
  {
    await using file = await open(image, 'r');
    if (formOf(await headOf(file, 16)) === 'raw') return image;
  }
  const part = `${unpacked}.part`;
  await rm(part, { force: true });
  await using file = await open(part, 'wx', 0o600);
  await copyImage(image, file, { ...(progress === undefined ? {} : { progress }), signal });
  await rename(part, unpacked);
  return unpacked;
}
