import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factsOf, offerAtHello, sameTold, told, updateOf } from './board-facts.ts';
import type { Target } from './rollout/facts.ts';
import type { StoredConfig } from './store/contract.ts';

const newest: StoredConfig = { alias: 'pi-1', version: 3, text: '{}', items: [], created: 0 };
const offer: Target = { platform: 'linux-arm64', version: '0.2.0', sequence: 7, created: 0 };
const known = { whitelisted: true, newest, offer: undefined };
const board = { version: '0.2.0', configVersion: 3 };

test('a board that runs the wanted version and the newest config is left alone', () => {
  assert.deepEqual(factsOf(board, known), { whitelisted: true, versionMatches: true, configMatches: true });
});

test('a board that the rollouts have a release for is told of it; at Hello not of one that it says it has', () => {
  const old = { ...board, version: '0.1.0' };
  assert.equal(factsOf(old, { ...known, offer }).versionMatches, false);
  assert.equal(offerAtHello(old, offer), offer);
  assert.equal(offerAtHello({ ...old, update: { sequence: 6, state: 2 } }, offer), offer);
  assert.equal(offerAtHello(board, offer), undefined);
  assert.equal(offerAtHello({ ...old, update: { sequence: 7, state: 0 } }, offer), undefined);
  assert.equal(offerAtHello({ ...old, update: { sequence: 7, state: 2, code: 20 } }, offer), undefined);
  assert.equal(offerAtHello(old, undefined), undefined);
});

test('another config mismatches, until the board says that it refused that one', () => {
  const old = { ...board, configVersion: 2 };
  assert.equal(factsOf(old, known).configMatches, false);
  assert.equal(factsOf({ ...old, refused: { version: 3, detail: 'no' } }, known).configMatches, true);
  assert.equal(factsOf({ ...old, refused: { version: 2, detail: 'no' } }, known).configMatches, false);
});

test('whatever a board says anew is written down: also another reason for the same failure', () => {
  const failed = told({ ...board, update: { sequence: 7, state: 2, code: 18 } });
  assert.ok(sameTold(failed, told({ ...board, update: { sequence: 7, state: 2, code: 18 } })));
  for (const other of [
    board,
    { ...board, update: { sequence: 7, state: 2, code: 14 } },
    { ...board, update: { sequence: 7, state: 0 } },
    { ...board, update: { sequence: 8, state: 2, code: 18 } },
  ])
    assert.ok(!sameTold(failed, told(other)));
  const refused = told({ ...board, refused: { version: 4, detail: 'bus 1 is not there' } });
  assert.ok(!sameTold(refused, told({ ...board, refused: { version: 4, detail: 'bus 2 is not there' } })));
  assert.ok(!sameTold(refused, told({ ...board, version: '0.3.0' })));
});

test('the board on its update, in words', () => {
  assert.deepEqual(updateOf({ sequence: 7, state: 0, percent: 40 }), {
    sequence: 7,
    state: 'fetching',
    progress: 40,
  });
  assert.deepEqual(updateOf({ sequence: 7, state: 2, code: 20 }), {
    sequence: 7,
    state: 'failed',
    error: 'ROLLED_BACK',
  });
});
