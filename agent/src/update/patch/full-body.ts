import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { malformed } from '@perch/broker-bridge/update/patch/header.ts';
import { diskError } from '../../atomic-file.ts';
import type { SegmentWriter } from './segment-writer.ts';

/** Unpacks the body of a full form (Brotli, RFC 7932) into `writer`. @throws PerchError */
export async function unpackFull(
  path: string,
  start: number,
  writer: SegmentWriter,
  length: number,
  breathe: () => Promise<void>,
): Promise<void> {
  const bytes = createReadStream(path, { start, highWaterMark: 64 * 1024 });
  try {
    await pipeline(bytes, createBrotliDecompress(), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        for (let at = 0; at < chunk.length; ) {
          const count = chunk.copy(writer.room(), 0, at);
          if (count === 0) throw malformed('it unpacks to more than the signed length');
          writer.advance(count);
          at += count;
        }
        await breathe();
      }
    });
  } catch (error) {
    if (error instanceof PerchError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code?.startsWith('ERR_') || code === 'Z_BUF_ERROR')
      throw malformed(`its compressed bytes are none (${code})`);
    throw diskError(`cannot read ${path}`, error);
  }
  if (writer.taken < length)
    throw new PerchError('WRONG_LENGTH', `the patch unpacks to ${writer.taken} bytes instead of ${length}`);
}
