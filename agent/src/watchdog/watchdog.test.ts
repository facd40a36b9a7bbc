import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TestBoard, TestTimers } from '../time/testing/test-board.ts';
import { SENDING_ALLOWANCE_MS, STORING_ALLOWANCE_MS, samplingAllowance } from './stages.ts';
import { END_DEADLINE_MS, LOOK_MS, LOOP_DEADLINE_MS, Watchdog, type WatchdogOptions } from './watchdog.ts';

function watched(options: Partial<WatchdogOptions> & { watchdogMs?: number } = {}) {
  const board = new TestBoard(0);
  const timers = new TestTimers(board);
  const heard: string[] = [];
  const seen: string[] = [];
  let deadline = 0;
  const watchdog = new Watchdog({
    now: () => board.monotonic(),
    timers,
    notifier: {
      watchdogMs: options.watchdogMs,
      send: (variables) =>
        heard.push(...Object.entries(variables).map(([name, value]) => `${name}=${value}`)),
    },
    deadMan: (ms) => {
      deadline = ms;
    },
    stalled: ({ stage }) => seen.push(`stalled ${stage}`),
    kill: () => seen.push('killed'),
    ...options,
  });
  return { board, timers, watchdog, heard, seen, deadline: () => deadline };
}

describe('the watchdog', () => {
  test('tells systemd at least twice in each of its times that all is well, and READY and each status once', async () => {
    const { timers, watchdog, heard, seen } = watched({ watchdogMs: 180_000 });
    watchdog.start();
    watchdog.ready();
    watchdog.ready();
    watchdog.status('12 records wait');
    watchdog.status('12 records wait');
    assert.deepEqual(heard, ['WATCHDOG=1', 'READY=1', 'STATUS=12 records wait']);
    await timers.advance(90_000);
    assert.equal(heard.filter((text) => text === 'WATCHDOG=1').length, 2);
    await timers.advance(24 * 3_600_000);
    assert.ok(heard.length > 24 * 40);
    assert.deepEqual(seen, []);
  });

  test('a board that does its work is left alone for a day; when sampling stops, it is ended once, and killed if it will not end', async () => {
    const { timers, watchdog, seen, heard } = watched({ watchdogMs: 60_000 });
    watchdog.start();
    watchdog.watch('sampling', samplingAllowance(60_000));
    for (let i = 0; i < 24 * 60; i += 1) {
      await timers.advance(60_000);
      watchdog.progress('sampling');
    }
    assert.deepEqual(seen, []);
    await timers.advance(samplingAllowance(60_000) + 2 * LOOK_MS);
    assert.deepEqual(seen, ['stalled sampling']);
    assert.equal(heard.at(-1), 'STATUS=stalled: sampling');
    await timers.advance(END_DEADLINE_MS);
    assert.deepEqual(seen, ['stalled sampling', 'killed']);
    assert.equal(timers.count, 0);
  });

  test('a link that is down is no stall, one that is up and gets no answer is', async () => {
    const { timers, watchdog, seen } = watched();
    watchdog.start();
    for (let i = 0; i < 20; i += 1) {
      watchdog.watch('sending', SENDING_ALLOWANCE_MS); // the link is up and records wait
      await timers.advance(SENDING_ALLOWANCE_MS / 2);
      watchdog.rest('sending'); // it is down
      await timers.advance(SENDING_ALLOWANCE_MS * 2);
    }
    assert.deepEqual(seen, []);
    watchdog.watch('sending', SENDING_ALLOWANCE_MS);
    await timers.advance(SENDING_ALLOWANCE_MS + 2 * LOOK_MS);
    assert.deepEqual(seen, ['stalled sending']);
  });

  test('a commit that hangs is a stall though samples come', async () => {
    const { timers, watchdog, seen } = watched();
    watchdog.start();
    watchdog.watch('sampling', samplingAllowance(10_000));
    watchdog.watch('storing', STORING_ALLOWANCE_MS);
    for (let i = 0; i < 14; i += 1) {
      await timers.advance(10_000);
      watchdog.progress('sampling');
      watchdog.watch('storing', STORING_ALLOWANCE_MS); // more to store
    }
    assert.deepEqual(seen, ['stalled storing']);
  });

  test('a stage that is asked at each look: many commits one after the other are well, one that lasts is not', async () => {
    let busySince: number | undefined;
    const w = watched({
      survey: () =>
        busySince === undefined
          ? w.watchdog.rest('storing')
          : w.watchdog.watch('storing', STORING_ALLOWANCE_MS, busySince),
    });
    w.watchdog.start();
    for (let i = 0; i < 60; i += 1) {
      busySince = w.board.monotonic();
      await w.timers.advance(15_000);
    }
    assert.deepEqual(w.seen, []);
    await w.timers.advance(STORING_ALLOWANCE_MS + LOOK_MS);
    assert.deepEqual(w.seen, ['stalled storing']);
  });

  test('a board that stalled before is given the time that the journal says', async () => {
    const { timers, watchdog, seen } = watched({ patience: 4 });
    watchdog.start();
    watchdog.watch('storing', 60_000);
    await timers.advance(239_000);
    assert.deepEqual(seen, []);
    await timers.advance(12_000);
    assert.deepEqual(seen, ['stalled storing']);
  });

  test('a process that was stopped for an hour is given time to get on', async () => {
    const { board, timers, watchdog, seen } = watched();
    watchdog.start();
    watchdog.watch('sampling', 40_000);
    await timers.advance(15_000);
    board.pass(3_600_000); // SIGSTOP, or a loop that was busy
    await timers.advance(5_000);
    watchdog.progress('sampling');
    await timers.advance(30_000);
    assert.deepEqual(seen, []);
  });

  test('the kernel\u2019s timer is put off at each look, shortened for the end, and let go when all is over', async () => {
    const { timers, watchdog, heard, seen, deadline } = watched();
    watchdog.start();
    assert.equal(deadline(), LOOP_DEADLINE_MS);
    await timers.advance(LOOK_MS);
    watchdog.ending(false);
    watchdog.ending(false);
    assert.deepEqual(heard.filter((text) => text === 'STOPPING=1').length, 1);
    assert.equal(deadline(), END_DEADLINE_MS);
    watchdog.close();
    assert.equal(deadline(), 0);
    await timers.advance(3_600_000);
    assert.deepEqual(seen, []);
    assert.equal(timers.count, 0);
  });

  test('systemd does not hear of a stop when the launcher starts the agent again at once, as in an update', async () => {
    const { timers, watchdog, heard, deadline } = watched();
    watchdog.start();
    await timers.advance(LOOK_MS);
    watchdog.ending(true);
    assert.deepEqual(
      heard.filter((text) => text.startsWith('STOPPING')),
      [],
    );
    assert.equal(deadline(), END_DEADLINE_MS);
    watchdog.close();
  });

  test('without the native part and without systemd it watches all the same', async () => {
    const { timers, watchdog, seen } = watched({ notifier: undefined, deadMan: undefined });
    watchdog.start();
    watchdog.ready();
    watchdog.watch('sampling', 40_000);
    await timers.advance(60_000);
    assert.deepEqual(seen, ['stalled sampling']);
  });
});
