import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHIP_DRIVERS } from '@perch/broker-bridge/config/drivers.ts';
import { I2C_CHIPS } from '@perch/broker-bridge/devices/i2c/index.ts';
import { chipRig, mangled, type Shown } from '../testing/chip-rig.ts';
import { CHIP_SIMS } from '../testing/chips/index.ts';

/** Rounds of random answers for each chip. */
const GARBAGE_ROUNDS = 150;

/** The same numbers in every run (xorshift32), so that a failure can be looked into. */
function randomBytes(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0xff;
  };
}

const reasons = (shown: Shown): (string | undefined)[] =>
  Object.values(shown).map((value) => (typeof value === 'object' ? value.reason : undefined));

/** Equal but for the last bits of a double. */
function assertTruth(shown: Shown, truth: Shown, when: string): void {
  assert.deepEqual(Object.keys(shown).sort(), Object.keys(truth).sort(), when);
  for (const [key, want] of Object.entries(truth)) {
    const got = shown[key];
    if (typeof want === 'number' && typeof got === 'number')
      assert.ok(
        Math.abs(got - want) <= 1e-9 * Math.max(1, Math.abs(want)),
        `${when}: ${key} is ${got}, not ${want}`,
      );
    else assert.deepEqual(got, want, `${when}: ${key}`);
  }
}
const isTruth = (shown: Shown, truth: Shown): boolean => {
  try {
    assertTruth(shown, truth, '');
    return true;
  } catch {
    return false;
  }
};

test('every chip that has a driver has a simulator, and the other way round', () => {
  assert.deepEqual(
    [...new Set(CHIP_SIMS.map(({ driver }) => driver))].sort(),
    I2C_CHIPS.map(({ driver }) => driver).sort(),
  );
});

for (const sim of CHIP_SIMS) {
  const { driver, truth, traits } = sim;
  const chip = CHIP_DRIVERS.get(driver)!.chip;

  test(`${driver}: reads the truth, and again`, async (t) => {
    const rig = await chipRig(t, sim);
    rig.plug(sim.chip(rig.clock));
    assertTruth(await rig.read(), truth, rig.log.join('\n'));
    rig.clock.ms += 60_000;
    assertTruth(await rig.read(), truth, 'second reading');
    assert.deepEqual(await rig.set.close(), { abandoned: [] });
    assert.deepEqual(
      rig.log.filter((line) => line.startsWith('warn')),
      [],
      'it closes cleanly',
    );
  });

  test(`${driver}: nobody there is nak, and it is read once it is plugged in`, async (t) => {
    const rig = await chipRig(t, sim);
    assert.deepEqual(new Set(reasons(await rig.read())), new Set(['nak']));
    rig.plug(sim.chip(rig.clock));
    assertTruth(await rig.settle(), truth, 'plugged in');
  });

  test(`${driver}: pulled out it is nak at once, and a fresh one is set up anew`, async (t) => {
    const rig = await chipRig(t, sim);
    rig.plug(sim.chip(rig.clock));
    await rig.read();
    rig.plug(undefined);
    rig.clock.ms += 60_000;
    assert.deepEqual(new Set(reasons(await rig.read())), new Set(['nak']));
    await rig.settle();
    rig.plug(sim.chip(rig.clock));
    assertTruth(await rig.settle(), truth, 'plugged in again');
  });

  test(`${driver}: bytes in the wrong order are never taken for the truth`, async (t) => {
    const rig = await chipRig(t, sim);
    const swap = (bytes: number[]) => bytes.map((_, at) => bytes[at ^ 1] ?? bytes[at]!);
    rig.plug(mangled(sim.chip(rig.clock), swap));
    const shown = await rig.read();
    assert.ok(!isTruth(shown, truth), JSON.stringify(shown));
    if (traits.includes('crc')) for (const reason of reasons(shown)) assert.ok(reason, JSON.stringify(shown));
  });

  if (traits.includes('crc'))
    test(`${driver}: one bit that fell over is a crc fault, and goes with it`, async (t) => {
      const rig = await chipRig(t, sim);
      let fallen = false;
      rig.plug(mangled(sim.chip(rig.clock), (bytes) => bytes.map((byte) => (fallen ? byte ^ 0x10 : byte))));
      assertTruth(await rig.read(), truth, 'before');
      fallen = true;
      rig.clock.ms += 60_000;
      const shown = await rig.read();
      for (const reason of reasons(shown))
        assert.ok(reason === 'crc' || reason === 'busy', JSON.stringify(shown));
      assert.ok(reasons(shown).includes('crc'), JSON.stringify(shown));
      fallen = false;
      assertTruth(await rig.settle(), truth, 'after');
    });

  if (traits.includes('busy'))
    test(`${driver}: a busy bit that sticks is said and not waited for without end`, async (t) => {
      const rig = await chipRig(t, sim);
      const device = sim.chip(rig.clock);
      rig.plug(device);
      assertTruth(await rig.read(), truth, 'before');
      device.stuckBusy = true;
      rig.clock.ms += 60_000;
      const began = rig.clock.ms;
      assert.deepEqual(new Set(reasons(await rig.read())), new Set(['busy']));
      const limit = chip.measuring(sim.sensor) + 1;
      assert.ok(
        rig.clock.ms - began <= limit,
        `it waited ${rig.clock.ms - began} ms; measuring() says ${limit}`,
      );
      device.stuckBusy = false;
      assertTruth(await rig.settle(), truth, 'after');
    });

  if (traits.includes('identity'))
    test(`${driver}: another chip at its address is refused`, async (t) => {
      const rig = await chipRig(t, sim);
      rig.plug({ write: () => {}, read: (length) => Array.from({ length }, () => 0x3c) });
      for (const reason of reasons(await rig.read()))
        assert.ok(reason === 'malformed' || reason === 'crc', `${reason}`);
    });

  test(`${driver}: random answers give plausible numbers or reasons, and it lives`, async (t) => {
    const rig = await chipRig(t, sim);
    const random = randomBytes([...driver].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7));
    let mode = 0;
    rig.plug(
      mangled(sim.chip(rig.clock), (bytes) =>
        // Wholly random, or right but for one byte, or all lines high, or all low.
        mode === 0
          ? bytes.map(random)
          : mode === 1
            ? bytes.map((byte, at) => (at === random() % bytes.length ? random() : byte))
            : bytes.map(() => (mode === 2 ? 0xff : 0)),
      ),
    );
    const ranges = new Map(chip.values(sim.sensor).map(({ key, range }) => [key, range]));
    for (let round = 0; round < GARBAGE_ROUNDS; round++) {
      mode = round % 4;
      rig.clock.ms += 400_000;
      for (const [key, value] of Object.entries(await rig.read())) {
        if (typeof value !== 'number') continue;
        const [low, high] = ranges.get(key) ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
        assert.ok(Number.isFinite(value) && value >= low && value <= high, `${key} ${value}`);
      }
    }
    rig.plug(sim.chip(rig.clock));
    assertTruth(await rig.settle(), truth, 'after the garbage');
  });
}
