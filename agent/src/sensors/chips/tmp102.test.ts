import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chipRig } from '../testing/chip-rig.ts';
import { pointerChip } from '../testing/simulated-i2c.ts';

const TMP102 = { driver: 'tmp102', sensor: { address: '0x48' } };

test("TMP102 gives the numbers of its datasheet's table (SBOS397, 12-Bit Temperature Data Format)", async (t) => {
  const chip = pointerChip({ 0: 0 });
  const { read } = await chipRig(t, TMP102, chip);
  const rows = [
    [0x7fe, 127.875],
    [0x640, 100],
    [0x500, 80],
    [0x4b0, 75],
    [0x320, 50],
    [0x190, 25],
    [0x004, 0.25],
    [0x000, 0],
    [0xffc, -0.25],
    [0xe70, -25],
    [0xc90, -55],
  ] as const;
  for (const [code, celsius] of rows) {
    chip.registers[0] = code << 4;
    assert.deepEqual(await read(), { temperature: celsius });
  }
  // The table has 0x7ff for 127.9375 and for 128 degC: it may be hotter still.
  chip.registers[0] = 0x7ff0;
  assert.deepEqual(await read(), { temperature: { reason: 'range' } });
  chip.registers[0] = 0x8000;
  assert.deepEqual(await read(), { temperature: { reason: 'range' } });
});

test('the extended mode of TMP102 reaches 150 degC, and its bit 0 tells the format', async (t) => {
  const chip = pointerChip({ 0: 0x0001 });
  const { read } = await chipRig(t, { driver: 'tmp102', sensor: { address: '0x48', extended: true } }, chip);
  // SBOS397, "13-Bit Temperature Data Format".
  const rows = [
    [0x0960, 150],
    [0x0800, 128],
    [0x07ff, 127.9375],
    [0x0190, 25],
    [0x1e70, -25],
    [0x1c90, -55],
  ] as const;
  for (const [code, celsius] of rows) {
    chip.registers[0] = (code << 3) | 1;
    assert.deepEqual(await read(), { temperature: celsius });
  }
  assert.equal(chip.registers[1], 0x60b0, 'continuous conversion, 4 Hz, extended');
  chip.registers[0] = 0x1900;
  assert.deepEqual(await read(), { temperature: 25 }, 'a chip that forgot the mode is still read right');
});

test('TMP102 is read only after the first conversion in its new format', async (t) => {
  const rig = await chipRig(t, TMP102);
  const chip = pointerChip({ 0: 0x1900 });
  let setUpAt = Number.NaN;
  let waited = Number.NaN;
  rig.plug({
    write(bytes) {
      if (bytes.length === 3) setUpAt = rig.clock.ms;
      else waited = rig.clock.ms - setUpAt;
      chip.write(bytes);
    },
    read: chip.read,
  });
  assert.deepEqual(await rig.read(), { temperature: 25 });
  assert.ok(waited >= 250 + 35, `${waited} ms`);
});
