import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHIP_DRIVERS } from '@perch/broker-bridge/config/drivers.ts';
import { chipRig } from '../testing/chip-rig.ts';
import { ina226 } from '../testing/chips/ina226.ts';

const at40 = (options: object) => ({ driver: 'ina226', sensor: { address: '0x40', ...options } });
const EXAMPLE = at40({ shunt: 0.002, maxCurrent: 32.768 });
const near = (got: unknown, want: number): void =>
  assert.ok(typeof got === 'number' && Math.abs(got - want) < 1e-9, `${got}, not ${want}`);

test("INA226 gives the numbers of its datasheet's example, with the example's calibration", async (t) => {
  const rig = await chipRig(t, EXAMPLE);
  const chip = ina226(rig.clock);
  rig.plug(chip);
  const { voltage, current, power } = await rig.read();
  near(voltage, 11.98);
  near(current, 10);
  near(power, 119.8);
  assert.equal(chip.registers[5], 0x0a00);
  assert.deepEqual(
    [1, 2, 3, 4].map((register) => chip.registers[register]),
    [0x1f40, 0x2570, 0x12b8, 0x2710],
  );
  // 16 samples, 1.1 ms for both, triggered.
  assert.equal(chip.registers[0], 0x4523);
});

test('a current that flows back through an INA226 is negative', async (t) => {
  const rig = await chipRig(t, EXAMPLE);
  rig.plug(ina226(rig.clock, { shunt: -1_204, bus: 4_000 }));
  const { voltage, current, power } = await rig.read();
  // By hand: -1204 * 2560 / 2048 = -1505 of 1 mA; 4000 * 1.25 mV; 1505 * 4000 / 20000 = 301 of 25 mW.
  near(voltage, 5);
  near(current, -1.505);
  near(power, 7.525);
});

test('an INA226 on a board with 0.1 Ohm is set up for 0.8 A', async (t) => {
  const rig = await chipRig(t, at40({}));
  const chip = ina226(rig.clock, { shunt: 20_000, bus: 9_600 });
  rig.plug(chip);
  const { voltage, current, power } = await rig.read();
  // By hand: bit 0.8 / 32768 = 24.4140625 uA; 0.00512 / (bit * 0.1) = 2097.15, so 2097.
  assert.equal(chip.registers[5], 2_097);
  near(voltage, 12);
  // Within one bit of 50 mV / 0.1 Ohm.
  assert.ok(Math.abs((current as number) - 0.5) < 0.00003, `${current}`);
  assert.ok(Math.abs((power as number) - 6) < 0.0008, `${power}`);
});

test('an INA226 with the ids of another part is refused', async (t) => {
  for (const [register, value] of [
    [254, 0x5448],
    [255, 0x2270],
  ] as const) {
    const rig = await chipRig(t, EXAMPLE);
    const chip = ina226(rig.clock);
    chip.registers[register] = value;
    rig.plug(chip);
    assert.deepEqual((await rig.read()).voltage, { reason: 'malformed' });
  }
});

for (const [what, change] of [
  ['a shunt voltage beyond its range', { input: { shunt: 33_000, bus: 9_584 } }],
  ['a shunt voltage beyond its range backwards', { input: { shunt: -33_000, bus: 9_584 } }],
  ['a reckoning that ran over', { overflow: true }],
] as const)
  test(`INA226: ${what} leaves the voltage alone`, async (t) => {
    const rig = await chipRig(t, EXAMPLE);
    const chip = ina226(rig.clock);
    rig.plug(Object.assign(chip, change));
    const { voltage, ...others } = await rig.read();
    near(voltage, 11.98);
    assert.deepEqual(others, { current: { reason: 'range' }, power: { reason: 'range' } });
  });

test('an INA226 that was without power gives no zero current, and is set up anew', async (t) => {
  const rig = await chipRig(t, EXAMPLE);
  rig.plug(ina226(rig.clock));
  await rig.read();
  const fresh = ina226(rig.clock);
  rig.plug(fresh);
  const malformed = { reason: 'malformed' };
  assert.deepEqual(await rig.read(), { voltage: malformed, current: malformed, power: malformed });
  assert.match(rig.log.join('\n'), /its calibration is 0x0: it was without power/);
  near((await rig.settle()).current, 10);
  assert.equal(fresh.registers[5], 0x0a00);
});

for (const samples of [1, 16, 1024])
  test(`INA226 is given its time for ${samples} samples`, async (t) => {
    const sensor = at40({ samples, shunt: 0.002, maxCurrent: 32.768 });
    const rig = await chipRig(t, sensor);
    rig.plug(ina226(rig.clock));
    await rig.read();
    const began = rig.clock.ms;
    near((await rig.read()).current, 10);
    assert.ok(rig.clock.ms - began >= 2 * 1.21 * samples);
    assert.ok(rig.clock.ms - began <= CHIP_DRIVERS.get('ina226')!.chip.measuring(sensor.sensor));
  });

test('wiring that no INA226 can measure whole is measured as far as it goes', async (t) => {
  for (const [shunt, maxCurrent] of [
    [0.0001, 0.001],
    [100, 1_000],
    [100, 0.001],
    [0.0001, 1_000],
  ] as const) {
    const rig = await chipRig(t, at40({ shunt, maxCurrent }));
    rig.plug(ina226(rig.clock, { shunt: 4, bus: 3_200 }));
    const { voltage, current } = await rig.read();
    near(voltage, 4);
    assert.ok(
      typeof current === 'number' && Math.abs(current - 0.00001 / shunt) <= 0.00512 / shunt,
      `${current}`,
    );
  }
});
