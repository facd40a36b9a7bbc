import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { seeded } from '../../../scripts/fuzz/random.ts';
import type { DurableOutbox } from './durable-outbox.ts';
import type { Gap } from './gaps.ts';
import { SEGMENT_BYTES } from './limits.ts';
import { DURABILITY, Ground } from './testing/box.ts';
import { CuttingDisk } from './testing/cutting-disk.ts';

/** The far end: what it has stored by stream and number, and the gaps that it was told. */
class FarEnd {
  readonly stored = new Map<string, number>();
  readonly gaps: Gap[] = [];
  duplicates = 0;

  take(box: DurableOutbox, answered: boolean): void {
    const batch = box.batch({ records: 128, bytes: 24 * 1024, backlog: true });
    for (const { stream, number, values } of batch.records) {
      const key = `${Buffer.from(stream).toString('hex')}/${number}`;
      const value = values.get(1) as number;
      // As the server does: of two with one key the first stays; they must be the same record.
      assert.equal(this.stored.get(key) ?? value, value, `${key} is two records`);
      this.stored.set(key, value);
    }
    this.gaps.push(...batch.gaps);
    if (answered) box.acknowledge(batch);
  }

  explains(stream: Uint8Array, number: number): boolean {
    const hex = Buffer.from(stream).toString('hex');
    return (
      this.stored.has(`${hex}/${number}`) ||
      this.gaps.some(
        (gap) => Buffer.from(gap.stream).toString('hex') === hex && gap.from <= number && number <= gap.to,
      )
    );
  }
}

interface Taken {
  stream: Uint8Array;
  number: number;
  at: number; // Unix ms
}

/**
 * Some life of a board: samples with a link that comes and goes, commits, segments that fill and go, an outbox too small
 * for it all. Ends early when the disk is cut.
 */
async function live(
  board: Ground,
  box: DurableOutbox,
  far: FarEnd,
  taken: Taken[],
  random: () => number,
  disk: CuttingDisk,
) {
  for (let step = 0; step < 60 && !disk.dead; step++) {
    for (let records = 0; records < 4; records++) {
      const filler = 'x'.repeat(250);
      const values = new Map<number, string | number>([[1, taken.length]]);
      for (let item = 2; item < 14; item++) values.set(item, filler);
      const { stream, number } = box.add(board.record(0, { values }));
      taken.push({ stream, number, at: board.now });
      await settled(board, box, disk, 8_000);
    }
    if (random() < 0.3) {
      box.has(true);
      await settled(board, box, disk, 0);
      if (!disk.dead) far.take(box, random() < 0.8);
      await settled(board, box, disk, 0);
    }
  }
}

/** As `pass`, but a dead process's work never ends. */
async function settled(board: Ground, box: DurableOutbox, disk: CuttingDisk, ms: number): Promise<void> {
  const passed = board.pass(box, ms);
  let done = false;
  void passed.then(() => {
    done = true;
  });
  while (!done && !disk.dead) await new Promise((resolve) => setImmediate(resolve));
}

const LIMITS = { ...DURABILITY, bytes: 3 * SEGMENT_BYTES };

/** Lives, is cut at a call, starts again, delivers all; then nothing may be unexplained. */
async function story(t: TestContext, cutAt: number, seed: number, power: boolean): Promise<CuttingDisk> {
  const board = new Ground();
  try {
    const random = seeded(seed).next;
    const far = new FarEnd();
    const taken: Taken[] = [];
    const before = board.open({ durability: LIMITS });
    await board.pass(before, 0);
    const disk = new CuttingDisk(board.folder, cutAt, random() < 0.5);
    const box = board.open({ durability: LIMITS, files: disk });
    await live(board, box, far, taken, random, disk);
    const cut = board.now;
    if (power) {
      disk.powerCut(random);
      board.loseRam();
    }
    const after = board.open({ durability: LIMITS });
    const { stream, number } = after.add(board.record(0, { values: new Map([[1, taken.length]]) }));
    taken.push({ stream, number, at: board.now });
    await after.idle();
    for (let rounds = 0; after.size > 0 && rounds < 200; rounds++) {
      after.has(true);
      await after.idle();
      far.take(after, true);
      await after.idle();
    }
    assert.equal(after.size, 0, 'all is delivered');
    for (const one of taken)
      assert.ok(
        far.explains(one.stream, one.number),
        `record ${one.number} of ${taken.length} is neither stored nor in a gap`,
      );
    if (power) {
      const window = taken.filter(({ at }) => at < cut - LIMITS.windowMs - 8_000);
      const full = far.gaps.filter(({ why }) => why === 'full');
      for (const { stream: of, number: which } of window) {
        const key = `${Buffer.from(of).toString('hex')}/${which}`;
        assert.ok(
          far.stored.has(key) || full.some(({ from, to }) => from <= which && which <= to),
          `record ${which} is older than the loss window and lost`,
        );
      }
    } else
      assert.deepEqual(
        far.gaps.filter(({ why }) => why !== 'full'),
        [],
        board.notes.join(' | '),
      );
    return disk;
  } catch (error) {
    t.diagnostic(
      `cut at call ${cutAt}, seed ${seed}, ${power ? 'power cut' : 'kill'}: replay with story(t, ${cutAt}, ${seed}, ${power})`,
    );
    throw error;
  } finally {
    board.remove();
  }
}

test('killed at every call that changes the disk, the board goes on and nothing is unexplained', async (t) => {
  const { calls, log } = await story(t, Number.POSITIVE_INFINITY, 7, false);
  assert.ok(calls >= 300, `${calls} calls`);
  for (const call of ['open wx', 'open r+', 'write', 'datasync', 'sync', 'rename', 'rm'])
    assert.ok(
      log.some((line) => line.startsWith(call)),
      call,
    );
  for (let cutAt = 1; cutAt <= calls; cutAt++) await story(t, cutAt, 7, false);
});

test('when the power goes at every call, whatever of the last writes reached the disk, at most the window is lost, and counted', async (t) => {
  const { calls } = await story(t, Number.POSITIVE_INFINITY, 11, false);
  for (let cutAt = 1; cutAt <= calls; cutAt++) await story(t, cutAt, 11, true);
});

test('the same with other lives and other luck', async (t) => {
  for (let seed = 100; seed < 160; seed++) {
    const random = seeded(seed).next;
    await story(t, 1 + Math.floor(random() * 400), seed, seed % 2 === 0);
  }
});
