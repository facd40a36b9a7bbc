import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readToken } from '../../broker-bridge/src/enrolment.ts';
import { leftOver, listText, withInstalled } from './dpkg-database.ts';
import { hostNameOf, isHostName, withHostName } from './host-name.ts';
import { isSameBoard } from './plan-state.ts';
import { tokenFor } from './testing/board.ts';
import {
  checkWifi,
  netplanFile,
  networkManagerProfile,
  withSupplicantNetwork,
  withWirelessOn,
} from './wifi.ts';

const CONTROL = 'Package: perch-agent\nVersion: 0.2.0\nDescription: sensors\n more\n';

describe("dpkg's database", () => {
  test('the package takes the place of its earlier paragraph, or comes last', () => {
    const others = 'Package: a\nStatus: install ok installed\n\nPackage: perch-agent-doc\nVersion: 1\n\n';
    const mine =
      'Package: perch-agent\nStatus: install ok installed\nVersion: 0.2.0\nDescription: sensors\n more\n\n';
    const once = withInstalled(others, CONTROL);
    assert.equal(once, others + mine);
    assert.equal(withInstalled(once, CONTROL), once);
    const older = `Package: a\n\n${mine.replace('0.2.0', '0.1.0')}Package: z\n\n`;
    assert.equal(withInstalled(older, CONTROL), `Package: a\n\n${mine}Package: z\n\n`);
    assert.equal(withInstalled('', CONTROL), mine);
  });

  test('the list has every folder before what is in it', () => {
    assert.equal(
      listText(['/usr/lib/x', '/usr/bin/y']),
      '/.\n/usr\n/usr/bin\n/usr/bin/y\n/usr/lib\n/usr/lib/x\n',
    );
  });

  test('of an older list only what is gone is removed, and no name that leads elsewhere', () => {
    const before = '/.\n/usr\n/usr/bin/old\n/usr/bin/new\n/usr/../etc/passwd\n"/etc/x\nrelative\n';
    assert.deepEqual(leftOver(before, listText(['/usr/bin/new'])), ['/usr/bin/old']);
  });
});

describe('whose token it is', () => {
  test('the same alias at the same server is the same board, however it is reached and whatever its secret', () => {
    const shed = readToken(tokenFor('shed'));
    const { secret: _, ...without } = shed;
    assert.ok(isSameBoard(without, readToken(tokenFor('shed', { broker: 'mqtt://elsewhere' }))));
    assert.equal(isSameBoard(shed, readToken(tokenFor('barn'))), false);
    assert.equal(isSameBoard(shed, readToken(tokenFor('shed', { serverKey: shed.root }))), false);
  });
});

describe('names', () => {
  test('a host name takes the line of the one before', () => {
    assert.equal(
      withHostName('127.0.0.1\tlocalhost\n127.0.1.1\traspberrypi\n::1\tlocalhost\n', 'greenhouse'),
      '127.0.0.1\tlocalhost\n127.0.1.1\tgreenhouse\n::1\tlocalhost\n',
    );
    assert.match(withHostName('127.0.0.1 localhost', 'a'), /^127\.0\.0\.1 localhost\n127\.0\.1\.1\ta\n$/);
  });

  test('any alias gives a valid host name or none', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9._-]{1,64}$/), (alias) => {
        const name = hostNameOf(alias);
        assert.ok(name === undefined ? !/[a-z0-9]/.test(alias) : isHostName(name));
      }),
    );
    assert.equal(hostNameOf('green.house_2'), 'green-house-2');
  });
});

describe('Wi-Fi', () => {
  const wifi = { ssid: 'Garden', passphrase: 'eight or more' };

  test("NetworkManager's profile says the network, and the same one has the same UUID", () => {
    const text = networkManagerProfile(wifi);
    assert.match(text, /^ssid=Garden$/m);
    assert.match(text, /^key-mgmt=wpa-psk\npsk=eight or more$/m);
    assert.equal(text, networkManagerProfile(wifi));
    assert.doesNotMatch(networkManagerProfile({ ssid: 'x', passphrase: '' }), /wifi-security/);
  });

  test('a name or passphrase with letters that mean something is written so that it means nothing', () => {
    assert.match(networkManagerProfile({ ...wifi, ssid: 'a;b' }), /^ssid=97;59;98;$/m);
    assert.match(networkManagerProfile({ ...wifi, ssid: '123' }), /^ssid=49;50;51;$/m);
    assert.match(networkManagerProfile({ ...wifi, passphrase: ' back\\slash' }), /^psk=\\sback\\\\slash$/m);
    assert.match(withSupplicantNetwork('', { ...wifi, ssid: 'a"\u00e9' }), /ssid=6122c3a9\n/);
    const text = JSON.parse(netplanFile({ ssid: 'a": {', passphrase: '"}: yes&no', country: 'DE' }));
    assert.deepEqual(text.network.wifis.wlan0['access-points'], { 'a": {': { password: '"}: yes&no' } });
  });

  test("wpa_supplicant's file keeps other networks and replaces this one", () => {
    const other = 'network={\n\tssid="Other"\n\tpsk="it has } in it"\n}\n';
    const first = withSupplicantNetwork(`country=US\nupdate_config=1\n${other}`, { ...wifi, country: 'GB' });
    assert.equal(first.match(/country=/g)?.length, 1);
    const second = withSupplicantNetwork(first, { ...wifi, passphrase: 'another one' });
    assert.ok(
      second.startsWith('country=GB\n') && second.includes(other) && second.includes('psk="another one"'),
    );
    assert.equal(second.match(/network=/g)?.length, 2);
  });

  test('NetworkManager is told that Wi-Fi is on', () => {
    assert.equal(
      withWirelessOn('[main]\nWirelessEnabled=false\nWWANEnabled=true\n'),
      '[main]\nWirelessEnabled=true\nWWANEnabled=true\n',
    );
  });

  test('what no network can have is refused, and the passphrase is not repeated', () => {
    const refuse = (more: object, pattern: RegExp): void =>
      assert.throws(
        () => checkWifi({ ...wifi, ...more }),
        (error: Error) => pattern.test(error.message) && !error.message.includes('hunter'),
      );
    refuse({ passphrase: 'hunter' }, /8 to 63/);
    refuse({ passphrase: `hunter${'x'.repeat(60)}` }, /8 to 63/);
    refuse({ ssid: 'x'.repeat(33) }, /1 to 32 bytes/);
    refuse({ ssid: 'a\nb' }, /control/);
    refuse({ country: 'de' }, /two capitals/);
  });
});
