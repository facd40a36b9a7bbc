import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '@perch/broker-bridge/config/parse.ts';
import { formatProbe, probe, type Snippet } from './probe.ts';
import { createSensorSet } from './sensors/sensor-set.ts';
import { machine } from './sensors/testing/environment.ts';
import { pointerChip, SimulatedI2c } from './sensors/testing/simulated-i2c.ts';

const wholeConfig = (config: Snippet) => parseConfig(JSON.stringify({ period: '1s', ...config }));

async function board(t: Parameters<typeof machine>[0]) {
  const i2c = new SimulatedI2c();
  i2c.chips.set(0x48, pointerChip({ 0: 0x1900 }));
  i2c.chips.set(0x23, pointerChip({ 0: 0x0700 }));
  i2c.claimed.add(0x68);
  const dead = new SimulatedI2c();
  dead.absent = 'EACCES';
  const box = await machine(t, {
    loadI2c: () => ({ openPromisified: (number) => (number === 1 ? i2c : dead).openPromisified() }),
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
  const report = await probe(env);
  const [first, second] = report.adapters;
  assert.deepEqual(
    first?.devices.map(({ address, guess }) => [address, guess]),
    [
      ['0x23', 'BH1750 light'],
      ['0x48', 'TMP102, LM75 or TMP117 temperature, ADS1115 voltage'],
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
  const { adapters, ports, chips } = await probe(env);
  const snippets = [...adapters.flatMap(({ devices }) => devices), ...ports, ...chips].map(
    ({ config }) => config,
  );
  assert.equal(snippets.length, 6);
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
  assert.deepEqual(read, [7, 25, 48.312, 48]);
});

test('the table names every find and shows nothing that a terminal would obey', async (t) => {
  const { env } = await board(t);
  const text = formatProbe(await probe(env));
  for (const part of [
    '/dev/i2c-1',
    '0x48',
    'held by a kernel driver',
    'denied',
    '/dev/ttyUSB0',
    'cpu_thermal',
    '"driver":"tmp102"',
  ])
    assert.ok(text.includes(part), part);
  assert.match(text, /^[\x20-\x7e\n]*$/);
});

test('a board with nothing gives an empty report, not an error', async (t) => {
  const { env } = await machine(t);
  const report = await probe(env);
  assert.deepEqual(report, { adapters: [], ports: [], chips: [] });
  assert.match(formatProbe(report), /no adapter/);
});
