import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readBoot, writeBoot } from '../../agent/src/update/boot-file.ts';
import { runCommand } from '../build/run-command.ts';
import { BUILD_PLATFORMS, type BuildPlatform, hostTarget } from '../build/targets.ts';
import { makePackages } from './make-packages.ts';
import { PERCH_GROUPS, STATE_FOLDER } from './payload.ts';
import { type DebianRoot, debianRoot, lackingRoot } from './testing/debian-root.ts';
import { standInAgent } from './testing/stand-in.ts';

const { platform: host } = hostTarget();
const other = BUILD_PLATFORMS.find((platform) => platform !== host)!;
/** The tables of init as Debian's sysvinit and a busybox system have them. */
const SYSVINIT = 'id:2:initdefault:\nsi::sysinit:/etc/init.d/rcS\n1:2345:respawn:/sbin/getty 38400 tty1\n';
const BUSYBOX = '::sysinit:/etc/init.d/rcS\n::askfirst:/bin/sh\n';

/** The shell that runs the script; under busybox its own tools come first, as on a small system. */
const SHELLS = [
  { name: 'dash', words: ['dash'], path: '/usr/sbin:/usr/bin:/sbin:/bin' },
  { name: 'busybox', words: ['busybox', 'sh'], path: '/opt/busybox:/usr/sbin:/usr/bin:/sbin:/bin' },
];

