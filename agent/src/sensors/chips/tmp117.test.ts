import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chipRig } from '../testing/chip-rig.ts';
import { tmp117 } from '../testing/chips/tmp117.ts';

const sensor = { driver: 'tmp117', sensor: { address: '0x48' } };

test("TMP117 gives the numbers of its datasheet's table (SNOSD82, 16-Bit Temperature Data Format)", async (t) => {
  const rig = await chipRig(t, sensor);
  const chip = tmp117(rig.clock);
  rig.plug(chip);
  for (const [code, celsius] of [
    [0xf380, -25],
    [0xfff0, -0.125],
    [0xffff, -0.0078125],
    [0x0000, 0],
    [0x0001, 0.0078125],
    [0x0010, 0.125],
    [0x0080, 1],
    [0x0c80, 25],
    [0x3200, 100],
  ] as const) {
    chip.measures(code);
    assert.deepEqual(await rig.read(), { temperature: celsius });
  }
  chip.measures(0x7fff);
  assert.deepEqual(await rig.read(), { temperature: { reason: 'range' } });
});

test('a TMP117 that says 0x8000 has measured nothing yet', async (t) => {
  const rig = await chipRig(t, sensor);
  rig.plug(tmp117(rig.clock, 0x8000));
  assert.deepEqual(await rig.read(), { temperature: { reason: 'busy' } });
});

for (const [averages, bits, least] of [
  [undefined, 0x20, 140],
  [1, 0x00, 17.5],
  [8, 0x20, 140],
  [32, 0x40, 560],
  [64, 0x60, 1120],
] as const)
  test(`TMP117 makes one conversion of ${averages ?? 'its 8'} averages and waits for it`, async (t) => {
    const rig = await chipRig(t, {
      driver: 'tmp117',
      sensor: { address: '0x48', ...(averages && { averages }) },
    });
    const chip = tmp117(rig.clock);
    rig.plug(chip);
    await rig.read();
    const began = rig.clock.ms;
    assert.deepEqual(await rig.read(), { temperature: 22.515625 });
    assert.ok(rig.clock.ms - began >= least, `${rig.clock.ms - began} ms`);
    assert.equal(chip.registers[1]! & 0x0c60, 0x0c00 | bits);
  });

test('a TMP117 that was without power between readings is read right', async (t) => {
  const rig = await chipRig(t, sensor);
  rig.plug(tmp117(rig.clock));
  await rig.read();
  rig.plug(tmp117(rig.clock, 0xf380));
  assert.deepEqual(await rig.read(), { temperature: -25 });
});

test('a TMP102 at the address of a TMP117 is refused', async (t) => {
  const rig = await chipRig(t, sensor);
  const chip = tmp117(rig.clock);
  chip.registers[15] = 0x0000;
  rig.plug(chip);
  assert.deepEqual(await rig.read(), { temperature: { reason: 'malformed' } });
  assert.match(rig.log.join('\n'), /another chip: its id is 0x0/);
});
