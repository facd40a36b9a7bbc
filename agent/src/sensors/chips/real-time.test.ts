import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHIP_DRIVERS } from '@perch/broker-bridge/config/drivers.ts';
import { READING_SHARE, reckonedTime } from '@perch/broker-bridge/config/limits.ts';
import { parseConfig } from '@perch/broker-bridge/config/parse.ts';
import { createSensorSet } from '../sensor-set.ts';
import { CHIP_SIMS } from '../testing/chips/index.ts';
import { configOf, machine } from '../testing/environment.ts';
import { SimulatedI2c } from '../testing/simulated-i2c.ts';

/** Readings that are tried; a machine that is busy may be late for some. */
const TRIES = 8;
/** Chips whose whole reading is a wait; the others differ in nothing that matters here. */
const WAITING = ['bh1750', 'sgp40', 'veml7700', 'htu21d'];

for (const driver of WAITING)
  test(`${driver}: in the shortest period that is accepted it can be read, with the real clock`, async (t) => {
    const sim = CHIP_SIMS.find((one) => one.driver === driver)!;
    const { chip } = CHIP_DRIVERS.get(driver)!;
    const period = Math.ceil(reckonedTime(chip.measuring(sim.sensor)) / READING_SHARE);
    const config = (ms: number) => ({
      period: `${ms}ms`,
      buses: { b: { type: 'i2c', path: '/dev/i2c-1' } },
      sensors: [{ id: 's', driver, bus: 'b', ...sim.sensor }],
    });
    const shorter = parseConfig(JSON.stringify(config(period - 2)));
    assert.ok(!shorter.ok && shorter.faults[0]!.hint.includes(`${period}ms`), JSON.stringify(shorter));

    const i2c = new SimulatedI2c();
    const clock = {
      get ms() {
        return performance.now();
      },
      set ms(_: number) {},
    };
    i2c.chips.set(Number(sim.sensor.address), sim.chip(clock));
    const box = await machine(t, { loadI2c: () => i2c });
    await box.files({ 'dev/i2c-1': '' });
    const set = createSensorSet(box.env);
    t.after(() => set.close());
    await set.apply(configOf(config(period)));
    const outcomes: string[] = [];
    for (let tries = 0; tries < TRIES; tries++) {
      const { values, errors } = await set.sample(period * READING_SHARE);
      if (values.size > 0) return;
      outcomes.push([...errors.values()].join());
      await new Promise((resolve) => setTimeout(resolve, period * (1 - READING_SHARE)));
    }
    assert.fail(`no reading in ${TRIES} periods: ${outcomes}`);
  });
