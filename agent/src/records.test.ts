import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeMessage } from '@perch/broker-bridge/protocol/codec.ts';
import { REQUEST_LIMIT } from '@perch/broker-bridge/protocol/limits.ts';
import {
  ITEMS_LIMIT,
  type Reason,
  TEXT_VALUE_LIMIT,
  type Value,
} from '@perch/broker-bridge/protocol/values.ts';
import { BATCH_BYTES, recordBytes, recordsOf } from './records.ts';

const TAKEN = {
  timestamp: 1_790_000_000_000,
  per: 10_000,
  configVersion: 3,
  version: '0.1.0',
  boot: new Uint8Array(16),
};

test('items that the config numbers travel by number, others by name', () => {
  const [record, ...more] = recordsOf(
    TAKEN,
    {
      values: new Map<string, Value>([
        ['air.t', 21.5],
        ['temps.cpu', 48],
      ]),
      errors: new Map<string, Reason>([['air.h', 'crc']]),
    },
    new Map([
      ['air.t', 0],
      ['air.h', 1],
    ]),
  );
  assert.deepEqual(more, []);
  assert.deepEqual(
    [...record!.values],
    [
      [0, 21.5],
      ['temps.cpu', 48],
    ],
  );
  assert.deepEqual([...record!.errors!], [[1, 'crc']]);
});

test('a record without errors carries no member for them', () => {
  const [record] = recordsOf(TAKEN, { values: new Map([['a.b', 1]]), errors: new Map() }, new Map());
  assert.ok(!('errors' in record!));
});

test('a value map that no message can hold becomes records of the same moment, with every value once', () => {
  const values = new Map<string, Value>();
  for (let i = 0; i < ITEMS_LIMIT; i++)
    values.set(`sensor-${i}.${'k'.repeat(60)}`, 'v'.repeat(TEXT_VALUE_LIMIT));
  const records = recordsOf(TAKEN, { values, errors: new Map() }, new Map());
  assert.ok(records.length > 1);
  const seen = records.flatMap((record) => [...record.values.keys()]);
  assert.deepEqual(seen, [...values.keys()]);
  records.forEach((record, index) => {
    assert.equal(record.timestamp, TAKEN.timestamp);
    assert.ok(recordBytes(record) <= BATCH_BYTES);
    const message = encodeMessage({
      name: 'monitorRecord',
      version: '0.1.0',
      configVersion: 3,
      records: [{ number: index, timestamp: record.timestamp, per: record.per, values: record.values }],
    });
    assert.ok(message.length < REQUEST_LIMIT - 64);
  });
});
