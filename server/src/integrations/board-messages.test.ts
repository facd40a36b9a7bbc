import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type BoardView, mirrorMessages } from './board-messages.ts';
import { itemTopic } from './topics.ts';

const per = 1_000;
const board: BoardView = {
  ...{ alias: 'pi-1', online: true, version: '0.1.0', platform: 'linux-arm64', at: 5_000 },
  items: [
    { name: 'air.door', value: true, at: 5_000, per },
    { name: 'air.gone', value: 1, at: 1, per, old: true },
    { name: 'air.hum', error: 'crc', at: 5_000, per },
    { name: 'air.note', value: 'warm & "dry"', at: 5_000, per },
    { name: 'air.t', unit: 'Cel', value: -21.5, at: 4_000, per },
  ],
};

test('a board is mirrored as one JSON text and as a plain value for each item', () => {
  const messages = new Map(
    mirrorMessages('perch/mirror', board).map(({ topic, payload }) => [topic, payload]),
  );
  assert.deepEqual(JSON.parse(messages.get('perch/mirror/pi-1')!), {
    time: 5_000,
    values: { 'air.door': true, 'air.note': 'warm & "dry"', 'air.t': -21.5 },
    errors: { 'air.hum': 'crc' },
  });
  messages.delete('perch/mirror/pi-1');
  assert.deepEqual(Object.fromEntries(messages), {
    'perch/mirror/pi-1/online': 'true',
    'perch/mirror/pi-1/air.door': 'true',
    'perch/mirror/pi-1/air.note': 'warm & "dry"',
    'perch/mirror/pi-1/air.t': '-21.5',
  });
});

test('a value that comes again is told again, and one that stayed is not', () => {
  const marks = (at: number): (string | undefined)[] =>
    mirrorMessages('p', { ...board, items: [{ name: 'a.b', value: 1, at, per }] })
      .filter(({ topic }) => topic.endsWith('/a.b'))
      .map(({ mark }) => mark);
  assert.notDeepEqual(marks(1_000), marks(2_000));
  assert.deepEqual(marks(1_000), marks(1_000));
});

test('of a board that sent nothing yet only is told whether it is there', () => {
  assert.deepEqual(mirrorMessages('p', { ...board, items: [], at: null, online: false }), [
    { topic: 'p/pi-1/online', payload: 'false' },
  ]);
});

const levelOf = (name: string): string => itemTopic('p', 'pi-1', name).slice('p/pi-1/'.length);

test('an item name is one level of a topic, from which the name can be made again', () => {
  assert.equal(levelOf('air.t-2_x'), 'air.t-2_x');
  assert.equal(levelOf('a/b+c#'), 'a%2Fb%2Bc%23');
  assert.equal(levelOf('online'), '%6Fnline');
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (name) => {
      const level = levelOf(name);
      assert.match(level, /^[A-Za-z0-9._%-]+$/);
      assert.notEqual(level, 'online');
      assert.equal(decodeURIComponent(level), name.toWellFormed());
    }),
  );
});
