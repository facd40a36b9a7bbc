import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConfigFault, parseConfig } from './parse.ts';
import { changed, type Path, STYLE } from './testing/style-config.ts';

const faultsOf = (text: string): ConfigFault[] => {
  const parsed = parseConfig(text);
  return parsed.ok ? [] : parsed.faults;
};

const mux = (change: object) => ({ type: 'tca9548a', bus: 'i2c1', address: '0x70', channel: 0, ...change });
/** The one value of sensor 1, a built-in chip. */
const T = (member: string): Path => ['sensors', 1, 'values', 'temperature', member];
const T$ = (member: string) => `/sensors/1/values/temperature/${member}`;

/** The style example, for a row that must change more than one place. */
type Draft = { sensors: { 2: { steps: unknown[] } } };

// path, new value, pointer of the one fault, its message, its hint, and what else is changed
const ROWS: [Path, unknown, string, RegExp, RegExp?, ((config: Draft) => void)?][] = [
  [['period'], undefined, '/period', /"period" is missing/],
  [['period'], '10', '/period', /"10" is not allowed/, /whole number and ms, s, m or h/],
  [['period'], '99ms', '/period', /99ms is not allowed/, /from 100ms to 24h/],
  [['period'], '25h', '/period', /25h/],
  [['extra'], 1, '/extra', /"extra" is not known here/, /period, .*buses, defs, sensors/],
  [['connection'], 'never', '/connection', /not one of "held", "per-exchange"/],
  [
    ['timeZone'],
    'Middle/Earth',
    '/timeZone',
    /"Middle\/Earth" is no time zone/,
    /IANA name such as "Europe\/Berlin"/,
  ],
  [['timeZone'], '+0100', '/timeZone', /"\+0100" is not allowed/, /IANA name/],
  [['updates'], { maxRate: 255 }, '/updates/maxRate', /255/, /bytes per second, 256 to 1000000000/],
  [['updates'], { maxRate: 1_000_000_001 }, '/updates/maxRate', /1000000001/],
  [['updates'], { maxrate: 300 }, '/updates/maxrate', /not known here/, /maxRate/],
  [['buses', '9x'], STYLE.buses.i2c1, '/buses/9x', /cannot be a name/],
  [['buses', 'i2c1', 'type'], 'can', '/buses/i2c1/type', /no type "can"/, /i2c, tca9548a, serial/],
  [['buses', 'i2c1', 'path'], '/dev/mem', '/buses/i2c1/path', /not allowed/, /\/dev\/i2c-1/],
  [['buses', 'i2c1', 'adapter'], 'x', '/buses/i2c1', /either "path" or "adapter"/],
  [['buses', 'i2c2'], { type: 'i2c', path: '/dev/i2c-1' }, '/buses/i2c2', /same place as bus "i2c1"/],
  [['buses', 'rs485', 'parity'], 'mark', '/buses/rs485/parity', /not one of "none", "even", "odd"/],
  [['buses', 'rs485', 'baud'], undefined, '/buses/rs485/baud', /missing/, /bits per second/],
  [['buses', 'rs485', 'match'], undefined, '/buses/rs485', /either "path" or "match"/],
  [['buses', 'rs485', 'match'], {}, '/buses/rs485/match', /not allowed/, /usbSerial/],
  [['buses', 'rs485', 'silence'], '1ms', '/buses/rs485/silence', /1ms/],
  [['buses', 'rs485', 'path'], '/dev/../etc/passwd', '/buses/rs485/path', /not allowed/],
  [['defs', 'lines'], STYLE.defs.mcp9808, '/defs/lines', /name of a generic driver/],
  [['defs', 'mcp9808', 'kind'], 'spi-map', '/defs/mcp9808/kind', /no kind/],
  [['defs', 'mcp9808', 'identify', 'equals'], '54', '/defs/mcp9808/identify/equals', /1 bytes, but 2/],
  [['defs', 'mcp9808', 'steps', 0, 'read', 'len'], 65, '/defs/mcp9808/steps/0/read/len', /65/, /1 to 64/],
  [['defs', 'mcp9808', 'steps', 0], {}, '/defs/mcp9808/steps/0', /not allowed/, /exactly one of "write"/],
  [['defs', 'mcp9808', 'steps', 1], { delay: '3s' }, '/defs/mcp9808/steps/1/delay', /3s/, /2000ms/],
  [
    ['defs', 'mcp9808', 'steps', 1],
    { read: { len: 2, as: 't' } },
    '/defs/mcp9808/steps/1/read/as',
    /two reads/,
  ],
  [['defs', 'mcp9808', 'setup'], Array(6).fill({ delay: '2s' }), '/defs/mcp9808/setup', /add up to 12000 ms/],
  [['defs', 'mcp9808', 'setup'], [{ write: {} }], '/defs/mcp9808/setup/0/write', /write of nothing/],
  [['defs', 'mcp9808', 'steps', 0, 'read', 'reg'], 256, '/defs/mcp9808/steps/0/read/reg', /two bytes/],
  [
    ['defs', 'mcp9808', 'values', 'temp', 'from'],
    'u',
    '/defs/mcp9808/values/temp/from',
    /no read step/,
    /: t$/,
  ],
  [['defs', 'mcp9808', 'values', 'temp', 'bits'], [16, 0], '/defs/mcp9808/values/temp/bits', /do not lie/],
  [['defs', 'mcp9808', 'values', 'temp', 'bits'], [0, 3], '/defs/mcp9808/values/temp/bits', /do not lie/],
  [['defs', 'mcp9808', 'values', 'temp', 'range'], [5, 5], '/defs/mcp9808/values/temp/range', /empty/],
  [['defs', 'mcp9808', 'values', 'temp', 'at'], 2, '/defs/mcp9808/values/temp/at', /bytes 2/],
  [
    ['sensors', 0, 'driver'],
    'mcp',
    '/sensors/0/driver',
    /no driver "mcp"/,
    /mcp9808, sysfs, i2c-map, lines, .*tmp102/,
  ],
  [['sensors', 0, 'driver'], undefined, '/sensors/0/driver', /missing/],
  [['sensors', 0, 'id'], 'a.b', '/sensors/0/id', /not allowed/],
  [['sensors', 0, 'bus'], 'i2c9', '/sensors/0/bus', /no bus "i2c9"/, /i2c: i2c1/],
  [['sensors', 0, 'bus'], 'rs485', '/sensors/0/bus', /is of type serial, but "mcp9808" needs i2c/],
  [['sensors', 0, 'bus'], 'toString', '/sensors/0/bus', /no bus/],
  [['sensors', 0, 'address'], '0x80', '/sensors/0/address', /not allowed/, /hexadecimal/],
  [['sensors', 0, 'address'], '0x07', '/sensors/0/address', /reserved/],
  [['sensors', 0, 'address'], '0x48', '/sensors/1/address', /sensor "box" has 0x48/],
  [['sensors', 1, 'address'], '0x19', '/sensors/1/address', /tmp102 cannot have/, /0x48 or 0x49/],
  [['sensors', 1, 'id'], 'box', '/sensors/1/id', /sensor 0 is called "box" too/],
  [['sensors', 0, 'values'], { hum: { key: 'h' } }, '/sensors/0/values/hum', /no value "hum"/, /temp/],
  [['sensors', 1, 'values'], { hum: { key: 'h' } }, '/sensors/1/values/hum', /not known here/, /temperature/],
  [['sensors', 2, 'values', 'high'], { from: 'raw', len: 2, key: 'low' }, '/sensors/2', /"own.low"/],
  [['sensors', 3, 'file'], '../../x', '/sensors/3/file', /not allowed/],
  [['sensors', 3, 'file'], undefined, '/sensors/3/file', /missing/],
  [['sensors', 3, 'match'], { hwmon: 'a', iio: 'b' }, '/sensors/3/match', /exactly one/],
  [['sensors', 3, 'proc'], ['load'], '/sensors/3/match', /has 2/],
  [['sensors', 4, 'proc'], ['load', 'swap'], '/sensors/4/proc/1', /not one of "load"/],
  [['sensors', 4, 'proc'], undefined, '/sensors/4', /exactly one of "proc"/],
  [['sensors', 4, 'scale'], 2, '/sensors/4/scale', /means nothing beside "proc"/],
  [['sensors', 6, 'regex'], '^(?<t>(a+)+)$', '/sensors/6/regex', /nested quantifiers/],
  [['sensors', 6, 'format'], 'csv', '/sensors/6/format', /either "regex" or "format"/],
  [['sensors', 6, 'text'], ['u'], '/sensors/6/text/0', /no group is called "u"/, /: t$/],
  [['sensors', 7, 'columns'], undefined, '/sensors/7/columns', /missing/],
  [['sensors', 7, 'columns'], ['b', 'b'], '/sensors/7/columns', /two columns/],
  [['sensors', 7, 'values'], { b: { scale: 2 } }, '/sensors/7/values/b', /is text/],
  [['sensors', 8, 'separator'], ';', '/sensors/8/separator', /only for "csv"/],

  // multiplexers
  [['buses', 'mux'], mux({ bus: 'nowhere' }), '/buses/mux/bus', /"nowhere" is no bus of type i2c/, /i2c1/],
  [['buses', 'mux'], mux({ bus: 'rs485' }), '/buses/mux/bus', /"rs485" is no bus of type i2c/],
  [['buses', 'mux'], mux({ bus: 'mux' }), '/buses/mux/bus', /"mux" is no bus of type i2c/],
  [['buses', 'mux'], mux({ address: '0x28' }), '/buses/mux/address', /TCA9548A cannot have/, /0x70 to 0x77/],
  [['buses', 'mux'], mux({ channel: 8 }), '/buses/mux/channel', /8 is not allowed/, /0 to 7/],
  [['buses', 'mux'], mux({ speed: 1 }), '/buses/mux/speed', /not known/, /channel/],

  [['buses', 'mux'], mux({ address: '0x7a' }), '/buses/mux/address', /TCA9548A cannot have the address 0x7a/],
  [['buses', 'i2c1', 'path'], '/dev/i2c-01', '/buses/i2c1/path', /not allowed/, /\/dev\/i2c-1/],

  // calculation steps of a def
  [['sensors', 2, 'steps', 0, 'poll', 'mask'], '00', '/sensors/2/steps/0/poll/mask', /looks at no bit/],
  [
    ['defs', 'mcp9808', 'identify', 'mask'],
    'ff00',
    '/defs/mcp9808/identify/mask',
    /bits that the mask ff00 leaves out/,
  ],
  [
    ['defs', 'mcp9808', 'steps', 1],
    { crc: { of: 'x', poly: '31', init: 'ff' } },
    '/defs/mcp9808/steps/1/crc/of',
    /no read step before/,
    /t/,
  ],
  [
    ['defs', 'mcp9808', 'steps', 1],
    { crc: { of: 't', poly: '31', init: 'ff', block: 2 } },
    '/defs/mcp9808/steps/1/crc/block',
    /whole number of blocks/,
    /3 bytes long/,
  ],
  [
    ['defs', 'mcp9808', 'steps', 1],
    { crc: { of: 't', poly: '0x31', init: 'ff' } },
    '/defs/mcp9808/steps/1/crc/poly',
    /not allowed/,
    /hexadecimal/,
  ],
  [
    ['defs', 'mcp9808', 'values', 'temp', 'polynomial'],
    [1, 2],
    '/defs/mcp9808/values/temp',
    /"scale" or "offset" and "polynomial" at once/,
  ],
  [
    ['defs', 'mcp9808', 'values', 'temp', 'polynomial'],
    [1],
    '/defs/mcp9808/values/temp/polynomial',
    /not allowed/,
    /the constant first/,
  ],
  [
    ['sensors', 2, 'values', 'low', 'table'],
    [
      [0, 1],
      [0, 2],
    ],
    '/sensors/2/values/low/table/1',
    /0 does not lie above 0/,
    /sort/,
  ],
  [
    ['defs', 'mcp9808', 'values', 'temp', 'unit'],
    'degrees C',
    '/defs/mcp9808/values/temp/unit',
    /not allowed/,
    /UCUM/,
  ],

  // filters and aggregates
  [T('filters'), [{ avg: 3 }], T$('filters/0/avg'), /not known/, /median, mean/],
  [T('filters'), [{ median: 1 }], T$('filters/0/median'), /not allowed/, /last 2 to 100 readings/],
  [T('filters'), [{ median: 3, mean: 3 }], T$('filters/0'), /median and mean/, /one filter in each pair/],
  [T('filters'), [{ heartbeat: '1m' }], T$('filters/0'), /a filter with heartbeat/],
  [T('filters'), [{ round: 1, heartbeat: '1m' }], T$('filters/0'), /round and heartbeat/],
  [T('filters'), [{ deadband: -1 }], T$('filters/0/deadband'), /-1 is not allowed/, /how far/],
  [T('filters'), [{ deadband: 1, heartbeat: '48h' }], T$('filters/0/heartbeat'), /48h/, /24h/],
  [T('filters'), [{ throttle: '0s' }], T$('filters/0/throttle'), /0s/],
  [T('filters'), [{ clamp: [5, 1] }], T$('filters/0/clamp'), /empty/],
  [T('filters'), [{ calibrate: {} }], T$('filters/0/calibrate'), /not allowed/, /linear/],
  [
    T('filters'),
    [
      {
        calibrate: {
          points: [
            [2, 1],
            [1, 2],
          ],
        },
      },
    ],
    T$('filters/0/calibrate/points/1'),
    /1 does not lie above 2/,
  ],
  [T('filters'), [{ delta: false }], T$('filters/0/delta'), /not allowed/, /true/],
  [T('filters'), [{ round: 12 }], T$('filters/0/round'), /not allowed/, /0 to 9/],
  [T('filters'), Array(13).fill({ scale: 1 }), T$('filters'), /not allowed/, /up to 12 filters/],
  [T('aggregate'), ['median'], T$('aggregate/0'), /not one of "last", "mean"/],
  [T('aggregate'), 'mean', T$('aggregate'), /not allowed/, /one or more of/],
  [T('aggregate'), ['mean', 'mean'], T$('aggregate'), /not allowed/, /each once/],
  [
    ['sensors', 0, 'values'],
    { temp: { filters: [{ clamp: [2, 2] }] } },
    '/sensors/0/values/temp/filters/0/clamp',
    /empty/,
  ],
  [
    ['sensors', 6, 'values'],
    { t: { filters: [{ min: 0 }] } },
    '/sensors/6/values/t/filters/0/min',
    /not allowed/,
    /lowest/,
  ],
  [['sensors', 3, 'filters'], [{ max: 101 }], '/sensors/3/filters/0/max', /not allowed/, /highest/],
  [['sensors', 4, 'filters'], [{ max: 3 }], '/sensors/4/filters', /means nothing beside "proc"/],

  // how often
  [['sensors', 1, 'every'], '10ms', '/sensors/1/every', /each 10ms/, /from 50ms to the period/],
  [['sensors', 1, 'every'], '11s', '/sensors/1/every', /each 11s, the period is 10s/],
  [
    ['sensors', 2, 'steps', 0],
    { delay: '2s' },
    '/sensors/2',
    /one reading takes 8425 ms, and "period" leaves 8000 ms/,
    /10532ms/,
    (config) => {
      config.sensors[2].steps.push(...Array(3).fill({ delay: '2s' }));
    },
  ],
  [
    ['sensors', 2, 'every'],
    '100ms',
    '/sensors/2/every',
    /one reading takes 130 ms, and "every" leaves 80 ms/,
    /"every" of 163ms/,
    (config) => {
      config.sensors[2].steps.unshift({ delay: '100ms' });
    },
  ],

  // built-in chips
  [['sensors', 1, 'only'], ['humidity'], '/sensors/1/only/0', /not allowed|not one of/, /temperature|of:/],
  [['sensors', 1, 'only'], [], '/sensors/1/only', /not allowed/],
  [['sensors', 1, 'values', 'temperature', 'range'], [9, 1], '/sensors/1/values/temperature/range', /empty/],
  [['sensors', 1, 'address'], undefined, '/sensors/1/address', /missing/, /0x48, 0x49/],
  [['sensors', 1, 'extended'], 'yes', '/sensors/1/extended', /not allowed/, /true for the extended mode/],
  [['sensors', 1, 'steps'], [], '/sensors/1/steps', /not known/, /extended/],
];

for (const [path, value, pointer, message, hint, more] of ROWS)
  test(`a fault at ${pointer}: ${message.source}`, () => {
    const [fault, ...others] = faultsOf(changed(path, value, more));
    assert.ok(fault, 'accepted');
    assert.equal(fault.pointer, pointer);
    assert.match(fault.message, message);
    assert.match(fault.hint, hint ?? /./);
    assert.deepEqual(others, []);
  });
