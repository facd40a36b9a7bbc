import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../build/paths.ts';
import { hasFailed, type Proof, soakUpdates, updateSoakText } from './soak-update.ts';
import { workAtOnce } from './soak-update-workers.ts';

const options = (signal = new AbortController().signal) => ({ points: 40, seed: 7, progress() {}, signal });
const good: Proof = { name: 'good', run: async ({ points }) => ({ updates: points, faults: 2 * points }) };
const bad: Proof = {
  name: 'bad',
  run: () => Promise.reject(new Error('nothing would start next\nreplay: node some.ts --kill 3')),
};

test('a proof that failed is told with the line that replays it, and the others are run all the same', async () => {
  const report = await soakUpdates(options(), [bad, good]);
  assert.equal(hasFailed(report), true);
  const text = updateSoakText(report);
  assert.match(text, /^bad +failed +0$/m);
  assert.match(text, /^good +40 +80 +0$/m);
  assert.match(text, /^bad: nothing would start next\nreplay: node some\.ts --kill 3$/m);
  assert.doesNotMatch(text, /Each update ended/);
});

test('what went well is told as such, and when it was not all', async () => {
  const stop = new AbortController();
  const last: Proof = {
    name: 'last',
    async run() {
      stop.abort();
      return { updates: 1, faults: 1 };
    },
  };
  const whole = await soakUpdates(options(), [good]);
  assert.equal(hasFailed(whole), false);
  assert.match(updateSoakText(whole), /^seed 7, 40 points\n[\s\S]*\nEach update ended on the new release/);
  const part = await soakUpdates(options(stop.signal), [last, good]);
  assert.deepEqual(
    part.proofs.map(({ name }) => name),
    ['last'],
  );
  assert.match(updateSoakText(part), /^It was ended before all was run/m);
});

test('after a failure nothing more is begun, and what is under way comes to its end', async () => {
  const left = [1, 2, 3, 4, 5];
  const ended: number[] = [];
  const work = async (one: number): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, one === 1 ? 1 : 20));
    if (one === 1) throw new Error('the first');
    ended.push(one);
  };
  await assert.rejects(
    workAtOnce(2, () => left.shift(), work),
    /the first/,
  );
  assert.deepEqual(ended, [2]);
  assert.deepEqual(left, [3, 4, 5]);
});

test('the command line: help for both, and words that it does not know', () => {
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/soak.ts'), ...args], {
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };
  assert.match(run('--help').stdout, /npm run soak -- update/);
  assert.match(run('update', '--help').stdout, /--points N/);
  for (const args of [
    ['updates'],
    ['update', '--agents', '3'],
    ['update', '--points', '1.5'],
    ['--points', '3'],
  ])
    assert.equal(run(...args).status, 2, args.join(' '));
});
