import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { BoardError } from './board-error.ts';
import { GPT_ENTRIES_LIMIT, partitionsOf, TABLE_BYTES } from './partition-table.ts';
import { gpt, mbr } from './testing/images.ts';

const MB = 1024 * 1024;
const SIZE = 100 * MB;
const BOOT = { offset: MB, length: 8 * MB, type: 0x0c, guid: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B' };
const ROOT = { offset: 9 * MB, length: 64 * MB, type: 0x83, guid: 'B921B045-1DF0-41C3-AF44-4C6F280D3FAE' };

const fault = (code: string, pattern: RegExp) => (error: unknown) =>
  error instanceof BoardError && error.code === code && pattern.test(error.message);

describe('the partition table of an image', () => {
  test('MBR: the primary partitions in bytes', () => {
    assert.deepEqual(partitionsOf(mbr([BOOT, ROOT]), SIZE), [
      { number: 1, offset: MB, length: 8 * MB, type: '0c' },
      { number: 2, offset: 9 * MB, length: 64 * MB, type: '83' },
    ]);
  });

  test('GPT: the same, with the GUIDs as people write them', () => {
    assert.deepEqual(partitionsOf(gpt([BOOT, ROOT], SIZE), SIZE), [
      { number: 1, offset: MB, length: 8 * MB, type: BOOT.guid },
      { number: 2, offset: 9 * MB, length: 64 * MB, type: ROOT.guid },
    ]);
  });

  test('an image that ends before its last partition is cut short, by one byte too', () => {
    const end = ROOT.offset + ROOT.length;
    for (const table of [mbr([BOOT, ROOT]), gpt([BOOT, ROOT], SIZE)]) {
      assert.equal(partitionsOf(table, end).length, 2);
      assert.throws(() => partitionsOf(table, end - 1), fault('TRUNCATED', /cut short.*download it again/));
    }
  });

  test('what is no image is told from what is a damaged one', () => {
    assert.throws(() => partitionsOf(Buffer.alloc(100), 100), fault('NOT_AN_IMAGE', /it has 100 bytes/));
    assert.throws(
      () => partitionsOf(Buffer.alloc(TABLE_BYTES), SIZE),
      fault('NOT_AN_IMAGE', /no partition table/),
    );
    assert.throws(() => partitionsOf(mbr([]), SIZE), fault('NOT_AN_IMAGE', /empty/));
    const rotten = gpt([BOOT, ROOT], SIZE);
    rotten[1024 + 32] = 1;
    assert.throws(() => partitionsOf(rotten, SIZE), fault('NOT_AN_IMAGE', /checksum of its entries/));
    const overlapping = [BOOT, { ...ROOT, offset: 4 * MB }];
    assert.throws(() => partitionsOf(mbr(overlapping), SIZE), fault('NOT_AN_IMAGE', /1 and 2 overlap/));
  });

  test(`a GPT that claims more than ${GPT_ENTRIES_LIMIT} entries is not believed`, () => {
    const table = gpt([BOOT], SIZE);
    table.writeUInt32LE(GPT_ENTRIES_LIMIT + 1, 512 + 80);
    assert.throws(() => partitionsOf(table, SIZE), fault('NOT_AN_IMAGE', /damaged/));
  });

  test('any bytes give partitions inside the image, or one named error', () => {
    const valid = fc.constantFrom(mbr([BOOT, ROOT]), gpt([BOOT, ROOT], SIZE));
    const spoilt = fc
      .tuple(valid, fc.array(fc.tuple(fc.nat(2048), fc.nat(255)), { maxLength: 8 }))
      .map(([table, changes]) => {
        const copy = Buffer.from(table);
        for (const [at, byte] of changes) if (at < copy.length) copy[at] = byte;
        return copy;
      });
    const bytes = fc.oneof(
      spoilt,
      fc.uint8Array({ maxLength: 2048 }).map((array) => Buffer.from(array)),
    );
    fc.assert(
      fc.property(bytes, fc.nat(2 * SIZE), (head, size) => {
        try {
          for (const { offset, length } of partitionsOf(head, size))
            assert.ok(offset >= 0 && length > 0 && offset + length <= size);
        } catch (error) {
          assert.ok(error instanceof BoardError, String(error));
          assert.ok(['NOT_AN_IMAGE', 'TRUNCATED'].includes(error.code));
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
