import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { Rollout, RolloutSpec } from '@perch/server/rollout/facts.ts';
import { abort, NEW_STATE, resume } from '@perch/server/rollout/waves.ts';
import fc from 'fast-check';
import { BROKEN_FROM, DAY, HOUR, MINUTE, RolloutFleet, START, targetsOf } from './rollout-fleet.ts';

const LIMITS: RolloutSpec['limits'] = {
  ...{ failures: 0.1, silent: 0.1, least: 3, silence: 36 * HOUR, enough: 0.8, atOnce: 100, tries: 5 },
};
const WAVES = [1, 10, 50, 100].map((percent) => ({ percent, soak: 6 * HOUR }));
const OLD = targetsOf('0.1.0', 1, { mayReplace: BROKEN_FROM + 5 });
const NEW = targetsOf('0.2.0', BROKEN_FROM);

const rolloutOf = (spec: Partial<RolloutSpec> = {}, id = 1): Rollout => ({
  ...{ id, created: START, revision: 1, state: NEW_STATE },
  spec: { version: '0.2.0', waves: WAVES, limits: LIMITS, ...spec },
});

/** What must hold in every fleet, whatever happens to it. */
function soundly(fleet: RolloutFleet, { tries }: { tries: number }): void {
  for (const { alias, installed, fate } of fleet.boards) {
    for (const version of new Set(installed)) {
      const times = installed.filter((one) => one === version).length;
      assert.ok(times <= (fate === 'good' ? 1 : tries), `${alias} installed ${installed.join(' ')}`);
    }
  }
}

test('ten thousand boards with bad links, full disks and long absences end on a good release, and no more than the limit update at once', () => {
  const fleet = new RolloutFleet({
    ...{ seed: 7, boards: 10_000, step: HOUR, version: '0.1.0', transfer: 5 * HOUR },
    targets: [...OLD, ...NEW],
    rollouts: [rolloutOf({ limits: { ...LIMITS, atOnce: 1000 } })],
    shares: { rollsBack: 0.01, dies: 0.005, diskFull: 0.02, off: 0.05, unsteady: 0.2, lost: 0.1 },
  });
  let cut = -1;
  let wave = 0;
  const begun: number[] = [];
  fleet.run(4 * DAY, () => {
    const { state } = fleet.rollout;
    assert.ok(state.cut >= cut && state.wave >= wave, 'a wave never shrinks');
    if (state.wave !== wave || cut < 0) begun.push(fleet.offers.length);
    [cut, wave] = [state.cut, state.wave];
  });
  assert.equal(fleet.rollout.state.phase, 'done');
  assert.ok(fleet.most <= 1000, `${fleet.most} at once`);
  const late = fleet.boards.filter((board) => board.fate === 'good' && board.version !== '0.2.0');
  assert.ok(late.length > 300, 'some are still away');
  for (const board of late) assert.ok(fleet.isOff(board) || board.work, `${board.alias} was left out`);
  fleet.run(10 * DAY);
  for (const { alias, fate, version } of fleet.boards.filter((board) => !fleet.isOff(board) && !board.work))
    if (fate !== 'dies') assert.equal(version, fate === 'good' ? '0.2.0' : '0.1.0', alias);
  soundly(fleet, { tries: 5 });
});

for (const [name, shares] of Object.entries({
  'rolls back on every board': { rollsBack: 1 },
  'kills every board without a word': { dies: 1 },
  'rolls back on half of the boards': { rollsBack: 0.5 },
  'kills a third and rolls back on a third': { rollsBack: 0.33, dies: 0.33 },
}))
  test(`a release that ${name} stops by itself before it breaks more than its limits`, () => {
    const limits = { ...LIMITS, atOnce: 20 };
    const fleet = new RolloutFleet({
      ...{ seed: 11, boards: 1000, step: 30 * MINUTE, version: '0.1.0', shares: { ...shares, off: 0.05 } },
      targets: [...OLD, ...NEW],
      rollouts: [rolloutOf({ limits })],
    });
    fleet.run(8 * DAY);
    assert.equal(fleet.rollout.state.phase, 'paused');
    assert.equal(fleet.rollout.state.wave, 0, 'in its first wave');
    const broken = fleet.boards.filter((board) => board.fate !== 'good' && board.installed.length > 0);
    assert.ok(
      broken.length > 0 && broken.length <= 2 * limits.least + limits.atOnce,
      `${broken.length} broken`,
    );
    const before = fleet.offers.length;
    fleet.run(2 * DAY);
    assert.equal(fleet.offers.length, before, 'paused is paused');
    soundly(fleet, { tries: 5 });
  });

