import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pin, RolloutSpec, RolloutState, Step } from '../rollout/facts.ts';
import type { Release } from './contract.ts';
import { type OpenStore, withStore } from './contract-suite.ts';
import { PINS_LIMIT, ROLLOUTS_KEPT, type StepRow } from './rollout-contract.ts';

const SPEC: RolloutSpec = {
  version: '0.2.0',
  groups: ['lab'],
  waves: [{ percent: 100, soak: 60_000 }],
  limits: { failures: 0.1, silent: 0.1, least: 3, silence: 1, enough: 0.8, atOnce: 10, tries: 5 },
  window: { days: [1, 2], from: 60, to: 120, zone: 'Europe/Berlin' },
};
const STATE: RolloutState = { phase: 'waiting', wave: 0, cut: -1, since: 0 };
const RUNNING: RolloutState = { phase: 'running', wave: 0, cut: 0.25, since: 7 };

const row = (rollout: number, alias: string, step: Partial<Step> = {}, back = false): StepRow => ({
  ...{ rollout, alias, back },
  step: { version: '0.2.0', from: '0.1.0', stage: 'offered', since: 5, tries: 0, ...step },
});

const release = (platform: string, sequence: number): Release => ({
  ...{ platform, version: `0.${sequence}.0`, sequence, length: 1, created: 9 },
  ...{ sha256: 'a'.repeat(64), indexSha256: 'b'.repeat(64) },
});

export function rolloutContract(name: string, open: OpenStore): void {
  test(`${name}: a rollout is kept with its state and how far each board is`, () =>
    withStore(open, async ({ store, reopen }) => {
      const first = await store.addRollout(SPEC, STATE, 100);
      const second = await store.addRollout({ ...SPEC, platforms: ['linux-x64'] }, STATE, 200);
      assert.deepEqual([first.id, second.id, first.revision], [1, 2, 1]);
      assert.equal(await store.setRolloutState(first, RUNNING), true);
      const steps = [
        row(0, 'pinned', { stage: 'failed', code: 'ROLLED_BACK', tries: 2 }),
        row(1, 'a'),
        row(1, 'b', { stage: 'waiting', code: 'DISK', tries: 1 }),
        row(1, 'b', { version: '0.1.0', from: '0.2.0' }, true),
      ];
      await store.saveSteps(steps.toReversed());
      const done = row(1, 'a', { stage: 'done', since: 9 });
      await store.saveSteps([done, row(9, 'of-a-rollout-that-is-gone')]);
      const facts = await (await reopen()).rolloutFacts();
      assert.deepEqual(facts.rollouts, [second, { ...first, state: RUNNING, revision: 2 }]);
      assert.deepEqual(facts.steps, [steps[0], done, steps[2], steps[3]]);
      assert.deepEqual(facts.since, { '*': 100, 'linux-x64': 200 });
    }));

  test(`${name}: of two that change a rollout from the same state the later one is told`, () =>
    withStore(open, async ({ store }) => {
      const rollout = await store.addRollout(SPEC, STATE, 100);
      assert.equal(await store.setRolloutState(rollout, { ...STATE, phase: 'aborted' }), true);
      assert.equal(await store.setRolloutState(rollout, RUNNING), false);
      assert.equal(await store.setRolloutState({ id: 77, revision: 1 }, RUNNING), false);
      assert.equal((await store.rolloutFacts()).rollouts[0]?.state.phase, 'aborted');
    }));

  test(`${name}: so many rollouts stay; the oldest that has ended goes, and one that has not ended never does`, () =>
    withStore(open, async ({ store }) => {
      const all = [];
      for (let index = 0; index < ROLLOUTS_KEPT; index++)
        all.push(await store.addRollout(SPEC, STATE, 100 + index));
      await assert.rejects(store.addRollout(SPEC, STATE, 999), { code: 'BUSY', message: /abort some/ });
      await store.setRolloutState(all[3]!, { ...STATE, phase: 'done' });
      await store.setRolloutState(all[5]!, { ...STATE, phase: 'aborted' });
      await store.saveSteps([row(4, 'a'), row(5, 'a')]);
      const next = await store.addRollout(SPEC, STATE, 999);
      assert.equal(next.id, ROLLOUTS_KEPT + 1);
      const facts = await store.rolloutFacts();
      assert.equal(facts.rollouts.length, ROLLOUTS_KEPT);
      assert.equal(
        facts.rollouts.some(({ id }) => id === 4),
        false,
      );
      assert.deepEqual(facts.steps, [row(5, 'a')]);
      assert.deepEqual(facts.since, { '*': 100 }, 'when rollouts began is not forgotten');
    }));

  test(`${name}: groups, pins and releases that are held stay until they are changed`, () =>
    withStore(open, async ({ store, reopen }) => {
      const nothing = { rollouts: [], steps: [], pins: [], groups: new Map(), held: [], since: {} };
      assert.deepEqual(await store.rolloutFacts(), nothing);
      await store.setGroups('a', ['roof', 'lab', 'roof']);
      await store.setGroups('b', ['lab']);
      await store.setGroups('b', []);
      const pin = (kind: Pin['kind'], of: string, version: string): Pin => ({
        kind,
        name: of,
        version,
        created: 4,
      });
      await store.setPin(pin('group', 'lab', '0.1.0'));
      await store.setPin(pin('board', 'a', '0.1.0'));
      await store.setPin(pin('board', 'a', '0.2.0'));
      await store.holdRelease('linux-arm64', '9.9.9', true); // is never published
      await store.holdRelease('linux-x64', '0.1.0', true);
      await store.addReleases([release('linux-x64', 1), release('linux-arm64', 1)], []);
      await store.holdRelease('linux-arm64', '0.1.0', true);
      await store.holdRelease('linux-arm64', '0.1.0', true);
      await store.holdRelease('linux-arm64', '0.1.0', false);
      const again = await reopen();
      assert.deepEqual(await again.rolloutFacts(), {
        ...nothing,
        groups: new Map([['a', ['lab', 'roof']]]),
        pins: [pin('board', 'a', '0.2.0'), pin('group', 'lab', '0.1.0')],
        held: [{ platform: 'linux-x64', version: '0.1.0' }],
      });
      assert.deepEqual(await again.groups(), new Map([['a', ['lab', 'roof']]]));
      assert.deepEqual([await again.groupsOf('a'), await again.groupsOf('b')], [['lab', 'roof'], []]);
      assert.equal(await again.removePin('board', 'a'), true);
      assert.equal(await again.removePin('board', 'a'), false);
      assert.equal((await again.rolloutFacts()).pins.length, 1);
    }));

  test(`${name}: there are only so many pins, and one more changes nothing`, () =>
    withStore(open, async ({ store }) => {
      const pin = (index: number, version: string): Pin => ({
        ...{ kind: 'board', name: `board-${index}`, version, created: 1 },
      });
      for (let index = 0; index < PINS_LIMIT; index++) await store.setPin(pin(index, '0.1.0'));
      await assert.rejects(store.setPin(pin(PINS_LIMIT, '0.1.0')), { code: 'BUSY', message: /remove one/ });
      await store.setPin(pin(7, '0.2.0'));
      const { pins } = await store.rolloutFacts();
      assert.equal(pins.length, PINS_LIMIT);
      assert.equal(pins.find(({ name: of }) => of === 'board-7')?.version, '0.2.0');
    }));
}
