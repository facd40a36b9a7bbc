import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settingFault } from './check.ts';
import { type Setting, settingAfter, settingView } from './settings.ts';

const influx: Setting<'influxdb'> = {
  ...{ on: true, url: 'http://influx:8086', org: 'home', bucket: 'perch', token: 'secret-1' },
};
const outside = { embedded: false, prefix: 'perch/v1' };

test('a secret is never told back, only that it is set', () => {
  assert.deepEqual(settingView(influx), { ...influx, token: 'set' });
  const { token: _, ...without } = influx;
  assert.deepEqual(settingView(without), without);
});

test('a secret stays while its address does, and goes to no other', () => {
  const { token: _, ...left } = influx;
  assert.deepEqual(settingAfter(influx, left), influx, 'left out');
  assert.deepEqual(settingAfter(influx, { ...left, token: 'set' }), influx, 'as it was told');
  assert.deepEqual(settingAfter(influx, { ...left, bucket: 'other' }), { ...influx, bucket: 'other' });
  assert.deepEqual(settingAfter(influx, { ...left, token: '' }), left, 'taken away');
  assert.deepEqual(settingAfter(influx, { ...left, token: 'secret-2' }), { ...influx, token: 'secret-2' });
  const moved = { ...left, url: 'http://elsewhere:8086' };
  assert.deepEqual(settingAfter(influx, moved), moved);
  assert.throws(() => settingAfter(influx, { ...moved, token: 'set' }), /give the token itself/);
  const mirror: Setting<'mirror'> = { on: true, broker: 'mqtt://a', username: 'me', password: 'pw' };
  assert.equal(settingAfter(mirror, { on: true, broker: 'mqtt://b', username: 'me' }).password, undefined);
  assert.equal(settingAfter(mirror, { on: true }).password, undefined, "nor to the server's own broker");
});

test('InfluxDB is set to its other version at the same address, without the secret of the one before', () => {
  const one: Setting<'influxdb'> = { on: true, url: influx.url!, database: 'perch', username: 'me' };
  const changed = settingAfter(influx, one);
  assert.deepEqual(changed, one);
  assert.equal(settingFault('influxdb', changed, outside), undefined);
  const { token: _, ...two } = influx;
  assert.equal(settingAfter({ ...one, password: 'pw' }, two).password, undefined);
  assert.equal(settingAfter({ ...one, password: 'pw' }, one).password, 'pw');
  assert.throws(() => settingAfter(influx, { ...one, token: 'set' }), /token: leave it out beside database/);
});

test('the broker inside the server carries boards only, so another must be named', () => {
  const inside = { embedded: true, prefix: 'perch/v1' };
  for (const name of ['mirror', 'homeassistant'] as const) {
    assert.match(settingFault(name, { on: true }, inside)!, /name a broker/);
    assert.equal(settingFault(name, { on: false }, inside), undefined);
    assert.equal(settingFault(name, { on: true, broker: 'mqtt://ha:1883' }, inside), undefined);
    assert.equal(settingFault(name, { on: true }, outside), undefined);
  }
});

test('values are not published where boards talk to the server', () => {
  for (const prefix of ['perch/v1', 'perch/v1/x', 'perch'])
    assert.match(settingFault('mirror', { on: true, prefix }, outside)!, /messages of boards/, prefix);
  assert.equal(settingFault('mirror', { on: true, prefix: 'perch/v10' }, outside), undefined);
});

test('the mirror and Home Assistant do not publish over each other', () => {
  const mirror = { name: 'mirror' as const, setting: { on: true, broker: 'mqtt://ha' } };
  const fault = (prefix: string | undefined, broker: string, on = true): string | undefined =>
    settingFault(
      'homeassistant',
      { on: true, broker, ...(prefix === undefined ? {} : { prefix }) },
      { ...outside, beside: { ...mirror, setting: { ...mirror.setting, on } } },
    );
  for (const prefix of ['perch/mirror', 'perch/mirror/ha'])
    assert.match(fault(prefix, 'mqtt://ha')!, /where mirror publishes/, prefix);
  assert.equal(fault('perch/mirror', 'mqtt://other'), undefined);
  assert.equal(fault('perch/mirror', 'mqtt://ha', false), undefined, 'it is off');
  assert.equal(fault(undefined, 'mqtt://ha'), undefined);
});

test('InfluxDB is set whole, for one of its versions', () => {
  const fault = (more: Partial<Setting<'influxdb'>>): string | undefined =>
    settingFault('influxdb', { on: true, ...more }, outside);
  assert.equal(settingFault('influxdb', influx, outside), undefined);
  assert.equal(fault({ url: 'http://influx:8086/', database: 'perch' }), undefined);
  assert.match(fault({})!, /say where/);
  assert.match(fault({ url: 'http://influx' })!, /or database/);
  assert.match(fault({ url: 'http://influx', org: 'home', bucket: 'b' })!, /all of org, bucket and token/);
  assert.match(fault({ ...influx, database: 'perch' })!, /not both/);
  assert.match(fault({ url: 'http://me:pw@influx', database: 'perch' })!, /user or password/);
  assert.match(fault({ url: 'http://influx/?db=x', database: 'perch' })!, /query/);
});
