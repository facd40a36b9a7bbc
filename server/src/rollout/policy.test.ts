import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { StepRow } from '../store/rollout-contract.ts';
import type { Rollout, RolloutState, Target } from './facts.ts';
import { OFFER_MS, OWN_TRIES, PROVE_MS, PUSHED_PER_TICK, RETRY_MS, STALE_MS } from './limits.ts';
import { cutFor, placeOf } from './place.ts';
import { standingOf } from './standing.ts';
import {
  ARM,
  benchOf,
  failed,
  HOUR,
  LIMITS,
  NOW,
  RUNNING,
  rolloutOf,
  TARGETS,
  target,
} from './testing/book-bench.ts';
import { abort, advance, NEW_STATE, pause, resume } from './waves.ts';

test('without a rollout the newest release goes to every board of the platform at once, and none goes back', () => {
  const { book, hears } = benchOf({ targets: [...TARGETS, target('9.0.0', 9, { platform: 'linux-x64' })] });
  for (const alias of ['a', 'b', 'c']) assert.equal(hears(alias, '0.1.0'), '0.3.0');
  assert.equal(hears('a', '0.3.0'), undefined);
  assert.equal(hears('b', '0.1.0', { sequence: 3, state: 'fetching' }), undefined, 'it has it in hand');
  assert.equal(hears('c', '0.0.1-mine'), '0.3.0', 'a version that was never published');
  book.heard('x', { platform: 'linux-x64', version: '0.3.0' }, NOW);
  assert.equal(book.wanted('x', NOW)?.version, '9.0.0');
  book.heard('y', { platform: 'linux-armv7', version: '0.3.0' }, NOW);
  assert.equal(book.wanted('y', NOW), undefined);
  assert.equal(book.wanted('never-heard', NOW), undefined);
});

test('what is held, or published after the first rollout, waits for a rollout of its own', () => {
  const since = { [ARM]: NOW };
  const later = target('0.4.0', 4, { created: NOW });
  const held = target('0.3.0', 3, { held: true });
  const [one, two] = TARGETS as [Target, Target, Target];
  for (const [name, expected, found] of [
    ['all', '0.4.0', standingOf([...TARGETS, later], {}, new Set())],
    ['rollouts decide', '0.3.0', standingOf([...TARGETS, later], since, new Set())],
    ['for every platform', '0.3.0', standingOf([...TARGETS, later], { '*': NOW }, new Set())],
    ['of another platform', '0.4.0', standingOf([...TARGETS, later], { 'linux-x64': NOW }, new Set())],
    ['one is rolled out', '0.2.0', standingOf([...TARGETS, later], since, new Set(['0.3.0']))],
    ['one is held', '0.2.0', standingOf([one, two, held], {}, new Set())],
    ['none is left', undefined, standingOf([held], {}, new Set())],
  ] as const)
    assert.equal(found?.version, expected, name);
});

test('a rollout moves the boards that it is for and has reached; the others keep to what was before it', () => {
  const aliases = Array.from({ length: 200 }, (_, index) => `board-${index}`);
  const half = rolloutOf({ version: '0.3.0' }, { ...RUNNING, cut: 0.5 }, 2);
  const { hears, book } = benchOf({ rollouts: [rolloutOf(), half] });
  for (const alias of aliases) book.heard(alias, { platform: ARM, version: '0.1.0' }, NOW);
  for (const alias of aliases)
    assert.equal(hears(alias, '0.1.0'), placeOf(2, alias) <= 0.5 ? '0.3.0' : '0.2.0', alias);
  for (const alias of aliases) assert.equal(book.rolloutOf(alias), placeOf(2, alias) <= 0.5 ? 2 : 1, alias);
  assert.equal(book.rolloutOf('never-heard'), undefined);
  const groups = rolloutOf({ version: '0.3.0', groups: ['canary', 'lab'] }, RUNNING, 3);
  book.reload({
    listening: 0,
    rollouts: [groups],
    targets: TARGETS,
    pins: [],
    since: { '*': NOW },
    steps: [],
  });
  for (const [alias, board] of book.boards)
    book.boards.set(alias, { ...board, groups: alias === 'board-7' ? ['x', 'lab'] : ['x'] });
  book.tick(NOW);
  const meant = aliases.filter((alias) => book.wanted(alias, NOW) !== undefined);
  assert.ok(meant.includes('board-7'));
  // The others stay on the standing release, which they do not run yet.
  assert.equal(book.wanted('board-8', NOW)?.version, '0.2.0');
});

