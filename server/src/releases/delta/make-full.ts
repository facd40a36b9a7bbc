import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { constants, createBrotliCompress } from 'node:zlib';
import { filterBranches } from '@perch/broker-bridge/update/patch/branch-filter.ts';
import { encodeHeader, FILTER, type Filter } from '@perch/broker-bridge/update/patch/header.ts';
import { REGION } from '@perch/broker-bridge/update/patch/layout.ts';
import { SEGMENT } from '@perch/broker-bridge/update/segment-index.ts';
import { elfLayout } from './elf-layout.ts';
import { leafRuns } from './leaf-runs.ts';
import { load } from './loaded.ts';

/** Brotli's largest window that every decoder takes (RFC 7932): a board needs that much memory. */
const WINDOW_BITS = 24;

/** Measured with a file of 110 MB on one core: 2 s instead of minutes, for a quarter more bytes. */
const FAST_QUALITY = 6;

/** Writes the full form of an executable to `out`. @throws PerchError TOO_LONG, MALFORMED; errors of the file system */
export async function makeFull(
  targetPath: string,
  out: string,
  fast: boolean,
  progress: (part: number) => void,
): Promise<void> {
  const { bytes } = load(targetPath);
  const filter = filterOf(bytes);
  const header = encodeHeader({
    length: bytes.length,
    base: undefined,
    runs: leafRuns(undefined, bytes),
    filter,
  });
  const file = createWriteStream(out, { mode: 0o600 });
  file.write(header);
  await pipeline(
    function* () {
      for (let at = 0; at < bytes.length; at += SEGMENT) {
        const segment = bytes.subarray(at, at + SEGMENT);
        filterBranches(segment, at, bytes.length, filter, false);
        yield segment;
        progress((at + segment.length) / bytes.length);
      }
    },
    createBrotliCompress({
      params: {
        [constants.BROTLI_PARAM_QUALITY]: fast ? FAST_QUALITY : constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_LGWIN]: WINDOW_BITS,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
    file,
  );
}

/** The largest region of code. */
function filterOf(bytes: Buffer): Filter {
  const code = elfLayout(bytes)
    .regions.filter(({ kind }) => kind === REGION.arm64 || kind === REGION.x64)
    .sort((a, b) => b.end - b.start - (a.end - a.start))[0];
  if (code === undefined) return { kind: FILTER.none, start: 0, end: 0 };
  return { kind: code.kind === REGION.arm64 ? FILTER.arm64 : FILTER.x64, start: code.start, end: code.end };
}
