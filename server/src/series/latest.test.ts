import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Feed } from '../feed.ts';
import type { RecordRow, Store } from '../store/contract.ts';
import { keyOf, recordOf } from '../store/sample-rows.ts';
import { LATEST_BOARDS_LIMIT, LATEST_RECORDS, LATEST_VALUES_LIMIT, LatestValues } from './latest.ts';
import { CLOCK_AHEAD_MS, LATEST_ITEMS_LIMIT, LatestItems, OLD } from './latest-items.ts';
import { ALIAS, withStore } from './testing/store-house.ts';
import { Turns } from './turns.ts';
import { UNITS_CACHED, Units } from './units.ts';

const CONFIG = '{"period":"10s","sensors":[{"id":"sys","driver":"sysfs","proc":["load","memory"]}]}';

const feedOf = () => new Feed((error) => assert.fail(String(error)));
const latestOf = (store: Store, feed = feedOf()) =>
  new LatestValues({ store, feed, turns: new Turns(), units: (alias) => new Units(store).of(alias) });

const at = (number: number, row: Partial<RecordRow> = {}): RecordRow =>
  recordOf({ number, values: { 'a.a': number }, errors: {}, ...row });

async function told(store: Store, feed: Feed, rows: RecordRow[]): Promise<void> {
  feed.tell('records', (await store.addRecords(rows)).fresh);
}

test('the latest of each item is there from what is stored, and follows what comes', () =>
  withStore(async (store) => {
    const feed = feedOf();
    await store.addConfig(ALIAS, CONFIG, [], 1);
    await store.addRecords([
      at(1, { values: { 'a.a': 1, 'sys.memory_free': 5 } }),
      at(2, { errors: { 'b.b': 'nak' } }),
    ]);
    const latest = latestOf(store, feed);
    const per = 10_000;
    const [first, second, third] = [1, 2, 3].map((number) => at(number).timestamp) as [
      number,
      number,
      number,
    ];
    assert.deepEqual(await latest.board(ALIAS), {
      at: second,
      items: [
        { name: 'a.a', value: 2, at: second, per },
        { name: 'b.b', error: 'nak', at: second, per },
        { name: 'sys.memory_free', value: 5, at: first, per },
      ],
    });
    await told(store, feed, [at(3, { values: { 'b.b': false }, errors: { 'a.a': 'crc' } })]);
    assert.deepEqual((await latest.of(ALIAS)).slice(0, 2), [
      { name: 'a.a', error: 'crc', at: third, per },
      { name: 'b.b', value: false, at: third, per },
    ]);
    assert.deepEqual(await latest.board('nobody'), { items: [], at: null });
    latest.close();
    await told(store, feed, [at(4)]);
  }));

test('units come from the config', () =>
  withStore(async (store) => {
    await store.addConfig(ALIAS, CONFIG, [], 1);
    const units = await new Units(store).of(ALIAS);
    const [name, unit] = [...units][0]!;
    await store.addRecords([at(1, { values: { [name]: 1 } })]);
    assert.equal((await latestOf(store).of(ALIAS))[0]?.unit, unit);
    await store.addConfig(ALIAS, 'no JSON', [], 2);
    assert.equal((await latestOf(store).of(ALIAS))[0]?.unit, undefined);
  }));

test('records that come late, or twice, change nothing that is newer', () =>
  withStore(async (store) => {
    const feed = feedOf();
    const latest = latestOf(store, feed);
    await latest.of(ALIAS);
    for (const number of [5, 3, 4]) await told(store, feed, [at(number)]);
    assert.deepEqual(
      (await latest.of(ALIAS)).map(({ value }) => value),
      [5],
    );
    // A clock that is years ahead, and is set then.
    const ahead = at(6, { timestamp: 4e12, synchronised: false, sinceBoot: 1, received: at(6).timestamp });
    await told(store, feed, [ahead]);
    assert.deepEqual((await latest.of(ALIAS))[0]?.value, 6);
    await told(store, feed, [at(7)]);
    assert.deepEqual((await latest.of(ALIAS))[0]?.value, 7);
    // One that believes to know the time, and does not.
    await told(store, feed, [at(8, { timestamp: 5e12, received: at(8).timestamp })]);
    assert.deepEqual((await latest.of(ALIAS))[0]?.value, 8);
    await told(store, feed, [
      at(9, { timestamp: at(9).timestamp + CLOCK_AHEAD_MS, received: at(9).timestamp }),
    ]);
    assert.deepEqual((await latest.of(ALIAS))[0]?.value, 9);
    const reread = latestOf(store);
    assert.deepEqual((await reread.of(ALIAS))[0]?.value, 9, 'as it is stored, too');
  }));

test('what comes while stored records are read is not lost', () =>
  withStore(async (store) => {
    const feed = feedOf();
    await store.addRecords([at(1)]);
    const latest = latestOf(store, feed);
    const asked = latest.of(ALIAS);
    feed.tell('records', [at(2)]);
    assert.deepEqual((await asked)[0]?.value, 2);
  }));

