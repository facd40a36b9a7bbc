import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../build/paths.ts';
import { freePort, Process, until } from './processes.ts';

const start = (...args: string[]): Process =>
  new Process('npm start', process.execPath, [
    join(ROOT, 'scripts/bootstrap.mjs'),
    'scripts/start.ts',
    ...args,
  ]);

test('npm start shows records of this machine, ends after the number asked for, and goes on at a second start', {
  timeout: 300_000,
}, async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'perch-start-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const port = await freePort();
  const first = start('--records', '3', '--data', data, '--port', String(port));
  assert.equal(await first.ended(), 0, first.output);
  const lines = first.output.split('\n').filter((line) => line.includes('sys.load1='));
  assert.equal(lines.length, 3, first.output);
  // alias, time, value map
  assert.match(
    lines[0]!,
    /^[a-z0-9._-]+ {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ~? {2}.*sys\.memTotal=\d+.*sys\.diskFree=\d+.*sys\.uptime=/,
  );
  assert.doesNotMatch(first.output, /perch1\./, 'no token on the terminal');
  for (const file of [
    'server/perch.db',
    'agent/identity.json',
    ...readdirSync(join(data, 'server/keys')).map((name) => `server/keys/${name}`),
  ])
    assert.equal(statSync(join(data, file)).mode & 0o077, 0, `${file} is private`);

  const second = start('--records', '1', '--data', data, '--port', String(port));
  assert.equal(await second.ended(), 0, second.output);
  assert.doesNotMatch(second.output, /config 1 is in force/, 'it goes on with the config it has');
});

test('Ctrl-C ends server, broker and agent', { timeout: 300_000 }, async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'perch-start-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const running = start('--data', data, '--port', String(await freePort()));
  await running.says('sys.load1=');
  const names = running.group();
  assert.ok(names.includes('perch-launcher'), `the agent is of the group: ${names}`);
  assert.ok(!names.includes('esbuild'), `the build has left nothing running: ${names}`);
  process.kill(-running.child.pid!, 'SIGINT'); // to the whole group, as a terminal does
  assert.equal(await running.ended(), 0, running.output);
  await until(
    () => running.group().length === 0,
    'nothing to be left running',
    5_000,
    () => `left: ${running.group()}`,
  );
});

test('a port in use is one clear error that names the port and the flag', { timeout: 300_000 }, async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'perch-start-'));
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    other.close();
    rmSync(data, { recursive: true, force: true });
  });
  const { port } = other.address() as { port: number };
  const refused = start('--data', data, '--port', String(port));
  assert.equal(await refused.ended(), 1);
  const errors = refused.output.split('\n').filter((line) => line.startsWith('perch:'));
  assert.equal(errors.length, 1, refused.output);
  assert.match(errors[0]!, new RegExp(`port ${port} on 127.0.0.1 is in use`));
  assert.match(errors[0]!, /--port/);
  assert.equal(await start('--records', 'three').ended(), 2);
});
