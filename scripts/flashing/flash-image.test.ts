import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { enrol, loadIdentity } from '../../agent/src/identity.ts';
import { readBoot, writeBoot } from '../../agent/src/update/boot-file.ts';
import type { Payload } from '../package/payload.ts';
import { lacking } from '../test/programs.ts';
import { type Flashed, flashImage } from './flash-image.ts';
import { samplePayload, tokenFor } from './testing/board.ts';
import { busyboxRoot, debianRoot, ImageReader, makeImage, raspberryPiBoot } from './testing/images.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH me@desk';
const UNIT_LINK = '/etc/systemd/system/multi-user.target.wants/perch-agent.service';

describe('flashing an image', { skip: lacking('debugfs', 'mkfs.ext4', 'mformat', 'mcopy') }, () => {
  let folder: string;
  let payload: Payload;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'perch-flash-test-'));
    payload = samplePayload(folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string): string => join(folder, name);

  describe('a Raspberry Pi OS with all settings', () => {
    const boot = raspberryPiBoot();
    const token = tokenFor('green.house');
    let image: string;
    let out: ImageReader;
    let result: Flashed;
    before(async () => {
      const tree = {
        ...debianRoot(),
        '/usr/lib/systemd/system/sshswitch.service': '[Unit]\n',
        '/usr/bin/cloud-init': '#!/usr/bin/python3\n',
        '/var/lib/NetworkManager/NetworkManager.state': '[main]\nWirelessEnabled=false\n',
        '/var/lib/systemd/rfkill/platform-fe300000.mmcnr:wlan': '1\n',
      };
      image = makeImage({ path: at('raspios.img'), tree, boot });
      const before = readFileSync(image);
      result = await flashImage({
        image,
        out: at('card.img'),
        token: `  ${token.slice(0, 50)}\n${token.slice(50)}\n`,
        payload,
        hostname: 'greenhouse',
        wifi: { ssid: 'Garden', passphrase: 'eight or more', country: 'DE' },
        sshKey: `${KEY}\n`,
      });
      out = new ImageReader(at('card.img'), { boot });
      assert.ok(readFileSync(image).equals(before), 'the image that was given is as it was');
    });

    test('says whose card it is, and leaves nothing beside it that others could read', () => {
      assert.deepEqual([result.alias, result.bytes, result.notes], ['green.house', statSync(image).size, []]);
      assert.equal(statSync(at('card.img')).mode & 0o777, 0o600);
      assert.deepEqual(
        readdirSync(folder).filter((name) => name.endsWith('.part')),
        [],
      );
    });

    test('has the token where the agent looks for it, for the user perch alone', () => {
      assert.equal(out.cat('/var/lib/perch/token'), `${token}\n`);
      assert.equal(out.owner('/var/lib/perch/token'), '0600 999:999');
      assert.equal(out.owner('/var/lib/perch'), '0700 999:999');
      assert.match(out.cat('/etc/passwd'), /^perch:x:999:999:/m);
      assert.match(out.cat('/etc/group'), /^dialout:x:20:pi,perch$/m);
      assert.match(out.cat('/etc/shadow'), /^perch:!\*:/m);
    });

    test('is taken by dpkg as if the package had been installed, byte for byte', {
      skip: lacking('dpkg'),
    }, () => {
      const root = at('dumped');
      mkdirSync(root);
      out.dump(root);
      const dpkg = (...args: string[]): string =>
        execFileSync('dpkg', [`--root=${root}`, ...args], { encoding: 'utf8' });
      assert.match(dpkg('--list', 'perch-agent'), /^ii {2}perch-agent(:arm64)? +0\.1\.0 +arm64/m);
      assert.equal(dpkg('--verify', 'perch-agent'), '');
      assert.match(dpkg('--listfiles', 'perch-agent'), /^\/usr\/bin\/perch-launcher$/m);
      assert.match(dpkg('--search', '/usr/bin/perch-agent'), /^perch-agent(:arm64)?:/);
      writeFileSync(join(root, 'usr/bin/perch-launcher'), 'spoilt');
      assert.match(dpkg('--verify', 'perch-agent'), /perch-launcher/);
    });

    test('starts the agent at boot, and an upgrade knows who enabled it', () => {
      assert.equal(out.owner(UNIT_LINK), '-> /usr/lib/systemd/system/perch-agent.service');
      assert.equal(out.owner('/usr/bin/perch-launcher'), '0755 0:0');
      const notes = '/var/lib/systemd/deb-systemd-helper-enabled';
      assert.equal(out.cat(`${notes}/perch-agent.service.dsh-also`), `${UNIT_LINK}\n`);
      assert.equal(out.owner(`${notes}/multi-user.target.wants/perch-agent.service`), '0644 0:0');
    });

    test('has its name, its Wi-Fi and the key, and cloud-init leaves them alone', () => {
      assert.equal(out.cat('/etc/hostname'), 'greenhouse\n');
      assert.match(out.cat('/etc/hosts'), /^127\.0\.1\.1\tgreenhouse$/m);
      const profile = '/etc/NetworkManager/system-connections/perch-wifi.nmconnection';
      assert.match(out.cat(profile), /psk=eight or more/);
      assert.equal(out.owner(profile), '0600 0:0');
      assert.match(out.cat('/var/lib/NetworkManager/NetworkManager.state'), /WirelessEnabled=true/);
      assert.equal(out.cat('/var/lib/systemd/rfkill/platform-fe300000.mmcnr:wlan'), '0\n');
      assert.deepEqual(
        [
          out.cat('/root/.ssh/authorized_keys'),
          out.owner('/root/.ssh/authorized_keys'),
          out.owner('/root/.ssh'),
        ],
        [`${KEY}\n`, '0600 0:0', '0700 0:0'],
      );
      assert.match(
        out.cat('/etc/cloud/cloud.cfg.d/99-perch.cfg'),
        /preserve_hostname: true\ndisable_root: false/,
      );
    });

    test('has I2C, the serial port, the watchdog and ssh on in its boot partition', () => {
      assert.match(
        out.boot('config.txt'),
        /\[all\]\ndtoverlay=\ndtparam=i2c_arm=on\nenable_uart=1\ndtparam=watchdog=on\n/,
      );
      assert.match(out.boot('cmdline.txt'), /^console=tty1 root=.* cfg80211\.ieee80211_regdom=DE\n$/);
      assert.equal(out.boot('ssh'), '');
    });
  });

  test('a Debian from GPT and xz, without a config.txt: the same root, and it says so', async () => {
    const image = makeImage({
      path: at('debian.img'),
      tree: debianRoot(),
      boot: { 'readme.txt': 'x' },
      scheme: 'gpt',
    });
    execFileSync('xz', ['-0', '-T1', image]);
    const result = await flashImage({
      image: `${image}.xz`,
      out: at('debian-card.img'),
      token: tokenFor('cellar'),
      payload,
      sshKey: `${KEY}\n`,
    });
    assert.match(result.notes.join('\n'), /no config\.txt/);
    const out = new ImageReader(at('debian-card.img'), { boot: {} });
    assert.equal(out.owner('/var/lib/perch/token'), '0600 999:999');
    assert.equal(out.cat('/etc/hostname'), 'debian\n');
    assert.equal(
      out.owner('/etc/systemd/system/multi-user.target.wants/ssh.service'),
      '-> /usr/lib/systemd/system/ssh.service',
    );
    assert.ok(statSync(at('debian-card.img')).blocks * 512 < result.bytes / 2, 'zeros are holes');
  });

  test('Wi-Fi without NetworkManager: by netplan, by ifupdown, or by dhcpcd, for root alone', async () => {
    const { '/usr/sbin/NetworkManager': program, ...tree } = debianRoot();
    const wifi = { ssid: 'Garden', passphrase: 'eight or more' };
    const supplicant = '/etc/wpa_supplicant/wpa_supplicant.conf';
    const ways: [program: string, file: string, stanza: string | undefined][] = [
      ['netplan', '/etc/netplan/60-perch-wifi.yaml', undefined],
      ['ifup', supplicant, '0644 0:0'],
      ['dhcpcd', supplicant, undefined],
    ];
    for (const [name, file, stanza] of ways) {
      const programs = { '/usr/sbin/wpa_supplicant': program, [`/usr/sbin/${name}`]: program };
      const image = makeImage({ path: at(`${name}.img`), tree: { ...tree, ...programs } });
      await flashImage({ image, out: at(`${name}-card.img`), token: tokenFor('barn'), payload, wifi });
      const out = new ImageReader(at(`${name}-card.img`), {});
      assert.match(out.cat(file), /eight or more/);
      assert.equal(out.owner(file), '0600 0:0');
      assert.equal(out.owner('/etc/network/interfaces.d/perch-wifi'), stanza);
    }
  });

  test('a small root with busybox: everything is there, and it says what has to start the agent', async () => {
    // Of before UTF-8: it must come through as it is.
    const passwd = Buffer.from('root:x:0:0:J\xfcrgen:/root:/bin/sh\n', 'latin1');
    const image = makeImage({ path: at('small.img'), tree: { ...busyboxRoot(), '/etc/passwd': passwd } });
    const { notes } = await flashImage({
      image,
      out: at('small-card.img'),
      token: tokenFor('mast'),
      payload,
    });
    assert.match(
      notes.join('\n'),
      /no systemd.*PERCH_STATE=\/var\/lib\/perch \/usr\/bin\/perch-launcher \/usr\/bin\/perch-agent run/,
    );
    const out = new ImageReader(at('small-card.img'), {});
    assert.deepEqual(
      ['/usr/bin/perch-agent', '/var/lib/perch/token', UNIT_LINK, '/var/lib/dpkg/info/perch-agent.list'].map(
        (path) => out.owner(path),
      ),
      ['0755 0:0', '0600 999:999', undefined, undefined],
    );
    assert.match(out.cat('/etc/passwd', 'latin1'), /^root:x:0:0:J\xfcrgen:.*\nperch:\*:999:999:/);
  });

  describe('an image of a board that has the agent', () => {
    const token = tokenFor('shed');
    let used: string;

    /** The image as it comes back from the field: enrolled, with records, and with a release from the air. */
    before(async () => {
      const image = makeImage({ path: at('shed.img'), tree: debianRoot() });
      used = at('shed-used.img');
      await flashImage({ image, out: used, token, payload });
      const state = at('shed-state');
      const { enrolment } = enrol(state, token);
      assert.equal(enrolment.alias, 'shed');
      writeBoot(state, { current: '0.1.5-0123456789ab' });
      const name = readdirSync(state).find((one) => one.startsWith('boot.')) ?? '';
      writeFileSync(at('record'), 'a record');
      new ImageReader(used, {}).change([
        'cd /var/lib/perch',
        'rm token',
        `write ${join(state, 'identity.json')} identity.json`,
        `write ${join(state, name)} ${name}`,
        'mkdir outbox',
        'cd outbox',
        `write ${at('record')} 1.segment`,
        'cd /usr/bin',
        `write ${at('record')} perch-old-tool`,
        'cd /var/lib/dpkg/info',
        'rm perch-agent.list',
        `write ${oldList()} perch-agent.list`,
      ]);
    });
    const oldList = (): string => {
      writeFileSync(at('old-list'), '/.\n/usr\n/usr/bin\n/usr/bin/perch-agent\n/usr/bin/perch-old-tool\n');
      return at('old-list');
    };
    const identityIn = (out: ImageReader) => {
      const state = mkdtempSync(at('read-'));
      writeFileSync(join(state, 'identity.json'), out.cat('/var/lib/perch/identity.json'));
      for (const name of ['boot.a', 'boot.b'])
        if (out.owner(`/var/lib/perch/${name}`) !== undefined)
          writeFileSync(join(state, name), out.cat(`/var/lib/perch/${name}`));
      return { identity: loadIdentity(state), boot: readBoot(state) };
    };

    test('is updated: identity and records stay, the old package goes, the newer agent runs', async () => {
      const newer = samplePayload(folder, '0.2.0');
      const { notes } = await flashImage({ image: used, out: at('shed-2.img'), token, payload: newer });
      const out = new ImageReader(at('shed-2.img'), {});
      const { identity, boot } = identityIn(out);
      assert.equal(identity?.enrolment.alias, 'shed');
      assert.deepEqual(boot, { current: 'packaged' });
      assert.equal(out.cat('/var/lib/perch/outbox/1.segment'), 'a record');
      assert.equal(out.cat('/var/lib/perch/token'), `${token}\n`);
      assert.match(notes.join('\n'), /identity and records of shed on it are kept/);
      assert.equal(out.cat('/var/lib/dpkg/status').match(/^Package: perch-agent$/gm)?.length, 1);
      assert.match(out.cat('/var/lib/dpkg/status'), /Package: perch-agent\n.*\nVersion: 0\.2\.0/);
      assert.equal(out.owner('/usr/bin/perch-old-tool'), undefined);
      assert.equal(out.cat('/etc/passwd').match(/^perch:/gm)?.length, 1);
    });

    test('goes on with a release that is newer than what is put on', async () => {
      const { notes } = await flashImage({ image: used, out: at('shed-3.img'), token, payload });
      assert.deepEqual(identityIn(new ImageReader(at('shed-3.img'), {})).boot, {
        current: '0.1.5-0123456789ab',
      });
      assert.match(notes.join('\n'), /goes on with release 0\.1\.5/);
    });

    test('becomes another board with the token of one: nothing of the first is left', async () => {
      const other = tokenFor('barn');
      const { notes } = await flashImage({ image: used, out: at('barn.img'), token: other, payload });
      const out = new ImageReader(at('barn.img'), {});
      assert.match(notes.join('\n'), /it was another board/);
      for (const name of ['identity.json', 'boot.a', 'boot.b', 'outbox'])
        assert.equal(out.owner(`/var/lib/perch/${name}`), undefined);
      assert.equal(out.cat('/var/lib/perch/token'), `${other}\n`);
    });
  });
});
