import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { LinuxBinding } from '@serialport/bindings-cpp';
import { configOf, until } from './testing/environment.ts';
import { ModbusSlave } from './testing/modbus-slave.ts';
import { Pty } from './testing/pty.ts';
import { randomBytes, serialRig } from './testing/serial-rig.ts';

const METER = {
  id: 'm',
  driver: 'modbus',
  unit: 1,
  timeout: '150ms',
  retries: 1,
  gap: 2,
  fields: [
    { fn: 3, address: 0, type: 'f32', order: 'CDAB', key: 'v' },
    { fn: 3, address: 4, key: 'i', scale: 0.1, unit: 'A' },
    { fn: 4, address: 10, type: 'i16', key: 't' },
    { fn: 1, address: 3, key: 'on' },
  ],
};
const TABLES = () => ({
  holding: { 0: 0, 1: 0x4366, 2: 0, 3: 0, 4: 123 } as Record<number, number>,
  input: { 10: 0xffff },
  coils: { 3: true },
});
const TRUTH = { 'm.v': 230, 'm.i': 12.3, 'm.t': -1, 'm.on': true };
const all = (reason: string) => ({ 'm.v': reason, 'm.i': reason, 'm.t': reason, 'm.on': reason });

async function meter(t: TestContext, sensors: object[] = [METER], bus: object = {}) {
  const rig = await serialRig(t, sensors, bus);
  const pty = await rig.plug();
  const slave = new ModbusSlave(pty);
  slave.units.set(1, TABLES());
  return { ...rig, pty, slave };
}

test('a meter is read over a real terminal, its neighbours in one request', async (t) => {
  const { slave, start, shown } = await meter(t);
  await start();
  assert.deepEqual(await shown(), TRUTH);
  assert.deepEqual(slave.asked, ['1 1 3 1', '1 3 0 5', '1 4 10 1']);
});

test('a hole between two fields is remembered after one exception, and a register that is not there is missing', async (t) => {
  const { slave, start, shown } = await meter(t);
  slave.units.set(1, { ...TABLES(), holding: { 0: 0, 1: 0x4366 } });
  await start();
  assert.deepEqual(await shown(), { ...TRUTH, 'm.i': 'missing' });
  slave.asked.length = 0;
  assert.deepEqual(await shown(), { ...TRUTH, 'm.i': 'missing' });
  assert.deepEqual(
    slave.asked,
    ['1 1 3 1', '1 3 0 2', '1 3 4 1', '1 4 10 1'],
    'not asked for together again',
  );
});

for (const [code, reason] of [
  [1, 'unsupported'],
  [3, 'malformed'],
  [4, 'io'],
  [5, 'busy'],
  [6, 'busy'],
  [10, 'timeout'],
  [11, 'timeout'],
] as const)
  test(`exception ${code} is ${reason}, for its own fields only`, async (t) => {
    const { slave, start, shown } = await meter(t);
    const exception = requestFrameOf([1, 0x83, code]);
    slave.mangle = (answer, request) => (request.startsWith('1 3') ? exception : answer);
    await start();
    assert.deepEqual(await shown(), { ...TRUTH, 'm.v': reason, 'm.i': reason });
  });

/** Bytes with their CRC, taken from a request of our own. */
function requestFrameOf(bytes: number[]): Uint8Array {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return Uint8Array.of(...bytes, crc & 0xff, crc >> 8);
}

test('what is wrong with the line is told apart, and it is read right afterwards', async (t) => {
  const { slave, start, shown, counters } = await meter(t);
  await start();
  slave.mangle = () => undefined;
  assert.deepEqual(await shown(), all('timeout'));
  slave.mangle = (answer) => answer.map((byte, at) => (at === 3 ? byte ^ 1 : byte));
  assert.deepEqual(await shown(), all('crc'));
  slave.mangle = (answer) => requestFrameOf([2, ...answer.slice(1, -2)]);
  assert.deepEqual(await shown(), all('malformed'), 'another unit answers');
  slave.mangle = (answer) => answer;
  await until('the truth', async () => (await shown())['m.v'] === 230);
  slave.mangle = (answer) => answer.subarray(0, -3);
  assert.deepEqual(await shown(), all('malformed'), 'cut short');
  slave.mangle = (answer) => answer;
  assert.deepEqual(await shown(), TRUTH);
  assert.ok(counters().retries! > 0);
});

