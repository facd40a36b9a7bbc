import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HOUR_MS, type ItemSums, sumsToJson } from '../series/hour-items.ts';
import { makeHours } from '../series/make-hours.ts';
import type { RecordRow, Store } from './contract.ts';
import { type OpenStore, withStore } from './contract-suite.ts';
import {
  DROP_ROWS,
  HOUR_GRACE_MS,
  HOUR_SLICE_ROWS,
  ITEM_SLICE_BYTES,
  ITEM_SLICE_ROWS,
  SLICE_CHARACTERS,
  SLICE_RECORDS,
} from './hour-contract.ts';
import { gapOf, recordOf } from './sample-rows.ts';

const ALIAS = 'greenhouse-1';
const HOUR = 488_888;
const START = HOUR * HOUR_MS;
const LATER = START + 10 * HOUR_MS;
const paced = async (): Promise<void> => {};

/** A record `seconds` into the hour. */
const at = (number: number, seconds: number, row: Partial<RecordRow> = {}): RecordRow =>
  recordOf({ number, timestamp: START + seconds * 1000, received: START, errors: {}, ...row });

const temperatures = (values: number[]): RecordRow[] =>
  values.map((value, index) => at(index, index, { values: { 't.c': value } }));

async function settle(store: Store, before = LATER): Promise<void> {
  for (;;) {
    const due = await store.dueHours(LATER, 100);
    if (due.length === 0) return;
    await makeHours(store, due, before, paced);
  }
}

/** Makes hours final, and deletes their records. */
async function finish(store: Store, hour = HOUR, before = LATER): Promise<number> {
  assert.ok(await store.finalHour(ALIAS, hour, before));
  let gone = 0;
  for (let more = 1; more > 0; gone += more) more = await store.drainHour(ALIAS, hour, before);
  return gone;
}

const itemsOf = async (store: Store, hour = HOUR): Promise<ItemSums | undefined> =>
  (await store.hour(ALIAS, hour))?.items;

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

  test(`${name}: hours that were made as records came are those of all records at once`, () =>
    withStore(open, async ({ store }) => {
      let run = 0;
      await fc.assert(
        fc.asyncProperty(histories, async (batches) => {
          run += 1;
          const rows = (alias: string): RecordRow[][] =>
            batches.map(({ records }) => records.map((record) => ({ ...record, alias })));
          const [pieces, whole] = [`pieces-${run}`, `whole-${run}`];
          for (const [index, { then }] of batches.entries()) {
            await store.addRecords(rows(pieces)[index]!);
            if (then !== 'more') await settle(store);
            for (const hour of [0, 1, 2].map((n) => HOUR + n)) {
              if (then === 'final') await store.finalHour(pieces, hour, LATER);
              if (then === 'final') await store.drainHour(pieces, hour, LATER);
            }
          }
          await store.addRecords(rows(whole).flat());
          await settle(store);
          const shown = async (alias: string) =>
            Promise.all(
              [0, 1, 2].map(async (n) => {
                const row = await store.hour(alias, HOUR + n);
                if (row === undefined) return undefined;
                const items = new Map([...row.items].sort(([a], [b]) => (a < b ? -1 : 1)));
                return [row.records, [...row.runs], sumsToJson(items, HOUR + n)];
              }),
            );
          assert.deepEqual(await shown(pieces), await shown(whole));
        }),
        { numRuns: 60 },
      );
    }));

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

/** Records of three hours in any order, some of them twice, with times at which the hours are made or made final. */
const histories = fc
  .array(
    fc.record({
      number: fc.nat({ max: 40 }),
      second: fc.nat({ max: 3 * 3600 - 1 }),
      // Sums of these are exact in any order.
      value: fc.oneof(
        fc.integer({ min: -1000, max: 1000 }).map((n) => n / 8),
        fc.constantFrom('wet', 'dry', true),
      ),
      error: fc.constantFrom(undefined, 'nak', 'crc'),
      batch: fc.nat({ max: 4 }),
      again: fc.option(fc.nat({ max: 4 }), { nil: undefined, freq: 4 }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .chain((made) =>
    fc.array(fc.constantFrom('more', 'made', 'final'), { minLength: 5, maxLength: 5 }).map((steps) => {
      const unique = [...new Map(made.map((one) => [one.number, one])).values()];
      return steps.map((then, batch) => ({
        then,
        records: unique
          .filter(
            (one) => one.batch === batch || (one.again !== undefined && one.batch + one.again === batch),
          )
          .map(({ number, second, value, error }) =>
            at(number, second, {
              values: { 'a.b': value },
              errors: error === undefined ? {} : { 'c.d': error as 'nak' },
            }),
          ),
      }));
    }),
  );
