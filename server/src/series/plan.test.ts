import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HOUR_MS } from './hour-items.ts';
import { planSeries, RAW_ROWS_LIMIT } from './plan.ts';

const DAY = 24 * HOUR_MS;
const asked = { since: 0, until: DAY, points: 400, records: 8_640, startsFinal: false };

test('few records are points of their own', () => {
  assert.deepEqual(planSeries({ ...asked, records: 400 }), { source: 'raw', bucket: 0 });
  assert.deepEqual(planSeries({ ...asked, records: 401 }), { source: 'raw', bucket: 300_000 });
});

test('a day comes in minutes, a month and more in hours and days', () => {
  assert.deepEqual(planSeries({ ...asked, until: HOUR_MS }), { source: 'raw', bucket: 10_000 });
  assert.deepEqual(planSeries({ ...asked, until: 30 * DAY, points: 2_000 }), {
    ...{ source: 'raw', bucket: 1_800_000 },
  });
  assert.deepEqual(planSeries({ ...asked, until: 30 * DAY }), { source: 'hours', bucket: 2 * HOUR_MS });
  assert.deepEqual(planSeries({ ...asked, until: 365 * DAY }), { source: 'hours', bucket: DAY });
  assert.deepEqual(planSeries({ ...asked, until: 3650 * DAY, points: 2 }), {
    ...{ source: 'hours', bucket: 11 * 364 * DAY },
  });
});

test('too many records, or records that are gone, are read from the hours', () => {
  assert.deepEqual(planSeries({ ...asked, records: RAW_ROWS_LIMIT }).source, 'raw');
  assert.deepEqual(planSeries({ ...asked, records: RAW_ROWS_LIMIT + 1 }), {
    ...{ source: 'hours', bucket: HOUR_MS },
  });
  assert.deepEqual(planSeries({ ...asked, records: 0, startsFinal: true }), {
    ...{ source: 'hours', bucket: HOUR_MS },
  });
});

test('whatever is asked, there are no more buckets than points, and hours fit into them', () => {
  fc.assert(
    fc.property(
      fc.record({
        since: fc.integer({ min: 0, max: 2e12 }),
        span: fc.integer({ min: 0, max: 40 * 365 * DAY }),
        points: fc.integer({ min: 2, max: 2_000 }),
        records: fc.integer({ min: 0, max: 200_000 }),
        startsFinal: fc.boolean(),
      }),
      ({ since, span, ...rest }) => {
        const until = since + span;
        const { source, bucket } = planSeries({ since, until, ...rest });
        if (bucket === 0) return rest.records <= rest.points && source === 'raw';
        const buckets = Math.floor(until / bucket) - Math.floor(since / bucket) + 1;
        return buckets <= rest.points && (source === 'raw' || bucket % HOUR_MS === 0);
      },
    ),
  );
});

test('the shortest bucket is a second', () => {
  const { bucket } = planSeries({ ...asked, until: 10, points: 5, records: 6 });
  assert.equal(bucket, 1_000);
});
