import assert from 'node:assert/strict';
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { VirtualTime } from '../../../scripts/faults/virtual-time.ts';
import { FLOW_LIMIT } from './flow.ts';
import { type Carrier, JOURNAL_BYTES, journalled, PartFile } from './part-file.ts';
import { PIECE } from './range-book.ts';
import { folder } from './testing/folder.ts';
import { FRAMES_TIMEOUT_MS, Transfer } from './transfer.ts';

const OBJECT = Buffer.from({ length: 3 * JOURNAL_BYTES + 1234, 0: 0 } as ArrayLike<number>).map(
  (_, index) => (index * 31 + (index >> 8)) & 255,
);
const CARRIER: Carrier = {
  version: '0.3.0',
  target: 'a'.repeat(64),
  object: 'b'.repeat(64),
  length: OBJECT.length,
};

interface Link {
  /** Bytes per second. */
  rate: number;
  /** Whether this frame is lost. */
  loses?(offset: number): boolean;
  /** No request gets through. */
  down?: boolean;
}

/** A board that pulls OBJECT over a link, in virtual time. */
function pull(t: TestContext, state: string, link: Link, maxRate?: number) {
  const time = new VirtualTime({ seed: 3 });
  const part = new PartFile(state, CARRIER);
  const asked: { at: number; frame: number; offsets: number[] }[] = [];
  let counter = 0;
  let free = 0;
  const transfer = new Transfer({
    part,
    ...{ now: time.now, timers: time, random: () => 0.5 },
    maxRate: () => maxRate,
    progress: () => {},
    fetch(frame, offsets) {
      if (link.down) return undefined;
      const re = counter++;
      asked.push({ at: time.now(), frame, offsets });
      free = Math.max(free, time.now()) + 30;
      for (const offset of offsets) {
        const bytes = OBJECT.subarray(offset, offset + frame);
        free += (1000 * bytes.length) / link.rate;
        if (!link.loses?.(offset)) time.set(() => transfer.take(re, offset, bytes), free - time.now());
      }
      return re;
    },
  });
  t.after(() => transfer.stop());
  transfer.start();
  const whole = () => time.until('the object is whole', () => part.book.done, 3_600_000);
  return { time, part, asked, transfer, whole };
}

const partOf = (state: string): Buffer => readFileSync(join(state, 'update/object.part'));

test('an object comes whole over a link that loses every third frame, in any order', async (t) => {
  const state = folder(t);
  let frames = 0;
  const { whole } = pull(t, state, { rate: 200_000, loses: () => frames++ % 3 === 0 });
  await whole();
  assert.ok(partOf(state).equals(OBJECT));
});

test('a slow link is asked for no more than it carries in about a second, a fast one for more', async (t) => {
  const slow = pull(t, folder(t), { rate: 20_000 });
  await slow.whole();
  for (const { frame, offsets } of slow.asked.slice(1)) assert.ok(frame * offsets.length <= 20_000);
  const fast = pull(t, folder(t), { rate: 50_000_000 });
  await fast.whole();
  assert.ok(fast.asked.some(({ frame, offsets }) => frame * offsets.length >= FLOW_LIMIT / 2));
  assert.ok(fast.asked.length < slow.asked.length / 4);
});

test('a rate that the config sets holds, whatever the link carries', async (t) => {
  const { time, whole } = pull(t, folder(t), { rate: 50_000_000 }, 100_000);
  await whole();
  const rate = (1000 * OBJECT.length) / time.now();
  assert.ok(rate > 90_000 && rate <= 101_000, `${rate} bytes per second`);
});

test('a transfer that is cut anywhere goes on from its journal and fetches nothing of that again', async (t) => {
  const state = folder(t);
  for (let life = 0; ; life++) {
    assert.ok(life < 20, 'it ends');
    const { time, part, transfer, asked } = pull(t, state, { rate: 500_000 });
    const before = part.book.bytes;
    const known = new PartFile(state, CARRIER);
    if (life > 0) assert.ok(before >= known.book.bytes && before % PIECE === 0);
    known.close();
    await time.advance(1_000 + 700 * life);
    // The power goes: what was not journalled is forgotten.
    transfer.stop();
    for (const { offsets } of asked) for (const offset of offsets) assert.ok(offset + PIECE > before);
    if (part.book.done) break;
  }
  assert.ok(partOf(state).equals(OBJECT));
});

test('a board without a link waits, and asks at once when it has one again', async (t) => {
  const link: Link = { rate: 500_000, down: true };
  const { time, asked, transfer, whole } = pull(t, folder(t), link);
  await time.advance(100 * FRAMES_TIMEOUT_MS.most);
  assert.equal(asked.length, 0);
  link.down = false;
  transfer.wake();
  assert.equal(asked.length, 1);
  await whole();
});

test('frames that nobody asked for are not taken, and one that is no frame of the object ends the transfer', async (t) => {
  const { part, transfer } = pull(t, folder(t), { rate: 1, down: true });
  transfer.take(7, 0, OBJECT.subarray(0, PIECE));
  assert.equal(part.book.bytes, 0);
  const other = pull(t, folder(t), { rate: 1 });
  other.transfer.take(0, 1, OBJECT.subarray(0, PIECE));
  await assert.rejects(other.transfer.done, { code: 'WRONG_LENGTH' });
});

test('what the server no longer has ends the transfer; what it is too busy for does not', async (t) => {
  const { transfer, time } = pull(t, folder(t), { rate: 1 });
  transfer.refused(0, 'BUSY');
  await time.advance(10);
  transfer.refused(0, 'UNKNOWN_OBJECT');
  await assert.rejects(transfer.done, { code: 'UNKNOWN_OBJECT' });
});

test('a journal of another object, a torn one and a lost part begin anew', async (t) => {
  const state = folder(t);
  await pull(t, state, { rate: 50_000_000 }).whole();
  assert.deepEqual(journalled(state), CARRIER);
  const bytes = (carrier = CARRIER): number => {
    const part = new PartFile(state, carrier);
    part.close();
    return part.book.bytes;
  };
  assert.equal(bytes(), OBJECT.length);
  for (const copy of ['a', 'b']) truncateSync(join(state, `update/journal.${copy}`), 30);
  assert.equal(journalled(state), undefined);
  assert.equal(bytes(), 0);
  await pull(t, state, { rate: 50_000_000 }).whole();
  rmSync(join(state, 'update/object.part'));
  assert.equal(bytes(), 0);
  await pull(t, state, { rate: 50_000_000 }).whole();
  assert.equal(bytes({ ...CARRIER, base: 'c'.repeat(64) }), 0);
  writeFileSync(join(state, 'update/journal.b'), 'generation 9\n{"version":1}\ncheck 1 1\n');
  assert.equal(journalled(state)?.base, 'c'.repeat(64), 'the other copy counts');
});
