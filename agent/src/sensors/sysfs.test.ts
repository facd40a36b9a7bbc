import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { DEFAULT_CONFIG_TEXT } from '@perch/broker-bridge/config/default-config.ts';
import { DISCOVER_INTERVAL } from './drivers/sysfs-discover.ts';
import { createSensorSet } from './sensor-set.ts';
import { configOf, machine } from './testing/environment.ts';

const config = (...sensors: object[]) => configOf({ period: '1s', sensors });

async function board(t: TestContext) {
  const clock = { ms: 0 };
  const box = await machine(t, { now: () => clock.ms });
  const set = createSensorSet(box.env);
  t.after(() => set.close());
  const shown = async () => {
    const { values, errors } = await set.sample(2_000);
    return { ...Object.fromEntries(values), ...Object.fromEntries(errors) };
  };
  return { ...box, set, shown, clock };
}

const PROC = {
  'proc/loadavg': '0.52 0.58 0.59 1/467 12345\n',
  'proc/meminfo': 'MemTotal:        3884356 kB\nMemFree:          133952 kB\nMemAvailable:    2012340 kB\n',
  'proc/uptime': '350735.47 234388.90\n',
};

test('/proc gives load, memory in bytes and uptime in seconds', async (t) => {
  const { files, set, shown } = await board(t);
  await files(PROC);
  await set.apply(config({ id: 'sys', driver: 'sysfs', proc: ['load', 'memory', 'uptime'] }));
  assert.deepEqual(await shown(), {
    'sys.load1': 0.52,
    'sys.load5': 0.58,
    'sys.load15': 0.59,
    'sys.memTotal': 3884356 * 1024,
    'sys.memAvailable': 2012340 * 1024,
    'sys.uptime': 350735.47,
  });
});

test('a part of /proc that is missing or garbled fails alone', async (t) => {
  const { files, remove, set, shown } = await board(t);
  await files({ ...PROC, 'proc/loadavg': 'NaN 0.58 Infinity 1/4 5\n' });
  await remove('proc/uptime');
  await set.apply(
    config({ id: 's', driver: 'sysfs', proc: ['load', 'memory', 'uptime', 'disk'], path: '/nowhere/x' }),
  );
  const { 's.memTotal': _, 's.memAvailable': available, ...rest } = await shown();
  assert.equal(available, 2012340 * 1024);
  assert.deepEqual(rest, {
    's.load1': 'malformed',
    's.load5': 0.58,
    's.load15': 'malformed',
    's.uptime': 'missing',
    's.diskTotal': 'missing',
    's.diskFree': 'missing',
  });
});

test("this machine's real /proc and disk are read by the default config", async (t) => {
  const { env } = await machine(t);
  const set = createSensorSet({ ...env, procRoot: '/proc', sysRoot: '/sys' });
  await set.apply(configOf(JSON.parse(DEFAULT_CONFIG_TEXT)));
  const { values, errors } = await set.sample(5_000);
  await set.close();
  assert.deepEqual(
    [...errors.keys()].filter((name) => name.startsWith('sys.')),
    [],
  );
  const number = (key: string) => values.get(`sys.${key}`) as number;
  assert.ok(number('uptime') > 0 && number('load1') >= 0);
  assert.ok(number('memAvailable') > 1e6 && number('memAvailable') <= number('memTotal'));
  assert.ok(
    number('diskFree') >= 0 && number('diskFree') <= number('diskTotal') && number('diskTotal') > 1e6,
  );
});

const CPU = {
  id: 'cpu',
  driver: 'sysfs',
  match: { hwmon: 'cpu_thermal' },
  file: 'temp1_input',
  scale: 0.001,
  unit: 'Cel',
};

test('a chip is found by its name, and again when the kernel numbers its chips anew', async (t) => {
  const { files, remove, set, shown } = await board(t);
  await files({
    'sys/class/hwmon/hwmon0/name': 'rpi_volt\n',
    'sys/class/hwmon/hwmon0/temp1_input': '99000\n',
    'sys/class/hwmon/hwmon1/name': 'cpu_thermal\n',
    'sys/class/hwmon/hwmon1/temp1_input': '48312\n',
  });
  await set.apply(config(CPU));
  assert.deepEqual(await shown(), { 'cpu.value': 48.312 });

  await remove('sys/class/hwmon');
  await files({
    'sys/class/hwmon/hwmon0/name': 'cpu_thermal\n',
    'sys/class/hwmon/hwmon0/temp1_input': '50000\n',
    'sys/class/hwmon/hwmon1/name': 'rpi_volt\n',
    'sys/class/hwmon/hwmon1/temp1_input': '99000\n',
  });
  assert.deepEqual(await shown(), { 'cpu.value': 50 });
});

