import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from './parse.ts';

const parsedOf = (sensors: object[], baud = 9600, period = '10s') =>
  parseConfig(
    JSON.stringify({
      period,
      buses: { b: { type: 'serial', path: '/dev/ttyUSB0', baud } },
      sensors: sensors.map((sensor, index) => ({
        id: index === 0 ? 'm' : `m${index}`,
        driver: 'modbus',
        bus: 'b',
        unit: index + 1,
        ...sensor,
      })),
    }),
  );
const faultsOf = (sensor: object) => {
  const parsed = parsedOf([sensor]);
  return parsed.ok ? [] : parsed.faults.map(({ pointer, hint }) => `${pointer} ${hint}`);
};
/** Faults of units on one line, with their messages. */
const sharedFaults = (sensors: object[], baud?: number, period?: string) => {
  const parsed = parsedOf(sensors, baud, period);
  return parsed.ok ? [] : parsed.faults.map(({ pointer, message, hint }) => `${pointer} ${message}: ${hint}`);
};
const scattered = (count: number) => ({
  fields: Array.from({ length: count }, (_, index) => ({ fn: 3, address: index * 200, key: `v${index}` })),
});

for (const [what, one, fault] of [
  ['a number from a coil', { fn: 1, address: 0, type: 'u16' }, /^\/sensors\/0\/fields\/0\/type .*fn 3 or 4/],
  [
    'a number beyond the last register',
    { fn: 3, address: 65_535, type: 'f32' },
    /fields\/0\/address .*65535/,
  ],
  ['bits of a float', { fn: 3, address: 0, type: 'f32', bits: [3, 0] }, /fields\/0\/bits /],
  ['bits beyond a word', { fn: 3, address: 0, bits: [16, 0] }, /fields\/0\/bits .*15/],
  ['a scaled bool', { fn: 1, address: 0, scale: 2 }, /fields\/0\/scale /],
  ['function 5', { fn: 5, address: 0 }, /fields\/0\/fn .*1 coils/],
  ['an upside-down range', { fn: 3, address: 0, range: [1, 0] }, /fields\/0\/range /],
] as const)
  test(`a config with ${what} is refused with a hint`, () => {
    const [first] = faultsOf({ fields: [{ key: 'k', ...one }] });
    assert.match(first ?? 'accepted', fault);
  });
test('timeouts are bounded', () => {
  const fields = [{ fn: 3, address: 0, key: 'k' }];
  assert.deepEqual(faultsOf({ fields, timeout: '10s' }).length, 1, 'longer than a reading may take');
  assert.match(faultsOf({ fields, timeout: '11s' })[0]!, /^\/sensors\/0\/timeout from 20ms to 10s/);
  assert.deepEqual(faultsOf({ fields, timeout: '2s' }), []);
});

test('a reading that the line has no time for is refused', () => {
  // 64 requests and answers of 15 characters in all, 10 bits each, with 3.5 characters and 5 ms between them: 1,577 ms.
  const [fault] = sharedFaults([scattered(64)], 9600, '1s');
  assert.match(fault ?? 'accepted', /^\/sensors\/0 one reading takes 1\d\d\d ms.*800 ms/);
  assert.deepEqual(sharedFaults([scattered(64)], 9600, '3s'), []);
  assert.deepEqual(sharedFaults([scattered(64)], 115_200, '1s'), []);
  assert.match(sharedFaults([scattered(1)], 300, '100ms')[0] ?? 'accepted', /one reading takes 6\d\d ms/);
  const near = { fields: scattered(64).fields.map((field, index) => ({ ...field, address: index })) };
  assert.deepEqual(sharedFaults([near], 9600, '1s'), []);
});

test('units that have no time on one line together are refused, once', () => {
  const faults = sharedFaults(
    Array.from({ length: 5 }, () => scattered(16)),
    9600,
    '2s',
  );
  assert.deepEqual(faults.length, 1);
  assert.match(
    faults[0]!,
    /^\/sensors\/4\/bus "m", "m1", "m2", "m3", "m4" need the line for 19\d\d ms .*1600 ms.*"period"/,
  );
  assert.deepEqual(
    sharedFaults(
      Array.from({ length: 4 }, () => scattered(16)),
      9600,
      '2s',
    ),
    [],
  );
  const mixed = [{ ...scattered(16), every: '700ms' }, { ...scattered(64) }];
  assert.deepEqual(sharedFaults(mixed), [], 'one is read seldom');
  assert.match(
    sharedFaults([
      { ...scattered(16), every: '600ms' },
      { ...scattered(64), every: '3s' },
    ])[0] ?? 'accepted',
    /need 1\d\d % of the line's time/,
  );
});

test('a unit that is waited for longer than another has for its turn is refused', () => {
  const fields = [{ fn: 3, address: 0, key: 'k' }];
  const [fault] = sharedFaults([
    { fields, timeout: '5s' },
    { fields, every: '1s' },
  ]);
  assert.match(fault ?? 'accepted', /^\/sensors\/1\/bus "m1" is read each 1s.*"m" .*5s.*800ms or less/);
  assert.deepEqual(
    sharedFaults([
      { fields, timeout: '800ms' },
      { fields, every: '1s' },
    ]),
    [],
  );
});