test('one lost answer costs a retry and no value', async (t) => {
  const { slave, start, shown, counters } = await meter(t);
  let lost = 0;
  slave.mangle = (answer) => (lost++ === 1 ? undefined : answer);
  await start();
  assert.deepEqual(await shown(), TRUTH);
  assert.equal(counters().retries, 1);
});

test('an answer that comes late is never taken for that of another register', async (t) => {
  const fields = [
    { fn: 3, address: 0, key: 'a' },
    { fn: 3, address: 50, key: 'b' },
  ];
  const { pty, slave, start, shown } = await meter(t, [{ ...METER, fields, retries: 0, timeout: '100ms' }]);
  slave.units.set(1, { holding: { 0: 111, 50: 222 } });
  let slow = true;
  slave.say = (answer) => {
    // Answers come when the next register may be asked for already.
    if (slow) setTimeout(() => pty.say(answer), 250);
    else pty.say(answer);
  };
  await start();
  assert.deepEqual(await shown(), { 'm.a': 'timeout', 'm.b': 'timeout' });
  slow = false;
  for (let round = 0; round < 5; round++) {
    const { 'm.a': a, 'm.b': b } = await shown();
    assert.ok(a === 111 || typeof a === 'string', `a is ${a}`);
    assert.ok(b === 222 || typeof b === 'string', `b is ${b}`);
  }
  assert.deepEqual(await shown(), { 'm.a': 111, 'm.b': 222 });
});

test('units share a bus, and one that is silent does not silence the others', async (t) => {
  const other = { ...METER, id: 'n', unit: 2, fields: [{ fn: 3, address: 0, key: 'x' }] };
  const { slave, start, shown } = await meter(t, [METER, other, { ...other, id: 'o', unit: 3 }]);
  slave.units.set(3, { holding: { 0: 7 } });
  await start();
  for (let round = 0; round < 3; round++)
    assert.deepEqual(await shown(), { ...TRUTH, 'n.x': 'timeout', 'o.x': 7 });
});

test('a unit that nobody asks is not taken for stalled; one that never answers is', async (t) => {
  const { slave, start, shown, counters } = await meter(t, [METER], { silence: '300ms' });
  await start();
  assert.deepEqual(await shown(), TRUTH);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  assert.equal(counters().stalls, 0);
  slave.mangle = () => undefined;
  await until('a stall', async () => {
    await shown();
    return counters().stalls! > 0;
  });
  slave.mangle = (answer) => answer;
  await until('the truth', async () => (await shown())['m.v'] === 230);
});

test('a device that answers later than its bus may be silent is waited for', async (t) => {
  const { pty, slave, start, shown, counters } = await meter(
    t,
    [{ ...METER, timeout: '2s', retries: 0, fields: METER.fields.slice(0, 1) }],
    { silence: '100ms' },
  );
  slave.say = (answer) => void setTimeout(() => pty.say(answer), 400);
  await start();
  assert.deepEqual(await shown(), { 'm.v': 230 });
  assert.equal(counters().stalls, 0);
  slave.mangle = () => undefined;
  await until('a stall', async () => {
    await shown(300);
    return counters().stalls! > 0;
  });
});

