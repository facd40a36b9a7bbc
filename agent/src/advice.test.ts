import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adviceOn } from './advice.ts';

const board = { alias: 'pi-1', fingerprint: '8a14-71d1-4d98-7d2e', secret: true };

test('a board that is not let in says what a person can do', () => {
  assert.match(
    adviceOn('not whitelisted', board)!,
    /token was used already or is too old; perch-server approve pi-1 --key 8a14-71d1-4d98-7d2e lets it in/,
  );
  assert.match(adviceOn('not whitelisted', { ...board, secret: false })!, /^perch-server approve/);
  assert.match(adviceOn('no answer to Hello', board)!, /server is down, or is not the one/);
  assert.equal(adviceOn('no answer to a report', board), undefined);
});
