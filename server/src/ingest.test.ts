import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageOf } from '@perch/broker-bridge/protocol/messages.ts';
import { configVersionsOf, gapsOf, rowsOf } from './ingest.ts';

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
const boot = 'b0'.repeat(16);
const peer = { alias: 'pi-1', stream: 'ab', boot };
const names = (version: number) => ({ 4: ['old.name'], 5: ['air.temperature', 'air.humidity'] })[version];

test('each record gets the names of the config that it was taken under', () => {
  assert.deepEqual(configVersionsOf(message), [5, 4]);
  const [first, second] = rowsOf(peer, message, names, 9000);
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
      boot,
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
  const [, second] = rowsOf(peer, message, names, 0);
  assert.deepEqual(Object.keys(second!.values), ['old.name', '#7', 'dust.pm25', '__proto__']);
  const [first] = rowsOf(peer, message, () => undefined, 0);
  assert.deepEqual(Object.keys(first!.values), ['#0'], 'a config version that this server never had');
});

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
const [earlier, earliest, stream] = ['e1'.repeat(16), 'e2'.repeat(16), '0011223344556677'];

test('records of a backlog keep the boot, the version and the stream that they were taken under', () => {
  const record = { timestamp: 1000, per: 10, values: new Map() };
  const backlog: MessageOf<'monitorRecord'> = {
    ...message,
    stream: bytes(stream),
    boots: [bytes(earlier), bytes(earliest)],
    versions: ['0.1.0'],
    records: [
      { ...record, number: 1, boot: 1, version: 0, sinceBoot: 0 },
      { ...record, number: 2, boot: 0 },
      { ...record, number: 3 },
    ],
  };
  assert.deepEqual(
    rowsOf(peer, backlog, names, 0).map((row) => [row.stream, row.boot, row.version, row.sinceBoot]),
    [
      [stream, earliest, '0.1.0', 0],
      [stream, earlier, '0.2.0', undefined],
      [stream, boot, '0.2.0', undefined],
    ],
  );
});

test('a record that refers to what its message does not have is malformed', () => {
  const of = (record: object): MessageOf<'monitorRecord'> => ({
    ...message,
    boots: [bytes(earlier)],
    records: [{ number: 1, timestamp: 1, per: 1, values: new Map(), ...record }],
  });
  for (const [record, where] of [
    [{ boot: 1 }, 'records/0/boot is 1'],
    [{ version: 0 }, 'records/0/version is 0'],
  ] as const)
    assert.throws(() => rowsOf(peer, of(record), names, 0), {
      code: 'MALFORMED',
      message: new RegExp(where),
    });
});

test('gaps belong to the stream that they name, else to that of the message, else to that of Hello', () => {
  const gap = { from: 5, to: 9, count: 3, since: 100, until: 200, why: 3 };
  const gaps = [gap, { ...gap, stream: bytes('ff'.repeat(8)), since: 300 }];
  const told = gapsOf(peer, { ...message, gaps }, 9000);
  assert.deepEqual(told[0], {
    ...{ alias: 'pi-1', stream: 'ab', from: 5, to: 9, count: 3 },
    ...{ since: 100, until: 200, why: 'stopped', received: 9000 },
  });
  assert.equal(told[1]!.stream, 'ff'.repeat(8));
  assert.deepEqual([told[1]!.since, told[1]!.until], [200, 300], 'a clock that went back hides nothing');
  assert.equal(gapsOf(peer, { ...message, stream: bytes(stream), gaps }, 0)[0]!.stream, stream);
  assert.deepEqual(gapsOf(peer, message, 0), []);
  assert.throws(() => gapsOf(peer, { ...message, gaps: [{ ...gap, to: 4 }] }, 0), { code: 'MALFORMED' });
});
