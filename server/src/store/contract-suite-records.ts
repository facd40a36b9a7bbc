import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { GAPS_PAGE, RECORDS_PAGE, type RecordRow, type Store } from './contract.ts';
import { type OpenStore, withStore } from './contract-suite.ts';
import { WAITING_ROWS_LIMIT } from './group-commit.ts';
import { recordOf } from './sample-rows.ts';

const oldest = { order: 'oldest' } as const;
const numbers = (rows: RecordRow[]): number[] => rows.map((row) => row.number);

export function recordContract(name: string, open: OpenStore): void {
  test(`${name}: a record comes back as it went in, also after a restart`, () =>
    withStore(open, async ({ store, reopen }) => {
      const rows = [
        recordOf({
          number: 2 ** 52,
          timestamp: 5,
          per: 2 ** 32 - 1,
          values: { 'a.b': 0.1, 'ä.°': '–', 'x.y': true },
        }),
        recordOf({
          number: 2,
          timestamp: 0,
          synchronised: false,
          sinceBoot: 0,
          values: {},
          errors: { 'a.b': 'crc' },
        }),
      ];
      assert.deepEqual(await store.addRecords(rows), { fresh: rows, behind: false });
      const again = await reopen();
      assert.deepEqual(await again.records('greenhouse-1'), rows);
      assert.deepEqual(await again.records('greenhouse-2'), []);
    }));

  test(`${name}: a record that arrives twice is stored once, with its first content`, () =>
    withStore(open, async ({ store, reopen }) => {
      const first = recordOf({ number: 7 });
      const second = recordOf({ number: 8 });
      assert.deepEqual(numbers((await store.addRecords([first])).fresh), [7]);
      assert.deepEqual(numbers((await store.addRecords([first, second, second])).fresh), [8]);
      const again = await reopen();
      assert.deepEqual(await again.addRecords([recordOf({ number: 7, version: '9.9.9' })]), {
        fresh: [],
        behind: false,
      });
      assert.deepEqual(await again.records('greenhouse-1', oldest), [first, second]);
    }));

  test(`${name}: of duplicates that arrive at the same time one is new`, () =>
    withStore(open, async ({ store }) => {
      const calls = Array.from({ length: 40 }, () =>
        store.addRecords([1, 2, 3].map((n) => recordOf({ number: n }))),
      );
      const stored = (await Promise.all(calls)).flatMap(({ fresh }) => fresh);
      assert.deepEqual(numbers(stored), [1, 2, 3]);
      assert.deepEqual(numbers(await store.records('greenhouse-1', oldest)), [1, 2, 3]);
    }));

  test(`${name}: the same number from another stream or another board is another record`, () =>
    withStore(open, async ({ store }) => {
      const rows = [
        recordOf(),
        recordOf({ stream: 'ffffffffffffffff' }),
        recordOf({ alias: 'greenhouse-2' }),
      ];
      assert.equal((await store.addRecords(rows)).fresh.length, 3);
      assert.equal((await store.records('greenhouse-1')).length, 2);
    }));

  test(`${name}: records are read newest or oldest first, within a time, a page at most`, () =>
    withStore(open, async ({ store }) => {
      const rows = Array.from({ length: RECORDS_PAGE + 10 }, (_, index) =>
        recordOf({ number: index, timestamp: index }),
      );
      await store.addRecords(rows);
      const alias = 'greenhouse-1';
      assert.deepEqual(numbers(await store.records(alias, { limit: 2 })), [1009, 1008]);
      assert.deepEqual(numbers(await store.records(alias, { ...oldest, limit: 2 })), [0, 1]);
      assert.deepEqual(numbers(await store.records(alias, { ...oldest, since: 5, until: 7 })), [5, 6, 7]);
      assert.equal((await store.records(alias)).length, RECORDS_PAGE);
      assert.equal((await store.records(alias, { limit: 1e9 })).length, RECORDS_PAGE);
      assert.equal((await store.records(alias, { limit: 0 })).length, 0);
    }));

  test(`${name}: a value that is no value fails its own call and no other`, () =>
    withStore(open, async ({ store }) => {
      const good = store.addRecords([recordOf({ number: 1 })]);
      await assert.rejects(store.addRecords([recordOf({ number: 2, values: { 'a.b': Number.NaN } })]), {
        name: 'TypeError',
        message: /NaN/,
      });
      assert.equal((await good).fresh.length, 1);
      assert.deepEqual(numbers(await store.records('greenhouse-1')), [1]);
    }));

  test(`${name}: what would wait too long for the disk is refused with BUSY, what was accepted is stored`, () =>
    withStore(open, async ({ store }) => {
      const batch = (call: number): RecordRow[] =>
        Array.from({ length: 128 }, (_, index) => recordOf({ number: call * 128 + index }));
      const calls = Array.from({ length: 400 }, (_, call) => store.addRecords(batch(call)));
      const waiting = store.waitingRows();
      assert.ok(waiting > 0 && waiting <= WAITING_ROWS_LIMIT, `${waiting} rows wait`);
      const results = await Promise.allSettled(calls);
      assert.equal(store.waitingRows(), 0);
      const refused = results.filter((result) => result.status === 'rejected');
      assert.ok(refused.length > 0, 'the wait is bounded');
      for (const { reason } of refused) {
        assert.ok(reason instanceof PerchError);
        assert.equal(reason.code, 'BUSY');
      }
      for (const [call, result] of results.entries()) {
        const at = recordOf({ number: call * 128 }).timestamp;
        const found = await store.records('greenhouse-1', { since: at, until: at });
        assert.equal(found.length, result.status === 'fulfilled' ? 1 : 0);
      }
    }));

  test(`${name}: after kill -9 every acknowledged record is there`, { timeout: 60_000 }, () =>
    withStore(open, async ({ store, reopen, opener }) => {
      await store.close();
      const script = fileURLToPath(new URL('./crash-writer.ts', import.meta.url));
      const child = spawn(process.execPath, [script, opener.module, opener.name, opener.location], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      child.stdout.setEncoding('utf8');
      const enough = new Promise<void>((resolve) => {
        child.stdout.on('data', (text: string) => {
          output += text;
          if (output.length > 4000) resolve();
        });
      });
      const ended = once(child, 'close');
      await Promise.race([enough, ended]);
      child.kill('SIGKILL');
      await ended;
      // The last line may be cut short by the kill: only whole lines count.
      const acknowledged = output.split('\n').slice(0, -1).join(' ').split(' ').filter(Boolean).map(Number);
      assert.ok(acknowledged.length > 100, `the child stored ${acknowledged.length} records`);
      const again = await reopen();
      const kept = new Set(numbers(await readAll(again)));
      assert.deepEqual(
        acknowledged.filter((number) => !kept.has(number)),
        [],
      );
      const gaps = await again.gaps('greenhouse-1');
      assert.ok(gaps.length < GAPS_PAGE, 'all of them are looked at');
      assert.equal(gaps.length * 5, kept.size, 'a report is there with its gap or not at all');
      assert.ok(gaps.every(({ missing }) => missing === 0));
    }),
  );
}

async function readAll(store: Store): Promise<RecordRow[]> {
  const rows: RecordRow[] = [];
  for (;;) {
    const since = (rows.at(-1)?.timestamp ?? -1) + 1;
    const page = await store.records('greenhouse-1', { ...oldest, since });
    if (page.length === 0) return rows;
    rows.push(...page);
  }
}
