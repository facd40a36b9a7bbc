import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chipRig, mangled } from '../testing/chip-rig.ts';
import { SCD30_SIM, scd30Chip } from '../testing/chips/scd30.ts';
import { near } from '../testing/near.ts';

const EXAMPLE = [0x43db, 0x8c2e, 0x41d9, 0xe7ff, 0x4243, 0x3a1b];

test('the example of the interface description, with the checksums that it prints', async (t) => {
  const rig = await chipRig(t, SCD30_SIM);
  const chip = scd30Chip(rig.clock, EXAMPLE);
  let longest: number[] = [];
  rig.plug(
    mangled(chip, (answer) => {
      if (answer.length > longest.length) longest = answer;
      return answer;
    }),
  );
  near(await rig.read(), { co2: 439.09, temperature: 27.2, humidity: 48.8 }, 0.05);
  assert.equal(Buffer.from(longest).toString('hex'), '43dbcb8c2e8f41d970e7fff54243bf3a1b74');
  // Nothing is ready before the interval of 2 s.
  assert.ok(rig.clock.ms >= 2_000 && rig.clock.ms < 2_500);
  assert.equal(chip.set.interval, 2);
});

test('its memory is written only where a setting differs', async (t) => {
  const options = { temperatureOffset: 1.5, altitude: 1000, ambientPressure: 1013, selfCalibration: true };
  const rig = await chipRig(t, { ...SCD30_SIM, sensor: { address: '0x61', ...options } });
  const chip = scd30Chip(rig.clock, EXAMPLE);
  chip.set = { interval: 2, offset: 0, altitude: 1000, selfCalibration: 0, pressure: 0 };
  rig.plug(chip);
  await rig.read();
  assert.deepEqual(chip.set, {
    interval: 2,
    offset: 150,
    altitude: 1000,
    selfCalibration: 1,
    pressure: 1013,
  });
  // Temperature offset 1.5 degC, self-calibration on, and the start; each with its checksum.
  const written = chip.log.filter((command) => command.length > 4).map((command) => command.slice(0, 8));
  assert.deepEqual(written, ['54030096', '53060001', '001003f5']);
});

test('an offset of 0 is written, none given is left alone', async (t) => {
  for (const [sensor, offset] of [
    [{ address: '0x61', temperatureOffset: 0 }, 0],
    [{ address: '0x61' }, 222],
  ] as const) {
    const rig = await chipRig(t, { ...SCD30_SIM, sensor });
    const chip = scd30Chip(rig.clock, EXAMPLE);
    chip.set.offset = 222;
    rig.plug(chip);
    await rig.read();
    assert.equal(chip.set.offset, offset);
  }
});

test('frost is read, and what is no number or cannot be is no value', async (t) => {
  const rig = await chipRig(t, SCD30_SIM);
  // IEEE 754 by hand: 1234.5 is 449a5000, -12.625 is c14a0000, 3.75 is 40700000.
  const chip = scd30Chip(rig.clock, [0x449a, 0x5000, 0xc14a, 0, 0x4070, 0]);
  rig.plug(chip);
  near(await rig.read(), { co2: 1234.5, temperature: -12.625, humidity: 3.75 });
  chip.raw = [0, 0, 0x7fc0, 0, 0x4370, 0];
  // 0 ppm; NaN; 240 %.
  near(await rig.read(), {
    co2: { reason: 'range' },
    temperature: { reason: 'malformed' },
    humidity: { reason: 'range' },
  });
});
