import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { I2C_QUEUE_LIMIT, I2C_REOPEN_FIRST, I2cBus } from './buses/i2c.ts';
import { createSensorSet } from './sensor-set.ts';
import { configOf, machine } from './testing/environment.ts';
import { pointerChip, SimulatedI2c } from './testing/simulated-i2c.ts';

const BUSES = { b: { type: 'i2c', path: '/dev/i2c-1' } };
// A def wins over the built-in chip of its name, so these sensors run through i2c-map.
const DEFS = {
  tmp102: {
    kind: 'i2c-map',
    steps: [{ read: { reg: 0, len: 2, as: 't' } }],
    values: {
      temp: { from: 't', bits: [15, 4], signed: true, scale: 0.0625, unit: 'Cel', range: [-55, 128] },
    },
  },
};
const one = (sensor: object) =>
  configOf({ period: '1s', buses: BUSES, defs: DEFS, sensors: [{ bus: 'b', ...sensor }] });
const TMP102 = one({ id: 'air', driver: 'tmp102', address: '0x48' });

async function bench(t: TestContext) {
  const i2c = new SimulatedI2c();
  const clock = { ms: 0 };
  const box = await machine(t, { loadI2c: () => i2c, now: () => clock.ms, delay: async () => {} });
  await box.files({ 'dev/i2c-1': '' });
  const chip = pointerChip({ 0: 0 });
  i2c.chips.set(0x48, chip);
  const set = createSensorSet(box.env);
  t.after(async () => {
    i2c.release();
    await set.close();
  });
  const shown = async (deadline = 3_000) => {
    const { values, errors } = await set.sample(deadline);
    return { ...Object.fromEntries(values), ...Object.fromEntries(errors) };
  };
  return { i2c, box, chip, set, shown, clock };
}

test('an adapter without combined transfers is read with a write and a read', async (t) => {
  const { chip, i2c, set, shown } = await bench(t);
  i2c.noBlock = 'EOPNOTSUPP';
  chip.registers[0] = 0x1900;
  await set.apply(TMP102);
  assert.deepEqual(await shown(), { 'air.temp': 25 });
});

for (const errno of ['ENXIO', 'EREMOTEIO', 'EIO', 'ETIMEDOUT'])
  test(`no answer is "nak" where the adapter calls it ${errno}, and a chip that comes is read`, async (t) => {
    const { chip, i2c, set, shown } = await bench(t);
    i2c.nak = errno;
    i2c.chips.clear();
    await set.apply(TMP102);
    assert.deepEqual(await shown(), { 'air.temp': 'nak' });
    i2c.chips.set(0x48, chip);
    assert.deepEqual(await shown(), { 'air.temp': 0 });
  });

test('a byte order that is wrong is caught by the range, and no number is reported', async (t) => {
  const { chip, set, shown } = await bench(t);
  const value = { from: 't', order: 'little', bits: [15, 4], signed: true, scale: 0.0625, range: [-55, 125] };
  await set.apply(
    one({
      id: 'x',
      driver: 'i2c-map',
      address: '0x48',
      steps: [{ read: { reg: 0, len: 2, as: 't' } }],
      values: { swapped: value, right: { ...value, order: 'big' } },
    }),
  );
  chip.registers[0] = 0x1580;
  assert.deepEqual(await shown(), { 'x.swapped': 'range', 'x.right': 21.5 });
});

test('a chip that is another one is not believed', async (t) => {
  const { chip, set, shown, clock, box } = await bench(t);
  const steps = [{ read: { reg: 0, len: 2, as: 't' } }];
  const identify = { reg: 3, len: 2, mask: 'fff0', equals: '0540' };
  chip.registers[3] = 0x1234;
  await set.apply(
    one({ id: 'x', driver: 'i2c-map', address: '0x48', identify, steps, values: { v: { from: 't' } } }),
  );
  assert.deepEqual(await shown(), { 'x.v': 'malformed' });
  assert.equal(set.status()[0]?.state, 'failed');
  assert.match(box.logged.join('\n'), /it says 1234, not 0540/);

  chip.registers[3] = 0x0547;
  assert.deepEqual(await shown(), { 'x.v': 'malformed' }, 'not before its back-off has passed');
  clock.ms += 1_000;
  assert.deepEqual(await shown(), { 'x.v': 0 });
});

