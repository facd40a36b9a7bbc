import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { chipRig, type Shown } from '../testing/chip-rig.ts';
import { SGP30_SIM, sgp30Chip } from '../testing/chips/sgp30.ts';
import { near } from '../testing/near.ts';

const both = (reason: string): Shown => ({ co2eq: { reason }, tvoc: { reason } });

test('the fixed values of the first 15 s are busy, and then it is read', async (t) => {
  const rig = await chipRig(t, SGP30_SIM);
  const chip = sgp30Chip(rig.clock, { co2eq: 450, tvoc: 37 });
  rig.plug(chip);
  // Four times, which is no failure: it would be opened anew after three, and its warm-up begin again.
  for (let round = 0; round < 4; round++) {
    near(await rig.read(), both('busy'));
    rig.clock.ms += 3_000;
  }
  rig.clock.ms += 3_000;
  near(await rig.read(), { co2eq: 450, tvoc: 37 });
  // Fresh air is 400 and 0 too.
  chip.raw = { co2eq: 400, tvoc: 0 };
  rig.clock.ms += 2_000;
  near(await rig.read(), { co2eq: 400, tvoc: 0 });
  assert.equal(chip.log.filter((command) => command === '2003').length, 1);
});

test('it measures each second between the readings', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const rig = await chipRig(t, SGP30_SIM);
  const chip = sgp30Chip(rig.clock, { co2eq: 450, tvoc: 37 });
  rig.plug(chip);
  await rig.read();
  chip.measuredAt = [];
  for (let second = 0; second < 20; second++) {
    rig.clock.ms += 1_000;
    t.mock.timers.tick(1_000);
    for (let turns = 0; turns < 20; turns++) await turn();
  }
  assert.equal(chip.measuredAt.length, 20);
  near(await rig.read(), { co2eq: 450, tvoc: 37 });
  // A reading takes the last of them, so that it disturbs nothing.
  assert.equal(chip.measuredAt.length, 20);
});

test('the absolute humidity is written in 8.8 bits, with its checksum', async (t) => {
  const rig = await chipRig(t, { ...SGP30_SIM, sensor: { address: '0x58', absoluteHumidity: 15.5 } });
  const chip = sgp30Chip(rig.clock, { co2eq: 450, tvoc: 37 }, { warmUp: 0 });
  rig.plug(chip);
  await rig.read();
  // The datasheet's example: 15.50 g/m3 is 0x0f80.
  assert.equal(chip.humidity, 0x0f80);
});

test('one that lost power and did not answer is started again, and warms up anew', async (t) => {
  const rig = await chipRig(t, SGP30_SIM);
  const chip = sgp30Chip(rig.clock, { co2eq: 450, tvoc: 37 });
  rig.plug(chip);
  await rig.read();
  rig.clock.ms += 16_000;
  near(await rig.read(), { co2eq: 450, tvoc: 37 });
  rig.plug(undefined);
  near(await rig.read(), both('nak'));
  chip.reset();
  rig.plug(chip);
  near(await rig.read(), both('busy'));
  rig.clock.ms += 16_000;
  near(await rig.read(), { co2eq: 450, tvoc: 37 });
});

test('one that lost power between two questions is known by its baseline, and started again', async (t) => {
  const rig = await chipRig(t, SGP30_SIM);
  const chip = sgp30Chip(rig.clock, { co2eq: 450, tvoc: 37 });
  rig.plug(chip);
  await rig.read();
  rig.clock.ms += 3_600_000;
  near(await rig.read(), { co2eq: 450, tvoc: 37 });
  chip.baseline = [0x8973, 0x8aae];
  near(await rig.read(), { co2eq: 450, tvoc: 37 });
  chip.reset();
  // It answers as ever, with 400 ppm and 0 ppb.
  rig.clock.ms += 2_000;
  near(await rig.read(), both('malformed'));
  near(await rig.read(), both('busy'));
  rig.clock.ms += 16_000;
  near(await rig.read(), { co2eq: 450, tvoc: 37 });
  assert.equal(chip.log.filter((command) => command === '2003').length, 2);
});

test('the ends of its scale, and what is beyond', async (t) => {
  const rig = await chipRig(t, SGP30_SIM);
  const chip = sgp30Chip(rig.clock, { co2eq: 60_000, tvoc: 60_000 }, { warmUp: 0 });
  rig.plug(chip);
  near(await rig.read(), { co2eq: 60_000, tvoc: 60_000 });
  chip.raw = { co2eq: 399, tvoc: 60_001 };
  rig.clock.ms += 2_000;
  near(await rig.read(), both('range'));
});

test('a SGPC3 is not taken for a SGP30', async (t) => {
  const rig = await chipRig(t, SGP30_SIM);
  rig.plug(sgp30Chip(rig.clock, { co2eq: 450, tvoc: 37 }, { feature: 0x1006 }));
  near(await rig.read(), both('malformed'));
});
