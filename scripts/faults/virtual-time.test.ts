import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { seeded } from '../fuzz/random.ts';
import { MOMENT_LIMIT, VirtualTime } from './virtual-time.ts';

test('events run in order of time, those of one moment in the order in which they were set', async () => {
  const time = new VirtualTime();
  const random = seeded(7);
  const ran: { at: number; order: number }[] = [];
  const due = Array.from({ length: 500 }, (_, order) => ({ at: random.below(50), order }));
  for (const event of due)
    time.set(() => {
      assert.equal(time.now(), event.at);
      ran.push(event);
    }, event.at);
  await time.advance(50);
  assert.deepEqual(
    ran,
    due.toSorted((a, b) => a.at - b.at || a.order - b.order),
  );
  assert.equal(time.waiting, 0);
});

test('a cleared timer never runs, also when another one of the same moment clears it', async () => {
  const time = new VirtualTime();
  const ran: string[] = [];
  const timers: unknown[] = [];
  time.set(() => {
    ran.push('first');
    time.clear(timers[0]);
  }, 10);
  timers.push(time.set(() => ran.push('second'), 10));
  time.clear(undefined);
  await time.advance(100);
  assert.deepEqual(ran, ['first']);
  time.clear(timers[0]); // again, to no effect
  assert.equal(time.waiting, 0);
});

test('advance stops at its end and leaves later events for later', async () => {
  const time = new VirtualTime({ wall: 1_000_000 });
  const ran: number[] = [];
  const again = (): void => {
    ran.push(time.now());
    time.set(again, 100);
  };
  time.set(again, 100);
  await time.advance(250);
  assert.deepEqual([ran, time.now(), time.wall()], [[100, 200], 250, 1_000_250]);
  await time.advance(50);
  assert.deepEqual(ran, [100, 200, 300]);
});

test('work on real files takes no virtual time: it has ended before the next event', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'perch-time-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const time = new VirtualTime();
  const path = join(folder, 'file');
  const seen: string[] = [];
  const work = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await writeFile(path, `turn ${turn}`);
    seen.push(`written at ${time.now()}`);
    time.set(() => seen.push(`later at ${time.now()}`), 1);
  };
  time.set(() => void time.track(work()), 10);
  time.set(() => seen.push(`next at ${time.now()}`), 12);
  await time.advance(20);
  assert.deepEqual(seen, ['written at 10', 'later at 11', 'next at 12']);
  assert.equal(await readFile(path, 'utf8'), 'turn 19');
});

test("the caller's settle is awaited after each event", async () => {
  let busy = 0;
  const time = new VirtualTime({
    settle: async () => {
      while (busy > 0)
        await new Promise<void>((resolve) =>
          setImmediate(() => {
            busy -= 1;
            resolve();
          }),
        );
    },
  });
  time.set(() => {
    busy = 50;
  }, 1);
  time.set(() => assert.equal(busy, 0), 1);
  await time.advance(2);
  assert.equal(busy, 0);
});

test('what an event throws and what tracked work fails with is told to who runs the time', async () => {
  const time = new VirtualTime();
  time.set(() => {
    throw new Error('in an event');
  }, 1);
  await assert.rejects(time.advance(5), /in an event/);
  time.set(() => void time.track(Promise.reject(new Error('in tracked work'))).catch(() => {}), 1);
  await assert.rejects(time.advance(5), /in tracked work/);
  await time.advance(5);
});

test('until ends as soon as the condition holds, and says what did not come', async () => {
  const time = new VirtualTime({ seed: 9 });
  let done = false;
  time.set(() => {
    done = true;
  }, 40);
  time.set(() => {}, 1_000_000);
  await time.until('it is done', () => done, 100);
  assert.equal(time.now(), 40);
  await assert.rejects(
    time.until('the moon', () => false, 100),
    /the moon: not within 100 ms \(seed 9/,
  );
  await time.advance(2_000_000);
  await assert.rejects(
    time.until('the moon', () => false, 100),
    /nothing is to come any more/,
  );
});

test('a timer that starts itself anew without a pause does not hang the test', {
  timeout: 120_000,
}, async (t) => {
  // The event loop's turns are what takes real time; here they are of no matter.
  const time = new VirtualTime();
  t.mock.method(time, 'settle', async () => {});
  const again = (): void => void time.set(again, 0);
  again();
  await assert.rejects(time.advance(1), new RegExp(`more than ${MOMENT_LIMIT} events`));
});

test('a timer of no finite time is refused, and a negative one is due at once', async () => {
  const time = new VirtualTime();
  for (const ms of [Number.NaN, Number.POSITIVE_INFINITY])
    assert.throws(() => time.set(() => {}, ms), /a timer of/);
  let at = -1;
  time.set(() => {
    at = time.now();
  }, -5);
  await time.advance(0);
  assert.equal(at, 0);
});

test('setting the wall clock moves no timer', async () => {
  const time = new VirtualTime({ wall: 1_000 });
  let at = -1;
  time.set(() => {
    at = time.now();
  }, 100);
  time.setWall(5_000_000);
  await time.advance(100);
  assert.deepEqual([at, time.wall()], [100, 5_000_100]);
});
