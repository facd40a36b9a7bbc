import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runCommand } from '../build/run-command.ts';
import { lacking } from '../test/programs.ts';
import { standInAgent } from './testing/stand-in.ts';

const PROGRAM = join(import.meta.dirname, '../package.ts');

describe('npm run package', { skip: lacking('dpkg-deb', 'tar') }, () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'perch-package-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...args: string[]) => runCommand(process.execPath, [PROGRAM, ...args], { timeout: 30_000 });

  test('packs an executable that is there, says each step, and tells what came of it', async () => {
    const executable = standInAgent(join(folder, 'agent'), '0.3.0-rc.1');
    const out = join(folder, 'out');
    const args = [
      '--platform',
      'linux-arm64',
      '--version',
      '0.3.0-rc.1',
      '--executable',
      executable,
      '--out',
      out,
    ];
    const { status, output } = await run(...args, '--fast', '--json');
    assert.equal(status, 0, output);
    assert.match(output, /^ {2}packing .*\/perch-agent_0\.3\.0~rc\.1_arm64\.deb$/m);
    const made = JSON.parse(output.slice(output.indexOf('[\n'))) as {
      path: string;
      bytes: number;
      kind: string;
    }[];
    assert.deepEqual(
      made.map(({ kind }) => kind),
      ['deb', 'tar.gz'],
    );
    for (const { path, bytes } of made) assert.equal(statSync(path).size, bytes);
    assert.equal(readdirSync(out).length, 2);
    assert.doesNotMatch((await run(...args, '--fast')).output, /\u001b/, 'colours are for a terminal');
  });

  test('what it does not understand is one line, and nothing is made', async () => {
    const out = join(folder, 'nothing');
    for (const [args, says] of [
      [['--platform', 'linux-armv7'], /^package: linux-armv7 cannot be built here: .*Node 20\)\n$/],
      [['--version', 'new'], /^package: "new" is not a version; use three numbers.*\n$/],
      [['--executable', 'x'], /^package: --executable is one file for one platform: .*\n$/],
      [['--colour'], /^package: Unknown option '--colour'/],
    ] as const) {
      const { status, output } = await run(...args, '--out', out);
      assert.equal(status, 1);
      assert.match(output, says);
    }
    assert.equal(existsSync(out), false);
    assert.match((await run('--help')).output, /usage: npm run package -- \[options\]/);
  });
});
