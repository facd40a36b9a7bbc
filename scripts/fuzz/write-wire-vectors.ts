// node scripts/fuzz/write-wire-vectors.ts [--write]: says whether the golden vectors are what the code writes; with
// --write it replaces them, which is a change of the wire unless rows were only added.
import { writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { buildVectors, readVectors, VECTORS } from './wire-vectors.ts';

const built = JSON.parse(JSON.stringify(buildVectors())) as unknown;
if (process.argv[2] === '--write') {
  writeFileSync(VECTORS, `${JSON.stringify(built, null, 2)}\n`);
  console.log(
    'written: format it (biome check --write), and look at every changed line before you commit it',
  );
} else if (isDeepStrictEqual(built, readVectors())) {
  console.log('the golden vectors are what the code writes');
} else {
  console.error(
    'the golden vectors differ from what the code writes; if that is meant, run this again with --write',
  );
  process.exitCode = 1;
}
