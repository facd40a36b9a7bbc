import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { compilerOf } from '../build/compile-addon.ts';
import { hostTarget } from '../build/targets.ts';
import { seeded } from '../fuzz/random.ts';
import { lacking } from '../test/programs.ts';
import { drawPlan, everyCall, type KillPlan, KillScenes } from './kill-points.ts';
import { workAtOnce } from './soak-update-workers.ts';

const skip = lacking(compilerOf(hostTarget()).program);
/** Updates under way at once. */
const AT_ONCE = 3;
const DRAWN = 12;

let scenes: KillScenes;
let calls: { patch: [number, number]; full: [number, number] };

before(
  async () => {
    if (skip) return;
    scenes = await KillScenes.make();
    calls = { patch: await scenes.calls(false), full: await scenes.calls(true) };
  },
  { timeout: 180_000 },
);
after(() => scenes?.remove());

async function all(plans: KillPlan[]): Promise<number> {
  let kills = 0;
  const rest = [...plans];
  await workAtOnce(
    AT_ONCE,
    () => rest.shift(),
    async (plan) => {
      const killed = await scenes.run(plan);
      kills += killed;
    },
  );
  return kills;
}

test('an update that is killed at any of its file-system calls ends on the new release, and nothing but whole releases is started', {
  skip,
  timeout: 300_000,
}, async () => {
  const plans = everyCall(calls.patch, false, false);
  assert.ok(plans.length > 60, `${plans.length} calls`);
  assert.equal(await all(plans), plans.length);
});

test('the same with the power cut at calls of an update in full form, which takes the launcher along', {
  skip,
  timeout: 300_000,
}, async () => {
  const plans = everyCall(calls.full, true, true).filter((_, index) => index % 4 === 0);
  assert.equal(await all(plans), plans.length);
});

test('and with several kills in one update, drawn', { skip, timeout: 300_000 }, async () => {
  const random = seeded(5);
  const plans = Array.from({ length: DRAWN }, () => drawPlan(random, calls.patch, false));
  assert.ok((await all(plans)) >= DRAWN);
});
