// The command line against a server elsewhere: everything goes through the API, with a token.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { compilerOf } from '../build/compile-addon.ts';
import { e2eExecutable } from '../build/e2e-executables.ts';
import { hostTarget } from '../build/targets.ts';
import { lacking } from '../test/programs.ts';
import { embeddedBroker, House } from './house.ts';
import { freePort } from './processes.ts';

test('a fleet is run from elsewhere with --server and a token: boards, configs, releases, events', {
  timeout: 180_000,
  skip: lacking(compilerOf(hostTarget()).program),
}, async (t) => {
  const house = new House(await embeddedBroker());
  house.page = await freePort();
  t.after(() => house.close());
  await house.open();
  const admin = await house.token('admin');
  const done = async (...args: string[]): Promise<string> => {
    const { code, output } = await house.remote(admin, ...args);
    assert.equal(code, 0, output);
    return output;
  };

  const { token } = JSON.parse(await done('enroll', 'pi-1', '--json')) as { token: string };
  const board = house.board('pi-1');
  assert.equal((await board.command(['enroll', '-'], token)).code, 0);
  await board.start();
  await board.says('the server lets this board in');
  assert.match(await done('devices'), /pi-1 .*approved/);

  const text = JSON.stringify({
    period: '500ms',
    sensors: [{ id: 'sys', driver: 'sysfs', proc: ['uptime'] }],
  });
  assert.match(
    await done('config', 'set', 'pi-1', house.file('config.json', text)),
    /pi-1 has config \d+ now/,
  );
  await board.says(/config \d+ is in force/);
  await house.untilRecord('pi-1', ({ values }) => values['sys.uptime'] !== undefined, 'the new item');
  assert.match(await done('records', 'pi-1', '--limit', '1'), /sys\.uptime=/);
  assert.match(
    await done('layer', 'set', 'fleet', house.file('fleet.json', '{"period":"700ms"}'), '--check'),
    /For 1 boards; 0 would get/,
  );

  const { platform } = hostTarget();
  const executable = await e2eExecutable(platform, '0.2.0');
  const published = await done(
    'release',
    'publish',
    executable,
    '--platform',
    platform,
    '--version',
    '0.2.0',
    '--hold',
  );
  assert.match(published, /0\.2\.0/);
  assert.match(await done('release', 'list'), /0\.2\.0/);
  assert.deepEqual(readdirSync(join(house.data, 'uploads')), [], 'the file that was sent is gone');

  const events = await done('events');
  for (const what of [
    /token:admin-0 .*pi-1 .*a token was made/,
    /board:pi-1 .*came in by its token/,
    /token:admin-0 .*0\.2\.0 for linux/,
  ])
    assert.match(events, what);

  const reader = await house.token('read');
  const refused = await house.remote(reader, 'revoke', 'pi-1');
  assert.equal(refused.code, 1);
  assert.match(refused.output, /revoke needs the scope operate, and yours is read/);
  assert.equal((await house.remote(reader, 'devices')).code, 0);
  const stranger = await house.remote('perch_nothing', 'devices');
  assert.match(stranger.output, /this token is not known, has expired or was revoked/);
  const elsewhere = await house.remote(admin, 'keys', 'export', '/tmp');
  assert.match(elsewhere.output, /keysExport works with files of the server's machine; run it there/);
  const nowhere = await house.remote(
    admin,
    'release',
    'publish',
    '/nonexistent',
    '--platform',
    platform,
    '--version',
    '0.3.0',
  );
  assert.match(nowhere.output, /cannot read \/nonexistent/);

  await done('revoke', 'pi-1');
  await board.says(/not whitelisted/);
  await house.server.end();
  const gone = await house.remote(admin, 'devices');
  assert.equal(gone.code, 1);
  assert.match(gone.output, /http:\/\/127\.0\.0\.1:\d+ cannot be reached: /);
});

test('options that do not go together are told before anything is asked', async () => {
  const { perchServer } = await import('../../server/src/cli/run-process.ts');
  const folder = process.cwd();
  const told = async (args: string[], env: NodeJS.ProcessEnv, message: RegExp): Promise<void> => {
    const { code, err } = await perchServer(args, { cwd: folder, env });
    assert.equal(code, 2);
    assert.match(err, message);
  };
  await told(
    ['devices', '--server', 'https://p.example.org'],
    {},
    /a token is needed for https:\/\/p\.example\.org.*PERCH_TOKEN.*token add/,
  );
  await told(
    ['devices', '--server', 'https://p.example.org', '--data', 'x'],
    { PERCH_TOKEN: 'perch_x' },
    /give one of them/,
  );
  await told(
    ['devices', '--server', 'ftp://p.example.org'],
    { PERCH_TOKEN: 'perch_x' },
    /only http:\/\/ and https:\/\//,
  );
  await told(['devices', '--token-file', 'x'], {}, /--token-file is for a server that --server names/);
  await told(['serve', '--server', 'https://p.example.org'], {}, /serve has no option --server/);
});
