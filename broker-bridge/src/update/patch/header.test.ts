import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EXECUTABLE_LIMIT } from '../../release.ts';
import { LEAF, SEGMENT, SEGMENT_LIMIT } from '../segment-index.ts';
import { filterBranches } from './branch-filter.ts';
import { decodeHeader, encodeHeader, FILTER, HEADER_LIMIT, type Header } from './header.ts';

const NONE = { kind: FILTER.none, start: 0, end: 0 };
const leaves = (count: number): Uint8Array => new Uint8Array(count * LEAF).fill(7);
const delta = (changes: Partial<Header>): Header => ({
  length: 5 * SEGMENT,
  base: 9,
  runs: [],
  filter: NONE,
  ...changes,
});

test('a header comes back, with its leaves in runs', () => {
  const headers: Header[] = [
    delta({}),
    delta({ runs: [{ first: 0, leaves: leaves(5) }] }),
    delta({
      runs: [
        { first: 1, leaves: leaves(1) },
        { first: 3, leaves: leaves(2) },
      ],
    }),
    delta({ length: 1, base: 0, runs: [{ first: 0, leaves: leaves(1) }] }),
    delta({ base: undefined, runs: [{ first: 0, leaves: leaves(5) }] }),
    delta({
      base: undefined,
      runs: [{ first: 0, leaves: leaves(5) }],
      filter: { kind: FILTER.x64, start: 100, end: 3 * SEGMENT },
    }),
  ];
  for (const header of headers) {
    const bytes = encodeHeader(header);
    assert.deepEqual(decodeHeader(Buffer.concat([bytes, Buffer.from('body')])), {
      header,
      end: bytes.length,
    });
    for (let cut = 0; cut < bytes.length; cut++)
      assert.throws(() => decodeHeader(bytes.subarray(0, cut)), { code: 'MALFORMED' }, `cut at ${cut}`);
  }
});

test('a patch that changes one segment of a hundred spends 16 bytes on its leaf and 12 on the rest', () => {
  const one = delta({ length: 100 * SEGMENT, base: 100 * SEGMENT, runs: [{ first: 97, leaves: leaves(1) }] });
  assert.equal(encodeHeader(one).length, 3 + 1 + 4 + 4 + 2 + LEAF + 1);
});

test('the longest header is within its limit', () => {
  const runs = Array.from({ length: SEGMENT_LIMIT / 2 }, (_, i) => ({ first: 2 * i, leaves: leaves(1) }));
  const alternating = encodeHeader(delta({ length: EXECUTABLE_LIMIT, base: EXECUTABLE_LIMIT, runs }));
  const whole = delta({ length: EXECUTABLE_LIMIT, runs: [{ first: 0, leaves: leaves(SEGMENT_LIMIT) }] });
  assert.ok(alternating.length < HEADER_LIMIT && encodeHeader(whole).length < HEADER_LIMIT);
});

test('headers that make no sense are refused', () => {
  const head = '504401';
  const rows: [string, string, RegExp][] = [
    ['', 'MALFORMED', /ends in its header/],
    ['504401', 'MALFORMED', /ends in its header/],
    ['7f454c46', 'MALFORMED', /no patch/],
    ['504402010101', 'MALFORMED', /no patch of a format that this version knows/],
    [`${head}0201010001`, 'MALFORMED', /no form 2/],
    [`${head}010001`, 'MALFORMED', /is empty/],
    [`${head}01818080800101`, 'TOO_LONG', /executable of the patch has 268435457 bytes/],
    [`${head}010181808080010001`, 'TOO_LONG', /base of the patch has/],
    [`${head}01810001`, 'MALFORMED', /shortest form/],
    [`${head}01ffffffffff7f01`, 'MALFORMED', /shortest form, or too large/],
    [`${head}01010102`, 'MALFORMED', /leaves are not those/],
    [`${head}01010100${'00'.repeat(20)}`, 'MALFORMED', /leaves are not those/],
    [`${head}01010100ffff03${'00'.repeat(20)}`, 'MALFORMED', /leaves are not those/],
    [`${head}000105`, 'MALFORMED', /leaves are not those/],
    [`${head}00010001${'00'.repeat(16)}03`, 'MALFORMED', /no filter 3/],
    [`${head}00010001${'00'.repeat(16)}010002`, 'MALFORMED', /filter goes past/],
  ];
  for (const [hex, code, text] of rows)
    assert.throws(
      () => decodeHeader(Buffer.from(hex, 'hex')),
      (error: Error & { code: string }) => {
        assert.equal(error.code, code, hex);
        assert.match(error.message, text);
        return true;
      },
    );
});

test('filtered branches come back for any bytes', () => {
  const filters = fc.record({
    kind: fc.constantFrom(FILTER.arm64, FILTER.x64),
    start: fc.nat(40),
    end: fc.integer({ min: 40, max: 400 }),
  });
  const byte = fc.oneof(fc.constantFrom(0xe8, 0xe9, 0x94, 0x90, 0xb0, 0, 0xff), fc.nat(255));
  const segments = fc.array(byte, { maxLength: 200 }).map((list) => Uint8Array.from(list));
  fc.assert(
    fc.property(segments, filters, fc.nat(300), (segment, filter, offset) => {
      const bytes = segment.slice();
      filterBranches(bytes, offset, offset + segment.length, filter, false);
      filterBranches(bytes, offset, offset + segment.length, filter, true);
      assert.deepEqual(bytes, segment);
    }),
    { numRuns: 2000 },
  );
});

test('two calls of one function become equal', () => {
  const arm64 = Buffer.alloc(0x108);
  arm64.writeUInt32LE(0x94000000 + 0x400, 0x80); // bl from 0x80 and 0x100 to 0x1080
  arm64.writeUInt32LE(0x94000000 + 0x3e0, 0x100);
  filterBranches(arm64, 0, 0x10000, { kind: FILTER.arm64, start: 0, end: 0x10000 }, false);
  assert.equal(arm64.readUInt32LE(0x80), arm64.readUInt32LE(0x100));
  const x64 = Buffer.alloc(0x40, 0x90);
  for (const at of [3, 0x21]) {
    x64[at] = 0xe8;
    x64.writeInt32LE(0x1000 - at, at + 1);
  }
  filterBranches(x64, 0, 0x10000, { kind: FILTER.x64, start: 0, end: 0x10000 }, false);
  assert.equal(x64.readInt32LE(4), x64.readInt32LE(0x22));
});
