import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chipRig, type Shown } from '../testing/chip-rig.ts';
import { BME280_SIM, BMP280_SIM, bmxChip } from '../testing/chips/bme280.ts';
import { near } from '../testing/near.ts';

const ROOM = { temperature: 519888, pressure: 415148, humidity: 30281 };
const reason = (reason: string): Shown[string] => ({ reason });

test('the worked example of BMP280, section 3.12', async (t) => {
  const rig = await chipRig(t, BMP280_SIM);
  rig.plug(bmxChip(rig.clock, 0x58, ROOM));
  const { temperature, pressure } = await rig.read();
  near({ temperature: temperature! }, { temperature: 25.08 }, 0.005);
  near({ pressure: pressure! }, { pressure: 1006.5327 }, 0.00005);
});

// The other numbers were worked out from the formulae of the datasheets (BME280, sections 8.1 and 4.2.3) by a program of its
// own, in double precision and in the 64-bit (pressure) and 32-bit integers that the datasheets also give; both agree.
test('a BME280 of the same calibration in winter', async (t) => {
  const rig = await chipRig(t, BME280_SIM);
  rig.plug(bmxChip(rig.clock, 0x60, { temperature: 0x61234, pressure: 0x6b321, humidity: 0x5a13 }));
  near(
    await rig.read(),
    { temperature: -13.314928479, pressure: 909.460399441, humidity: 8.711817073 },
    1e-8,
  );
});

test('what is beyond the scale is no value', async (t) => {
  const rig = await chipRig(t, BMP280_SIM);
  rig.plug(bmxChip(rig.clock, 0x58, { temperature: 0x5c234, pressure: 0x4b321 }));
  // By the same program: 1110.50 hPa, the part goes to 1100.
  near(await rig.read(), { temperature: -19.793199592, pressure: reason('range') }, 1e-8);
  rig.plug(bmxChip(rig.clock, 0x58, { temperature: 0xfffff, pressure: 415148 }));
  near(await rig.read(), { temperature: reason('range'), pressure: reason('range') });
});

test('oversampling and filter are written as the datasheet codes them, and waited for', async (t) => {
  const options = {
    temperatureOversampling: 2,
    pressureOversampling: 16,
    humidityOversampling: 8,
    filter: 16,
  };
  const rig = await chipRig(t, { ...BME280_SIM, sensor: { address: '0x76', ...options } });
  const chip = bmxChip(rig.clock, 0x60, ROOM);
  rig.plug(chip);
  await rig.read();
  // ctrl_hum: x8. ctrl_meas: x2, x16, asleep again. config: filter 16.
  assert.deepEqual([chip.registers[0xf2], chip.registers[0xf4], chip.registers[0xf5]], [0x04, 0x54, 0x10]);
  // Section 9.1: 1.25 + 2.3 * 2 + 2.3 * 16 + 0.575 + 2.3 * 8 + 0.575 ms. Read sooner, it would show the values of before.
  const began = rig.clock.ms;
  chip.raw = { ...ROOM, temperature: 0x61234 };
  const { temperature } = await rig.read();
  near({ temperature: temperature! }, { temperature: -13.314928479 }, 1e-8);
  assert.ok(rig.clock.ms - began >= 62.2 && rig.clock.ms - began < 70);
});

test('without options each value is measured once and nothing is filtered', async (t) => {
  const rig = await chipRig(t, { ...BMP280_SIM, sensor: { address: '0x76' } });
  const chip = bmxChip(rig.clock, 0x58, ROOM);
  rig.plug(chip);
  await rig.read();
  assert.deepEqual([chip.registers[0xf4], chip.registers[0xf5]], [0x24, 0]);
});

test('a BME280 that lost power is found out, and set up anew after three readings', async (t) => {
  const rig = await chipRig(t, BME280_SIM);
  const chip = bmxChip(rig.clock, 0x60, ROOM);
  rig.plug(chip);
  const before = await rig.read();
  chip.reset();
  for (let round = 0; round < 3; round++) {
    rig.clock.ms += 60_000;
    const lost = reason('malformed');
    near(await rig.read(), { temperature: lost, pressure: lost, humidity: lost });
  }
  near(await rig.settle(), before);
});

test('what a chip has skipped is no value', async (t) => {
  const rig = await chipRig(t, BME280_SIM);
  const chip = bmxChip(rig.clock, 0x60, { ...ROOM, pressure: 0x80000, humidity: 0x8000 });
  rig.plug(chip);
  near(
    await rig.read(),
    { temperature: 25.08247793, pressure: reason('busy'), humidity: reason('busy') },
    1e-8,
  );
  chip.raw = { ...ROOM, temperature: 0x80000 };
  near(await rig.read(), { temperature: reason('busy'), pressure: reason('busy'), humidity: reason('busy') });
});

test('a BMP280 is not taken for a BME280', async (t) => {
  const rig = await chipRig(t, BME280_SIM);
  rig.plug(bmxChip(rig.clock, 0x58, ROOM));
  const other = reason('malformed');
  near(await rig.read(), { temperature: other, pressure: other, humidity: other });
});
