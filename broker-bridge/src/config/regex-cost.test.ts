import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { regexSteps } from './regex-cost.ts';
import { type Node, parseRegex, Refused } from './regex-tree.ts';

/** Steps that a backtracking matcher takes for a line, from each place where it may begin. Stops at `limit`. */
function stepsTaken(choices: readonly Node[][], line: string, limit: number): number {
  let steps = 0;
  const step = (): void => {
    steps += 1;
    if (steps > limit) throw new RangeError('too many steps');
  };
  const anchored = ({ anchor }: Node, at: number): boolean => {
    const isWord = (index: number): boolean => /\w/.test(line[index] ?? '');
    const edge = isWord(at - 1) !== isWord(at);
    return anchor === '^' ? at === 0 : anchor === '$' ? at === line.length : (anchor === 'b') === edge;
  };
  type Then = (at: number) => boolean;
  const sequence = (nodes: readonly Node[], at: number, then: Then): boolean => {
    const [node, ...more] = nodes;
    if (!node) return then(at);
    return repeated(node, 0, at, -1, (end) => sequence(more, end, then));
  };
  const once = (node: Node, at: number, then: Then): boolean => {
    if (node.choices) return node.choices.some((nodes) => sequence(nodes, at, then));
    step();
    if (node.anchor) return anchored(node, at) && then(at);
    if (at >= line.length || !((node.set! >> BigInt(line.charCodeAt(at))) & 1n)) return false;
    return then(at + 1);
  };
  const repeated = (node: Node, done: number, at: number, before: number, then: Then): boolean => {
    if (done < node.min) return once(node, at, (end) => repeated(node, done + 1, end, at, then));
    // A round that took nothing ends the repetition (ECMA-262, RepeatMatcher).
    if (at === before && done > node.min) return false;
    return (done < node.max && once(node, at, (end) => repeated(node, done + 1, end, at, then))) || then(at);
  };
  const free = !choices.every((nodes) => nodes[0]?.anchor === '^');
  for (let at = 0; at <= (free ? line.length : 0); at++)
    if (choices.some((nodes) => sequence(nodes, at, () => true))) break;
  return steps;
}

const atom = fc.constantFrom(
  'a',
  'b',
  'c',
  '.',
  '[ab]',
  '[^a]',
  '[^c]',
  'ab',
  '(?:ab)',
  '(?:a|b)',
  '(?:a|ab)',
  '\\b',
);
const times = fc.constantFrom('', '', '', '*', '+', '?', '*?', '{2}', '{0,3}', '{1,2}');
const piece: fc.Arbitrary<string> = fc
  .tuple(atom, times)
  .map(([one, more]) => (one === '\\b' ? one : one + more));
const text = fc.array(piece, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
const pattern = fc
  .tuple(
    fc.constantFrom('', '^'),
    text,
    fc.option(fc.tuple(text, fc.constantFrom('?', '{2}', '')), { nil: undefined }),
    fc.option(text, { nil: undefined }),
    fc.constantFrom('', '$', 'c$'),
  )
  .map(
    ([start, first, inner, other, end]) =>
      start + first + (inner ? `(?:${inner[0]}${other ? `|${other}` : ''})${inner[1]}` : '') + end,
  );

test('no line takes more steps than are reckoned', () => {
  let looked = 0;
  fc.assert(
    fc.property(
      pattern,
      fc.array(fc.constantFrom('a', 'a', 'b', 'c', 'ab', 'aaaa'), { maxLength: 24 }),
      (source, parts) => {
        const line = parts.join('');
        const { choices } = parseRegex(source);
        let bound: number;
        try {
          bound = regexSteps(choices, line.length)[line.length]!;
        } catch (error) {
          assert.ok(error instanceof Refused);
          return;
        }
        fc.pre(bound < 300_000);
        looked += 1;
        const taken = stepsTaken(choices, line, bound + 1);
        assert.ok(taken <= bound, `${source} takes ${taken} steps on "${line}", reckoned ${bound}`);
      },
    ),
    { numRuns: 3_000 },
  );
  assert.ok(looked > 1_000, `${looked} patterns were looked at`);
});

test('what is reckoned is near to what the worst line takes', () => {
  const rows: [string, (n: number) => string][] = [
    ['^(?<t>.*).*a[^y]*y', (n) => 'a'.repeat(n)],
    ['(?<t>.*)a[^y]*y', (n) => 'a'.repeat(n)],
    ['(?<t>[ab]*)a[^y]*y', (n) => 'a'.repeat(n)],
    ['^(?<t>.*).*x', (n) => 'a'.repeat(n)],
    ['^(?<a>[^,]*),(?<b>[^,]*)$', (n) => `${'a'.repeat(n / 2 - 1)},${'a'.repeat(n / 2 - 1)},`],
    ['T=(?<t>[0-9.]+)C', (n) => `T=${'1'.repeat(n - 2)}`],
  ];
  for (const [source, worst] of rows) {
    const { choices } = parseRegex(source);
    const bound = regexSteps(choices, 120)[120]!;
    const taken = stepsTaken(choices, worst(120), 1e8);
    assert.ok(taken <= bound && bound <= taken * 8, `${source}: reckoned ${bound}, taken ${taken}`);
  }
});
