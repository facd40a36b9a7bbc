import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageOf } from '@perch/broker-bridge/protocol/messages.ts';
import { configVersionsOf, rowsOf } from './ingest.ts';

const message: MessageOf<'monitorRecord'> = {
  name: 'monitorRecord',
  version: '0.2.0',
  configVersion: 5,
  records: [
    { number: 1, timestamp: 1000, per: 10, values: new Map([[0, 21.7]]), errors: new Map([[1, 'nak']]) },
    {
      number: 2,
      timestamp: 2000,
      per: 10,
      values: new Map<number | string, number>([
        [0, 1],
        [7, 2],
        ['dust.pm25', 3],
        ['__proto__', 4],
      ]),
      configVersion: 4,
      unsynchronised: true,
    },
  ],
};
const names = (version: number) => ({ 4: ['old.name'], 5: ['air.temperature', 'air.humidity'] })[version];

test('each record gets the names of the config that it was taken under', () => {
  assert.deepEqual(configVersionsOf(message), [5, 4]);
  const [first, second] = rowsOf({ alias: 'pi-1', stream: 'ab' }, message, names, 9000);
  assert.deepEqual(
    { ...first, values: { ...first!.values }, errors: { ...first!.errors } },
    {
      alias: 'pi-1',
      stream: 'ab',
      number: 1,
      timestamp: 1000,
      synchronised: true,
      per: 10,
      configVersion: 5,
      version: '0.2.0',
      values: { 'air.temperature': 21.7 },
      errors: { 'air.humidity': 'nak' },
      received: 9000,
    },
  );
  assert.equal(second!.configVersion, 4);
  assert.equal(second!.synchronised, false);
  assert.equal(second!.values['old.name'], 1);
});

test('nothing is lost: numbers without a name stay as #number, names of their own as they are', () => {
  const [, second] = rowsOf({ alias: 'pi-1', stream: 'ab' }, message, names, 0);
  assert.deepEqual(Object.keys(second!.values), ['old.name', '#7', 'dust.pm25', '__proto__']);
  const [first] = rowsOf({ alias: 'pi-1', stream: 'ab' }, message, () => undefined, 0);
  assert.deepEqual(Object.keys(first!.values), ['#0'], 'a config version that this server never had');
});
