import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilerOf } from '../build/compile-addon.ts';
import { hostTarget } from '../build/targets.ts';
import type { CountedCall, LoggedCall } from '../faults/fs-shim.ts';
import { seeded } from '../fuzz/random.ts';
import { lacking } from '../test/programs.ts';
import { RealKills } from './real-kills.ts';
import { countCalls, drawRealKills, killOf, replayOf } from './real-kills-plan.ts';

/** In the order in which they come: metadata, pieces, journal, executable, and the trial after a power cut and a kill. */
const KILLS = ['old:rename:1', 'old:write:6:torn', 'old:write:60:torn', 'old:fsync:3:power', 'new:rename:2'];

test('the real executable, killed again and again while it is updated by a patch, ends on the new release', {
  timeout: 300_000,
  skip: lacking(compilerOf(hostTarget()).program),
}, async () => {
  const real = await RealKills.open();
  try {
    assert.deepEqual(await real.run(KILLS.map(killOf)), ['rename', 'write', 'write', 'fsync', 'rename']);
  } finally {
    await real.close();
  }
});

const call = (ordinal: number, name: CountedCall): LoggedCall => ({ ordinal, name, result: 0, path: '/' });

test('the calls of an update are counted for each of its lives', () => {
  const counts = countCalls([
    call(1, 'open'),
    call(2, 'write'),
    call(3, 'write'),
    call(1, 'open'),
    call(2, 'fsync'),
  ]);
  assert.deepEqual(
    [...counts.old],
    [
      ['open', 1],
      ['write', 2],
    ],
  );
  assert.deepEqual(
    [...counts.new],
    [
      ['open', 1],
      ['fsync', 1],
    ],
  );
});

test('a seed draws the same kills each time, within what an update does, and a release on trial has a start left', () => {
  const counts = {
    old: new Map([
      ['write', 114],
      ['rename', 8],
    ] as const),
    new: new Map([['fsync', 3]] as const),
  };
  const draw = (seed: number) => {
    const random = seeded(seed);
    return Array.from({ length: 50 }, () => drawRealKills(random, counts));
  };
  assert.deepEqual(draw(5), draw(5));
  assert.notDeepEqual(draw(5), draw(6));
  for (const plan of draw(7)) {
    assert.ok(plan.filter(({ life }) => life === 'new').length <= 2);
    assert.ok(plan.some(({ life }) => life === 'old'));
    for (const { life, call, nth } of plan)
      assert.ok(nth >= 1 && nth <= (counts[life] as ReadonlyMap<string, number>).get(call)!);
  }
});

test('what failed is replayed by the line that is told', () => {
  assert.equal(
    replayOf(KILLS.map(killOf)),
    `node scripts/updates/real-kills.ts ${KILLS.map((word) => `--kill ${word}`).join(' ')}`,
  );
  for (const word of ['old:write:0', 'mid:write:1', 'old:read:1', 'old:write', 'old:write:1:power:torn'])
    assert.throws(() => killOf(word), RangeError);
});
