import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DEFAULT_CONFIG_TEXT, defaultConfigText } from '@perch/broker-bridge/config/default-config.ts';
import { primitives } from '@perch/broker-bridge/crypto.ts';
import { tokenLines, writeToken } from '@perch/broker-bridge/enrolment.ts';
import { VERSION } from './version.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const key = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const SERVER = primitives.generateKeyPair().publicKey;
const TOKEN = {
  v: 1 as const,
  alias: 'pi-1',
  broker: 'mqtt://user:hunter2@127.0.0.1:1',
  prefix: 'perch/v1',
  serverKey: key(SERVER),
  root: key(new Uint8Array(32)),
  secret: key(new Uint8Array(16)),
};

function board(t: TestContext) {
  const state = mkdtempSync(join(tmpdir(), 'perch-agent-'));
  t.after(() => rmSync(state, { recursive: true, force: true }));
  const run = (args: string[], input = '') => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
      env: { ...process.env, PERCH_STATE: state },
      input,
      encoding: 'utf8',
      timeout: 30_000,
    });
    return { status, stdout, stderr };
  };
  return { state, run, identity: join(state, 'identity.json') };
}

test('--version and --help answer, each command teaches with an example, and a wrong call exits with 2', (t) => {
  const { run } = board(t);
  assert.deepEqual(run(['--version']), { status: 0, stdout: `${VERSION}\n`, stderr: '' });
  assert.match(run(['--help']).stdout, /perch-agent enroll TOKEN/);
  for (const command of ['enroll', 'run', 'probe', 'watch', 'check-config', 'status'])
    assert.match(run([command, '--help']).stdout, new RegExp(`^perch-agent ${command}`));
  for (const args of [
    [],
    ['fly'],
    ['run', '--fast'],
    ['enroll'],
    ['check-config'],
    ['run', '--suggest'],
    ['watch', '--count', '0'],
    ['probe', 'all'],
  ])
    assert.equal(run(args).status, 2, args.join(' '));
  assert.match(run(['fly']).stderr, /no command "fly"; see perch-agent --help/);
});

