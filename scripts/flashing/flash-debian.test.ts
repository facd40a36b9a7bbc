import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { hostTarget } from '../build/targets.ts';
import { makePackages } from '../package/make-packages.ts';
import { payload, UNIT } from '../package/payload.ts';
import { debianRoot, lackingRoot } from '../package/testing/debian-root.ts';
import { standInAgent } from '../package/testing/stand-in.ts';
import { flashImage } from './flash-image.ts';
import { tokenFor } from './testing/board.ts';
import { imageOfFolder } from './testing/images.ts';

const { platform } = hostTarget();

describe('a real Debian that was flashed', {
  skip: lackingRoot('debugfs', 'mkfs.ext4', 'losetup', 'dpkg-deb'),
}, () => {
  let folder: string;
  let inside: string;
  let mounted: string | undefined;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'perch-flash-debian-'));
    const root = await debianRoot();
    const image = imageOfFolder({ path: join(folder, 'debian.img'), folder: root.path, rootSize: 700 });
    root.remove();
    const executable = standInAgent(join(folder, 'agent'), '0.1.0');
    await flashImage({
      image: image.path,
      out: join(folder, 'card.img'),
      token: tokenFor('real'),
      payload: payload({ platform, version: '0.1.0', executable }),
    });
    inside = join(folder, 'mounted');
    mkdirSync(inside);
    execFileSync('mount', ['-o', `loop,offset=${image.offset}`, join(folder, 'card.img'), inside]);
    mounted = inside;
  });
  after(() => {
    if (mounted !== undefined) execFileSync('umount', [mounted]);
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (...words: string[]): string =>
    execFileSync('chroot', [inside, ...words], {
      encoding: 'utf8',
      stdio: 'pipe',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    }).trim();
  const isEnabled = (): string => {
    try {
      return run('systemctl', 'is-enabled', UNIT);
    } catch (error) {
      return (error as { stdout: string }).stdout.trim();
    }
  };

  test('has the package and its user as if it had been installed there', () => {
    assert.match(run('dpkg', '--list', 'perch-agent'), /^ii {2}perch-agent +0\.1\.0 /m);
    assert.equal(run('dpkg', '--verify', 'perch-agent') + run('dpkg', '--audit'), '');
    assert.deepEqual(run('id', '-Gn', 'perch').split(' ').sort(), ['dialout', 'gpio', 'i2c', 'perch']);
    assert.equal(run('grpck', '-r'), '');
    assert.equal(run('runuser', '-u', 'perch', '--', 'perch-agent', '--version'), '0.1.0');
    assert.equal(isEnabled(), 'enabled');
  });

  test('is upgraded and purged by dpkg; who disabled the service finds it disabled', async () => {
    run('systemctl', 'disable', UNIT);
    const executable = standInAgent(join(folder, 'agent-2'), '0.2.0');
    const [deb] = await makePackages({
      platform,
      version: '0.2.0',
      executable,
      out: join(folder, 'made'),
      fast: true,
    });
    const name = basename(deb!.path);
    copyFileSync(deb!.path, join(inside, 'root', name));
    run('dpkg', '--install', `/root/${name}`);
    assert.equal(run('perch-agent', '--version'), '0.2.0');
    assert.equal(run('dpkg', '--verify', 'perch-agent'), '');
    assert.equal(isEnabled(), 'disabled');
    assert.equal(run('stat', '-c', '%U %a', '/var/lib/perch/token'), 'perch 600');
    run('dpkg', '--purge', 'perch-agent');
    assert.throws(() => run('test', '-e', '/var/lib/perch'));
  });
});
