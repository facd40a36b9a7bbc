import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR_MS } from '../series/hour-items.ts';
import { makeHours } from '../series/make-hours.ts';
import { type OpenStore, withStore } from './contract-suite.ts';
import { DROP_ROWS, HOUR_GRACE_MS } from './hour-contract.ts';
import {
  ALIAS,
  at,
  finish,
  HOUR,
  itemsOf,
  LATER,
  paced,
  START,
  settle,
  temperatures,
} from './sample-hours.ts';
import { gapOf, recordOf } from './sample-rows.ts';

/** What a Store promises of hours. */
export function hourContract(name: string, open: OpenStore): void {
  test(`${name}: an hour has count, sum, least, most and last of its numbers, and its errors`, () =>
    withStore(open, async ({ store, reopen }) => {
      await store.addRecords([
        at(1, 10, { values: { 't.c': 5, 'air.state': 'wet' } }),
        at(2, 20, { values: { 't.c': -3, 'air.state': 'dry' } }),
        at(3, 30, { values: { 't.c': 4, 'door.open': false }, errors: { 'soil.m': 'nak' } }),
        at(4, 40, { values: {}, errors: { 't.c': 'crc', 'soil.m': 'timeout' } }),
        at(5, 3600, { values: { 't.c': 99 } }), // the next hour's
      ]);
      await settle(store);
      const again = await reopen();
      const row = await again.hour(ALIAS, HOUR);
      assert.equal(row?.records, 4);
      assert.equal(row?.final, false);
      const none = { count: 0, sum: 0, min: 0, max: 0 };
      const clean = { errors: 0, errorAt: START, reason: undefined };
      assert.deepEqual(Object.fromEntries(row!.items), {
        't.c': {
          ...{ count: 3, sum: 6, min: -3, max: 5, lastAt: START + 30_000, last: 4 },
          ...{ errors: 1, errorAt: START + 40_000, reason: 'crc' },
        },
        'air.state': { ...none, lastAt: START + 20_000, last: 'dry', ...clean },
        'door.open': { ...none, lastAt: START + 30_000, last: false, ...clean },
        'soil.m': {
          ...{ ...none, lastAt: START, last: undefined },
          ...{ errors: 2, errorAt: START + 40_000, reason: 'timeout' },
        },
      });
      assert.equal((await itemsOf(again, HOUR + 1))?.get('t.c')?.last, 99);
    }));

  test(`${name}: an hour is due when it is over and a while, or when something late came`, () =>
    withStore(open, async ({ store }) => {
      await store.addRecords([at(1, 10)]);
      const over = START + HOUR_MS + HOUR_GRACE_MS;
      assert.deepEqual(await store.dueHours(over - 1, 10), []);
      assert.equal(await store.hourState(ALIAS, HOUR), 'due');
      assert.deepEqual(await store.dueHours(over, 10), [{ alias: ALIAS, hour: HOUR }]);
      await settle(store);
      assert.deepEqual(await store.dueHours(LATER, 10), []);
      assert.equal(await store.hourState(ALIAS, HOUR), 'open');
      await store.addRecords([at(1, 10)]);
      assert.equal(await store.hourState(ALIAS, HOUR), 'open', 'a record that was there changes nothing');
      await store.addRecords([at(2, 20, { received: LATER })]);
      assert.deepEqual(await store.dueHours(LATER, 10), [], 'others may come with it');
      assert.equal((await store.dueHours(LATER + HOUR_GRACE_MS, 10)).length, 1);
    }));

  test(`${name}: what comes while an hour is made, or after the server ended meanwhile, makes it due again`, () =>
    withStore(open, async ({ store, reopen }) => {
      await store.addRecords([at(1, 10)]);
      const key = { alias: ALIAS, hour: HOUR };
      assert.deepEqual(await store.beginHours([key]), ['none']);
      const row = { ...key, items: new Map(), records: 1, runs: new Map(), unsynchronised: 0, final: false };
      await store.addRecords([at(2, 20)]);
      await store.putHours([row]);
      assert.equal(await store.hourState(ALIAS, HOUR), 'due');
      assert.deepEqual(await store.beginHours([key]), ['open']);
      const again = await reopen();
      assert.deepEqual(await again.dueHours(LATER, 10), [key], 'it was not made');
      await settle(again);
      assert.equal((await again.hour(ALIAS, HOUR))?.records, 2);
    }));

  test(`${name}: a record whose time is repaired moves from hour to hour`, () =>
    withStore(open, async ({ store }) => {
      const unset = { synchronised: false, sinceBoot: 10_000 };
      await store.addRecords([at(1, 10, unset)]);
      await settle(store);
      assert.equal((await store.hour(ALIAS, HOUR))?.records, 1);
      await store.addRecords([at(1, 3 * 3600, { sinceBoot: 10_000 })]);
      await settle(store);
      assert.equal(await store.hour(ALIAS, HOUR), undefined);
      assert.equal((await store.hour(ALIAS, HOUR + 3))?.records, 1);
    }));

  test(`${name}: an hour is final only with all its records counted`, () =>
    withStore(open, async ({ store }) => {
      assert.equal(await store.finalHour(ALIAS, HOUR, LATER), false, 'there is none');
      await store.addRecords([at(1, 10)]);
      assert.equal(await store.finalHour(ALIAS, HOUR, LATER), false, 'it is not made');
      assert.equal(await store.drainHour(ALIAS, HOUR, LATER), 0);
      await settle(store);
      assert.equal(await store.drainHour(ALIAS, HOUR, LATER), 0, 'it is open');
      await store.addRecords([at(2, 20)]);
      assert.equal(await store.finalHour(ALIAS, HOUR, LATER), false, 'it is due');
      await store.beginHours([{ alias: ALIAS, hour: HOUR }]);
      await store.putHours([(await store.hour(ALIAS, HOUR))!]); // made without having looked
      assert.equal(await store.finalHour(ALIAS, HOUR, LATER), false, 'it has a record that is not counted');
      assert.equal(await store.hourState(ALIAS, HOUR), 'due', 'and is made again');
      assert.equal((await store.records(ALIAS)).length, 2);
      await settle(store);
      assert.equal(await finish(store), 2);
    }));

  test(`${name}: records of a final hour go in bounded transactions, and its numbers stay`, () =>
    withStore(open, async ({ store, reopen }) => {
      const other = recordOf({ alias: 'greenhouse-2', timestamp: START });
      await store.addRecords([...temperatures(Array.from({ length: DROP_ROWS + 5 }, (_, n) => n)), other]);
      await store.addRecords([at(9999, 3600)]);
      await settle(store);
      const before = await itemsOf(store);
      assert.ok(await store.finalHour(ALIAS, HOUR, LATER));
      assert.equal(await store.hourState(ALIAS, HOUR), 'final');
      assert.equal(await store.drainHour(ALIAS, HOUR, LATER), DROP_ROWS);
      const again = await reopen();
      assert.equal(await again.drainHour(ALIAS, HOUR, LATER), 5);
      assert.equal(await again.drainHour(ALIAS, HOUR, LATER), 0);
      assert.deepEqual(await itemsOf(again), before);
      assert.deepEqual(
        (await again.records(ALIAS)).map(({ number }) => number),
        [9999],
      );
      assert.equal((await again.records('greenhouse-2')).length, 1);
    }));

  test(`${name}: a late record of a final hour is added to it once, however often it comes`, () =>
    withStore(open, async ({ store }) => {
      await store.addRecords(temperatures([1, 2, 3]));
      await settle(store);
      await finish(store);
      const late = at(7, 3599, { values: { 't.c': 10, 'new.x': 1 } });
      for (const rows of [[late], [late], temperatures([1, 2, 3])]) {
        await store.addRecords(rows);
        assert.equal(await store.hourState(ALIAS, HOUR), 'final');
        await settle(store);
        assert.deepEqual(await store.records(ALIAS), []);
      }
      const row = (await store.hour(ALIAS, HOUR))!;
      assert.equal(row.records, 4);
      const { count, sum, min, max, last } = row.items.get('t.c')!;
      assert.deepEqual([count, sum, min, max, last], [4, 16, 1, 10, 10]);
      assert.equal(row.items.get('new.x')?.count, 1);
      assert.deepEqual(await store.dueHours(LATER * 2, 10), []);
    }));

  test(`${name}: what a board without a clock sent stays until it was here long enough`, () =>
    withStore(open, async ({ store }) => {
      const lost = { synchronised: false, sinceBoot: 5, received: LATER - 5 };
      await store.addRecords([at(1, 10, lost), at(2, 20)]);
      const later = LATER + HOUR_GRACE_MS;
      await makeHours(store, await store.dueHours(later, 10), LATER, paced);
      assert.equal(await store.finalHour(ALIAS, HOUR, LATER - 5), false);
      assert.ok(await store.finalHour(ALIAS, HOUR, LATER - 4));
      assert.equal(await store.drainHour(ALIAS, HOUR, LATER - 5), 1, 'the one whose clock was set');
      assert.equal(await store.drainHour(ALIAS, HOUR, LATER - 5), 0);
      assert.equal((await store.records(ALIAS)).length, 1);
      assert.equal(await store.drainHour(ALIAS, HOUR, LATER - 4), 1);
    }));

  test(`${name}: old hours that are final go, and old gaps, and nothing else of the board`, () =>
    withStore(open, async ({ store }) => {
      await store.addRecords(
        [at(1, 0), at(2, 3600), at(3, 7200), at(4, 10_800)],
        [
          gapOf({ from: 1, until: START - 1 }),
          gapOf({ from: 50, to: 60, until: START }),
          gapOf({ alias: 'greenhouse-2', from: 1, until: START - 1 }),
        ],
      );
      await settle(store);
      for (const hour of [HOUR, HOUR + 1, HOUR + 3]) await finish(store, hour);
      assert.equal(await store.dropHours(ALIAS, HOUR + 3), 2);
      assert.equal(await store.dropHours(ALIAS, HOUR + 3), 0);
      const left = await Promise.all([0, 1, 2, 3].map((n) => store.hour(ALIAS, HOUR + n)));
      assert.deepEqual(
        left.map((row) => row !== undefined),
        [false, false, true, true],
      );
      assert.equal(await store.dropGaps(ALIAS, START), 1);
      assert.equal(await store.dropGaps(ALIAS, START), 0);
      assert.deepEqual(
        (await store.gaps(ALIAS)).map(({ from }) => from),
        [50],
      );
      assert.equal((await store.gaps('greenhouse-2')).length, 1);
    }));

  test(`${name}: records with a time far ahead go by when they came, a bounded number at a time, and their hours with them`, () =>
    withStore(open, async ({ store }) => {
      const far = (number: number, received: number) =>
        recordOf({ number, timestamp: START + 100 * HOUR_MS + number, received });
      await store.addRecords([
        at(0, 0),
        ...Array.from({ length: DROP_ROWS }, (_, n) => far(n + 1, START)),
        ...[far(DROP_ROWS + 1, START), far(DROP_ROWS + 2, LATER)],
      ]);
      assert.equal(await store.dropAhead(ALIAS, HOUR + 100, LATER), DROP_ROWS);
      assert.equal(await store.hourState(ALIAS, HOUR + 100), 'due');
      assert.equal(await store.dropAhead(ALIAS, HOUR + 100, LATER), 1);
      assert.equal(await store.hourState(ALIAS, HOUR + 100), 'due', 'one came later');
      assert.equal(await store.dropAhead(ALIAS, HOUR + 100, LATER), 0);
      assert.equal(await store.dropAhead(ALIAS, HOUR + 100, LATER + 1), 1);
      assert.equal(await store.hourState(ALIAS, HOUR + 100), 'none');
      assert.equal((await store.recordPage(ALIAS)).rows.length, 1);
    }));

  test(`${name}: of hours and gaps a bounded number goes at once`, () =>
    withStore(open, async ({ store }) => {
      const hours = Array.from({ length: DROP_ROWS + 1 }, (_, n) => HOUR - n);
      await store.addRecords(
        [],
        hours.map((n) => gapOf({ from: n, to: n, until: n })),
      );
      assert.equal(await store.dropGaps(ALIAS, START), DROP_ROWS);
      assert.equal(await store.dropGaps(ALIAS, START), 1);
      await store.addRecords(hours.map((hour) => recordOf({ number: hour, timestamp: hour * HOUR_MS })));
      await settle(store);
      for (const hour of hours) assert.ok(await store.finalHour(ALIAS, hour, LATER));
      assert.equal(await store.dropHours(ALIAS, HOUR + 1), DROP_ROWS);
      assert.equal(await store.dropHours(ALIAS, HOUR + 1), 1);
    }));
}
