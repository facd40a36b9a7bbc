import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ModbusField } from '@perch/broker-bridge/config/driver-modbus.ts';
import { parseConfig } from '@perch/broker-bridge/config/parse.ts';
import { SampleBuilder } from '../values/sample.ts';
import { addFields, framePause, inOrder } from './drivers/modbus.ts';
import { planBlocks, REGISTERS_LIMIT } from './drivers/modbus-plan.ts';
import { answerData, answerFrame, requestFrame } from './drivers/modbus-rtu.ts';
import { until } from './testing/environment.ts';
import { ModbusSlave } from './testing/modbus-slave.ts';
import { hex, randomBytes, serialRig } from './testing/serial-rig.ts';

const field = (fn: 1 | 2 | 3 | 4, address: number, more: Partial<ModbusField> = {}): ModbusField => ({
  fn,
  address,
  key: `k${fn}_${address}`,
  ...more,
});

test('requests are those of the public examples, byte for byte', () => {
  assert.deepEqual(
    requestFrame({ unit: 1, fn: 3, address: 0, count: 10 }),
    new Uint8Array(hex('01 03 00 00 00 0A C5 CD')),
  );
  assert.deepEqual(
    requestFrame({ unit: 0x11, fn: 3, address: 0x6b, count: 3 }),
    new Uint8Array(hex('11 03 00 6B 00 03 76 87')),
  );
});

test("the specification's own answers are read: registers 022B 0000 0064, coils CD 6B 05, inputs AC DB 35", () => {
  // Modbus Application Protocol V1.1b3, examples in sections 6.1, 6.2 and 6.3.
  const read = (fn: 1 | 2 | 3, address: number, count: number, data: string, fields: ModbusField[]) => {
    const builder = new SampleBuilder();
    addFields(builder, { fn, address, count, fields }, hex(data));
    return Object.fromEntries(builder.sample.values);
  };
  assert.deepEqual(read(3, 107, 3, '02 2B 00 00 00 64', [field(3, 107), field(3, 108), field(3, 109)]), {
    k3_107: 555,
    k3_108: 0,
    k3_109: 100,
  });
  // "The status of outputs 27-20 is CD = 1100 1101": output 27 is the highest bit, 20 the lowest; address is number - 1.
  assert.deepEqual(
    read(1, 19, 19, 'CD 6B 05', [field(1, 26), field(1, 19), field(1, 20), field(1, 37), field(1, 36)]),
    { k1_26: true, k1_19: true, k1_20: false, k1_37: true, k1_36: false },
  );
  assert.deepEqual(read(2, 196, 22, 'AC DB 35', [field(2, 203), field(2, 196), field(2, 217)]), {
    k2_203: true,
    k2_196: false,
    k2_217: true,
  });
});

test('a pause is 3.5 characters, and 1.75 ms above 19200 baud', () => {
  assert.ok(Math.abs(framePause(9600) - 4.0104) < 0.001);
  assert.equal(framePause(38_400), 1.75);
});

// 123456.0 is 47F12000 in IEEE 754 (1.1110001001 * 2^16), by hand.
for (const [order, bytes] of [
  ['ABCD', '47 F1 20 00'],
  ['CDAB', '20 00 47 F1'],
  ['BADC', 'F1 47 00 20'],
  ['DCBA', '00 20 F1 47'],
] as const)
  test(`a number in the order ${order}`, () => {
    const builder = new SampleBuilder();
    addFields(
      builder,
      { fn: 3, address: 5, count: 2, fields: [field(3, 5, { type: 'f32', order })] },
      hex(bytes),
    );
    assert.equal(builder.sample.values.get('k3_5'), 123_456);
    assert.deepEqual(inOrder(hex(bytes), order), new Uint8Array(hex('47 F1 20 00')));
  });

test('every type, bits of a word, and what no double can hold', () => {
  const builder = new SampleBuilder();
  const at = (address: number, more: Partial<ModbusField>) => field(3, address, more);
  addFields(
    builder,
    {
      fn: 3,
      address: 0,
      count: 24,
      fields: [
        at(0, { key: 'i16', type: 'i16' }),
        at(0, { key: 'scaled', type: 'i16', scale: 0.1, range: [-50, 50] }),
        at(0, { key: 'low', bits: [3, 0] }),
        at(0, { key: 'flag', type: 'bool', bits: [0, 0] }),
        at(1, { key: 'u32', type: 'u32' }),
        at(3, { key: 'i32', type: 'i32' }),
        at(5, { key: 'u64', type: 'u64' }),
        at(9, { key: 'i64', type: 'i64' }),
        at(13, { key: 'beyond', type: 'u64' }),
        at(17, { key: 'f64', type: 'f64' }),
        at(21, { key: 'nan', type: 'f32' }),
      ],
    },
    hex(`FF 38  80 00 00 01  FF FF FF FE  00 1F FF FF FF FF FF FF  FF FF FF FF FF FF FF FD
         00 20 00 00 00 00 00 00  40 09 21 FB 54 44 2D 18  7F C0 00 00  00 00`),
  );
  assert.deepEqual(Object.fromEntries(builder.sample.values), {
    i16: -200,
    scaled: -20,
    low: 8,
    flag: false,
    u32: 2_147_483_649,
    i32: -2,
    u64: Number.MAX_SAFE_INTEGER,
    i64: -3,
    f64: Math.PI,
  });
  assert.deepEqual(Object.fromEntries(builder.sample.errors), { beyond: 'range', nan: 'malformed' });
});

