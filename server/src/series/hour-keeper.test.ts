import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Store } from '../store/contract.ts';
import { gapOf, recordOf } from '../store/sample-rows.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import { MIGRATIONS } from '../store/sqlite-schema.ts';
import { HOUR_MS, hourOf } from './hour-items.ts';
import { HOURS_AT_ONCE, HourKeeper, IDLE_MS, REST_MS, ROWS_BEFORE_REST } from './hour-keeper.ts';
import { DEFAULT_RETENTION, saveRetention } from './retention.ts';
import { LOOKS, LOOKS_ROWS } from './retention-pass.ts';
import { ALIAS, daysAgo, hoursAgo, NOW, steady, withStore } from './testing/store-house.ts';

const keeperOf = (store: Store, now = NOW, wait: (ms: number) => Promise<void> = async () => {}) =>
  new HourKeeper({ store, now: () => now, log: () => undefined, wait });

/** Records and their sum, of the hours and of the records that no final hour has, so that nothing counts twice. */
async function everything(
  store: Store,
  alias = ALIAS,
): Promise<{ records: number; sum: number; raw: number }> {
  const raw = (await store.recordPage(alias)).rows;
  let [records, sum] = [0, 0];
  for (let from: number | undefined = 0; from !== undefined; ) {
    const page: Awaited<ReturnType<Store['itemHours']>> = await store.itemHours(
      ...([alias, ['t.c'], from, hourOf(NOW)] as const),
    );
    for (const { hour, sums } of page.rows) {
      records += (await store.hour(alias, hour))!.records;
      sum += sums[0]?.sum ?? 0;
    }
    from = page.next;
  }
  return { records, sum, raw: raw.length };
}

test('old records become hours, and the young ones stay beside theirs', () =>
  withStore(async (store) => {
    const { rawDays } = DEFAULT_RETENTION;
    await store.addRecords([
      ...steady(daysAgo(rawDays + 1), 10, 60_000),
      ...steady(daysAgo(rawDays - 1), 5, 60_000),
    ]);
    await keeperOf(store).settle();
    assert.deepEqual(await everything(store), { records: 15, sum: 45 + 10, raw: 5 });
    assert.equal((await store.hour(ALIAS, hourOf(daysAgo(rawDays + 1))))?.final, true);
    assert.equal((await store.hour(ALIAS, hourOf(daysAgo(rawDays - 1))))?.final, false);
  }));

test('an old record that came this minute goes into its hour before it goes', () =>
  withStore(async (store) => {
    await store.addRecords(steady(daysAgo(100), 4, 1000, { received: NOW }));
    await keeperOf(store).settle();
    assert.deepEqual(await everything(store), { records: 4, sum: 6, raw: 0 });
  }));

test('what goes is what the setting says, by whole hours: records, then hours and gaps', () =>
  withStore(async (store) => {
    await saveRetention(store, { rawDays: 1, hourDays: 2 });
    const gaps = [hoursAgo(49), hoursAgo(47)].map((until, from) => gapOf({ from, until }));
    const taken = [49, 47, 25, 24, 23].map((hours) => steady(hoursAgo(hours), 1, 1000));
    await store.addRecords(taken.flat(), gaps);
    const other = recordOf({ alias: 'z-last', timestamp: hoursAgo(30) });
    await store.addRecords([other]);
    await store.addConfig(ALIAS, '{}', [], 1);
    await keeperOf(store).settle();
    const left = (await store.records(ALIAS)).map(({ timestamp }) => (NOW - timestamp) / HOUR_MS);
    assert.deepEqual(left, [23, 24]);
    const { rows } = await store.itemHours(ALIAS, ['t.c'], 0, hourOf(NOW));
    assert.deepEqual(
      rows.map(({ hour, final }) => [hourOf(NOW) - hour, final]),
      [
        [47, true],
        [25, true],
        [24, false],
        [23, false],
      ],
    );
    assert.deepEqual(
      (await store.gaps(ALIAS)).map(({ until }) => until),
      [hoursAgo(47)],
    );
    assert.deepEqual(await store.records('z-last'), []);
    assert.equal((await store.config(ALIAS))?.version, 1);
  }));