for (const shell of SHELLS)
  describe(`install.sh under ${shell.name}`, { skip: lackingRoot('tar') }, () => {
    let root: DebianRoot;
    before(async () => {
      root = await debianRoot();
      rmSync(inside('/sbin/init'));
      rmSync(inside('/usr/sbin/init'), { force: true });
      mkdirSync(inside('/opt/busybox'));
      // A small system need not have the tools that make users.
      if (shell.name === 'busybox') {
        await root.ok('/bin/busybox', '--install', '-s', '/opt/busybox');
        for (const tool of ['useradd', 'usermod', 'groupadd']) rmSync(inside(`/usr/sbin/${tool}`));
      }
    });
    after(() => root?.remove());

    const inside = (path: string): string => join(root.path, path);
    const text = (path: string): string => readFileSync(inside(path), 'utf8');

    async function unpack(version: string, platform: BuildPlatform = host): Promise<string> {
      const executable = standInAgent(inside('/tmp/stand-in'), version);
      const made = await makePackages({
        platform,
        version,
        executable,
        out: inside('/tmp/made'),
        fast: true,
      });
      const { path } = made.find(({ kind }) => kind === 'tar.gz')!;
      const unpacked = await runCommand('tar', ['-xzf', path, '-C', inside('/root')], { timeout: 20_000 });
      assert.equal(unpacked.status, 0, unpacked.output);
      return `/root/perch-agent-${version}-${platform}/install.sh`;
    }
    const run = (script: string, ...args: string[]) =>
      root.run('env', `PATH=${shell.path}`, ...shell.words, script, ...args);
    async function done(script: string, ...args: string[]): Promise<string> {
      const { status, output } = await run(script, ...args);
      assert.equal(status, 0, output);
      return output;
    }

    test('refuses the wrong processor, and who is not root, with one line, and changes nothing', async () => {
      const before = text('/etc/passwd');
      const foreign = await run(await unpack('0.1.0', other));
      assert.equal(foreign.status, 1);
      assert.match(foreign.output, new RegExp(`^install\\.sh: this is the agent for ${other}, .*\n$`));
      const script = await unpack('0.1.0');
      await root.ok('chmod', '0755', '/root');
      const nobody = await root.run(
        'su',
        '-s',
        '/bin/sh',
        'nobody',
        '-c',
        `${shell.words.join(' ')} ${script}`,
      );
      assert.equal(nobody.status, 1);
      assert.match(nobody.output, /^install\.sh: this needs root: run it with sudo\n$/);
      assert.equal(text('/etc/passwd'), before);
      assert.equal(existsSync(inside('/usr/bin/perch-agent')), false);
      assert.equal(existsSync(inside(STATE_FOLDER)), false);
    });

    test('refuses a system that cannot run the agent, with the reason that the system gives', async () => {
      const script = await unpack('0.1.0');
      const agent = join(script, '../root/usr/bin/perch-agent');
      root.put(
        agent,
        '#!/bin/sh\necho "libstdc++.so.6: cannot open shared object file" >&2\nexit 127\n',
        0o755,
      );
      const { status, output } = await run(script);
      assert.equal(status, 1);
      assert.match(
        output,
        /does not run here: libstdc\+\+\.so\.6: cannot open shared object file; it needs glibc 2\.28/,
      );
      assert.equal(existsSync(inside('/usr/bin/perch-agent')), false);
    });

    test('refuses a system without a program that the launcher needs, and names it', async () => {
      const script = await unpack('0.1.0');
      await root.ok('mv', '/usr/bin/cksum', '/usr/bin/cksum.away');
      const { status, output } = await run(script);
      await root.ok('mv', '/usr/bin/cksum.away', '/usr/bin/cksum');
      assert.equal(status, 1);
      assert.match(
        output,
        /^install\.sh: there is no cksum here, which perch-launcher needs; install coreutils/,
      );
      assert.equal(existsSync(inside('/usr/bin/perch-agent')), false);
    });

    test('installs files, user, groups and state folder, and a line of inittab for busybox', async () => {
      root.put('/etc/inittab', BUSYBOX, 0o640);
      const said = await done(await unpack('0.1.0'));
      assert.match(
        said,
        /^The Perch agent 0\.1\.0 is installed \(init: busybox\)\.\nNext: put this board's token/,
      );
      assert.equal(await root.ok('perch-agent', '--version'), '0.1.0');
      assert.deepEqual(
        (await root.ok('id', '-Gn', 'perch')).split(' ').sort(),
        ['perch', ...PERCH_GROUPS].sort(),
      );
      assert.equal(await root.ok('stat', '-c', '%U:%G %a', STATE_FOLDER), 'perch:perch 700');
      assert.equal(statSync(inside('/usr/bin/perch-launcher')).mode & 0o7777, 0o755);
      assert.equal(
        text('/etc/inittab'),
        `${BUSYBOX}# perch-agent, by install.sh\n::respawn:/usr/lib/perch-agent/start\n`,
      );
      assert.equal(statSync(inside('/etc/inittab')).mode & 0o777, 0o640);
    });

    test('run again it upgrades: one line of inittab, the state as it was, no file that is no longer meant', async () => {
      root.put(`${STATE_FOLDER}/identity.json`, 'mine');
      const current = '0.1.5-0123456789ab';
      mkdirSync(inside(`${STATE_FOLDER}/releases/${current}`), { recursive: true });
      standInAgent(inside(`${STATE_FOLDER}/releases/${current}/perch-agent`), '0.1.5');
      writeBoot(inside(STATE_FOLDER), { current });
      await root.ok('chown', '-R', 'perch:perch', STATE_FOLDER);
      root.put('/usr/lib/perch-agent/files', `${text('/usr/lib/perch-agent/files')}0644 /usr/lib/old\n`);
      root.put('/usr/lib/old', '');

      const said = await done(await unpack('0.2.0'));
      assert.match(said, /packaged executable runs in place of release 0\.1\.5-0123456789ab/);
      assert.match(said, /The Perch agent 0\.2\.0 is installed \(init: busybox\)\.\n$/);
      assert.equal(await root.ok('perch-agent', '--version'), '0.2.0');
      assert.deepEqual(readBoot(inside(STATE_FOLDER)), { current: 'packaged' });
      assert.equal(text(`${STATE_FOLDER}/identity.json`), 'mine');
      assert.equal(existsSync(inside('/usr/lib/old')), false);
      assert.equal(text('/etc/inittab').split('/usr/lib/perch-agent/start').length, 2);
      assert.match(await root.ok('grep', '-c', 'perch', '/etc/passwd'), /^1$/);
    });

    test('what init runs starts the launcher as perch with its groups, and takes its time when it ends at once', async () => {
      const agent = '/usr/bin/perch-agent';
      root.put(
        agent,
        `#!/bin/sh\necho "$(id -Gn) $PERCH_LAUNCHER $1" >>${STATE_FOLDER}/ran\nexit 3\n`,
        0o755,
      );
      root.put(`${STATE_FOLDER}/root-made-this`, '');
      const start = () => root.run('env', `PATH=${shell.path}`, ...shell.words, '/usr/lib/perch-agent/start');
      assert.equal((await start()).status, 3, 'init learns how the agent ended');
      const [line = ''] = text(`${STATE_FOLDER}/ran`).split('\n');
      for (const word of [...PERCH_GROUPS, STATE_FOLDER, 'run'])
        assert.ok(line.split(' ').includes(word), line);
      assert.equal(await root.ok('stat', '-c', '%U', `${STATE_FOLDER}/root-made-this`), 'perch');
      assert.equal(await root.ok('stat', '-c', '%U %a', '/run/perch'), 'perch 700');
      // Without /proc, as here, no time passes: the second start waits the whole pace.
      root.put('/opt/busybox/sleep', `#!/bin/sh\necho "$1" >>${STATE_FOLDER}/slept\n`, 0o755);
      await root.run('env', 'PATH=/opt/busybox:/usr/bin:/bin', 'sh', '/usr/lib/perch-agent/start');
      assert.equal(text(`${STATE_FOLDER}/slept`), '10\n');
      rmSync(inside('/opt/busybox/sleep'));
    });

    test('its copy on the board removes all but the state folder, and gives inittab back as it was', async () => {
      const said = await done('/usr/lib/perch-agent/install.sh', '--uninstall');
      assert.match(said, /removed\. Identity and records are in \/var\/lib\/perch\./);
      assert.equal(text('/etc/inittab'), BUSYBOX);
      const left = await root.ok('find', '/usr', '/etc', '-name', '*perch*');
      assert.equal(left, '');
      assert.equal(text(`${STATE_FOLDER}/identity.json`), 'mine');
      const again = await run(`/root/perch-agent-0.2.0-${host}/install.sh`, '--uninstall');
      assert.match(again.output, /^install\.sh: nothing to remove/);
      assert.equal(again.status, 1);
    });

    test('makes a service of sysvinit and of OpenRC, and a purge takes all with it', async () => {
      const script = await unpack('0.2.0');
      root.put('/etc/inittab', SYSVINIT);
      assert.match(await done(script), /\(init: sysvinit\)/);
      assert.match(text('/etc/inittab'), /^prch:2345:respawn:\/usr\/lib\/perch-agent\/start$/m);
      await done(script, '--purge');
      assert.equal(text('/etc/inittab'), SYSVINIT);
      assert.equal(existsSync(inside(STATE_FOLDER)), false);

      root.put('/usr/sbin/openrc-run', '');
      assert.match(await done(script), /\(init: openrc\)/);
      assert.ok(existsSync(inside('/etc/init.d/perch-agent')));
      assert.equal(
        await root.ok('readlink', '/etc/runlevels/default/perch-agent'),
        '/etc/init.d/perch-agent',
      );
      await done(script, '--purge');
      assert.equal(existsSync(inside('/etc/init.d/perch-agent')), false);
      assert.equal(await root.ok('ls', '-A', '/etc/runlevels/default'), '');
      rmSync(inside('/usr/sbin/openrc-run'));
    });

    test('where it knows no init system it says what has to be started', async () => {
      const script = await unpack('0.2.0');
      rmSync(inside('/etc/inittab'));
      await root.ok('mv', '/usr/lib/systemd/systemd', '/usr/lib/systemd/systemd-away');
      assert.match(
        await done(script),
        /have \/usr\/lib\/perch-agent\/start started at boot, and again whenever/,
      );
      await done(script, '--purge');
      await root.ok('mv', '/usr/lib/systemd/systemd-away', '/usr/lib/systemd/systemd');
    });

    test('leaves a board alone that has the Debian package, or a word that it does not know', async () => {
      const script = await unpack('0.2.0');
      root.put('/var/lib/dpkg/info/perch-agent.md5sums', '');
      assert.match(
        (await run(script)).output,
        /^install\.sh: the Debian package perch-agent is installed here/,
      );
      rmSync(inside('/var/lib/dpkg/info/perch-agent.md5sums'));
      const wrong = await run(script, '--upgrade');
      assert.equal(wrong.status, 2);
      assert.match(wrong.output, /^usage: /);
    });
  });

