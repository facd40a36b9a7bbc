import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chipRig, mangled } from '../testing/chip-rig.ts';
import { HTU21D_SIM, htu21dChip, SI7021_SIM } from '../testing/chips/htu21d.ts';
import { near } from '../testing/near.ts';

test('the examples of the HTU21D datasheet, with the checksums that it prints', async (t) => {
  const rig = await chipRig(t, HTU21D_SIM);
  const chip = htu21dChip(rig.clock, { temperature: 0x683a, humidity: 0x4e85 });
  const answers: string[] = [];
  rig.plug(
    mangled(chip, (answer) => {
      answers.push(Buffer.from(answer).toString('hex'));
      return answer;
    }),
  );
  near(await rig.read(), { temperature: 24.7, humidity: 32.3 }, 0.05);
  assert.deepEqual(answers.slice(-2), ['683a7c', '4e856b']);
});

for (const [sim, part, ms] of [
  [HTU21D_SIM, 'htu21d', 85 + 29],
  [SI7021_SIM, 'si7021', 10.8 + 22.8],
] as const)
  test(`a ${part} is reset, its heater put out, and both conversions waited for`, async (t) => {
    const rig = await chipRig(t, sim);
    const chip = htu21dChip(rig.clock, { temperature: 0x305a, humidity: 0x9c42 }, part);
    rig.plug(chip);
    // By hand, with the two status bits as 0: -46.85 + 175.72 * 12376 / 65536 and -6 + 125 * 40000 / 65536.
    near(await rig.read(), { temperature: -13.666548, humidity: 70.293945 });
    // 14 and 12 bits, heater off, the reserved bits as they were.
    assert.equal(chip.user, 0x3a);
    const measured = part === 'htu21d' ? ['fe', 'f3', 'f5'] : ['f3', 'f5'];
    assert.deepEqual(chip.log.slice(-3 - measured.length), ['fe', 'e7', 'e63a', ...measured]);
    // Read sooner, it would not have acknowledged.
    const began = rig.clock.ms;
    await rig.read();
    assert.ok(rig.clock.ms - began >= ms);
  });

test("the example of the SHT20's datasheet, with the checksum that it prints", async (t) => {
  const rig = await chipRig(t, HTU21D_SIM);
  const chip = htu21dChip(rig.clock, { temperature: 0x683a, humidity: 0x6352 });
  const answers: string[] = [];
  rig.plug(
    mangled(chip, (answer) => {
      answers.push(Buffer.from(answer).toString('hex'));
      return answer;
    }),
  );
  // Version 3, "Hold / No Hold Master Mode" and "Relative Humidity Conversion": 42.5 % from 0x6350, without the status bits.
  near(await rig.read(), { temperature: 24.7, humidity: 42.5 }, 0.05);
  assert.equal(answers.at(-1), '635264');
});

test('an SHT2x that loaded its calibration wrong is right again in the next reading', async (t) => {
  const rig = await chipRig(t, HTU21D_SIM);
  const chip = htu21dChip(rig.clock, { temperature: 0x683a, humidity: 0x4e85 });
  rig.plug(chip);
  await rig.read();
  chip.offset = 0x0200;
  near(await rig.read(), { temperature: 24.7, humidity: 32.3 }, 0.05);
  assert.equal(chip.user & 0x04, 0, 'the heater stays off');
});

test('humidity a little beyond its scale is cropped, temperature beyond it is no value', async (t) => {
  const rig = await chipRig(t, HTU21D_SIM);
  rig.plug(htu21dChip(rig.clock, { temperature: 0, humidity: 0x0a12 }));
  near(await rig.read(), { temperature: { reason: 'range' }, humidity: 0 });
  rig.plug(htu21dChip(rig.clock, { temperature: 0xfffc, humidity: 0xfffe }));
  near(await rig.read(), { temperature: { reason: 'range' }, humidity: 100 });
});

test('a Si7020 or another part is not taken for a Si7021', async (t) => {
  const rig = await chipRig(t, SI7021_SIM);
  rig.plug(htu21dChip(rig.clock, { temperature: 0x683a, humidity: 0x4e85 }, 'si7021', 0x14));
  near(await rig.read(), { temperature: { reason: 'malformed' }, humidity: { reason: 'malformed' } });
});
