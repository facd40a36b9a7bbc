import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { compileFsShim, fsShimEnvironment, setFaults } from '../faults/fs-shim.ts';
import { lacking } from '../test/programs.ts';
import { until } from './processes.ts';
import { balanced, diskOf, setting, took } from './records-setting.ts';

test('on a full disk the board goes on in memory, says so, and writes again when there is room', {
  timeout: 300_000,
}, async (t) => {
  const at = await setting(t);
  const { house, board } = at;
  await board.stop();
  const outbox = join(board.state, 'outbox');
  const keep = join(house.folder, 'keep');
  cpSync(outbox, keep, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k,mode=700', 'tmpfs', outbox]);
  try {
    cpSync(keep, outbox, { recursive: true });
    const ballast = join(outbox, 'ballast');
    writeFileSync(ballast, Buffer.alloc(96 * 1024));
    house.wire.cut();
    await board.start({}, { records: true });
    await took(at, 30);
    await until(
      async () => diskOf(await board.status()) === 'full',
      'the status to say that the disk is full',
    );
    await took(at, 5);
    house.wire.mend();
    await house.untilRecord(
      board.alias,
      (one) => one.values['perch.disk'] === 'full',
      'a record that says it',
    );
    house.wire.cut();
    rmSync(ballast);
    await took(at, 120);
    await until(async () => diskOf(await board.status()) === 'ok', 'the disk to be taken into use again');
    house.wire.mend();
    await balanced(at);
    await board.stop();
  } finally {
    await board.stop('SIGKILL');
    execFileSync('umount', [outbox]);
  }
});

test('on a disk that turns read-only the board goes on in memory, and is none the worse after a kill', {
  timeout: 300_000,
}, async (t) => {
  const at = await setting(t);
  const { house, board } = at;
  await board.stop();
  const { state } = board;
  const keep = join(house.folder, 'keep');
  cpSync(state, keep, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m,mode=700', 'tmpfs', state]);
  try {
    cpSync(keep, state, { recursive: true });
    house.wire.cut();
    await board.start({}, { records: true });
    await took(at, 20);
    execFileSync('mount', ['-o', 'remount,ro', state]);
    await took(at, 20);
    await until(async () => diskOf(await board.status()) === 'read-only', 'the status to say so');
    await board.stop('SIGKILL');
    await board.start({}, { records: true });
    await took(at, 20);
    house.wire.mend();
    await house.untilRecord(
      board.alias,
      (one) => one.values['perch.disk'] === 'read-only',
      'a record that says so',
    );
    await board.stop('SIGKILL');
    execFileSync('mount', ['-o', 'remount,rw', state]);
    await board.start({}, { records: true });
    await took(at, 5);
    await balanced(at);
    await board.stop();
  } finally {
    await board.stop('SIGKILL');
    execFileSync('umount', [state]);
  }
});

test('a disk that fails, writes half and takes its time: records go on, and are there when it is well', {
  timeout: 300_000,
  skip: lacking('g++'),
}, async (t) => {
  const at = await setting(t);
  const { house, board } = at;
  await board.stop();
  const control = join(house.folder, 'faults');
  setFaults(control, []);
  const shim = fsShimEnvironment(await compileFsShim(), { paths: [join(board.state, 'outbox')], control });
  await board.start(shim, { records: true });
  await took(at, 5);
  house.wire.cut();
  setFaults(control, [{ kind: 'EIO', calls: ['fdatasync', 'fsync'] }]);
  await until(async () => diskOf(await board.status()) === 'io', 'the status to say that the disk fails');
  await took(at, 20);
  setFaults(control, [
    { kind: 'EIO', calls: ['write', 'open', 'rename', 'unlink'], from: 2, count: 3 },
    { kind: 'HALF', calls: ['write'] },
    { kind: 'DELAY1500', calls: ['fdatasync'] },
  ]);
  const before = performance.now();
  await took(at, 40);
  const each = (performance.now() - before) / 40;
  assert.ok(each < 500, `a sample each ${each} ms: a slow disk does not hold up the sampling`);
  await board.stop('SIGKILL');
  setFaults(control, [{ kind: 'EIO', calls: ['read'], count: 2 }]);
  await board.start(shim, { records: true });
  await took(at, 10);
  setFaults(control, []);
  await until(async () => diskOf(await board.status()) === 'ok', 'the disk to be well again', 90_000);
  house.wire.mend();
  await balanced(at, { gaps: true });
});
