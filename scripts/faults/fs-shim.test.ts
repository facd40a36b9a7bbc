import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { compileFsShim, type FsShimOptions, fsShimEnvironment, readFsLog, setFaults } from './fs-shim.ts';

const PROGRAM = join(import.meta.dirname, 'testing/write-files.mjs');
const TIMEOUT = { timeout: 120_000 };

function place(t: TestContext): { root: string; folder: string; log: string } {
  const root = mkdtempSync(join(tmpdir(), 'perch-shim-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const folder = mkdtempSync(join(root, 'watched-'));
  return { root, folder, log: join(root, 'log') };
}

interface Run {
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
}

async function start(
  folder: string,
  story: string,
  options: Omit<FsShimOptions, 'paths'>,
): Promise<ChildProcess> {
  const env = fsShimEnvironment(await compileFsShim(), { paths: [folder], ...options });
  return spawn(process.execPath, [PROGRAM, folder, story], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

async function run(folder: string, story: string, options: Omit<FsShimOptions, 'paths'> = {}): Promise<Run> {
  const child = await start(folder, story, options);
  let output = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stdin!.on('error', () => {}).end();
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, output };
}

const names = (log: string): string[] => readFsLog(log).map(({ name }) => name);

test("each of Node's synchronous calls that changes a file is logged once, in order", TIMEOUT, async (t) => {
  const { folder, log } = place(t);
  const { code, output } = await run(folder, 'sync', { log });
  assert.deepEqual([code, output], [0, 'end\n']);
  assert.deepEqual(names(log), [
    ...['mkdir', 'open', 'write', 'write', 'write', 'fsync', 'fdatasync', 'truncate'],
    ...['rename', 'link', 'unlink', 'unlink', 'rmdir'],
  ]);
  const calls = readFsLog(log);
  assert.deepEqual(
    calls.map(({ ordinal }) => ordinal),
    calls.map((_, index) => index + 1),
  );
  assert.ok(calls.every(({ path }) => path.startsWith(folder)));
  assert.equal(calls[2]!.result, 6, 'bytes written');
  assert.equal(calls[8]!.other, join(folder, 'b'), 'where the file was moved to');
});

test(
  'calls of the thread pool are logged too, and a copy inside the kernel becomes writes',
  TIMEOUT,
  async (t) => {
    const { folder, log } = place(t);
    const { code } = await run(folder, 'promises', { log });
    assert.equal(code, 0);
    assert.deepEqual(names(log), [
      ...['mkdir', 'open', 'write', 'write', 'fsync', 'fdatasync', 'truncate'],
      // Node tries to remove a folder before it looks what is in it.
      ...['open', 'truncate', 'write', 'rename', 'unlink', 'rmdir', 'unlink', 'rmdir'],
    ]);
    assert.deepEqual(readdirSync(folder), []);
  },
);

test('forty files written at once are all whole and all counted', TIMEOUT, async (t) => {
  const { folder, log } = place(t);
  await run(folder, 'parallel', { log });
  const calls = readFsLog(log);
  assert.deepEqual(
    calls.map(({ ordinal }) => ordinal),
    Array.from({ length: 80 }, (_, index) => index + 1),
    'forty opens and forty writes, each with its number',
  );
  for (let index = 0; index < 40; index++)
    assert.equal(readFileSync(join(folder, `file-${index}`), 'utf8'), `content ${index}`);
});

test('a program killed at each of its calls has done exactly those before', TIMEOUT, async (t) => {
  for (let killAt = 1; killAt <= 13; killAt++) {
    const { folder, log } = place(t);
    const { signal, output } = await run(folder, 'sync', { log, killAt });
    assert.equal(signal, 'SIGKILL');
    assert.equal(output, '');
    const calls = readFsLog(log);
    assert.deepEqual(
      calls.map(({ result }) => result === 'killed'),
      Array.from({ length: killAt }, (_, index) => index === killAt - 1),
    );
    if (killAt === 9)
      assert.deepEqual(readdirSync(join(folder, 'sub')), ['a'], 'the rename has not happened');
  }
  const { folder } = place(t);
  assert.equal((await run(folder, 'sync', { killAt: 14 })).code, 0, 'there is no fourteenth call');
});

test('a torn write leaves the first half of its bytes', TIMEOUT, async (t) => {
  const { folder, log } = place(t);
  const { signal } = await run(folder, 'sync', { log, killAt: 3, killHalf: true });
  assert.equal(signal, 'SIGKILL');
  assert.equal(readFileSync(join(folder, 'sub/a'), 'utf8'), 'hel');
  assert.deepEqual(readFsLog(log).at(-1)?.result, 'torn');
});

test(
  'calls fail from the one that is named on, as often as is said, and then work again',
  TIMEOUT,
  async (t) => {
    const { folder, log } = place(t);
    const { output } = await run(folder, 'tolerant', {
      log,
      fail: [
        { kind: 'EIO', calls: ['fdatasync', 'fsync'], from: 3, count: 2 },
        { kind: 'EROFS', calls: ['mkdir', 'rename'] },
        { kind: 'HALF', calls: ['write'] },
        { kind: 'EIO', calls: ['read'] },
        { kind: 'EACCES', calls: ['open-read'], from: 2 },
      ],
    });
    assert.deepEqual(output.trim().split('\n'), [
      ...['open ok', 'write 8', 'fdatasync ok', 'fdatasync ok', 'fdatasync EIO', 'fdatasync EIO'],
      ...['fdatasync ok', 'mkdir EROFS', 'read EIO', 'read EACCES', 'end'],
    ]);
    const writes = readFsLog(log).filter(({ name }) => name === 'write');
    assert.deepEqual(
      writes.map(({ result }) => result),
      [4, 2, 1, 1],
      'each write takes half, and libuv goes on with the rest',
    );
    assert.ok(!existsSync(join(folder, 'd')));
  },
);

test('a full disk comes and goes while the program runs, and a rule can end it', TIMEOUT, async (t) => {
  const { root, folder, log } = place(t);
  const control = join(root, 'control');
  const child = await start(folder, 'lines', { control, log });
  child.stdout!.setEncoding('utf8');
  const say = async (word: string): Promise<string> => {
    child.stdin!.write(`${word}\n`);
    return ((await once(child.stdout!, 'data')) as [string])[0].trim();
  };
  assert.equal(await say('one'), 'wrote one');
  setFaults(control, [{ kind: 'ENOSPC', calls: ['write'] }]);
  assert.equal(await say('two'), 'ENOSPC write');
  assert.equal(await say('three'), 'ENOSPC write');
  setFaults(control, []);
  assert.equal(await say('four'), 'wrote four');
  assert.equal(readFsLog(log).filter(({ result }) => result === -28).length, 2, 'ENOSPC is 28');
  setFaults(control, [{ kind: 'KILL', calls: ['open'] }]);
  child.stdin!.write('five\n');
  const [, signal] = await once(child, 'close');
  assert.equal(signal, 'SIGKILL');
  assert.equal(readFileSync(join(folder, 'line'), 'utf8'), 'four');
});

test('files elsewhere are neither counted nor failed', TIMEOUT, async (t) => {
  const { root, folder, log } = place(t);
  const env = fsShimEnvironment(await compileFsShim(), {
    paths: [join(folder, 'not')],
    log,
    killAt: 1,
    fail: [{ kind: 'EIO', calls: ['open', 'write'] }],
  });
  writeFileSync(join(root, 'nothing'), '');
  const child = spawn(process.execPath, [PROGRAM, folder, 'sync'], {
    env: { ...process.env, ...env },
    stdio: 'ignore',
  });
  const [code] = await once(child, 'close');
  assert.equal(code, 0);
  assert.deepEqual(readFsLog(log), []);
});

test(
  'a rule that is not understood ends the program, so that it cannot pass for a program without faults',
  TIMEOUT,
  async (t) => {
    const { folder } = place(t);
    const { code } = await run(folder, 'sync', { fail: [{ kind: 'ENOSENSE', calls: ['write'] }] });
    assert.equal(code, 125);
  },
);
