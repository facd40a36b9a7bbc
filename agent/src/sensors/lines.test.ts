import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { LINE_LIMIT } from '@perch/broker-bridge/config/limits.ts';
import { LinuxBinding } from '@serialport/bindings-cpp';
import { BETWEEN_LINES } from './drivers/lines.ts';
import { createSensorSet } from './sensor-set.ts';
import { configOf, machine, until } from './testing/environment.ts';
import { Pty } from './testing/pty.ts';

// The real @serialport/stream and its native binding on a real pseudo-terminal. /dev/ttyUSB0 is a link that can be turned
// to another terminal, as udev does when an adapter is plugged in again.
async function line(t: TestContext, sensor: object, silence = '30s') {
  const clock: { frozen?: number } = {};
  const box = await machine(t, {
    loadSerialBinding: async () => LinuxBinding,
    now: () => clock.frozen ?? performance.now(),
  });
  const set = createSensorSet(box.env);
  const ptys: Pty[] = [];
  t.after(async () => {
    await set.close();
    for (const pty of ptys) await pty.unplug();
  });
  const plug = async (): Promise<Pty> => {
    const pty = await Pty.open();
    ptys.push(pty);
    await box.link('dev/ttyUSB0', pty.path);
    return pty;
  };
  const start = () =>
    set.apply(
      configOf({
        period: '1s',
        buses: { usb: { type: 'serial', path: '/dev/ttyUSB0', baud: 115200, silence } },
        sensors: [{ id: 'ino', driver: 'lines', bus: 'usb', ...sensor }],
      }),
    );
  const shown = async () => {
    const { values, errors } = await set.sample(2_000);
    return { ...Object.fromEntries(values), ...Object.fromEntries(errors) };
  };
  const counters = () => set.status()[0]!.counters;
  const opened = (count: number) => until(`opening ${count}`, () => portOpens() >= count);
  const portOpens = () => box.logged.filter((entry) => entry.startsWith('info serial port open')).length;
  const heard = (lines: number) =>
    until(`${lines} lines`, () => (counters().lines ?? 0) + (counters().tooLong ?? 0) >= lines);
  return { ...box, clock, set, plug, start, shown, counters, opened, heard };
}

const REGEX = { regex: '^T=(?<t>-?[0-9.]+)$' };

test('values arrive, garbage is malformed until a good line comes, long lines are dropped and counted', async (t) => {
  const { clock, plug, start, shown, counters, opened, heard } = await line(t, REGEX);
  clock.frozen = 0; // the first bytes come at once, so maybe in the middle of a line
  const pty = await plug();
  await start();
  await opened(1);
  assert.deepEqual(await shown(), { 'ino.t': 'timeout' });

  pty.say('.5\nT=21.5\r\n');
  await heard(1);
  assert.deepEqual(await shown(), { 'ino.t': 21.5 });
  assert.deepEqual(await shown(), { 'ino.t': 21.5 }, 'it holds until the silence deadline');

  pty.say(Buffer.from([0x54, 0x3d, 0xff, 0xfe, 0x0a]));
  await heard(2);
  assert.deepEqual(await shown(), { 'ino.t': 'malformed' });
  assert.deepEqual(await shown(), { 'ino.t': 'malformed' });

  pty.say(`T=${'9'.repeat(LINE_LIMIT)}\nT=-3\n`);
  await heard(4);
  assert.deepEqual(await shown(), { 'ino.t': -3 });
  assert.equal(counters().tooLong, 1);
  assert.equal(counters().malformed, 1);
});

test('a pulled plug is "unplugged", and the port is read again when it is back', async (t) => {
  const { plug, start, shown, opened, heard, remove } = await line(t, REGEX);
  const first = await plug();
  await start();
  await opened(1);
  first.say('\nT=1\n');
  await heard(1);
  assert.deepEqual(await shown(), { 'ino.t': 1 });

  await first.unplug();
  await remove('dev/ttyUSB0');
  await until('unplugged', async () => (await shown())['ino.t'] === 'unplugged');

  const second = await plug();
  await opened(2);
  assert.deepEqual(await shown(), { 'ino.t': 'timeout' }, 'the number from before is not repeated');
  second.say('\nT=2\n');
  await heard(2);
  assert.deepEqual(await shown(), { 'ino.t': 2 });
});

test('a device that is replaced under its name is noticed though the old file stays open', async (t) => {
  const { plug, start, opened, heard, shown } = await line(t, REGEX);
  await plug();
  await start();
  await opened(1);
  const second = await plug();
  await opened(2);
  second.say('\nT=2\n');
  await heard(1);
  assert.deepEqual(await shown(), { 'ino.t': 2 });
});

