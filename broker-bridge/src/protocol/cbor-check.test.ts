import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkCbor } from './cbor-check.ts';
import { decodeItem, decodeMessage, encodeMessage } from './codec.ts';
import { PerchError } from './errors.ts';
import { DEPTH_LIMIT, NODES_LIMIT } from './limits.ts';
import type { MessageOf } from './messages.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');
const refuses = (text: string, why: RegExp): void =>
  assert.throws(() => checkCbor(hex(text)), { code: 'MALFORMED', message: why }, text);

test('one item passes, in every kind that messages are made of', () => {
  for (const text of [
    '00 ',
    '17',
    '1818',
    '1903e8',
    '1a80000000',
    '1b0000000100000000',
    '1b001fffffffffffff',
    '20',
    '3b001ffffffffffffe',
    '40',
    '4401020304',
    '60',
    '62c3a4',
    '80',
    '83010203',
    'a0',
    'a201026161f4',
    'f4',
    'f5',
    'f93e00', // 1.5 in half precision
    'fa41ad999a', // 21.7
    'fb3fd5555555555555',
  ])
    checkCbor(hex(text));
});

test('what is cut short is refused at every length', () => {
  const whole = hex('a4 00 02 01 65 302e312e30 02 1903e8 03 81 fb3fd5555555555555');
  checkCbor(whole);
  for (let length = 0; length < whole.length; length++)
    assert.throws(() => checkCbor(whole.subarray(0, length)), { code: 'MALFORMED' });
});

test('bytes after the end are refused', () => refuses('0000', /after the end at byte 1/));

test('numbers and lengths in more bytes than they need are refused', () => {
  for (const text of [
    '1817',
    '1900ff',
    '1a0000ffff',
    '1b00000000ffffffff',
    '3817',
    '580100',
    '7800',
    '980100',
  ])
    refuses(text, /shortest/);
});

test('numbers past 2^53 - 1 on either side are refused', () => {
  refuses('1b0020000000000000', /above/);
  refuses('3b001fffffffffffff', /below/);
});

test('tags, null, undefined, other simple values and indefinite lengths are refused', () => {
  refuses('c000', /tag/);
  refuses('d9d9f700', /tag/);
  for (const text of ['f6', 'f7', 'e0', 'f820', 'ff']) refuses(text, /simple/);
  for (const text of ['5f4100ff', '7f6161ff', '9fff', 'bfff', '1f', '1c', '5d', '9e'])
    refuses(text, /indefinite|reserved/);
});

test('NaN and infinities are refused in every precision', () => {
  for (const text of [
    'f97c00',
    'f97e00',
    'f9fc00',
    'fa7f800000',
    'fa7fc00000',
    'fb7ff0000000000000',
    'fbfff8000000000001',
  ])
    refuses(text, /NaN or infinity/);
});

test('a whole number is never a float, so that 1.0 does not pass for the kind 1', () => {
  for (const text of [
    'f93c00',
    'f98000',
    'fa3f800000',
    'fb3ff0000000000000',
    'fb8000000000000000',
    'fbc33fffffffffffff',
  ])
    refuses(text, /whole number/);
  checkCbor(hex('fb4340000000000000')); // 2^53 does not fit an integer of this wire
});

test('a single that would not be read as it was meant is refused', () => {
  refuses('fa3f800001', /single precision/); // 1.00000012, which would be read as 1
  checkCbor(hex('fb3ff0000020000000')); // the same number as double
  refuses('fa60ad999a', /single precision/); // 1.0006842e20, past the range of singles here
});

test('map keys come in ascending order and once, numbers before texts', () => {
  checkCbor(hex('a3 01 00 02 00 6161 00'));
  refuses('a2 01 00 01 00', /ascending/);
  refuses('a2 02 00 01 00', /ascending/);
  refuses('a2 6161 00 01 00', /ascending/);
  refuses('a2 6162 00 6161 00', /ascending/);
  checkCbor(hex('a2 6162 00 626161 00')); // the shorter text first
  for (const key of ['20', '40', '80', 'a0', 'f4']) refuses(`a1 ${key} 00`, /key/);
});

