import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chipRig } from '../testing/chip-rig.ts';
import { AHT20_SIM, aht20Chip } from '../testing/chips/aht20.ts';
import { near } from '../testing/near.ts';

test('an AHT20 is reset and measures for 80 ms', async (t) => {
  const rig = await chipRig(t, AHT20_SIM);
  const chip = aht20Chip(rig.clock, { humidity: 0x7a1c3, temperature: 0x5f2e7 });
  rig.plug(chip);
  // By hand: 500163 / 2^20 * 100 and 389863 / 2^20 * 200 - 50.
  near(await rig.read(), { temperature: 24.360466, humidity: 47.699261 });
  assert.deepEqual(chip.log, ['ba', 'ac3300']);
  // Read sooner, it would have been busy and shown what it measured before.
  chip.raw = { humidity: 0x12345, temperature: 0x38a51 };
  const began = rig.clock.ms;
  // 74565 / 2^20 * 100 and 232017 / 2^20 * 200 - 50.
  near(await rig.read(), { temperature: -5.746269, humidity: 7.111073 });
  assert.ok(rig.clock.ms - began >= 80);
});

test('the ends of the scale', async (t) => {
  const rig = await chipRig(t, AHT20_SIM);
  const chip = aht20Chip(rig.clock, { humidity: 0, temperature: 0 });
  rig.plug(chip);
  near(await rig.read(), { temperature: { reason: 'range' }, humidity: 0 });
  chip.raw = { humidity: 0xfffff, temperature: 0xfffff };
  near(await rig.read(), { temperature: { reason: 'range' }, humidity: 99.999905 });
});

test('one without its calibration is initialised', async (t) => {
  const rig = await chipRig(t, AHT20_SIM);
  const chip = aht20Chip(rig.clock, { humidity: 0x7a1c3, temperature: 0x5f2e7 });
  chip.calibrated = false;
  rig.plug(chip);
  near(await rig.read(), { temperature: 24.360466, humidity: 47.699261 });
  assert.deepEqual(chip.log, ['ba', 'be0800', 'ac3300']);
});

test('one that is slow to start is waited for, and is not taken for one without calibration', async (t) => {
  const rig = await chipRig(t, AHT20_SIM);
  const chip = aht20Chip(rig.clock, { humidity: 0x7a1c3, temperature: 0x5f2e7 });
  chip.startMs = 60;
  rig.plug(chip);
  near(await rig.read(), { temperature: 24.360466, humidity: 47.699261 });
  assert.deepEqual(chip.log, ['ba', 'ac3300']);
});

test('one that cannot load its calibration, or lost it, gives no numbers', async (t) => {
  const malformed = { temperature: { reason: 'malformed' }, humidity: { reason: 'malformed' } };
  const rig = await chipRig(t, AHT20_SIM);
  const chip = aht20Chip(rig.clock, { humidity: 0x7a1c3, temperature: 0x5f2e7 });
  chip.calibrated = false;
  chip.deaf = true;
  rig.plug(chip);
  near(await rig.read(), malformed);
  chip.deaf = false;
  near(await rig.settle(), { temperature: 24.360466, humidity: 47.699261 });
  chip.calibrated = false;
  for (let round = 0; round < 3; round++) near(await rig.read(), malformed);
  near(await rig.settle(), { temperature: 24.360466, humidity: 47.699261 });
});
