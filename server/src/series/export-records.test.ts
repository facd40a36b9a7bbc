import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '../store/contract.ts';
import { SLICE_RECORDS } from '../store/hour-contract.ts';
import { recordOf } from '../store/sample-rows.ts';
import { type ExportFormat, type ExportQuery, exportRecords } from './export-records.ts';
import { ALIAS, hoursAgo, steady, withStore } from './testing/store-house.ts';
import { Turns } from './turns.ts';

async function pages(store: Store, format: ExportFormat, query: ExportQuery = {}): Promise<string[]> {
  const found: string[] = [];
  for await (const page of exportRecords({ store, turns: new Turns() }, ALIAS, format, query))
    found.push(page);
  return found;
}
const text = async (...args: Parameters<typeof pages>): Promise<string> => (await pages(...args)).join('');

const odd = recordOf({
  timestamp: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
  values: { 't.c': -1.5, 'door.open': false, 'air.state': 'say "wet",\r\nor dry' },
  errors: { 'soil.m': 'nak' },
});

test('CSV is that of RFC 4180: a head line, CRLF, and quotes where they must be', () =>
  withStore(async (store) => {
    await store.addRecords([odd]);
    assert.equal(
      await text(store, 'csv'),
      [
        'time,item,value,error',
        '2026-01-02T03:04:05.006Z,t.c,-1.5,',
        '2026-01-02T03:04:05.006Z,door.open,false,',
        '2026-01-02T03:04:05.006Z,air.state,"say ""wet"",\r\nor dry",',
        '2026-01-02T03:04:05.006Z,soil.m,,nak',
        '',
      ].join('\r\n'),
    );
  }));

test('with items CSV has a column for each, and records that have none of them are left out', () =>
  withStore(async (store) => {
    const other = recordOf({ number: 2, timestamp: odd.timestamp + 1, values: { 'x.y': 1 }, errors: {} });
    const failed = recordOf({ number: 3, timestamp: 9e15, values: {}, errors: { 't.c': 'crc' } });
    await store.addRecords([odd, other, failed]);
    assert.equal(
      await text(store, 'csv', { items: ['t.c', 'no,no'], order: 'oldest' }),
      'time,t.c,"no,no"\r\n2026-01-02T03:04:05.006Z,-1.5,\r\n9000000000000000,,\r\n',
    );
    assert.equal(await text(store, 'csv', { items: ['a.b'] }), 'time,a.b\r\n');
  }));

test('NDJSON has a record in each line, as it is stored', () =>
  withStore(async (store) => {
    await store.addRecords([odd]);
    assert.deepEqual(JSON.parse(await text(store, 'ndjson')), odd);
    const some = JSON.parse(await text(store, 'ndjson', { items: ['soil.m'] }));
    assert.deepEqual([some.values, some.errors], [{}, { 'soil.m': 'nak' }]);
    assert.equal(await text(store, 'ndjson', { until: 5 }), '');
  }));

test('a long range is read page by page, as it is taken', () =>
  withStore(async (store) => {
    await store.addRecords(steady(hoursAgo(2), SLICE_RECORDS * 2 + 1, 1000));
    const found = await pages(store, 'ndjson', { order: 'oldest' });
    assert.equal(found.length, 3);
    const values = found
      .join('')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).values['t.c']);
    assert.deepEqual(
      values,
      Array.from({ length: SLICE_RECORDS * 2 + 1 }, (_, n) => n),
    );
    let reads = 0;
    const counting = new Proxy(store, {
      get: (target, name) => {
        if (name === 'recordPage') reads += 1;
        return Reflect.get(target, name);
      },
    });
    const slow = exportRecords({ store: counting, turns: new Turns() }, ALIAS, 'ndjson', {});
    await slow.next();
    await new Promise(setImmediate);
    assert.equal(reads, 1, 'the next page waits until somebody takes it');
    await slow.return();
  }));
