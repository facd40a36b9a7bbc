import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ITEMS_LIMIT } from '../protocol/values.ts';
import { DEFAULT_CONFIG_TEXT, defaultConfigText } from './default-config.ts';
import { itemsOf } from './items.ts';
import { configJsonSchema } from './json-schema.ts';
import { CONFIG_LIMIT, FAULTS_LIMIT } from './limits.ts';
import { type ConfigFault, parseConfig } from './parse.ts';

const STYLE = {
  period: '10s',
  buses: {
    i2c1: { type: 'i2c', path: '/dev/i2c-1' },
    rs485: { type: 'serial', match: { usbSerial: 'A50285BI' }, baud: 9600, parity: 'even', silence: '60s' },
  },
  defs: {
    mcp9808: {
      kind: 'i2c-map',
      identify: { reg: 6, len: 2, equals: '0054' },
      steps: [{ read: { reg: 5, len: 2, as: 't' } }],
      values: {
        temp: { from: 't', bits: [12, 0], signed: true, scale: 0.0625, unit: 'Cel', range: [-40, 125] },
      },
    },
  },
  sensors: [
    { id: 'box', driver: 'mcp9808', bus: 'i2c1', address: '0x18' },
    { id: 'shelf', driver: 'tmp102', bus: 'i2c1', address: '0x48', values: { temperature: { key: 't' } } },
    {
      id: 'own',
      driver: 'i2c-map',
      bus: 'i2c1',
      address: '0x23',
      setup: [{ write: { reg: 1, data: '00' } }, { delay: '20ms' }],
      steps: [
        { poll: { reg: 2, len: 1, mask: '01', equals: '01', timeout: '100ms' } },
        { read: { reg: 0x1234, width: 2, len: 4, as: 'raw' } },
      ],
      values: { low: { from: 'raw', at: 2, len: 2, order: 'little' } },
    },
    { id: 'cpu', driver: 'sysfs', match: { hwmon: 'cpu_thermal' }, file: 'temp1_input', scale: 0.001 },
    { id: 'sys', driver: 'sysfs', proc: ['uptime', 'load'] },
    { id: 'temps', driver: 'sysfs', discover: ['hwmon'] },
    { id: 'ino', driver: 'lines', bus: 'rs485', regex: '^T=(?<t>-?[0-9.]+)$' },
    { id: 'log', driver: 'lines', bus: 'rs485', format: 'csv', columns: ['a', '', 'b'], text: ['b'] },
    { id: 'js', driver: 'lines', bus: 'rs485', format: 'json', values: { v: { field: 'x.y', unit: 'V' } } },
  ],
};

type Path = (string | number)[];
/** The style example with one place changed; undefined takes the member away. */
function changed(path: Path, value: unknown, more: (config: never) => void = () => {}): string {
  const config = structuredClone(STYLE) as unknown;
  more(config as never);
  let place = config as Record<string | number, unknown>;
  for (const part of path.slice(0, -1)) place = place[part] as Record<string | number, unknown>;
  if (value === undefined) delete place[path.at(-1)!];
  else place[path.at(-1)!] = value;
  return JSON.stringify(config);
}
const faultsOf = (text: string): ConfigFault[] => {
  const parsed = parseConfig(text);
  return parsed.ok ? [] : parsed.faults;
};

test("the design's style of config is accepted, and its items have their order", () => {
  const parsed = parseConfig(JSON.stringify(STYLE));
  assert.ok(parsed.ok, JSON.stringify(parsed));
  assert.deepEqual(itemsOf(parsed.config), [
    { name: 'box.temp', unit: 'Cel' },
    { name: 'shelf.t', unit: 'Cel' },
    { name: 'own.low' },
    { name: 'cpu.value' },
    { name: 'sys.uptime', unit: 's' },
    { name: 'sys.load1', unit: '1' },
    { name: 'sys.load5', unit: '1' },
    { name: 'sys.load15', unit: '1' },
    { name: 'ino.t' },
    { name: 'log.a' },
    { name: 'log.b' },
    { name: 'js.v', unit: 'V' },
  ]);
});

