import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../build/paths.ts';
import { cutsFailed, cutText } from './cut-run.ts';
import { needsOf } from './kernel.ts';
import { noCuts } from './power-cuts.ts';

const rig = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/rig.ts'), ...args], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  return { status, stdout, stderr };
};

test('the help of the rig teaches, and a wrong call exits with 2 and one line', () => {
  const help = rig('--help');
  assert.equal(help.status, 0);
  assert.match(help.stdout, /npm run rig -- --cuts N/);
  for (const args of [
    ['--cuts', '0'],
    ['--cuts', 'many'],
    ['--boards', '99'],
    ['--clock', 'noon'],
    ['--fly'],
    ['on'],
  ]) {
    const { status, stderr } = rig(...args);
    assert.equal(status, 2, args.join(' '));
    assert.match(stderr, /^rig: .*; see npm run rig -- --help\n$/);
  }
});

test('the table of power cuts has every count, and what must not be makes it fail', () => {
  const report = { ...noCuts(), seed: 7, cuts: 12, taken: 300, stored: 297, lostInWindow: 3 };
  assert.equal(cutsFailed(report), false, 'the loss window may take some');
  assert.match(cutText(report), /power cuts +12\n/);
  assert.match(cutText(report), /bricked +0\n/);
  assert.match(cutText(report), /lost within it, and counted in a gap +3\n/);
  for (const key of ['bricked', 'lostOutside', 'duplicated', 'fileSystemErrors'] as const)
    assert.equal(cutsFailed({ ...report, [key]: 1 }), true, key);
  assert.match(cutText({ ...report, faults: ['pi-1: record 9 is lost'] }), /\n\npi-1: record 9 is lost$/);
});

test("a kernel module's needs are in its own words", () => {
  const module = (depends: string) => Buffer.from(`\x7fELF\0\0license=GPL\0depends=${depends}\0name=x\0`);
  assert.deepEqual(needsOf(module('virtio_ring,virtio')), ['virtio_ring', 'virtio']);
  assert.deepEqual(needsOf(module('')), []);
  assert.deepEqual(needsOf(Buffer.from('no module')), []);
});