test('what a clock far ahead said goes by when it came', () =>
  withStore(async (store) => {
    const { rawDays } = DEFAULT_RETENTION;
    const ahead = (number: number, days: number) =>
      recordOf({ number, timestamp: NOW + 3650 * 86_400_000, received: daysAgo(days) });
    await store.addRecords([ahead(1, rawDays + 1), ahead(2, rawDays - 1)]);
    await keeperOf(store).settle();
    assert.deepEqual(
      (await store.records(ALIAS)).map(({ number }) => number),
      [2],
    );
  }));

test('a server clock that is set back holds nothing up', () =>
  withStore(async (store) => {
    let now = NOW + 300 * 86_400_000;
    const keeper = new HourKeeper({ store, now: () => now, log: () => undefined, wait: async () => {} });
    await keeper.settle();
    now = NOW;
    await store.addRecords(steady(daysAgo(100), 4, 1000, { received: NOW }));
    await keeper.settle();
    assert.deepEqual(await everything(store), { records: 4, sum: 6, raw: 0 });
  }));

test('a board whose clock starts in 1970 does not lose what it sends', () =>
  withStore(async (store) => {
    const lost = steady(5_000, 3, 1000, { synchronised: false, received: NOW });
    await store.addRecords(lost.map((row, n) => ({ ...row, sinceBoot: n })));
    const later = NOW + HOUR_MS;
    await keeperOf(store, later).settle();
    assert.equal((await store.records(ALIAS)).length, 3);
    await keeperOf(store, NOW + (DEFAULT_RETENTION.rawDays + 1) * 86_400_000).settle();
    assert.equal((await store.records(ALIAS)).length, 0);
  }));

test('an hour of a fast board is made in slices with rests between, and what comes in one of them counts', () =>
  withStore(async (store) => {
    const rows = steady(hoursAgo(3), 3_000, 1000);
    await store.addRecords(rows);
    const late = steady(hoursAgo(3) + 3_500_000, 1, 1000, { values: { 't.c': 5000 } });
    let rests = 0;
    const keeper = keeperOf(store, NOW, async (ms) => {
      assert.equal(ms, REST_MS);
      if (rests++ === 2) await store.addRecords(late);
    });
    await keeper.settle();
    assert.ok(rests >= rows.length / ROWS_BEFORE_REST, `${rests} rests`);
    await keeperOf(store, NOW + HOUR_MS).settle();
    assert.deepEqual(await everything(store), { records: 3001, sum: (2999 * 3000) / 2 + 5000, raw: 500 });
  }));

test('so many hours share a commit', () =>
  withStore(async (store) => {
    await store.addRecords(steady(hoursAgo(100), 90, HOUR_MS));
    const together: number[] = [];
    const counting = new Proxy(store, {
      get: (target, name) =>
        name === 'putHours'
          ? (rows: Parameters<Store['putHours']>[0]) => {
              together.push(rows.length);
              return target.putHours(rows);
            }
          : Reflect.get(target, name),
    });
    await keeperOf(counting).settle();
    assert.deepEqual(together, [HOURS_AT_ONCE, HOURS_AT_ONCE, 90 - 2 * HOURS_AT_ONCE]);
  }));

test('where nothing is too old it rests now and then all the same', () =>
  withStore(async (store) => {
    const boards = Array.from({ length: 10 * LOOKS }, (_, n) =>
      recordOf({ alias: `board-${n}`, timestamp: NOW, received: NOW }),
    );
    await store.addRecords(boards);
    let rests = 0;
    await keeperOf(store, NOW, async () => {
      rests += 1;
    }).settle();
    assert.equal(rests, (10 * LOOKS_ROWS) / ROWS_BEFORE_REST);
  }));

test('hours that become due while much is deleted do not wait for its end', () =>
  withStore(async (store) => {
    await saveRetention(store, { rawDays: 1, hourDays: 400 });
    const old = Array.from({ length: 30 }, (_, day) => steady(daysAgo(day + 3), 100, 1000));
    await store.addRecords(old.flat());
    let now = NOW;
    const keeper = new HourKeeper({ store, now: () => now, log: () => undefined, wait: async () => {} });
    const fresh = steady(hoursAgo(1), 1, 1000);
    const made = async (): Promise<boolean> =>
      (await store.hourState(ALIAS, hourOf(fresh[0]!.timestamp))) === 'open';
    let leftThen = -1;
    const paced = new HourKeeper({
      ...{ store, log: () => undefined, now: () => now },
      async wait() {
        const left = await store.countRecords(ALIAS, 0, daysAgo(2), 10_000);
        if (left < 2_500 && now === NOW) {
          await store.addRecords(fresh);
          now += HOUR_MS;
        }
        if (leftThen < 0 && (await made())) leftThen = left;
      },
    });
    await paced.settle();
    assert.ok(leftThen > 500, `${leftThen} old records were left`);
    await keeper.settle();
  }));

