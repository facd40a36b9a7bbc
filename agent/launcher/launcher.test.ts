import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Boot, readBoot, writeBoot } from '../src/update/boot-file.ts';

const LAUNCHER = join(import.meta.dirname, 'perch-launcher');

/** A state folder and scripts in the place of executables; each writes down that it ran. */
function board(t: { after(fn: () => void): void }) {
  const state = mkdtempSync(join(tmpdir(), 'perch-launcher-'));
  t.after(() => rmSync(state, { recursive: true, force: true }));
  const script = (path: string, body: string): string => {
    writeFileSync(path, `#!/bin/sh\n${body}\n`);
    chmodSync(path, 0o700);
    return path;
  };
  const ran = (name: string): string => `echo ${name} >>'${state}/log'`;
  return {
    state,
    packaged: (body: string) => script(join(state, 'packaged-agent'), `${ran('packaged')}\n${body}`),
    release(name: string, body: string) {
      mkdirSync(join(state, 'releases', name), { recursive: true });
      script(join(state, 'releases', name, 'perch-agent'), `${ran(name)}\n${body}`);
    },
    boot: (boot: Boot) => writeBoot(state, boot),
    read: () => readBoot(state),
    log: () => readFileSync(join(state, 'log'), 'utf8').trim().split('\n'),
    launch: (...args: string[]) =>
      spawnSync(LAUNCHER, [join(state, 'packaged-agent'), ...args], {
        env: { ...process.env, PERCH_STATE: state, PERCH_RUNNER: '' },
        timeout: 30_000,
        encoding: 'utf8',
      }),
  };
}

test('without an update the packaged agent runs, with the arguments given, and its exit code is the launcher\u2019s', (t) => {
  const b = board(t);
  b.packaged(`echo "$@" >>'${b.state}/log'; exit 3`);
  assert.equal(b.launch('run', 'a b').status, 3);
  assert.deepEqual(b.log(), ['packaged', 'run a b']);
});

test('the release that is current runs instead; exit code 75 starts what is current by then', (t) => {
  const b = board(t);
  b.packaged(`echo current new >'${b.state}/boot'; exit 75`);
  b.release('new', 'exit 0');
  assert.equal(b.launch('run').status, 0);
  assert.deepEqual(b.log(), ['packaged', 'new']);
});

test('a release on trial that crashes is tried three times, then the one before runs again', (t) => {
  const b = board(t);
  b.packaged('exit 0');
  b.release('old', 'exit 0');
  b.release('bad', 'exit 1');
  b.boot({ current: 'bad', previous: 'old', tries: 3 });
  const { status, stderr } = b.launch('run');
  assert.equal(status, 0);
  assert.deepEqual(b.log(), ['bad', 'bad', 'bad', 'old']);
  assert.match(stderr, /bad did not prove itself; going back to old/);
  assert.deepEqual(b.read(), { current: 'old', gaveUp: 'bad' });
});

test('a release that cannot even be started counts as well, and the packaged agent is the last resort', (t) => {
  const b = board(t);
  b.packaged('exit 0');
  mkdirSync(join(b.state, 'releases/alien'), { recursive: true });
  writeFileSync(join(b.state, 'releases/alien/perch-agent'), '\u007fELF not for this machine', {
    mode: 0o700,
  });
  b.boot({ current: 'alien', previous: 'packaged', tries: 1 });
  assert.equal(b.launch('run').status, 0);
  assert.deepEqual(b.log(), ['packaged']);
  assert.deepEqual(b.read(), { current: 'packaged', gaveUp: 'alien' });
});

test('tries are counted before the start, so a power cut in the middle of a start is a try too', (t) => {
  const b = board(t);
  b.packaged('exit 0');
  b.release('new', `cp '${b.state}/boot' '${b.state}/seen'; kill -9 $PPID; exit 1`);
  b.boot({ current: 'new', previous: 'packaged', tries: 2 });
  for (const left of [1, 0]) {
    b.launch('run');
    assert.match(readFileSync(join(b.state, 'seen'), 'utf8'), new RegExp(`^tries ${left}$`, 'm'));
  }
  assert.equal(b.launch('run').status, 0);
  assert.deepEqual(b.log(), ['new', 'new', 'packaged']);
});

