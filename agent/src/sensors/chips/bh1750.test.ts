import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHIP_DRIVERS } from '@perch/broker-bridge/config/drivers.ts';
import { chipRig } from '../testing/chip-rig.ts';
import { bh1750 } from '../testing/chips/bh1750.ts';

const at23 = (options: object) => ({ driver: 'bh1750', sensor: { address: '0x23', ...options } });

test("BH1750 gives the numbers of its datasheet's examples", async (t) => {
  const rig = await chipRig(t, at23({}));
  const chip = bh1750(rig.clock);
  rig.plug(chip);
  // 0x8390 as the datasheet has it; the others by hand, counts / 1.2.
  for (const [counts, lux] of [
    [0x8390, 28_066.7],
    [0x0110, 226.7],
    [0x0001, 0.8],
    [0x0000, 0],
    [0xfffe, 54_611.7],
  ] as const) {
    chip.counts = counts;
    const { illuminance } = await rig.read();
    assert.equal(Math.round((illuminance as number) * 10) / 10, lux);
  }
  chip.counts = 0xffff;
  assert.deepEqual(await rig.read(), { illuminance: { reason: 'range' } }, 'saturated');
});

for (const [measurementTime, high, low] of [
  [31, 0x40, 0x7f],
  [69, 0x42, 0x65],
  [138, 0x44, 0x6a],
  [254, 0x47, 0x7e],
] as const)
  test(`BH1750 counts in proportion to a measurement time of ${measurementTime}, and is given it`, async (t) => {
    const sensor = at23({ measurementTime });
    const rig = await chipRig(t, sensor);
    const chip = bh1750(rig.clock, 6_900);
    rig.plug(chip);
    await rig.read();
    chip.opcodes.length = 0;
    const began = rig.clock.ms;
    const { illuminance } = await rig.read();
    assert.ok(Math.abs((illuminance as number) - 5_750) < 1e-6, `${illuminance}`);
    assert.deepEqual(chip.opcodes, [0x01, 0x07, high, low, 0x20]);
    assert.ok(rig.clock.ms - began >= (180 * measurementTime) / 69);
    assert.ok(rig.clock.ms - began <= CHIP_DRIVERS.get('bh1750')!.chip.measuring(sensor.sensor));
  });

test('a BH1750 that was without power counts with the right time again', async (t) => {
  const rig = await chipRig(t, at23({ measurementTime: 138 }));
  rig.plug(bh1750(rig.clock, 6_900));
  await rig.read();
  rig.plug(bh1750(rig.clock, 690));
  assert.deepEqual(await rig.read(), { illuminance: 575 });
});
