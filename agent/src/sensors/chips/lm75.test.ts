import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chipRig } from '../testing/chip-rig.ts';
import { lm75 } from '../testing/chips/lm75.ts';

const sensor = { driver: 'lm75', sensor: { address: '0x48' } };

test("LM75 gives the numbers of its datasheet's table (SNIS153, Temperature Data Format)", async (t) => {
  const { clock, plug, read } = await chipRig(t, sensor);
  const chip = lm75(clock);
  plug(chip);
  const rows = [
    [0x0fa, 125],
    [0x032, 25],
    [0x001, 0.5],
    [0x000, 0],
    [0x1ff, -0.5],
    [0x1ce, -25],
    [0x192, -55],
  ] as const;
  for (const [code, celsius] of rows) {
    // The low seven bits are undefined in the datasheet; they must not matter.
    chip.measured = (code << 7) | 0x55;
    clock.ms += 1_000;
    assert.deepEqual(await read(), { temperature: celsius });
  }
  chip.measured = 0x8000;
  clock.ms += 1_000;
  assert.deepEqual(await read(), { temperature: { reason: 'range' } });
});

test('the 11 bits of an NXP LM75A count where they are asked for', async (t) => {
  const { clock, plug, read } = await chipRig(t, { driver: 'lm75', sensor: { address: '0x48', bits: 11 } });
  const chip = lm75(clock);
  plug(chip);
  // By hand, 0.125 degC each: 125 / 0.125 = 1000, 25.125 / 0.125 = 201, and 2048 - 1, 2048 - 439.
  for (const [code, celsius] of [
    [0x3e8, 125],
    [0x0c9, 25.125],
    [0x7ff, -0.125],
    [0x649, -54.875],
  ] as const) {
    chip.measured = (code << 5) | 0x15;
    clock.ms += 1_000;
    assert.deepEqual(await read(), { temperature: celsius });
  }
});

test('an LM75 that was shut down is woken, its OS output left as it was, and read after a conversion', async (t) => {
  const rig = await chipRig(t, sensor);
  const chip = lm75(rig.clock);
  chip.registers[1] = 0x07;
  let wokenAt = Number.NaN;
  let readAt = Number.NaN;
  rig.plug({
    write(bytes) {
      if (bytes.length === 2) wokenAt = rig.clock.ms;
      if (bytes[0] === 0) readAt = rig.clock.ms;
      chip.write(bytes);
    },
    read: chip.read,
  });
  assert.deepEqual(await rig.read(), { temperature: 21.5 });
  assert.equal(chip.registers[1], 0x06);
  assert.ok(readAt - wokenAt >= 300, `${readAt - wokenAt} ms`);
});

test('an LM75 that is read each 100 ms still gets to the end of a conversion', async (t) => {
  const { clock, plug, read } = await chipRig(t, sensor);
  const chip = lm75(clock);
  plug(chip);
  assert.deepEqual(await read(), { temperature: 21.5 });
  chip.measured = 50 << 7;
  for (let round = 0; round < 3; round++) {
    clock.ms += 100;
    await read();
  }
  assert.deepEqual(await read(), { temperature: 25 });
});
