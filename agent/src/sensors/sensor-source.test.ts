import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createSensorSet } from './sensor-set.ts';
import { configOf, machine, until } from './testing/environment.ts';
import { type Chip, SimulatedI2c } from './testing/simulated-i2c.ts';

/** A chip that counts: each reading is one more than the one before. */
function counter(): Chip & { reads: number; asked: number } {
  return {
    reads: 0,
    asked: 0,
    write() {
      this.asked += 1;
    },
    read(length) {
      this.reads += 1;
      return Array.from({ length }, (_, at) => (at === length - 1 ? this.reads & 0xff : 0));
    },
  };
}

const BUSES = { b: { type: 'i2c', path: '/dev/i2c-1' } };
const COUNTER = {
  id: 'c',
  driver: 'i2c-map',
  bus: 'b',
  address: '0x20',
  steps: [{ read: { reg: 0, len: 2, as: 'n' } }],
};

async function bench(t: TestContext) {
  const i2c = new SimulatedI2c();
  const chip = counter();
  i2c.chips.set(0x20, chip);
  const box = await machine(t, { loadI2c: () => i2c });
  await box.files({ 'dev/i2c-1': '' });
  const set = createSensorSet(box.env);
  t.after(() => set.close());
  const apply = (sensor: object, period = '1s') =>
    set.apply(configOf({ period, buses: BUSES, sensors: [{ ...COUNTER, ...sensor }] }));
  const shown = async (deadline = 500) => {
    const { values, errors } = await set.sample(deadline);
    return { ...Object.fromEntries(values), ...Object.fromEntries(errors) } as Record<string, number>;
  };
  return { i2c, chip, set, apply, shown, ...box };
}
const ALL = { values: { n: { from: 'n', aggregate: ['last', 'mean', 'min', 'max', 'count'] } } };

test('with "every" a sensor is read between the reports, and each report sums up its own readings', async (t) => {
  const { chip, apply, shown } = await bench(t);
  await apply({ every: '50ms', ...ALL });
  await until('five readings', () => chip.reads >= 5);
  const first = await shown();
  assert.ok(first['c.n_count']! >= 5 && first['c.n_min'] === 1, JSON.stringify(first));
  assert.equal(first['c.n_last'], first['c.n_max']);
  assert.equal(first['c.n_mean'], (first['c.n_min']! + first['c.n_max']!) / 2);
  await until('three more', () => chip.reads >= first['c.n_max']! + 3);
  const second = await shown();
  assert.equal(second['c.n_min'], first['c.n_max']! + 1, 'no reading is counted twice, none is lost');
});

test('without "every" each report takes one reading', async (t) => {
  const { chip, apply, shown } = await bench(t);
  await apply(ALL);
  for (let count = 1; count <= 3; count++)
    assert.deepEqual(await shown(), {
      'c.n_last': count,
      'c.n_mean': count,
      'c.n_min': count,
      'c.n_max': count,
      'c.n_count': 1,
    });
  assert.equal(chip.reads, 3);
});

test('a first report waits for the first reading, and says timeout if it does not come', async (t) => {
  const { i2c, apply, shown } = await bench(t);
  i2c.hangs = true;
  await apply({ every: '1s', values: { n: { from: 'n' } } });
  assert.deepEqual(await shown(50), { 'c.n': 'timeout' });
  i2c.release();
});

test('a sensor that is taken out of the config is not read any more', async (t) => {
  const { chip, set, apply } = await bench(t);
  await apply({ every: '50ms', ...ALL });
  await until('readings', () => chip.reads >= 2);
  await set.apply(configOf({ period: '1s', buses: BUSES, sensors: [] }));
  const { reads } = chip;
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(chip.reads, reads);
});

test('a config that changes something else leaves a sensor and its window alone', async (t) => {
  const { chip, set, shown, files } = await bench(t);
  await files({ 'proc/uptime': '5.0 1.0\n' });
  const sensor = { ...COUNTER, every: '50ms', ...ALL };
  const config = (period: string, ...others: object[]) =>
    configOf({ period, buses: BUSES, sensors: [...others, sensor] });
  await set.apply(config('1s'));
  await until('readings', () => chip.reads >= 2);
  await set.apply(config('2s', { id: 'sys', driver: 'sysfs', proc: ['uptime'] }));
  assert.equal(set.status().find(({ id }) => id === 'c')?.counters.opens, 1);
  const told = await shown();
  assert.equal(told['c.n_min'], 1, 'the readings from before still count');
  assert.equal(told['sys.uptime'], 5);
});

test('reasons are counted for each sensor', async (t) => {
  const { i2c, set, apply, shown } = await bench(t);
  await apply({ values: { n: { from: 'n' }, low: { from: 'n', range: [0, 1] } } });
  await shown();
  await shown();
  i2c.chips.clear();
  await shown();
  assert.deepEqual(set.status()[0]?.reasons, { range: 1, nak: 1 });
  assert.equal(typeof set.status()[0]?.readMs, 'number');
});

test('a sensor that takes long to start is closed at once, and nothing counts as hung', async (t) => {
  const { set, apply, shown, logged } = await bench(t);
  // As an SPS30 does, whose fan runs up for 30 s before its numbers count.
  await apply(
    {
      setup: Array.from({ length: 4 }, () => ({ delay: '2s' })),
      values: { n: { from: 'n' } },
    },
    '1m',
  );
  assert.deepEqual(await shown(50), { 'c.n': 'busy' });
  assert.deepEqual(await shown(50), { 'c.n': 'busy' });
  assert.equal(set.status()[0]?.state, 'starting', 'not stalled');
  const began = performance.now();
  assert.deepEqual(await set.close(), { abandoned: [] });
  assert.ok(performance.now() - began < 1_000, 'it did not wait for the eight seconds of the set-up');
  assert.ok(!logged.some((line) => line.includes('did not close')));
});
