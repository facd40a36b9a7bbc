import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '../store/contract.ts';
import { gapOf, recordOf } from '../store/sample-rows.ts';
import type { Aggregate } from './columns.ts';
import { HOUR_MS, hourOf } from './hour-items.ts';
import { HourKeeper } from './hour-keeper.ts';
import { RAW_ROWS_LIMIT } from './plan.ts';
import { DUE_HOURS_LIMIT, readSeries, SERIES_GAPS_LIMIT, type SeriesQuery } from './read-series.ts';
import { saveRetention } from './retention.ts';
import { ALIAS, daysAgo, hoursAgo, NOW, steady, withStore } from './testing/store-house.ts';
import { Turns } from './turns.ts';

const settle = (store: Store, now = NOW) =>
  new HourKeeper({ store, now: () => now, log: () => undefined, wait: async () => {} }).settle();

const read = (store: Store, query: Partial<SeriesQuery>, turns = new Turns()) =>
  readSeries({ store, turns, units: async () => new Map([['t.c', 'Cel']]) }, ALIAS, {
    ...{ items: ['t.c'], since: daysAgo(1), until: NOW, points: 400 },
    aggregates: ['mean', 'min', 'max', 'last', 'sum', 'count'] as Aggregate[],
    ...query,
  });

test('few records are told one by one, with their errors and the gaps beside', () =>
  withStore(async (store) => {
    const [a, b] = [hoursAgo(2), hoursAgo(1)];
    await store.addRecords(
      [
        recordOf({ number: 1, timestamp: a, values: { 't.c': 20, 'air.state': 'wet' }, errors: {} }),
        recordOf({ number: 2, timestamp: b, values: { 't.c': -0.5 }, errors: { 'air.state': 'crc' } }),
        recordOf({ number: 3, timestamp: daysAgo(2), values: { 't.c': 99 } }),
      ],
      [gapOf({ since: a, until: b }), gapOf({ from: 50, to: 60, since: daysAgo(3), until: daysAgo(2) })],
    );
    const found = await read(store, { items: ['t.c', 'air.state', 'no.no'], aggregates: ['mean', 'max'] });
    assert.deepEqual(
      { ...found, gaps: found.gaps.length },
      {
        ...{ since: daysAgo(1), until: NOW, source: 'raw', bucket: 0, gaps: 1 },
        series: [
          { name: 't.c', unit: 'Cel', t: [a, b], n: [1, 1], mean: [20, -0.5], max: [20, -0.5] },
          { name: 'air.state', t: [a], n: [0], mean: [null], max: [null], last: ['wet'] },
          { name: 'no.no', t: [], n: [], mean: [], max: [] },
        ],
        errors: [{ name: 'air.state', t: [b], reason: ['crc'], n: [1] }],
      },
    );
  }));

test('many records come in buckets with each of the sums', () =>
  withStore(async (store) => {
    const rows = steady(hoursAgo(1), 600, 5_000);
    await store.addRecords([
      ...rows,
      recordOf({ number: 1, timestamp: hoursAgo(1) + 1, values: {}, errors: { 't.c': 'nak' } }),
    ]);
    const { series, errors, ...rest } = await read(store, { since: hoursAgo(1), points: 61 });
    assert.deepEqual([rest.source, rest.bucket], ['raw', 60_000]);
    const [one] = series;
    assert.equal(one?.t.length, 50);
    assert.deepEqual(
      [one?.t[1], one?.n[1], one?.mean?.[1], one?.min?.[1], one?.max?.[1], one?.last?.[1], one?.sum?.[1]],
      [hoursAgo(1) + 60_000, 12, 17.5, 12, 23, 23, 12 * 17.5],
    );
    assert.deepEqual(one?.count, one?.n);
    assert.deepEqual(errors, [{ name: 't.c', t: [hoursAgo(1)], reason: ['nak'], n: [1] }]);
  }));

test('a month is the same from the hours as from its records, the hour that still runs included', () =>
  withStore(async (store) => {
    const now = NOW + 1_800_000;
    const rows = steady(daysAgo(30), 30 * 144 + 3, 600_000);
    await store.addRecords(rows);
    await settle(store, now);
    assert.equal(await store.hourState(ALIAS, hourOf(now)), 'due');
    const { series, source, bucket } = await read(store, { since: daysAgo(30), until: now, points: 721 });
    assert.deepEqual([source, bucket], ['hours', 2 * HOUR_MS]);
    const [one] = series;
    assert.equal(one?.t.length, 361);
    for (const [index, start] of one!.t.entries()) {
      const inside = rows.filter(({ timestamp: at }) => at >= start && at < start + bucket);
      const numbers = inside.map(({ values }) => values['t.c'] as number);
      assert.equal(one?.n[index], numbers.length);
      assert.equal(
        one?.sum?.[index],
        numbers.reduce((a, b) => a + b, 0),
      );
      assert.equal(one?.last?.[index], numbers.at(-1));
      assert.deepEqual([one?.min?.[index], one?.max?.[index]], [numbers[0], numbers.at(-1)]);
    }
  }));