test('ten boards: one tries it first, and a release that kills it reaches no other', () => {
  const fleet = new RolloutFleet({
    ...{ seed: 3, boards: 10, step: 15 * MINUTE, version: '0.1.0', shares: { dies: 1 } },
    targets: [...OLD, ...NEW],
    rollouts: [rolloutOf()],
  });
  fleet.run(10 * DAY);
  assert.equal(fleet.boards.filter(({ dead }) => dead).length, 1);
  assert.deepEqual(fleet.rollout.state.why, { by: 'silence', silent: 1, finished: 1 });
  const ended = { ...fleet.rollout, state: abort(fleet.rollout.state, false)! };
  fleet.change({
    rollouts: [ended, rolloutOf({ version: '0.2.1' }, 2)],
    targets: [...OLD, ...NEW, ...targetsOf('0.2.1', 9)],
  });
  fleet.run(5 * DAY);
  assert.equal(fleet.rollout.state.phase, 'done', 'the next release goes its own way');
  assert.equal(fleet.boards.filter(({ version }) => version === '0.2.1').length, 9);
});

test('an update begins only while the window is open where the board is', () => {
  const fleet = new RolloutFleet({
    ...{ seed: 5, boards: 500, step: 15 * MINUTE, version: '0.1.0', shares: { unsteady: 0.3, lost: 0.2 } },
    targets: [...OLD, ...NEW],
    // Mondays and Thursdays from 22:00 to 04:00.
    rollouts: [rolloutOf({ window: { days: [1, 4], from: 22 * 60, to: 4 * 60, zone: 'UTC' } })],
    timeZone: (index) => ['Etc/GMT-9', 'Etc/GMT+5', 'UTC'][index % 3]!, // UTC+9, UTC-5, UTC
  });
  fleet.run(21 * DAY);
  assert.equal(fleet.rollout.state.phase, 'done');
  assert.ok(fleet.boards.every(({ version }) => version === '0.2.0'));
  for (const { alias, at } of fleet.offers) {
    const local = at - START + [9, -5, 0][Number(alias.slice(6)) % 3]! * HOUR; // START is a Monday
    const hour = (((local % DAY) + DAY) % DAY) / HOUR;
    const day = Math.floor(local / DAY) - (hour < 4 ? 1 : 0);
    assert.ok(
      (hour >= 22 || hour < 4) && [0, 3].includes(((day % 7) + 7) % 7),
      `${alias} at ${new Date(at).toISOString()}`,
    );
  }
});

test('abort stops at once, and abort --back brings back who has the signed permission', () => {
  const make = (): RolloutFleet =>
    new RolloutFleet({
      ...{ seed: 9, boards: 1000, step: 15 * MINUTE, version: '0.1.0', shares: { unsteady: 0.2 } },
      ...{ platforms: ['linux-arm64', 'linux-x64'] },
      targets: [
        ...OLD, // arm64 may go back
        ...targetsOf('0.1.0', 1, { platforms: ['linux-x64'] }),
        ...targetsOf('0.2.0', BROKEN_FROM, { platforms: ['linux-arm64', 'linux-x64'] }),
      ],
      rollouts: [rolloutOf({ limits: { ...LIMITS, atOnce: 30 } })],
    });
  for (const back of [false, true]) {
    const fleet = make();
    fleet.run(0.8 * DAY);
    const before = fleet.boards.filter(({ version }) => version === '0.2.0');
    assert.ok(before.length > 100 && before.length < 600, `${before.length} have it`);
    fleet.change({ rollouts: [{ ...fleet.rollout, state: abort(fleet.rollout.state, back)! }] });
    const { length } = fleet.offers;
    fleet.run(4 * DAY);
    const after = fleet.offers.slice(length);
    assert.ok(after.every(({ version }) => version === '0.1.0'));
    const still = fleet.boards.filter(({ version }) => version === '0.2.0');
    if (back)
      assert.ok(
        still.length > 40 && still.every(({ platform }) => platform === 'linux-x64'),
        `${still.length}`,
      );
    else assert.deepEqual([after.length, before.every(({ version }) => version === '0.2.0')], [0, true]);
    soundly(fleet, { tries: 1 });
  }
});

test('boards that a release has killed do not keep the others from going back', () => {
  const fleet = new RolloutFleet({
    ...{ seed: 4, boards: 100, step: 15 * MINUTE, version: '0.1.0', shares: { dies: 0.2 } },
    targets: [...OLD, ...NEW],
    rollouts: [rolloutOf({ waves: [{ percent: 100, soak: HOUR }], limits: { ...LIMITS, atOnce: 10 } })],
  });
  fleet.run(0.9 * DAY);
  const has = fleet.boards.filter(({ version, dead }) => version === '0.2.0' && !dead);
  assert.equal(fleet.book.count(fleet.now).get(1)!.atRisk, 10, 'the dead hold every place');
  assert.ok(has.length > 10 && has.length < 80, `${has.length} have it`);
  fleet.change({ rollouts: [{ ...fleet.rollout, state: abort(fleet.rollout.state, true)! }] });
  fleet.run(0.5 * DAY);
  assert.ok(has.every(({ version }) => version === '0.1.0'));
});