test('what was read by the deadline is told, and only the rest is timeout', async (t) => {
  const fields = Array.from({ length: 20 }, (_, index) => ({ fn: 3, address: index * 50, key: `k${index}` }));
  const { pty, slave, start, shown, set, opened } = await meter(t, [{ ...METER, fields }]);
  slave.units.set(1, { holding: Object.fromEntries(fields.map(({ address }) => [address, address])) });
  slave.say = (answer) => void setTimeout(() => pty.say(answer), 60);
  await start();
  await opened(1);
  for (let round = 0; round < 2; round++) {
    const said = Object.values(await shown(700));
    const first = said.indexOf('timeout');
    assert.ok(first > 2 && first < 15, JSON.stringify(said));
    assert.deepEqual(
      said.slice(0, first),
      fields.slice(0, first).map(({ address }) => address),
    );
    assert.deepEqual(new Set(said.slice(first)), new Set(['timeout']));
    assert.equal(set.status()[0]!.state, 'open');
  }
  slave.say = (answer) => pty.say(answer);
  await until('all of it', async () => !Object.values(await shown()).includes('timeout'));
});

test('noise on the line is endured', async (t) => {
  const { pty, slave, start, shown } = await meter(t);
  const random = randomBytes(42);
  await start();
  slave.mangle = (answer) => Buffer.concat([random(5), answer]);
  assert.deepEqual(await shown(), TRUTH);
  slave.mangle = () => random(60);
  for (const value of Object.values(await shown())) assert.equal(typeof value, 'string');
  pty.say(random(4_000));
  slave.mangle = (answer) => answer;
  await until('the truth', async () => (await shown())['m.v'] === 230);
});

test('a pulled plug is unplugged, and the meter is read again when it is back', async (t) => {
  const { pty, start, shown, remove, plug } = await meter(t);
  await start();
  assert.deepEqual(await shown(), TRUTH);
  await pty.unplug();
  await remove('dev/ttyUSB0');
  await until('unplugged', async () => (await shown())['m.v'] === 'unplugged');
  const slave = new ModbusSlave(await plug());
  slave.units.set(1, TABLES());
  await until('the truth', async () => (await shown())['m.v'] === 230);
});

test('a bus that closes does not wait for an answer that never comes', async (t) => {
  const { set, slave, start, shown } = await meter(t, [{ ...METER, timeout: '9s', retries: 3 }]);
  slave.mangle = () => undefined;
  await start();
  const reading = shown(60_000);
  await until('a request', () => slave.asked.length > 0);
  assert.deepEqual(await set.close(), { abandoned: [] });
  assert.deepEqual(await reading, all('io'));
});

test('a write that hangs costs its own port a new opening, and other buses nothing', async (t) => {
  const hung = { path: '' };
  const binding = {
    list: LinuxBinding.list,
    async open(options: Parameters<typeof LinuxBinding.open>[0]) {
      const port = await LinuxBinding.open(options);
      if (options.path.endsWith(hung.path)) port.write = () => new Promise<void>(() => {});
      return port;
    },
  };
  const rig = await serialRig(t, [], {}, { loadSerialBinding: async () => binding });
  const slave = new ModbusSlave(await rig.plug());
  slave.units.set(1, TABLES());
  const other = await Pty.open();
  t.after(() => other.unplug());
  await rig.link('dev/ttyUSB1', other.path);
  new ModbusSlave(other).units.set(1, TABLES());
  hung.path = 'ttyUSB0';
  await rig.set.apply(
    configOf({
      period: '1h',
      buses: {
        b: { type: 'serial', path: '/dev/ttyUSB0', baud: 9600 },
        c: { type: 'serial', path: '/dev/ttyUSB1', baud: 9600 },
      },
      sensors: [
        { ...METER, bus: 'b' },
        { ...METER, bus: 'c', id: 'n' },
      ],
    }),
  );
  const good = Object.fromEntries(Object.entries(TRUTH).map(([name, value]) => [`n${name.slice(1)}`, value]));
  assert.deepEqual(await rig.shown(1_000), { ...all('timeout'), ...good });
  hung.path = 'none';
  await until('the truth', async () => (await rig.shown(1_000))['m.v'] === 230);
  assert.equal(rig.counters().portOpens, 2);
  assert.equal(rig.counters(1).portOpens, 1);
});
