import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MEMORY_OUTBOX_BYTES, MEMORY_OUTBOX_RECORDS, MemoryOutbox } from './outbox.ts';

const record = (timestamp: number) => ({ timestamp, per: 1000, configVersion: 1, values: new Map() });
const outbox = (bytes = 100) => new MemoryOutbox(new Uint8Array(8), () => bytes);
const ALL = { records: 1e6, bytes: 1e9 };

test('a record stays until it is acknowledged, and none is ever lost or given twice', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constant('add'), fc.nat({ max: 20 })), { maxLength: 200 }), (steps) => {
      const box = outbox();
      const waiting: number[] = [];
      let next = 1;
      for (const step of steps) {
        if (step === 'add') {
          box.add(record(next));
          waiting.push(next++);
        } else {
          const numbers = box.batch({ records: Number(step), bytes: 1e9 }).map((one) => one.number);
          assert.deepEqual(numbers, waiting.slice(0, Number(step)), 'the oldest first');
          box.acknowledge(numbers);
          waiting.splice(0, numbers.length);
        }
        assert.equal(box.size, waiting.length);
      }
      assert.deepEqual(
        box.batch(ALL).map((one) => one.timestamp),
        waiting,
      );
    }),
  );
});

test('over its limit in records the oldest go, and are counted', () => {
  const box = outbox(1);
  for (let i = 0; i < MEMORY_OUTBOX_RECORDS + 3; i++) box.add(record(i));
  assert.equal(box.size, MEMORY_OUTBOX_RECORDS);
  assert.equal(box.dropped, 3);
  assert.equal(box.batch(ALL)[0]?.timestamp, 3);
});

test('over its limit in bytes the oldest go; one that is larger by itself still waits', () => {
  const box = outbox(MEMORY_OUTBOX_BYTES / 2);
  for (let i = 0; i < 3; i++) box.add(record(i));
  assert.deepEqual([box.size, box.dropped], [2, 1]);
  const large = outbox(MEMORY_OUTBOX_BYTES * 2);
  large.add(record(0));
  assert.equal(large.size, 1);
});

test('a batch holds to its bytes, but is never empty while something waits', () => {
  const box = outbox(100);
  for (let i = 0; i < 10; i++) box.add(record(i));
  assert.equal(box.batch({ records: 10, bytes: 350 }).length, 3);
  assert.equal(box.batch({ records: 10, bytes: 1 }).length, 1);
});

test('acknowledging what is not there changes nothing', () => {
  const box = outbox();
  box.add(record(0));
  box.acknowledge([7, 8]);
  assert.equal(box.size, 1);
});
