import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StepRow } from '../store/rollout-contract.ts';
import type { RolloutState, Step } from './facts.ts';
import { OFFER_MS, PROVE_MS } from './limits.ts';
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
import { resume } from './waves.ts';

const step = (stage: Step['stage'], more: Partial<Step> = {}): Step => ({
  ...{ version: '0.2.0', from: '0.1.0', stage, since: NOW, tries: 0, ...more },
});
const row = (alias: string, one: Step, rollout = 1, back = false): StepRow => ({
  rollout,
  alias,
  back,
  step: one,
});
const ABORTED: RolloutState = { ...RUNNING, phase: 'aborted', why: { by: 'person' } };
const FETCHING = { sequence: 2, state: 'fetching' as const };

test('a board whose agent was started anew while it fetched is told again, and loses its place if it does not answer', () => {
  const { hears } = benchOf({ rollouts: [rolloutOf({ limits: { ...LIMITS, atOnce: 1 } })] });
  hears('a', '0.1.0');
  hears('a', '0.1.0', FETCHING);
  assert.equal(hears('a', '0.1.0', FETCHING, NOW + 5 * OFFER_MS), undefined, 'a slow link');
  assert.equal(hears('a', '0.1.0', undefined, NOW + 5 * OFFER_MS), '0.2.0');
  assert.equal(hears('b', '0.1.0', undefined, NOW + 5 * OFFER_MS), undefined);
  assert.equal(hears('a', '0.1.0', undefined, NOW + 6 * OFFER_MS), undefined);
  assert.equal(hears('b', '0.1.0', undefined, NOW + 6 * OFFER_MS), '0.2.0');
});

test('a board that falls back to its old version unheard and fetches anew has used up a try', () => {
  const { hears, book } = benchOf({ rollouts: [rolloutOf({ limits: { ...LIMITS, tries: 2 } })] });
  hears('a', '0.1.0', FETCHING);
  hears('a', '0.2.0');
  hears('a', '0.2.0', undefined, NOW + PROVE_MS);
  hears('a', '0.1.0', FETCHING, NOW + HOUR);
  assert.equal(book.rollouts[0]!.state.phase, 'running');
  hears('a', '0.2.0', undefined, NOW + 2 * HOUR);
  assert.equal(hears('a', '0.1.0', undefined, NOW + 3 * HOUR), undefined);
  assert.equal(hears('a', '0.1.0', undefined, NOW + 300 * HOUR), undefined);
});

test('what boards gave up before the rollout is no failure of it', () => {
  const { hears, book } = benchOf({ rollouts: [rolloutOf()] });
  for (const alias of ['a', 'b', 'c'])
    assert.equal(hears(alias, '0.1.0', failed(2, 'ROLLED_BACK')), undefined);
  assert.equal(hears('d', '0.1.0'), '0.2.0');
  assert.equal(book.rollouts[0]!.state.phase, 'running');
});

test('a board that says that it runs something newer has not failed', () => {
  const { hears, book } = benchOf({ rollouts: [rolloutOf()] });
  for (const alias of ['a', 'b', 'c']) hears(alias, '9.9.9-mine');
  for (const alias of ['a', 'b', 'c'])
    book.heard(alias, { platform: ARM, version: '9.9.9-mine', update: failed(2, 'OLD_RELEASE')! }, NOW);
  assert.equal(book.rollouts[0]!.state.phase, 'running');
  assert.equal(hears('d', '0.1.0'), '0.2.0');
});

test('a rollout replaces something newer only when it says so, and where the release has the permission', () => {
  const old = { version: '0.1.0' };
  const plain = benchOf({ rollouts: [rolloutOf(old)] });
  assert.equal(plain.hears('a', '0.2.0'), undefined);
  const meant = benchOf({ rollouts: [rolloutOf({ ...old, downgrade: true })] });
  assert.equal(meant.hears('a', '0.2.0'), '0.1.0');
  assert.equal(meant.hears('b', '0.3.0'), undefined);
  const decision = meant.book.look('b', NOW);
  assert.equal(decision?.do === 'leave' && decision.why, 'runs newer');
});