test('silence makes a value stale and the port is opened anew', async (t) => {
  const { plug, start, shown, opened, heard, counters } = await line(t, REGEX, '600ms');
  const pty = await plug();
  await start();
  await opened(1);
  pty.say('\nT=1\n');
  await heard(1);
  assert.deepEqual(await shown(), { 'ino.t': 1 });
  await until('stale', async () => (await shown())['ino.t'] === 'stale');
  await until('a stall', () => counters().stalls! >= 1);

  await until('heard again', async () => {
    pty.say('\nT=2\n');
    return (await shown())['ino.t'] === 2;
  });
});

test('a device that speaks more rarely than its silence allows loses no line by the opening anew', async (t) => {
  const { clock, plug, start, shown, heard, counters, logged } = await line(t, REGEX, '600ms');
  clock.frozen = 0;
  const pty = await plug();
  await start();
  await until('the first opening', () => counters().portOpens === 1);
  clock.frozen = 700;
  await until('an opening after the silence', () => counters().portOpens === 2);
  assert.ok(
    logged.some((entry) => entry.includes('give its bus a longer \\"silence\\"')),
    logged.join('\n'),
  );
  clock.frozen += BETWEEN_LINES;
  pty.say('T=7\n');
  await heard(1);
  assert.deepEqual(await shown(), { 'ino.t': 7 });
});

test('a port that is not there yet is opened when it comes', async (t) => {
  const { plug, start, shown, opened, logged } = await line(t, REGEX);
  await start();
  await until('the first try', () => logged.length > 0);
  assert.deepEqual(await shown(), { 'ino.t': 'unplugged' });
  await plug();
  await opened(1);
  assert.equal(
    logged.filter((entry) => entry.includes('serial port lost')).length,
    1,
    'said once, not at each try',
  );
});

test('other lines on the bus can be skipped', async (t) => {
  const { plug, start, shown, opened, heard, counters } = await line(t, { ...REGEX, others: 'skip' });
  const pty = await plug();
  await start();
  await opened(1);
  pty.say('\nT=4\nboot: ok\n');
  await heard(2);
  await shown();
  assert.deepEqual(await shown(), { 'ino.t': 4 });
  assert.equal(counters().skipped, 1);
});

for (const [name, sensor, text, expected] of [
  ['JSON', { format: 'json' }, '{"t":1.5,"ok":true}', { 'ino.t': 1.5, 'ino.ok': true }],
  ['CSV', { format: 'csv', columns: ['a', 'b'] }, '1,-2', { 'ino.a': 1, 'ino.b': -2 }],
  ['key=value', { format: 'keyvalue' }, 'a=1 b=2', { 'ino.a': 1, 'ino.b': 2 }],
] as const)
  test(`${name} lines are read from a real terminal`, async (t) => {
    const { plug, start, shown, opened, heard } = await line(t, sensor);
    const pty = await plug();
    await start();
    await opened(1);
    pty.say(`\n${text}\n`);
    await heard(1);
    assert.deepEqual(await shown(), expected);
  });

test('keys that come on lines of their own each keep their age', async (t) => {
  const { plug, start, shown, opened, heard } = await line(t, {
    format: 'keyvalue',
    values: { a: {}, b: {}, c: {} },
  });
  const pty = await plug();
  await start();
  await opened(1);
  pty.say('\na=1\nb=2\n');
  await heard(2);
  assert.deepEqual(await shown(), { 'ino.a': 1, 'ino.b': 2, 'ino.c': 'missing' });
});

test('an adapter is found by its USB serial number without udev', async (t) => {
  const { plug, set, files, link, env } = await line(t, REGEX);
  const pty = await plug();
  await files({
    'sys/devices/usb1/1-1/serial': 'A50285BI\n',
    'sys/devices/usb1/1-1/1-1:1.0/ttyUSB0/port_number': '0\n',
  });
  await link('sys/class/tty/ttyUSB0/device', `${env.sysRoot}/devices/usb1/1-1/1-1:1.0/ttyUSB0`);
  await set.apply(
    configOf({
      period: '1s',
      buses: { m: { type: 'serial', match: { usbSerial: 'A50285BI' }, baud: 9600 } },
      sensors: [{ id: 'ino', driver: 'lines', bus: 'm', ...REGEX }],
    }),
  );
  await until('a value', async () => {
    pty.say('\nT=5\n');
    return (await set.sample(1_000)).values.get('ino.t') === 5;
  });
});
