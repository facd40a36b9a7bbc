import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chipRig, mangled } from '../testing/chip-rig.ts';
import { mlx90614 } from '../testing/chips/mlx90614.ts';

const at5a = (options: object = {}) => ({ driver: 'mlx90614', sensor: { address: '0x5a', ...options } });

test("MLX90614 takes the datasheet's transfer B4 07 B5 D2 3A with PEC 30 for 28.01 degC", async (t) => {
  const rig = await chipRig(t, at5a());
  let pec = 0x30;
  const chip = mlx90614(rig.clock);
  let command = 0;
  rig.plug({
    write(bytes) {
      command = bytes[0]!;
      chip.write(bytes);
    },
    read: (length) => (command === 7 ? [0xd2, 0x3a, pec] : chip.read(length)),
  });
  assert.deepEqual(await rig.read(), { ambient: 22.65, object: 28.01 });
  // The PEC of D2 3A alone, as if the addresses and the command did not count.
  pec = 0x36;
  assert.deepEqual(
    await rig.read(),
    { ambient: 22.65, object: { reason: 'crc' } },
    'the other word is whole',
  );
});

test('MLX90614 gives kelvins of 0.02 in degrees, from one end to the other', async (t) => {
  const rig = await chipRig(t, at5a());
  const chip = mlx90614(rig.clock);
  rig.plug(chip);
  // 0x27ad and 0x7fff as in the datasheet's "Linearized temperature": -70.01 degC and 382.19 degC; the others by hand.
  for (const [word, celsius] of [
    [0x27ad, undefined],
    [0x27ae, -69.99],
    [0x355a, 0.01],
    [0x3559, -0.01],
    [0x7f91, 379.99],
    [0x7fff, undefined],
  ] as const) {
    chip.words[7] = word;
    const { object } = await rig.read();
    assert.deepEqual(object, celsius ?? { reason: 'range' }, word.toString(16));
  }
});

test('a word of MLX90614 with its error flag is no temperature', async (t) => {
  const rig = await chipRig(t, at5a());
  const chip = mlx90614(rig.clock, { 7: 0xbad2 });
  rig.plug(chip);
  assert.deepEqual(await rig.read(), { ambient: 22.65, object: { reason: 'malformed' } });
});

test('a second field of view is read where the part has one', async (t) => {
  const rig = await chipRig(t, at5a({ zones: 2 }));
  rig.plug(mlx90614(rig.clock));
  // By hand: 0x3a00 is 14848 * 0.02 K = 296.96 K.
  assert.deepEqual(await rig.read(), { ambient: 22.65, object: 28.01, object2: 23.81 });
});

test('MLX90614 is never written to, so that its emissivity stays', async (t) => {
  const rig = await chipRig(t, at5a({ zones: 2 }));
  const chip = mlx90614(rig.clock);
  const writes: (readonly number[])[] = [];
  rig.plug({
    write(bytes) {
      writes.push(bytes);
      chip.write(bytes);
    },
    read: chip.read,
  });
  await rig.read();
  assert.ok(writes.every((bytes) => bytes.length === 1));
});

test('a transfer cut off in its middle, with all lines high, is a crc fault', async (t) => {
  const rig = await chipRig(t, at5a());
  let cut = false;
  rig.plug(
    mangled(mlx90614(rig.clock), ([low, ...rest]) =>
      cut ? [low!, ...rest.map(() => 0xff)] : [low!, ...rest],
    ),
  );
  await rig.read();
  cut = true;
  assert.deepEqual(await rig.read(), { ambient: { reason: 'crc' }, object: { reason: 'crc' } });
});

test('an SMBus device that does not call itself by this address is no MLX90614', async (t) => {
  const rig = await chipRig(t, at5a());
  rig.plug(mlx90614(rig.clock, { 46: 0x0b16 }));
  assert.deepEqual(await rig.read(), { ambient: { reason: 'malformed' }, object: { reason: 'malformed' } });
});