test('back goes to what ran before, else to the newest older release that may replace it, and never forward', () => {
  const may = { mayReplace: 3 };
  const targets = [
    ...[
      target('0.1.0', 1, may),
      target('0.1.5', 2, may),
      target('0.2.0', 3),
      target('0.3.0', 4, { mayReplace: 9 }),
    ],
  ];
  const window = { days: [1], from: 0, to: 1, zone: 'UTC' };
  const rollouts = [rolloutOf({ window }, { ...ABORTED, back: true })];
  const steps = [
    row('a', step('done')),
    row('b', step('done', { from: '0.0.9-mine' })),
    row('c', step('fetching')),
  ];
  const { hears, book } = benchOf({ targets, rollouts, steps, since: { '*': 0 } });
  for (const alias of ['a', 'b', 'none']) book.heard(alias, { platform: ARM, version: '0.2.0' }, NOW);
  book.heard('c', { platform: ARM, version: '0.1.0', update: { sequence: 3, state: 'fetching' } }, NOW);
  assert.equal(hears('a', '0.2.0'), '0.1.0', 'outside of any window');
  assert.equal(hears('b', '0.2.0'), '0.1.5');
  assert.equal(hears('none', '0.2.0'), undefined, 'it did not get it by this rollout');
  assert.equal(hears('c', '0.1.0', { sequence: 3, state: 'fetching' }), undefined);
  assert.equal(hears('c', '0.2.0'), '0.1.0', 'it was under way when the rollout was ended');
  hears('a', '0.1.0');
  assert.equal(hears('a', '0.1.0', undefined, NOW + PROVE_MS), undefined);
  assert.equal(hears('b', '0.2.0', failed(2, 'ROLLED_BACK')), undefined);
  assert.equal(hears('b', '0.2.0', undefined, NOW + 900 * HOUR), undefined, 'it cannot go back');
});

test('an ended or paused rollout moves nobody, and leaves who has not begun to the rollout before', () => {
  const newer = { version: '0.3.0' };
  for (const state of [ABORTED, { ...RUNNING, phase: 'paused' as const }]) {
    const stopped = rolloutOf(newer, state, 2);
    const has = row('has', step('done', { version: '0.3.0' }), 2);
    const { hears } = benchOf({ rollouts: [rolloutOf({ downgrade: true }), stopped], steps: [has] });
    assert.equal(hears('late', '0.1.0'), '0.2.0');
    assert.equal(hears('has', '0.3.0'), undefined, 'even where the one before may replace it');
  }
  const gaveUp = row('a', step('failed', { version: '0.3.0', code: 'ROLLED_BACK' }), 2);
  const rollouts = [rolloutOf(), rolloutOf(newer, ABORTED, 2)];
  assert.equal(benchOf({ rollouts, steps: [gaveUp] }).hears('a', '0.1.0'), '0.2.0');
});

test('a rollout of one platform leaves the others alone', () => {
  const targets = [...TARGETS, target('0.2.0', 2, { platform: 'linux-x64', created: NOW })];
  const { book, hears } = benchOf({ targets, rollouts: [rolloutOf({ platforms: [ARM] })] });
  assert.equal(hears('a', '0.1.0'), '0.2.0');
  book.heard('x', { platform: 'linux-x64', version: '0.1.0' }, NOW);
  assert.equal(book.wanted('x', NOW), undefined);
});

test('a pin that is changed begins anew, whatever became of the one before', () => {
  const pin = (version: string) => ({ kind: 'board' as const, name: 'a', version, created: 1 });
  const { book, hears, stored } = benchOf({ pins: [pin('0.2.0')] });
  assert.equal(hears('a', '0.1.0'), '0.2.0');
  assert.equal(hears('a', '0.1.0', failed(2, 'ROLLED_BACK')), undefined);
  const last = stored.at(-1)!;
  assert.deepEqual([last.rollout, last.alias, last.step.stage], [0, 'a', 'failed']);
  book.reload({
    listening: 0,
    targets: TARGETS,
    rollouts: [],
    pins: [pin('0.3.0')],
    since: {},
    steps: [last],
  });
  assert.equal(hears('a', '0.1.0', failed(2, 'ROLLED_BACK')), '0.3.0');
});

test('a board that had the release in hand when the rollout came counts, though its wave has not come', () => {
  const { book, hears } = benchOf({ rollouts: [rolloutOf({}, { ...RUNNING, cut: 0 })] });
  for (const alias of ['a', 'b', 'c']) hears(alias, '0.1.0', FETCHING);
  assert.equal(book.count(NOW).get(1)!.atRisk, 3);
  hears('a', '0.1.0', failed(2, 'ROLLED_BACK'));
  hears('b', '0.1.0', failed(2, 'ROLLED_BACK'));
  assert.equal(book.rollouts[0]!.state.phase, 'paused');
});

