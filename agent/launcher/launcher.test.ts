import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { lacking } from '../../scripts/test/programs.ts';
import { type Boot, readBoot, writeBoot } from '../src/update/boot-file.ts';

const LAUNCHER = join(import.meta.dirname, 'perch-launcher');
const BOOT_ID = '11111111-1111-4111-8111-111111111111';
const root = process.getuid?.() === 0 ? false : 'needs root, to mount a read-only folder';

/** Its shells: that of Debian, and the one of small systems. */
const SHELLS: { name: string; words: string[]; skip: string | false }[] = [
  { name: 'dash', words: ['dash'], skip: lacking('dash') },
  { name: 'busybox', words: ['busybox', 'sh'], skip: lacking('busybox') },
];

interface Ran {
  status: number | null;
  stdout: string;
  stderr: string;
}

async function run(program: string, args: string[], env: NodeJS.ProcessEnv): Promise<Ran> {
  const child = spawn(program, args, { env, timeout: 60_000, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err] = [text(child.stdout), text(child.stderr)];
  const [status] = await once(child, 'exit');
  return { status, stdout: await out, stderr: await err };
}

/** A state folder and scripts in the place of executables; each writes down that it ran. */
function board(t: { after(fn: () => void): void }, shell: string[]) {
  const state = mkdtempSync(join(tmpdir(), 'perch-launcher-'));
  t.after(() => rmSync(state, { recursive: true, force: true }));
  const script = (path: string, body: string): string => {
    writeFileSync(path, `#!/bin/sh\n${body}\n`);
    chmodSync(path, 0o700);
    return path;
  };
  const bootId = (id: string): void => writeFileSync(join(state, 'boot-id'), `${id}\n`);
  bootId(BOOT_ID);
  const ran = (name: string): string => `echo ${name} >>'${state}/log'`;
  const env = {
    ...process.env,
    PERCH_STATE: state,
    PERCH_RUNNER: '',
    PERCH_BOOT_ID: join(state, 'boot-id'),
    PERCH_TRIAL_SECONDS: '20',
  };
  const [program = '', ...words] = [...shell, LAUNCHER, join(state, 'packaged-agent')];
  return {
    state,
    env,
    bootId,
    packaged: (body: string) => script(join(state, 'packaged-agent'), `${ran('packaged')}\n${body}`),
    release(name: string, body: string) {
      mkdirSync(join(state, 'releases', name), { recursive: true });
      script(join(state, 'releases', name, 'perch-agent'), `${ran(name)}\n${body}`);
    },
    boot: (boot: Boot) => writeBoot(state, boot),
    read: () => readBoot(state),
    log: () => readFileSync(join(state, 'log'), 'utf8').trim().split('\n'),
    launch: (args: string[] = ['run'], more: NodeJS.ProcessEnv = {}): Promise<Ran> =>
      run(program, [...words, ...args], { ...env, ...more }),
    start: () => spawn(program, [...words, 'run'], { env, stdio: ['ignore', 'pipe', 'ignore'] }),
  };
}

test('the launcher is clean by shellcheck', { skip: lacking('shellcheck') }, () => {
  const { status, stdout } = spawnSync('shellcheck', [LAUNCHER], { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
});

for (const { name, words, skip } of SHELLS)
  describe(`the launcher under ${name}`, { skip, concurrency: true }, () => {
    const on = (t: { after(fn: () => void): void }) => board(t, words);

    test('without an update the packaged agent runs, with the arguments given, and its exit code is the launcher’s', async (t) => {
      const b = on(t);
      b.packaged(`echo "$@" >>'${b.state}/log'; exit 3`);
      assert.equal((await b.launch(['run', 'a b'])).status, 3);
      assert.deepEqual(b.log(), ['packaged', 'run a b']);
    });

    test('the release that is current runs instead; exit code 75 starts what is current by then', async (t) => {
      const b = on(t);
      b.boot({ current: 'new' });
      const copies = ['a', 'b'].map((copy) => join(b.state, `boot.${copy}`));
      const written = copies.find((path) => existsSync(path))!;
      const aside = join(b.state, 'aside');
      execFileSync('mv', [written, aside]);
      b.packaged(`mv '${aside}' '${written}'; exit 75`);
      b.release('new', 'exit 0');
      assert.equal((await b.launch()).status, 0);
      assert.deepEqual(b.log(), ['packaged', 'new']);
    });

    test('a release on trial that crashes is tried three times, then the one before runs again', async (t) => {
      const b = on(t);
      b.packaged('exit 0');
      b.release('old', 'exit 0');
      b.release('bad', 'exit 1');
      b.boot({ current: 'bad', previous: 'old', tries: 3, cuts: 10 });
      const { status, stderr } = await b.launch();
      assert.equal(status, 0);
      assert.deepEqual(b.log(), ['bad', 'bad', 'bad', 'old']);
      assert.match(stderr, /bad did not prove itself; going back to old/);
      assert.deepEqual(b.read(), { current: 'old', gaveUp: { name: 'bad', why: 'tries' } });
    });

    test('a release that cannot even be started counts as well, and the packaged agent is the last resort', async (t) => {
      const b = on(t);
      b.packaged('exit 0');
      mkdirSync(join(b.state, 'releases/alien'), { recursive: true });
      writeFileSync(join(b.state, 'releases/alien/perch-agent'), '\u007fELF not for this machine', {
        mode: 0o700,
      });
      b.boot({ current: 'alien', previous: 'packaged', tries: 1 });
      assert.equal((await b.launch()).status, 0);
      assert.deepEqual(b.log(), ['packaged']);
      assert.deepEqual(b.read(), { current: 'packaged', gaveUp: { name: 'alien', why: 'tries' } });
    });

    test('tries are counted before the start, so whatever ends the launcher itself is a try too', async (t) => {
      const b = on(t);
      b.packaged('exit 0');
      b.release(
        'new',
        `cat '${b.state}/boot.a' '${b.state}/boot.b' 2>/dev/null | sed -n 's/^tries //p' | sort -n | sed -n 1p >>'${b.state}/seen'; kill -9 $PPID; exit 1`,
      );
      b.boot({ current: 'new', previous: 'packaged', tries: 2 });
      for (let start = 0; start < 2; start++) await b.launch();
      assert.equal((await b.launch()).status, 0);
      assert.equal(readFileSync(join(b.state, 'seen'), 'utf8'), '1\n0\n');
      assert.deepEqual(b.log(), ['new', 'new', 'packaged']);
    });

    test('a power cut is not the fault of the release: it takes no try, but there is an end of that too', async (t) => {
      const b = on(t);
      b.packaged('exit 0');
      b.release('new', 'kill -9 $PPID');
      b.boot({ current: 'new', previous: 'packaged', tries: 3, cuts: 2 });
      await b.launch();
      assert.deepEqual([b.read().tries, b.read().cuts], [2, 2], 'the first start is counted as such');
      for (const left of [1, 0]) {
        b.bootId(`boot-${left}`);
        await b.launch();
        assert.deepEqual([b.read().tries, b.read().cuts], [2, left]);
      }
      b.bootId('boot-x');
      assert.equal((await b.launch()).status, 0);
      assert.deepEqual(b.log(), ['new', 'new', 'new', 'packaged']);
      assert.deepEqual(b.read(), { current: 'packaged', gaveUp: { name: 'new', why: 'cuts' } });
    });

    test('power cuts do not wear out a release that proved itself', async (t) => {
      const b = on(t);
      b.packaged('exit 0');
      b.release('new', 'kill -9 $PPID');
      b.boot({ current: 'new', previous: 'packaged', tries: 3, proved: true, boot: 'boot-x' });
      for (let cut = 0; cut < 12; cut++) {
        b.bootId(`boot-${cut}`);
        await b.launch();
      }
      assert.equal(b.read().tries, 3);
      assert.equal(b.log().length, 12);
    });

    test('a release that proved itself and then crashes again and again gives way to the one before', async (t) => {
      const b = on(t);
      b.packaged('exit 0');
      b.release('old', 'exit 0');
      b.release('weak', 'exit 139');
      b.boot({ current: 'weak', previous: 'old', tries: 3, proved: true });
      const { status, stderr } = await b.launch();
      assert.equal(status, 0);
      assert.deepEqual(b.log(), ['weak', 'weak', 'weak', 'old']);
      assert.match(stderr, /weak keeps failing; going back to old/);
      assert.deepEqual(b.read(), { current: 'old', gaveUp: { name: 'weak', why: 'crashes' } });
    });

    test('a release that hangs, deaf to SIGTERM, is ended when its time is over, and is not tried again', async (t) => {
      const b = on(t);
      b.packaged('exit 0');
      b.release('deaf', "trap '' TERM\nwhile :; do sleep 1; done");
      b.boot({ current: 'deaf', previous: 'packaged', tries: 3 });
      const { status, stderr } = await b.launch(['run'], { PERCH_TRIAL_SECONDS: '1' });
      assert.equal(status, 0);
      assert.deepEqual(b.log(), ['deaf', 'packaged']);
      assert.match(stderr, /deaf did not prove itself within 1 s; going back to packaged/);
      assert.deepEqual(b.read(), { current: 'packaged', gaveUp: { name: 'deaf', why: 'late' } });
    });

    test('one that proved itself in time may run as long as it likes', async (t) => {
      const b = on(t);
      b.packaged('exit 0');
      b.release('good', `mv '${b.state}/proof' '${b.state}/boot.a'; sleep 4; exit 6`);
      b.boot({ current: 'good', previous: 'packaged', tries: 3 });
      b.boot({ current: 'good', previous: 'packaged', tries: 3 });
      // What the release would write: the next generation in the other copy than the launcher's count.
      const other = board(t, words);
      for (let i = 0; i < 5; i++)
        other.boot({ current: 'good', previous: 'packaged', tries: 1, proved: true });
      execFileSync('cp', [join(other.state, 'boot.a'), join(b.state, 'proof')]);
      const { stderr } = await b.launch(['run'], { PERCH_TRIAL_SECONDS: '1' });
      assert.match(stderr, /good, which is watched, ended with code 6/);
      assert.doesNotMatch(stderr, /within 1 s/);
    });

    test('a disk that takes no count starts the release before, so that no trial goes on for ever', {
      skip: root,
    }, async (t) => {
      const b = on(t);
      b.packaged('echo packaged runs; exit 4');
      b.release('new', 'exit 1');
      b.boot({ current: 'new', previous: 'packaged', tries: 3 });
      execFileSync('mount', ['--bind', '-o', 'ro', b.state, b.state]);
      const { status, stdout, stderr } = await (async () => {
        try {
          return await b.launch();
        } finally {
          execFileSync('umount', ['-l', b.state]);
        }
      })();
      assert.deepEqual([status, stdout], [4, 'packaged runs\n']);
      assert.match(stderr, /new cannot be counted on this disk; going back to packaged/);
      assert.equal(b.read().tries, 3);
    });

    test('boot files that are damaged or hostile never lead out of the releases folder', async (t) => {
      const b = on(t);
      b.packaged('exit 0');
      for (const current of ['../packaged-agent', '.', 'a/b', '$(touch x)', '-rf', 'gone', '`id`', '*']) {
        b.boot({ current });
        assert.equal((await b.launch()).status, 0);
      }
      for (const bytes of [
        '',
        '\0\0\0\0',
        'current a',
        'check 0 0\n',
        'check\n',
        'generation x\ncheck 1 2\n',
      ])
        for (const copy of ['a', 'b']) {
          writeFileSync(join(b.state, `boot.${copy}`), bytes);
          assert.equal((await b.launch()).status, 0);
        }
      assert.ok(b.log().every((line) => line === 'packaged'));
      assert.equal(existsSync(join(b.state, 'x')), false);
    });

    test('one copy of the state may be lost: the other one says what to start', async (t) => {
      const b = on(t);
      b.packaged('exit 0');
      b.release('old', 'exit 0');
      b.release('new', 'exit 0');
      const damage: ((path: string) => void)[] = [
        (path) => rmSync(path),
        (path) => truncateSync(path, 0),
        (path) => truncateSync(path, readFileSync(path).length - 1),
        (path) => writeFileSync(path, readFileSync(path, 'utf8').replace('new', 'old')),
      ];
      for (const spoil of damage)
        for (const copy of ['a', 'b']) {
          b.boot({ current: 'new' });
          b.boot({ current: 'new' });
          spoil(join(b.state, `boot.${copy}`));
          assert.equal((await b.launch()).status, 0);
          assert.equal(b.log().at(-1), 'new');
        }
    });

    test('what it does not know of the state it keeps', async (t) => {
      const b = on(t);
      b.packaged('exit 0');
      b.release('new', 'exit 1');
      b.boot({ current: 'new', previous: 'packaged', tries: 1 });
      const file = join(b.state, 'boot.a');
      const [body] = readFileSync(file, 'utf8').split('check ');
      const lines = `${body}later-word one two\n`;
      const sum = execFileSync('cksum', { input: lines, encoding: 'utf8' });
      writeFileSync(file, `${lines}check ${sum}`);
      assert.equal((await b.launch()).status, 0);
      const newest = ['a', 'b'].map((copy) => readFileSync(join(b.state, `boot.${copy}`), 'utf8'));
      for (const text of newest) assert.match(text, /^later-word one two$/m);
    });

    test('a release that can no longer be started, though it once proved itself, gives way to the one before', async (t) => {
      const b = on(t);
      b.packaged('exit 0');
      b.release('old', 'exit 0');
      mkdirSync(join(b.state, 'releases/rotten'), { recursive: true });
      writeFileSync(join(b.state, 'releases/rotten/perch-agent'), '\0\0\0\0', { mode: 0o700 });
      b.boot({ current: 'rotten', previous: 'old' });
      const { status, stderr } = await b.launch();
      assert.equal(status, 0);
      assert.deepEqual(b.log(), ['old']);
      assert.match(stderr, /rotten can no longer be started; going back to old/);
      assert.deepEqual(b.read(), { current: 'old', gaveUp: { name: 'rotten', why: 'start' } });
    });

    test('the agent is told that the launcher watches its state folder', async (t) => {
      const b = on(t);
      b.packaged('echo $PERCH_LAUNCHER');
      assert.equal((await b.launch()).stdout.trim(), b.state);
    });

    test('a person who ends a release on trial takes none of its tries', async (t) => {
      const b = on(t);
      b.packaged('exit 0');
      b.release('new', `trap 'exit 0' TERM\necho ready\nwhile :; do sleep 0.1; done`);
      b.boot({ current: 'new', previous: 'packaged', tries: 3 });
      const launcher = b.start();
      await once(launcher.stdout, 'data');
      assert.equal(b.read().tries, 2);
      launcher.kill('SIGTERM');
      await once(launcher, 'exit');
      assert.equal(b.read().tries, 3);
    });

    test('told to end, it ends the agent and waits for it', async (t) => {
      const b = on(t);
      b.packaged(
        `trap 'echo flushed >>"${b.state}/log"; exit 0' TERM\necho ready\nwhile :; do sleep 0.1; done`,
      );
      const launcher = b.start();
      await once(launcher.stdout, 'data');
      launcher.kill('SIGTERM');
      const [code] = await once(launcher, 'exit');
      assert.equal(code, 0);
      assert.deepEqual(b.log(), ['packaged', 'flushed']);
    });

    test('an agent that was killed is started again, since nothing else may be there to do it', async (t) => {
      const b = on(t);
      b.packaged(`if [ -e '${b.state}/once' ]; then exit 0; fi; touch '${b.state}/once'; kill -9 $$`);
      const { status, stderr } = await b.launch();
      assert.equal(status, 0);
      assert.deepEqual(b.log(), ['packaged', 'packaged']);
      assert.match(stderr, /the agent was killed; starting it again/);
    });

    test('what systemd tells by the environment reaches the agent, and the agent is the launcher’s child', async (t) => {
      const b = on(t);
      b.packaged(`echo "$NOTIFY_SOCKET $WATCHDOG_USEC $WATCHDOG_PID $PPID" >>'${b.state}/log'`);
      const { pid, status } = spawnSync(
        'sh',
        ['-c', 'WATCHDOG_PID=$$ exec "$0" "$@"', ...words, LAUNCHER, join(b.state, 'packaged-agent')],
        { env: { ...b.env, NOTIFY_SOCKET: '@perch', WATCHDOG_USEC: '5000000' }, timeout: 30_000 },
      );
      assert.equal(status, 0);
      assert.equal(b.log()[1], `@perch 5000000 ${pid} ${pid}`);
    });
  });
