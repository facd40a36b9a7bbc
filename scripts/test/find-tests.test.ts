import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { findTests } from './find-tests.ts';

describe('finding test files', () => {
  let root: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'perch-find-'));
    for (const folder of ['agent/src/update', 'agent/node_modules/x', 'server', 'empty'])
      await mkdir(join(root, folder), { recursive: true });
    for (const file of [
      'agent/src/b.test.ts',
      'agent/src/b.ts',
      'agent/src/update/plan.test.ts',
      'agent/node_modules/x/x.test.ts',
      'server/a.test.ts',
    ])
      await writeFile(join(root, file), '');
  });
  after(() => rm(root, { recursive: true, force: true }));

  test('walks the folders, sorted, and leaves node_modules out', () => {
    assert.deepEqual(findTests(root, ['server', 'agent']), [
      'agent/src/b.test.ts',
      'agent/src/update/plan.test.ts',
      'server/a.test.ts',
    ]);
  });

  test('keeps what has one of the patterns in its path', () => {
    assert.deepEqual(findTests(root, ['server', 'agent'], ['update/', 'server']), [
      'agent/src/update/plan.test.ts',
      'server/a.test.ts',
    ]);
  });

  test('finding nothing is an error, with the pattern or the folders in it', () => {
    assert.throws(() => findTests(root, ['agent'], ['typo']), /no test file has "typo" in its path/);
    assert.throws(() => findTests(root, ['empty']), /no \*\.test\.ts file in empty/);
  });
});
