import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chipRig } from '../testing/chip-rig.ts';
import { SPS30_SIM, sps30 } from '../testing/chips/sps30.ts';
import { withCrc } from '../testing/command-chip.ts';

const at69 = (options: object = {}) => ({ driver: 'sps30', sensor: { address: '0x69', ...options } });
const all = (reason: string) =>
  Object.fromEntries(Object.keys(SPS30_SIM.truth).map((key) => [key, { reason }]));

test('SPS30 is reset, started with floats and believed after its start-up time', async (t) => {
  const rig = await chipRig(t, at69());
  const chip = sps30(rig.clock);
  rig.plug(chip);
  assert.deepEqual(await rig.read(), SPS30_SIM.truth);
  // 0x0300 has the CRC 0xac ("Start Measurement").
  assert.deepEqual(chip.log.slice(0, 4), ['d002', 'd304', 'd100', '00100300ac']);
  assert.ok(rig.clock.ms >= 30_000);
});

test('SPS30 takes bytes of a measurement as the datasheet lays them out', async (t) => {
  const rig = await chipRig(t, at69());
  const chip = sps30(rig.clock);
  // By hand: 0x40490fdb is 3.14159274 as IEEE 754, 0x42f6e979 is 123.456001.
  chip.answer = () => withCrc(0x4049, 0x0fdb, 0x42f6, 0xe979, ...Array(16).fill(0));
  rig.plug(chip);
  const { pm1, pm25, pm4, typicalSize } = await rig.read();
  assert.equal(pm1, Math.fround(Math.PI));
  assert.equal(pm25, Math.fround(123.456));
  assert.deepEqual([pm4, typicalSize], [0, 0]);
});

test('SPS30 gives whole numbers where they are asked for, the size in nm made um', async (t) => {
  const rig = await chipRig(t, at69({ format: 'integer' }));
  const chip = sps30(rig.clock, { values: [4, 7, 8, 9, 28, 258, 300, 301, 302, 0.563] });
  rig.plug(chip);
  const { pm1, n1, typicalSize } = await rig.read();
  assert.deepEqual([pm1, n1, typicalSize], [4, 258, 0.563]);
  assert.ok(chip.log.includes('00100500f6'), chip.log.join(' '));
});

test('a checksum that is wrong takes its own value of SPS30 and no other', async (t) => {
  const rig = await chipRig(t, at69());
  const chip = sps30(rig.clock);
  rig.plug(chip);
  const { answer } = chip;
  // Byte 8 is the CRC of the third word, the first half of pm25.
  chip.answer = () => answer().map((byte, at) => (at === 8 ? byte ^ 1 : byte));
  assert.deepEqual(await rig.read(), { ...SPS30_SIM.truth, pm25: { reason: 'crc' } });
});

for (const [what, status, log] of [
  ['fan', 1 << 4, /fan failure/],
  ['laser', 1 << 5, /laser failure/],
] as const)
  test(`SPS30 with a failure of its ${what} gives no numbers until a reset helps`, async (t) => {
    const rig = await chipRig(t, at69());
    const chip = sps30(rig.clock);
    rig.plug(chip);
    await rig.read();
    chip.status = status;
    assert.deepEqual(await rig.read(), all('malformed'));
    assert.match(rig.log.join('\n'), log);
    assert.deepEqual(await rig.settle(), SPS30_SIM.truth);
  });

test('SPS30 with a fan off its speed is out of range', async (t) => {
  const rig = await chipRig(t, at69());
  const chip = sps30(rig.clock);
  rig.plug(chip);
  await rig.read();
  chip.status = 1 << 21;
  assert.deepEqual(await rig.read(), all('range'));
  chip.status = 0;
  assert.deepEqual(await rig.read(), SPS30_SIM.truth);
});

test('SPS30 with a firmware before 2.2 has no status and is read all the same', async (t) => {
  const rig = await chipRig(t, at69());
  rig.plug(sps30(rig.clock, { version: 0x0200 }));
  assert.deepEqual(await rig.read(), SPS30_SIM.truth);
});

test('SPS30 that was without power is busy, and is started anew', async (t) => {
  const rig = await chipRig(t, at69());
  rig.plug(sps30(rig.clock));
  await rig.read();
  rig.plug(sps30(rig.clock));
  assert.deepEqual(await rig.read(), all('busy'));
  assert.deepEqual(await rig.settle(), SPS30_SIM.truth);
});

test('SPS30 that cleans its fan for 10 s is busy, and not reset in the middle of it', async (t) => {
  const rig = await chipRig(t, at69());
  const chip = sps30(rig.clock);
  rig.plug(chip);
  await rig.read();
  chip.stuckBusy = true;
  const began = rig.clock.ms;
  while (rig.clock.ms - began < 10_000) assert.deepEqual(await rig.read(), all('busy'));
  chip.stuckBusy = false;
  assert.deepEqual(await rig.read(), SPS30_SIM.truth);
  assert.equal(chip.log.filter((command) => command === 'd304').length, 1);
});

test('SPS30 gives no reading twice, and rests when nobody wants it', async (t) => {
  const rig = await chipRig(t, at69());
  const chip = sps30(rig.clock);
  rig.plug(chip);
  await rig.read();
  const began = rig.clock.ms;
  chip.values = chip.values.map((value) => value * 2);
  assert.equal((await rig.read()).pm1, 8.5);
  assert.ok(rig.clock.ms > began, 'it waits for the next one');
  await rig.set.close();
  assert.equal(chip.measures(), false);
});

test('another product at the address of SPS30 is refused', async (t) => {
  const rig = await chipRig(t, at69());
  rig.plug(sps30(rig.clock, { type: '00090000' }));
  assert.deepEqual(await rig.read(), all('malformed'));
  assert.match(rig.log.join('\n'), /its product type is \\?"00090000/);
});
