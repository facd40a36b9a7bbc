import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Absent, type Reading } from '../reading.ts';
import type { DeviceMessage, SerialDevice } from '../serial-device.ts';
import { ascii, DSMR_EXAMPLE, pmsFrame, SPOKEN, veBlock } from '../testing/serial-samples.ts';
import { DSMR, TELEGRAM_LIMIT, telegramTime } from './dsmr.ts';
import { SERIAL_DEVICES } from './index.ts';
import { command as mhz19Command } from './mhz19.ts';
import { NMEA0183 } from './nmea0183.ts';
import { PMS5003, command as pmsCommand } from './pms5003.ts';
import { periodCommands, SDS011 } from './sds011.ts';
import { VEDIRECT } from './vedirect.ts';

/** All that a device's decoder makes of these bytes. */
function heard(
  device: SerialDevice,
  bytes: Uint8Array,
  options: Record<string, unknown> = {},
): DeviceMessage[] {
  const talk = device.talk(options);
  assert.equal(talk.by, 'itself');
  return talk.by === 'itself' ? [...talk.decoder().push(bytes, 0)] : [];
}
/** A reading with reasons as texts. */
const shown = (reading: Reading) =>
  Object.fromEntries(
    Object.entries(reading).map(([key, value]) => [key, value instanceof Absent ? value.reason : value]),
  );
const said = (device: SerialDevice, text: string, options: Record<string, unknown> = {}) =>
  heard(device, ascii(text), options).map((message) =>
    'reading' in message ? shown(message.reading) : message.reason,
  );

for (const { device, bytes, truth } of SPOKEN)
  test(`${device.driver} reads its vector`, () => {
    const messages = heard(device, bytes);
    assert.equal(messages.length, 1);
    const [message] = messages;
    assert.ok(message && 'reading' in message, JSON.stringify(message));
    const values = Object.fromEntries(
      Object.entries(message.reading).filter(([, value]) => !(value instanceof Absent)),
    );
    assert.deepEqual(values, truth);
  });

test('every device gives what it promises: unique keys, units, ranges, and options with hints', () => {
  for (const device of SERIAL_DEVICES) {
    const keys = device.values({}).map(({ key }) => key);
    assert.equal(new Set(keys).size, keys.length, device.driver);
    for (const { key, range } of device.values({})) {
      assert.match(key, /^[a-z][A-Za-z0-9]*$/);
      assert.ok(device.keys.includes(key));
      if (range) assert.ok(range[0] < range[1], key);
    }
    for (const option of Object.values(device.options))
      assert.ok((option as { description?: string }).description);
  }
});

const sentence = (body: string): string => {
  const sum = [...body].reduce((all, letter) => all ^ letter.charCodeAt(0), 0);
  return `$${body}*${sum.toString(16).toUpperCase().padStart(2, '0')}\r\n`;
};

test('NMEA: RMC, VTG and GLL in their published forms', () => {
  assert.deepEqual(
    said(NMEA0183, '$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A\r\n'),
    [{ latitude: 48.1173, longitude: 11.516666667, speed: 41.4848, course: 84.4 }],
  );
  assert.deepEqual(said(NMEA0183, '$GPVTG,054.7,T,034.4,M,005.5,N,010.2,K*48\r\n'), [
    { course: 54.7, speed: 10.2 },
  ]);
  assert.deepEqual(said(NMEA0183, '$GPGLL,4916.45,N,12311.12,W,225444,A,*1D\r\n'), [
    { latitude: 49.274166667, longitude: -123.185333333 },
  ]);
});

test('NMEA: without a fix there is no position, and never 0, 0', () => {
  for (const body of [
    'GNGGA,,,,,,0,00,99.99,,,,,,',
    'GPGGA,123519,0000.000,N,00000.000,E,0,00,,0.0,M,0.0,M,,',
    'GPRMC,123519,V,0000.000,N,00000.000,E,,,230394,,,N',
    'GPGLL,,,,,123519,V,N',
  ])
    for (const reading of said(NMEA0183, sentence(body)) as Record<string, unknown>[]) {
      assert.equal(reading.latitude, 'busy', body);
      assert.equal(reading.longitude, 'busy', body);
    }
  assert.deepEqual(said(NMEA0183, sentence('GNVTG,,T,,M,,N,,K,N')), [{ speed: 'busy', course: 'busy' }]);
  assert.deepEqual(said(NMEA0183, sentence('GNGGA,,,,,,0,00,99.99,,,,,,')), [
    { latitude: 'busy', longitude: 'busy', altitude: 'busy', hdop: 'busy', quality: 0, satellites: 0 },
  ]);
});