test('neighbours are read together, over small gaps only, and never more than a request may hold', () => {
  const plan = (fields: ModbusField[], gap?: number) =>
    planBlocks(fields, gap).map(({ fn, address, count }) => [fn, address, count]);
  assert.deepEqual(plan([field(3, 2), field(3, 0, { type: 'f32' }), field(4, 0)]), [
    [3, 0, 3],
    [4, 0, 1],
  ]);
  assert.deepEqual(plan([field(3, 0), field(3, 5)]), [[3, 0, 6]]);
  assert.deepEqual(plan([field(3, 0), field(3, 6)]), [
    [3, 0, 1],
    [3, 6, 1],
  ]);
  assert.deepEqual(plan([field(3, 0), field(3, 1), field(3, 3)], 0), [
    [3, 0, 2],
    [3, 3, 1],
  ]);
  assert.deepEqual(plan([field(3, 0), field(3, 100), field(3, REGISTERS_LIMIT)], 100), [
    [3, 0, 101],
    [3, 125, 1],
  ]);
  assert.deepEqual(plan([field(1, 0), field(1, 100), field(1, 200)], 100), [[1, 0, 201]]);
  assert.deepEqual(plan([field(3, 0, { type: 'u32' }), field(3, 0)]), [[3, 0, 2]], 'two fields of one place');
});

test('an answer is found after noise and after others, at every cut, and nothing else is one', () => {
  const request = { unit: 0x11, fn: 3, address: 0x6b, count: 3 } as const;
  // CRC by the algorithm of Serial Line V1.02, section 6.2.2; the frame is its widely printed example.
  const answer = hex('11 03 06 02 2B 00 00 00 64 C8 BA');
  for (let cut = 0; cut < answer.length; cut++)
    assert.equal(answerFrame(answer.subarray(0, cut), request), undefined);
  assert.deepEqual(answerFrame(Buffer.concat([hex('00 FF 11 03'), answer]), request), new Uint8Array(answer));
  assert.deepEqual(answerData(answer), answer.subarray(3, 9));
  for (let at = 0; at < answer.length; at++) {
    const bad = Uint8Array.from(answer);
    bad[at]! ^= 0x10;
    assert.equal(answerFrame(bad, request), undefined, `byte ${at}`);
  }
  const random = randomBytes(7);
  for (let round = 0; round < 500; round++) assert.equal(answerFrame(random(200), request), undefined);
});

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

const faultsOf = (sensor: object) => {
  const parsed = parseConfig(
    JSON.stringify({
      period: '10s',
      buses: { b: { type: 'serial', path: '/dev/ttyUSB0', baud: 9600 } },
      sensors: [{ id: 'm', driver: 'modbus', bus: 'b', unit: 1, ...sensor }],
    }),
  );
  return parsed.ok ? [] : parsed.faults.map(({ pointer, hint }) => `${pointer} ${hint}`);
};

for (const [what, one, fault] of [
  ['a number from a coil', { fn: 1, address: 0, type: 'u16' }, /^\/sensors\/0\/fields\/0\/type .*fn 3 or 4/],
  [
    'a number beyond the last register',
    { fn: 3, address: 65_535, type: 'f32' },
    /fields\/0\/address .*65535/,
  ],
  ['bits of a float', { fn: 3, address: 0, type: 'f32', bits: [3, 0] }, /fields\/0\/bits /],
  ['bits beyond a word', { fn: 3, address: 0, bits: [16, 0] }, /fields\/0\/bits .*15/],
  ['a scaled bool', { fn: 1, address: 0, scale: 2 }, /fields\/0\/scale /],
  ['function 5', { fn: 5, address: 0 }, /fields\/0\/fn .*1 coils/],
  ['an upside-down range', { fn: 3, address: 0, range: [1, 0] }, /fields\/0\/range /],
] as const)
  test(`a config with ${what} is refused with a hint`, () => {
    const [first] = faultsOf({ fields: [{ key: 'k', ...one }] });
    assert.match(first ?? 'accepted', fault);
  });
test('timeouts are bounded', () => {
  const fields = [{ fn: 3, address: 0, key: 'k' }];
  assert.deepEqual(faultsOf({ fields, timeout: '10s' }).length, 1, 'longer than a reading may take');
  assert.match(faultsOf({ fields, timeout: '11s' })[0]!, /^\/sensors\/0\/timeout from 20ms to 10s/);
  assert.deepEqual(faultsOf({ fields, timeout: '2s' }), []);
});
