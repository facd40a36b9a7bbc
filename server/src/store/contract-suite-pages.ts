import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR_MS } from '../series/hour-items.ts';
import type { Store } from './contract.ts';
import { type OpenStore, withStore } from './contract-suite.ts';
import {
  HOUR_SLICE_ROWS,
  ITEM_SLICE_BYTES,
  ITEM_SLICE_ROWS,
  SLICE_CHARACTERS,
  SLICE_RECORDS,
} from './hour-contract.ts';
import { ALIAS, at, HOUR, itemsOf, LATER, START, settle } from './sample-hours.ts';
import { gapOf, recordOf } from './sample-rows.ts';

/** What a Store promises of reading in pieces. */
export function pageContract(name: string, open: OpenStore): void {
  test(`${name}: pages of records go on where they ended, whatever arrives meanwhile`, () =>
    withStore(open, async ({ store }) => {
      const rows = Array.from({ length: 9 }, (_, n) => at(n, Math.floor(n / 3) * 10));
      await store.addRecords(rows);
      const seen: number[] = [];
      let after: Parameters<Store['recordPage']>[1] = {};
      for (let page = 0; ; page++) {
        const found = await store.recordPage(ALIAS, { ...after, limit: 2 });
        seen.push(...found.rows.map(({ number }) => number));
        if (found.next === undefined) break;
        after = { after: found.next };
        await store.addRecords([at(100 + page, 100)]); // newer than all that is still to be read
      }
      assert.deepEqual(seen, [8, 7, 6, 5, 4, 3, 2, 1, 0]);
      const oldest = await store.recordPage(ALIAS, { order: 'oldest', limit: 4, since: START + 10_000 });
      assert.deepEqual(
        oldest.rows.map(({ number }) => number),
        [3, 4, 5, 6],
      );
      const rest = await store.recordPage(ALIAS, {
        ...{ order: 'oldest', after: oldest.next!, until: START + 20_000 },
      });
      assert.deepEqual(
        rest.rows.map(({ number }) => number),
        [7, 8],
      );
      assert.equal(rest.next, undefined);
    }));

  test(`${name}: a page ends by its records or by their length`, () =>
    withStore(open, async ({ store }) => {
      const long = { 'a.b': 'x'.repeat(SLICE_CHARACTERS / 4) };
      await store.addRecords(Array.from({ length: 6 }, (_, n) => at(n, n, { values: long })));
      assert.equal((await store.recordPage(ALIAS)).rows.length, 3);
      const huge = { 'a.b': 'x'.repeat(SLICE_CHARACTERS + 1) };
      await store.addRecords([at(7, 7, { values: huge })]);
      assert.equal((await store.recordPage(ALIAS)).rows.length, 1, 'one at least');
      const many = Array.from({ length: SLICE_RECORDS + 1 }, (_, n) => at(1000 + n, 1000 + n));
      await store.addRecords(many);
      assert.equal((await store.recordPage(ALIAS, { limit: 1e9 })).rows.length, SLICE_RECORDS);
      assert.equal(await store.countRecords(ALIAS, START, START + 7_000, 100), 7);
      assert.equal(await store.countRecords(ALIAS, START, START + 7_000, 3), 3);
    }));

  test(`${name}: some items of records and of hours are read in slices, others are left alone`, () =>
    withStore(open, async ({ store }) => {
      const odd = 'ä.°[0]$';
      const rows = Array.from({ length: ITEM_SLICE_ROWS + 2 }, (_, n) =>
        at(n, n, { values: { 't.c': n, 'air.state': 'ok', [odd]: true, 'x.y': 9 } }),
      );
      await store.addRecords([...rows, at(9999, 3599, { values: {}, errors: { 't.c': 'nak' } })]);
      const query = { since: START, until: START + HOUR_MS };
      const first = await store.itemPage(ALIAS, ['t.c', 'air.state', odd, 'no.no'], query);
      assert.equal(first.rows.length, ITEM_SLICE_ROWS);
      assert.deepEqual(first.rows[1]?.values, [1, 'ok', true, undefined]);
      const rest = await store.itemPage(ALIAS, ['t.c'], { ...query, after: first.next! });
      assert.deepEqual(
        rest.rows.map(({ values, errors }) => [...values, ...errors]),
        [
          [ITEM_SLICE_ROWS, undefined],
          [ITEM_SLICE_ROWS + 1, undefined],
          [undefined, 'nak'],
        ],
      );
      await settle(store);
      const hours = await store.itemHours(ALIAS, ['no.no', 't.c'], HOUR, HOUR);
      assert.equal(hours.rows[0]?.sums[0], undefined);
      assert.deepEqual(hours.rows[0]?.sums[1], (await itemsOf(store))?.get('t.c'));
      const long = { 'a.b': 'x'.repeat(ITEM_SLICE_BYTES / 2) };
      await store.addRecords([1, 2, 3].map((n) => at(n, 7200 + n, { stream: 'f'.repeat(16), values: long })));
      const until = START + 3 * HOUR_MS;
      const slice = await store.itemPage(ALIAS, ['t.c'], { since: START + 2 * HOUR_MS, until });
      assert.equal(slice.rows.length, 2, 'what is searched is bounded too');
    }));

  test(`${name}: hours are read a bounded number at a time, and those that are due are told`, () =>
    withStore(open, async ({ store }) => {
      const rows = Array.from({ length: HOUR_SLICE_ROWS + 1 }, (_, n) => at(n, -n * 3600));
      await store.addRecords(rows);
      await settle(store);
      const first = await store.itemHours(ALIAS, ['air.temperature'], 0, HOUR);
      assert.equal(first.rows.length, HOUR_SLICE_ROWS);
      const rest = await store.itemHours(ALIAS, ['air.temperature'], first.next!, HOUR);
      assert.deepEqual(
        rest.rows.map(({ hour, final }) => [hour, final]),
        [[HOUR, false]],
      );
      assert.equal(rest.next, undefined);
      assert.deepEqual(await store.dueHoursOf(ALIAS, 0, HOUR, 10), []);
      await store.addRecords([at(7001, 1), at(7002, -3600)]);
      assert.deepEqual(await store.dueHoursOf(ALIAS, 0, HOUR, 10), [HOUR, HOUR - 1]);
      assert.deepEqual(await store.dueHoursOf(ALIAS, 0, HOUR, 1), [HOUR]);
      assert.deepEqual(await store.dueHoursOf('greenhouse-2', 0, HOUR, 10), []);
      assert.equal(await store.startsFinal(ALIAS, HOUR - 5, HOUR), false);
      assert.ok(await store.finalHour(ALIAS, HOUR - 5, LATER));
      assert.equal(await store.startsFinal(ALIAS, HOUR - 5, HOUR), true);
      assert.equal(await store.startsFinal(ALIAS, HOUR - 4, HOUR), false);
    }));

  test(`${name}: boards are found one after the other, and their oldest records`, () =>
    withStore(open, async ({ store }) => {
      await store.addRecords(
        [recordOf({ alias: 'b', number: 5 }), recordOf({ alias: 'a' }), recordOf({ alias: 'b', number: 3 })],
        [gapOf({ alias: 'c' })],
      );
      assert.equal(await store.nextAlias('records', ''), 'a');
      assert.equal(await store.nextAlias('records', 'a'), 'b');
      assert.equal(await store.nextAlias('records', 'b'), undefined);
      assert.equal(await store.nextAlias('gaps', ''), 'c');
      assert.equal(await store.nextAlias('hours', ''), undefined);
      const times = [3, 5].map((number) => recordOf({ number }).timestamp);
      assert.equal(await store.oldestRecord('b', 0), times[0]);
      assert.equal(await store.oldestRecord('b', times[0]! + 1), times[1]);
      assert.equal(await store.oldestRecord('b', times[1]! + 1), undefined);
    }));
}