test('NMEA: any talker, empty fields are missing, bad minutes malformed, other sentences say nothing', () => {
  assert.deepEqual(said(NMEA0183, sentence('GLRMC,1,A,4807.038,S,01131.000,W,0.0,,230394,,,A')), [
    { latitude: -48.1173, longitude: -11.516666667, speed: 0, course: 'missing' },
  ]);
  assert.deepEqual(said(NMEA0183, sentence('GPGLL,4860.000,N,01131.000,X,1,A')), [
    { latitude: 'malformed', longitude: 'malformed' },
  ]);
  assert.deepEqual(said(NMEA0183, `${sentence('GPGSV,1,1,00')}${sentence('PUBX,00,1')}`), [{}, {}]);
  assert.deepEqual(said(NMEA0183, '$GPGLL,4916.45,N,12311.12,W,225444,A\r\n'), ['malformed'], 'no checksum');
  assert.deepEqual(said(NMEA0183, '$GPGLL,4916.46,N,12311.12,W,225444,A,*1D\r\n'), ['crc']);
  assert.deepEqual(said(NMEA0183, `$${'A'.repeat(500)}`), ['malformed'], 'a line without end');
  const [simulated] = said(
    NMEA0183,
    sentence('GPGGA,1,4807.038,N,01131.000,E,8,08,0.9,545.4,M,46.9,M,,'),
  ) as [Record<string, unknown>];
  assert.deepEqual([simulated.latitude, simulated.quality], ['busy', 8], 'a simulator knows no place');
});

test('SDS011: report mode and working period are the published commands, and a reply is no measurement', () => {
  const commands = Buffer.from(periodCommands(5)).toString('hex');
  assert.equal(commands, 'aab402010000000000000000000000ffff01abaab408010500000000000000000000ffff0cab');
  const talk = SDS011.talk({ workingPeriod: 5 });
  assert.ok(talk.by === 'itself' && talk.greeting && talk.pause === 300_000);
  const reply = [0xaa, 0xc5, 8, 1, 5, 0, 0xa1, 0x60];
  const sum = reply.slice(2).reduce((all, byte) => all + byte, 0) & 0xff;
  assert.deepEqual(heard(SDS011, Uint8Array.of(...reply, sum, 0xab)), []);
  assert.ok(!('greeting' in SDS011.talk({})), 'left as it is');
});

test('PMS5003: commands are the published ones; a PMS3003 has no counts', () => {
  assert.equal(Buffer.from(pmsCommand(0xe1, 0)).toString('hex'), '424de100000170');
  assert.equal(Buffer.from(pmsCommand(0xe2, 0)).toString('hex'), '424de200000171');
  const [message] = heard(PMS5003, pmsFrame([1, 2, 3, 4, 5, 6, 0, 0, 0]));
  assert.deepEqual(message, { reading: { pm1Cf1: 1, pm25Cf1: 2, pm10Cf1: 3, pm1: 4, pm25: 5, pm10: 6 } });
  assert.deepEqual(
    heard(PMS5003, Buffer.from('424d0004e1010175', 'hex')),
    [],
    'the reply to a change of mode',
  );
});

test('MH-Z19: commands are the published ones', () => {
  assert.equal(Buffer.from(mhz19Command(0x86)).toString('hex'), 'ff0186000000000079');
  assert.equal(Buffer.from(mhz19Command(0x79, [0xa0])).toString('hex'), 'ff0179a000000000e6');
  assert.equal(Buffer.from(mhz19Command(0x79, [0])).toString('hex'), 'ff0179000000000086');
  assert.equal(Buffer.from(mhz19Command(0x99, [0, 0, 0, 0x07, 0xd0])).toString('hex'), 'ff019900000007d08f');
});

