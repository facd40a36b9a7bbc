import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import { BoardError } from './board-error.ts';
import { type Progress, SILENT } from './progress.ts';
import { runTool, toolPath } from './tools.ts';

/** Largest image in bytes, unpacked; what a packed one claims is not believed beyond it. */
export const IMAGE_LIMIT = 256 * 1024 ** 3;

const CHUNK = 1024 * 1024;
/** Runs of zeros of this length become holes. A multiple of every file system's block. */
const HOLE = 64 * 1024;
const ZEROS = Buffer.alloc(HOLE);

const PACKED: { name: string; magic: string; unpack: string }[] = [
  { name: 'a gzip file', magic: '1f8b', unpack: 'gunzip' },
  { name: 'a zip file', magic: '504b0304', unpack: 'unzip' },
  { name: 'a zstd file', magic: '28b52ffd', unpack: 'unzstd' },
  { name: 'a bzip2 file', magic: '425a68', unpack: 'bunzip2' },
  { name: 'a 7z file', magic: '377abcaf271c', unpack: '7z x' },
  { name: 'a qcow2 disk', magic: '514649fb', unpack: 'qemu-img convert -O raw' },
];
const XZ_MAGIC = 'fd377a585a00';

/** What kind of image these first bytes begin. Pure. @throws BoardError NOT_AN_IMAGE for what must be unpacked by hand */
export function formOf(head: Buffer): 'raw' | 'xz' {
  const hex = head.subarray(0, 8).toString('hex');
  if (hex.startsWith(XZ_MAGIC)) return 'xz';
  const packed = PACKED.find(({ magic }) => hex.startsWith(magic));
  if (packed !== undefined)
    throw new BoardError('NOT_AN_IMAGE', `this is ${packed.name}; unpack it first: ${packed.unpack} IMAGE`);
  return 'raw';
}

/** The first bytes of a file, fewer if it has no more. */
export async function headOf(file: FileHandle, length: number): Promise<Buffer> {
  const head = Buffer.alloc(length);
  const { bytesRead } = await file.read(head, 0, length, 0);
  return head.subarray(0, bytesRead);
}

/** Writes at a place what is not zero, in a file that is all zeros. @throws BoardError DISK_FULL */
async function writeSparse(file: FileHandle, chunk: Buffer, at: number): Promise<void> {
  let from = 0;
  while (from < chunk.length) {
    const isHole = (start: number): boolean => {
      const part = chunk.subarray(start, start + HOLE);
      return part.equals(part.length === HOLE ? ZEROS : ZEROS.subarray(0, part.length));
    };
    if (isHole(from)) {
      from += HOLE;
      continue;
    }
    let to = from + HOLE;
    while (to < chunk.length && !isHole(to)) to += HOLE;
    await writeAll(file, chunk.subarray(from, to), at + from);
    from = to;
  }
}

/** @throws BoardError DISK_FULL */
export async function writeAll(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  try {
    let done = 0;
    while (done < bytes.length) {
      const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
      done += bytesWritten;
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG')
      throw new BoardError(
        'DISK_FULL',
        `the disk here is full (${at} bytes in); make room or choose another place`,
      );
    throw error;
  }
}

/** Puts chunks of any length into pieces of CHUNK, so that holes fall on their places. */
async function* pieces(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    length += chunk.length;
    while (length >= CHUNK) {
      const all = Buffer.concat(waiting);
      yield all.subarray(0, CHUNK);
      waiting = [all.subarray(CHUNK)];
      length = all.length - CHUNK;
    }
  }
  if (length > 0) yield Buffer.concat(waiting);
}

/** Length of an xz file's content, by its index. @throws BoardError TRUNCATED when there is none, as its end is missing */
async function unpackedLength(path: string, signal: AbortSignal | undefined): Promise<number> {
  const { status, stdout } = await runTool('xz', ['--robot', '--list', '--', path], { signal });
  const totals = /^totals(?:\t[^\t]*){3}\t(\d+)/m.exec(stdout.toString());
  if (status !== 0 || totals === null)
    throw new BoardError('TRUNCATED', 'the .xz file is cut short or damaged; download it again');
  return Number(totals[1]);
}

async function* unpacked(path: string, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  const child = spawn(toolPath('xz'), ['--decompress', '--stdout', '--', path], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal === undefined ? {} : { signal, killSignal: 'SIGKILL' as const }),
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-1000);
  });
  child.on('error', () => {}); // ended by the signal; its status says so
  const closed = once(child, 'close') as Promise<[number | null]>;
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
    const [status] = await closed;
    if (status !== 0 && !signal?.aborted)
      throw new BoardError(
        'TRUNCATED',
        `the .xz file is cut short or damaged (${complaint.trim().replace(/^.*: /s, '')}); download it again`,
      );
  } finally {
    child.kill('SIGKILL');
  }
}

async function* bytesOf(file: FileHandle): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(CHUNK);
  for (let at = 0; ; ) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/**
 * Copies an image, unpacked if it is an xz file, into an empty file that is open for writing; zeros become holes.
 * Memory: a few MB whatever its length. @returns its length in bytes
 * @throws BoardError NOT_AN_IMAGE, TRUNCATED, DISK_FULL, STOPPED
 */
export async function copyImage(
  source: string,
  target: FileHandle,
  options: { progress?: Progress; signal?: AbortSignal | undefined } = {},
): Promise<number> {
  const { progress = SILENT, signal } = options;
  await using file = await open(source, 'r');
  const form = formOf(await headOf(file, 16));
  const total = form === 'xz' ? await unpackedLength(source, signal) : (await file.stat()).size;
  if (total > IMAGE_LIMIT)
    throw new BoardError('NOT_AN_IMAGE', `the image would have ${total} bytes; the limit is ${IMAGE_LIMIT}`);
  const stage = progress.stage(form === 'xz' ? 'unpacking the image' : 'copying the image', total);
  let at = 0;
  for await (const piece of pieces(form === 'xz' ? unpacked(source, signal) : bytesOf(file))) {
    if (signal?.aborted) break;
    if (at + piece.length > total)
      throw new BoardError('TRUNCATED', 'the .xz file holds more than its index says');
    await writeSparse(target, piece, at);
    at += piece.length;
    stage.to(at);
  }
  if (signal?.aborted) throw new BoardError('STOPPED', 'stopped; nothing was written');
  await target.truncate(at);
  stage.end();
  return at;
}
