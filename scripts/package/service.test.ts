import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { primitives } from '../../broker-bridge/src/crypto.ts';
import { writeToken } from '../../broker-bridge/src/enrolment.ts';
import { e2eExecutable } from '../build/e2e-executables.ts';
import { runCommand } from '../build/run-command.ts';
import { hostTarget } from '../build/targets.ts';
import { makePackages } from './make-packages.ts';
import { type DebianRoot, debianRoot, lackingRoot, SCENE_UNIT } from './testing/debian-root.ts';

const BOOT_TIMEOUT = 110_000;
const key = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

/** A token for a broker that nobody reaches. */
const token = (): string =>
  writeToken({
    v: 1,
    alias: 'greenhouse-1',
    broker: 'mqtt://127.0.0.1:1',
    prefix: 'perch/v1',
    serverKey: key(primitives.generateKeyPair().publicKey),
    root: key(new Uint8Array(32)),
  });

/** What happens inside, as root, once systemd is up. Each `note` is a line of the findings. */
const SCENE = `
note() { echo "$1=$(shift; "$@" 2>&1)" >>/root/findings; }
show() { systemctl show perch-agent --property "$1" --value; }
until_running() {
  for _ in $(seq 300); do
    if perch-agent status --json >/root/status 2>/dev/null; then break; fi
    sleep 0.1
  done
}
version() { sed 's/.*"version":"\\([^"]*\\)".*/\\1/' /root/status; }
process() { cat "/proc/$(sed 's/.*"pid":\\([0-9]*\\).*/\\1/' /root/status)/status" | grep -E "^($1):" | tr -s '\\t\\n' '  '; }

dpkg --install /root/first.deb
note fresh show ActiveState
note fresh-condition show ConditionResult
note fresh-log journalctl --quiet --no-pager --output cat --unit perch-agent

install -m 600 /root/token /var/lib/perch/token
systemctl start perch-agent
note enrolled show ActiveState
until_running
note version version
note confined process 'Uid|CapBnd|NoNewPrivs|Seccomp'
note token ls /var/lib/perch/token
note identity stat -c '%U:%G %a' /var/lib/perch/identity.json
note log journalctl --quiet --no-pager --output cat --unit perch-agent

note before-upgrade show MainPID
dpkg --install /root/second.deb
until_running
note after-upgrade show MainPID
note upgraded version

systemctl stop perch-agent
note stop show Result
dpkg --install /root/second.deb
note stopped show ActiveState

dpkg --remove perch-agent
dpkg --install /root/second.deb
note again show ActiveState
dpkg --purge perch-agent
note purged ls -d /var/lib/perch /run/perch
note left find /proc -maxdepth 1 -user perch
systemctl poweroff
`;

describe('the service under a real systemd', {
  skip: lackingRoot('dpkg-deb', 'systemd-nspawn'),
}, () => {
  let root: DebianRoot;
  let found: Map<string, string>;
  before(async () => {
    root = await debianRoot();
    const inside = (path: string): string => join(root.path, path);
    const { platform } = hostTarget();
    for (const [name, version] of [
      ['first', '0.1.0'],
      ['second', '0.2.0'],
    ] as const) {
      const executable = await e2eExecutable(platform, version);
      const [deb] = await makePackages({ platform, version, executable, out: inside('tmp'), fast: true });
      copyFileSync(deb!.path, inside(`root/${name}.deb`));
    }
    root.put('root/token', token());
    root.put('root/scene', SCENE);
    root.put('etc/systemd/system/scene.service', SCENE_UNIT);
    await root.ok('systemctl', 'enable', 'scene.service');
    const words = ['--boot', '--register=no', '--keep-unit', '--private-network'];
    words.push('--console=pipe', '--directory', root.path);
    const booted = await runCommand('systemd-nspawn', words, { timeout: BOOT_TIMEOUT });
    const findings = inside('root/findings');
    assert.ok(existsSync(findings), booted.output);
    const text = readFileSync(findings, 'utf8');
    // A finding may have several lines; none of them looks like the start of another.
    found = new Map(
      text.split(/\n(?=[a-z-]+=)/).map((line) => line.trim().split(/=([\s\S]*)/) as [string, string]),
    );
  });
  after(() => root?.remove());

  const of = (name: string): string => {
    const value = found.get(name);
    assert.notEqual(value, undefined, `${name} is missing in: ${[...found.keys()].join(' ')}`);
    return value!;
  };

  test('a board without identity and token starts nothing, and systemd says so in one line', () => {
    assert.deepEqual([of('fresh'), of('fresh-condition')], ['inactive', 'no']);
    assert.match(of('fresh-log'), /^perch-agent\.service.* was skipped because .*$/);
  });

  test('a token that root put there is enough: it enrols, runs, and takes the token away', () => {
    assert.deepEqual([of('enrolled'), of('version')], ['active', '0.1.0'], of('log'));
    assert.match(of('token'), /No such file/);
    assert.equal(of('identity'), 'perch:perch 600');
    assert.match(of('log'), /enrolled as greenhouse-1 with the card's token/);
    assert.match(of('log'), /not connected to mqtt:\/\/127\.0\.0\.1:1/);
    assert.doesNotMatch(of('log'), /native part/, 'native parts load under the restrictions of the unit');
  });

  test('it runs as perch, without a capability, behind a filter of system calls', () => {
    assert.match(of('confined'), /Uid: ([1-9]\d*) \1 \1 \1 CapBnd: 0+ NoNewPrivs: 1 Seccomp: 2/);
  });

  test('an upgrade restarts an agent that runs, and leaves a stopped one alone', () => {
    assert.match(of('after-upgrade'), /^[1-9]\d*$/);
    assert.notEqual(of('after-upgrade'), of('before-upgrade'));
    assert.equal(of('upgraded'), '0.2.0');
    assert.deepEqual([of('stop'), of('stopped')], ['success', 'inactive']);
  });

  test('removed and installed again it runs as the board that it was; a purge ends it and leaves nothing', () => {
    assert.equal(of('again'), 'active');
    assert.match(of('purged'), /cannot access '\/var\/lib\/perch'.*\n.*cannot access '\/run\/perch'/);
    assert.equal(of('left'), '');
  });
});
