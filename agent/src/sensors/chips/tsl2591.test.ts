import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHIP_DRIVERS } from '@perch/broker-bridge/config/drivers.ts';
import { chipRig } from '../testing/chip-rig.ts';
import { tsl2591 } from '../testing/chips/tsl2591.ts';

const at29 = (options: object) => ({ driver: 'tsl2591', sensor: { address: '0x29', ...options } });
const range = { reason: 'range' };

test('TSL2591 gives both channels, and lx by the formula in common use', async (t) => {
  const rig = await chipRig(t, at29({}));
  const chip = tsl2591(rig.clock);
  rig.plug(chip);
  // By hand: (2500 - 500) * (1 - 0.2) * 408 / (100 * 25) = 261.12.
  chip.light = { all: 2_500, infrared: 500 };
  assert.deepEqual(await rig.read(), { illuminance: 261.12, full: 2_500, infrared: 500 });
  chip.light = { all: 0, infrared: 0 };
  assert.deepEqual(await rig.read(), { illuminance: 0, full: 0, infrared: 0 });
  chip.light = { all: 300, infrared: 300 };
  assert.deepEqual(await rig.read(), { illuminance: 0, full: 300, infrared: 300 });
});

test('more infrared than light in all gives no lx', async (t) => {
  const rig = await chipRig(t, at29({}));
  rig.plug(tsl2591(rig.clock, { all: 10, infrared: 11 }));
  assert.deepEqual(await rig.read(), { illuminance: range, full: 10, infrared: 11 });
});

for (const [integration, most, infrared] of [
  [100, 36_863, 15_000],
  [200, 65_535, 30_000],
  [600, 65_535, 600],
] as const)
  test(`TSL2591 is saturated at ${most} counts in ${integration} ms`, async (t) => {
    const rig = await chipRig(t, at29({ integration, gain: 1 }));
    const chip = tsl2591(rig.clock, { all: most - 1, infrared });
    rig.plug(chip);
    const below = await rig.read();
    assert.equal(typeof below.illuminance, 'number');
    assert.equal(below.full, most - 1);
    chip.light = { all: most, infrared };
    assert.deepEqual(await rig.read(), { illuminance: range, full: range, infrared });
    chip.light = { all: most, infrared: most };
    assert.deepEqual(await rig.read(), { illuminance: range, full: range, infrared: range });
  });

for (const [gain, integration, control] of [
  [1, 100, 0x00],
  [25, 300, 0x12],
  [428, 600, 0x25],
  [9876, 200, 0x31],
] as const)
  test(`TSL2591 is set to gain ${gain} and ${integration} ms, and given its time`, async (t) => {
    const sensor = at29({ gain, integration });
    const rig = await chipRig(t, sensor);
    const chip = tsl2591(rig.clock, { all: 2_500, infrared: 500 });
    rig.plug(chip);
    await rig.read();
    const began = rig.clock.ms;
    const { illuminance } = await rig.read();
    const want = (1_600 * 408) / (gain * integration);
    assert.ok(Math.abs((illuminance as number) - want) < 1e-9, `${illuminance}`);
    assert.deepEqual([...chip.registers.subarray(0, 2)], [0x00, control], 'off again, its settings');
    assert.ok(rig.clock.ms - began >= (108 * integration) / 100);
    assert.ok(rig.clock.ms - began <= CHIP_DRIVERS.get('tsl2591')!.chip.measuring(sensor.sensor));
  });

test('a TSL2591 that was without power measures with its settings again', async (t) => {
  const rig = await chipRig(t, at29({ gain: 428 }));
  rig.plug(tsl2591(rig.clock));
  await rig.read();
  const fresh = tsl2591(rig.clock, { all: 2_500, infrared: 500 });
  rig.plug(fresh);
  assert.equal((await rig.read()).full, 2_500);
  assert.equal(fresh.registers[1], 0x20);
});

test('a TSL2591 that loses its power while it measures gives no number', async (t) => {
  const rig = await chipRig(t, at29({ gain: 428 }));
  const chip = tsl2591(rig.clock);
  rig.plug({
    write: chip.write,
    read(length) {
      const answer = chip.read(length);
      // A brown-out after the status was asked: the settings are those of power-up.
      if (chip.registers[0x13] === 1) chip.registers[1] = 0;
      return answer;
    },
  });
  const malformed = { reason: 'malformed' };
  assert.deepEqual(await rig.read(), { illuminance: malformed, full: malformed, infrared: malformed });
});
