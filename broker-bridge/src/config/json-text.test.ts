import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readJson } from './json-text.ts';
import { DEPTH_LIMIT } from './limits.ts';

const place = (text: string): string => {
  const read = readJson(text);
  return read.ok ? 'ok' : `${read.line}:${read.column}`;
};

test('a mistake is found at its line and column', () => {
  assert.equal(place('{"a": 1,\n  "b": }'), '2:8');
  assert.equal(place('{"a": 1,}'), '1:9');
  assert.equal(place('{"a": [1, 2}'), '1:12');
  assert.equal(place('{"a": "x\ny"}'), '1:7');
  assert.equal(place('{"a": 01}'), '1:8');
  assert.equal(place(''), '1:1');
  assert.equal(place('{}\n{}'), '2:1');
  assert.equal(place("{'a': 1}"), '1:2');
});

test('a member that stands twice is a mistake, since the first would be lost in silence', () => {
  const read = readJson('{"a":{"b/c":1,"b/c":2}}');
  assert.ok(!read.ok);
  assert.equal(read.pointer, '/a/b~1c');
  assert.match(read.message, /twice/);
});

test('nesting is bounded, so a deep text cannot exhaust the stack', () => {
  assert.ok(readJson('['.repeat(DEPTH_LIMIT) + ']'.repeat(DEPTH_LIMIT)).ok);
  const deep = readJson('['.repeat(60_000));
  assert.ok(!deep.ok);
  assert.match(deep.message, /nested deeper than 16/);
});

test('it accepts what JSON.parse accepts, with the same value', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (text) => {
      assert.deepEqual(readJson(text), { ok: true, value: JSON.parse(text) });
    }),
  );
});

test('it refuses what JSON.parse refuses', () => {
  const damaged = fc.tuple(
    fc.json({ maxDepth: 3 }),
    fc.nat(),
    fc.constantFrom('', '"', ',', '}', ']', '\\', '0', 'x'),
  );
  fc.assert(
    fc.property(damaged, ([text, where, mark]) => {
      const at = where % (text.length + 1);
      const broken = text.slice(0, at) + mark + text.slice(at + 1);
      let parses = true;
      try {
        JSON.parse(broken);
      } catch {
        parses = false;
      }
      const read = readJson(broken);
      if (!parses) assert.ok(!read.ok);
      else assert.ok(read.ok || /twice/.test(read.message));
    }),
    { numRuns: 500 },
  );
});