test('DSMR: what a telegram does not have is missing', () => {
  const [message] = heard(DSMR, DSMR_EXAMPLE);
  assert.ok(message && 'reading' in message);
  assert.equal(shown(message.reading).import, 'missing');
  assert.equal(shown(message.reading).water, 'missing');
});

test('DSMR: a meter before DSMR 4, with its gas on two lines and no checksum', () => {
  const telegram = `/KMP5 KA6U001660297912\r
\r
0-0:96.1.1(204B413655303031)\r
1-0:1.8.1(00671.578*kWh)\r
1-0:1.8.2(00842.472*kWh)\r
0-0:96.14.0(0001)\r
1-0:1.7.0(0000.33*kW)\r
0-0:96.13.1()\r
0-1:24.1.0(3)\r
0-1:24.3.0(120403140000)(00)(60)(1)(0-1:24.2.1)(m3)\r
(00720.371)\r
!\r
`;
  const [reading] = said(DSMR, telegram, { checksum: false }) as Record<string, unknown>[];
  assert.equal(reading!.importT1, 671.578);
  assert.equal(reading!.importT2, 842.472);
  assert.equal(reading!.powerImport, 0.33);
  assert.equal(reading!.tariff, 1);
  assert.equal(reading!.gas, 720.371);
  assert.equal(reading!.gasTime, '2012-04-03T14:00:00');
  assert.deepEqual(
    said(DSMR, telegram),
    ['malformed'],
    'a checksum is demanded unless the config says otherwise',
  );
});

test('DSMR: a number in another unit than the standard says is no value', () => {
  const telegram = '/A\r\n\r\n1-0:1.7.0(1193*W)\r\n1-0:1.8.1(1.5*kWh)\r\n1-0:1.8.2(x)\r\n!\r\n';
  const [reading] = said(DSMR, telegram, { checksum: false }) as Record<string, unknown>[];
  assert.equal(reading!.powerImport, 'malformed');
  assert.equal(reading!.importT1, 1.5);
  assert.equal(reading!.importT2, 'malformed');
});

test('DSMR: a telegram without end is dropped, and times that are none are not told', () => {
  assert.deepEqual(said(DSMR, `/${'1-0:1.8.1(1*kWh)\r\n'.repeat(TELEGRAM_LIMIT / 18 + 1)}`), ['malformed']);
  assert.equal(telegramTime('101309112500W'), undefined);
  assert.equal(telegramTime('200701120000S'), '2020-07-01T12:00:00+02:00');
});

test('VE.Direct: HEX frames are passed over wherever they stand, and a checksum may look like one', () => {
  const block = veBlock('V\t12540\nCS\t5');
  for (let at = 0; at < block.length; at++) {
    const mixed = Uint8Array.of(...block.subarray(0, at), ...ascii(':A0102000543\n'), ...block.subarray(at));
    // Between the tab and the checksum byte nothing can stand, so that the device does not do it.
    if (at === block.length - 1) continue;
    assert.deepEqual(heard(VEDIRECT, mixed), [{ reading: { voltage: 12.54, state: 5 } }], `at ${at}`);
  }
  const colon = Array.from({ length: 600 }, (_, mv) => veBlock(`V\t${12_000 + mv}`)).find(
    (one) => one.at(-1) === 0x3a,
  );
  assert.ok(colon);
  assert.equal(heard(VEDIRECT, Uint8Array.of(...colon, ...block)).length, 2);
});

test('VE.Direct: a value may be unknown, and labels that we do not know are passed over', () => {
  assert.deepEqual(
    said(VEDIRECT, String.fromCharCode(...veBlock('SOC\t995\nTTG\t-1\nT\t---\nRelay\tOFF\nV\tabc\nXYZ\t1'))),
    [{ charge: 99.5, timeToGo: -1, temperature: 'missing', relay: false, voltage: 'malformed' }],
  );
});

test('VE.Direct: a label that was cut when we joined is no other label', () => {
  const cut = veBlock('VPV\t18540\nCS\t5');
  // What is left begins with "V\t18540"; its sum is put right, as it is once in 256 times.
  const left = cut.slice(4, -1);
  const sum = left.reduce((all, byte) => all + byte, 0);
  assert.deepEqual(heard(VEDIRECT, Uint8Array.of(...left, -sum & 0xff)), [{ reading: { state: 5 } }]);
});
