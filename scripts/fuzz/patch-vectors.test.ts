import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sha256Hex } from '@perch/broker-bridge/release.ts';
import { buildPatchVectors, fileOf, readPatchVectors } from './patch-vectors.ts';
import { deltaOf, PatchBench, signedOf } from './patching.ts';

let bench: PatchBench;
before(() => {
  bench = new PatchBench();
});
after(() => bench.close());

for (const { what, base, target, baseSha256, targetSha256, patch } of readPatchVectors())
  test(`golden patch: ${what}`, async () => {
    const [from, to] = [base === null ? undefined : fileOf(base), fileOf(target)];
    assert.equal(sha256Hex(to), targetSha256, 'the sample is another one');
    if (from !== undefined) assert.equal(sha256Hex(from), baseSha256, 'the sample is another one');
    const bytes = Buffer.from(patch, 'hex');
    assert.ok((await bench.apply(bytes, from, signedOf(to))).equals(to), 'what a board makes of it');
    if (from !== undefined) assert.equal(deltaOf(from, to).toString('hex'), patch, 'what a server makes');
  });

test('every row has its golden patch', () => {
  assert.deepEqual(
    readPatchVectors().map(({ what }) => what),
    buildPatchVectors().map(({ what }) => what),
  );
});
