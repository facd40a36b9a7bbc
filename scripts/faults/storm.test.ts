import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayWithoutBroker, storm } from './storm.ts';

/** PERCH_STORMS=SEED runs that one alone. */
const ONLY = process.env.PERCH_STORMS;
const STORMS = 1_000;

test(`${STORMS} storms: every record that was taken is stored once, with its time, or counted in a gap`, async (t) => {
  const seeds = ONLY === undefined ? Array.from({ length: STORMS }, (_, index) => index + 1) : [Number(ONLY)];
  const sum = { taken: 0, stored: 0, gapCounted: 0 };
  for (const seed of seeds) {
    try {
      const { taken, stored, gapCounted, duplicated, unexplained, mistimed } = await storm(seed);
      assert.deepEqual(
        { duplicated, unexplained, mistimed },
        { duplicated: 0, unexplained: [], mistimed: [] },
      );
      sum.taken += taken;
      sum.stored += stored;
      sum.gapCounted += gapCounted;
    } catch (error) {
      throw new Error(
        `storm ${seed} (again: PERCH_STORMS=${seed} npm test -- storm): ${(error as Error).message}`,
        {
          cause: error,
        },
      );
    }
  }
  t.diagnostic(JSON.stringify(sum));
  assert.equal(sum.stored + sum.gapCounted, sum.taken);
  if (ONLY === undefined)
    assert.ok(sum.gapCounted > 0 && sum.stored > 10 * sum.gapCounted, JSON.stringify(sum));
});

test('the same seed is the same storm', async () => {
  assert.deepEqual(await storm(4), await storm(4));
});

test('a broker that is gone for a day: all of it comes in afterwards, and what is taken then comes first', async () => {
  const DAY = 86_400_000;
  const { taken, stored, order } = await dayWithoutBroker(9, DAY);
  assert.ok(taken >= DAY / 10_000, `${taken} records`);
  assert.equal(stored, taken);
  // The first message after the day has the newest record in it.
  assert.ok(order.newestAt < 200, `record ${order.newest} came in as number ${order.newestAt}`);
});
