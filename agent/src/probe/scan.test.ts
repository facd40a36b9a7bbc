import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '@perch/broker-bridge/config/parse.ts';
import { I2C_CHIPS } from '@perch/broker-bridge/devices/i2c/index.ts';
import { I2cBus } from '../sensors/buses/i2c.ts';
import { deviceOf } from '../sensors/drivers/chip.ts';
import { createSensorSet } from '../sensors/sensor-set.ts';
import { CHIP_SIMS } from '../sensors/testing/chips/index.ts';
import { machine } from '../sensors/testing/environment.ts';
import { pointerChip, SimulatedI2c, SimulatedMux } from '../sensors/testing/simulated-i2c.ts';
import { adaptersOf, channelsOf, usedAddresses } from './config-buses.ts';
import { formatReadings, formatScan } from './format.ts';
import { identify } from './identify.ts';
import { readOnce } from './readings.ts';
import { type Snippet, scan } from './scan.ts';
import { suggest } from './suggest.ts';

const wholeConfig = (config: Snippet) => parseConfig(JSON.stringify({ period: '1s', ...config }));

/** Time that only the drivers' delays move. */
function virtualTime() {
  const clock = { ms: 0 };
  const parts = {
    now: () => clock.ms,
    delay: async (ms: number) => {
      clock.ms += ms;
    },
  };
  return { clock, parts };
}

async function board(t: Parameters<typeof machine>[0]) {
  const i2c = new SimulatedI2c();
  const { clock, parts } = virtualTime();
  i2c.chips.set(0x48, pointerChip({ 0: 0x1900 }));
  i2c.chips.set(0x27, pointerChip({ 0: 0x0700 }));
  i2c.chips.set(0x76, CHIP_SIMS.find(({ driver }) => driver === 'bme280')!.chip(clock));
  i2c.claimed.add(0x68);
  const dead = new SimulatedI2c();
  dead.absent = 'EACCES';
  const box = await machine(t, {
    loadI2c: () => ({ openPromisified: (number) => (number === 1 ? i2c : dead).openPromisified() }),
    ...parts,
  });
  await box.files({
    'sys/bus/i2c/devices/i2c-1/name': 'bcm2835 (i2c@7e804000)\n',
    'sys/bus/i2c/devices/i2c-20/name': 'other\u001b[31m\n',
    'sys/bus/i2c/devices/1-0068/name': 'ds3231\n',
    'dev/ttyUSB0': '',
    'dev/ttyS0': '',
    'dev/ttyS1': '',
    'dev/tty1': '',
    'sys/class/tty/ttyS0/type': '0\n',
    'sys/class/tty/ttyS1/type': '4\n',
    'sys/class/hwmon/hwmon0/name': 'cpu_thermal\n',
    'sys/class/hwmon/hwmon0/temp1_input': '48312\n',
    'sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
    'sys/class/thermal/thermal_zone0/temp': '48000\n',
  });
  await box.link('dev/serial/by-id/usb-FTDI_FT232R_A50285BI-if00-port0', '../../ttyUSB0');
  return box;
}

test('a probe finds what answers, what is held, and what cannot be opened', async (t) => {
  const { env } = await board(t);
  const report = await scan(env);
  const [first, second] = report.adapters;
  assert.deepEqual(
    first?.devices.map(({ address, name, driver, sure }) => [address, name, driver, sure]),
    [
      ['0x27', 'maybe PCF8574 ports (LCD)', undefined, false],
      ['0x48', 'ambiguous: TI ADS1115 or TI INA219 or TI LM75 or TI TMP102', undefined, false],
      ['0x76', 'Bosch BME280: temperature, humidity, air pressure', 'bme280', true],
    ],
  );
  assert.deepEqual(first?.claimed, ['0x68']);
  assert.equal(first?.reason, undefined);
  assert.deepEqual([second?.path, second?.reason, second?.devices], ['/dev/i2c-20', 'denied', []]);
  assert.deepEqual(
    report.ports.map(({ path, byId }) => [path, byId]),
    [
      ['/dev/ttyS1', undefined],
      ['/dev/ttyUSB0', 'usb-FTDI_FT232R_A50285BI-if00-port0'],
    ],
  );
  assert.deepEqual(
    report.chips.map(({ class: kind, name, files }) => [kind, name, files]),
    [
      ['hwmon', 'cpu_thermal', ['temp1_input']],
      ['thermal', 'cpu-thermal', ['temp']],
    ],
  );
});

