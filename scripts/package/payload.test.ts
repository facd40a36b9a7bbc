import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { runCommand } from '../build/run-command.ts';
import { lacking } from '../test/programs.ts';
import { PACKAGING, PERCH_GROUPS, PERCH_USER, payload, STATE_FOLDER, UNIT } from './payload.ts';
import { bundledPackages } from './third-parties.ts';

const { files } = payload({ platform: 'linux-arm64', version: '0.2.0', executable: '/the/executable' });
const of = (name: string): string => readFileSync(join(PACKAGING, name), 'utf8');
const unit = of(UNIT);

describe('what a board gets', () => {
  test('every file of it is there, once, sorted, and root may write it alone', () => {
    const paths = files.map(({ path }) => path);
    assert.deepEqual(paths, [...new Set(paths)].sort());
    for (const { path, mode, source } of files) {
      assert.match(path, /^\/usr\//);
      assert.equal(
        mode,
        path.startsWith('/usr/bin/') || path.startsWith('/usr/lib/perch-agent/') ? 0o755 : 0o644,
      );
      if (typeof source === 'string') assert.ok(source === '/the/executable' || existsSync(source), source);
      else assert.ok(source.length > 0);
    }
  });

  test('unit, users, scripts and code agree on names', () => {
    for (const [, path] of unit.matchAll(/(\/usr\/(?:bin|lib)\/perch-[a-z-]+)/g))
      assert.ok(
        files.some((file) => file.path === path),
        `the unit runs ${path}`,
      );
    assert.match(unit, new RegExp(`^User=${PERCH_USER}$`, 'm'));
    assert.match(unit, new RegExp(`^Environment=PERCH_STATE=${STATE_FOLDER}$`, 'm'));
    const users = of('sysusers.conf');
    for (const group of PERCH_GROUPS) assert.match(users, new RegExp(`^m ${PERCH_USER} ${group}$`, 'm'));
    for (const script of ['debian/postinst', 'debian/postrm', 'install.sh', 'start', 'use-packaged'])
      assert.ok(of(script).includes(STATE_FOLDER), script);
    assert.ok(of('debian/postinst').includes(`--groups ${PERCH_GROUPS.join(',')} ${PERCH_USER}`));
  });

  test('the unit waits for an identity or a token, and never gives up', () => {
    for (const file of ['identity.json', 'token'])
      assert.match(unit, new RegExp(`^ConditionPathExists=\\|${STATE_FOLDER}/${file}$`, 'm'));
    assert.match(unit, /^StartLimitIntervalSec=0$/m);
    for (const [forbidden] of unit.matchAll(
      /^(ProtectClock|MemoryDenyWriteExecute|PrivateDevices|DevicePolicy)=/gm,
    ))
      assert.fail(`${forbidden} keeps the agent from its work`);
  });

  test('systemd finds nothing wrong with the unit but the program that is not here', {
    skip: lacking('systemd-analyze'),
  }, async () => {
    const { output } = await runCommand('systemd-analyze', ['verify', '--man=no', join(PACKAGING, UNIT)], {
      timeout: 30_000,
    });
    const about = output.split('\n').filter((line) => line.includes(UNIT) && !/is not executable/.test(line));
    assert.deepEqual(about, []);
  });

  test('the licences of all that is inside lie beside it', () => {
    const file = files.find(({ path }) => path.endsWith('/third-parties.gz'))!;
    const text = gunzipSync(file.source as Buffer).toString('utf8');
    for (const name of [
      'Node.js',
      'mqtt 5',
      'cbor-x 1',
      'i2c-bus 5',
      'nan 2',
      'tuf-js 6',
      '@serialport/bindings-cpp 13',
    ])
      assert.ok(text.includes(`\n${name}`), name);
    assert.match(text, /OpenSSL/);
    assert.doesNotMatch(text, /\n(esbuild|typescript|@types\/node) [0-9]/, 'tools are not inside');
  });

  test('a package that another one brought along for itself is found where it lies', () => {
    const lock = {
      packages: {
        agent: { dependencies: { '@perch/broker-bridge': '1', a: '1' } },
        'broker-bridge': { dependencies: { c: '1' } },
        'node_modules/a': { dependencies: { b: '1', '@types/x': '1', absent: '1' } },
        'node_modules/a/node_modules/b': { dependencies: { c: '1' } },
        'node_modules/a/node_modules/c': {},
        'node_modules/b': {},
        'node_modules/c': {},
        'node_modules/nan': {},
        'node_modules/@types/x': {},
      },
    };
    assert.deepEqual(bundledPackages(lock), [
      'node_modules/a',
      'node_modules/a/node_modules/b',
      'node_modules/a/node_modules/c',
      'node_modules/c',
      'node_modules/nan',
    ]);
  });
});