test('an item that newer records lack for long is marked', () => {
  const items = new LatestItems();
  items.add(at(0, { values: { 'a.a': 1, 'slow.x': 1 }, timestamp: 0 }));
  const add = (timestamp: number, per = 10_000): void =>
    void items.add(at(1, { values: { 'a.a': 2 }, timestamp, per }));
  const old = () => items.list(new Map()).map((item) => item.old);
  add(OLD.ms);
  assert.deepEqual(old(), [undefined, undefined]);
  add(OLD.ms + 1);
  assert.deepEqual(old(), [undefined, true]);
  const slow = new LatestItems();
  slow.add(at(0, { values: { 'a.a': 1 }, timestamp: 0, per: 3_600_000 }));
  slow.add(at(1, { values: {}, timestamp: OLD.periods * 3_600_000, per: 3_600_000 }));
  assert.equal(slow.list(new Map())[0]?.old, undefined);
});

test('items that only some records have are found', () =>
  withStore(async (store) => {
    const rows = Array.from({ length: LATEST_RECORDS.most + 5 }, (_, n) =>
      at(n, { values: { [n % 3 === 0 ? 'often.x' : 'most.x']: n, ...(n === 50 ? { 'rare.x': n } : {}) } }),
    );
    await store.addRecords(rows);
    const names = (await latestOf(store).of(ALIAS)).map(({ name }) => name);
    assert.deepEqual(names, ['most.x', 'often.x', 'rare.x']);
  }));

test('all boards that are let in are told', () =>
  withStore(async (store) => {
    for (const [index, alias] of ['a', 'b', 'c'].entries()) {
      await store.notePending({ alias, key: keyOf(index), platform: 'linux-x64', version: '0.1.0' }, 1);
      if (alias !== 'b') await store.approve(alias);
      await store.addRecords([at(index, { alias })]);
    }
    const all: [string, unknown][] = [];
    for await (const [alias, items] of latestOf(store).all()) all.push([alias, items[0]?.value]);
    assert.deepEqual(all, [
      ['a', 0],
      ['c', 2],
    ]);
  }));

test('a board has so many items, the one heard longest ago goes', () => {
  const items = new LatestItems();
  for (let n = 0; n <= LATEST_ITEMS_LIMIT; n++) {
    items.add(at(n, { values: { [`a.n${n}`]: n, 'a.first': n } }));
  }
  assert.equal(items.size, LATEST_ITEMS_LIMIT);
  const names = new Set(items.list(new Map()).map(({ name }) => name));
  assert.ok(names.has('a.first') && !names.has('a.n0') && names.has(`a.n${LATEST_ITEMS_LIMIT}`));
});

test('of so many boards the values are kept; one that is asked for again is read again', () =>
  withStore(async (store) => {
    const feed = feedOf();
    let reads = 0;
    const counting = new Proxy(store, {
      get: (target, name) => {
        if (name === 'recordPage') reads += 1;
        return Reflect.get(target, name);
      },
    });
    await store.addRecords([at(1)]);
    const latest = latestOf(counting, feed);
    await latest.of(ALIAS);
    for (let n = 1; n < LATEST_BOARDS_LIMIT; n++) await latest.of(`board-${n}`);
    assert.equal(reads, LATEST_BOARDS_LIMIT);
    feed.tell('records', [at(2)]);
    await latest.of('one-more');
    reads = 0;
    assert.equal((await latest.of(ALIAS))[0]?.value, 2, 'it was heard, so another went');
    assert.equal(reads, 0);
    await latest.of('board-1');
    assert.equal(reads, 1);
  }));

test('boards with many items leave room for fewer boards', async () => {
  const values = Object.fromEntries(Array.from({ length: LATEST_ITEMS_LIMIT }, (_, n) => [`a.n${n}`, n]));
  const reads: string[] = [];
  const store = {
    recordPage: async (alias: string) => {
      reads.push(alias);
      return { rows: [at(1, { alias, values })] };
    },
    config: async () => undefined,
  } as unknown as Store;
  const latest = latestOf(store);
  const fit = Math.floor(LATEST_VALUES_LIMIT / LATEST_ITEMS_LIMIT);
  for (let n = 0; n <= fit; n++) await latest.board(`board-${n}`);
  assert.equal(reads.length, fit + 1);
  await latest.board('board-1');
  assert.equal(reads.length, fit + 1, 'it is still there');
  await latest.board('board-0');
  assert.equal(reads.length, fit + 2, 'it had to go');
});

test('units of so many configs are kept at hand', async () => {
  const text = (n: number): string => CONFIG.replace('"10s"', `"${10 + n}s"`);
  const store = {
    config: async (alias: string) => ({
      alias,
      version: 1,
      text: text(Number(alias)),
      items: [],
      created: 1,
    }),
  } as unknown as Store;
  const units = new Units(store);
  const first = await units.of('0');
  assert.equal(await units.of('0'), first);
  for (let n = 1; n <= UNITS_CACHED; n++) await units.of(String(n));
  assert.notEqual(await units.of('0'), first);
  assert.deepEqual(await units.of('0'), first);
});
