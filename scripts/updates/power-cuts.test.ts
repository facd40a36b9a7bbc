import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { compilerOf } from '../build/compile-addon.ts';
import { hostTarget } from '../build/targets.ts';
import { seeded } from '../fuzz/random.ts';
import { lacking } from '../test/programs.ts';
import { CutScenes } from './power-cuts.ts';
import { type CutPlan, cutOf, drawCuts, replayOf } from './power-cuts-plan.ts';
import { workAtOnce } from './soak-update-workers.ts';

const skip = lacking(compilerOf(hostTarget()).program);
/** Updates under way at once. */
const AT_ONCE = 3;
/** Disks that are drawn for each call. */
const SEEDS = 2;
const DRAWN = 6;

let scenes: CutScenes;
let disks: { patch: CutPlan[]; full: CutPlan[] };

before(
  async () => {
    if (skip) return;
    scenes = await CutScenes.make();
    const plans = (full: boolean): CutPlan[] =>
      scenes.disks(full, SEEDS).map((cut) => ({ full, cuts: [cut] }));
    disks = { patch: plans(false), full: plans(true) };
  },
  { timeout: 180_000 },
);
after(() => scenes?.remove());

async function all(plans: readonly CutPlan[]): Promise<void> {
  const left = [...plans];
  await workAtOnce(
    AT_ONCE,
    () => left.shift(),
    (plan) => scenes.run(plan),
  );
}

test('whatever a power cut at any call of an update leaves of the disk, the update ends on the new release, and nothing but whole releases is started', {
  skip,
  timeout: 300_000,
}, async () => {
  // The launcher's calls are among them: each count and each change of what is current.
  assert.ok(scenes.calls(false) > 70, `${scenes.calls(false)} calls`);
  assert.ok(disks.patch.length > 40, `${disks.patch.length} disks`);
  await all(disks.patch.filter((_, index) => index % 2 === 0));
});

test('the same with disks of an update in full form', { skip, timeout: 300_000 }, async () => {
  assert.ok(disks.full.length > 40, `${disks.full.length} disks`);
  await all(disks.full.filter((_, index) => index % 4 === 0));
});

test('and with the power going again and again while it ends, drawn', {
  skip,
  timeout: 300_000,
}, async () => {
  const drawn = drawCuts(seeded(5), [disks.patch[0]!], DRAWN);
  assert.ok(drawn.every(({ cuts }) => cuts.length === 3));
  await all(drawn);
});

test('what failed is replayed by the line that is told', () => {
  const plan: CutPlan = { full: true, cuts: [cutOf('31:ext4:7'), cutOf('12:posix:300')] };
  assert.deepEqual(plan.cuts[1], { at: 12, rules: 'posix', seed: 300 });
  assert.equal(
    replayOf(plan),
    'node scripts/updates/power-cuts.ts --full --cut 31:ext4:7 --cut 12:posix:300',
  );
  for (const word of ['0:ext4:1', '3:xfs:1', '3:ext4', 'x']) assert.throws(() => cutOf(word), RangeError);
});