test('out of range, garbled and gone each have their reason, and the chip is found when it comes', async (t) => {
  const { files, remove, set, shown, clock } = await board(t);
  const file = 'sys/class/hwmon/hwmon3/temp1_input';
  await set.apply(config({ ...CPU, range: [-40, 125] }));
  assert.deepEqual(await shown(), { 'cpu.value': 'missing' });
  await files({ 'sys/class/hwmon/hwmon3/name': 'cpu_thermal\n', [file]: '21500\n' });
  clock.ms += 1_000;
  assert.deepEqual(await shown(), { 'cpu.value': 21.5 });
  for (const [text, outcome] of [
    ['-273150\n', 'range'],
    ['soon\n', 'malformed'],
    ['\n', 'malformed'],
    ['7000\n', 7],
  ] as const) {
    await files({ [file]: text });
    assert.deepEqual(await shown(), { 'cpu.value': outcome });
  }
  await remove(file);
  assert.deepEqual(await shown(), { 'cpu.value': 'missing' });
});

test('of two chips with one name the device decides', async (t) => {
  const { files, link, set, shown } = await board(t);
  for (const [hwmon, device, milli] of [
    ['hwmon0', '1-0019', '20000'],
    ['hwmon1', '1-0018', '30000'],
  ] as const) {
    await files({
      [`sys/class/hwmon/${hwmon}/name`]: 'jc42\n',
      [`sys/class/hwmon/${hwmon}/temp1_input`]: milli,
      [`sys/devices/i2c-1/${device}/modalias`]: '',
    });
    await link(`sys/class/hwmon/${hwmon}/device`, `../../../devices/i2c-1/${device}`);
  }
  const jc42 = { driver: 'sysfs', file: 'temp1_input', scale: 0.001 };
  await set.apply(
    config(
      { ...jc42, id: 'any', match: { hwmon: 'jc42' } },
      { ...jc42, id: 'one', match: { hwmon: 'jc42', device: '1-0018' }, key: 't' },
    ),
  );
  assert.deepEqual(await shown(), { 'any.value': 'missing', 'one.t': 30 });
});

test('thermal zones and IIO devices are matched by name too', async (t) => {
  const { files, set, shown } = await board(t);
  await files({
    'sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
    'sys/class/thermal/thermal_zone0/temp': '51000\n',
    'sys/bus/iio/devices/iio:device0/name': 'bme280\n',
    'sys/bus/iio/devices/iio:device0/in_humidityrelative_input': '41250\n',
  });
  await set.apply(
    config(
      { id: 'cpu', driver: 'sysfs', match: { thermal: 'cpu-thermal' }, file: 'temp', scale: 0.001 },
      {
        id: 'hum',
        driver: 'sysfs',
        match: { iio: 'bme280' },
        file: 'in_humidityrelative_input',
        scale: 0.001,
      },
    ),
  );
  assert.deepEqual(await shown(), { 'cpu.value': 51, 'hum.value': 41.25 });
});

test('discovery names channels by chip and channel, in the units of the kernel', async (t) => {
  const { files, set, shown } = await board(t);
  await files({
    'sys/class/hwmon/hwmon0/name': 'k10temp\n',
    'sys/class/hwmon/hwmon0/temp1_input': '45500\n',
    'sys/class/hwmon/hwmon0/temp1_label': 'Tctl\n',
    'sys/class/hwmon/hwmon0/temp3_input': '44000\n',
    'sys/class/hwmon/hwmon0/temp1_max': '70000\n',
    'sys/class/hwmon/hwmon0/in0_input': '1350\n',
    'sys/class/hwmon/hwmon0/power1_average': '4500000\n',
    'sys/class/hwmon/hwmon0/fan1_input': '1200\n',
    'sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
    'sys/class/thermal/thermal_zone0/temp': '51000\n',
    'sys/bus/iio/devices/iio:device0/name': 'ads1015\n',
    'sys/bus/iio/devices/iio:device0/in_voltage0_raw': '1000\n',
    'sys/bus/iio/devices/iio:device0/in_voltage_scale': '2.0\n',
    'sys/bus/iio/devices/iio:device0/in_temp_raw': '100\n',
    'sys/bus/iio/devices/iio:device0/in_temp_offset': '20\n',
    'sys/bus/iio/devices/iio:device0/in_temp_scale': '100\n',
  });
  await set.apply(config({ id: 'd', driver: 'sysfs', discover: ['hwmon', 'thermal', 'iio'] }));
  assert.deepEqual(await shown(), {
    'd.k10temp_fan1': 1200,
    'd.k10temp_in0': 1.35,
    'd.k10temp_power1': 4.5,
    'd.k10temp_tctl': 45.5,
    'd.k10temp_temp3': 44,
    'd.cpu_thermal_temp': 51,
    'd.ads1015_temp': 12,
    'd.ads1015_voltage0': 2,
  });
});

test('a chip that hangs costs one thread and its own channels, and is named when the board ends', async (t) => {
  const { files, path, set, shown } = await board(t);
  await files({
    'sys/class/hwmon/hwmon0/name': 'stuck\n',
    'sys/class/hwmon/hwmon1/name': 'well\n',
    'sys/class/hwmon/hwmon1/temp1_input': '20000\n',
  });
  // A FIFO that nobody writes to hangs its reader, as a chip on a dead bus does.
  const fifos = [1, 2].map((number) => path(`sys/class/hwmon/hwmon0/temp${number}_input`));
  for (const fifo of fifos) execFileSync('mkfifo', [fifo]);
  await set.apply(config({ id: 'd', driver: 'sysfs', discover: ['hwmon'] }));
  const all = { 'd.stuck_temp1': 'timeout', 'd.stuck_temp2': 'timeout', 'd.well_temp1': 20 };
  assert.deepEqual(await shown(), all);
  assert.deepEqual(await shown(), all);
  assert.deepEqual(await set.close(), { abandoned: ['d'] });

  const hasReader = (fifo: string): boolean => {
    try {
      closeSync(openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK));
      return true;
    } catch {
      return false;
    }
  };
  assert.deepEqual(fifos.map(hasReader), [true, false]);
});

