import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createSensorSet } from './sensor-set.ts';
import { configOf, machine } from './testing/environment.ts';
import { pointerChip, SimulatedI2c, SimulatedMux } from './testing/simulated-i2c.ts';

const def = {
  kind: 'i2c-map',
  steps: [{ read: { reg: 0, len: 2, as: 't' } }],
  values: { t: { from: 't', bits: [15, 4], signed: true, scale: 0.0625, range: [-55, 128] } },
};
const channel = (address: string, number: number) => ({
  type: 'tca9548a',
  bus: 'root',
  address,
  channel: number,
});
/** Three chips of one address behind two multiplexers, and one of another address beside them. */
const GREENHOUSE = {
  period: '1s',
  buses: {
    root: { type: 'i2c', path: '/dev/i2c-1' },
    bed1: channel('0x70', 0),
    bed2: channel('0x70', 7),
    roof: channel('0x71', 3),
  },
  defs: { thermometer: def },
  sensors: [
    { id: 'a', driver: 'thermometer', bus: 'bed1', address: '0x48' },
    { id: 'b', driver: 'thermometer', bus: 'bed2', address: '0x48' },
    { id: 'c', driver: 'thermometer', bus: 'roof', address: '0x48' },
    { id: 'd', driver: 'thermometer', bus: 'root', address: '0x49' },
  ],
};

async function greenhouse(t: TestContext) {
  const i2c = new SimulatedI2c();
  const first = new SimulatedMux();
  const second = new SimulatedMux();
  first.channels[0]!.set(0x48, pointerChip({ 0: 0x0a00 }));
  first.channels[7]!.set(0x48, pointerChip({ 0: 0x1400 }));
  second.channels[3]!.set(0x48, pointerChip({ 0: 0x1e00 }));
  i2c.chips.set(0x70, first);
  i2c.chips.set(0x71, second);
  i2c.chips.set(0x49, pointerChip({ 0: 0x2800 }));
  const box = await machine(t, { loadI2c: () => i2c });
  await box.files({ 'dev/i2c-1': '' });
  const set = createSensorSet(box.env);
  t.after(() => set.close());
  await set.apply(configOf(GREENHOUSE));
  const shown = async () => {
    const { values, errors } = await set.sample(1_000);
    return { ...Object.fromEntries(values), ...Object.fromEntries(errors) };
  };
  return { i2c, first, second, shown };
}
const ALL = { 'a.t': 10, 'b.t': 20, 'c.t': 30, 'd.t': 40 };

test('chips of one address behind a TCA9548A are each read through their own channel', async (t) => {
  const { i2c, first, second, shown } = await greenhouse(t);
  for (let count = 0; count < 5; count++) assert.deepEqual(await shown(), ALL);
  assert.equal(i2c.opens, 1, 'one adapter, one file, one queue');
  assert.equal(i2c.busiest, 1);
  assert.ok(first.control === 0 || second.control === 0, 'never two channels at once');
});

test('a multiplexer that was reset is told its channel again', async (t) => {
  const { first, shown } = await greenhouse(t);
  assert.deepEqual(await shown(), ALL);
  first.channels[7]!.clear();
  assert.deepEqual(await shown(), { ...ALL, 'b.t': 'nak' });
  first.channels[7]!.set(0x48, pointerChip({ 0: 0x1400 }));
  assert.deepEqual(await shown(), ALL);
});

test('a multiplexer that is gone costs its own sensors only', async (t) => {
  const { i2c, first, shown } = await greenhouse(t);
  assert.deepEqual(await shown(), ALL);
  i2c.chips.delete(0x70);
  assert.deepEqual(await shown(), { ...ALL, 'a.t': 'nak', 'b.t': 'nak' });
  i2c.chips.set(0x70, first);
  first.control = 0;
  assert.deepEqual(await shown(), ALL);
});

test('a bus with one channel in use does not tell it again for each reading', async (t) => {
  const { first, second, i2c } = await greenhouse(t);
  const box = await machine(t, { loadI2c: () => i2c });
  await box.files({ 'dev/i2c-1': '' });
  const set = createSensorSet(box.env);
  t.after(() => set.close());
  const { roof, root } = GREENHOUSE.buses;
  await set.apply(configOf({ ...GREENHOUSE, buses: { root, roof }, sensors: [GREENHOUSE.sensors[2]] }));
  for (let count = 0; count < 3; count++) await set.sample(1_000);
  assert.deepEqual([second.writes, first.writes], [1, 0]);
});

test('a multiplexer that a kernel driver holds, or that is stuck, costs only what is behind it', async (t) => {
  const { i2c, first, shown } = await greenhouse(t);
  first.channels[0]!.set(0x4a, pointerChip({ 0: 0x0a00 }));
  const other = GREENHOUSE.sensors.map((sensor) =>
    sensor.bus === 'bed1' ? { ...sensor, address: '0x4a' } : sensor,
  );
  i2c.claimed.add(0x70);
  const box = await machine(t, { loadI2c: () => i2c });
  await box.files({ 'dev/i2c-1': '' });
  const set = createSensorSet(box.env);
  t.after(() => set.close());
  await shown();
  await set.apply(configOf({ ...GREENHOUSE, sensors: other.filter(({ bus }) => bus !== 'bed2') }));
  const { values, errors } = await set.sample(1_000);
  assert.deepEqual([...errors], [['a.t', 'denied']]);
  assert.deepEqual([...values.keys()].sort(), ['c.t', 'd.t']);
});

test('a channel that was left open by whoever used the bus before is shut', async (t) => {
  const { first, second, shown } = await greenhouse(t);
  first.control = 0xff;
  second.control = 0xff;
  assert.deepEqual(await shown(), ALL);
});
