import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  DATA_LIMIT,
  DESCRIPTOR_LIMIT,
  decodeEvent,
  EVENT_SIZE,
  encodeCreate,
  encodeDestroy,
  encodeInput,
  encodeReport,
  encodeTaken,
} from './uhid.ts';

/** Bytes by hand from linux/uhid.h: at each offset its bytes, and zeros between. */
function laidOut(length: number, parts: Record<number, string>): Buffer {
  const bytes = Buffer.alloc(length);
  for (const [at, hex] of Object.entries(parts)) bytes.set(Buffer.from(hex, 'hex'), Number(at));
  return bytes;
}

test('what the kernel says is read at the offsets of its header', () => {
  for (const [type, name] of [
    ['02', 'start'],
    ['03', 'stop'],
    ['04', 'open'],
    ['05', 'close'],
  ] as const)
    assert.deepEqual(decodeEvent(laidOut(EVENT_SIZE, { 0: type })), { type: name });
  // struct uhid_output_req: 4096 bytes of data, then their number.
  const output = decodeEvent(laidOut(EVENT_SIZE, { 0: '06', 4: '1501', 4100: '0200' }));
  assert.ok(output?.type === 'output');
  assert.deepEqual(Buffer.from(output.report).toString('hex'), '1501');
  // struct uhid_get_report_req: id, number, kind.
  assert.deepEqual(decodeEvent(laidOut(EVENT_SIZE, { 0: '09', 4: '78563412', 8: '0500' })), {
    type: 'getReport',
    id: 0x12345678,
    number: 5,
    kind: 'feature',
  });
  // struct uhid_set_report_req: id, number, kind, size, data.
  const set = decodeEvent(laidOut(EVENT_SIZE, { 0: '0d', 4: '01000000', 8: '2000', 10: '0200', 12: '20ff' }));
  assert.ok(set?.type === 'setReport');
  assert.deepEqual(
    { ...set, report: Buffer.from(set.report).toString('hex') },
    {
      type: 'setReport',
      id: 1,
      number: 0x20,
      kind: 'feature',
      report: '20ff',
    },
  );
});

test('a short event of the kernel ends in zeros', () => {
  assert.deepEqual(decodeEvent(Buffer.from('09000000070000', 'hex')), {
    type: 'getReport',
    id: 7,
    number: 0,
    kind: 'feature',
  });
});

test('what is said to the kernel is laid out as its header has it', () => {
  const created = encodeCreate({
    name: 'N',
    place: 'P',
    unique: 'U',
    vendor: 0x10c4,
    product: 0xea90,
    version: 0x0100,
    descriptor: Uint8Array.of(0x06, 0x00, 0xff),
  });
  assert.deepEqual(
    created,
    laidOut(283, {
      0: '0b000000',
      4: '4e',
      132: '50',
      196: '55',
      260: '0300',
      262: '0300',
      264: 'c4100000',
      268: '90ea0000',
      272: '00010000',
      280: '0600ff',
    }),
  );
  const hex = (bytes: Buffer) => bytes.toString('hex');
  assert.equal(hex(encodeDestroy()), '01000000');
  assert.equal(hex(encodeInput(Uint8Array.of(0x16, 0x02))), '0c00000002001602');
  assert.equal(hex(encodeReport(7, Uint8Array.of(5, 0x0c, 2))), '0a000000070000000000' + '0300' + '050c02');
  assert.equal(hex(encodeReport(7, undefined)), '0a00000007000000' + '0500' + '0000');
  assert.equal(hex(encodeTaken(7, true)), '0e000000070000000000');
  assert.equal(hex(encodeTaken(7, false)), '0e000000070000000500');
});

test('names that are too long are cut and leave the zero at their end', () => {
  const long = 'x'.repeat(300);
  const bytes = encodeCreate({
    name: long,
    place: long,
    unique: long,
    vendor: 1,
    product: 2,
    version: 3,
    descriptor: Uint8Array.of(0xc0),
  });
  for (const end of [131, 195, 259]) assert.deepEqual([bytes[end - 1], bytes[end]], [0x78, 0]);
  assert.throws(
    () =>
      encodeCreate({
        name: '',
        place: '',
        unique: '',
        vendor: 1,
        product: 2,
        version: 3,
        descriptor: new Uint8Array(DESCRIPTOR_LIMIT + 1),
      }),
    RangeError,
  );
});

test('no bytes whatever make the reader throw or give a report longer than the kernel has room for', () => {
  const type = fc.constantFrom(2, 3, 4, 5, 6, 9, 13);
  const event = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc
      .tuple(type, fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 3, maxLength: 3 }))
      .map(([first, head, tail]) => {
        const bytes = Buffer.alloc(EVENT_SIZE);
        bytes.set(head, 4);
        bytes.set(tail, 4 + DATA_LIMIT);
        bytes.writeUInt32LE(first, 0);
        return bytes;
      }),
  );
  fc.assert(
    fc.property(event, (bytes) => {
      const read = decodeEvent(bytes);
      if (read && 'report' in read) assert.ok(read.report.length <= DATA_LIMIT);
    }),
    { numRuns: 500 },
  );
  assert.equal(decodeEvent(laidOut(EVENT_SIZE, { 0: '06', 4100: '0110' })), undefined, '4097 bytes');
  assert.equal(decodeEvent(laidOut(EVENT_SIZE, { 0: '0d', 10: '0110' })), undefined, '4097 bytes');
  assert.equal(decodeEvent(Buffer.alloc(EVENT_SIZE + 1, 2)), undefined);
  assert.equal(decodeEvent(Buffer.alloc(3)), undefined);
});
