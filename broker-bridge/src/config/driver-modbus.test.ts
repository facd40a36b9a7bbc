import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from './parse.ts';

const faultsOf = (sensor: object) => {
  const parsed = parseConfig(
    JSON.stringify({
      period: '10s',
      buses: { b: { type: 'serial', path: '/dev/ttyUSB0', baud: 9600 } },
      sensors: [{ id: 'm', driver: 'modbus', bus: 'b', unit: 1, ...sensor }],
    }),
  );
  return parsed.ok ? [] : parsed.faults.map(({ pointer, hint }) => `${pointer} ${hint}`);
};

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
