import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { PerchError } from '../protocol/errors.ts';
import { FRAME_LIMIT } from '../protocol/limits.ts';
import {
  FILE_LIMITS,
  type MetadataFile,
  type MetadataVersions,
  ROLES,
  ROOTS_LIMIT,
} from './metadata-file.ts';

/** Most files of one answer: the roots and one of each other role. */
export const FILES_LIMIT = ROOTS_LIMIT + ROLES.length - 1;
/** Bytes that an answer unpacks to at most: the longest of all its files, with newlines between them. */
export const METADATA_LIMIT =
  ROOTS_LIMIT * FILE_LIMITS.root +
  FILE_LIMITS.timestamp +
  FILE_LIMITS.snapshot +
  FILE_LIMITS.targets +
  FILES_LIMIT;
/** Longest packed answer in bytes, as long as prepared may carry. Metadata is hexadecimal for the most part and halves at least. */
export const BLOB_LIMIT = FRAME_LIMIT;

/** Of zstd's window: 256 KiB covers an answer, and a frame cannot make a board allocate more. */
const WINDOW_LOG = 18;
const NEWLINE = 0x0a;

/**
 * Which of the current files answer a board that trusts `have`: those that differ from what it has. A board that has seen
 * a newer one than there is learns that (rollback), or recovers from it when the keys were exchanged (fast-forward).
 * Of a longer chain of roots only its next ROOTS_LIMIT, and nothing else; the board asks again.
 */
export function filesFor(have: MetadataVersions, current: readonly MetadataFile[]): Uint8Array[] {
  const roots = current
    .filter(({ role, version }) => role === 'root' && version > have.root)
    .sort((a, b) => a.version - b.version);
  const chosen = roots.slice(0, ROOTS_LIMIT);
  if (roots.length === chosen.length)
    for (const role of ROLES) {
      const newest = current
        .filter((file) => file.role === role)
        .reduce<MetadataFile | undefined>((a, b) => (a && a.version > b.version ? a : b), undefined);
      if (role !== 'root' && newest && newest.version !== have[role]) chosen.push(newest);
    }
  return chosen.map(({ bytes }) => bytes);
}

/** Packs files into one blob; nothing for none. Throws PerchError TOO_LONG, or MALFORMED for a file with a newline. */
export function packFiles(files: readonly Uint8Array[]): Uint8Array {
  if (files.length === 0) return new Uint8Array();
  for (const file of files)
    if (file.length === 0 || file.includes(NEWLINE))
      throw new PerchError('MALFORMED', 'a metadata file that is empty or has a newline');
  const joined = Buffer.concat(files.flatMap((file, at) => (at === 0 ? [file] : [Buffer.of(NEWLINE), file])));
  if (joined.length > METADATA_LIMIT || files.length > FILES_LIMIT)
    throw new PerchError('TOO_LONG', `${files.length} metadata files of ${joined.length} bytes`);
  const packed = zstdCompressSync(joined, {
    params: {
      [constants.ZSTD_c_compressionLevel]: 19,
      [constants.ZSTD_c_windowLog]: WINDOW_LOG,
      [constants.ZSTD_c_contentSizeFlag]: 0,
    },
  });
  if (packed.length > BLOB_LIMIT)
    throw new PerchError('TOO_LONG', `packed metadata of ${packed.length} bytes`);
  return packed;
}

/** Unpacks what packFiles packed. Throws PerchError MALFORMED or TOO_LONG, before it has unpacked more than METADATA_LIMIT. */
export function unpackFiles(blob: Uint8Array): Uint8Array[] {
  if (blob.length === 0) return [];
  if (blob.length > BLOB_LIMIT) throw new PerchError('TOO_LONG', `packed metadata of ${blob.length} bytes`);
  let joined: Buffer;
  try {
    joined = zstdDecompressSync(blob, {
      maxOutputLength: METADATA_LIMIT,
      params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG },
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new PerchError('TOO_LONG', `metadata that unpacks to more than ${METADATA_LIMIT} bytes`);
    throw new PerchError('MALFORMED', 'the metadata does not unpack');
  }
  const files: Uint8Array[] = [];
  for (let from = 0; from <= joined.length; ) {
    const found = joined.indexOf(NEWLINE, from);
    const to = found === -1 ? joined.length : found;
    if (to === from) throw new PerchError('MALFORMED', 'an empty metadata file');
    if (files.push(joined.subarray(from, to)) > FILES_LIMIT)
      throw new PerchError('TOO_LONG', `more than ${FILES_LIMIT} metadata files`);
    from = to + 1;
  }
  return files;
}
