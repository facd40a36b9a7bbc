import { closeSync, ftruncateSync, openSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { EXECUTABLE_LIMIT } from '@perch/broker-bridge/release.ts';
import { filterBranches } from '@perch/broker-bridge/update/patch/branch-filter.ts';
import { decodeHeader, HEADER_LIMIT } from '@perch/broker-bridge/update/patch/header.ts';
import { diskError } from '../../atomic-file.ts';
import { decodeDelta } from './delta-body.ts';
import { unpackFull } from './full-body.ts';
import { SegmentWriter } from './segment-writer.ts';
import { signedIndex } from './signed-index.ts';
import { WindowedFile } from './windowed-file.ts';

/** How long the event loop waits for us at most, in milliseconds. */
const STRETCH_MS = 20;

/** What is signed of an executable. */
export interface Signed {
  length: number; // bytes
  /** 64 hex digits each: of the executable, and of its segment index. */
  sha256: string;
  index: string;
}

export interface PatchRequest {
  /** Paths. The base is the executable that the patch was made from; a full form needs none. */
  patch: string;
  base: string | undefined;
  /** The executable, written in order. */
  output: string;
  signed: Signed;
  /** Segments at the start of `output` that are there and were verified: they are not written again. */
  haveSegments?: number;
  /** Bytes of the executable that are done, of how many. */
  progress?(done: number, total: number): void;
  signal?: AbortSignal;
}

/**
 * Makes an executable from a patch, which nobody signed, and verifies it: the index before anything is written, each
 * segment before it is written, the whole at the end. The file is not synced. Other work goes on meanwhile.
 * @throws PerchError WRONG_HASH (content that is not the signed one), WRONG_LENGTH, TOO_LONG, MALFORMED, DISK; the signal's reason
 */
export async function applyPatch(request: PatchRequest): Promise<void> {
  const files: WindowedFile[] = [];
  const open = (path: string): WindowedFile => {
    const file = new WindowedFile(path);
    files.push(file);
    return file;
  };
  try {
    await applyFrom(
      open(request.patch),
      request.base === undefined ? undefined : open(request.base),
      request,
    );
  } finally {
    for (const file of files) file.close();
  }
}

async function applyFrom(
  patch: WindowedFile,
  base: WindowedFile | undefined,
  { patch: path, output, signed, haveSegments = 0, progress, signal }: PatchRequest,
): Promise<void> {
  if (patch.length > EXECUTABLE_LIMIT)
    throw new PerchError(
      'TOO_LONG',
      `a patch of ${patch.length} bytes; at most ${EXECUTABLE_LIMIT} are taken`,
    );
  const head = Buffer.alloc(Math.min(HEADER_LIMIT, patch.length));
  patch.read(0, head);
  const { header, end } = decodeHeader(head);
  if (header.length !== signed.length)
    throw new PerchError(
      'WRONG_LENGTH',
      `the patch makes ${header.length} bytes; ${signed.length} are signed`,
    );
  if (header.base !== undefined && header.base !== base?.length)
    throw new PerchError(
      'WRONG_LENGTH',
      `the patch is from a base of ${header.base} bytes; ${base === undefined ? 'there is none' : `this one has ${base.length}`}`,
    );
  const breathe = breather(signal);
  const index = await drive(
    signedIndex(header, header.base === undefined ? undefined : base, signed.index),
    breathe,
  );
  const fd = openOutput(output, haveSegments > 0);
  try {
    const { filter, length } = header;
    const writer = new SegmentWriter(fd, length, index, haveSegments, (segment, offset) => {
      filterBranches(segment, offset, length, filter, true);
      progress?.(offset + segment.length, length);
    });
    if (header.base === undefined) await unpackFull(path, end, writer, length, breathe);
    else await drive(decodeDelta(patch, end, base!, writer, length), breathe);
    if (writer.sha256() !== signed.sha256)
      throw new PerchError('WRONG_HASH', 'the new executable does not have the signed hash');
    ftruncateSync(fd, length);
  } finally {
    closeSync(fd);
  }
}

function openOutput(path: string, there: boolean): number {
  try {
    return openSync(path, there ? 'r+' : 'w', 0o600);
  } catch (error) {
    throw diskError(`cannot write ${path}`, error);
  }
}

/** Lets others have their turn when it is time. @throws the signal's reason */
function breather(signal: AbortSignal | undefined): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < STRETCH_MS) return;
    await setImmediate();
    signal?.throwIfAborted();
    since = performance.now();
  };
}

async function drive<T>(work: Generator<void, T>, breathe: () => Promise<void>): Promise<T> {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
    await breathe();
  }
}
