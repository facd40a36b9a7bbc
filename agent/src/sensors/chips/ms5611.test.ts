import assert from 'node:assert/strict';
import { test } from 'node:test';
import { promCrc } from '@perch/broker-bridge/devices/i2c/ms5611.ts';
import { chipRig } from '../testing/chip-rig.ts';
import { EXAMPLE_PROM, ms5611 } from '../testing/chips/ms5611.ts';

const at77 = (options: object = {}) => ({ driver: 'ms5611', sensor: { address: '0x77', ...options } });

test('the CRC-4 of a PROM is that of application note AN520', () => {
  assert.equal(promCrc([0x3132, 0x3334, 0x3536, 0x3738, 0x3940, 0x4142, 0x4344, 0x4500]), 0xb);
  assert.equal(
    promCrc([0x3132, 0x3334, 0x3536, 0x3738, 0x3940, 0x4142, 0x4344, 0x45ff]),
    0xb,
    'its own place',
  );
  assert.notEqual(promCrc([0x3132, 0x3334, 0x3536, 0x3738, 0x3940, 0x4142, 0x4344, 0x4600]), 0xb);
});

test("MS5611 gives its datasheet's example, 20.07 degC and 1000.09 hPa", async (t) => {
  const rig = await chipRig(t, at77());
  rig.plug(ms5611(rig.clock));
  const { temperature, pressure } = await rig.read();
  // The datasheet rounds at each step; without that both are up to a hundredth higher.
  assert.equal(Math.trunc((temperature as number) * 100), 2_007);
  assert.equal(Math.trunc((pressure as number) * 100), 100_009);
});

// By hand in exact fractions, from the datasheet's formulae and its example's C1 to C6.
for (const [what, raw, temperature, pressure] of [
  // dT 1533216, TEMP 7174.69.
  [
    'above 20 degC has no second order',
    { d1: 9_500_000, d2: 10_100_000 },
    71.74685882568359,
    1187.201994651574,
  ],
  // dT -766784, TEMP -587.94, T2 273.79, OFF2 16743544.15, SENS2 8371772.08.
  ['below 20 degC', { d1: 8_600_000, d2: 7_800_000 }, -8.617260913848877, 856.8411022867069],
  // dT -1366784, TEMP -2612.97, T2 869.90, OFF2 61869607.23, SENS2 33412203.58.
  ['below -15 degC', { d1: 8_600_000, d2: 7_200_000 }, -34.82870147705078, 804.1888669794979],
] as const)
  test(`MS5611 ${what}`, async (t) => {
    const rig = await chipRig(t, at77());
    rig.plug(ms5611(rig.clock, raw));
    const shown = await rig.read();
    assert.ok(Math.abs((shown.temperature as number) - temperature) < 1e-6, `${shown.temperature} degC`);
    assert.ok(Math.abs((shown.pressure as number) - pressure) < 1e-6, `${shown.pressure} hPa`);
  });

test('what no MS5611 can measure is out of range', async (t) => {
  const rig = await chipRig(t, at77());
  rig.plug(ms5611(rig.clock, { d1: 16_777_215, d2: 6_800_000 }));
  const range = { reason: 'range' };
  assert.deepEqual(await rig.read(), { pressure: range, temperature: range });
});

for (const [oversampling, d1, d2] of [
  [256, 0x40, 0x50],
  [512, 0x42, 0x52],
  [1024, 0x44, 0x54],
  [2048, 0x46, 0x56],
  [4096, 0x48, 0x58],
] as const)
  test(`MS5611 converts with ${oversampling} samples and is not asked too early`, async (t) => {
    const rig = await chipRig(t, at77({ oversampling }));
    const chip = ms5611(rig.clock);
    rig.plug(chip);
    assert.equal(typeof (await rig.read()).pressure, 'number');
    assert.deepEqual(
      chip.commands.filter((command) => command !== 0 && command < 0xa0),
      [0x1e, d1, d2],
    );
  });

test('a coefficient of MS5611 that lost a bit is a crc fault', async (t) => {
  const rig = await chipRig(t, at77());
  const chip = ms5611(rig.clock);
  rig.plug(chip);
  await rig.read();
  for (let word = 0; word < 8; word++) {
    chip.prom = EXAMPLE_PROM.map((value, at) => (at === word ? value ^ 0x0400 : value));
    assert.deepEqual((await rig.settle()).pressure, { reason: 'crc' }, `word ${word}`);
  }
});

test('another MS5611 in the place of the first is read with its own coefficients', async (t) => {
  const rig = await chipRig(t, at77());
  rig.plug(ms5611(rig.clock));
  await rig.read();
  const prom = [...EXAMPLE_PROM];
  prom[6] = 28_000;
  prom[7] = 0x4500 | promCrc(prom);
  rig.plug(ms5611(rig.clock, { d1: 9_085_466, d2: 8_569_150 }, prom));
  // By hand: 20 degC + 2366 * 28000 / 2^23 of 0.01 degC.
  assert.ok(Math.abs(((await rig.read()).temperature as number) - 20.0789737701416) < 1e-9);
});

test('a bus that is stuck low is no MS5611, though all zeros have a right checksum', async (t) => {
  const { read } = await chipRig(t, at77(), { write: () => {}, read: (length) => Array(length).fill(0) });
  assert.deepEqual((await read()).pressure, { reason: 'malformed' });
});
