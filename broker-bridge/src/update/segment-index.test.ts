import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { EXECUTABLE_LIMIT } from '../release.ts';
import {
  digestOf,
  indexHash,
  LEAF,
  leafAt,
  leafOf,
  SEGMENT,
  SEGMENT_LIMIT,
  SegmentHasher,
  segmentCount,
} from './segment-index.ts';

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
/** Bytes that do not repeat from segment to segment. */
const sample = (length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i + 4 <= length; i += 4) bytes.writeUInt32LE(Math.imul(i + 1, 2654435761) >>> 0, i);
  return bytes;
};

test('an index is the first half of the SHA-256 of each segment, and its hash is what is signed', async () => {
  const file = sample(2 * SEGMENT + 5);
  const expected = Buffer.concat([
    sha256(file.subarray(0, SEGMENT)).subarray(0, 16),
    sha256(file.subarray(SEGMENT, 2 * SEGMENT)).subarray(0, 16),
    sha256(file.subarray(2 * SEGMENT)).subarray(0, 16),
  ]);
  const digest = await digestOf(
    (async function* () {
      yield file;
    })(),
  );
  assert.deepEqual(digest, {
    length: file.length,
    sha256: sha256(file).toString('hex'),
    leaves: expected,
    index: sha256(expected).toString('hex'),
  });
  assert.equal(indexHash(expected), digest.index);
  assert.deepEqual(Buffer.from(leafAt(expected, 1)), leafOf(file.subarray(SEGMENT, 2 * SEGMENT)));
});

test('the sizes of the chunks do not matter', () => {
  const file = sample(SEGMENT + 70_000);
  const whole = new SegmentHasher();
  whole.update(file);
  const expected = whole.digest();
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: SEGMENT }), { maxLength: 6 }), (cuts) => {
      const hasher = new SegmentHasher();
      let at = 0;
      for (const cut of cuts) {
        hasher.update(file.subarray(at, at + cut));
        at = Math.min(file.length, at + cut);
      }
      hasher.update(file.subarray(at));
      assert.deepEqual(hasher.digest(), expected);
    }),
    { numRuns: 20 },
  );
});

test('an executable of whole segments has no empty leaf, and an empty one has none', () => {
  const hasher = new SegmentHasher();
  hasher.update(sample(SEGMENT));
  assert.equal(hasher.digest().leaves.length, LEAF);
  assert.equal(new SegmentHasher().digest().leaves.length, 0);
  assert.deepEqual([0, 1, SEGMENT, SEGMENT + 1].map(segmentCount), [0, 1, 1, 2]);
  assert.equal(segmentCount(EXECUTABLE_LIMIT), SEGMENT_LIMIT);
});
