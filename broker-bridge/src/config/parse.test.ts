import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ITEMS_LIMIT } from '../protocol/values.ts';
import { DEFAULT_CONFIG_TEXT, defaultConfigText } from './default-config.ts';
import { itemsOf } from './items.ts';
import { configJsonSchema } from './json-schema.ts';
import { CONFIG_LIMIT, FAULTS_LIMIT } from './limits.ts';
import { type ConfigFault, parseConfig } from './parse.ts';
import { STYLE } from './testing/style-config.ts';

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

test('a board may say where it is and how much an update may take of its link', () => {
  const more = { timeZone: 'America/Argentina/Buenos_Aires', updates: { maxRate: 256 } };
  const parsed = parseConfig(JSON.stringify({ period: '1s', sensors: [], ...more }));
  assert.ok(parsed.ok);
  assert.deepEqual([parsed.config.timeZone, parsed.config.updates], [more.timeZone, more.updates]);
  assert.ok(parseConfig(JSON.stringify({ period: '1s', sensors: [], timeZone: 'UTC', updates: {} })).ok);
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