test('records from before there were hours get theirs', () =>
  withStore(async (store, path) => {
    await store.addRecords([
      ...steady(hoursAgo(700), 600, HOUR_MS),
      ...steady(hoursAgo(5), 2, 60_000, { alias: 'other' }),
    ]);
    await store.close();
    const db = new DatabaseSync(path);
    db.exec('DROP TABLE hours; DROP TABLE hours_due');
    const before = MIGRATIONS.findIndex((step) => step.includes('CREATE TABLE hours ('));
    db.exec(MIGRATIONS[before]!);
    db.close();
    const again = await openSqliteStore(path);
    try {
      await keeperOf(again).settle();
      assert.equal((await everything(again)).records, 600);
      assert.equal((await everything(again, 'other')).records, 2);
      assert.equal(await again.getSetting('hours.marked'), undefined);
    } finally {
      await again.close();
    }
  }));

test('a full disk is told once and waited for', () =>
  withStore(async (store) => {
    const told: string[] = [];
    const waits: number[] = [];
    let ends: () => void = () => undefined;
    const enough = new Promise<void>((resolve) => {
      ends = resolve;
    });
    let broken = true;
    const failing = new Proxy(store, {
      get: (target, name) =>
        name === 'dueHours' && broken
          ? () => Promise.reject(new Error('DISK: the disk is full'))
          : Reflect.get(target, name),
    });
    const keeper = new HourKeeper({
      store: failing,
      now: () => NOW,
      log: ({ text }) => told.push(text),
      async wait(ms) {
        waits.push(ms);
        if (waits.length === 3) broken = false;
        if (ms === IDLE_MS) ends();
        await new Promise(setImmediate);
      },
    });
    keeper.start();
    await enough;
    await keeper.close();
    assert.deepEqual(told, ['hours and retention wait: DISK: the disk is full']);
    assert.ok(waits.slice(0, 3).every((ms) => ms > IDLE_MS));
  }));

test('it ends in the middle of its work', () =>
  withStore(async (store) => {
    await store.addRecords(steady(hoursAgo(3), 3_000, 1000));
    const keeper = new HourKeeper({ store, now: () => NOW, log: () => assert.fail('nothing failed') });
    keeper.start();
    await new Promise((resolve) => setTimeout(resolve, 30));
    await keeper.close();
    await keeperOf(store).settle();
    assert.equal((await everything(store)).records, 3_000);
  }));

test('kill -9 at any moment loses nothing and counts nothing twice', { timeout: 60_000 }, () =>
  withStore(async (store, path) => {
    await saveRetention(store, { rawDays: 1, hourDays: 400 });
    const rows = Array.from({ length: 12 }, (_, hour) => steady(hoursAgo(24 + 12 + hour), 700, 5_000));
    for (const some of rows) await store.addRecords(some);
    await store.close();
    const script = fileURLToPath(new URL('./testing/crash-keeper.ts', import.meta.url));
    const ROUNDS = 8;
    let killed = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const child = spawn(process.execPath, [script, path, String(NOW)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = once(child, 'close');
      let rests = 0;
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        rests += text.length / 2;
        if (rests > 1 + 2 * round) child.kill('SIGKILL');
      });
      const [code] = await ended;
      if (code === null) killed += 1;
      const again = await openSqliteStore(path);
      // Between two starts comes a late record of the oldest hour, and again some that were there.
      const late = steady(hoursAgo(47) + 3_590_000, 1, 1, { number: round, values: { 't.c': 1 } });
      await again.addRecords([...late, ...rows[11]!.slice(0, 10)]);
      await again.close();
    }
    assert.ok(killed >= ROUNDS / 2, `it was killed ${killed} times`);
    const last = await openSqliteStore(path);
    try {
      await keeperOf(last, NOW).settle();
      const sum = 12 * ((699 * 700) / 2) + ROUNDS;
      assert.deepEqual(await everything(last), { records: 12 * 700 + ROUNDS, sum, raw: 0 });
    } finally {
      await last.close();
    }
  }),
);
