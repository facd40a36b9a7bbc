import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readdirSync, rmSync, symlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import mqtt from 'mqtt';
import { Pty } from '../../agent/src/sensors/testing/pty.ts';
import { databasePath } from '../../server/src/store/sqlite.ts';
import { lacking } from '../test/programs.ts';
import { embeddedBroker, houseWithBoard } from './house.ts';
import { mosquitto } from './mosquitto.ts';
import { until } from './processes.ts';

const LOAD = { id: 'sys', driver: 'sysfs', proc: ['load'] };
const config = (period: string, more: object = {}): string =>
  JSON.stringify({ period, sensors: [LOAD], ...more });

test('a broker that is killed and comes back loses nothing that was OKed, and both ends find it again', {
  skip: lacking('mosquitto'),
  timeout: 300_000,
}, async (t) => {
  const { house, board } = await houseWithBoard(t, await mosquitto(), config('200ms'));
  await house.untilRecord(board.alias, (one) => one.number >= 5, 'five records');
  for (let round = 0; round < 2; round++) {
    const connections = house.server.output.split('connected to the broker').length;
    await house.broker.stop('SIGKILL');
    await until(() => house.server.output.includes('not connected'), 'the server to notice');
    await house.broker.start();
    await until(
      () => house.server.output.split('connected to the broker').length > connections + 1,
      'the server to be back',
    );
    await house.untilFresh(board.alias, 'a record after the broker came back');
  }
  const rows = await house.records(board.alias);
  const numbers = rows.map((one) => one.number).sort((a, b) => a - b);
  assert.equal(new Set(rows.map((one) => one.stream)).size, 1);
  assert.deepEqual(
    numbers,
    Array.from({ length: numbers.at(-1)! }, (_, index) => index + 1),
    'each record once, none missing',
  );
});

test('garbage from strangers on every topic is counted, and both ends go on', {
  timeout: 300_000,
  skip: lacking('mosquitto'),
}, async (t) => {
  const { house, board } = await houseWithBoard(t, await mosquitto(), config('500ms'));

  const stranger = mqtt.connect(`mqtt://127.0.0.1:${house.broker.port}`, { protocolVersion: 4 });
  const recorded: Buffer[] = [];
  stranger.on('message', (_topic, payload) => recorded.push(payload));
  await once(stranger as never, 'connect');
  await stranger.subscribeAsync(['perch/v1/pi-1/req', 'perch/v1/pi-1/res']);
  await until(() => recorded.length >= 4, 'some traffic to record');
  const bomb = Buffer.concat([Buffer.from('9bffffffffffffffff', 'hex'), randomBytes(8)]);
  const nested = Buffer.alloc(5000, 0x81);
  const garbage = [
    Buffer.alloc(0),
    Buffer.from('not CBOR'),
    randomBytes(64),
    randomBytes(200_000),
    bomb,
    nested,
    Buffer.from('8101', 'hex'),
    Buffer.from('820943616263', 'hex'),
    Buffer.from('82044401020304', 'hex'), // what only a server may say
    Buffer.from('8105', 'hex'), // what only a board may say
    ...recorded.map((payload) => payload.subarray(0, payload.length - 3)),
    ...recorded, // replayed as they are, in both directions
  ];
  const topics = [
    'perch/v1/pi-1/req',
    'perch/v1/pi-1/res',
    'perch/v1/nobody/req',
    'perch/v1/UPPER/req',
    'perch/v1/a b/req',
    `perch/v1/${'x'.repeat(200)}/req`,
  ];
  for (const topic of topics) for (const payload of garbage) await stranger.publishAsync(topic, payload);
  await stranger.endAsync();

  await house.untilFresh(board.alias, 'a record after the storm');
  assert.ok(house.server.running && board.running);
  const counters = await house.rounds();
  for (const code of ['MALFORMED', 'TOO_LONG', 'UNKNOWN_KIND', 'BAD_ALIAS', 'REPLAYED', 'WRONG_DIRECTION'])
    assert.ok((counters[code] ?? 0) > 0, `${code} is counted: ${JSON.stringify(counters)}`);
  const { faults } = (await board.status()) as { faults: Record<string, number> };
  for (const code of ['MALFORMED', 'TOO_LONG', 'REPLAYED', 'WRONG_DIRECTION'])
    assert.ok((faults[code] ?? 0) > 0, `${code} is counted at the board: ${JSON.stringify(faults)}`);
  const rows = await house.records(board.alias);
  assert.equal(
    new Set(rows.map((one) => `${one.stream}/${one.number}`)).size,
    rows.length,
    'a replay stores nothing',
  );
});

