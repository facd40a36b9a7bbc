import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

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
    put: (name: string, word: string) => writeFileSync(join(state, name), `${word}\n`),
    get: (name: string) =>
      existsSync(join(state, name)) ? readFileSync(join(state, name), 'utf8').trim() : undefined,
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
  b.packaged(`echo new >'${b.state}/current'; exit 75`);
  b.release('new', 'exit 0');
  assert.equal(b.launch('run').status, 0);
  assert.deepEqual(b.log(), ['packaged', 'new']);
});

test('a release on trial that crashes is tried three times, then the one before runs again', (t) => {
  const b = board(t);
  b.packaged('exit 0');
  b.release('old', 'exit 0');
  b.release('bad', 'exit 1');
  b.put('previous', 'old');
  b.put('trial', '3');
  b.put('current', 'bad');
  const { status, stderr } = b.launch('run');
  assert.equal(status, 0);
  assert.deepEqual(b.log(), ['bad', 'bad', 'bad', 'old']);
  assert.match(stderr, /bad did not prove itself; going back to old/);
  assert.equal(b.get('current'), 'old');
  assert.equal(b.get('rolled-back'), 'bad');
  assert.equal(b.get('trial'), undefined);
});

test('a release that cannot even be started counts as well, and the packaged agent is the last resort', (t) => {
  const b = board(t);
  b.packaged('exit 0');
  mkdirSync(join(b.state, 'releases/alien'), { recursive: true });
  writeFileSync(join(b.state, 'releases/alien/perch-agent'), '\u007fELF not for this machine', {
    mode: 0o700,
  });
  b.put('previous', 'packaged');
  b.put('trial', '1');
  b.put('current', 'alien');
  assert.equal(b.launch('run').status, 0);
  assert.deepEqual(b.log(), ['packaged']);
  assert.equal(b.get('current'), 'packaged');
});

test('tries are counted before the start, so a power cut in the middle of a start is a try too', (t) => {
  const b = board(t);
  b.packaged('exit 0');
  b.release('new', `cp '${b.state}/trial' '${b.state}/seen'; kill -9 $PPID; exit 1`);
  b.put('previous', 'packaged');
  b.put('trial', '2');
  b.put('current', 'new');
  for (const left of ['1', '0']) {
    b.launch('run');
    assert.equal(b.get('seen'), left);
  }
  assert.equal(b.launch('run').status, 0);
  assert.deepEqual(b.log(), ['new', 'new', 'packaged']);
});

test('state files that are damaged or hostile never lead out of the releases folder', (t) => {
  const b = board(t);
  b.packaged('exit 0');
  for (const word of ['', '../packaged-agent', '.', 'a/b', '$(touch x)', '-rf', 'gone']) {
    b.put('current', word);
    assert.equal(b.launch('run').status, 0);
  }
  assert.ok(b.log().every((line) => line === 'packaged'));
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
