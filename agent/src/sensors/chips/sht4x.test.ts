import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chipRig } from '../testing/chip-rig.ts';
import { SHT4X_SIM, sht4xChip } from '../testing/chips/sht4x.ts';
import { near } from '../testing/near.ts';

test('an SHT4x is reset, asked for its serial number and read', async (t) => {
  const rig = await chipRig(t, SHT4X_SIM);
  const chip = sht4xChip(rig.clock, { temperature: 0x6667, humidity: 0x5eb9 });
  rig.plug(chip);
  // By hand: -45 + 175 * 26215 / 65535 and -6 + 125 * 24249 / 65535.
  near(await rig.read(), { temperature: 25.00267, humidity: 40.252003 });
  assert.deepEqual(chip.log, ['94', '89', 'fd']);
});

for (const [precision, command, ms] of [
  ['high', 'fd', 8.3],
  ['medium', 'f6', 4.5],
  ['low', 'e0', 1.6],
] as const)
  test(`an SHT4x at ${precision} precision`, async (t) => {
    const rig = await chipRig(t, { ...SHT4X_SIM, sensor: { address: '0x46', precision } });
    const chip = sht4xChip(rig.clock, { temperature: 0x3a5c, humidity: 0x04d2 });
    rig.plug(chip);
    // By hand: -45 + 175 * 14940 / 65535; -6 + 125 * 1234 / 65535 = -3.6, which is cropped.
    near(await rig.read(), { temperature: -5.105287, humidity: 0 });
    assert.equal(chip.log.at(-1), command);
    // Sooner, it would not have acknowledged.
    const began = rig.clock.ms;
    await rig.read();
    assert.ok(rig.clock.ms - began >= ms);
  });

test('an SHT4x at the ends of its scale', async (t) => {
  const rig = await chipRig(t, SHT4X_SIM, undefined);
  rig.plug(sht4xChip(rig.clock, { temperature: 0xffff, humidity: 0xffff }));
  near(await rig.read(), { temperature: { reason: 'range' }, humidity: 100 });
  rig.plug(sht4xChip(rig.clock, { temperature: 0, humidity: 0 }));
  near(await rig.read(), { temperature: { reason: 'range' }, humidity: 0 });
});
