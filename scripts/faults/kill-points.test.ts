import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { seeded } from '../fuzz/random.ts';
import { killChain, killText } from './kill-points.ts';
import { drawLife, lifeText } from './kill-points-draw.ts';

const TIMEOUT = { timeout: 600_000 };

async function chain(
  t: TestContext,
  seed: number,
  points: number,
): Promise<Awaited<ReturnType<typeof killChain>>> {
  const report = await killChain({ seed, points });
  t.diagnostic(killText(report));
  assert.ok(report.kills >= points / 2, `${report.kills} kills`);
  assert.ok(report.hits.size >= 6, 'at several calls');
  assert.ok(report.balance.stored >= 100);
  return report;
}

test(
  'killed at one call after the other, an agent that writes each record at once loses none but for want of room',
  TIMEOUT,
  async (t) => {
    const { gaps, powerCuts } = await chain(t, 2, 40);
    assert.equal(powerCuts, 0);
    assert.deepEqual(
      [...gaps.keys()].filter((why) => why !== 'full'),
      [],
    );
  },
);

test('killed and its journal lost now and then, it counts what the window held', TIMEOUT, async (t) => {
  const { powerCuts } = await chain(t, 1, 20);
  assert.ok(powerCuts > 0);
});

test('a seed draws the same lives each time, another seed others', () => {
  const lives = (seed: number): string[] => {
    const random = seeded(seed);
    return Array.from({ length: 20 }, () => lifeText(drawLife(random, 'cut', 0.2)));
  };
  assert.deepEqual(lives(5), lives(5));
  assert.notDeepEqual(lives(5), lives(6));
});
