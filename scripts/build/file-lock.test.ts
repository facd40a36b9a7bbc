import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { withFileLock } from './file-lock.mjs';

describe('a lock file', () => {
  let folder: string;
  let lock: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'perch-lock-'));
  });
  beforeEach(async () => {
    lock = join(folder, 'lock');
    await rm(lock, { force: true });
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('lets one after the other work, names the holder to who waits, and is gone in the end', async () => {
    const log: string[] = [];
    const waitedFor: number[] = [];
    const worker = (name: string) =>
      withFileLock(lock, { wait: 10_000, onWait: (pid) => waitedFor.push(pid) }, async () => {
        log.push(`${name} in`);
        await sleep(20);
        log.push(`${name} out`);
      });
    await Promise.all(['a', 'b', 'c'].map(worker));
    for (let step = 0; step < log.length; step += 2)
      assert.equal(log[step]?.replace('in', 'out'), log[step + 1], log.join(', '));
    assert.equal(log.length, 6);
    assert.deepEqual(waitedFor, [process.pid, process.pid]);
    assert.equal(existsSync(lock), false);
  });

  test('is given back when the work fails', async () => {
    const failing = withFileLock(lock, { wait: 0 }, () => Promise.reject(new Error('no luck')));
    await assert.rejects(failing, /no luck/);
    assert.equal(await withFileLock(lock, { wait: 0 }, async () => 'free'), 'free');
  });

  test('of a process that has ended is taken over', async () => {
    const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(child, 'exit');
    await writeFile(lock, `${child.pid} 0000\n`);
    assert.equal(await withFileLock(lock, { wait: 0 }, async () => 'mine'), 'mine');
  });

  test('that nobody has touched for minutes is taken over, even if its process id is in use again', async () => {
    await writeFile(lock, `${process.pid} 0000\n`);
    const old = new Date(Date.now() - 120_000);
    await utimes(lock, old, old);
    assert.equal(await withFileLock(lock, { wait: 0 }, async () => 'mine'), 'mine');
  });

  test('of a living process is respected: the wait ends with an error that names the file and the process', async () => {
    await writeFile(lock, `${process.pid} 0000\n`);
    await assert.rejects(
      withFileLock(lock, { wait: 150 }, async () => assert.fail('two at once')),
      new RegExp(`${lock} has been held by process ${process.pid}`),
    );
    assert.equal(await readFile(lock, 'utf8'), `${process.pid} 0000\n`);
  });
});