test('the step machine sets up once, writes, polls and reads', async (t) => {
  const { i2c, set, shown } = await bench(t);
  const written: string[] = [];
  let questions = 0;
  i2c.chips.set(0x23, {
    write: (bytes) => written.push(Buffer.from(bytes).toString('hex')),
    read: (length) => (length === 1 ? [questions++ % 3 === 2 ? 0x81 : 0x01] : [1, 2, 3, 4]),
  });
  await set.apply(
    one({
      id: 'x',
      driver: 'i2c-map',
      address: '0x23',
      setup: [{ write: { data: '01' } }, { delay: '1ms' }],
      steps: [
        { write: { reg: 0x1234, width: 2, data: 'aa' } },
        { poll: { len: 1, mask: '80', equals: '80', every: '1ms', timeout: '1s' } },
        { read: { len: 4, as: 'raw' } },
      ],
      values: { all: { from: 'raw' }, tail: { from: 'raw', at: 2, len: 2, order: 'little' } },
    }),
  );
  for (let count = 0; count < 2; count++)
    assert.deepEqual(await shown(), { 'x.all': 0x01020304, 'x.tail': 0x0403 });
  assert.deepEqual(written, ['01', '1234aa', '1234aa']);
  assert.equal(questions, 6);
});

test('a chip that never gets ready is "busy"', async (t) => {
  const { set, shown } = await bench(t);
  await set.apply(
    one({
      id: 'x',
      driver: 'i2c-map',
      address: '0x48',
      steps: [
        { poll: { reg: 1, len: 1, mask: '80', equals: '80', timeout: '1ms', every: '1ms' } },
        { read: { len: 1, as: 'r' } },
      ],
      values: { v: { from: 'r' } },
    }),
  );
  // The clock stands still here, so it is the number of questions that ends the poll.
  assert.deepEqual(await shown(9_000), { 'x.v': 'busy' });
});

test('a short answer is never a value', async (t) => {
  const { i2c, set, shown } = await bench(t);
  i2c.chips.set(0x48, { write() {}, read: () => [0x19] });
  await set.apply(TMP102);
  assert.deepEqual(await shown(), { 'air.temp': 'io' });
});

test('a bus that hangs costs its own sensors a deadline and is not asked again until it is back', async (t) => {
  const hung = new SimulatedI2c();
  hung.hangs = true;
  hung.chips.set(0x48, pointerChip({ 0: 0x1900 }));
  const fine = new SimulatedI2c();
  fine.chips.set(0x48, pointerChip({ 0: 0x3200 }));
  const box = await machine(t, {
    loadI2c: () => ({ openPromisified: (number) => (number === 1 ? hung : fine).openPromisified() }),
  });
  const set = createSensorSet(box.env);
  await set.apply(
    configOf({
      period: '1s',
      buses: { a: { type: 'i2c', path: '/dev/i2c-1' }, b: { type: 'i2c', path: '/dev/i2c-2' } },
      defs: DEFS,
      sensors: [
        { id: 'a', driver: 'tmp102', bus: 'a', address: '0x48' },
        { id: 'b', driver: 'tmp102', bus: 'b', address: '0x48' },
      ],
    }),
  );
  for (let count = 0; count < 3; count++) {
    const { values, errors } = await set.sample(100);
    assert.deepEqual([...values], [['b.temp', 50]]);
    assert.deepEqual([...errors], [['a.temp', 'timeout']]);
  }
  assert.equal(hung.transfers, 1);
  assert.equal(set.status()[0]?.counters.reads, 1);
  assert.equal(set.status()[0]?.state, 'stalled');

  hung.release();
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(Object.fromEntries((await set.sample(1_000)).values), { 'a.temp': 25, 'b.temp': 50 });

  hung.hangs = true;
  await set.sample(50);
  assert.deepEqual(await set.close(), { abandoned: ['a'] });
  hung.release();
});