test('enroll makes a key of the board\u2019s own, keeps it private, and keeps it when enrolled anew with the same server', (t) => {
  const { run, identity, state } = board(t);
  writeFileSync(join(state, 'token'), 'a bad one, from a card');
  assert.match(run(['status']).stderr, /the card's token .* is no use: .*copy the whole of/);
  const first = run(['enroll', '-', '--json'], writeToken(TOKEN));
  assert.equal(existsSync(join(state, 'token')), false, 'what a person says counts');
  assert.equal(first.status, 0, first.stderr);
  const { fingerprint } = JSON.parse(first.stdout) as { fingerprint: string };
  assert.equal(statSync(identity).mode & 0o777, 0o600);
  assert.equal(run(['enroll', writeToken({ ...TOKEN, alias: 'pi-2' })]).status, 0);
  const again = JSON.parse(run(['enroll', '-', '--json'], writeToken(TOKEN)).stdout) as {
    fingerprint: string;
  };
  assert.equal(again.fingerprint, fingerprint);
  const other = { ...TOKEN, serverKey: key(primitives.generateKeyPair().publicKey) };
  const moved = JSON.parse(run(['enroll', '-', '--json'], writeToken(other)).stdout) as {
    fingerprint: string;
  };
  assert.notEqual(moved.fingerprint, fingerprint, 'another server gets another key');
});

test('a token that was cut, altered or is none is one clear error, and what was there stays', (t) => {
  const { run, identity } = board(t);
  run(['enroll', '-'], writeToken(TOKEN));
  const before = readFileSync(identity);
  for (const token of [
    '',
    'hello',
    writeToken(TOKEN).slice(0, -9),
    writeToken({ ...TOKEN, alias: '../x' }),
    `perch1.${'A'.repeat(40_000)}`,
  ]) {
    const { status, stderr } = run(['enroll', '-'], token);
    assert.equal(status, 1);
    assert.match(stderr, /^perch-agent: the token.*copy the whole of/);
    assert.equal(stderr.trim().split('\n').length, 1);
  }
  assert.deepEqual(readFileSync(identity), before);
});

test('a token that a terminal, a mail or the server cut into lines is read all the same', (t) => {
  const { run } = board(t);
  const lines = tokenLines(writeToken({ ...TOKEN, ca: 'x'.repeat(9_000) }));
  assert.ok(lines.length > 1 && lines.every((line) => line.length < 4096), 'what a terminal takes');
  const { status, stderr } = run(['enroll', '-'], `${lines.join('\r\n')}\n`);
  assert.equal(status, 0, stderr);
});

test('a state folder that was there keeps its mode, and one that others may write to is refused', (t) => {
  const { run, state } = board(t);
  chmodSync(state, 0o755);
  assert.equal(run(['enroll', '-'], writeToken(TOKEN)).status, 0);
  assert.equal(statSync(state).mode & 0o777, 0o755);
  chmodSync(state, 0o777);
  const { status, stderr } = run(['enroll', '-'], writeToken(TOKEN));
  assert.equal(status, 1);
  assert.match(stderr, /others may write to the state folder .*chmod go-w/);
});

test('run and status on a board that was never enrolled, or whose identity is damaged, say what to do', (t) => {
  const { run, identity } = board(t);
  for (const [command, code] of [
    ['run', 78],
    ['status', 1],
  ] as const) {
    const { status, stderr } = run([command]);
    assert.equal(status, code);
    assert.match(stderr, /not enrolled/);
  }
  writeFileSync(identity, '{"token": "perch1.');
  const damaged = run(['run']);
  assert.match(damaged.stderr, /is damaged .*enrol this board again/);
  assert.equal(damaged.status, 78, 'a service gives up');
});

test('check-config says what is wrong where', (t) => {
  const { run, state } = board(t);
  const file = join(state, 'config.json');
  writeFileSync(file, '{"period":"10s","sensors":[]}');
  assert.equal(run(['check-config', file]).status, 0);
  writeFileSync(file, '{"period":"10s","sensors":[{"id":"x","driver":"nonsense"}]}');
  const { status, stderr } = run(['check-config', file]);
  assert.equal(status, 1);
  assert.match(stderr, /\/sensors\/0\/driver: there is no driver "nonsense"/);
  const json = JSON.parse(run(['check-config', file, '--json']).stdout) as { faults: { pointer: string }[] };
  assert.equal(json.faults[0]?.pointer, '/sensors/0/driver');
  assert.match(run(['check-config', join(state, 'none.json')]).stderr, /none\.json/);
  writeFileSync(file, ' '.repeat(70_000));
  assert.match(run(['check-config', file]).stderr, /at most 65536/);
});

test('probe tells what this machine has, for people and for machines', (t) => {
  const { run } = board(t);
  assert.match(run(['probe']).stdout, /I2C[\s\S]*Serial ports[\s\S]*Chips/);
  assert.ok(Array.isArray((JSON.parse(run(['probe', '--json']).stdout) as { ports: unknown[] }).ports));
});

test('probe --config reads the sensors of a file once, and a file that is wrong is one clear error', (t) => {
  const { run, state } = board(t);
  const file = join(state, 'mine.json');
  writeFileSync(file, '{"period":"10s","sensors":[{"id":"sys","driver":"sysfs","proc":["uptime"]}]}');
  const { stdout, stderr } = run(['probe', '--config', file]);
  assert.match(stdout, /sys\.uptime +[0-9.]+ +s +good +[0-9.]+ ms/, stderr);
  const { readings } = JSON.parse(run(['probe', '--config', file, '--json']).stdout);
  assert.deepEqual([readings[0].item, readings[0].unit, readings[0].quality], ['sys.uptime', 's', 'good']);
  writeFileSync(file, '{"period":"1ms","sensors":[]}');
  assert.match(run(['probe', '--config', file]).stderr, /mine\.json is no valid config: \/period: 1ms/);
  assert.match(run(['probe']).stdout, /this board has no config yet/);
});

test('probe --suggest prints a config that check-config accepts, and nothing else', (t) => {
  const { run } = board(t);
  const { stdout } = run(['probe', '--suggest']);
  assert.equal(run(['check-config', '-'], stdout).status, 0, stdout);
});

test('check-config --schema prints a schema for editors, and a config may name it', (t) => {
  const { run } = board(t);
  const schema = JSON.parse(run(['check-config', '--schema']).stdout);
  assert.equal(schema.$schema, 'http://json-schema.org/draft-07/schema#');
  const piped = spawnSync(
    'sh',
    ['-c', `"${process.execPath}" "${MAIN}" check-config --schema | head -c 10`],
    {
      encoding: 'utf8',
    },
  );
  assert.equal(piped.stderr, '', 'a reader that has had enough is no error');
  const config = { $schema: './perch-config.schema.json', ...JSON.parse(DEFAULT_CONFIG_TEXT) };
  assert.equal(run(['check-config', '-'], JSON.stringify(config)).status, 0);
});

test('watch and probe show what the running agent reads', async (t) => {
  const { run, state } = board(t);
  assert.equal(run(['watch']).status, 1);
  assert.match(run(['watch']).stderr, /no agent runs/);
  run(['enroll', '-'], writeToken(TOKEN));
  // The broker of this board does not answer; sensors are read all the same.
  const config = { version: 1, json: defaultConfigText('500ms'), items: ['sys.load1', 'sys.uptime'] };
  writeFileSync(join(state, 'config.json'), JSON.stringify(config));
  const agent = spawn(process.execPath, [MAIN, 'run'], {
    env: { ...process.env, PERCH_STATE: state },
    stdio: 'ignore',
  });
  const ended = once(agent, 'exit');
  t.after(async () => {
    agent.kill('SIGTERM');
    await ended;
  });
  for (let tries = 0; run(['status']).status !== 0; tries++)
    assert.ok(tries < 50, 'the agent does not answer');

  const lines = run(['watch', '--json', '--count', '2']).stdout.trim().split('\n');
  const [first, second] = lines.map((line) => JSON.parse(line));
  assert.ok(second.takenAt > first.takenAt);
  const uptime = first.readings.find(({ item }: { item: string }) => item === 'sys.uptime');
  assert.ok(uptime.value > 0 && uptime.quality === 'good' && uptime.unit === 's', JSON.stringify(uptime));
  assert.match(run(['watch', '--count', '1']).stdout, /sys\.uptime +[0-9.]+ +s +good/);
  assert.match(run(['probe']).stdout, /as the running agent read them/);
  assert.match(run(['status']).stdout, /\n {2}sys +sysfs +open +[0-9.]+ ms +[0-9]+\n/);
  assert.match(
    run(['probe', '--config', join(state, 'x.json')]).stderr,
    /an agent runs here and holds the sensors/,
  );
});
