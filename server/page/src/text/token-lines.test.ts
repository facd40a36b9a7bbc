import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tokenLines as printed, TOKEN_LIMIT } from '@perch/broker-bridge/enrolment.ts';
import { tokenLines } from './token-lines.ts';

test('a token stands on the page in the lines that perch-server prints', () => {
  for (const length of [300, 4_000, 4_001, TOKEN_LIMIT]) {
    const token = `perch1.${'a'.repeat(length - 7)}`;
    assert.deepEqual(tokenLines(token), printed(token));
  }
});
