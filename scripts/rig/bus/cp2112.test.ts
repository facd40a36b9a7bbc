import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  CHUNK_LIMIT,
  CP2112_DEVICE,
  Cp2112,
  LOCK_BYTE,
  READ_LIMIT,
  REPORT_SIZE,
  TARGET_LIMIT,
  type TransferResult,
} from './cp2112.ts';

/** A bridge that notes what it does on its wires, "77 w d0 r 1", and gets `result` for it. */
function bridge(result: TransferResult | ((length: number) => TransferResult) = []) {
  const done: string[] = [];
  const cp2112 = new Cp2112((address, written, length) => {
    const wrote = written ? ` w ${Buffer.from(written).toString('hex')}` : '';
    done.push(`${address.toString(16)}${wrote}${length ? ` r ${length}` : ''}`);
    return typeof result === 'function' ? result(length) : result;
  });
  /** Sends a report as the kernel does, and gives the answers without the zeros at their ends. */
  const say = (hex: string): string[] =>
    cp2112.output(Buffer.from(hex.replaceAll(' ', ''), 'hex')).map((report) => {
      assert.equal(report.length, REPORT_SIZE);
      return Buffer.from(report)
        .toString('hex')
        .replace(/(00)+$/, '');
    });
  return { cp2112, done, say };
}

test("Linux' driver finds a bridge that knows the repeated start, and sets it up", () => {
  const { cp2112 } = bridge();
  const feature = (number: number) => Buffer.from(cp2112.feature(number) ?? []).toString('hex');
  assert.equal(feature(0x05), '050c02');
  assert.equal(feature(0x06), '06000186a0020000000000000000', '100 kHz');
  assert.equal(feature(LOCK_BYTE), '2000');
  assert.equal(feature(0x33), '', 'a report that it does not have');
  const set = Buffer.from('0600061a80020000c800c8000000', 'hex');
  assert.equal(cp2112.setFeature(set), true);
  assert.equal(feature(0x06), set.toString('hex'));
  assert.equal(cp2112.setFeature(set.subarray(1)), false);
  assert.equal(cp2112.setFeature(set.subarray(0, 13)), false, 'a report cut short');
  assert.equal(cp2112.setFeature(Buffer.from('050000', 'hex')), false, 'the version is not for setting');
  cp2112.reset();
  assert.equal(feature(0x06), '06000186a0020000000000000000');
});

test('a write is done at once and its state says so', () => {
  const { say, done } = bridge();
  assert.deepEqual(say('14 ee 02 f4 25'), []);
  assert.deepEqual(done, ['77 w f425']);
  assert.deepEqual(say('15 01'), ['16020500000002']);
});

test('a read of one byte: begun, asked for its state, sent on demand', () => {
  const { say, done } = bridge([0x60]);
  assert.deepEqual(say('10 ee 0001'), []);
  assert.deepEqual(say('15 01'), ['16020500000001']);
  assert.deepEqual(say('12 0001'), ['13020160']);
  assert.deepEqual(done, ['77 r 1']);
});

test('a register is read with a repeated start: one transfer, no stop between', () => {
  const { say, done } = bridge([0x60]);
  say('11 ee 0001 01 d0');
  assert.deepEqual(done, ['77 w d0 r 1']);
  assert.deepEqual(say('12 0001'), ['13020160']);
});

test('a long read comes in reports of 61 bytes, each byte once', () => {
  const data = Array.from({ length: READ_LIMIT }, (_, at) => at & 0xff);
  const { cp2112, say } = bridge(data);
  say('10 ee 0200');
  assert.deepEqual(say('15 01'), ['160205000002'], 'the low byte of 512 is 0');
  const got: number[] = [];
  while (got.length < data.length) {
    // The driver asks for no more than fits one report.
    const wanted = Math.min(CHUNK_LIMIT, data.length - got.length);
    const [report, ...more] = cp2112.output(Uint8Array.of(0x12, 0, wanted));
    assert.equal(more.length, 0);
    assert.equal(report![2], wanted);
    got.push(...report!.subarray(3, 3 + wanted));
  }
  assert.deepEqual(got, data);
  assert.deepEqual(say('12 003d'), ['1302'], 'nothing is left');
});

test('what is asked for at once comes in as many reports as it takes', () => {
  const { cp2112, say } = bridge((length) => Array.from({ length }, () => 7));
  say('10 ee 0096');
  assert.deepEqual(
    cp2112.output(Buffer.from('120096', 'hex')).map((report) => report[2]),
    [61, 61, 28],
  );
});

test('an address that nobody acknowledges and a bus that is not free are told apart', () => {
  const nobody = bridge('nak');
  nobody.say('10 40 0001');
  assert.deepEqual(nobody.say('15 01'), ['1603']);
  assert.deepEqual(nobody.say('12 0001'), ['1303'], 'no data');
  const stuck = bridge('bus-not-free');
  stuck.say('14 40 01 00');
  assert.deepEqual(stuck.say('15 01'), ['160301']);
});

