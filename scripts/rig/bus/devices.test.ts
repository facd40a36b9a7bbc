import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Line } from '../../../agent/src/sensors/testing/line.ts';
import { energyMeter, Gps, gga, METER, Mhz19, nmeaSentence, winsenMessage } from './devices.ts';

/** A line of which this test is the board's end. */
function line() {
  const said: Buffer[] = [];
  let listener: (bytes: Buffer) => void = () => {};
  const end: Line = {
    say: (bytes) => void said.push(Buffer.from(bytes)),
    onHeard: (heard) => {
      listener = heard;
    },
  };
  const ask = (hex: string): string | undefined => {
    listener(Buffer.from(hex, 'hex'));
    return said.splice(0).at(-1)?.toString('hex');
  };
  return { end, said, ask };
}

test('a sentence of NMEA 0183 has the checksum of its characters', () => {
  assert.equal(
    nmeaSentence('GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,'),
    '$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n',
  );
});

test('places on all four quarters of the earth are told in degrees and minutes', () => {
  const at = new Date('2026-11-27T01:02:03Z');
  const told = (latitude: number, longitude: number) =>
    gga({ latitude, longitude, altitude: 3, satellites: 5 }, at).split(',').slice(1, 6).join();
  assert.equal(told(48.1173, 11.5167), '010203,4807.0380,N,01131.0020,E');
  assert.equal(told(-33.5, -70.25), '010203,3330.0000,S,07015.0000,W');
  assert.equal(told(0.9999999999, 179.9999999999), '010203,0100.0000,N,18000.0000,E', 'never 60 minutes');
});

test('a GPS speaks once a second until it is stopped', (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'], now: 0 });
  const { end, said } = line();
  const gps = new Gps(end);
  t.mock.timers.tick(1_500);
  t.mock.timers.tick(1_000);
  gps.place = { ...gps.place, altitude: -1 };
  t.mock.timers.tick(500);
  gps.stop();
  t.mock.timers.tick(5_000);
  assert.deepEqual(
    said.map((one) => String(one).split(',')[1]),
    ['000001', '000002', '000003'],
  );
  assert.match(String(said[2]), /,-1\.0,M,/);
});

test('a meter counts a watt hour a second, round its register', () => {
  let now = 5_000;
  const { end, ask } = line();
  const meter = energyMeter(end, () => now);
  const count = () => meter.units.get(METER.unit)!.input![METER.energy];
  assert.equal(count(), 0);
  now += 1_999;
  assert.equal(count(), 1);
  // A request for input register 10 (01 04 000A 0001, CRC C811, low byte first) and its answer.
  assert.equal(ask('0104000a000111c8'), '0104020001' + '78f0');
  now += 65_536_000;
  assert.equal(count(), 1);
});

test("an MH-Z19 answers with what it measures now, in its manual's form", () => {
  // The manual's command and its example answer, 608 ppm, with 31 degC for its 32.
  assert.equal(Buffer.from(winsenMessage([0xff, 1, 0x86])).toString('hex'), 'ff0186000000000079');
  const { end, ask } = line();
  const sensor = new Mhz19(end);
  assert.equal(ask('ff0186000000000079'), 'ff86026047000000d1');
  sensor.co2 = 1_000;
  sensor.temperature = 20;
  assert.equal(ask('ff0186000000000079'), 'ff8603e83c00000053');
  assert.equal(ask('ff0179000000000086'), undefined, 'a setting is taken in silence');
  assert.equal(sensor.device.asked.length, 3);
});
