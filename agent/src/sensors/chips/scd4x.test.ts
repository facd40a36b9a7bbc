import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SCD40 } from '@perch/broker-bridge/devices/i2c/scd4x.ts';
import type { I2cDevice } from '@perch/broker-bridge/devices/i2c-chip.ts';
import { chipRig, type Shown } from '../testing/chip-rig.ts';
import { SCD40_SIM, SCD41_SIM, scd4xChip } from '../testing/chips/scd4x.ts';
import { configOf } from '../testing/environment.ts';
import { near } from '../testing/near.ts';

const all = (reason: string): Shown => ({
  co2: { reason },
  temperature: { reason },
  humidity: { reason },
});

test('an SCD40 is stopped, set up, started and read when data is ready', async (t) => {
  const rig = await chipRig(t, SCD40_SIM);
  const chip = scd4xChip(rig.clock, [0x01f4, 0x6667, 0x5eb9]);
  rig.plug(chip);
  // The datasheet's example: 500 ppm, 25 degC, 37 %.
  near(await rig.read(), { co2: 500, temperature: 25, humidity: 37 }, 0.005);
  const asked = chip.log.filter((command) => command !== 'e4b8');
  assert.deepEqual(asked, ['3f86', '3646', '3682', '21b1', 'ec05']);
  // Nothing is ready before 5 s are over, and it acknowledges no reading until then.
  assert.ok(rig.clock.ms >= 5_000 && rig.clock.ms < 6_500);
  chip.raw = [1234, 0x3a5c, 0xc0de];
  // By hand: -45 + 175 * 14940 / 65535; 100 * 49374 / 65535.
  near(await rig.read(), { co2: 1234, temperature: -5.105287, humidity: 75.339895 });
  assert.ok(rig.clock.ms >= 10_000);
});

test('all options of an SCD41 are written before it starts', async (t) => {
  const options = { temperatureOffset: 5.4, altitude: 1950, ambientPressure: 987, selfCalibration: false };
  const rig = await chipRig(t, { ...SCD41_SIM, sensor: { address: '0x62', ...options, lowPower: true } });
  const chip = scd4xChip(rig.clock, [0x01f4, 0x6667, 0x5eb9]);
  rig.plug(chip);
  // It measures every 30 s. What is not there yet is no failure, however often one asks.
  for (let round = 0; round < 5; round++) {
    near(await rig.read(), all('busy'));
    rig.clock.ms += 5_900;
  }
  rig.clock.ms += 1_000;
  near(await rig.read(), { co2: 500, temperature: 25, humidity: 37 }, 0.005);
  near(await rig.read(), all('busy'));
  // The datasheet's examples: 5.4 degC is 0x07e6, 1950 m is 0x079e and 987 hPa 0x03db.
  assert.deepEqual(chip.set, { offset: 0x07e6, altitude: 0x079e, pressure: 0x03db, selfCalibration: 0 });
  assert.ok(chip.log.includes('21ac') && !chip.log.includes('21b1'));
  assert.equal(chip.log.filter((command) => command === '21ac').length, 1);
});

test('what is not given stays as the chip has it stored', async (t) => {
  const rig = await chipRig(t, SCD41_SIM);
  const chip = scd4xChip(rig.clock, [0x01f4, 0x6667, 0x5eb9]);
  chip.set = { offset: 1, altitude: 2, pressure: 3, selfCalibration: 0 };
  rig.plug(chip);
  await rig.read();
  assert.deepEqual(chip.set, { offset: 0x05da, altitude: 0, pressure: 1013, selfCalibration: 1 });
});

test('one that still measures from before is set up all the same', async (t) => {
  const rig = await chipRig(t, SCD40_SIM);
  const chip = scd4xChip(rig.clock, [0x01f4, 0x6667, 0x5eb9]);
  chip.write([0x21, 0xb1]);
  rig.plug(chip);
  near(await rig.read(), { co2: 500, temperature: 25, humidity: 37 }, 0.005);
});

test('with other options it is closed and opened at once', async (t) => {
  const rig = await chipRig(t, SCD40_SIM);
  const chip = scd4xChip(rig.clock, [0x01f4, 0x6667, 0x5eb9]);
  rig.plug(chip);
  await rig.read();
  await rig.set.apply(
    configOf({
      period: '1h',
      buses: { b: { type: 'i2c', path: '/dev/i2c-1' } },
      sensors: [{ id: 's', driver: 'scd40', bus: 'b', address: '0x62', altitude: 300 }],
    }),
  );
  // It takes 500 ms to stop and hears nothing until then, which the closing does not wait for.
  near(await rig.read(), { co2: 500, temperature: 25, humidity: 37 }, 0.005);
  assert.equal(chip.set.altitude, 300);
});

test('one that measures is known all the same', async () => {
  const clock = { ms: 0 };
  const chip = scd4xChip(clock, [0x01f4, 0x6667, 0x5eb9]);
  chip.write([0x21, 0xb1]);
  const device: I2cDevice = {
    address: 0x62,
    read: () => assert.fail('it has no registers'),
    receive: async (length) => Uint8Array.from(chip.read(length)),
    write: async (bytes) => chip.write(bytes),
    async delay(ms) {
      clock.ms += ms;
    },
    now: () => clock.ms,
  };
  assert.equal(await SCD40.identify!.is(device), true);
  assert.ok(!chip.log.includes('3f86'));
});

test('after a loss of power it is busy for three readings and then set up anew', async (t) => {
  const rig = await chipRig(t, SCD40_SIM);
  const chip = scd4xChip(rig.clock, [0x01f4, 0x6667, 0x5eb9]);
  rig.plug(chip);
  await rig.read();
  chip.reset();
  for (let round = 0; round < 3; round++) near(await rig.read(), all('busy'));
  near(await rig.settle(), { co2: 500, temperature: 25, humidity: 37 }, 0.005);
});

test('no CO2 at all and an impossible temperature are no values', async (t) => {
  const rig = await chipRig(t, SCD40_SIM);
  const chip = scd4xChip(rig.clock, [0, 0, 0]);
  rig.plug(chip);
  near(await rig.read(), { co2: { reason: 'range' }, temperature: { reason: 'range' }, humidity: 0 });
  chip.raw = [0xffff, 0xffff, 0xffff];
  near(await rig.read(), { co2: { reason: 'range' }, temperature: { reason: 'range' }, humidity: 100 });
});
