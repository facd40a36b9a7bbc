import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chipRig, type Shown } from '../testing/chip-rig.ts';
import { BME68X_ROOM, BME680_SIM, BME688_SIM, bme68xChip } from '../testing/chips/bme680.ts';
import { near } from '../testing/near.ts';

const busy = { reason: 'busy' };
const all = (reason: string): Shown => ({
  temperature: { reason },
  humidity: { reason },
  pressure: { reason },
  gasResistance: { reason },
});
/** 27.73 degC, 1014.7 hPa, 60.4 %, as they are in all tests. */
const room = { temperature: 27.72712356, humidity: 60.410266528, pressure: 1014.726635397 };

// The datasheets have no worked example. The numbers were worked out from the formulae (BME680, sections 3.3.1 to 3.4.1) by a
// program of its own, with the calibration of the simulator, in double precision and in the integers that Bosch also gives;
// both agree.
test('a BME680 in a room and in frost', async (t) => {
  const rig = await chipRig(t, BME680_SIM);
  const chip = bme68xChip(rig.clock, 0, BME68X_ROOM);
  rig.plug(chip);
  near(await rig.read(), { ...room, gasResistance: 55428.413892063 }, 1e-6);
  chip.raw = { temperature: 0x5c1e7, pressure: 0x5b1c9, humidity: 0x49f2, gas: 0x0c3, range: 11 };
  near(
    await rig.read(),
    {
      temperature: -12.411358579,
      humidity: 27.642190164,
      pressure: 892.760798887,
      gasResistance: 5130.664752923,
    },
    1e-6,
  );
});

test('the gas resistance of a BME680 over its ranges', async (t) => {
  const rig = await chipRig(t, BME680_SIM);
  const chip = bme68xChip(rig.clock, 0, BME68X_ROOM);
  rig.plug(chip);
  for (const [gas, range, gasResistance] of [
    [0x2b5, 6, 110075.857519789],
    [0x155, 4, 572880.727519903],
    [0, 0, 12976913.730255],
    [1023, 15, 176.558902695],
  ] as const) {
    chip.raw = { ...BME68X_ROOM, gas, range };
    near(await rig.read(), { ...room, gasResistance }, 1e-5);
  }
});

test('the gas resistance of a BME688 over its ranges', async (t) => {
  const rig = await chipRig(t, BME688_SIM);
  const chip = bme68xChip(rig.clock, 1, BME68X_ROOM);
  rig.plug(chip);
  for (const [gas, range, gasResistance] of [
    [0x2b5, 7, 441474.45570166],
    [0x155, 4, 4572704.437622105],
    [0, 0, 102400000],
    [1023, 15, 1421.211582874],
  ] as const) {
    chip.raw = { ...BME68X_ROOM, gas, range };
    near(await rig.read(), { ...room, gasResistance }, 1e-5);
  }
});

test('the heater is set to 320 degC for 150 ms, from the ambient temperature of the last reading', async (t) => {
  for (const [sim, variant, runGas] of [
    [BME680_SIM, 0, 0x10],
    [BME688_SIM, 1, 0x20],
  ] as const) {
    const rig = await chipRig(t, sim);
    const chip = bme68xChip(rig.clock, variant, { ...BME68X_ROOM, temperature: 0x5c1e7 });
    rig.plug(chip);
    await rig.read();
    // By the same program: 116.8 at 25 degC, and 115.2 at -12.4; the fraction goes. 38 * 4 ms are the next to 150 ms.
    assert.equal(chip.registers[0x5a], 116);
    assert.deepEqual([chip.registers[0x64], chip.registers[0x70], chip.registers[0x71]], [0x66, 0, runGas]);
    await rig.read();
    assert.equal(chip.registers[0x5a], 115);
  }
});

test('oversampling, filter and heater are written as the datasheet codes them, and waited for', async (t) => {
  const sensor = {
    address: '0x77',
    temperatureOversampling: 2,
    pressureOversampling: 16,
    humidityOversampling: 4,
    filter: 31,
    heaterTemperature: 200,
    heaterDuration: 1000,
  };
  const rig = await chipRig(t, { ...BME680_SIM, sensor });
  const chip = bme68xChip(rig.clock, 0, BME68X_ROOM);
  rig.plug(chip);
  await rig.read();
  const { registers } = chip;
  // ctrl_hum x4; ctrl_meas x2, x16, asleep again; config 31.
  assert.deepEqual([registers[0x72], registers[0x74], registers[0x75]], [0x03, 0x54, 0x14]);
  // By the same program 85.3 for 200 degC; 1000 ms are 63 * 16 = 1008 ms.
  assert.deepEqual([registers[0x5a], registers[0x64]], [85, 0xbf]);
  const began = rig.clock.ms;
  chip.raw = { ...BME68X_ROOM, temperature: 0x5c1e7 };
  const { temperature } = await rig.read();
  near({ temperature: temperature! }, { temperature: -12.411358579 });
  assert.ok(rig.clock.ms - began >= 1008 + 1.963 * 22);
});

test('gas that was not measured, or not at the set temperature, is no value', async (t) => {
  const rig = await chipRig(t, BME680_SIM);
  const chip = bme68xChip(rig.clock, 0, BME68X_ROOM);
  rig.plug(chip);
  for (const flags of [0x00, 0x10, 0x20]) {
    chip.raw = { ...BME68X_ROOM, flags };
    near(await rig.read(), { ...room, gasResistance: busy });
  }
});

test('without gas the heater stays off and there is no such value', async (t) => {
  const rig = await chipRig(t, { ...BME688_SIM, sensor: { address: '0x76', gas: false } });
  const chip = bme68xChip(rig.clock, 1, BME68X_ROOM);
  rig.plug(chip);
  near(await rig.read(), room);
  assert.deepEqual([chip.registers[0x70], chip.registers[0x71], chip.registers[0x5a]], [0x08, 0, 0]);
});

test('what was skipped, or is beyond the scale, is no value', async (t) => {
  const rig = await chipRig(t, BME680_SIM);
  const chip = bme68xChip(rig.clock, 0, { ...BME68X_ROOM, pressure: 0x80000, humidity: 0x8000 });
  rig.plug(chip);
  near(await rig.read(), { ...room, pressure: busy, humidity: busy, gasResistance: 55428.413892063 }, 1e-6);
  // 1127.8 hPa, and 229 % by the formula.
  chip.raw = { ...BME68X_ROOM, pressure: 0x42a13, humidity: 0xa93a };
  near(
    await rig.read(),
    { ...room, pressure: { reason: 'range' }, humidity: 100, gasResistance: 55428.413892063 },
    1e-6,
  );
  chip.raw = { ...BME68X_ROOM, temperature: 0x80000 };
  near(await rig.read(), all('busy'));
});

test('one that lost power is found out, and set up anew after three readings', async (t) => {
  const rig = await chipRig(t, BME680_SIM);
  const chip = bme68xChip(rig.clock, 0, BME68X_ROOM);
  rig.plug(chip);
  const before = await rig.read();
  chip.reset();
  for (let round = 0; round < 3; round++) near(await rig.read(), all('malformed'));
  near(await rig.settle(), before);
});

test('a BME688 is not taken for a BME680', async (t) => {
  const rig = await chipRig(t, BME680_SIM);
  rig.plug(bme68xChip(rig.clock, 1, BME68X_ROOM));
  near(await rig.read(), all('malformed'));
});
