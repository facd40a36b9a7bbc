import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readBoot, writeBoot } from '../../agent/src/update/boot-file.ts';
import { e2eExecutable } from '../build/e2e-executables.ts';
import { hostTarget } from '../build/targets.ts';
import { makePackages } from './make-packages.ts';
import { PERCH_GROUPS, STATE_FOLDER } from './payload.ts';
import { type DebianRoot, debianRoot, lackingRoot } from './testing/debian-root.ts';
import { standInAgent } from './testing/stand-in.ts';

const { platform } = hostTarget();
const ENABLED = '/etc/systemd/system/multi-user.target.wants/perch-agent.service';

describe('the .deb on a Debian', { skip: lackingRoot('dpkg-deb') }, () => {
  let root: DebianRoot;
  before(async () => {
    root = await debianRoot();
  });
  after(() => root?.remove());

  const inside = (path: string): string => join(root.path, path);
  const state = (path = ''): string => inside(join(STATE_FOLDER, path));

  /** Makes a package of a version and copies it into the root. @returns its path there */
  async function put(version: string, executable = standInAgent(inside('tmp/stand-in'), version)) {
    const [deb] = await makePackages({ platform, version, executable, out: inside('tmp/made'), fast: true });
    const path = `/root/${basename(deb!.path)}`;
    copyFileSync(deb!.path, inside(path));
    return path;
  }
  const install = async (version: string): Promise<string> =>
    root.ok('dpkg', '--install', await put(version));
  const asPerch = (...words: string[]): Promise<string> => root.ok('runuser', '-u', 'perch', '--', ...words);
  const isEnabled = async (): Promise<boolean> => (await root.run('test', '-e', ENABLED)).status === 0;

  test('is installed with its user, groups, state folder and service, and the agent runs as that user', async () => {
    await root.ok('dpkg', '--install', await put('0.1.0', await e2eExecutable(platform, '0.1.0')));
    assert.equal(await asPerch('perch-agent', '--version'), '0.1.0');
    const groups = (await root.ok('id', '-Gn', 'perch')).split(' ');
    assert.deepEqual(groups.sort(), ['perch', ...PERCH_GROUPS].sort());
    assert.match(await root.ok('getent', 'passwd', 'perch'), /:\/var\/lib\/perch:\/usr\/sbin\/nologin$/);
    assert.equal(await root.ok('stat', '-c', '%U:%G %a', STATE_FOLDER), 'perch:perch 700');
    assert.ok(await isEnabled());
    assert.equal(await root.ok('dpkg', '--verify', 'perch-agent'), '', 'the files are those of md5sums');
    assert.match(await root.ok('dpkg', '--status', 'perch-agent'), /^Status: install ok installed$/m);
    assert.match(
      await root.ok('perch-agent', 'status', '--state', STATE_FOLDER).catch(String),
      /not enrolled/,
    );
  });

  test('an upgrade keeps what is in the state folder, and an administrator’s choice', async () => {
    root.put(`${STATE_FOLDER}/identity.json`, 'mine', 0o600);
    await root.ok('systemctl', 'disable', 'perch-agent.service');
    await install('0.2.0');
    assert.equal(await asPerch('perch-agent', '--version'), '0.2.0');
    assert.equal(readFileSync(state('identity.json'), 'utf8'), 'mine');
    assert.equal(await isEnabled(), false, 'it was disabled before');
    await root.ok('systemctl', 'enable', 'perch-agent.service');
  });

  test('a newer package takes the place of a release that came over the air; an older one does not', async () => {
    const current = '0.3.0-0123456789ab';
    mkdirSync(state(`releases/${current}`), { recursive: true });
    standInAgent(state(`releases/${current}/perch-agent`), '0.3.0');
    writeBoot(state(), { current, previous: 'packaged' });
    await root.ok('chown', '-R', 'perch:perch', STATE_FOLDER);

    assert.match(
      await install('0.2.1'),
      /release 0\.3\.0-0123456789ab came over the air and is not older than 0\.2\.1/,
    );
    assert.equal(readBoot(state()).current, current);
    assert.match(await install('0.4.0-rc.1'), /packaged executable runs in place of release 0\.3\.0/);
    assert.deepEqual(readBoot(state()), { current: 'packaged' });
    assert.equal(await root.ok('stat', '-c', '%U:%G %a', `${STATE_FOLDER}/boot.a`), 'perch:perch 600');
    assert.ok(existsSync(state(`releases/${current}/perch-agent`)), 'the agent itself tidies up');
  });

  test('removal takes the program and leaves identity and records; installing again finds them', async () => {
    await root.ok('dpkg', '--remove', 'perch-agent');
    assert.equal(existsSync(inside('usr/bin/perch-agent')), false);
    assert.equal(existsSync(inside('usr/lib/perch-agent')), false);
    assert.equal(readFileSync(state('identity.json'), 'utf8'), 'mine');
    await install('0.4.0');
    assert.equal(readFileSync(state('identity.json'), 'utf8'), 'mine');
    assert.ok(await isEnabled());
    assert.equal(existsSync(inside('run/perch-agent.was-stopped')), false);
  });

  test('a purge takes the state folder and the links too; the user stays', async () => {
    await root.ok('dpkg', '--purge', 'perch-agent');
    assert.equal(existsSync(state()), false);
    assert.equal((await root.run('ls', ENABLED)).status === 0, false);
    assert.equal(
      existsSync(inside('var/lib/systemd/deb-systemd-helper-enabled/perch-agent.service.dsh-also')),
      false,
    );
    assert.ok((await root.ok('getent', 'passwd', 'perch')).startsWith('perch:'));
    assert.equal((await root.run('dpkg', '--status', 'perch-agent')).status, 1);
  });

  test('a user and a group of that name that are there already are used', async () => {
    await root.ok('userdel', 'perch');
    await root.run('groupdel', 'perch');
    await root.ok('groupadd', '--gid', '4321', 'perch');
    await install('0.5.0');
    assert.equal(await root.ok('id', '-g', 'perch'), '4321');
    assert.equal(statSync(state()).gid, 4321);
  });
});
