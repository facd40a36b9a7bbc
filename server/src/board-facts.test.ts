import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factsOf, sameTold, told, updateOf } from './board-facts.ts';
import type { Release, StoredConfig } from './store/contract.ts';

const newest: StoredConfig = { alias: 'pi-1', version: 3, text: '{}', items: [], created: 0 };
const wanted = { version: '0.2.0', sequence: 7 } as Release;
const known = { whitelisted: true, newest, wanted };
const board = { version: '0.2.0', configVersion: 3 };

test('a board that runs the wanted version and the newest config is left alone', () => {
  assert.deepEqual(factsOf(board, known), { whitelisted: true, versionMatches: true, configMatches: true });
});

test('another version mismatches, until the board says that it has that release in hand or gave it up', () => {
  const old = { ...board, version: '0.1.0' };
  assert.equal(factsOf(old, known).versionMatches, false);
  assert.equal(factsOf({ ...old, update: { sequence: 7, state: 0 } }, known).versionMatches, true);
  assert.equal(factsOf({ ...old, update: { sequence: 7, state: 2, code: 20 } }, known).versionMatches, true);
  assert.equal(factsOf({ ...old, update: { sequence: 6, state: 2 } }, known).versionMatches, false);
  assert.equal(factsOf(old, { ...known, wanted: undefined }).versionMatches, true, 'no release, no mismatch');
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