test('a disk that takes no count starts the release before, so that no trial goes on for ever', {
  skip: process.getuid?.() === 0 ? false : 'needs root, to mount a read-only folder',
}, (t) => {
  const b = board(t);
  b.packaged('echo packaged runs; exit 4');
  b.release('new', 'exit 1');
  b.boot({ current: 'new', previous: 'packaged', tries: 3 });
  execFileSync('mount', ['--bind', '-o', 'ro', b.state, b.state]);
  const { status, stdout, stderr } = (() => {
    try {
      return b.launch('run');
    } finally {
      execFileSync('umount', ['-l', b.state]);
    }
  })();
  assert.deepEqual([status, stdout], [4, 'packaged runs\n']);
  assert.match(stderr, /new cannot be counted on this disk; going back to packaged/);
  assert.equal(b.read().tries, 3);
});

test('a boot file that is damaged or hostile never leads out of the releases folder', (t) => {
  const b = board(t);
  b.packaged('exit 0');
  for (const word of ['', '../packaged-agent', '.', 'a/b', '$(touch x)', '-rf', 'gone']) {
    writeFileSync(join(b.state, 'boot'), `current ${word}\n`);
    assert.equal(b.launch('run').status, 0);
  }
  assert.ok(b.log().every((line) => line === 'packaged'));
});

test('a release that can no longer be started, though it once proved itself, gives way to the one before', (t) => {
  const b = board(t);
  b.packaged('exit 0');
  b.release('old', 'exit 0');
  mkdirSync(join(b.state, 'releases/rotten'), { recursive: true });
  writeFileSync(join(b.state, 'releases/rotten/perch-agent'), '\0\0\0\0', { mode: 0o700 });
  b.boot({ current: 'rotten', previous: 'old' });
  const { status, stderr } = b.launch('run');
  assert.equal(status, 0);
  assert.deepEqual(b.log(), ['old']);
  assert.match(stderr, /rotten can no longer be started; going back to old/);
  assert.deepEqual(b.read(), { current: 'old', gaveUp: 'rotten' });
});

test('the agent is told that the launcher watches its state folder', (t) => {
  const b = board(t);
  b.packaged('echo $PERCH_LAUNCHER');
  assert.equal(b.launch('run').stdout.trim(), b.state);
});

test('a person who ends a release on trial takes none of its tries', async (t) => {
  const b = board(t);
  b.packaged('exit 0');
  b.release('new', `trap 'exit 0' TERM\necho ready\nwhile :; do sleep 0.1; done`);
  b.boot({ current: 'new', previous: 'packaged', tries: 3 });
  const launcher = spawn(LAUNCHER, [join(b.state, 'packaged-agent'), 'run'], {
    env: { ...process.env, PERCH_STATE: b.state, PERCH_RUNNER: '' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(launcher.stdout, 'data');
  assert.equal(b.read().tries, 2);
  launcher.kill('SIGTERM');
  await once(launcher, 'exit');
  assert.equal(b.read().tries, 3);
});

test('told to end, it ends the agent and waits for it', async (t) => {
  const b = board(t);
  b.packaged(`trap 'echo flushed >>"${b.state}/log"; exit 0' TERM\necho ready\nwhile :; do sleep 0.1; done`);
  const launcher = spawn(LAUNCHER, [join(b.state, 'packaged-agent'), 'run'], {
    env: { ...process.env, PERCH_STATE: b.state, PERCH_RUNNER: '' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(launcher.stdout, 'data');
  launcher.kill('SIGTERM');
  const [code] = await once(launcher, 'exit');
  assert.equal(code, 0);
  assert.deepEqual(b.log(), ['packaged', 'flushed']);
});

test('an agent that was killed is started again, since nothing else may be there to do it', (t) => {
  const b = board(t);
  b.packaged(`if [ -e '${b.state}/once' ]; then exit 0; fi; touch '${b.state}/once'; kill -9 $$`);
  const { status, stderr } = b.launch('run');
  assert.equal(status, 0);
  assert.deepEqual(b.log(), ['packaged', 'packaged']);
  assert.match(stderr, /the agent was killed; starting it again/);
});

test('what systemd tells by the environment reaches the agent, and the agent is the launcher\u2019s child', (t) => {
  const b = board(t);
  b.packaged(`echo "$NOTIFY_SOCKET $WATCHDOG_USEC $WATCHDOG_PID $PPID" >>'${b.state}/log'`);
  const { pid, status } = spawnSync(
    'sh',
    ['-c', 'WATCHDOG_PID=$$ exec "$0" "$@"', LAUNCHER, join(b.state, 'packaged-agent')],
    {
      env: {
        ...process.env,
        PERCH_STATE: b.state,
        PERCH_RUNNER: '',
        NOTIFY_SOCKET: '@perch',
        WATCHDOG_USEC: '5000000',
      },
      timeout: 30_000,
    },
  );
  assert.equal(status, 0);
  assert.equal(b.log()[1], `@perch 5000000 ${pid} ${pid}`);
});
