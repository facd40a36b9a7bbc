import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CA_LIMIT, type Enrolment, readToken, tokenLines, writeToken } from './enrolment.ts';

const KEY = 'A'.repeat(43);
const ENROLMENT: Enrolment = {
  ...{ v: 1, alias: 'pi-1', broker: 'mqtt://b.example.org', prefix: 'perch/v1' },
  ...{ serverKey: KEY, root: KEY },
};

test('every token that is written is read, with the longest certificate too, and in lines that a terminal takes', () => {
  const longest = { ...ENROLMENT, ca: 'x'.repeat(CA_LIMIT), prefix: Array(8).fill('p'.repeat(32)).join('/') };
  for (const enrolment of [ENROLMENT, longest]) {
    const token = writeToken(enrolment);
    assert.deepEqual(readToken(token), enrolment);
    const lines = tokenLines(token);
    assert.ok(lines.every((line) => line.length < 4095));
    assert.deepEqual(readToken(lines.join('\n')), enrolment);
  }
});

test('what no board would take is refused when the token is made, not on the board', () => {
  for (const [wrong, what] of [
    [{ broker: 'MQTT://b' }, /this broker/],
    [{ ca: 'x'.repeat(CA_LIMIT + 1) }, /this ca/],
    [{ serverKey: 'short' }, /this serverKey/],
  ] as const)
    assert.throws(() => writeToken({ ...ENROLMENT, ...wrong }), what);
});