test('a cancelled transfer leaves nothing behind', () => {
  const { say } = bridge([1, 2]);
  say('10 ee 0002');
  assert.deepEqual(say('17 01'), []);
  assert.deepEqual(say('15 01'), ['16']);
  assert.deepEqual(say('12 0002'), ['13']);
});

test('a transfer beyond the limits of the part is not begun', () => {
  const { say, done } = bridge([]);
  const bytes = (count: number) => 'aa'.repeat(count);
  const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0');
  say(`10 ee ${hex(READ_LIMIT + 1, 4)}`);
  say('10 ee 0000');
  say(`14 ee ${hex(CHUNK_LIMIT + 1, 2)} ${bytes(CHUNK_LIMIT + 1)}`);
  say('14 ee 00');
  say(`14 ee 05 ${bytes(4)}`);
  say(`11 ee 0001 ${hex(TARGET_LIMIT + 1, 2)} ${bytes(TARGET_LIMIT + 1)}`);
  say(`11 ee 0001 05 ${bytes(4)}`);
  say('11 ee 0001 00');
  say('11 ee 0001');
  assert.deepEqual(done, []);
  say('14 ee 01 aa');
  say('14 ee 00');
  assert.deepEqual(say('15 01'), ['16'], 'it does not pass for the one before');
  assert.deepEqual(done.splice(0), ['77 w aa']);
  say(`10 ee ${hex(READ_LIMIT, 4)}`);
  say(`14 ee ${hex(CHUNK_LIMIT, 2)} ${bytes(CHUNK_LIMIT)}`);
  say(`11 ee 0001 ${hex(TARGET_LIMIT, 2)} ${bytes(TARGET_LIMIT)}`);
  assert.deepEqual(done, ['77 r 512', `77 w ${bytes(CHUNK_LIMIT)}`, `77 w ${bytes(TARGET_LIMIT)} r 1`]);
});

test('no report whatever makes the bridge throw, read too much or answer without end', () => {
  const report = fc.oneof(
    fc.uint8Array({ maxLength: 70 }),
    fc
      .tuple(fc.integer({ min: 0x10, max: 0x17 }), fc.uint8Array({ maxLength: 70 }))
      .map(([number, rest]) => Uint8Array.of(number, ...rest)),
  );
  fc.assert(
    fc.property(fc.array(report, { maxLength: 20 }), (reports) => {
      const cp2112 = new Cp2112((address, written, length) => {
        assert.ok(address < 0x80 && length <= READ_LIMIT && (written?.length ?? 0) <= CHUNK_LIMIT);
        return Array.from({ length }, () => 0xff);
      });
      for (const bytes of reports) {
        cp2112.setFeature(bytes);
        const answers = cp2112.output(bytes);
        assert.ok(answers.length <= Math.ceil(READ_LIMIT / CHUNK_LIMIT));
        for (const answer of answers) assert.equal(answer.length, REPORT_SIZE);
      }
    }),
    { numRuns: 300 },
  );
});

/** Report counts by kind and number, as a parser of HID 1.11 section 6.2.2 sees them. */
function reportsOf(descriptor: Uint8Array): Record<string, number> {
  const kinds: Record<number, string> = { 128: 'input', 144: 'output', 176: 'feature' };
  const found: Record<string, number> = {};
  let number = 0;
  let count = 0;
  for (let at = 0; at < descriptor.length; ) {
    const head = descriptor[at]!;
    const size = [0, 1, 2, 4][head & 3]!;
    const value = descriptor[at + 1] ?? 0;
    if ((head & 0xfc) === 0x84) number = value;
    if ((head & 0xfc) === 0x94) count = value;
    const kind = kinds[head & 0xfc];
    if (kind) found[`${kind} ${number.toString(16)}`] = count;
    at += 1 + size;
  }
  return found;
}

test('the descriptor names every report with its size', () => {
  assert.deepEqual(reportsOf(CP2112_DEVICE.descriptor), {
    'feature 2': 4,
    'feature 3': 1,
    'feature 5': 2,
    'feature 6': 13,
    'feature 20': 1,
    'input 13': 63,
    'input 16': 63,
    'output 10': 63,
    'output 11': 63,
    'output 12': 63,
    'output 14': 63,
    'output 15': 63,
    'output 17': 63,
  });
  const { cp2112 } = bridge();
  for (const [name, count] of Object.entries(reportsOf(CP2112_DEVICE.descriptor)))
    if (name.startsWith('feature'))
      assert.equal(cp2112.feature(Number.parseInt(name.split(' ')[1]!, 16))?.length, count + 1, name);
});
