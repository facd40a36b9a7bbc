import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../build/paths.ts';
import { lacking } from '../test/programs.ts';
import type { Figure } from './report.ts';

const MIB = 1024 * 1024;

function bench(args: string[], folder: string) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(
      process.execPath,
      [join(ROOT, 'scripts/bench.ts'), 'fleet-update', ...args, '--json'],
      { env: { ...process.env, TMPDIR: folder }, timeout: 120_000 },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

const inMemory = (): string[] =>
  existsSync('/dev/shm')
    ? readdirSync('/dev/shm').filter((name) => name.startsWith('perch-bench-fleet-'))
    : [];

test('fleet-update stores every record of a few boards that pull a release over and over, and cleans up', {
  skip: lacking('mosquitto'),
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'perch-bench-test-'));
  chmodSync(folder, 0o755); // Mosquitto gives up root and must still read its files
  const before = inMemory();
  try {
    const args = ['--boards', '4', '--seconds', '2', '--rounds', '1', '--size', '3', '--bytes', '100000'];
    const { code, stdout, stderr } = await bench(args, folder);
    assert.equal(code, 0, stderr);
    const figures = (JSON.parse(stdout) as { figures: Figure[] }).figures;
    const value = (name: string): number =>
      figures.find((figure) => figure.name === name)?.value ?? Number.NaN;
    for (const phase of ['idle', 'full', 'patch']) {
      assert.equal(value(`${phase}.records`), 4 * 2, `${phase}: a record a second of each`);
      assert.equal(value(`${phase}.lost`), 0);
      assert.ok(value(`${phase}.p99`) >= value(`${phase}.p50`) && value(`${phase}.p50`) > 0);
      assert.ok(value(`${phase}.memory`) > MIB);
    }
    for (const form of ['full', 'patch']) {
      assert.ok(value(`${form}.pulls`) >= 4, `each board pulled the ${form} to its end`);
      assert.equal(value(`${form}.frames-lost`), 0);
      assert.equal(value(`${form}.p99-ratio`), value(`${form}.p99`) / value('idle.p99'));
      assert.ok(
        figures.some(({ name, ratioTo }) => name === `${form}.memory-ratio` && ratioTo === 'idle.memory'),
      );
    }
    assert.ok(value('full.object') > 2.9 * MIB, 'what is made up cannot be made smaller');
    assert.equal(value('full.pulled'), 100_000);
    assert.ok(value('full.frame-rate') * 2 >= value('full.pulls') * 100_000, 'pulls are made of frames');
    assert.ok(value('patch.object') < 4096);
    assert.deepEqual(readdirSync(folder), []);
    assert.deepEqual(inMemory(), before);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('fleet-update refuses what cannot be meant', async () => {
  const { code, stderr } = await bench(['--form', 'half'], tmpdir());
  assert.equal(code, 2);
  assert.match(stderr, /--form half: give one of full, patch, both/);
});
