import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chipRig } from '../testing/chip-rig.ts';
import { veml7700 } from '../testing/chips/veml7700.ts';

const at10 = (options: object) => ({ driver: 'veml7700', sensor: { address: '0x10', ...options } });

test('VEML7700 counts in the steps of its datasheet (84286, Resolution and Maximum Detection Range)', async (t) => {
  for (const [gain, integration, step, set] of [
    [2, 800, 0.0042, 0x08c0],
    [2, 25, 0.1344, 0x0b00],
    [1, 800, 0.0084, 0x00c0],
    [1, 400, 0.0168, 0x0080],
    [1, 200, 0.0336, 0x0040],
    [1, 100, 0.0672, 0x0000],
    [1, 50, 0.1344, 0x0200],
    [1, 25, 0.2688, 0x0300],
  ] as const) {
    const rig = await chipRig(t, at10({ gain, integration }));
    const chip = veml7700(rig.clock, 1_000);
    rig.plug(chip);
    await rig.read();
    const began = rig.clock.ms;
    const { illuminance } = await rig.read();
    assert.ok(
      Math.abs((illuminance as number) - 1_000 * step) < 1e-9,
      `${gain} ${integration}: ${illuminance}`,
    );
    assert.equal(chip.registers[0], set | 1, 'its settings, shut down again');
    assert.ok(rig.clock.ms - began >= 2.5 + 2 * integration);
  }
});

test('VEML7700 at low gain is corrected as application note 84323 says', async (t) => {
  const rig = await chipRig(t, at10({}));
  const chip = veml7700(rig.clock);
  rig.plug(chip);
  // By hand, at gain 1/8 and 100 ms, 0.5376 lx a count, with
  // 6.0135e-13 x^4 - 9.3924e-9 x^3 + 8.1488e-5 x^2 + 1.0023 x:
  // x = 10000.4352: 6014.55 - 9393.63 + 8149.51 + 10023.44; x = 1000.4736: 0.6025 - 9.4055 + 81.5652 + 1002.7747.
  for (const [counts, lux, off] of [
    [18_602, 14_793.87, 0.05],
    [1_861, 1_075.54, 0.05],
    [0, 0, 0],
  ] as const) {
    chip.counts = counts;
    const { illuminance } = await rig.read();
    assert.ok(Math.abs((illuminance as number) - lux) <= off, `${counts}: ${illuminance}`);
  }
  assert.equal(chip.registers[0], 0x1001);
  chip.counts = 0xfffe;
  assert.deepEqual(
    await rig.read(),
    { illuminance: { reason: 'range' } },
    'beyond what the correction is for',
  );
});

test('bright light is corrected with the gains 1 and 2 too, from 1000 lx on', async (t) => {
  const rig = await chipRig(t, at10({ gain: 1, integration: 25 }));
  const chip = veml7700(rig.clock);
  rig.plug(chip);
  // By hand, 0.2688 lx a count: 999.936 lx as they are; 10000.4352 lx corrected as above.
  for (const [counts, lux] of [
    [3_720, 999.936],
    [37_204, 14_793.87],
  ] as const) {
    chip.counts = counts;
    const { illuminance } = await rig.read();
    assert.ok(Math.abs((illuminance as number) - lux) <= 0.05, `${counts}: ${illuminance}`);
  }
});

test('a VEML7700 with all counts used up is saturated, at any gain', async (t) => {
  for (const gain of [0.125, 0.25, 1, 2]) {
    const rig = await chipRig(t, at10({ gain, integration: 800 }));
    rig.plug(veml7700(rig.clock, 0xffff));
    assert.deepEqual(await rig.read(), { illuminance: { reason: 'range' } });
  }
});

test('a VEML7700 that was without power measures with its settings again', async (t) => {
  const rig = await chipRig(t, at10({ gain: 2, integration: 200 }));
  rig.plug(veml7700(rig.clock));
  await rig.read();
  rig.plug(veml7700(rig.clock, 2_500));
  assert.deepEqual(await rig.read(), { illuminance: 42 });
});

test('a VEML7700 whose settings do not stay gives no number', async (t) => {
  const rig = await chipRig(t, at10({ gain: 1 }));
  const chip = veml7700(rig.clock);
  rig.plug({
    write(bytes) {
      chip.write(bytes[0] === 0 && bytes.length === 3 ? [0, bytes[1]!, bytes[2]! | 0x08] : bytes);
    },
    read: chip.read,
  });
  assert.deepEqual(await rig.read(), { illuminance: { reason: 'malformed' } });
});

test('a chip with another id at the address of VEML7700 is refused', async (t) => {
  const rig = await chipRig(t, at10({}));
  const chip = veml7700(rig.clock);
  chip.registers[7] = 0xc480;
  rig.plug(chip);
  assert.deepEqual(await rig.read(), { illuminance: { reason: 'malformed' } });
});