test('a board that comes back after weeks gets what it missed: the rollout that has reached it, or else the one before', () => {
  const fleet = new RolloutFleet({
    ...{ seed: 21, boards: 200, step: HOUR, version: '0.1.0', shares: { off: 0.3 } },
    targets: [...OLD, ...targetsOf('0.2.0', 2)],
    rollouts: [rolloutOf()],
  });
  fleet.run(3 * DAY);
  assert.equal(fleet.rollout.state.phase, 'done');
  const later = rolloutOf({ version: '0.3.0', waves: [{ percent: 20, soak: HOUR }] }, 2);
  fleet.change({
    rollouts: [...fleet.book.rollouts, later],
    targets: [...OLD, ...targetsOf('0.2.0', 2), ...targetsOf('0.3.0', 3)],
  });
  fleet.run(18 * DAY);
  const counts = Object.groupBy(fleet.boards, ({ version }) => version);
  assert.equal(counts['0.1.0'], undefined);
  assert.ok(counts['0.3.0']!.length >= 20 && counts['0.3.0']!.length <= 60, `${counts['0.3.0']!.length}`);
  assert.equal(counts['0.2.0']!.length + counts['0.3.0']!.length, 200);
});

const digest = (fleet: RolloutFleet): string =>
  createHash('sha256')
    .update(JSON.stringify([fleet.offers, fleet.rollout.state]))
    .digest('hex');

test('whatever the rollout and the fleet, nobody updates out of turn, who is well ends well, and a seed tells it again', () => {
  const shape = fc.record({
    seed: fc.nat(),
    boards: fc.integer({ min: 1, max: 60 }),
    percents: fc.uniqueArray(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 4 }),
    soak: fc.constantFrom(0, HOUR, 12 * HOUR),
    atOnce: fc.integer({ min: 1, max: 20 }),
    least: fc.integer({ min: 1, max: 5 }),
    failures: fc.double({ min: 0, max: 0.6, noNaN: true }),
    rollsBack: fc.constantFrom(0, 0, 0.1, 0.5),
    dies: fc.constantFrom(0, 0, 0.1, 0.5),
    unsteady: fc.constantFrom(0, 0.3),
    off: fc.constantFrom(0, 0.3),
    lost: fc.constantFrom(0, 0.3),
    resumed: fc.boolean(),
  });
  fc.assert(
    fc.property(shape, ({ seed, boards, percents, soak, resumed, ...rest }) => {
      const { atOnce, least, failures, ...shares } = rest;
      const limits = { ...LIMITS, atOnce, least, failures, silent: failures };
      const waves = percents.sort((a, b) => a - b).map((percent) => ({ percent, soak }));
      const make = (): RolloutFleet =>
        new RolloutFleet({
          ...{ seed, boards, step: HOUR, version: '0.1.0', shares },
          targets: [...OLD, ...NEW],
          rollouts: [rolloutOf({ limits, waves })],
        });
      const fleet = make();
      let cut = -1;
      const run = (days: number): void =>
        fleet.run(days * DAY, () => {
          const { state } = fleet.rollout;
          assert.ok(state.cut >= cut, 'a wave never shrinks');
          cut = state.cut;
          // Silent boards give their place to others.
          const risk = fleet.boards.filter((board) => board.work !== undefined && !fleet.isOff(board));
          assert.ok(
            risk.length <= atOnce + fleet.book.count(fleet.now).get(1)!.silent,
            `${risk.length} at once`,
          );
        });
      run(10);
      const broken = fleet.boards.filter((board) => board.fate !== 'good' && board.installed.length > 0);
      const had = fleet.boards.filter((board) => board.installed.length > 0).length;
      // By wave: what the limits allow there, and who was under way when it stopped.
      const allowed = waves.length * 2 * Math.max(least, Math.floor(failures * had) + 1) + atOnce;
      assert.ok(broken.length <= allowed, `${broken.length} broken of ${had}, ${allowed} allowed`);
      if (resumed && fleet.rollout.state.phase === 'paused') {
        fleet.change({ rollouts: [{ ...fleet.rollout, state: resume(fleet.rollout.state, fleet.now)! }] });
        run(10);
      }
      const { phase } = fleet.rollout.state;
      if (shares.rollsBack + shares.dies === 0) assert.notEqual(phase, 'paused');
      if (phase === 'done' && waves.at(-1)!.percent === 100)
        for (const board of fleet.boards) {
          if (board.fate !== 'good' || board.version === '0.2.0' || fleet.isOff(board) || board.work)
            continue;
          const decision = fleet.book.look(board.alias, fleet.now);
          assert.ok(decision?.do === 'leave' && decision.why === 'at once', board.alias); // others died in its place
        }
      soundly(fleet, { tries: limits.tries });
      if (seed % 10 === 0) {
        const [one, other] = [make(), make()];
        one.run(5 * DAY);
        other.run(5 * DAY);
        assert.equal(digest(one), digest(other));
      }
    }),
    { numRuns: 60 },
  );
});
