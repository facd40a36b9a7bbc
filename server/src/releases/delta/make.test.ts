import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { EXECUTABLE_LIMIT } from '@perch/broker-bridge/release.ts';
import { decodeHeader } from '@perch/broker-bridge/update/patch/header.ts';
import { OPERATION_LIMIT } from '@perch/broker-bridge/update/patch/operations.ts';
import { elfOf } from '../sample-elf.ts';
import { makePatch } from './make.ts';
import { planOperations } from './plan-operations.ts';

describe('making a patch', () => {
  let folder: string;
  const path = (name: string): string => join(folder, name);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'perch-make-'));
    writeFileSync(path('old'), elfOf('linux-x64', 400_000, '0.2.0'));
    writeFileSync(path('new'), elfOf('linux-x64', 400_000, '0.3.0'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('from a base makes a small file, the same each time, and tells how far it is', async () => {
    const told: number[] = [];
    const progress = (done: number, total: number): void => void told.push(done / total);
    await makePatch({ base: path('old'), target: path('new'), out: path('one'), progress });
    await makePatch({ base: path('old'), target: path('new'), out: path('two') });
    const patch = readFileSync(path('one'));
    assert.deepEqual(patch, readFileSync(path('two')));
    assert.ok(patch.length < 200, `${patch.length} bytes`);
    assert.equal(decodeHeader(patch).header.base, 400_000);
    assert.ok(
      told.length > 0 && told.every((part, i) => part <= 1 && part >= (told[i - 1] ?? 0)),
      told.join(' '),
    );
  });

  test('without a base makes the full form', async () => {
    await makePatch({ base: undefined, target: path('new'), out: path('full') });
    const { header } = decodeHeader(readFileSync(path('full')));
    assert.equal(header.base, undefined);
    assert.equal(header.length, 400_000);
  });

  test('does not hold up what else this process does', async () => {
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 5);
    await makePatch({ base: path('old'), target: path('new'), out: path('three') });
    clearInterval(timer);
    assert.ok(turns > 5, `${turns} turns`);
  });

  test('ends when it is told to, and when it takes too long', async () => {
    const request = { base: path('old'), target: path('new'), out: path('four') };
    const stop = new AbortController();
    const why = new Error('enough');
    setTimeout(() => stop.abort(why), 30);
    await assert.rejects(makePatch({ ...request, signal: stop.signal }), why);
    await assert.rejects(makePatch({ ...request, signal: AbortSignal.abort(why) }), why);
    await assert.rejects(makePatch({ ...request, timeout: 20 }), {
      code: 'BUSY',
      message: /took longer than 0.02 s/,
    });
  });

  test('takes no more operations than a board does; the rest is coded byte by byte', () => {
    const bytes = Buffer.alloc(2 * OPERATION_LIMIT + 10);
    const alignments = Array.from({ length: OPERATION_LIMIT + 1 }, (_, i) => ({
      to: 2 * i,
      from: 0,
      length: 1,
    }));
    assert.equal(planOperations(bytes, bytes, alignments).length, OPERATION_LIMIT);
  });

  test('says which file it cannot take', async () => {
    const to = { target: path('new'), out: path('five') };
    await assert.rejects(makePatch({ ...to, base: path('none') }), {
      code: 'MALFORMED',
      message: /cannot read .*none \(ENOENT\)/,
    });
    writeFileSync(path('empty'), '');
    await assert.rejects(makePatch({ ...to, target: path('empty'), base: path('old') }), {
      code: 'MALFORMED',
      message: /empty is empty/,
    });
    truncateSync(path('empty'), EXECUTABLE_LIMIT + 1);
    await assert.rejects(makePatch({ ...to, base: path('empty') }), {
      code: 'TOO_LONG',
      message: /boards take at most 268435456/,
    });
    await assert.rejects(makePatch({ ...to, base: path('old'), out: path('none/patch') }), { code: 'DISK' });
  });
});
