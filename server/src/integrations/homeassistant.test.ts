import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LatestItem } from '../series/latest.ts';
import type { BoardView } from './board-messages.ts';
import { componentKeys, discoveryTopic, homeAssistantMessages } from './homeassistant.ts';
import { meaningOf } from './homeassistant-units.ts';
import { announcementFaults, CLASSES, DISCOVERY_TOPIC } from './testing/homeassistant-schema.ts';

const topics = { prefix: 'perch/homeassistant', discovery: 'homeassistant' };
const item = (name: string, value: LatestItem['value'], unit?: string): LatestItem => ({
  ...{ name, at: 1, per: 60_000 },
  ...(value === undefined ? { error: 'crc' as const } : { value }),
  ...(unit === undefined ? {} : { unit }),
});
const board = (items: LatestItem[], alias = 'pi-1'): BoardView => ({
  ...{ alias, online: true, version: '0.1.0', platform: 'linux-arm64', at: 1, items },
});
const announced = (items: LatestItem[], gone?: ReadonlyMap<string, string>) => {
  const messages = homeAssistantMessages(board(items), topics, 'https://perch.example.org', gone);
  const { payload } = messages.find(({ topic }) => topic === 'homeassistant/device/perch_pi-1/config')!;
  return JSON.parse(payload) as {
    dev: Record<string, unknown>;
    cmps: Record<string, Record<string, unknown>>;
  };
};

test('a board is a device, and each of its items a sensor of the right kind', () => {
  const payload = announced([
    item('air.door', true),
    item('air.hum', undefined, '%'),
    item('air.note', 'dry'),
    item('air.t', 21.5, 'Cel'),
    item('air.unknown', undefined),
    item('meter.energy', 5, 'kW.h'),
    item('perch.memory', 5, 'By'),
  ]);
  assert.deepEqual(announcementFaults(payload), []);
  assert.deepEqual(payload.dev, {
    identifiers: ['perch_pi-1'],
    name: 'pi-1',
    manufacturer: 'Perch',
    model: 'linux-arm64',
    sw_version: '0.1.0',
    configuration_url: 'https://perch.example.org/boards/pi-1',
  });
  assert.deepEqual(payload.cmps['sensor air.t'], {
    platform: 'sensor',
    unique_id: 'perch_pi-1/air.t',
    name: 'air.t',
    value_template: "{{ value_json['values']['air.t'] | default(None) }}",
    expire_after: 600,
    unit_of_measurement: '°C',
    device_class: 'temperature',
    state_class: 'measurement',
  });
  const kinds = Object.entries(payload.cmps).map(([key, { device_class, state_class, entity_category }]) => [
    ...[key, device_class, state_class, entity_category],
  ]);
  assert.deepEqual(kinds, [
    ['binary_sensor air.door', undefined, undefined, undefined],
    ['sensor air.hum', 'humidity', 'measurement', undefined],
    ['sensor air.note', undefined, undefined, undefined],
    ['sensor air.t', 'temperature', 'measurement', undefined],
    ['sensor meter.energy', 'energy', 'total_increasing', undefined],
    ['sensor perch.memory', 'data_size', 'measurement', 'diagnostic'],
  ]);
});

test('an item that is no more, or of another kind now, is removed by its platform alone', () => {
  const before = componentKeys([item('air.t', 1, 'Cel'), item('air.x', true)]);
  const now = [item('air.x', 2)];
  const gone = new Map([...before].filter(([key]) => !componentKeys(now).has(key)));
  const payload = announced(now, gone);
  assert.deepEqual(announcementFaults(payload), []);
  assert.deepEqual(payload.cmps['sensor air.t'], { platform: 'sensor' });
  assert.deepEqual(payload.cmps['binary_sensor air.x'], { platform: 'binary_sensor' });
  assert.deepEqual(Object.keys(payload.cmps), ['sensor air.t', 'binary_sensor air.x', 'sensor air.x']);
});

test('what expires does so no sooner than the board is told to be away', () => {
  const slow = { ...item('a.b', 1), per: 3_600_000 };
  assert.equal(announced([slow]).cmps['sensor a.b']?.expire_after, 3 * 3_600);
});

test('any alias is announced on a topic that Home Assistant listens to, each on its own', () => {
  assert.equal(discoveryTopic('homeassistant', 'pi-1'), 'homeassistant/device/perch_pi-1/config');
  const alias = fc.stringMatching(/^[a-z0-9._-]{1,64}$/);
  fc.assert(
    fc.property(alias, alias, (a, b) => {
      assert.match(discoveryTopic('homeassistant', a), DISCOVERY_TOPIC);
      assert.equal(discoveryTopic('homeassistant', a) === discoveryTopic('homeassistant', b), a === b);
    }),
  );
});

