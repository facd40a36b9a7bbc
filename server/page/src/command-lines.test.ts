import assert from 'node:assert/strict';
import { test } from 'node:test';
import { after, NOTHING_TOLD } from './command-lines.ts';

test('an answer is read however it is cut', () => {
  const text = '{"progress":{"done":1,"total":4}}\n{"alive":true}\n{"result":{"a":"ö"}}\n';
  for (let at = 0; at <= text.length; at++) {
    const told = after(after(NOTHING_TOLD, text.slice(0, at)), text.slice(at));
    assert.deepEqual(told, { progress: { done: 1, total: 4 }, end: { result: { a: 'ö' } }, rest: '' });
  }
});

test('an error is the end, and an answer that breaks off has none', () => {
  assert.deepEqual(after(NOTHING_TOLD, '{"error":{"message":"no","code":"BUSY"}}\n').end, { error: 'no' });
  assert.equal(after(NOTHING_TOLD, '{"alive":true}\n{"resu').end, undefined);
});
