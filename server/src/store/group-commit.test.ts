import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GROUP_COMMIT_ROWS, GroupCommit, WAITING_ROWS_LIMIT } from './group-commit.ts';

test('calls of one turn share a commit, up to the bound, and each gets its own result', async () => {
  const commits: number[] = [];
  let inside = 0;
  const group = new GroupCommit((body) => {
    inside = 0;
    body();
    commits.push(inside);
  });
  const call = (rows: number, result: string) =>
    group.add(rows, () => {
      inside += rows;
      return result;
    });
  const half = GROUP_COMMIT_ROWS / 2;
  const results = await Promise.all([call(half, 'a'), call(half, 'b'), call(1, 'c'), call(1, 'd')]);
  assert.deepEqual(results, ['a', 'b', 'c', 'd']);
  assert.deepEqual(commits, [GROUP_COMMIT_ROWS, 2]);
});

test('a failed commit rejects every call in it and no later one', async () => {
  let failures = 1;
  const group = new GroupCommit((body) => {
    body();
    if (failures-- > 0) throw new Error('no space');
  });
  const [one, two] = [group.add(1, () => 1), group.add(1, () => 2)];
  await assert.rejects(one, /no space/);
  await assert.rejects(two, /no space/);
  assert.equal(await group.add(1, () => 3), 3);
});

test('more waiting rows than the limit are refused with BUSY until a commit made room', async () => {
  const group = new GroupCommit((body) => body());
  const waiting = Array.from({ length: WAITING_ROWS_LIMIT / GROUP_COMMIT_ROWS }, () =>
    group.add(GROUP_COMMIT_ROWS, () => 'stored'),
  );
  assert.equal(group.waiting, WAITING_ROWS_LIMIT);
  await assert.rejects(
    group.add(1, () => 'never'),
    { code: 'BUSY' },
  );
  await Promise.all(waiting);
  assert.equal(group.waiting, 0);
  assert.equal(await group.add(1, () => 'later'), 'later');
});
