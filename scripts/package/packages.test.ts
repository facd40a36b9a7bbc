import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { e2eExecutable } from '../build/e2e-executables.ts';
import { runCommand } from '../build/run-command.ts';
import { BUILD_PLATFORMS } from '../build/targets.ts';
import { lacking, lackingFor } from '../test/programs.ts';
import { changelogTime } from './changelog.ts';
import { type MadePackage, makePackages } from './make-packages.ts';
import { PACKAGING } from './payload.ts';
import { standInAgent } from './testing/stand-in.ts';

const LINTIAN_TIMEOUT = 100_000;
const SCRIPTS = ['debian/postinst', 'debian/prerm', 'debian/postrm', 'install.sh', 'start', 'use-packaged'];

const lines = (text: string): string[] => text.trimEnd().split('\n');

describe('packages', { skip: lacking('dpkg-deb', 'tar') }, () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'perch-packages-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const make = (out: string, version = '0.2.0'): Promise<MadePackage[]> =>
    makePackages({
      platform: 'linux-arm64',
      version,
      executable: standInAgent(join(folder, 'agent'), version),
      out: join(folder, out),
      fast: true,
    });

  test('have the same bytes when they are made again, somewhere else and by another user mask', async () => {
    const first = await make('first');
    const mask = process.umask(0o077);
    let second: MadePackage[];
    try {
      second = await make('second');
    } finally {
      process.umask(mask);
    }
    assert.deepEqual(
      second.map(({ sha256 }) => sha256),
      first.map(({ sha256 }) => sha256),
    );
    assert.notEqual(second[0]?.path, first[0]?.path);
    assert.deepEqual(readdirSync(join(folder, 'first')).sort(), [
      'perch-agent-0.2.0-linux-arm64.tar.gz',
      'perch-agent_0.2.0_arm64.deb',
    ]);
  });

  test('hold the same files, all of them root’s and of the time of the changelog, in order', async () => {
    const [deb, tarball] = await make('same');
    const env = { ...process.env, TZ: 'UTC' };
    const time = new Date(changelogTime() * 1000).toISOString().replace('T', ' ').slice(0, 16);
    const inDeb = lines(execFileSync('dpkg-deb', ['--contents', deb!.path], { encoding: 'utf8', env }));
    const inTar = lines(execFileSync('tar', ['-tvzf', tarball!.path], { encoding: 'utf8', env }));
    for (const line of [...inDeb, ...inTar]) assert.match(line, /^[d-]r[w-]xr-xr-x |^-rw-r--r-- /, line);
    for (const line of [...inDeb, ...inTar]) assert.ok(line.includes(` ${time} `), line);
    // A folder comes before what is in it, and names in their order.
    const ranks = inTar.map((line) => line.replace(/^.* /, '').replaceAll('/', '\0'));
    assert.deepEqual(ranks, ranks.toSorted());
    for (const line of inDeb) assert.match(line, / root\/root /);
    for (const line of inTar) assert.match(line, / 0\/0 /);
    const files = (listed: string[], head: RegExp): string[] =>
      listed
        .filter((line) => line.startsWith('-'))
        .map((line) => line.replace(/^.*? \.?\/?(?=\S+$)/, '').replace(head, ''))
        .filter((path) => path.startsWith('usr/') && !path.startsWith('usr/share/lintian/'))
        .sort();
    const ofDeb = files(inDeb, /^/);
    assert.ok(ofDeb.includes('usr/bin/perch-agent'));
    assert.deepEqual(files(inTar, /^perch-agent-0\.2\.0-linux-arm64\/root\//), ofDeb);
  });

  test('an executable that is not there leaves no package and no half of one', async () => {
    const out = join(folder, 'none');
    const executable = join(folder, 'no-such-agent');
    await assert.rejects(
      makePackages({ platform: 'linux-x64', version: '0.2.0', executable, out }),
      /no-such-agent/,
    );
    assert.deepEqual(readdirSync(out), []);
    assert.equal(existsSync(executable), false);
  });

  test('shellcheck finds nothing in the scripts', { skip: lacking('shellcheck') }, async () => {
    const words = ['-s', 'sh', ...SCRIPTS.map((name) => join(PACKAGING, name))];
    const { status, output } = await runCommand('shellcheck', words, { timeout: 30_000 });
    assert.equal(status, 0, output);
  });

  for (const platform of BUILD_PLATFORMS)
    test(`lintian has neither errors nor warnings about the .deb for ${platform}`, {
      skip: lackingFor(platform) || lacking('lintian'),
    }, async () => {
      const executable = await e2eExecutable(platform, '0.1.0');
      const [deb] = await makePackages({ platform, version: '0.1.0', executable, out: folder, fast: true });
      const words = ['--fail-on', 'error,warning', '--allow-root', deb!.path];
      const { status, output } = await runCommand('lintian', words, { timeout: LINTIAN_TIMEOUT });
      assert.equal(status, 0, output);
      assert.doesNotMatch(output, /mismatched-override|unused-override/);
    });
});