test('a pin goes before every rollout: that of the board, then the newest of its groups', () => {
  const pins = [
    { kind: 'group' as const, name: 'lab', version: '0.1.0', created: 1 },
    { kind: 'group' as const, name: 'roof', version: '0.3.0', created: 2 },
    { kind: 'board' as const, name: 'own', version: '0.1.0', created: 0 },
  ];
  const { book, hears } = benchOf({ rollouts: [rolloutOf()], pins });
  assert.equal(hears('plain', '0.1.0'), '0.2.0');
  for (const alias of ['own', 'both']) {
    hears(alias, '0.2.0');
    book.boards.set(alias, { ...book.boards.get(alias)!, groups: ['lab', 'roof'] });
  }
  assert.equal(book.wanted('own', NOW)?.version, '0.1.0', 'a downgrade that is signed');
  assert.equal(book.wanted('both', NOW)?.version, '0.3.0');
  assert.equal(hears('own', '0.3.0'), undefined, '0.1.0 may replace 0.2.0 and nothing newer');
});

test('a failure that may pass is tried again, later each time, and not for ever; a final one is not', () => {
  for (const rollouts of [
    [],
    [rolloutOf({ version: '0.3.0', limits: { ...LIMITS, tries: OWN_TRIES, failures: 1, enough: 0 } })],
  ]) {
    const { hears, book } = benchOf(rollouts.length > 0 ? { rollouts } : {});
    let now = NOW;
    for (const alias of ['a', 'b']) assert.equal(hears(alias, '0.1.0', undefined, now), '0.3.0');
    let wait = RETRY_MS.least;
    for (let tries = 1; tries < OWN_TRIES; tries++) {
      now += STALE_MS;
      assert.equal(hears('a', '0.1.0', failed(3, 'DISK'), now), undefined);
      assert.equal(hears('a', '0.1.0', failed(3, 'DISK'), now + wait - 1), undefined, `${tries} tries`);
      now += wait;
      assert.equal(hears('a', '0.1.0', failed(3, 'DISK'), now), '0.3.0');
      assert.equal(
        hears('a', '0.1.0', failed(3, 'DISK'), now + 1),
        '0.3.0',
        'the failure that is told still is the old one',
      );
      wait = Math.min(RETRY_MS.most, wait * 4);
    }
    assert.equal(hears('a', '0.1.0', failed(3, 'DISK'), now + STALE_MS), undefined);
    assert.equal(hears('a', '0.1.0', failed(3, 'DISK'), now + 100 * 24 * HOUR), undefined, 'given up');
    assert.equal(hears('b', '0.1.0', failed(3, 'ROLLED_BACK')), undefined);
    assert.equal(
      hears('b', '0.1.0', undefined, NOW + 100 * 24 * HOUR),
      undefined,
      'even when it no longer says so',
    );
    const decision = book.look('b', NOW);
    assert.equal(decision?.do === 'leave' && decision.why, 'failed');
  }
});

test('a board that forgets its release at every boot is not updated for ever', () => {
  const { hears } = benchOf({ rollouts: [rolloutOf()] });
  let now = NOW;
  let updates = 0;
  for (let boot = 0; boot < 50; boot++) {
    if (hears('a', '0.1.0', undefined, now) === '0.2.0') {
      updates += 1;
      hears('a', '0.1.0', { sequence: 2, state: 'fetching' }, now);
      hears('a', '0.2.0', undefined, now + PROVE_MS);
      hears('a', '0.2.0', undefined, now + 3 * PROVE_MS);
    }
    now += 24 * HOUR;
  }
  assert.equal(updates, LIMITS.tries);
});

