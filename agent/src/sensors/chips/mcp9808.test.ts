import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHIP_DRIVERS } from '@perch/broker-bridge/config/drivers.ts';
import { chipRig } from '../testing/chip-rig.ts';
import { mcp9808 } from '../testing/chips/mcp9808.ts';

const sensor = { driver: 'mcp9808', sensor: { address: '0x18' } };

test('MCP9808 gives temperatures with the bits of its limits taken off', async (t) => {
  const { read, plug, clock } = await chipRig(t, sensor);
  const chip = mcp9808(clock);
  plug(chip);
  // By hand from DS25095, "Ambient Temperature Register": upper byte * 16 + lower byte / 16, less 256 if bit 12 is set.
  for (const [word, celsius] of [
    [0xc194, 25.25],
    [0x0194, 25.25],
    [0x2001, 0.0625],
    [0x0000, 0],
    [0x1fff, -0.0625],
    [0x3f5f, -10.0625],
    [0x1d80, -40],
    [0xe7d0, 125],
  ] as const) {
    chip.registers[5] = word;
    assert.deepEqual(await read(), { temperature: celsius });
  }
  for (const word of [0x1d7f, 0x07d1]) {
    chip.registers[5] = word;
    assert.deepEqual(await read(), { temperature: { reason: 'range' } });
  }
});

test('MCP9808 is woken at its finest resolution and read after a conversion', async (t) => {
  const rig = await chipRig(t, sensor);
  const chip = mcp9808(rig.clock);
  Object.assign(chip.registers, { 1: 0x0100, 8: 0 });
  let setUpAt = Number.NaN;
  let readAt = Number.NaN;
  rig.plug({
    write(bytes) {
      if (bytes.length > 1) setUpAt = rig.clock.ms;
      if (bytes[0] === 5) readAt = rig.clock.ms;
      chip.write(bytes);
    },
    read: chip.read,
  });
  assert.deepEqual(await rig.read(), { temperature: 25.25 });
  assert.deepEqual([chip.registers[1], chip.registers[8]], [0, 3]);
  assert.ok(readAt - setUpAt >= 250, `${readAt - setUpAt} ms`);
});

test('an MCP9808 that just got its power back gives no 0 degC, and is set up anew', async (t) => {
  const rig = await chipRig(t, sensor);
  rig.plug(mcp9808(rig.clock));
  assert.deepEqual(await rig.read(), { temperature: 25.25 });
  const fresh = mcp9808(rig.clock);
  fresh.registers[5] = 0x1fff;
  rig.plug(fresh);
  const began = rig.clock.ms;
  assert.deepEqual(await rig.read(), { temperature: -0.0625 });
  assert.ok(rig.clock.ms - began <= CHIP_DRIVERS.get('mcp9808')!.chip.measuring(sensor.sensor));
  const again = rig.clock.ms;
  assert.deepEqual(await rig.read(), { temperature: -0.0625 });
  assert.equal(rig.clock.ms, again, 'nothing to wait for');
});

for (const [what, register, value] of [
  ['maker', 6, 0x0055],
  ['part', 7, 0x0200],
] as const)
  test(`an MCP9808 with the wrong ${what} is another chip`, async (t) => {
    const { read, plug, clock } = await chipRig(t, sensor);
    const chip = mcp9808(clock);
    chip.registers[register] = value;
    plug(chip);
    assert.deepEqual(await read(), { temperature: { reason: 'malformed' } });
  });
