import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { hostTarget } from '../../../scripts/build/targets.ts';
import { lacking } from '../../../scripts/test/programs.ts';
import type { Moment } from './clock.ts';
import { systemClocks } from './clock-source.ts';

const CHILD = join(import.meta.dirname, 'testing/print-samples.ts');
const HOUR = 3_600_000;
const PERIOD = 400;
/** Far above what a busy machine takes, far below the hours that the clock jumps, in ms. */
const STALL = 20_000;

type Line = Moment & { monotonic: number };

/** A process that samples under libfaketime; `set` moves its wall clock, and its other clocks go on. */
function faked(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'perch-faketime-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'time');
  const set = (seconds: number): void => {
    writeFileSync(`${file}.new`, `${seconds >= 0 ? '+' : ''}${seconds}`);
    renameSync(`${file}.new`, file);
  };
  set(0);
  const child = spawn(process.execPath, [CHILD, String(PERIOD), 'native'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 60_000,
    env: {
      ...process.env,
      LD_PRELOAD: `/usr/lib/${hostTarget().triplet}/faketime/libfaketime.so.1`,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
  });
  t.after(() => {
    child.kill('SIGKILL');
    // What libfaketime shares between processes stays behind one that is killed.
    for (const name of ['faketime_shm', 'sem.faketime_sem'])
      rmSync(`/dev/shm/${name}_${child.pid}`, { force: true });
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Line> => {
    const { value } = await lines.next();
    assert.ok(value !== undefined, 'the child ended');
    return JSON.parse(value) as Line;
  };
  return { set, next };
}

test('a real wall clock that is put forth and back by hours: samples go on in their rhythm, on the slots of the new time', {
  skip: lacking('faketime', 'g++'),
}, async (t) => {
  const { set, next } = faked(t);
  const first = await next();
  assert.ok(Math.abs(first.timestamp - Date.now()) < 10_000);
  let last = await next();
  for (const hours of [24, -24, 0]) {
    set(hours * 3_600);
    const seen: Line[] = [];
    while (seen.length < 5) {
      const line = await next();
      assert.ok(line.monotonic - last.monotonic < STALL, 'no stall');
      assert.ok(line.sinceBoot >= last.sinceBoot, 'the boot\u2019s clock does not go back');
      seen.push(line);
      last = line;
    }
    const after = seen.at(-1)!;
    assert.ok(Math.abs(after.timestamp - Date.now() - hours * HOUR) < 10_000, `${hours} h`);
    const times = seen.slice(1).map(({ timestamp }) => timestamp);
    assert.equal(new Set(times.map((time) => Math.floor(time / PERIOD))).size, times.length, 'no slot twice');
  }
});

/** Whether this user may make a time namespace; containers often may not. */
const noTimeNamespace = (): string | false =>
  spawnSync('unshare', ['--time', '--boottime', '100', 'true']).status === 0
    ? false
    : 'needs the right to make a time namespace';

test('the time since the boot counts a suspend, with the native part and without it; the monotonic clock does not', {
  skip: lacking('unshare', 'g++') || noTimeNamespace(),
}, () => {
  const dayLater = (way: string): Line => {
    const program = `import { loadBoard } from '../native/index.ts';
      import { systemClocks } from './clock-source.ts';
      const clocks = systemClocks(${way});
      console.log(JSON.stringify({ sinceBoot: clocks.sinceBoot(), monotonic: clocks.monotonic() }));`;
    const command = ['--time', '--boottime', '86400', '--fork', process.execPath];
    const flags = ['--input-type=module-typescript', '-e', program];
    const output = execFileSync('unshare', [...command, ...flags], {
      cwd: import.meta.dirname,
      timeout: 60_000,
      encoding: 'utf8',
    });
    return JSON.parse(output) as Line;
  };
  for (const way of ['loadBoard()', 'undefined']) {
    const { sinceBoot, monotonic } = dayLater(way);
    const here = systemClocks(undefined).sinceBoot();
    assert.ok(Math.abs(sinceBoot - here - 86_400_000) < 60_000, `${way}: ${sinceBoot} and ${here}`);
    assert.ok(monotonic < 60_000);
  }
});

test('without the native part, the file of systemd-timesyncd says whether the clock is set', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'perch-timesync-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'synchronized');
  const clocks = systemClocks(undefined, file);
  assert.deepEqual(clocks.kernel(), { synchronised: false });
  writeFileSync(file, '');
  assert.deepEqual(clocks.kernel(), { synchronised: true });
});

test('a container that forbids adjtimex is asked by the same file', () => {
  const board = {
    clockState: () => {
      throw new Error('adjtimex: Operation not permitted');
    },
    sinceBoot: () => 5,
    notify: () => {},
    deadMan: () => {},
  };
  const clocks = systemClocks(board, '/no/such/file');
  assert.deepEqual(clocks.kernel(), { synchronised: false });
  assert.equal(clocks.sinceBoot(), 5);
});