test('an hour with a late record is read from its records until it is made anew', () =>
  withStore(async (store) => {
    await store.addRecords(steady(daysAgo(1), 2_000, 30_000));
    await settle(store);
    const late = steady(daysAgo(1) + 5_000, 1, 1, { values: { 't.c': 1_000 } });
    await store.addRecords(late);
    const query = { since: daysAgo(1), points: 25 };
    const before = await read(store, query);
    assert.deepEqual(
      [before.source, before.series[0]?.n[0], before.series[0]?.max?.[0]],
      ['hours', 121, 1_000],
    );
    await settle(store, NOW + HOUR_MS);
    assert.deepEqual(await read(store, query), before);
  }));

test('what is kept as hours only is read from them, also beside records', () =>
  withStore(async (store) => {
    await saveRetention(store, { rawDays: 2, hourDays: 100 });
    await store.addRecords(steady(daysAgo(3), 72, HOUR_MS));
    await settle(store);
    assert.equal((await store.records(ALIAS)).length, 48);
    const { series, source, bucket } = await read(store, { since: daysAgo(3), until: NOW - 1 });
    assert.deepEqual([source, bucket], ['hours', HOUR_MS]);
    assert.deepEqual(
      series[0]?.mean,
      Array.from({ length: 72 }, (_, n) => n),
    );
    // A late record of the first day counts as soon as it is added to its hour.
    await store.addRecords(steady(daysAgo(3) + 5_000, 1, 1, { values: { 't.c': 4 } }));
    assert.equal((await read(store, { since: daysAgo(3) })).series[0]?.mean?.[0], 0);
    await settle(store);
    assert.equal((await read(store, { since: daysAgo(3) })).series[0]?.mean?.[0], 2);
  }));

test('with too many records for one answer and no hours yet it says that it is incomplete', () =>
  withStore(async (store) => {
    for (let at = 0; at < RAW_ROWS_LIMIT + 4_000; at += 2_000) {
      const rows = steady(daysAgo(1) + at * 100, 2_000, 100, { values: { 't.c': 1 } });
      await store.addRecords(rows.map((row, index) => ({ ...row, number: at + index })));
    }
    let turns = 0;
    const counting = new (class extends Turns {
      override next(): Promise<void> {
        turns += 1;
        return super.next();
      }
    })();
    const found = await read(store, {}, counting);
    assert.deepEqual([found.source, found.incomplete], ['hours', true]);
    assert.ok(turns > 50, `the event loop turned ${turns} times`);
    await settle(store);
    const whole = await read(store, {});
    assert.equal(whole.incomplete, undefined);
    assert.equal(
      whole.series[0]?.n.reduce((a, b) => a + b),
      RAW_ROWS_LIMIT + 4_000,
    );
  }));

test('so many gaps are told, the latest', () =>
  withStore(async (store) => {
    const gaps = Array.from({ length: SERIES_GAPS_LIMIT + 1 }, (_, n) =>
      gapOf({ from: n, to: n, since: hoursAgo(1), until: hoursAgo(1) + n }),
    );
    await store.addRecords([], gaps);
    const found = await read(store, {});
    assert.equal(found.gaps.length, SERIES_GAPS_LIMIT);
    assert.equal(found.gaps[0]?.from, SERIES_GAPS_LIMIT);
  }));

test('of hours that are not made yet so many are looked for', () =>
  withStore(async (store) => {
    const rows = steady(hoursAgo(DUE_HOURS_LIMIT + 1), DUE_HOURS_LIMIT + 1, HOUR_MS);
    await store.addRecords(rows);
    const query = { since: hoursAgo(DUE_HOURS_LIMIT + 1) };
    const found = await read(store, query);
    assert.equal(found.incomplete, true);
    assert.equal(
      found.series[0]?.n.reduce((a, b) => a + b),
      DUE_HOURS_LIMIT,
    );
    await settle(store, NOW + HOUR_MS);
    const whole = await read(store, query);
    assert.equal(whole.incomplete, undefined);
    assert.equal(whole.series[0]?.last?.at(-1), DUE_HOURS_LIMIT);
  }));