test('no more boards than the limit update at once, and one that is told and does not answer gives its place away', () => {
  const limits = { ...LIMITS, atOnce: 2 };
  const { hears, book } = benchOf({ rollouts: [rolloutOf({ limits })] });
  for (const alias of ['a', 'b', 'c', 'd']) book.heard(alias, { platform: ARM, version: '0.1.0' }, NOW);
  assert.deepEqual(book.tick(NOW), ['a', 'b']);
  assert.deepEqual(book.tick(NOW), [], 'they are told once');
  assert.equal(
    book.wanted('a', NOW)?.version,
    '0.2.0',
    'and again when they say something without having heard it',
  );
  assert.equal(hears('c', '0.1.0'), undefined);
  hears('b', '0.1.0', { sequence: 2, state: 'fetching' });
  hears('b', '0.2.0', undefined, NOW + 1000);
  assert.equal(hears('c', '0.1.0', undefined, NOW + 2000), undefined, 'b is on trial');
  hears('b', '0.2.0', undefined, NOW + 1000 + PROVE_MS);
  assert.equal(hears('c', '0.1.0', undefined, NOW + 1000 + PROVE_MS), '0.2.0');
  assert.equal(hears('d', '0.1.0', undefined, NOW + 1000 + PROVE_MS), undefined);
  hears('a', '0.1.0', undefined, NOW + OFFER_MS);
  assert.equal(hears('d', '0.1.0', undefined, NOW + OFFER_MS), '0.2.0');
});

test('a tick tells a bounded number of boards', () => {
  const { book } = benchOf({ rollouts: [rolloutOf({ limits: { ...LIMITS, atOnce: 5000 } })] });
  for (let index = 0; index < PUSHED_PER_TICK + 100; index++)
    book.heard(`board-${index}`, { platform: ARM, version: '0.1.0' }, NOW);
  assert.equal(book.tick(NOW).length, PUSHED_PER_TICK);
  assert.equal(book.tick(NOW).length, 100);
});

test('failures stop it at once, a person lets it go on, and what was accepted is not counted again', () => {
  const { hears, book } = benchOf({ rollouts: [rolloutOf()] });
  const state = (): RolloutState => book.rollouts[0]!.state;
  for (const alias of ['a', 'b', 'c', 'd', 'e']) hears(alias, '0.1.0');
  hears('a', '0.1.0', failed(2, 'ROLLED_BACK'));
  assert.equal(state().phase, 'running', 'one may be an accident');
  book.heard('b', { platform: ARM, version: '0.1.0', update: failed(2, 'ROLLED_BACK')! }, NOW);
  assert.equal(book.wanted('c', NOW), undefined, 'before any tick');
  assert.deepEqual(state().why, { by: 'failures', failed: 2, finished: 2 });
  const resumed = { ...book.rollouts[0]!, state: resume(state(), NOW + 1)! };
  const steps = ['a', 'b'].map(
    (alias): StepRow => ({
      ...{ rollout: 1, alias, back: false },
      step: { version: '0.2.0', from: '0.1.0', stage: 'failed', since: NOW, tries: 1, code: 'ROLLED_BACK' },
    }),
  );
  book.reload({ listening: 0, rollouts: [resumed], targets: TARGETS, pins: [], since: { '*': NOW }, steps });
  assert.equal(hears('c', '0.1.0', undefined, NOW + 2), '0.2.0');
  assert.equal(hears('a', '0.1.0', failed(2, 'ROLLED_BACK'), NOW + 2), undefined);
  assert.equal(state().phase, 'running');
});

test('a rollout waits until every platform of its boards is published, and says which is missing', () => {
  const { book } = benchOf({ rollouts: [rolloutOf({}, NEW_STATE)] });
  book.heard('a', { platform: ARM, version: '0.1.0' }, NOW);
  book.heard('x', { platform: 'linux-x64', version: '0.1.0' }, NOW);
  assert.deepEqual(book.tick(NOW), []);
  const [rollout] = book.rollouts as [Rollout];
  assert.deepEqual(rollout.state, { ...NEW_STATE, why: { by: 'missing', platforms: ['linux-x64'] } });
  const targets = [...TARGETS, target('0.2.0', 1, { platform: 'linux-x64', created: NOW + 1 })];
  book.reload({ listening: 0, rollouts: [rollout], targets, pins: [], since: { '*': NOW }, steps: [] });
  assert.deepEqual(book.tick(NOW + 5).sort(), ['a', 'x']);
  assert.deepEqual(book.rollouts[0]!.state, { phase: 'running', wave: 0, cut: 1, since: NOW + 5 });
});

test('the words of a person: what can be paused, resumed and ended', () => {
  const stopped = pause(RUNNING)!;
  assert.deepEqual(stopped, { ...RUNNING, phase: 'paused', why: { by: 'person' } });
  assert.equal(pause(stopped), undefined);
  assert.equal(pause(NEW_STATE), undefined);
  assert.deepEqual(resume(stopped, NOW + 9), { ...RUNNING, since: NOW + 9 });
  assert.equal(resume(RUNNING, NOW), undefined);
  const ended = abort(stopped, false)!;
  assert.equal(ended.phase, 'aborted');
  assert.equal(abort(ended, false), undefined);
  assert.equal(abort(ended, true)?.back, true, 'going back can be decided later');
  assert.equal(abort(abort(ended, true)!, true), undefined);
});

