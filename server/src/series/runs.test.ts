import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addNumber, RUNS_LIMIT, type Runs, runsOfJson, runsToJson } from './runs.ts';

test('numbers in a row are one pair, whatever order they come in', () => {
  const runs: Runs = new Map();
  for (const number of [7, 9, 8, 1, 2, 3, 20]) assert.ok(addNumber(runs, 'a', number));
  assert.ok(addNumber(runs, 'b', 8), 'another stream has numbers of its own');
  assert.deepEqual(runs.get('a'), [1, 3, 7, 9, 20, 20]);
  assert.deepEqual(runsOfJson(runsToJson(runs)), runs);
});

test('what no honest board sends is counted, and not remembered past a limit', () => {
  const runs: Runs = new Map();
  for (let number = 3 * RUNS_LIMIT; number > 0; number -= 2) assert.ok(addNumber(runs, 'a', number));
  assert.equal(runs.get('a')!.length, 2 * RUNS_LIMIT);
  assert.equal(addNumber(runs, 'a', 3 * RUNS_LIMIT), false, 'what is remembered still counts once');
  assert.ok(addNumber(runs, 'a', 3 * RUNS_LIMIT - 1), 'joins pairs that are there');
});

test('a set of numbers says which it has, and keeps as few pairs as can be', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 60 })), (numbers) => {
      const runs: Runs = new Map();
      const set = new Set<number>();
      for (const number of numbers) {
        assert.equal(addNumber(runs, 'a', number), !set.has(number));
        set.add(number);
      }
      const pairs = runs.get('a') ?? [];
      const listed: number[] = [];
      for (let at = 0; at < pairs.length; at += 2) {
        if (at > 0) assert.ok(pairs[at]! > pairs[at - 1]! + 1);
        for (let number = pairs[at]!; number <= pairs[at + 1]!; number++) listed.push(number);
      }
      assert.deepEqual(
        listed,
        [...set].sort((a, b) => a - b),
      );
    }),
  );
});
