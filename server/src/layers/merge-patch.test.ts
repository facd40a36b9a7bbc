import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mergePatch } from './merge-patch.ts';

/** RFC 7396, appendix A: original, patch, result. */
const VECTORS: [string, string, string][] = [
  ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
  ['{"a":"b"}', '{"a":null}', '{}'],
  ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
  ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
  ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
  ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
  ['["a","b"]', '["c","d"]', '["c","d"]'],
  ['{"a":"b"}', '["c"]', '["c"]'],
  ['{"a":"foo"}', 'null', 'null'],
  ['{"a":"foo"}', '"bar"', '"bar"'],
  ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
  ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
  ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
];

test('the examples of the RFC', () => {
  for (const [original, patch, result] of VECTORS)
    assert.equal(
      JSON.stringify(mergePatch(JSON.parse(original), JSON.parse(patch))),
      result,
      `${original} with ${patch}`,
    );
});

test('a member called __proto__ is a member', () => {
  const merged = mergePatch(JSON.parse('{"a":1}'), JSON.parse('{"__proto__":{"admin":true}}'));
  assert.equal(({} as { admin?: boolean }).admin, undefined);
  assert.equal(JSON.stringify(merged), '{"a":1,"__proto__":{"admin":true}}');
});

test('property: a patch applied twice is applied once, and changes neither argument', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (target, patch) => {
      const texts = [JSON.stringify(target), JSON.stringify(patch)];
      const once = mergePatch(target, patch);
      assert.equal(JSON.stringify(mergePatch(once, patch)), JSON.stringify(once));
      assert.deepEqual([JSON.stringify(target), JSON.stringify(patch)], texts);
    }),
  );
});
