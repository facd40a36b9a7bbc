import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Sampler, untilNext } from './sampler.ts';

test('the next sample is at a multiple of the period, and not within a tenth of it from now', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1e12, max: 2e12 }),
      fc.integer({ min: 100, max: 86_400_000 }),
      (wall, period) => {
        const wait = untilNext(wall, period);
        assert.equal((wall + wait) % period, 0);
        assert.ok(wait >= period / 10 && wait <= period * 1.1);
      },
    ),
  );
});

test('the first sample is taken at once; samples never overlap, also when the period changes in the middle of one', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  let under = 0;
  const taken: number[] = [];
  const releases: (() => void)[] = [];
  const sampler = new Sampler({
    async sample() {
      under += 1;
      assert.equal(under, 1);
      await new Promise<void>((resolve) => releases.push(resolve));
      under -= 1;
      return { values: new Map(), errors: new Map() };
    },
    taken: (_sample, _timestamp, per) => taken.push(per),
    wallClock: () => 1_000_000,
  });
  sampler.start(1000);
  await turn();
  assert.equal(releases.length, 1, 'at once');
  sampler.start(500);
  await turn();
  assert.equal(releases.length, 1, 'the one under way first');
  releases.shift()!();
  await turn();
  releases.shift()!();
  await turn();
  assert.deepEqual(taken, [500], 'what was asked for under the old period is not told under the new one');
  t.mock.timers.tick(500);
  await turn();
  releases.shift()!();
  await turn();
  assert.deepEqual(taken, [500, 500]);
  sampler.stop();
  t.mock.timers.tick(10_000);
  await turn();
  assert.equal(releases.length, 0);
});
