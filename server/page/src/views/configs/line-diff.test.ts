import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { folded, LINES_LIMIT, lineDiff } from './line-diff.ts';

const text = fc
  .array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 20 })
  .map((lines) => lines.map((line) => `${line}\n`).join(''));

test('from a diff both texts can be read again, whatever they are', () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = lineDiff(before, after);
      const side = (other: string): string =>
        lines
          .filter(({ sign }) => sign !== other)
          .map((line) => `${line.text}\n`)
          .join('');
      assert.deepEqual([side('+'), side('-')], [before, after]);
    }),
  );
});

test('one changed line is one that goes and one that comes', () => {
  const signs = lineDiff('{\n  "a": 1,\n  "b": 2\n}\n', '{\n  "a": 1,\n  "b": 3\n}\n').map(
    ({ sign }) => sign,
  );
  assert.deepEqual(signs.join(''), '  -+ ');
});

test('equal texts have no changes, and long ones only the parts about changes are shown of', () => {
  const long = Array.from({ length: 40 }, (_, at) => `${at}`);
  const lines = lineDiff(long.join('\n'), long.with(20, 'x').join('\n'));
  const shown = folded(lines, 2);
  assert.deepEqual(
    shown.map((line) => line?.text ?? '…'),
    ['…', '18', '19', '20', 'x', '21', '22', '…'],
  );
  assert.deepEqual(folded(lineDiff('a\nb\n', 'a\nb\n')), [null]);
});

test('texts that are too long for the table are told as exchanged', () => {
  const [a, b] = ['a', 'b'].map((letter) => `${letter}\n`.repeat(LINES_LIMIT + 1));
  assert.equal(lineDiff(a!, b!).length, 2 * (LINES_LIMIT + 1));
});
