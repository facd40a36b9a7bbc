import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GAPS_PAGE, type GapRow } from './contract.ts';
import { type OpenStore, withStore } from './contract-suite.ts';
import { gapOf, recordOf } from './sample-rows.ts';

/** What a Store promises for records that boards gave up. */
export function gapContract(name: string, open: OpenStore): void {
  test(`${name}: a gap comes back as it was told, also after a restart, and to its own alias only`, () =>
    withStore(open, async ({ store, reopen }) => {
      const gap = gapOf({ from: 2 ** 52, to: 2 ** 52 + 4, count: 3, why: 'full' });
      assert.deepEqual(await store.addRecords([], [gap]), { fresh: [], behind: false });
      const again = await reopen();
      assert.deepEqual(await again.gaps('greenhouse-1'), [{ ...gap, missing: 3 }]);
      assert.deepEqual(await again.gaps('greenhouse-2'), []);
    }));

  test(`${name}: a gap told again grows and never shrinks`, () =>
    withStore(open, async ({ store }) => {
      const first = gapOf({ from: 5, to: 9, count: 5, since: 500, until: 900, received: 1 });
      const more = { ...first, to: 12, count: 8, since: 400, until: 1200, received: 2 };
      for (const told of [first, more, first]) await store.addRecords([], [told]);
      assert.deepEqual(await store.gaps('greenhouse-1'), [{ ...more, missing: 8 }]);
    }));

  test(`${name}: two reasons that begin at one number are two gaps, which add up`, () =>
    withStore(open, async ({ store }) => {
      const damaged = gapOf({ from: 5, to: 9, count: 5, why: 'damaged' });
      const dropped = gapOf({ from: 5, to: 30, count: 20, why: 'full' });
      await store.addRecords([], [damaged, dropped]);
      const gaps = await store.gaps('greenhouse-1');
      assert.equal(
        gaps.reduce((sum, { missing }) => sum + missing, 0),
        25,
      );
    }));

  test(`${name}: what is stored of a gap is not missing`, () =>
    withStore(open, async ({ store }) => {
      const missing = async () => (await store.gaps('greenhouse-1'))[0]?.missing;
      await store.addRecords(
        [1, 2].map((number) => recordOf({ number })),
        [gapOf({ to: 10, count: 10 })],
      );
      assert.equal(await missing(), 8);
      await store.addRecords([
        ...[3, 11].map((number) => recordOf({ number })),
        recordOf({ number: 4, stream: 'ffffffffffffffff' }),
        recordOf({ number: 4, alias: 'greenhouse-2' }),
      ]);
      assert.equal(await missing(), 7, 'other numbers, streams and boards do not fill it');
      await store.addRecords([4, 5, 6, 7, 8, 9, 10].map((number) => recordOf({ number })));
      assert.equal(await missing(), 0);
      // Five of ten numbers were given up, nobody knows which; seven of ten are stored.
      const some = gapOf({ from: 21, to: 30, count: 5 });
      await store.addRecords(
        [21, 22, 23].map((number) => recordOf({ number })),
        [some],
      );
      const find = async () => (await store.gaps('greenhouse-1')).find(({ from }) => from === 21)?.missing;
      assert.equal(await find(), 5);
      await store.addRecords([24, 25, 26, 27].map((number) => recordOf({ number })));
      assert.equal(await find(), 3);
    }));

  test(`${name}: gaps are read by the time that they reach into, the latest first, a page at most`, () =>
    withStore(open, async ({ store }) => {
      const gaps = Array.from({ length: GAPS_PAGE + 5 }, (_, index) =>
        gapOf({ from: index, to: index, count: 1, since: index * 10, until: index * 10 + 5 }),
      );
      await store.addRecords([], gaps);
      const read = async (query: Parameters<typeof store.gaps>[1]) =>
        (await store.gaps('greenhouse-1', query)).map(({ from }) => from);
      assert.deepEqual(await read({ limit: 2 }), [1004, 1003]);
      assert.deepEqual(await read({ since: 15, until: 30 }), [3, 2, 1]);
      assert.deepEqual(await read({ since: 16, until: 29 }), [2]);
      assert.deepEqual(await read({ limit: 0 }), []);
      assert.equal((await read({})).length, GAPS_PAGE);
      assert.equal((await read({ limit: 1e9 })).length, GAPS_PAGE);
    }));

  test(`${name}: records and gaps of a report are stored together or not at all`, () =>
    withStore(open, async ({ store }) => {
      const bad: Partial<GapRow>[] = [{ count: Number.NaN }, { from: 11, to: 10 }];
      for (const row of bad)
        await assert.rejects(store.addRecords([recordOf()], [gapOf(row)]), { name: 'TypeError' });
      await assert.rejects(store.addRecords([recordOf({ per: 0.5 })], [gapOf()]), { name: 'TypeError' });
      assert.deepEqual([await store.records('greenhouse-1'), await store.gaps('greenhouse-1')], [[], []]);
    }));
}
