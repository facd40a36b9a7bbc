// node scripts/fuzz/write-patch-vectors.ts [--write]: says whether the golden patches are what the code makes; with
// --write it replaces them. Boards in the field read patches by the old ones: that takes a new version of the format.
import { writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { buildPatchVectors, PATCH_VECTORS, readPatchVectors } from './patch-vectors.ts';

if (process.argv[2] === '--write') {
  writeFileSync(PATCH_VECTORS, `${JSON.stringify(buildPatchVectors(), null, 2)}\n`);
  console.log('written: look at every changed line before you commit it');
} else if (isDeepStrictEqual(buildPatchVectors(), readPatchVectors())) {
  console.log('the golden patches are what the code makes');
} else {
  console.error(
    'the golden patches differ from what the code makes; if that is meant, run this again with --write',
  );
  process.exitCode = 1;
}