test('an adapter that is pulled out is "unplugged", and read again when it is back', async (t) => {
  const { chip, i2c, box, set, shown, clock } = await bench(t);
  chip.registers[0] = 0x1900;
  await set.apply(TMP102);
  assert.deepEqual(await shown(), { 'air.temp': 25 });

  // As seen on a CP2112: the old file answers ETIMEDOUT for ever, opening says ENOENT.
  i2c.chips.clear();
  i2c.nak = 'ETIMEDOUT';
  i2c.absent = 'ENOENT';
  await box.remove('dev/i2c-1');
  assert.deepEqual(await shown(), { 'air.temp': 'unplugged' });
  assert.equal(i2c.closes, 1);
  clock.ms += 10 * I2C_REOPEN_FIRST;
  assert.deepEqual(await shown(), { 'air.temp': 'unplugged' });

  i2c.absent = undefined;
  i2c.chips.set(0x48, chip);
  await box.files({ 'dev/i2c-1': '' });
  clock.ms += 10 * I2C_REOPEN_FIRST;
  assert.deepEqual(await shown(), { 'air.temp': 25 });
});

test('an address that a kernel driver holds is left alone, since i2c-bus would then talk to address 0', async (t) => {
  const { i2c, box, set, shown } = await bench(t);
  i2c.claimed.add(0x48);
  await set.apply(TMP102);
  assert.deepEqual(await shown(), { 'air.temp': 'denied' });
  const { transfers } = i2c;
  assert.deepEqual(await shown(), { 'air.temp': 'denied' });
  assert.equal(i2c.transfers, transfers);
  assert.match(box.logged.join('\n'), /read it with the sysfs driver/);
});

test('transfers of one bus never overlap, and only so many wait', async (t) => {
  const i2c = new SimulatedI2c();
  i2c.chips.set(0x48, pointerChip({ 0: 0x1234 }));
  const { env } = await machine(t, { loadI2c: () => i2c });
  const bus = new I2cBus({ type: 'i2c', path: '/dev/i2c-1' }, env);
  const reads = Array.from({ length: I2C_QUEUE_LIMIT + 1 }, () =>
    bus.read(0x48, { reg: 0, width: 1, len: 2 }),
  );
  const outcomes = await Promise.allSettled(reads);
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, I2C_QUEUE_LIMIT);
  const [late] = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  assert.equal(late.reason, 'busy');
  assert.equal(i2c.busiest, 1);
  await bus.close();
});

test('a machine without I2C says "unsupported" and reports the rest', async (t) => {
  const box = await machine(t);
  await box.files({ 'proc/uptime': '12.5 3.0\n' });
  const set = createSensorSet(box.env);
  await set.apply(
    configOf({
      period: '1s',
      buses: BUSES,
      defs: DEFS,
      sensors: [
        { id: 'air', driver: 'tmp102', bus: 'b', address: '0x48' },
        { id: 'sys', driver: 'sysfs', proc: ['uptime'] },
      ],
    }),
  );
  const { values, errors } = await set.sample(1_000);
  assert.deepEqual([...values], [['sys.uptime', 12.5]]);
  assert.deepEqual([...errors], [['air.temp', 'unsupported']]);
  await set.close();
});