/** The example of the design, as a person would write it: every kind of bus, def, driver and filter in one config. */
const GREENHOUSE = `{"period":"10s",
 "buses":{"i2c1":{"type":"i2c","path":"/dev/i2c-1"},
          "rs485":{"type":"serial","match":{"usbSerial":"A50285BI"},"baud":9600,"parity":"even","silence":"60s"},
          "usb0":{"type":"serial","path":"/dev/ttyUSB0","baud":115200},
          "pm0":{"type":"serial","path":"/dev/ttyAMA0","baud":9600}},
 "defs":{"mcp9808":{"kind":"i2c-map","identify":{"reg":6,"len":2,"equals":"0054"},
          "steps":[{"read":{"reg":5,"len":2,"as":"t"}}],
          "values":{"temp":{"from":"t","bits":[12,0],"signed":true,"scale":0.0625,"unit":"Cel","range":[-40,125]}}}},
 "sensors":[
  {"id":"air","driver":"bme280","bus":"i2c1","address":"0x76",
   "values":{"temperature":{"key":"t","filters":[{"median":5},{"deadband":0.1,"heartbeat":"5m"}]}}},
  {"id":"box","driver":"mcp9808","bus":"i2c1","address":"0x18"},
  {"id":"cpu","driver":"sysfs","match":{"hwmon":"cpu_thermal"},"file":"temp1_input","scale":0.001},
  {"id":"meter","driver":"modbus","bus":"rs485","unit":1,"fields":[{"fn":3,"address":0,"type":"f32","order":"CDAB","key":"v"}]},
  {"id":"ino","driver":"lines","bus":"usb0","regex":"^T=(?<t>-?[0-9.]+)$"},
  {"id":"pm","driver":"frame","bus":"pm0","start":"424d","length":{"at":2,"type":"u16","add":4},
   "check":{"type":"sum16","at":-2},"fields":[{"at":12,"type":"u16","key":"pm25"}]}]}`;

test('the example of the design is accepted; a def wins over the built-in chip of its name', () => {
  const parsed = parseConfig(GREENHOUSE);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  assert.deepEqual(
    itemsOf(parsed.config).map(({ name }) => name),
    ['air.t', 'air.humidity', 'air.pressure', 'box.temp', 'cpu.value', 'meter.v', 'ino.t', 'pm.pm25'],
  );
});

test('the default config is valid and its period can be chosen', () => {
  const parsed = parseConfig(DEFAULT_CONFIG_TEXT);
  assert.ok(parsed.ok);
  assert.equal(parsed.config.period, '10s');
  assert.deepEqual(
    itemsOf(parsed.config).map((item) => item.name),
    ['load1', 'load5', 'load15', 'memTotal', 'memAvailable', 'diskTotal', 'diskFree', 'uptime'].map(
      (k) => `sys.${k}`,
    ),
  );
  const quick = parseConfig(defaultConfigText('500ms'));
  assert.ok(quick.ok && quick.config.period === '500ms');
});

test('text that is not JSON is refused with line and column', () => {
  const [fault] = faultsOf('{"period": "10s",\n "sensors": [,]}');
  assert.match(fault!.message, /line 2, column 14/);
});

test('a config over the size limit is refused before it is read, in bytes and not in characters', () => {
  const padded = (text: string, size: number) => text + ' '.repeat(size - Buffer.byteLength(text));
  assert.ok(parseConfig(padded(DEFAULT_CONFIG_TEXT, CONFIG_LIMIT)).ok);
  assert.match(
    faultsOf(padded(DEFAULT_CONFIG_TEXT, CONFIG_LIMIT + 1))[0]!.message,
    /longer than 65536 bytes/,
  );
  assert.match(faultsOf('é'.repeat(CONFIG_LIMIT / 2 + 1))[0]!.message, /longer than 65536 bytes/);
});

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

test('more items than one value map holds are refused', () => {
  const sensors = (columns: number) =>
    Array.from({ length: 9 }, (_, index) => ({
      id: `s${index}`,
      driver: 'lines',
      bus: 'b',
      format: 'csv',
      columns: Array.from({ length: index < 8 ? 64 : columns }, (_, column) => `c${column}`),
    }));
  const text = (list: unknown[]) =>
    JSON.stringify({
      period: '1s',
      buses: { b: { type: 'serial', path: '/dev/ttyS0', baud: 9600 } },
      sensors: list,
    });
  assert.ok(parseConfig(text(sensors(1).slice(0, 8))).ok);
  const [fault] = faultsOf(text(sensors(1)));
  assert.equal(fault?.pointer, '/sensors');
  assert.match(fault!.message, new RegExp(`^${ITEMS_LIMIT + 1} items`));
});

test('the list of faults is bounded', () => {
  const sensors = Array.from({ length: 100 }, () => ({ id: 'x', driver: 'nothing' }));
  assert.equal(faultsOf(JSON.stringify({ period: '1s', sensors })).length, FAULTS_LIMIT);
  const wrong = Array.from({ length: 100 }, () => 7);
  assert.equal(faultsOf(JSON.stringify({ period: '1s', sensors: wrong })).length, FAULTS_LIMIT);
});

test('a member called __proto__ is a fault like any other', () => {
  const [fault] = faultsOf('{"period":"1s","sensors":[],"__proto__":{"period":"2s"}}');
  assert.equal(fault?.pointer, '/__proto__');
});

test('the JSON Schema for editors is plain data that names every driver and closes every object', () => {
  const schema = configJsonSchema();
  assert.deepEqual(structuredClone(schema), schema);
  assert.equal(schema.additionalProperties, false);
  const { sensors } = schema.properties as {
    sensors: { items: { anyOf: { properties: { driver: object } }[] } };
  };
  assert.deepEqual(
    sensors.items.anyOf.slice(0, 3).map((driver) => driver.properties.driver),
    ['sysfs', 'i2c-map', 'lines'].map((name) => ({ const: name, type: 'string' })),
  );
});