test('chips of one name get a suffix by their device, and keep it when the other one goes', async (t) => {
  const { files, link, remove, set, shown, clock } = await board(t);
  for (const [hwmon, device, milli] of [
    ['hwmon0', 'nvme1', '41000'],
    ['hwmon1', 'nvme0', '40000'],
  ] as const) {
    await files({
      [`sys/class/hwmon/${hwmon}/name`]: 'nvme\n',
      [`sys/class/hwmon/${hwmon}/temp1_input`]: milli,
      [`sys/class/hwmon/${hwmon}/temp1_label`]: 'Composite\n',
      [`sys/devices/${device}/model`]: '',
    });
    await link(`sys/class/hwmon/${hwmon}/device`, `../../../devices/${device}`);
  }
  await set.apply(config({ id: 'd', driver: 'sysfs', discover: ['hwmon'] }));
  assert.deepEqual(await shown(), { 'd.nvme_composite': 40, 'd.nvme_composite_2': 41 });

  await remove('sys/class/hwmon/hwmon1');
  assert.deepEqual(await shown(), { 'd.nvme_composite': 'missing', 'd.nvme_composite_2': 41 });
  assert.deepEqual(await shown(), { 'd.nvme_composite_2': 41 });

  await files({ 'sys/class/hwmon/hwmon5/name': 'late\n', 'sys/class/hwmon/hwmon5/temp1_input': '1000' });
  clock.ms += DISCOVER_INTERVAL;
  assert.deepEqual(await shown(), { 'd.late_temp1': 1, 'd.nvme_composite_2': 41 });
});

test('a new config keeps what did not change and lets go of the rest', async (t) => {
  const { files, set, shown } = await board(t);
  await files(PROC);
  const up = { id: 'up', driver: 'sysfs', proc: ['uptime'] };
  await set.apply(config(up, { id: 'load', driver: 'sysfs', proc: ['load'] }));
  await shown();
  await set.apply(config({ id: 'mem', driver: 'sysfs', proc: ['memory'] }, up));
  assert.deepEqual(Object.keys(await shown()), ['mem.memTotal', 'mem.memAvailable', 'up.uptime']);
  assert.deepEqual(
    set.status().map(({ id, counters }) => [id, counters.opens, counters.reads]),
    [
      ['mem', 1, 1],
      ['up', 1, 2],
    ],
  );
});

const W1 = 'sys/bus/w1/devices/28-0000073b1d2f';

test('a 1-wire thermometer is found by its own serial number, in the new and the old form', async (t) => {
  const { files, set, shown } = await board(t);
  await files({
    [`${W1}/name`]: '28-0000073b1d2f\n',
    [`${W1}/temperature`]: '21500\n',
    'sys/bus/w1/devices/w1_bus_master1/name': 'w1_bus_master1\n',
    'sys/bus/w1/devices/10-000802b4ad9a/name': '10-000802b4ad9a\n',
    'sys/bus/w1/devices/10-000802b4ad9a/w1_slave':
      '50 05 4b 46 7f ff 0c 10 1c : crc=1c YES\n50 05 4b 46 7f ff 0c 10 1c t=-1250\n',
  });
  const probe = (id: string, w1: string, file: string) => ({
    id,
    driver: 'sysfs',
    match: { w1 },
    file,
    scale: 0.001,
    unit: 'Cel',
  });
  await set.apply(
    config(
      probe('new', '28-0000073b1d2f', 'temperature'),
      probe('old', '10-000802b4ad9a', 'w1_slave'),
      probe('none', '28-00000000dead', 'temperature'),
      { id: 'all', driver: 'sysfs', discover: ['w1'] },
    ),
  );
  assert.deepEqual(await shown(), {
    'new.value': 21.5,
    'old.value': -1.25,
    'none.value': 'missing',
    'all.w1_28_0000073b1d2f_temp': 21.5,
    'all.w1_10_000802b4ad9a_temp': -1.25,
  });
  await files({
    [`${W1}/temperature`]: '\n',
    'sys/bus/w1/devices/10-000802b4ad9a/w1_slave':
      '50 05 4b 46 7f ff 0c 10 00 : crc=1c NO\n50 05 4b 46 7f ff 0c 10 00 t=85000\n',
  });
  assert.deepEqual(await shown(), {
    'new.value': 'malformed',
    'old.value': 'crc',
    'none.value': 'missing',
    'all.w1_28_0000073b1d2f_temp': 'malformed',
    'all.w1_10_000802b4ad9a_temp': 'crc',
  });
});
