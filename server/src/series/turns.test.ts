import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TURNS_WAITING_LIMIT, Turns } from './turns.ts';

test('one reader has its turn in each turn of the event loop, in the order they came', async () => {
  const turns = new Turns();
  const order: string[] = [];
  const reader = async (name: string): Promise<void> => {
    for (let slice = 1; slice <= 2; slice++) {
      await turns.next();
      order.push(name + slice);
    }
  };
  let done = false;
  const other = (async () => {
    while (!done) {
      await new Promise(setImmediate);
      order.push('-');
    }
  })();
  await Promise.all([reader('a'), reader('b'), reader('c')]);
  done = true;
  await other;
  const slices = order.filter((what) => what !== '-');
  assert.deepEqual(slices, ['a1', 'b1', 'c1', 'a2', 'b2', 'c2']);
  for (const [index, what] of order.entries())
    if (index > 0 && what !== '-') assert.equal(order[index - 1], '-', order.join(' '));
});

test('only so many readers wait', async () => {
  const turns = new Turns();
  const waiting = Array.from({ length: TURNS_WAITING_LIMIT }, () => turns.next());
  await assert.rejects(turns.next(), { code: 'BUSY' });
  await Promise.all(waiting);
  await turns.next();
});
