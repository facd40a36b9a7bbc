import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chipRig, type Shown } from '../testing/chip-rig.ts';
import { BMP388_SIM, BMP390_SIM, bmp3Chip } from '../testing/chips/bmp388.ts';
import { near } from '../testing/near.ts';

const ROOM = { temperature: 0x81a3c5, pressure: 0x63b2f1 };
const FROST = { temperature: 0x61234f, pressure: 0x5a9c27 };
const both = (reason: string): Shown => ({ temperature: { reason }, pressure: { reason } });

// The datasheet has no worked example. The numbers were worked out from its sections 9.1 to 9.3, term by term, in exact
// fractions by a program of its own, with the calibration of the simulator.
for (const [sim, id] of [
  [BMP388_SIM, 0x50],
  [BMP390_SIM, 0x60],
] as const)
  test(`a ${sim.driver} in a room and in frost`, async (t) => {
    const rig = await chipRig(t, sim);
    const chip = bmp3Chip(rig.clock, id, ROOM);
    rig.plug(chip);
    near(await rig.read(), { temperature: 25.543256323, pressure: 977.435702009 }, 1e-8);
    chip.raw = FROST;
    near(await rig.read(), { temperature: -11.900554429, pressure: 982.371236669 }, 1e-8);
  });

test('oversampling and filter are written as the datasheet codes them, and waited for', async (t) => {
  const sensor = { address: '0x76', temperatureOversampling: 2, pressureOversampling: 32, filter: 15 };
  const rig = await chipRig(t, { ...BMP388_SIM, sensor });
  const chip = bmp3Chip(rig.clock, 0x50, ROOM);
  rig.plug(chip);
  await rig.read();
  // PWR_CTRL: both on, asleep again. OSR: x32 and x2. CONFIG: coefficient 15.
  assert.deepEqual([chip.registers[0x1b], chip.registers[0x1c], chip.registers[0x1f]], [0x03, 0x0d, 0x08]);
  // 0.234 + 0.392 + 32 * 2.02 + 0.163 + 2 * 2.02 ms is typical; until it is done the ready bits are 0.
  const began = rig.clock.ms;
  await rig.read();
  assert.ok(rig.clock.ms - began >= 1.15 * 69.469);
});

test('one that is slower than it should be, and has its values one after the other, is waited for', async (t) => {
  const rig = await chipRig(t, { ...BMP388_SIM, sensor: { address: '0x76' } });
  const chip = bmp3Chip(rig.clock, 0x50, ROOM);
  chip.slowness = 2;
  chip.apart = 3;
  rig.plug(chip);
  near(await rig.read(), { temperature: 25.543256323, pressure: 977.435702009 }, 1e-8);
});

test('without options each value is measured once and nothing is filtered', async (t) => {
  const rig = await chipRig(t, { ...BMP388_SIM, sensor: { address: '0x76' } });
  const chip = bmp3Chip(rig.clock, 0x50, ROOM);
  rig.plug(chip);
  await rig.read();
  assert.deepEqual([chip.registers[0x1c], chip.registers[0x1f]], [0, 0]);
});

test('one that lost power is found out, and set up anew after three readings', async (t) => {
  const rig = await chipRig(t, BMP388_SIM);
  const chip = bmp3Chip(rig.clock, 0x50, ROOM);
  rig.plug(chip);
  const before = await rig.read();
  chip.reset();
  for (let round = 0; round < 3; round++) near(await rig.read(), both('malformed'));
  near(await rig.settle(), before);
});

test('what was not measured, or is beyond the scale, is no value', async (t) => {
  const rig = await chipRig(t, BMP388_SIM);
  const chip = bmp3Chip(rig.clock, 0x50, { ...ROOM, pressure: 0x800000 });
  rig.plug(chip);
  near(await rig.read(), { temperature: 25.543256323, pressure: { reason: 'busy' } }, 1e-8);
  // 1757 hPa.
  chip.raw = { ...ROOM, pressure: 0x2052f1 };
  near(await rig.read(), { temperature: 25.543256323, pressure: { reason: 'range' } }, 1e-8);
  chip.raw = { ...ROOM, temperature: 0x800000 };
  near(await rig.read(), both('busy'));
});

test('a fatal error is no value', async (t) => {
  const rig = await chipRig(t, BMP388_SIM);
  const chip = bmp3Chip(rig.clock, 0x50, ROOM);
  rig.plug(chip);
  await rig.read();
  chip.registers[0x02] = 0x01;
  near(await rig.read(), both('malformed'));
});

test('a BMP390 is not taken for a BMP388', async (t) => {
  const rig = await chipRig(t, BMP388_SIM);
  rig.plug(bmp3Chip(rig.clock, 0x60, ROOM));
  near(await rig.read(), both('malformed'));
});