test('of few boards a first wave takes one, and a wave that would add none is passed over', () => {
  const waves = [1, 2, 50, 100].map((percent) => ({ percent, soak: HOUR }));
  const targets = TARGETS.slice(0, 2);
  const { book, hears } = benchOf({ targets, rollouts: [rolloutOf({ waves }, NEW_STATE)] });
  const aliases = ['a', 'b', 'c', 'd', 'e', 'f'];
  let now = NOW;
  const begun: number[] = [];
  for (const alias of aliases) book.heard(alias, { platform: ARM, version: '0.1.0' }, now);
  const versions = new Map(aliases.map((alias) => [alias, '0.1.0']));
  for (let hour = 0; hour < 24; hour++, now += HOUR)
    for (const alias of aliases) {
      const told = hears(alias, versions.get(alias)!, undefined, now);
      if (told === undefined) continue;
      versions.set(alias, told);
      begun.push(hour);
    }
  // Three hours for each wave: an hour until it is heard on trial, one until it has proved itself, one to soak.
  assert.deepEqual(begun, [0, 3, 3, 6, 6, 6]);
  assert.equal(book.rollouts[0]!.state.phase, 'done');
});

test('places spread evenly, are the same for ever, and a larger share only adds boards', () => {
  assert.equal(placeOf(1, 'greenhouse-1'), placeOf(1, 'greenhouse-1'));
  assert.notEqual(placeOf(1, 'greenhouse-1'), placeOf(2, 'greenhouse-1'));
  const places = Array.from({ length: 5000 }, (_, index) => placeOf(3, `board-${index}`));
  for (let tenth = 0; tenth < 10; tenth++) {
    const count = places.filter((place) => Math.floor(place * 10) === tenth).length;
    assert.ok(count > 400 && count < 600, `${count} in tenth ${tenth}`);
  }
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 1, max: 300 }),
      (a, b, n) => {
        const some = places.slice(0, n);
        const reached = (percent: number): number =>
          some.filter((place) => place <= cutFor(percent, some)!).length;
        assert.equal(reached(a), Math.max(1, Math.ceil((a / 100) * n)));
        assert.ok(reached(Math.min(a, b)) <= reached(Math.max(a, b)));
      },
    ),
  );
  assert.equal(cutFor(50, []), undefined);
});

test('a wave whose only board went off for good takes another, and a late failure of a done rollout is one among many', () => {
  const { book } = benchOf({
    rollouts: [
      rolloutOf(
        {
          waves: [
            { percent: 1, soak: 0 },
            { percent: 100, soak: 0 },
          ],
        },
        NEW_STATE,
      ),
    ],
  });
  for (const alias of ['a', 'b', 'c']) book.heard(alias, { platform: ARM, version: '0.1.0' }, NOW);
  book.tick(NOW);
  for (const alias of ['a', 'b', 'c']) book.gone(alias); // none took it: the offer went to nobody
  const [rollout] = book.rollouts as [Rollout];
  const first = [...book.boards.keys()].find((alias) => placeOf(1, alias) <= rollout.state.cut)!;
  book.reload({
    listening: 0,
    rollouts: [rollout],
    targets: TARGETS,
    pins: [],
    since: { '*': NOW },
    steps: [],
  });
  const later = NOW + 40 * HOUR;
  for (const alias of ['a', 'b', 'c'])
    if (alias !== first) book.heard(alias, { platform: ARM, version: '0.1.0' }, later);
  assert.equal(book.tick(later).length, 1);

  const tally = {
    ...{
      selected: 500,
      reached: 500,
      silent: 0,
      newer: 0,
      open: 5,
      atRisk: 0,
      places: [],
      missing: new Set<string>(),
    },
    stages: { offered: 0, fetching: 0, trial: 0, done: 490, waiting: 0, failed: 5 },
    fresh: { done: 490, failed: 5, silent: 0 },
  };
  const done = rolloutOf({}, { ...RUNNING, phase: 'done' });
  assert.equal(advance(done, tally, NOW), done.state);
  assert.equal(advance(done, { ...tally, fresh: { ...tally.fresh, failed: 60 } }, NOW).phase, 'paused');
});
