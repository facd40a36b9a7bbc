import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { createSensorSet } from './sensor-set.ts';
import { configOf, machine, until } from './testing/environment.ts';
import { pointerChip, SimulatedI2c } from './testing/simulated-i2c.ts';

const shownBy = (set: ReturnType<typeof createSensorSet>) => async (deadline: number) => {
  const { values, errors } = await set.sample(deadline);
  return { ...Object.fromEntries(values), ...Object.fromEntries(errors) };
};

const thermometer = (scale: number) => ({
  id: 'x',
  driver: 'i2c-map',
  bus: 'b',
  address: '0x48',
  steps: [{ read: { reg: 0, len: 2, as: 't' } }],
  values: { t: { from: 't', scale } },
});
const onBus = (...sensors: object[]) =>
  configOf({ period: '1s', buses: { b: { type: 'i2c', path: '/dev/i2c-1' } }, sensors });

test('a bus that hangs costs one thread however often the config changes, and no file stays open', async (t) => {
  const i2c = new SimulatedI2c();
  i2c.chips.set(0x48, pointerChip({ 0: 21 }));
  i2c.hangs = true;
  const box = await machine(t, { loadI2c: () => i2c });
  await box.files({ 'dev/i2c-1': '' });
  const set = createSensorSet(box.env);
  for (const scale of [1, 2, 3]) {
    await set.apply(onBus(thermometer(scale)));
    assert.deepEqual(await shownBy(set)(50), { 'x.t': 'timeout' });
  }
  assert.equal(i2c.busiest, 1, 'no second call while the first hangs');
  i2c.release();
  await until('the bus is read again', async () => (await shownBy(set)(500))['x.t'] === 63);
  assert.deepEqual(await set.close(), { abandoned: [] });
  assert.equal(i2c.opens, i2c.closes);
});

test('a reading that came just after its deadline is told in the next period, once', async (t) => {
  const i2c = new SimulatedI2c();
  const chip = pointerChip({ 0: 21 });
  i2c.chips.set(0x48, chip);
  const box = await machine(t, { loadI2c: () => i2c });
  await box.files({ 'dev/i2c-1': '' });
  const set = createSensorSet(box.env);
  t.after(() => set.close());
  await set.apply(onBus(thermometer(1)));
  i2c.hangs = true;
  assert.deepEqual(await shownBy(set)(200), { 'x.t': 'timeout' });
  i2c.release();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const { transfers } = i2c;
  chip.registers[0] = 22;
  assert.deepEqual(await shownBy(set)(200), { 'x.t': 21 });
  assert.equal(i2c.transfers, transfers, 'it was not asked again for that');
  assert.deepEqual(await shownBy(set)(200), { 'x.t': 22 });
});

const W1 = (master: number, id: string) => `sys/devices/w1_bus_master${master}/${id}`;
async function thermometers(t: TestContext, ids: readonly (readonly [master: number, id: string])[]) {
  const clock = { step: 0, ms: 0 };
  const box = await machine(t, { now: () => (clock.ms += clock.step) });
  for (const [master, id] of ids) {
    await box.files({ [`${W1(master, id)}/name`]: `${id}\n`, [`${W1(master, id)}/temperature`]: '21500\n' });
    await box.link(`sys/bus/w1/devices/${id}`, `../../../devices/w1_bus_master${master}/${id}`);
  }
  return { ...box, clock, set: createSensorSet(box.env) };
}

test('a 1-wire bus that hangs is said by all its own thermometers, and by no other', async (t) => {
  const ids = [
    [1, '28-000000000001'],
    [1, '28-000000000002'],
    [2, '28-000000000003'],
  ] as const;
  const { set, path, remove } = await thermometers(t, ids);
  const file = `${W1(1, '28-000000000001')}/temperature`;
  await remove(file);
  execFileSync('mkfifo', [path(file)]);
  await set.apply(
    configOf({
      period: '10s',
      sensors: ids.map(([, id], index) => ({
        id: `t${index}`,
        driver: 'sysfs',
        match: { w1: id },
        file: 'temperature',
        scale: 0.001,
      })),
    }),
  );
  const hung = { 't0.value': 'timeout', 't1.value': 'timeout', 't2.value': 21.5 };
  const looks = [await shownBy(set)(1_000), await shownBy(set)(1_000)];
  // The bus is back: somebody writes. Whatever was seen, no thread may wait for ever.
  const writer = openSync(path(file), constants.O_RDWR | constants.O_NONBLOCK);
  try {
    assert.deepEqual(looks.at(-1), hung);
    for (const look of looks) assert.equal(look['t2.value'], 21.5);
    await until('the other one is read', async () => (await shownBy(set)(1_000))['t1.value'] === 21.5);
  } finally {
    await set.close();
    closeSync(writer);
  }
});

test('more 1-wire thermometers than a period has time for are read in turns, each with a value or a reason', async (t) => {
  const ids = Array.from({ length: 5 }, (_, index) => [1, `28-00000000000${index}`] as const);
  const { set, clock } = await thermometers(t, ids);
  t.after(() => set.close());
  await set.apply(configOf({ period: '10s', sensors: [{ id: 'd', driver: 'sysfs', discover: ['w1'] }] }));
  await set.sample(8_000);
  // From now on each look at the clock takes a second, so only a few are read in five.
  clock.step = 1_000;
  const good = async () =>
    [...(await set.sample(5_000)).values.keys()].map((name) => name.slice(-6, -5)).sort();
  const turns = [await good(), await good(), await good()];
  for (const turn of turns) assert.ok(turn.length > 0 && turn.length < 5, `${turn}`);
  assert.deepEqual([...new Set(turns.flat())].sort(), ['0', '1', '2', '3', '4'], JSON.stringify(turns));
});

test('a config that is overtaken is passed over; one that is only written differently changes nothing', async (t) => {
  const i2c = new SimulatedI2c();
  i2c.chips.set(0x48, pointerChip({ 0: 21 }));
  const box = await machine(t, { loadI2c: () => i2c });
  await box.files({ 'dev/i2c-1': '' });
  const set = createSensorSet(box.env);
  t.after(() => set.close());
  await set.apply(onBus(thermometer(1)));
  await shownBy(set)(500);
  await Promise.all([set.apply(onBus()), set.apply(onBus(thermometer(1)))]);
  assert.deepEqual(await shownBy(set)(500), { 'x.t': 21 });
  assert.deepEqual([i2c.opens, i2c.closes], [1, 0]);
  const turned = Object.fromEntries(Object.entries(thermometer(1)).reverse());
  await set.apply(onBus(turned));
  assert.equal(set.status()[0]?.counters.opens, 1);
});
