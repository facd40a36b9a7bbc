import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { ROOT } from '../build/paths.ts';
import { ITEMS, shareOut } from './http-data.ts';
import type { Figure } from './report.ts';

test('values are shared out as they were asked for, nearly', () => {
  const amount = fc.record({
    boards: fc.integer({ min: 2, max: 20_000 }),
    values: fc.integer({ min: 1_000, max: 100_000_000 }),
  });
  fc.assert(
    fc.property(amount, (asked) => {
      const { dense, denseRecords, otherRecords } = shareOut(asked);
      assert.ok(dense >= 1 && dense < asked.boards && denseRecords >= 1 && otherRecords >= 0);
      const records = dense * denseRecords + (asked.boards - dense) * otherRecords;
      assert.ok(records * ITEMS.length <= asked.values + ITEMS.length);
      // What does not fit evenly is left out: less than a record of each board.
      assert.ok(asked.values / ITEMS.length - records <= asked.boards + 1);
    }),
  );
  assert.deepEqual(shareOut({ boards: 10_000, values: 50_000_000 }), {
    ...{ dense: 116, denseRecords: 43_103, otherRecords: 505 },
  });
});

test('http measures a small fleet beside plain SQLite, and cleans up', { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'perch-bench-test-'));
  try {
    const few = ['--values', '20000', '--boards', '20', '--queries', '3', '--senders', '3', '--pages', '2'];
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [join(ROOT, 'scripts/bench.ts'), 'http', ...few, '--seconds', '1', '--rounds', '1', '--json'],
      { env: { ...process.env, TMPDIR: folder } },
    );
    assert.equal(stderr, '');
    const { figures } = JSON.parse(stdout) as { figures: Figure[] };
    const value = (name: string): number => figures.find((figure) => figure.name === name)!.value;
    assert.ok(value('file.hours') >= value('file.records') && value('file.records') > 100_000);
    for (const name of [
      'fleet.list.p50',
      'day.api.p50',
      'day.sqlite.p50',
      'month.api.p50',
      'month.sqlite.p50',
    ])
      assert.ok(value(name) > 0, name);
    assert.ok(value('ingest.alone') > 0 && value('ingest.pages') > 0);
    assert.deepEqual(readdirSync(folder), []);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