test('a release whose signature or content was tampered with is never run', {
  timeout: 300_000,
}, async (t) => {
  const { house, board } = await houseWithBoard(t, await embeddedBroker(), config('500ms'));
  await board.stop();
  await house.publish('linux-x64', '0.2.0');
  await house.server.says('the full form of 0.2.0 for linux-x64 is made');

  await house.server.end();
  const database = new DatabaseSync(databasePath(house.data));
  const set = "UPDATE metadata SET bytes = ? WHERE role = 'targets'";
  const { bytes } = database.prepare("SELECT bytes FROM metadata WHERE role = 'targets'").get() as {
    bytes: Uint8Array;
  };
  const forged = Buffer.from(bytes);
  const at = forged.indexOf('"sig":"') + 20;
  forged[at] = forged[at] === 0x61 ? 0x62 : 0x61;
  database.prepare(set).run(forged);
  database.close();
  await house.startServer();
  await house.server.says('signed by no key of this fleet');
  await board.start();
  await board.says(/release 0\.2\.0 failed: (BAD_SIGNATURE|MIXED_METADATA)/);
  assert.ok(!existsSync(join(board.state, 'update', 'object.part')), 'not even fetched');
  await board.stop();

  await house.server.end();
  const mended = new DatabaseSync(databasePath(house.data));
  mended.prepare(set).run(bytes);
  mended.close();
  const objects = join(house.data, 'objects');
  const object = openSync(
    join(objects, readdirSync(objects).find((name) => /^[0-9a-f]{64}$/.test(name))!),
    'r+',
  );
  writeSync(object, Buffer.from('rotten'), 0, 6, 1_000_000);
  closeSync(object);
  await house.startServer();
  await board.start();
  await board.says(/release 0.2.0 failed: WRONG_HASH/);
  await until(
    async () => (await house.device(board.alias))?.update?.error === 'WRONG_HASH',
    'the reason at the server',
  );
  const record = await house.untilFresh(board.alias, 'a record after the failures');
  assert.equal(record.version, '0.1.0');
  assert.ok(
    !existsSync(join(board.state, 'releases')) || readdirSync(join(board.state, 'releases')).length === 0,
  );
});

test('an absent I2C bus, an absent address and an unplugged serial device are reasons in the record, not an end', {
  timeout: 300_000,
}, async (t) => {
  const pty = await Pty.open();
  const device = `/dev/perch-test-${process.pid}`;
  symlinkSync(pty.path, device);
  t.after(async () => {
    rmSync(device, { force: true });
    await pty.unplug();
  });
  const buses = {
    nowhere: { type: 'i2c', path: '/dev/i2c-99' },
    usb: { type: 'serial', path: device, baud: 9600, silence: '2s' },
  };
  const sensors = [
    LOAD,
    { id: 'air', driver: 'tmp102', bus: 'nowhere', address: '0x48' },
    { id: 'ino', driver: 'lines', bus: 'usb', regex: '^T=(?<t>-?[0-9.]+)$' },
  ];
  const { house, board } = await houseWithBoard(
    t,
    await embeddedBroker(),
    config('500ms', { buses, sensors }),
  );
  const talk = setInterval(() => pty.say('T=21.5\n'), 100);
  t.after(() => clearInterval(talk));
  const good = await house.untilRecord(
    board.alias,
    (one) => one.values['ino.t'] === 21.5,
    'a value from the serial port',
  );
  // Not "unsupported": the native part of i2c-bus is in the executable and loads.
  assert.equal(Object.entries(good.errors).find(([name]) => name.startsWith('air.'))?.[1], 'unplugged');
  clearInterval(talk);
  await pty.unplug();
  const gone = await house.untilRecord(
    board.alias,
    (one) => one.timestamp > good.timestamp && one.errors['ino.t'] === 'unplugged',
    'the unplugged reason',
  );
  assert.equal(gone.values['ino.t'], undefined, 'no stale number');
  assert.equal(typeof gone.values['sys.load1'], 'number', 'the others go on');
});

test('a board that sleeps connects for each report, without a new Hello, and is not held', {
  timeout: 300_000,
}, async (t) => {
  const { house, board } = await houseWithBoard(
    t,
    await embeddedBroker(),
    config('1s', { connection: 'per-exchange' }),
  );
  await house.untilRecord(board.alias, (one) => one.number >= 4, 'four records');
  const connections = board.output.split('connected to').length - 1;
  assert.ok(connections >= 4, `${connections} connections`);
  const hellos = (await house.rounds())['Hello 2 Hello Client'];
  assert.equal(hellos, 1, 'the session lives longer than the connection');
});
