import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '@perch/broker-bridge/config/parse.ts';
import { REASONS } from '@perch/broker-bridge/protocol/values.ts';
import fc from 'fast-check';
import { createSensorSet, type Readings } from './sensor-set.ts';
import { machine } from './testing/environment.ts';
import { SimulatedI2c } from './testing/simulated-i2c.ts';

/** Every item has a finite number or a reason that the wire knows, and all are there. */
function assertHonest(
  { values, errors }: Readings,
  items: number,
  ranges: Map<string, [number, number]>,
): void {
  assert.equal(values.size + errors.size, items);
  for (const [name, value] of values) {
    assert.ok(Number.isFinite(value), `${name} ${value}`);
    const range = ranges.get(name);
    if (range)
      assert.ok(
        (value as number) >= range[0] && (value as number) <= range[1],
        `${name} ${value} of ${range}`,
      );
  }
  for (const [name, reason] of errors) assert.ok(Object.hasOwn(REASONS, reason), `${name} ${reason}`);
}

const factor = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const range = fc
  .tuple(factor, fc.double({ min: 0.001, max: 1e6, noNaN: true }))
  .map(([low, width]): [number, number] => [low, low + width]);
const rising = fc
  .uniqueArray(fc.integer({ min: 0, max: 1 << 24 }), { minLength: 2, maxLength: 8 })
  .map((xs) => xs.sort((a, b) => a - b).map((x, index): [number, number] => [x, index * 7.5 - x / 3]));
const conversion = fc.oneof(
  fc.record({ scale: factor, offset: factor }, { requiredKeys: [] }),
  fc.record({ polynomial: fc.array(factor, { minLength: 2, maxLength: 10 }) }),
  fc.record({ table: rising }),
);
const LENGTH = 6;
const field = fc
  .tuple(
    fc.integer({ min: 0, max: LENGTH - 1 }),
    fc.integer({ min: 1, max: LENGTH }),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([at, len, little, signed]) => ({
    from: 'm',
    at,
    len: Math.min(len, LENGTH - at),
    order: little ? 'little' : 'big',
    signed,
  }));
const value = fc
  .tuple(field, conversion, fc.option(range), fc.boolean())
  .map(([place, way, limits, filtered]) => ({
    ...place,
    ...way,
    ...(limits ? { range: limits } : {}),
    ...(filtered ? { filters: [{ median: 3 }, { scale: 2 }, { clamp: [-10, 10] }] } : {}),
  }));
const map = fc.record({
  crc: fc.boolean(),
  poll: fc.boolean(),
  values: fc.array(value, { minLength: 1, maxLength: 5 }),
});
/** What the bus gives in each round: bytes, or an error that i2c-bus may throw. */
const answers = fc.array(
  fc.oneof(
    fc.uint8Array({ minLength: LENGTH, maxLength: LENGTH }),
    fc.uint8Array({ maxLength: LENGTH - 1 }),
    fc.constantFrom('ENXIO', 'EIO', 'ETIMEDOUT', 'EAGAIN', 'EPROTO', 'EWHATEVER'),
  ),
  { minLength: 1, maxLength: 6 },
);

test('fuzz: any map with any answers of the bus gives honest numbers or reasons, and lives', async (t) => {
  await fc.assert(
    fc.asyncProperty(map, answers, async ({ crc, poll, values }, said) => {
      const sensor = {
        id: 'x',
        driver: 'i2c-map',
        bus: 'b',
        address: '0x20',
        steps: [
          { write: { reg: 1, data: '00' } },
          ...(poll ? [{ poll: { len: 1, mask: '01', equals: '01', timeout: '2ms', every: '1ms' } }] : []),
          { read: { len: LENGTH, as: 'm' } },
          ...(crc ? [{ crc: { of: 'm', poly: '31', init: 'ff', block: 2 } }] : []),
        ],
        values: Object.fromEntries(values.map((one, index) => [`v${index}`, one])),
      };
      const parsed = parseConfig(
        JSON.stringify({
          period: '1s',
          buses: { b: { type: 'i2c', path: '/dev/i2c-1' } },
          sensors: [sensor],
        }),
      );
      assert.ok(parsed.ok, JSON.stringify(parsed));
      const i2c = new SimulatedI2c();
      let ms = 0;
      const box = await machine(t, { loadI2c: () => i2c, now: () => (ms += 5), delay: async () => {} });
      await box.files({ 'dev/i2c-1': '' });
      const set = createSensorSet(box.env);
      try {
        await set.apply(parsed.config);
        // Filters may move a value out of the range of what was read.
        const ranges = new Map(
          values.flatMap((one, index) =>
            'range' in one && !('filters' in one)
              ? [[`x.v${index}`, one.range as [number, number]] as const]
              : [],
          ),
        );
        for (const answer of said) {
          i2c.chips.set(0x20, {
            write() {},
            read(length) {
              if (typeof answer === 'string') throw Object.assign(new Error(answer), { code: answer });
              return [...answer].slice(0, length);
            },
          });
          ms += 400_000;
          assertHonest(await set.sample(2_000), values.length, ranges);
        }
      } finally {
        await set.close();
      }
    }),
    { numRuns: 150 },
  );
});

test('fuzz: any text in a file of the kernel is a number or a reason', async (t) => {
  const box = await machine(t);
  const set = createSensorSet(box.env);
  t.after(() => set.close());
  const chip = 'sys/class/hwmon/hwmon0';
  const w1 = 'sys/bus/w1/devices/28-0000073b1d2f';
  await box.files({
    [`${chip}/name`]: 'x\n',
    [`${w1}/name`]: '28-0000073b1d2f\n',
    [`${chip}/temp1_input`]: '',
    [`${w1}/w1_slave`]: '',
  });
  const parsed = parseConfig(
    JSON.stringify({
      period: '1s',
      sensors: [
        { id: 'a', driver: 'sysfs', match: { hwmon: 'x' }, file: 'temp1_input', polynomial: [1, 2, 3] },
        {
          id: 'b',
          driver: 'sysfs',
          match: { w1: '28-0000073b1d2f' },
          file: 'w1_slave',
          range: [-55, 125],
          scale: 0.001,
        },
        { id: 'c', driver: 'sysfs', proc: ['load', 'memory', 'uptime'] },
      ],
    }),
  );
  assert.ok(parsed.ok, JSON.stringify(parsed));
  await set.apply(parsed.config);
  const text = fc.oneof(
    fc.string({ maxLength: 200 }),
    fc.constantFrom(
      'NaN',
      'Infinity',
      '1e999',
      '-0',
      '0x10',
      '1,5',
      '99999999999999999999',
      '\u0000\u0000',
      'MemTotal: x kB',
    ),
    fc.double().map(String),
    fc.integer().map((number) => `crc=1c YES\n t=${number}`),
  );
  await fc.assert(
    fc.asyncProperty(text, async (content) => {
      await box.files(
        Object.fromEntries(
          [`${chip}/temp1_input`, `${w1}/w1_slave`, 'proc/loadavg', 'proc/meminfo', 'proc/uptime'].map(
            (file) => [file, content],
          ),
        ),
      );
      assertHonest(await set.sample(2_000), 8, new Map([['b.value', [-55, 125]]]));
    }),
    { numRuns: 200 },
  );
});
