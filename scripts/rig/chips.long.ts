// Every I2C chip that has a driver, read by the real agent through the kernel: the simulators are those of the driver tests.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Value } from '@perch/broker-bridge/protocol/values.ts';
import { CHIP_SIMS } from '../../agent/src/sensors/testing/chips/index.ts';
import { lacking } from '../test/programs.ts';
import { type BoardChip, chipOf } from './bus/chips.ts';
import { FieldBoard, fieldHouse } from './field.ts';
import { BUSES } from './field-config.ts';
import { foreignSystem, RIG_PROGRAMS } from './programs.ts';

/** Longer than any chip needs for a reading. */
const PERIOD = '10s';
/** A dust sensor blows for half a minute before it believes what it sees. */
const WAIT_MS = 180_000;

/** Chips in groups that share a bus: no address twice in one. Pure. */
function groupsOf(drivers: readonly string[]): BoardChip[][] {
  const groups: BoardChip[][] = [];
  for (const chip of drivers.map((driver) => chipOf(driver))) {
    const free = groups.find((group) => group.every(({ address }) => address !== chip.address));
    if (free) free.push(chip);
    else groups.push([chip]);
  }
  return groups;
}

const isNear = (found: unknown, truth: Value): boolean =>
  typeof truth === 'number' && typeof found === 'number'
    ? Math.abs(found - truth) <= 1e-9 * Math.max(1, Math.abs(truth))
    : found === truth;

test('each chip that has a driver is read through the kernel as it is at register level', {
  timeout: 1_800_000,
  skip: foreignSystem() || lacking(...RIG_PROGRAMS),
}, async (t) => {
  const house = await fieldHouse(t);
  const board = await FieldBoard.flash(house, 'bench');
  t.after(() => board.close());
  const { bridge } = board;
  await board.start();
  await bridge.plug();

  for (const group of groupsOf(CHIP_SIMS.map(({ driver }) => driver)))
    await t.test(group.map(({ driver }) => driver).join(', '), async () => {
      bridge.chips.clear();
      for (const { address, chip } of group) bridge.chips.set(address, chip);
      const sensors = group.map(({ driver, sensor }) => ({ id: driver, driver, bus: 'i2c', ...sensor }));
      const config = { period: PERIOD, buses: { i2c: BUSES.i2c }, sensors };
      const file = house.file('config.json', JSON.stringify(config));
      const { code, output } = await house.command('config', 'set', board.alias, file);
      assert.equal(code, 0, output);

      // A busy host may miss the kernel's 50 ms for an answer of the bridge: one right reading of each is what counts.
      const wanted = new Map(
        group.flatMap(({ driver, truth }) =>
          Object.entries(truth).map(([key, value]) => [`${driver}.${key}`, value] as const),
        ),
      );
      const wrong = new Map<string, unknown>();
      const until = Date.now() + WAIT_MS;
      while (wanted.size > 0 && Date.now() < until) {
        await sleep(2_000);
        for (const { values, errors } of await house.records(board.alias))
          for (const [item, truth] of wanted)
            if (isNear(values[item], truth)) wanted.delete(item);
            else if (item in values || item in errors) wrong.set(item, values[item] ?? errors[item]);
      }
      assert.deepEqual(
        Object.fromEntries(
          [...wanted].map(([item, truth]) => [item, `${wrong.get(item)}, and not ${truth}`]),
        ),
        {},
      );
    });
});
