import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chipRig } from '../testing/chip-rig.ts';
import { SHT3X_SIM, sht3xChip } from '../testing/chips/sht3x.ts';
import { near } from '../testing/near.ts';

test('an SHT3x is stopped, reset and read with its longest measuring time', async (t) => {
  const rig = await chipRig(t, SHT3X_SIM);
  const chip = sht3xChip(rig.clock, { temperature: 0x6667, humidity: 0x5eb9 });
  rig.plug(chip);
  // Sensirion's vector: 0x6667 is 25.0 degC, 0x5eb9 is 37 % RH.
  near(await rig.read(), { temperature: 25, humidity: 37 }, 0.005);
  assert.deepEqual(chip.log, ['3093', '30a2', 'f32d', '2400']);
  // Read before 15.5 ms are over, it would not have acknowledged.
  assert.ok(rig.clock.ms >= 15.5);
});

test('an SHT3x below zero, and at the ends of its scale', async (t) => {
  const rig = await chipRig(t, SHT3X_SIM);
  const read = (temperature: number, humidity: number) => {
    rig.plug(sht3xChip(rig.clock, { temperature, humidity }));
    return rig.read();
  };
  // By hand from the formulae: -45 + 175 * 14940 / 65535 and 100 * 1234 / 65535.
  near(await read(0x3a5c, 0x04d2), { temperature: -5.105287, humidity: 1.882963 });
  // -45 and 130 degC are the ends of the code, beyond -40..125 degC of the part.
  near(await read(0, 0), { temperature: { reason: 'range' }, humidity: 0 });
  near(await read(0xffff, 0xffff), { temperature: { reason: 'range' }, humidity: 100 });
});

test('a chip that does not let go of its heater in a reset is no SHT3x', async (t) => {
  const rig = await chipRig(t, SHT3X_SIM);
  rig.plug(sht3xChip(rig.clock, { temperature: 0x6667, humidity: 0x5eb9, status: 0xa010 }));
  const malformed = { reason: 'malformed' };
  near(await rig.read(), { temperature: malformed, humidity: malformed });
});
