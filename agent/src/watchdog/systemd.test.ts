import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, type TestContext, test } from 'node:test';
import { lacking } from '../../../scripts/test/programs.ts';
import { type NotifierParts, systemdNotifier } from './systemd.ts';

/** What systemd would hear, with the environment of a service, and notes. */
function service(env: Record<string, string>, parts: Partial<NotifierParts> = {}) {
  const heard: string[] = [];
  const notes: string[] = [];
  const notifier = systemdNotifier({
    env: { NOTIFY_SOCKET: '/run/systemd/notify', ...env },
    pid: 20,
    ppid: 10,
    notify: (path, text) => heard.push(`${path} ${text}`),
    note: (text) => notes.push(text),
    ...parts,
  });
  return { heard, notes, notifier };
}

describe('systemd', () => {
  test('is told nothing where it did not start us, or where its socket is none', () => {
    assert.equal(service({ NOTIFY_SOCKET: '' }).notifier, undefined);
    const { notifier, notes } = service({ NOTIFY_SOCKET: 'vsock:2:1' });
    assert.equal(notifier, undefined);
    assert.match(notes[0]!, /"vsock:2:1", and no path/);
  });

  test('watches us when it says so to us or to perch-launcher, and nobody else', () => {
    const time = (env: Record<string, string>) => service(env).notifier!.watchdogMs;
    assert.equal(time({}), undefined);
    assert.equal(time({ WATCHDOG_USEC: '180000000' }), 180_000);
    assert.equal(time({ WATCHDOG_USEC: '180000000', WATCHDOG_PID: '20' }), 180_000);
    assert.equal(time({ WATCHDOG_USEC: '180000000', WATCHDOG_PID: '10' }), 180_000);
    assert.equal(time({ WATCHDOG_USEC: '180000000', WATCHDOG_PID: '11' }), undefined);
    for (const bad of ['0', '-1', 'x', '1e6']) assert.equal(time({ WATCHDOG_USEC: bad }), undefined);
  });

  test('hears one variable a line, and a value cannot bring in another', () => {
    const { heard, notifier } = service({});
    notifier!.send({ READY: '1', STATUS: 'all\nWATCHDOG=1\r\nis well' });
    assert.deepEqual(heard, ['/run/systemd/notify READY=1\nSTATUS=all WATCHDOG=1 is well']);
  });

  test('that cannot be reached stops nothing, and is said once', () => {
    const { notifier, notes } = service(
      {},
      {
        notify: () => {
          throw new Error('sendto: Connection refused');
        },
      },
    );
    notifier!.send({ READY: '1' });
    notifier!.send({ WATCHDOG: '1' });
    assert.deepEqual(notes, ['systemd cannot be told READY=1: sendto: Connection refused']);
  });

  test('without the native part is told by its own program, one run at a time, and what waits is merged', () => {
    const runs: string[][] = [];
    const ends: ((error: Error | null) => void)[] = [];
    const run = (words: string[], done: (error: Error | null) => void) => {
      runs.push(words);
      ends.push(done);
    };
    const { notifier, notes } = service({}, { notify: undefined, run });
    notifier!.send({ READY: '1' });
    for (let i = 0; i < 100; i += 1) notifier!.send({ WATCHDOG: '1', STATUS: `round ${i}` });
    assert.deepEqual(runs, [['READY=1']]);
    ends[0]!(null);
    assert.deepEqual(runs[1], ['WATCHDOG=1', 'STATUS=round 99']);
    ends[1]!(new Error('no such program'));
    assert.equal(runs.length, 2);
    assert.deepEqual(notes, [
      'the native part board is missing: systemd is told by the program systemd-notify',
      'systemd cannot be told: no such program',
    ]);
  });
});

describe('a process under a real socket', { skip: lacking('python3', 'g++') }, () => {
  async function run(t: TestContext, address: (folder: string) => string) {
    const folder = mkdtempSync(join(tmpdir(), 'perch-notify-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const socket = address(folder);
    const testing = join(import.meta.dirname, 'testing');
    const ear = spawn('python3', [join(testing, 'hear.py'), socket], {
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 60_000,
    });
    t.after(() => ear.kill('SIGKILL'));
    const heard: string[] = [];
    const lines = createInterface({ input: ear.stdout });
    lines.on('line', (line) => heard.push(JSON.parse(line) as string));
    await once(lines, 'line');
    const agent = spawn(process.execPath, [join(testing, 'watched-agent.ts')], {
      stdio: ['pipe', 'ignore', 'pipe'],
      timeout: 60_000,
      env: {
        ...process.env,
        NOTIFY_SOCKET: socket,
        WATCHDOG_USEC: '200000',
        WATCHDOG_PID: String(process.pid),
      },
    });
    t.after(() => agent.kill('SIGKILL'));
    let stderr = '';
    agent.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const ended = once(agent, 'exit');
    const beats = () => heard.filter((text) => text === 'WATCHDOG=1').length;
    while (beats() < 10) await once(lines, 'line');
    return { agent, ended, heard, lines, stderr: () => stderr };
  }

  test('says READY, STATUS and WATCHDOG; when a stage stalls WATCHDOG ends, and the process too', async (t) => {
    const { agent, ended, heard, lines, stderr } = await run(t, (folder) => join(folder, 'notify'));
    assert.ok(heard.includes('READY=1') && heard.includes('STATUS=sampling'), heard.join());
    agent.stdin.write('stall\n');
    assert.deepEqual(await ended, [75, null]);
    assert.match(stderr(), /stalled: sampling/);
    while (!heard.includes('STATUS=stalled: sampling')) await once(lines, 'line');
    assert.equal(heard.at(-1), 'STATUS=stalled: sampling', 'and no WATCHDOG behind it');
  });

  test('an abstract socket hears as well; an event loop that hangs is ended by the kernel', async (t) => {
    const { agent, ended } = await run(t, (folder) => `@${folder}`);
    agent.stdin.write('hang\n');
    assert.deepEqual(await ended, [null, 'SIGKILL']);
  });

  test('says STOPPING when it ends in good order', async (t) => {
    const { agent, ended, heard, lines } = await run(t, (folder) => join(folder, 'notify'));
    agent.stdin.write('stop\n');
    assert.deepEqual(await ended, [0, null]);
    while (heard.at(-1) !== 'STOPPING=1') await once(lines, 'line');
  });
});
