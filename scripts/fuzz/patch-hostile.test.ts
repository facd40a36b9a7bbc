import assert from 'node:assert/strict';
import { truncateSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { EXECUTABLE_LIMIT } from '@perch/broker-bridge/release.ts';
import { BitWriter } from '@perch/broker-bridge/update/patch/arithmetic-coder.ts';
import { encodeHeader, FILTER } from '@perch/broker-bridge/update/patch/header.ts';
import { REGION } from '@perch/broker-bridge/update/patch/layout.ts';
import {
  codeLayouts,
  type Layouts,
  LOAD_LIMIT,
  REGION_LIMIT,
} from '@perch/broker-bridge/update/patch/layout-code.ts';
import {
  codeOperations,
  MODE,
  OPERATION_LIMIT,
  type Operation,
} from '@perch/broker-bridge/update/patch/operations.ts';
import { SEGMENT } from '@perch/broker-bridge/update/segment-index.ts';
import { applyPatch, type Signed } from '../../agent/src/update/patch/apply.ts';
import { leafRuns } from '../../server/src/releases/delta/leaf-runs.ts';
import { deltaOf, PatchBench, signedOf } from './patching.ts';
import { seeded } from './random.ts';
import { sampleExecutable } from './sample-executable.ts';

const NO_FILTER = { kind: FILTER.none, start: 0, end: 0 };
const ORDER = Array.from({ length: 60 }, (_, i) => i);
const BASE = sampleExecutable('arm64', ORDER, 61);
const TARGET = sampleExecutable('arm64', [...ORDER.slice(0, 20), 60, ...ORDER.slice(20)], 61);
const SIGNED = signedOf(TARGET);
const DELTA = deltaOf(BASE, TARGET);
const fullForm = (file: Buffer, body = brotliCompressSync(file), filter = NO_FILTER): Buffer =>
  Buffer.concat([
    encodeHeader({ length: file.length, base: undefined, runs: leafRuns(undefined, file), filter }),
    body,
  ]);
const FULL = fullForm(TARGET);
/** What a patch that is not right may be refused for. */
const REFUSED = new Set(['MALFORMED', 'WRONG_HASH', 'WRONG_LENGTH', 'TOO_LONG']);

const headOf = (target: Buffer, base: Buffer): Buffer =>
  encodeHeader({ length: target.length, base: base.length, runs: leafRuns(base, target), filter: NO_FILTER });

/** The start of a body, written without the checks that a maker has. */
function bodyOf(operations: readonly Operation[]): Buffer {
  const coder = new BitWriter();
  const sizes = { length: Number.MAX_SAFE_INTEGER, base: Number.MAX_SAFE_INTEGER };
  codeLayouts(coder, undefined, sizes);
  for (const _ of codeOperations(coder, operations, sizes));
  return Buffer.concat([headOf(TARGET, BASE), coder.finish(), Buffer.of(0x55)]);
}

describe('a board that gets a patch from a hostile server', () => {
  let bench: PatchBench;
  before(() => {
    bench = new PatchBench();
  });
  after(() => bench.close());

  const refuses = async (
    patch: Uint8Array,
    code: string,
    text: RegExp,
    base: Uint8Array | 'none' = BASE,
    signed: Signed = SIGNED,
    written = 0,
  ): Promise<void> => {
    bench.put('output', Buffer.alloc(0));
    await assert.rejects(
      bench.apply(patch, base === 'none' ? undefined : base, signed),
      (error: PerchError) => {
        assert.ok(error instanceof PerchError, String(error));
        assert.equal(error.code, code, error.message);
        assert.match(error.message, text);
        return true;
      },
    );
    assert.equal(bench.written(), written, 'nothing is written that was not verified');
  };

  for (const [what, patch, base] of [
    ['a patch', DELTA, BASE],
    ['a full form', FULL, undefined],
  ] as const)
    test(`refuses any mutation of ${what} or makes the signed executable of it, and writes nothing else`, async () => {
      const random = seeded(41);
      const seen = new Set<string>();
      for (let round = 0; round < 150; round++) {
        const bytes = Buffer.from(patch);
        const mutated = [
          () => bytes.subarray(0, random.below(bytes.length)),
          () => Buffer.concat([bytes, Buffer.from([random.below(256)])]),
          () => Buffer.concat([bytes.subarray(0, random.below(bytes.length)), bytes]),
          () => {
            for (let n = random.below(4); n >= 0; n--) bytes[random.below(bytes.length)] = random.below(256);
            return bytes;
          },
          () => {
            bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
            return bytes;
          },
        ][random.below(5)]!();
        bench.put('output', Buffer.alloc(0));
        try {
          const made = await bench.apply(mutated, base, SIGNED);
          assert.ok(made.equals(TARGET), 'another executable was made');
          seen.add('made');
        } catch (error) {
          assert.ok(error instanceof PerchError && REFUSED.has(error.code), String(error));
          assert.equal(bench.written(), 0);
          seen.add(error.code);
        }
      }
      for (const code of ['MALFORMED', 'WRONG_HASH', 'made']) assert.ok(seen.has(code), `never ${code}`);
    });

  test('refuses a body of random bytes soon', async () => {
    const random = seeded(5);
    for (let round = 0; round < 50; round++) {
      const body = Buffer.from(Array.from({ length: random.below(300) }, () => random.below(256)));
      bench.put('output', Buffer.alloc(0));
      await assert.rejects(
        bench.apply(Buffer.concat([headOf(TARGET, BASE), body]), BASE, SIGNED),
        (error) => {
          assert.ok(error instanceof PerchError && REFUSED.has(error.code), String(error));
          return true;
        },
      );
      assert.equal(bench.written(), 0);
    }
  });

  test('refuses a patch that is not as long as what is signed, or is from another base', async () => {
    const longer = Buffer.concat([TARGET, Buffer.alloc(9)]);
    await refuses(DELTA, 'WRONG_LENGTH', /makes \d+ bytes; \d+ are signed/, BASE, signedOf(longer));
    await refuses(DELTA, 'WRONG_LENGTH', /there is none/, 'none');
    await refuses(DELTA, 'WRONG_LENGTH', /this one has/, BASE.subarray(1));
    const rotten = Buffer.from(BASE);
    rotten[500]! ^= 1;
    await refuses(DELTA, 'WRONG_HASH', /segment 0/, rotten);
  });

  test('refuses an index that is not the signed one before it makes anything', async () => {
    const other = { ...SIGNED, index: '0'.repeat(64) };
    await refuses(DELTA, 'WRONG_HASH', /index/, BASE, other);
    await refuses(FULL, 'WRONG_HASH', /index/, 'none', other);
    const wrong = Buffer.from(DELTA);
    wrong[14]! ^= 1; // within the leaf
    await refuses(wrong, 'WRONG_HASH', /index/);
    // Each segment was right here, so it is the whole that is not.
    const whole = { ...SIGNED, sha256: '0'.repeat(64) };
    await refuses(DELTA, 'WRONG_HASH', /signed hash/, BASE, whole, TARGET.length);
  });

  test('stops what would go on for ever', async () => {
    const longer = Buffer.concat([DELTA, Buffer.alloc(100_000, 1)]);
    await refuses(longer, 'MALFORMED', /goes on behind its end/, BASE, SIGNED, TARGET.length);
    const bomb = brotliCompressSync(Buffer.alloc(64 * SEGMENT));
    await refuses(fullForm(TARGET, bomb), 'WRONG_HASH', /segment 0/, 'none');
    const more = brotliCompressSync(Buffer.concat([TARGET, Buffer.alloc(64 * SEGMENT)]));
    await refuses(fullForm(TARGET, more), 'MALFORMED', /more than the signed/, 'none', SIGNED, TARGET.length);
    const less = brotliCompressSync(TARGET.subarray(0, -9));
    await refuses(fullForm(TARGET, less), 'WRONG_LENGTH', /unpacks to/, 'none');
    const patch = bench.put('patch', DELTA);
    truncateSync(patch, EXECUTABLE_LIMIT + 1);
    await assert.rejects(
      applyPatch({ patch, base: bench.path('base'), output: bench.path('output'), signed: SIGNED }),
      { code: 'TOO_LONG' },
    );
  });

  test('refuses operations outside of the base or of the executable, and too many of them', async () => {
    const one = (to: number, from: number, length: number): Operation => ({
      mode: MODE.correct,
      to,
      from,
      length,
    });
    const outside = /outside of the base or of the executable/;
    const beyond = [
      one(0, 0, BASE.length + 1),
      one(0, BASE.length, 1),
      one(TARGET.length - 5, 0, 6),
      one(0, 2 ** 30, 1),
    ];
    for (const operation of beyond) await refuses(bodyOf([operation]), 'MALFORMED', outside);
    // The code that reads them is the code that writes them.
    for (const operation of [one(5, -6, 1), one(0, 0, 0)]) assert.throws(() => bodyOf([operation]), outside);
    const coder = new BitWriter();
    codeLayouts(coder, undefined, { length: 1, base: 1 });
    const many = Array.from({ length: OPERATION_LIMIT }, (_, i) => one(i, 0, 1));
    for (const _ of codeOperations(coder, many, { length: 2 ** 20, base: 9 }));
    assert.throws(
      () => [...codeOperations(new BitWriter(), [...many, one(2 ** 19, 0, 1)], { length: 2 ** 20, base: 9 })],
      {
        code: 'MALFORMED',
      },
    );
  });

  test('refuses layouts outside of the files, and too many of their parts', async () => {
    const load = { offset: 0, length: 10, address: 0, memory: 10 };
    const region = { kind: REGION.arm64, start: 0, end: 10, base: 0 };
    const rows: [Layouts, RegExp][] = [
      [{ base: { loads: [{ ...load, length: 2 ** 30 }], regions: [] }, newLoads: [] }, /load is outside/],
      [
        { base: { loads: [{ ...load, address: 2 ** 31 - 10 }], regions: [] }, newLoads: [] },
        /load is outside/,
      ],
      [
        { base: { loads: [], regions: [] }, newLoads: [{ ...load, offset: TARGET.length }] },
        /load is outside/,
      ],
      [{ base: { loads: Array(LOAD_LIMIT + 1).fill(load), regions: [] }, newLoads: [] }, /17 loads/],
      [{ base: { loads: [], regions: [{ ...region, end: 2 ** 30 }] }, newLoads: [] }, /region is outside/],
      [{ base: { loads: [], regions: [{ ...region, kind: 7 as 1 }] }, newLoads: [] }, /region is outside/],
    ];
    for (const [layouts, text] of rows) {
      const coder = new BitWriter();
      const sizes = { length: TARGET.length, base: BASE.length };
      // The writer refuses, too, but only when it has written.
      assert.throws(() => codeLayouts(coder, layouts, sizes), text);
      await refuses(Buffer.concat([headOf(TARGET, BASE), coder.finish()]), 'MALFORMED', /./);
    }
    const regions = Array.from({ length: REGION_LIMIT + 1 }, (_, i) => ({ ...region, start: i, end: i + 1 }));
    assert.throws(
      () =>
        codeLayouts(
          new BitWriter(),
          { base: { loads: [], regions }, newLoads: [] },
          { length: 99, base: 99 },
        ),
      /65 regions/,
    );
  });

  test('says what is wrong with its own disk as such', async () => {
    await bench.apply(DELTA, BASE, SIGNED);
    const request = {
      patch: bench.path('patch'),
      base: bench.path('base'),
      output: bench.path('output'),
      signed: SIGNED,
    };
    await assert.rejects(applyPatch({ ...request, patch: bench.path('none') }), { code: 'DISK' });
    await assert.rejects(applyPatch({ ...request, base: bench.path('none') }), { code: 'DISK' });
    await assert.rejects(applyPatch({ ...request, output: bench.path('none/output') }), { code: 'DISK' });
  });
});
