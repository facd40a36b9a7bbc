import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHIP_DRIVERS } from '@perch/broker-bridge/config/drivers.ts';
import { chipRig } from '../testing/chip-rig.ts';
import { ina219 } from '../testing/chips/ina219.ts';

const at40 = (options: object) => ({ driver: 'ina219', sensor: { address: '0x40', ...options } });
const EXAMPLE = at40({ shunt: 0.002, maxCurrent: 32.768 });
const near = (got: unknown, want: number): void =>
  assert.ok(typeof got === 'number' && Math.abs(got - want) < 1e-9, `${got}, not ${want}`);

test("INA219 gives the numbers of its datasheet's example, with the example's calibration", async (t) => {
  const rig = await chipRig(t, EXAMPLE);
  const chip = ina219(rig.clock);
  rig.plug(chip);
  const { voltage, current, power } = await rig.read();
  near(voltage, 11.98);
  near(current, 10);
  near(power, 119.8);
  assert.equal(chip.registers[5], 0x5000);
  assert.equal(chip.registers[1], 0x07d0);
  assert.equal(chip.registers[2]! & 0xfff8, 0x5d98);
  // 32 V, /2 for up to 65.5 mV, 16 samples of both, triggered.
  assert.equal(chip.registers[0], 0x2e63);
});

test('a current that flows back through an INA219 is negative', async (t) => {
  const rig = await chipRig(t, EXAMPLE);
  rig.plug(ina219(rig.clock, { shunt: -301, bus: 1_250 }));
  const { voltage, current, power } = await rig.read();
  // By hand: -301 * 20480 / 4096 = -1505 of 1 mA; 1250 * 4 mV; 1505 * 1250 / 5000 = 376 of 20 mW.
  near(voltage, 5);
  near(current, -1.505);
  near(power, 7.52);
});

test('an INA219 on a board with 0.1 Ohm is set up for 3.2 A', async (t) => {
  const rig = await chipRig(t, at40({}));
  const chip = ina219(rig.clock, { shunt: 5_000, bus: 3_000 });
  rig.plug(chip);
  const { voltage, current, power } = await rig.read();
  // By hand: bit 3.2 / 32768 = 97.65625 uA; 0.04096 / (bit * 0.1) = 4194.3, so 4194, whose bit is 97.6633 uA.
  assert.equal(chip.registers[5], 4_194);
  assert.equal((chip.registers[0]! >> 11) & 3, 3, '+-320 mV');
  near(voltage, 12);
  // 5000 * 4194 / 4096 = 5119 bits, cut off; within one bit of 50 mV / 0.1 Ohm.
  assert.ok(Math.abs((current as number) - 0.5) < 0.0001, `${current}`);
  assert.ok(Math.abs((power as number) - 6) < 0.004, `${power}`);
});

for (const [what, change] of [
  ['a shunt voltage beyond its range', { input: { shunt: 9_000, bus: 2_995 } }],
  ['a shunt voltage beyond its range backwards', { input: { shunt: -9_000, bus: 2_995 } }],
  ['a reckoning that ran over', { overflow: true }],
] as const)
  test(`INA219: ${what} leaves the voltage alone`, async (t) => {
    const rig = await chipRig(t, EXAMPLE);
    const chip = ina219(rig.clock);
    rig.plug(Object.assign(chip, change));
    const { voltage, ...others } = await rig.read();
    near(voltage, 11.98);
    assert.deepEqual(others, { current: { reason: 'range' }, power: { reason: 'range' } });
  });

test('an INA219 that was without power gives no zero current, and is set up anew', async (t) => {
  const rig = await chipRig(t, EXAMPLE);
  rig.plug(ina219(rig.clock));
  await rig.read();
  const fresh = ina219(rig.clock);
  rig.plug(fresh);
  const malformed = { reason: 'malformed' };
  assert.deepEqual(await rig.read(), { voltage: malformed, current: malformed, power: malformed });
  assert.match(rig.log.join('\n'), /its calibration is 0x0: it was without power/);
  near((await rig.settle()).current, 10);
  assert.equal(fresh.registers[5], 0x5000);
});

for (const samples of [1, 16, 128])
  test(`INA219 is given its time for ${samples} samples`, async (t) => {
    const sensor = at40({ samples, shunt: 0.002, maxCurrent: 32.768 });
    const rig = await chipRig(t, sensor);
    rig.plug(ina219(rig.clock));
    await rig.read();
    const began = rig.clock.ms;
    near((await rig.read()).current, 10);
    assert.ok(rig.clock.ms - began >= 2 * 0.586 * samples);
    assert.ok(rig.clock.ms - began <= CHIP_DRIVERS.get('ina219')!.chip.measuring(sensor.sensor));
  });

test('wiring that no INA219 can measure whole is measured as far as it goes', async (t) => {
  for (const [shunt, maxCurrent] of [
    [0.0001, 0.001],
    [100, 1_000],
    [100, 0.001],
    [0.0001, 1_000],
  ] as const) {
    const rig = await chipRig(t, at40({ shunt, maxCurrent }));
    rig.plug(ina219(rig.clock, { shunt: 1, bus: 1_000 }));
    const { voltage, current } = await rig.read();
    near(voltage, 4);
    assert.ok(
      typeof current === 'number' && Math.abs(current - 0.00001 / shunt) <= 0.04096 / shunt / 2,
      `${current}`,
    );
  }
});
