import assert from 'node:assert/strict';
import { test } from 'node:test';
import { itemsOf } from './items.ts';
import { parseConfig } from './parse.ts';

const BUS = { type: 'serial', path: '/dev/ttyUSB0', baud: 9600 };
const faultsOf = (sensors: object[], bus: object = {}): string[] => {
  const parsed = parseConfig(
    JSON.stringify({
      period: '10s',
      buses: { b: { ...BUS, ...bus } },
      sensors: sensors.map((sensor, index) => ({ id: `s${index}`, bus: 'b', ...sensor })),
    }),
  );
  return parsed.ok ? [] : parsed.faults.map(({ pointer, message, hint }) => `${pointer} ${message}: ${hint}`);
};

const METER = { driver: 'modbus', unit: 1, fields: [{ fn: 3, address: 0, key: 'v' }] };
const LINES = { driver: 'lines', format: 'json' };

test('one bus is shared by those that can: modbus units, or those that hear one device', () => {
  assert.deepEqual(faultsOf([METER, { ...METER, unit: 2 }]), []);
  assert.deepEqual(faultsOf([LINES, { driver: 'nmea' }]), []);
  assert.deepEqual(faultsOf([{ driver: 'mhz19' }]), []);
});

for (const [what, sensors, message] of [
  ['one that asks and one that hears', [METER, LINES], /^\/sensors\/1\/bus .*one is asked.*of its own/],
  ['one that hears and one that asks', [{ driver: 'sds011' }, METER], /^\/sensors\/1\/bus .*one is asked/],
  ['a modbus unit and a CO2 sensor', [METER, { driver: 'mhz19' }], /^\/sensors\/1\/bus .*for itself/],
  ['two CO2 sensors', [{ driver: 'mhz19' }, { driver: 'mhz19' }], /^\/sensors\/1\/bus .*for itself/],
  [
    'a passive PMS5003 and another',
    [{ driver: 'pms5003', passive: true }, { driver: 'pms5003' }],
    /for itself/,
  ],
] as const)
  test(`${what} on one bus are refused`, () => {
    const faults = faultsOf([...sensors]);
    assert.equal(faults.length, 1);
    assert.match(faults[0]!, message);
  });

test('a device that pauses longer than its bus may be silent is refused, and told what to write', () => {
  assert.match(faultsOf([{ driver: 'sds011', workingPeriod: 5 }])[0]!, /pauses for 5m.*"silence": "10m"/);
  assert.deepEqual(faultsOf([{ driver: 'sds011', workingPeriod: 5 }], { silence: '10m' }), []);
  assert.deepEqual(faultsOf([{ driver: 'sds011', workingPeriod: 0 }]), []);
});

test('"every" is for devices that are asked', () => {
  assert.match(faultsOf([{ driver: 'nmea', every: '1s' }])[0]!, /\/every .*speaks by itself.*throttle/);
  assert.deepEqual(faultsOf([{ driver: 'mhz19', every: '5s' }]), []);
});

for (const [what, sensor, message] of [
  ['an option that is none', { driver: 'mhz19', range: 3000 }, /range .*2000, 5000 or 10000/],
  ['a value that is none', { driver: 'sds011', values: { pm1: { key: 'x' } } }, /values\/pm1/],
  ['a working period of an hour', { driver: 'sds011', workingPeriod: 60 }, /workingPeriod .*1 to 30/],
  ['a member that is none', { driver: 'dsmr', baud: 1 }, /baud/],
] as const)
  test(`${what} is refused with a hint`, () => {
    assert.match(faultsOf([sensor]).join('\n') || 'accepted', message);
  });

test('items carry the units, and the names that the config gives', () => {
  const parsed = parseConfig(
    JSON.stringify({
      period: '10s',
      buses: { b: BUS },
      sensors: [{ id: 'air', driver: 'sds011', bus: 'b', only: ['pm25'], values: { pm25: { key: 'dust' } } }],
    }),
  );
  assert.ok(parsed.ok);
  assert.deepEqual(itemsOf(parsed.config), [{ name: 'air.dust', unit: 'ug/m3' }]);
});

const FRAME = {
  driver: 'frame',
  start: '424d',
  length: { at: 2, type: 'u16', add: 4 },
  check: { type: 'sum16', at: -2 },
  fields: [{ at: 12, type: 'u16', key: 'pm25' }],
};
test('the frame of the design is accepted, and so are places that some of its frames have', () => {
  assert.deepEqual(faultsOf([FRAME]), []);
  const field = { type: 'u8', key: 'a' };
  for (const change of [
    { length: { at: 2, type: 'u8', add: 4 }, fields: [{ ...field, at: 258 }] },
    { length: { at: 2, type: 'u8', add: -200 }, fields: [{ ...field, at: 50 }] },
    { check: { type: 'crc16-modbus', at: -4, from: 2, to: -4 }, end: '0d0a' },
    { check: { type: 'sum8', at: 4, from: -3, to: 8 }, fields: [{ ...field, at: 5 }] },
  ])
    assert.deepEqual(faultsOf([{ ...FRAME, ...change }]), [], JSON.stringify(change));
});
for (const [what, change, message] of [
  ['a start that is no hex', { start: '4x' }, /\/start .*hexadecimal/],
  ['a start of nine bytes', { start: '00'.repeat(9) }, /\/start .*1 to 8 bytes/],
  ['a frame without end', { length: 2_000 }, /\/length .*2 to 1024/],
  ['a length in the start', { length: { at: 1, type: 'u8' } }, /length\/at .*after the start is 2/],
  ['a field beyond a fixed frame', { length: 13 }, /fields\/0\/at 2 bytes at 12 do not lie in a frame of 13/],
  ['a field that sticks out at the end', { fields: [{ at: -1, type: 'u16', key: 'a' }] }, /fields\/0\/at/],
  ['a check of nothing', { length: 20, check: { type: 'sum8', at: 2, from: 2 } }, /check\/from .*no bytes/],
  ['a check that is none', { check: { type: 'md5', at: -2 } }, /check\/type .*crc16-modbus/],
  [
    'no room for the end',
    { length: 3, end: '0d0a', check: undefined, fields: [{ at: 0, type: 'u8', key: 'a' }] },
    /\/length .*no room/,
  ],
  ['bits that are not there', { fields: [{ at: 12, type: 'u8', bits: [8, 0], key: 'a' }] }, /bits .*7/],
  [
    'two ways at once',
    { fields: [{ at: 12, type: 'u8', key: 'a', scale: 2, polynomial: [0, 1] }] },
    /at once/,
  ],
  [
    'a filter that is none',
    { fields: [{ at: 12, type: 'u8', key: 'a', filters: [{ clamp: [2, 1] }] }] },
    /clamp/,
  ],
] as const)
  test(`a frame with ${what} is refused with a hint`, () => {
    assert.match(faultsOf([{ ...FRAME, ...change }]).join('\n') || 'accepted', message);
  });