test('each snippet is a valid config, and those of chips read them', async (t) => {
  const { env } = await board(t);
  const { adapters, ports, chips } = await scan(env);
  const snippets = [...adapters.flatMap(({ devices }) => devices), ...ports, ...chips].map(
    ({ config }) => config,
  );
  assert.equal(snippets.length, 7);
  for (const snippet of snippets) assert.ok(wholeConfig(snippet).ok, JSON.stringify(wholeConfig(snippet)));

  const set = createSensorSet(env);
  t.after(() => set.close());
  const read: unknown[] = [];
  for (const { config } of [...adapters[0]!.devices, ...chips]) {
    const parsed = wholeConfig(config);
    assert.ok(parsed.ok);
    await set.apply(parsed.config);
    read.push(...(await set.sample(1_000)).values.values());
  }
  const climate = CHIP_SIMS.find(({ driver }) => driver === 'bme280')!.truth;
  assert.ok(read.includes(climate.temperature) && read.includes(climate.pressure));
  assert.deepEqual(read.slice(-2), [48.312, 48]);
});

test('the table names every find and shows nothing that a terminal would obey', async (t) => {
  const { env } = await board(t);
  const text = formatScan(await scan(env));
  for (const part of [
    '/dev/i2c-1',
    '0x48',
    'held by a kernel driver',
    'denied',
    '/dev/ttyUSB0',
    'cpu_thermal',
    '"driver":"bme280"',
    'ambiguous',
  ])
    assert.ok(text.includes(part), part);
  assert.match(text, /^[\x20-\x7e\n]*$/);
});

test('a board with nothing gives an empty report, not an error', async (t) => {
  const { env } = await machine(t);
  const report = await scan(env);
  assert.deepEqual(report, { adapters: [], ports: [], chips: [] });
  assert.match(formatScan(report), /no adapter/);
});

test('a suggestion is a valid config that reads what is sure, and says what it leaves open', async (t) => {
  const { env } = await board(t);
  const { config, notes } = suggest(await scan(env));
  const parsed = parseConfig(JSON.stringify(config));
  assert.ok(parsed.ok, JSON.stringify(parsed));
  assert.deepEqual(
    parsed.config.sensors.map(({ id, driver }) => [id, driver]),
    [
      ['sys', 'sysfs'],
      ['kernel', 'sysfs'],
      ['bme280-76', 'bme280'],
    ],
  );
  for (const part of [
    /0x48 is left out: ambiguous/,
    /0x68 is read by the kernel/,
    /i2c-20 .*denied/,
    /ttyUSB0 .*serial/,
  ])
    assert.match(notes.join('\n'), part);
});

test('the configured sensors are read once: value, unit, quality and milliseconds', async (t) => {
  const { env } = await board(t);
  const parsed = parseConfig(
    JSON.stringify({
      period: '10s',
      buses: { b: { type: 'i2c', path: '/dev/i2c-1' } },
      sensors: [
        { id: 'air', driver: 'bme280', bus: 'b', address: '0x76', only: ['temperature'] },
        { id: 'gone', driver: 'tmp102', bus: 'b', address: '0x49' },
        { id: 'temps', driver: 'sysfs', discover: ['hwmon'] },
      ],
    }),
  );
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const rows = await readOnce(parsed.config, env);
  assert.deepEqual(
    rows.map(({ item, unit, quality }) => [item, unit, quality]),
    [
      ['air.temperature', 'Cel', 'good'],
      ['gone.temperature', 'Cel', 'nak'],
      ['temps.cpu_thermal_temp1', undefined, 'good'],
    ],
  );
  assert.equal(rows[0]!.value, CHIP_SIMS.find(({ driver }) => driver === 'bme280')!.truth.temperature);
  assert.ok(rows[0]!.ms! > 0 && rows[1]!.ms === undefined);
  const text = formatReadings(rows);
  assert.match(text, /air\.temperature +[0-9.]+ +Cel +good +[0-9.]+ ms/);
  assert.match(text, /gone\.temperature +- +Cel +nak/);
});

test('what the running agent reads is left alone by a scan', async (t) => {
  const { env } = await board(t);
  const report = await scan(env, { used: new Map([['/dev/i2c-1', new Set([0x76])]]) });
  assert.deepEqual(report.adapters[0]?.inUse, ['0x76']);
  assert.ok(!report.adapters[0]?.devices.some(({ address }) => address === '0x76'));
  assert.match(formatScan(report), /0x76 +read by the running agent/);
});

