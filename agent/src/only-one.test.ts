import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { lockState } from './only-one.ts';

test('a state folder has one agent at a time, whatever name it is called by', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'perch-one-'));
  t.after(() => rmSync(root, { recursive: true }));
  // Longer than a Unix socket's path may be.
  const state = join(root, 'deep'.repeat(40));
  mkdirSync(state);
  symlinkSync(state, join(root, 'alias'));
  const elsewhere = (path: string): string =>
    execFileSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { lockState } from ${JSON.stringify(new URL('./only-one.ts', import.meta.url).href)};
         console.log(await lockState(${JSON.stringify(path)}));`,
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    ).trim();
  assert.equal(elsewhere(state), 'true', 'and it goes with its process');
  assert.equal(await lockState(state), true);
  assert.equal(elsewhere(state), 'false');
  assert.equal(elsewhere(join(root, 'alias')), 'false');
  assert.equal(elsewhere(root), 'true');
});
