import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { BOARD_SETTINGS, I2C_SETTINGS, withCommandLine, withSettings } from './config-txt.ts';

describe('config.txt', () => {
  test('gets what it lacks at its end, under [all], and out of the overlay above', () => {
    const text = 'dtoverlay=vc4-kms-v3d\n#dtparam=i2c_arm=on\n[cm5]\ndtoverlay=dwc2,dr_mode=host\n';
    assert.equal(
      withSettings(text, BOARD_SETTINGS),
      `${text}
# For the sensors of the Perch agent
[all]
dtoverlay=
dtparam=i2c_arm=on
enable_uart=1
dtparam=watchdog=on
[pi5]
dtoverlay=
dtparam=uart0=on
[all]
`,
    );
  });

  test('only what is missing is added: other names and several parameters on a line count', () => {
    assert.equal(withSettings('dtparam=spi=on,i2c=on\n', I2C_SETTINGS), 'dtparam=spi=on,i2c=on\n');
    assert.equal(withSettings('  dtparam = i2c_arm\n', I2C_SETTINGS), '  dtparam = i2c_arm\n');
    const after = withSettings('enable_uart=1\n[pi5]\ndtparam=uart0=on\n', BOARD_SETTINGS);
    assert.equal(after.match(/enable_uart/g)?.length, 1);
    assert.equal(after.match(/uart0/g)?.length, 1);
  });

  test('off, or on for another model, is not on', () => {
    const offLast = 'dtparam=i2c_arm=on\ndtparam=i2c_arm=off\n';
    for (const text of ['dtparam=i2c_arm=off\n', offLast, '[pi4]\ndtparam=i2c_arm=on\n'])
      assert.match(withSettings(text, I2C_SETTINGS), /\[all\]\ndtparam=i2c_arm=on\n$/);
  });

  test('whatever it says, it is only added to, and once', () => {
    const line = fc.oneof(
      fc.constantFrom(
        '[all]',
        '[pi5]',
        '[none]',
        'enable_uart=0',
        'dtparam=i2c_arm=off',
        'dtparam=',
        '#x',
        '',
      ),
      fc.string({ maxLength: 30 }).filter((one) => !one.includes('\n')),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
        const text = lines.join('\n');
        const once = withSettings(text, BOARD_SETTINGS);
        assert.ok(once.startsWith(text.replace(/\n*$/, '')));
        assert.equal(withSettings(once, BOARD_SETTINGS), once);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('cmdline.txt', () => {
  const LINE = 'console=serial0,115200 console=tty1 root=PARTUUID=ab-02 rootwait init=/usr/lib/firstboot\n';

  test('loses the console on the serial port that a sensor would use, and nothing else', () => {
    assert.equal(
      withCommandLine(LINE, {}),
      'console=tty1 root=PARTUUID=ab-02 rootwait init=/usr/lib/firstboot\n',
    );
    assert.equal(withCommandLine(LINE, { keepSerialConsole: true }), LINE);
  });

  test('keeps a serial console that is the only one', () => {
    for (const line of ['console=ttyAMA0,115200 quiet\n', 'console=ttyS0 console=serial0,9600\n'])
      assert.equal(withCommandLine(line, {}), line);
  });

  test('what stands below the first line stays there, where the firmware does not read it', () => {
    assert.equal(
      withCommandLine('console=serial0 console=tty1\n# console=tty9\n', {}),
      'console=tty1\n# console=tty9\n',
    );
    assert.equal(withCommandLine('', { wifiCountry: 'DE' }), 'cfg80211.ieee80211_regdom=DE\n');
  });

  test('gets the country of the Wi-Fi in place of another', () => {
    const once = withCommandLine(LINE, { wifiCountry: 'GB' });
    assert.match(once, / cfg80211\.ieee80211_regdom=GB\n$/);
    assert.equal(withCommandLine(once, { wifiCountry: 'DE' }), once.replace('regdom=GB', 'regdom=DE'));
  });
});
