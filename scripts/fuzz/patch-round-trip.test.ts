import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { SEGMENT } from '@perch/broker-bridge/update/segment-index.ts';
import fc from 'fast-check';
import { deltaOf, PatchBench, signedOf } from './patching.ts';
import { seeded } from './random.ts';
import { type Machine, sampleExecutable } from './sample-executable.ts';

/** Bytes that compress badly and do not repeat. */
function noise(length: number, seed = 1): Buffer {
  const random = seeded(seed);
  const bytes = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32LE(random.below(2 ** 32), at);
  return bytes;
}

type Edit = { at: number; kind: 'flip' | 'insert' | 'delete' | 'move' | 'text'; size: number };

function edited(bytes: Buffer, { at, kind, size }: Edit): Buffer {
  const place = Math.floor(at * bytes.length);
  const [before, behind] = [bytes.subarray(0, place), bytes.subarray(place)];
  if (kind === 'insert') return Buffer.concat([before, noise(size, size), behind]);
  if (kind === 'delete') return Buffer.concat([before, behind.subarray(size)]);
  if (kind === 'move') return Buffer.concat([behind.subarray(0, size), before, behind.subarray(size)]);
  if (kind === 'text')
    return Buffer.concat([before, Buffer.from('const perch = 1;\n'.repeat(size % 9)), behind]);
  const changed = Buffer.from(bytes);
  for (let i = place; i < Math.min(bytes.length, place + size); i += 5) changed[i]! ^= 1 + (i % 255);
  return changed;
}

const edits = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 0.999, noNaN: true }),
    kind: fc.constantFrom<Edit['kind'][]>('flip', 'insert', 'delete', 'move', 'text'),
    size: fc.integer({ min: 1, max: 900 }),
  }),
  { maxLength: 12 },
);

const ORDER = Array.from({ length: 300 }, (_, i) => i);
/** One function was added early, one went away late: nearly every reference changed. */
const LATER = [...ORDER.slice(0, 70), 300, ...ORDER.slice(70, 280), ...ORDER.slice(281)];
const MACHINES: Machine[] = ['arm64', 'x64'];