test('an adapter is found by its name, whatever its number', async (t) => {
  const { i2c, box, set, shown } = await bench(t);
  await box.files({ 'sys/bus/i2c/devices/i2c-7/name': 'CP2112 SMBus Bridge\n', 'dev/i2c-7': '' });
  await set.apply(
    configOf({
      period: '1s',
      buses: { b: { type: 'i2c', adapter: 'CP2112 SMBus Bridge' } },
      defs: DEFS,
      sensors: [{ id: 'air', driver: 'tmp102', bus: 'b', address: '0x48' }],
    }),
  );
  assert.deepEqual(await shown(), { 'air.temp': 0 });
  assert.equal(i2c.opens, 1);
});

/** A device that answers every read with the same bytes. */
const says = (bytes: number[]) => ({ write() {}, read: (length: number) => bytes.slice(0, length) });

test('a def with a check step takes only words whose CRC is right (Sensirion: 0xBEEF has 0x92)', async (t) => {
  const { i2c, set, shown } = await bench(t);
  await set.apply(
    one({
      id: 'x',
      driver: 'i2c-map',
      address: '0x44',
      steps: [
        { write: { data: 'fd' } },
        { delay: '9ms' },
        { read: { len: 6, as: 'm' } },
        { crc: { of: 'm', poly: '31', init: 'ff', block: 2 } },
      ],
      values: {
        first: { from: 'm', at: 0, len: 2 },
        celsius: { from: 'm', at: 3, len: 2, scale: 175 / 65535, offset: -45, unit: 'Cel' },
      },
    }),
  );
  // 0x6667 has 0xA2 and is 25.0 degC in the scale of SCD4x (its datasheet, section 3.6.2).
  i2c.chips.set(0x44, says([0xbe, 0xef, 0x92, 0x66, 0x67, 0xa2]));
  const read = (await shown()) as Record<string, number>;
  assert.equal(read['x.first'], 0xbeef);
  assert.ok(Math.abs(read['x.celsius']! - 25) < 0.003, `${read['x.celsius']}`);
  i2c.chips.set(0x44, says([0xbe, 0xef, 0x92, 0x66, 0x67, 0xa3]));
  assert.deepEqual(await shown(), { 'x.first': 'crc', 'x.celsius': 'crc' });
});

test('a Packet Error Code covers address and register (MLX90614 datasheet: B4 07 B5 D2 3A has 30)', async (t) => {
  const { i2c, set, shown } = await bench(t);
  await set.apply(
    one({
      id: 'x',
      driver: 'i2c-map',
      address: '0x5a',
      steps: [
        { read: { reg: 7, len: 3, as: 'm' } },
        { crc: { of: 'm', poly: '07', init: '00', smbus: true } },
      ],
      values: {
        object: { from: 'm', len: 2, order: 'little', scale: 0.02, offset: -273.15, unit: 'Cel' },
      },
    }),
  );
  i2c.chips.set(0x5a, says([0xd2, 0x3a, 0x30]));
  assert.deepEqual(await shown(), { 'x.object': 28.01 });
  i2c.chips.set(0x5a, says([0xd2, 0x3b, 0x30]));
  assert.deepEqual(await shown(), { 'x.object': 'crc' });
});

test('a polynomial and a table turn raw numbers into values; beyond the table is out of range', async (t) => {
  const { chip, set, shown } = await bench(t);
  await set.apply(
    one({
      id: 'x',
      driver: 'i2c-map',
      address: '0x48',
      steps: [{ read: { reg: 0, len: 2, as: 'r' } }],
      values: {
        curve: { from: 'r', polynomial: [1, 0, 0.5] },
        // A thermistor's table: it falls as the voltage rises.
        table: {
          from: 'r',
          table: [
            [10, 80],
            [20, 40],
            [40, 20],
          ],
        },
      },
    }),
  );
  for (const [raw, curve, table] of [
    [10, 51, 80],
    [15, 113.5, 60],
    [30, 451, 30],
    [41, 841.5, 'range'],
    [9, 41.5, 'range'],
  ] as const) {
    chip.registers[0] = raw;
    assert.deepEqual(await shown(), { 'x.curve': curve, 'x.table': table });
  }
});
