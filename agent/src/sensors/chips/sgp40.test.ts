import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chipRig } from '../testing/chip-rig.ts';
import { SGP40_SIM, sgp40Chip } from '../testing/chips/sgp40.ts';
import { near } from '../testing/near.ts';

test('without options it is told 50 % and 25 degC, as the datasheet writes them', async (t) => {
  const rig = await chipRig(t, SGP40_SIM);
  const chip = sgp40Chip(rig.clock, 0x7a31);
  rig.plug(chip);
  near(await rig.read(), { srawVoc: 31281 });
  // "sgp40_measure_raw_signal": the default parameters 0x8000 and 0x6666 with their checksums 0xa2 and 0x93.
  assert.deepEqual(chip.log, ['3682', '280e', '260f8000a2666693', '260f8000a2666693']);
});

test('the air that is given is sent along', async (t) => {
  const sensor = { address: '0x59', airHumidity: 80, airTemperature: -10 };
  const rig = await chipRig(t, { ...SGP40_SIM, sensor });
  const chip = sgp40Chip(rig.clock, 0x7a31);
  rig.plug(chip);
  await rig.read();
  // By hand: 80 * 65535 / 100 = 52428 and 35 * 65535 / 175 = 13107.
  assert.deepEqual(chip.air, [52428, 13107]);
});

test('a hotplate that went cold is heated before it counts', async (t) => {
  const rig = await chipRig(t, SGP40_SIM);
  const chip = sgp40Chip(rig.clock, 0x7a31);
  rig.plug(chip);
  near(await rig.read(), { srawVoc: 31281 });
  chip.reset();
  const began = rig.clock.ms;
  near(await rig.read(), { srawVoc: 31281 });
  assert.ok(rig.clock.ms - began >= 200);
});

test('the ends of its scale are signals too', async (t) => {
  const rig = await chipRig(t, SGP40_SIM);
  for (const signal of [0, 65_535]) {
    rig.plug(sgp40Chip(rig.clock, signal));
    near(await rig.read(), { srawVoc: signal });
  }
});

test('one that fails its self-test gives no numbers', async (t) => {
  const rig = await chipRig(t, SGP40_SIM);
  rig.plug(sgp40Chip(rig.clock, 0x7a31, 0x4b00));
  near(await rig.read(), { srawVoc: { reason: 'malformed' } });
});
