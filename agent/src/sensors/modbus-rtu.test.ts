import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ModbusField } from '@perch/broker-bridge/config/driver-modbus.ts';
import { framePause, planBlocks, REGISTERS_LIMIT } from '@perch/broker-bridge/config/modbus-plan.ts';
import { SampleBuilder } from '../values/sample.ts';
import { addFields, inOrder } from './drivers/modbus.ts';
import { answerData, answerFault, answerFrame, requestFrame } from './drivers/modbus-rtu.ts';
import { hex, randomBytes } from './testing/serial-rig.ts';

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
  const noisy = Buffer.concat([hex('00 11 03 06 11 83'), answer, hex('11 03')]);
  for (let cut = 1; cut <= noisy.length; cut++) {
    const found = answerFrame(noisy.subarray(0, cut), request, 1);
    assert.deepEqual(
      found,
      cut === 17 ? new Uint8Array(answer) : undefined,
      'looked at once, when it is whole',
    );
  }
  assert.deepEqual(answerData(answer), answer.subarray(3, 9));
  for (let at = 0; at < answer.length; at++) {
    const bad = Uint8Array.from(answer);
    bad[at]! ^= 0x10;
    assert.equal(answerFrame(bad, request), undefined, `byte ${at}`);
  }
  const random = randomBytes(7);
  for (let round = 0; round < 500; round++) assert.equal(answerFrame(random(200), request), undefined);
});

test('what came instead of an answer is told apart: echo, wrong CRC, another unit, a part, noise', () => {
  const request = { unit: 1, fn: 3, address: 0, count: 1 } as const;
  const said = (bytes: Uint8Array) => answerFault(bytes, request).reason;
  const withCrc = (text: string) => Uint8Array.of(...hex(text), ...requestCrc(hex(text)));
  // An RS-485 adapter that hears itself; the device behind it said nothing.
  assert.equal(said(requestFrame(request)), 'timeout');
  assert.equal(answerFrame(requestFrame(request), request), undefined);
  const answer = withCrc('01 03 02 00 07');
  assert.deepEqual(answerFrame(Uint8Array.of(...requestFrame(request), ...answer), request), answer);
  assert.equal(said(Uint8Array.of(...answer.subarray(0, -1), 0)), 'crc');
  assert.equal(said(hex('01 83 02 00 00')), 'crc');
  assert.equal(said(withCrc('02 03 02 00 07')), 'malformed');
  assert.equal(said(withCrc('01 04 02 00 07')), 'malformed');
  assert.equal(said(withCrc('01 03 04 00 07 00 00')), 'malformed');
  assert.equal(said(answer.subarray(0, 4)), 'malformed');
  assert.equal(said(hex('FF')), 'malformed');
});

/** The CRC of Serial Line V1.02, section 6.2.2, bit by bit, low byte first. */
function requestCrc(bytes: Uint8Array): [number, number] {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return [crc & 0xff, crc >> 8];
}