describe('install.sh --destdir', { skip: lackingRoot('tar', 'useradd') }, () => {
  test('puts the agent into the root of another system, with that system’s numbers, and starts nothing', async () => {
    const root = await debianRoot();
    try {
      const executable = standInAgent(join(root.path, 'tmp/stand-in'), '0.2.0');
      const out = join(root.path, 'tmp/made');
      const made = await makePackages({ platform: host, version: '0.2.0', executable, out, fast: true });
      const { path } = made.find(({ kind }) => kind === 'tar.gz')!;
      await runCommand('tar', ['-xzf', path, '-C', out], { timeout: 20_000 });
      const script = join(out, `perch-agent-0.2.0-${host}`, 'install.sh');
      const install = (...args: string[]) =>
        runCommand('sh', [script, '--destdir', root.path, ...args], { timeout: 60_000 });

      const { status, output } = await install();
      assert.equal(status, 0, output);
      assert.match(output, /is installed in .* \(init: systemd\)/);
      assert.equal(await root.ok('stat', '-c', '%U:%G %a', STATE_FOLDER), 'perch:perch 700');
      assert.deepEqual(
        (await root.ok('id', '-Gn', 'perch')).split(' ').sort(),
        ['perch', ...PERCH_GROUPS].sort(),
      );
      await root.ok('test', '-e', '/etc/systemd/system/multi-user.target.wants/perch-agent.service');

      // The administrator of that system disabled it.
      rmSync(join(root.path, 'etc/systemd/system/multi-user.target.wants/perch-agent.service'));
      assert.equal((await install()).status, 0);
      assert.equal(
        (await root.run('ls', '/etc/systemd/system/multi-user.target.wants/perch-agent.service')).status,
        2,
      );

      const purged = await install('--purge');
      assert.equal(purged.status, 0, purged.output);
      assert.equal(existsSync(join(root.path, STATE_FOLDER)), false);
      assert.equal(existsSync(join(root.path, 'usr/bin/perch-agent')), false);

      symlinkSync('/bin/no-such-shell', join(root.path, 'bin/sh.new'));
      await root.ok('mv', '-T', '/bin/sh.new', '/bin/sh');
      const unknown = await install();
      assert.equal(unknown.status, 1);
      assert.match(unknown.output, /^install\.sh: this is the agent for .*none that it knows/);
    } finally {
      root.remove();
    }
  });
});