test('text that is not UTF-8 is refused', () => {
  for (const text of ['61ff', '62c328', '61c3', '63eda080', '62c080', '64f4908080']) refuses(text, /UTF-8/);
});

test('nesting stops at its limit', () => {
  checkCbor(hex(`${'81'.repeat(DEPTH_LIMIT)}00`));
  refuses(`${'81'.repeat(DEPTH_LIMIT + 1)}00`, /nested/);
  refuses('81'.repeat(30_000), /nested/);
});

test('the number of data items stops at its limit', () => {
  const array = (count: number) => Buffer.concat([hex(`99${count.toString(16)}`), Buffer.alloc(count)]);
  checkCbor(array(NODES_LIMIT - 1));
  assert.throws(() => checkCbor(array(NODES_LIMIT)), { message: /data items/ });
  assert.throws(() => checkCbor(array(NODES_LIMIT - 1), 5), { message: /more than 5/ });
});

test('a claimed length costs nothing: four gigabytes in five bytes are refused at once', () => {
  for (const text of [
    '5affffffff',
    '7affffffff',
    '9affffffff',
    'baffffffff',
    '9b001fffffffffffff',
    'bb001fffffffffffff',
  ])
    refuses(text, /longer than the message/);
});

// --- whatever comes

/** Checks and decodes; a PerchError is an answer, anything else is not. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    assert.ok(error instanceof PerchError, String(error));
    return undefined;
  }
}

test('arbitrary bytes are accepted and decoded, or refused with a code', () => {
  // Heads in front of small arguments find the depths of the parser sooner than even bytes do.
  const byte = fc.oneof(
    fc.nat({ max: 255 }),
    fc.constantFrom(0xa1, 0xa2, 0x81, 0x82, 0x61, 0x41, 0xf9, 0xfa, 0xfb, 0x18, 0x1a),
  );
  const bytes = fc.array(byte, { maxLength: 40 }).map((list) => Uint8Array.from(list));
  fc.assert(
    fc.property(bytes, (one) => {
      const accepted = attempt(() => {
        checkCbor(one);
        return true;
      });
      const decoded = attempt(() => ({ item: decodeItem(one) }));
      assert.equal(decoded !== undefined, accepted === true, 'what passes the check decodes');
    }),
    { numRuns: 50_000 },
  );
});

test('a changed message is refused, or is one that the codec writes in these very bytes', () => {
  const message: MessageOf<'monitorRecord'> = {
    name: 'monitorRecord',
    version: '0.1.0',
    configVersion: 3,
    records: [
      {
        number: 70_000,
        timestamp: 1_760_000_000_000,
        per: 10_000,
        values: new Map<number | string, number | string | boolean>([
          [0, 21.7],
          [1, -40],
          [2, true],
          [300, 'ok'],
          ['dust.pm25', 1 / 3],
        ]),
        errors: new Map([[3, 'nak']]),
        unsynchronised: true,
      },
    ],
    update: { sequence: 9, state: 0, percent: 40 },
  };
  const bytes = encodeMessage(message);
  let accepted = 0;
  for (let at = 0; at < bytes.length; at++)
    for (let to = 0; to < 256; to++) {
      const changed = Buffer.from(bytes);
      changed[at] = to;
      const back = attempt(() => decodeMessage(changed, 'agent'));
      if (back === undefined) continue;
      accepted += 1;
      // The reason that a newer version may have reads as io, which has another number.
      const errors = back.name === 'monitorRecord' ? back.records[0]?.errors : undefined;
      if (errors !== undefined && [...errors.values()].includes('io')) continue;
      assert.equal(encodeMessage(back).toString('hex'), changed.toString('hex'));
    }
  assert.ok(accepted > bytes.length, 'some changes make another true message');
});
