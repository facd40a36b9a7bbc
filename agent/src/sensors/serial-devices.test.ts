import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { pmsFrame, SPOKEN } from '@perch/broker-bridge/devices/testing/serial-samples.ts';
import { AskedDevice } from './testing/asked-device.ts';
import { until } from './testing/environment.ts';
import { hex, randomBytes, serialRig } from './testing/serial-rig.ts';

/** Items of sensor "s". */
const items = (values: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [`s.${key}`, value]));

for (const { device, bytes, truth } of SPOKEN) {
  const only = Object.keys(truth);
  const all = (reason: string) => items(Object.fromEntries(only.map((key) => [key, reason])));

  test(`${device.driver}: its whole life on a real terminal`, async (t) => {
    const clock = { skipped: 0 };
    const rig = await serialRig(
      t,
      [{ id: 's', driver: device.driver, only }],
      { silence: '60s' },
      {
        now: () => performance.now() + clock.skipped,
      },
    );
    const { plug, start, shown, opened, heard, remove, counters } = rig;
    await start();
    assert.deepEqual(await shown(), all('unplugged'));
    const pty = await plug();
    await opened(1);
    assert.deepEqual(await shown(), all('timeout'), 'nothing was said yet');

    pty.say(bytes);
    await heard(1);
    assert.deepEqual(await shown(), items(truth));
    assert.deepEqual(await shown(), items(truth), 'it holds until the silence deadline');

    const bad = Uint8Array.from(bytes);
    bad[Math.floor(bytes.length / 2)]! ^= 0x04;
    pty.say(bad);
    await until('the bad one', () => counters().crc! >= 1);
    await shown(); // the good one before it
    assert.deepEqual(await shown(), all('crc'));

    pty.say(randomBytes(99)(300));
    clock.skipped += 2_000;
    await until('the truth after noise', async () => {
      pty.say(bytes);
      return isDeepStrictEqual(await shown(), items(truth));
    });

    await pty.unplug();
    await remove('dev/ttyUSB0');
    await until('unplugged', async () => (await shown())[`s.${only[0]}`] === 'unplugged');
    const again = await plug();
    await opened(2);
    assert.deepEqual(await shown(), all('timeout'), 'the numbers from before are not repeated');
    await until('the truth again', async () => {
      again.say(bytes);
      return isDeepStrictEqual(await shown(), items(truth));
    });
    clock.skipped += 61_000;
    assert.deepEqual(await shown(), all('stale'));
  });
}

test('sds011: the working period is set each time the port is opened', async (t) => {
  const rig = await serialRig(t, [{ id: 's', driver: 'sds011', workingPeriod: 5 }], { silence: '11m' });
  const command = 'aab402010000000000000000000000ffff01abaab408010500000000000000000000ffff0cab';
  for (let round = 1; round <= 2; round++) {
    const pty = await rig.plug();
    let told = '';
    pty.onHeard((bytes) => {
      told += bytes.toString('hex');
    });
    if (round === 1) await rig.start();
    await until(`setting ${round}`, () => told === command);
    pty.say(hex('AA C0 D4 04 3A 0A A1 60 1D AB'));
    await until('a value', async () => (await rig.shown())['s.pm25'] === 123.6);
    await pty.unplug();
  }
});

/** 608 ppm and 31 degC: the manual's example answer with its checksum D1, and 47 as the temperature. */
const MHZ19_ANSWER = hex('FF 86 02 60 47 00 00 00 D1');

test('mhz19: asked for each reading, its faults told apart, set up again when it was off', async (t) => {
  const { plug, start, shown, counters, remove } = await serialRig(t, [
    { id: 's', driver: 'mhz19', range: 2000, selfCalibration: false },
  ]);
  let answer = MHZ19_ANSWER;
  const pty = await plug();
  const device = new AskedDevice(pty, 9, (command) => (command[2] === 0x86 ? answer : undefined));
  const TRUTH = { 's.co2': 608, 's.temperature': 31 };
  const all = (reason: string) => ({ 's.co2': reason, 's.temperature': reason });
  await start();
  assert.deepEqual(await shown(), TRUTH);
  const settings = ['ff0179000000000086', 'ff019900000007d08f'];
  assert.deepEqual(device.asked, [...settings, 'ff0186000000000079']);
  assert.deepEqual(await shown(), TRUTH);
  assert.equal(device.asked.length, 4, 'set up once');

  // Bytes 6 and 7 are 15000 while it starts: the 410 ppm are no measurement. The sum of FF's followers is made 0.
  answer = hex('FF 86 01 9A 47 00 3A 98 C6');
  assert.deepEqual(await shown(), { 's.co2': 'busy', 's.temperature': 31 });
  await until('its settings again', () => device.asked.length === 7);
  assert.deepEqual(device.asked.slice(-3), ['ff0186000000000079', ...settings]);
  assert.deepEqual(await shown(), { 's.co2': 'busy', 's.temperature': 31 });
  assert.equal(device.asked.at(-1), 'ff0186000000000079', 'told once');
  answer = MHZ19_ANSWER;

  device.mangle = (said) => said.map((byte, at) => (at === 3 ? byte ^ 1 : byte));
  assert.deepEqual(await shown(), all('crc'));
  device.mangle = (said) => said.subarray(0, 5);
  assert.deepEqual(await shown(), all('malformed'));
  device.mangle = (said) => Uint8Array.of(...randomBytes(3)(30), ...said);
  assert.deepEqual(await shown(), TRUTH, 'noise before an answer is passed over');
  device.mangle = () => undefined;
  assert.deepEqual(await shown(), all('timeout'));
  device.mangle = (said) => said;
  assert.deepEqual(await shown(), TRUTH);
  assert.equal(counters().stalls, 0);

  await pty.unplug();
  await remove('dev/ttyUSB0');
  await until('unplugged', async () => (await shown())['s.co2'] === 'unplugged');
  const second = new AskedDevice(await plug(), 9, (command) => (command[2] === 0x86 ? answer : undefined));
  await until('the truth', async () => (await shown())['s.co2'] === 608);
  assert.deepEqual(second.asked.slice(0, 2), settings);
});

test('mhz19: what it cannot measure is out of range', async (t) => {
  const { plug, start, shown } = await serialRig(t, [{ id: 's', driver: 'mhz19', range: 2000 }]);
  // 5000 ppm with a range of 2000; checksum by hand: 86 + 13 + 88 + 47 = 168, 100 - 68 = 98.
  new AskedDevice(await plug(), 9, (command) =>
    command[2] === 0x86 ? hex('FF 86 13 88 47 00 00 00 98') : undefined,
  );
  await start();
  assert.deepEqual(await shown(), { 's.co2': 'range', 's.temperature': 31 });
});

test('pms5003 passive: put into passive mode, then asked', async (t) => {
  const { plug, start, shown } = await serialRig(t, [
    { id: 's', driver: 'pms5003', passive: true, only: ['pm25'], values: { pm25: { key: 'dust' } } },
  ]);
  const frame = pmsFrame([5, 8, 9, 4, 7, 300, 1200, 345, 67, 8, 2, 1, 0x9100]);
  const device = new AskedDevice(await plug(), 7, (command) =>
    command[2] === 0xe2 ? frame : hex('42 4D 00 04 E1 00 01 74'),
  );
  await start();
  assert.deepEqual(await shown(), { 's.dust': 7 });
  assert.deepEqual(device.asked, ['424de100000170', '424de200000171']);
});
