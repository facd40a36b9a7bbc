import assert from 'node:assert/strict';
import { test } from 'node:test';
import { I2C_CHIPS } from '@perch/broker-bridge/devices/i2c/index.ts';
import type { I2cDevice } from '@perch/broker-bridge/devices/i2c-chip.ts';
import type { ChipSim, Clock } from '../testing/chip-rig.ts';
import { CHIP_SIMS } from '../testing/chips/index.ts';
import type { Chip } from '../testing/simulated-i2c.ts';

function deviceOf(chip: Chip, clock: Clock, address: number): I2cDevice {
  return {
    address,
    async read(register, length) {
      chip.write([register]);
      return Uint8Array.from(chip.read(length));
    },
    receive: async (length) => Uint8Array.from(chip.read(length)),
    write: async (bytes) => chip.write(bytes),
    async delay(ms) {
      clock.ms += ms;
    },
    now: () => clock.ms,
  };
}

const says = (sim: ChipSim, identify: NonNullable<(typeof I2C_CHIPS)[number]['identify']>) => {
  const clock = { ms: 0 };
  return identify.is(deviceOf(sim.chip(clock), clock, Number(sim.sensor.address))).catch(() => false);
};

for (const chip of I2C_CHIPS) {
  const { identify, driver, addresses } = chip;
  if (!identify) continue;

  test(`${driver}: knows its own, and nothing that only acknowledges`, async () => {
    for (const sim of CHIP_SIMS.filter((other) => other.driver === driver))
      assert.equal(await says(sim, identify), true);
    for (const byte of [0x00, 0x3c, 0xff]) {
      const dumb: Chip = { write: () => {}, read: (length) => Array.from({ length }, () => byte) };
      const device = deviceOf(dumb, { ms: 0 }, addresses[0]!);
      assert.equal(await identify.is(device).catch(() => false), false, `all ${byte}`);
    }
  });

  test(`${driver}: takes no other chip of its addresses for its own`, async () => {
    for (const other of I2C_CHIPS.filter((one) => one !== chip)) {
      if (!other.addresses.some((address) => addresses.includes(address))) continue;
      // An SCD40 and an SCD41 answer alike.
      if (/^scd4/.test(driver) && /^scd4/.test(other.driver)) continue;
      for (const sim of CHIP_SIMS.filter((one) => one.driver === other.driver))
        assert.equal(await says(sim, identify), false, other.driver);
    }
  });
}