test('the count of a rollout: pinned boards and those of a newer one are not in it, each other is in one place', () => {
  const LATER = NOW + 40 * HOUR;
  const rollout = rolloutOf({}, { ...RUNNING, since: LATER - HOUR });
  const second = rolloutOf({ version: '0.3.0', groups: ['lab'] }, RUNNING, 2);
  const steps = [
    row('silent-before', step('trial')), // silent since NOW + 36 h, an hour and more before it was resumed
    row('silent-now', step('trial')),
    row('proved-before', step('done', { since: NOW })),
    row('proved-now', step('done', { since: LATER - HOUR })),
    row('newer', step('failed', { code: 'OLD_RELEASE', since: LATER })),
    row('gave-up', step('failed', { code: 'ROLLED_BACK', since: LATER })),
    row('waits', step('waiting', { code: 'DISK' })),
    row('waits-off', step('waiting', { code: 'DISK' })),
    row('fetches', step('fetching')),
  ];
  const pins = [{ kind: 'board' as const, name: 'pinned', version: '0.1.0', created: 1 }];
  const { book } = benchOf({ rollouts: [rollout, second], steps, pins });
  const at = (alias: string, lastSeen: number, version = '0.1.0', groups: string[] = []): void =>
    void book.boards.set(alias, { alias, platform: ARM, version, groups, lastSeen, connected: false });
  at('silent-before', LATER - 38 * HOUR, '0.2.0');
  at('silent-now', LATER - 36.5 * HOUR, '0.2.0');
  at('proved-before', NOW, '0.2.0');
  at('proved-now', LATER, '0.2.0');
  at('newer', LATER);
  at('gave-up', LATER);
  at('waits', LATER);
  at('waits-off', NOW);
  at('fetches', LATER);
  at('idle', LATER);
  at('idle-off', NOW);
  at('has-it', LATER, '0.2.0');
  at('runs-newer', LATER, '0.3.0');
  at('pinned', LATER);
  at('in-the-lab', LATER, '0.1.0', ['lab']);
  const tallies = book.count(LATER);
  const { places, ...tally } = tallies.get(1)!;
  assert.deepEqual(tally, {
    ...{ selected: 13, reached: 11, silent: 2, newer: 2, open: 3, atRisk: 1, missing: new Set() },
    stages: { offered: 0, fetching: 1, trial: 0, done: 3, waiting: 2, failed: 1 },
    fresh: { done: 1, failed: 1, silent: 1 },
  });
  assert.equal(places.length, 7);
  assert.equal(tallies.get(2)!.selected, 1);
});

test('a wave that no longer succeeds soaks anew, and one whose failures a person accepted goes on', () => {
  const { book, hears } = benchOf({
    rollouts: [rolloutOf({ limits: { ...LIMITS, least: 5 }, waves: [{ percent: 100, soak: 10 * HOUR }] })],
  });
  const state = (): RolloutState => book.rollouts[0]!.state;
  hears('a', '0.1.0');
  hears('a', '0.2.0');
  hears('a', '0.2.0', undefined, NOW + HOUR);
  assert.equal(state().enough, NOW + HOUR);
  hears('b', '0.1.0', undefined, NOW + 2 * HOUR);
  assert.equal(state().enough, undefined, 'one of two is not enough');
  hears('b', '0.1.0', failed(2, 'ROLLED_BACK'), NOW + 3 * HOUR);
  book.tick(NOW + 3 * HOUR);
  assert.deepEqual(state().why, { by: 'failures', failed: 1, finished: 2 });

  const gaveUp = row('b', step('failed', { code: 'ROLLED_BACK', tries: 1 }));
  const resumed = { ...book.rollouts[0]!, state: resume(state(), NOW + 4 * HOUR)! };
  const other = benchOf({ rollouts: [resumed], steps: [gaveUp] });
  other.hears('b', '0.1.0', failed(2, 'ROLLED_BACK'), NOW + 4 * HOUR);
  assert.equal(other.book.rollouts[0]!.state.enough, NOW + 4 * HOUR);
  other.book.tick(NOW + 14 * HOUR);
  assert.equal(other.book.rollouts[0]!.state.phase, 'done');
});