test('no two items are the same to Home Assistant, whatever their boards and they are called', () => {
  const idOf = (alias: string, name: string): unknown => {
    const messages = homeAssistantMessages(board([item(name, 1)], alias), topics, '');
    return JSON.parse(messages[1]!.payload).cmps[`sensor ${name}`].unique_id;
  };
  assert.notEqual(idOf('roof', 'north_air'), idOf('roof_north', 'air'));
  // Letters that stand in both, so that they meet.
  const [alias, name] = [fc.stringMatching(/^[ab_.-]{1,5}$/), fc.stringMatching(/^[ab_./ -]{1,5}$/)];
  fc.assert(
    fc.property(alias, name, alias, name, (a, one, b, other) => {
      assert.equal(idOf(a, one) === idOf(b, other), a === b && one === other);
    }),
  );
});

test('whatever names items have, the announcement is one that Home Assistant takes', () => {
  const value = fc.oneof(fc.double(), fc.boolean(), fc.string(), fc.constant(undefined));
  const unit = fc.option(fc.stringMatching(/^[!-~]{1,32}$/), { nil: undefined });
  const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(name, value, unit), { selector: ([one]) => one }), (all) => {
      const messages = homeAssistantMessages(board(all.map((one) => item(...one))), topics, '');
      const payload = JSON.parse(messages[1]!.payload);
      assert.deepEqual(announcementFaults(payload), []);
      // In a template a name is text, whatever is in it.
      for (const { value_template } of Object.values(payload.cmps) as { value_template: string }[])
        assert.match(
          value_template,
          /^\{\{ value_json\['values'\]\['[A-Za-z0-9._ \\-]*'\] \| default\(None\) \}\}$/,
        );
    }),
  );
});

// Unit and name, and what Home Assistant should make of them.
const MEANINGS: [
  name: string,
  ucum: string | undefined,
  unit: string | undefined,
  deviceClass: string | undefined,
][] = [
  ['air.temperature', 'Cel', '°C', 'temperature'],
  ['air.humidity', '%', '%', 'humidity'],
  ['soil.moisture', '%', '%', 'moisture'],
  ['ups.battery', '%', '%', 'battery'],
  ['cpu.load', '%', '%', undefined],
  ['air.pressure', 'hPa', 'hPa', 'atmospheric_pressure'],
  ['air.pressure', 'Pa', 'Pa', 'atmospheric_pressure'],
  ['pipe.water', 'bar', 'bar', 'pressure'],
  ['air.co2', '[ppm]', 'ppm', 'carbon_dioxide'],
  ['air.co', '[ppm]', 'ppm', 'carbon_monoxide'],
  ['air.tvoc', '[ppb]', 'ppb', 'volatile_organic_compounds_parts'],
  ['air.co2eq', '[ppb]', 'ppb', undefined],
  ['dust.pm1', 'ug/m3', 'µg/m³', 'pm1'],
  ['dust.pm25', 'ug/m3', 'µg/m³', 'pm25'],
  ['dust.pm10', 'ug/m3', 'µg/m³', 'pm10'],
  ['dust.pm4', 'ug/m3', 'µg/m³', undefined],
  ['dust.n05', '/cm3', '1/cm³', undefined],
  ['meter.power', 'W', 'W', 'power'],
  ['meter.energy', 'W.h', 'Wh', 'energy'],
  ['meter.heat', 'GJ', 'GJ', 'energy'],
  ['meter.voltage', 'V', 'V', 'voltage'],
  ['meter.current', 'A', 'A', 'current'],
  ['meter.gas', 'm3', 'm³', 'gas'],
  ['meter.water', 'm3', 'm³', 'water'],
  ['light.illuminance', 'lx', 'lx', 'illuminance'],
  ['gps.speed', 'km/h', 'km/h', 'speed'],
  ['mast.wind', 'm/s', 'm/s', 'wind_speed'],
  ['mast.windDirection', 'deg', '°', 'wind_direction'],
  ['gps.latitude', 'deg', '°', undefined],
  ['gps.altitude', 'm', 'm', 'distance'],
  ['sys.uptime', 's', 's', 'duration'],
  ['sys.load1', '1', undefined, undefined],
  ['perch.outboxRecords', '{record}', undefined, undefined],
  ['motion.acceleration', 'm/s2', 'm/s²', undefined],
  ['x.y', undefined, undefined, undefined],
];

test('unit and name together say what a value is, in units that Home Assistant takes for it', () => {
  for (const [name, ucum, unit, deviceClass] of MEANINGS) {
    const meaning = meaningOf(name, ucum);
    assert.deepEqual([meaning.unit, meaning.deviceClass], [unit, deviceClass], `${name} ${ucum}`);
    if (deviceClass !== undefined) assert.ok(CLASSES[deviceClass]?.[0].includes(unit ?? null), name);
  }
});