describe('a patch', () => {
  let bench: PatchBench;
  before(() => {
    bench = new PatchBench();
  });
  after(() => bench.close());

  const roundTrip = async (base: Buffer, target: Buffer): Promise<Buffer> => {
    const patch = deltaOf(base, target);
    const made = await bench.apply(patch, base, signedOf(target));
    assert.ok(made.equals(target), 'the output is not the target');
    return patch;
  };

  test('makes the target from the base after any edits', async () => {
    const base = Buffer.concat([noise(9000), Buffer.from('let a = b + c;\n'.repeat(300)), noise(5000, 2)]);
    await fc.assert(
      fc.asyncProperty(edits, async (list) => {
        await roundTrip(base, list.reduce(edited, base));
      }),
      { numRuns: 20 },
    );
  });

  for (const machine of MACHINES)
    test(`makes the target after any edits of ${machine} code, even such that break its form`, async () => {
      const base = sampleExecutable(machine, ORDER.slice(0, 40), 41);
      await fc.assert(
        fc.asyncProperty(
          edits,
          fc.shuffledSubarray(ORDER.slice(0, 41), { minLength: 30 }),
          async (list, order) => {
            await roundTrip(base, list.reduce(edited, sampleExecutable(machine, order, 41)));
          },
        ),
        { numRuns: 10 },
      );
    });

  test('makes anything from anything: nothing, a byte, all zeros, unlike files', async () => {
    const files = [
      Buffer.alloc(1, 7),
      Buffer.alloc(5000),
      noise(3000),
      noise(20),
      Buffer.from('perch'.repeat(999)),
    ];
    for (const base of [Buffer.alloc(0), ...files]) for (const target of files) await roundTrip(base, target);
  });

  test('of a file that did not change is tiny', async () => {
    const file = noise(300_000);
    assert.ok((await roundTrip(file, file)).length < 20);
  });

  for (const machine of MACHINES)
    test(`follows the references of ${machine} code, so that a function more costs a function`, async () => {
      const [base, target] = [sampleExecutable(machine, ORDER, 301), sampleExecutable(machine, LATER, 301)];
      const patch = await roundTrip(base, target);
      // Without its magic number it is no ELF file, and nothing is known of it.
      const unknown = (file: Buffer): Buffer => Buffer.concat([Buffer.from('?'), file.subarray(1)]);
      const plain = await roundTrip(unknown(base), unknown(target));
      assert.ok(patch.length < 700, `${patch.length} bytes`);
      assert.ok(plain.length > 5 * patch.length, `${plain.length} bytes without, ${patch.length} with`);
    });

  test('is the same for the same files', () => {
    const [base, target] = [sampleExecutable('arm64', ORDER, 301), sampleExecutable('arm64', LATER, 301)];
    assert.deepEqual(deltaOf(base, target), deltaOf(base, target));
  });

  describe('of several segments', () => {
    const base = noise(3 * SEGMENT + 1000);
    const target = Buffer.concat([
      base.subarray(0, SEGMENT + 5),
      Buffer.from('perch'),
      base.subarray(SEGMENT + 5),
    ]);
    let patch: Buffer;
    before(() => {
      patch = deltaOf(base, target);
    });

    test('carries the leaves of the segments that changed, and not the first', () => {
      assert.ok(patch.length < 3 * 16 + 60, `${patch.length} bytes`);
      assert.ok(patch.length > 3 * 16);
    });

    test('tells how far it is, up to the signed length', async () => {
      const told: number[] = [];
      const progress = (done: number, total: number): void => {
        assert.equal(total, target.length);
        told.push(done);
      };
      await bench.apply(patch, base, signedOf(target), { progress });
      assert.deepEqual(told, [SEGMENT, 2 * SEGMENT, 3 * SEGMENT, target.length]);
    });

    test('goes on where it was, and does not write again what is there', async () => {
      const output = bench.put(
        'output',
        Buffer.concat([target.subarray(0, 2 * SEGMENT), Buffer.from('half a seg')]),
      );
      const fd = openSync(output, 'r+');
      writeSync(fd, Buffer.from('mark'), 0, 4, 3); // would be overwritten if the segment were
      closeSync(fd);
      const made = await bench.apply(patch, base, signedOf(target), { haveSegments: 2 });
      assert.equal(made.toString('latin1', 3, 7), 'mark');
      assert.ok(made.subarray(8).equals(target.subarray(8)));
    });

    test('cuts off what an earlier, longer file left behind', async () => {
      bench.put('output', noise(5 * SEGMENT));
      const made = await bench.apply(patch, base, signedOf(target), { haveSegments: 0 });
      assert.ok(made.equals(target));
      bench.put('output', Buffer.concat([target.subarray(0, SEGMENT), noise(5 * SEGMENT)]));
      assert.equal(
        (await bench.apply(patch, base, signedOf(target), { haveSegments: 1 })).length,
        target.length,
      );
    });

    test('lets others go on meanwhile, and ends when it is told to', async () => {
      const stop = new AbortController();
      const why = new Error('enough');
      setImmediate(() => stop.abort(why));
      const work = seeded(3);
      // Every hundredth byte is another one: that takes a while.
      const hard = Buffer.from(base.map((byte) => (work.below(100) === 0 ? byte + 1 : byte)));
      const long = deltaOf(base, hard);
      await assert.rejects(bench.apply(long, base, signedOf(hard), { signal: stop.signal }), why);
      assert.ok(bench.written() < hard.length);
      assert.ok(readFileSync(bench.path('output')).equals(hard.subarray(0, bench.written())));
    });

    test('holds less than 32 MB while it is applied, and nothing that grows with the file', async () => {
      const peak = async (files: [Buffer, Buffer], delta: Buffer): Promise<number> => {
        globalThis.gc?.();
        const idle = process.memoryUsage().arrayBuffers;
        let most = 0;
        const progress = (): void => {
          most = Math.max(most, process.memoryUsage().arrayBuffers - idle);
        };
        await bench.apply(delta, files[0], signedOf(files[1]), { progress });
        return most;
      };
      assert.ok((await peak([base, target], patch)) < 32 * 1024 * 1024);
    });
  });
});
