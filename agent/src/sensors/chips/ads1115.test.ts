import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHIP_DRIVERS } from '@perch/broker-bridge/config/drivers.ts';
import { chipRig } from '../testing/chip-rig.ts';
import { ads1115 } from '../testing/chips/ads1115.ts';

const at48 = (options: object) => ({ driver: 'ads1115', sensor: { address: '0x48', ...options } });

test('one bit of an ADS1115 is what its datasheet says for each full scale (SBAS444, Full-Scale Range)', async (t) => {
  for (const [scale, microvolts, pga] of [
    [6.144, 187.5, 0],
    [4.096, 125, 1],
    [2.048, 62.5, 2],
    [1.024, 31.25, 3],
    [0.512, 15.625, 4],
    [0.256, 7.8125, 5],
  ] as const) {
    const rig = await chipRig(t, at48({ channels: { a2: scale } }));
    const chip = ads1115(rig.clock, { 6: 1 });
    rig.plug(chip);
    const { a2 } = await rig.read();
    assert.ok(typeof a2 === 'number' && Math.abs(a2 - microvolts * 1e-6) < 1e-12, `${scale} V: ${a2}`);
    assert.equal((chip.registers[1]! >> 9) & 7, pga);
  }
});

test('codes of an ADS1115 at full scale are out of range, those beside them are voltages', async (t) => {
  const rig = await chipRig(t, at48({ channels: { a0: 2.048 } }));
  const chip = ads1115(rig.clock, {});
  rig.plug(chip);
  // By hand: 2.048 V / 32768 = 62.5 uV each.
  for (const [code, volts] of [
    [0x7fff, undefined],
    [0x7ffe, 2.047875],
    [0x0001, 0.0000625],
    [0xffff, -0.0000625],
    [0x8001, -2.0479375],
    [0x8000, undefined],
  ] as const) {
    chip.codes[4] = code;
    const { a0 } = await rig.read();
    if (volts === undefined) assert.deepEqual(a0, { reason: 'range' });
    else assert.ok(typeof a0 === 'number' && Math.abs(a0 - volts) < 1e-12, `${code}: ${a0}`);
  }
});

test('one channel at full scale does not take the others with it', async (t) => {
  const rig = await chipRig(t, at48({}));
  rig.plug(ads1115(rig.clock, { 4: 0x7fff, 5: 0x1f40, 6: 0x00fa, 7: 0x3e80 }));
  assert.deepEqual(await rig.read(), { a0: { reason: 'range' }, a1: 1, a2: 0.03125, a3: 2 });
});

test('every input of an ADS1115 is chosen by its own MUX, in a fixed order', async (t) => {
  const all = { a23: 4.096, a13: 4.096, a03: 4.096, a01: 4.096, a3: 4.096, a2: 4.096, a1: 4.096, a0: 4.096 };
  const rig = await chipRig(t, at48({ channels: all }));
  const chip = ads1115(
    rig.clock,
    Object.fromEntries([0, 1, 2, 3, 4, 5, 6, 7].map((mux) => [mux, (4000 * mux - 16_000) & 0xffff])),
  );
  rig.plug(chip);
  assert.deepEqual(await rig.read(), {
    a0: 0,
    a1: 0.5,
    a2: 1,
    a3: 1.5,
    a01: -2,
    a03: -1.5,
    a13: -1,
    a23: -0.5,
  });
  // OS, MUX, +-4.096 V, single shot, 128 in a second, comparator off.
  assert.deepEqual(chip.written, [0xc383, 0xd383, 0xe383, 0xf383, 0x8383, 0x9383, 0xa383, 0xb383]);
});

for (const rate of [8, 128, 860])
  test(`ADS1115 is given its time at ${rate} conversions in a second`, async (t) => {
    const sensor = at48({ channels: { a0: 4.096, a01: 4.096 }, rate });
    const rig = await chipRig(t, sensor);
    rig.plug(ads1115(rig.clock, { 4: 0x2710, 0: 0x03e8 }));
    const began = rig.clock.ms;
    assert.deepEqual(await rig.read(), { a0: 1.25, a01: 0.125 });
    assert.ok(rig.clock.ms - began >= 2_200 / rate);
    assert.ok(rig.clock.ms - began <= CHIP_DRIVERS.get('ads1115')!.chip.measuring(sensor.sensor));
  });

test('an ADS1115 without power between two readings measures as before', async (t) => {
  const rig = await chipRig(t, at48({ channels: { a1: 0.256 } }));
  rig.plug(ads1115(rig.clock, { 5: 0x0400 }));
  assert.deepEqual(await rig.read(), { a1: 0.008 });
  rig.plug(ads1115(rig.clock, { 5: 0xfc00 }));
  assert.deepEqual(await rig.read(), { a1: -0.008 });
});