test('a scan looks behind the multiplexers that the config names, and each find has its channel as a bus', async (t) => {
  const climate = CHIP_SIMS.find(({ driver }) => driver === 'bme280')!;
  const i2c = new SimulatedI2c();
  const mux = new SimulatedMux();
  const { clock, parts } = virtualTime();
  i2c.chips.set(0x70, mux);
  i2c.chips.set(0x77, climate.chip(clock));
  for (const channel of [1, 6]) mux.channels[channel]!.set(0x76, climate.chip(clock));
  const { env, files } = await machine(t, { loadI2c: () => i2c, ...parts });
  await files({ 'sys/bus/i2c/devices/i2c-1/name': 'bcm2835\n', 'dev/i2c-1': '' });
  const channel = (number: number) => ({ type: 'tca9548a', bus: 'main', address: '0x70', channel: number });
  const buses = {
    main: { type: 'i2c', adapter: 'bcm2835' },
    bed1: channel(1),
    bed6: channel(6),
    bed7: channel(7),
  };
  const parsed = parseConfig(JSON.stringify({ period: '1m', buses, sensors: [] }));
  assert.ok(parsed.ok, JSON.stringify(parsed));

  const report = await scan(env, {
    channels: channelsOf(parsed.config),
    known: adaptersOf(parsed.config),
  });
  assert.deepEqual(
    report.adapters.map(({ path, devices }) => [
      path,
      devices.map(({ address, driver }) => `${address} ${driver}`),
    ]),
    [
      ['/dev/i2c-1', ['0x70 undefined', '0x77 bme280']],
      ['/dev/i2c-1 0x70/1', ['0x76 bme280']],
      ['/dev/i2c-1 0x70/6', ['0x76 bme280']],
      ['/dev/i2c-1 0x70/7', []],
    ],
  );
  assert.match(formatScan(report), /channel 6 of the TCA9548A at 0x70/);

  const suggested = parseConfig(JSON.stringify(suggest(report).config));
  assert.ok(suggested.ok, JSON.stringify(suggested));
  assert.deepEqual(
    suggested.config.sensors.slice(1).map((sensor) => 'bus' in sensor && sensor.bus),
    ['main', 'bed1', 'bed6'],
  );
});

test('a running agent keeps its own addresses, those of its multiplexers and of chips with one address', () => {
  const parsed = parseConfig(
    JSON.stringify({
      period: '1m',
      buses: {
        main: { type: 'i2c', path: '/dev/i2c-1' },
        bed: { type: 'tca9548a', bus: 'main', address: '0x71', channel: 0 },
        usb: { type: 'i2c', adapter: 'CP2112' },
      },
      sensors: [
        { id: 'a', driver: 'bme280', bus: 'bed', address: '0x76' },
        { id: 'b', driver: 'scd41', bus: 'main' },
        { id: 'c', driver: 'tmp102', bus: 'usb', address: '0x48' },
        { id: 'd', driver: 'sysfs', proc: ['load'] },
      ],
    }),
  );
  assert.ok(parsed.ok, JSON.stringify(parsed));
  assert.deepEqual(
    [...usedAddresses(parsed.config)].map(([adapter, addresses]) => [
      adapter,
      [...addresses].sort((a, b) => a - b),
    ]),
    [
      ['/dev/i2c-1', [0x62, 0x71, 0x76]],
      ['CP2112', [0x48]],
    ],
  );
});

for (const sim of CHIP_SIMS)
  test(`${sim.driver} is recognised where it can say what it is, and never taken for another`, async (t) => {
    const i2c = new SimulatedI2c();
    const { clock, parts } = virtualTime();
    const address = Number(sim.sensor.address);
    i2c.chips.set(address, sim.chip(clock));
    const { env } = await machine(t, { loadI2c: () => i2c, ...parts });
    const bus = new I2cBus({ type: 'i2c', path: '/dev/i2c-1' }, env);
    t.after(() => bus.close());
    const { chip, candidates } = await identify(deviceOf(bus, address, env, new AbortController().signal));
    const drivers = candidates.map(({ driver }) => driver);
    assert.ok(drivers.includes(sim.driver), drivers.join());
    // Parts of one family may say the same; then nobody can tell them apart.
    if (chip) assert.equal(chip.driver, sim.driver);
  });

test('every chip works with nothing but its address, so that a suggestion is complete', () => {
  for (const { driver, addresses } of I2C_CHIPS)
    for (const address of addresses) {
      const sensor = { id: 's', driver, bus: 'b', address: `0x${address.toString(16)}` };
      const config = { period: '60s', buses: { b: { type: 'i2c', path: '/dev/i2c-1' } }, sensors: [sensor] };
      const parsed = parseConfig(JSON.stringify(config));
      assert.ok(parsed.ok, JSON.stringify(parsed));
    }
});
