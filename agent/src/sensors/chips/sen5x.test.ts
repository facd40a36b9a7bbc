import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chipRig } from '../testing/chip-rig.ts';
import { SEN5X_WORDS, SEN54_SIM, SEN55_SIM, sen5x } from '../testing/chips/sen5x.ts';

const at69 = (driver: string, options: object = {}) => ({ driver, sensor: { address: '0x69', ...options } });
const { truth } = SEN55_SIM;
const particles = (reason: string) =>
  Object.fromEntries(['pm1', 'pm25', 'pm4', 'pm10'].map((key) => [key, { reason }]));

test('SEN55 is reset, started, and believed after its start-up time', async (t) => {
  const rig = await chipRig(t, at69('sen55'));
  const chip = sen5x(rig.clock, 'SEN55');
  rig.plug(chip);
  assert.deepEqual(await rig.read(), truth);
  assert.deepEqual(chip.log.slice(0, 3), ['d014', 'd304', '0021']);
  assert.ok(rig.clock.ms >= 30_000);
});

test('SEN55 gives its words as the datasheet scales them', async (t) => {
  const rig = await chipRig(t, at69('sen55'));
  const chip = sen5x(rig.clock, 'SEN55');
  rig.plug(chip);
  // By hand: tenths of ug/m3, hundredths of %, 1/200 degC, tenths of an index.
  chip.words = [0, 10_000, 10_001, 1, 10_000, -2_000, 10, 5_000];
  assert.deepEqual(await rig.read(), {
    pm1: 0,
    pm25: 1_000,
    pm4: { reason: 'range' },
    pm10: 0.1,
    humidity: 100,
    temperature: -10,
    vocIndex: 1,
    noxIndex: 500,
  });
});

test('words that SEN55 calls unknown are absent, each for itself', async (t) => {
  const rig = await chipRig(t, at69('sen55'));
  const chip = sen5x(rig.clock, 'SEN55');
  rig.plug(chip);
  const unknown = [0xffff, 0xffff, 0xffff, 0xffff, 0x7fff, 0x7fff, 0x7fff, 0x7fff];
  const keys = Object.keys(truth);
  for (const [at, key] of keys.entries()) {
    chip.words = SEN5X_WORDS.map((word, index) => (index === at ? unknown[at]! : word));
    assert.deepEqual(await rig.read(), { ...truth, [key]: { reason: 'busy' } });
  }
});

test('a checksum that is wrong takes its own value of SEN55 and no other', async (t) => {
  const rig = await chipRig(t, at69('sen55'));
  const chip = sen5x(rig.clock, 'SEN55');
  rig.plug(chip);
  const { answer } = chip;
  chip.answer = () => answer().map((byte, at) => (at === 15 ? byte ^ 0x80 : byte));
  assert.deepEqual(await rig.read(), { ...truth, temperature: { reason: 'crc' } });
});

for (const [what, bit, absent] of [
  ['fan', 4, particles('malformed')],
  ['laser', 5, particles('malformed')],
  ['humidity sensor', 6, { humidity: { reason: 'malformed' }, temperature: { reason: 'malformed' } }],
  ['gas sensor', 7, { vocIndex: { reason: 'malformed' }, noxIndex: { reason: 'malformed' } }],
  ['fan under cleaning', 19, particles('busy')],
  ['fan off its speed', 21, particles('range')],
] as const)
  test(`SEN55 with a fault of its ${what} gives what the others measure`, async (t) => {
    const rig = await chipRig(t, at69('sen55'));
    const chip = sen5x(rig.clock, 'SEN55');
    rig.plug(chip);
    chip.status = 1 << bit;
    assert.deepEqual(await rig.read(), { ...truth, ...absent });
    chip.status = 0;
    rig.clock.ms += 5_000;
    assert.deepEqual(await rig.read(), truth);
  });

test('an error of SEN55 holds for some seconds, though reading it cleared it', async (t) => {
  const rig = await chipRig(t, at69('sen55'));
  const chip = sen5x(rig.clock, 'SEN55');
  rig.plug(chip);
  await rig.read();
  chip.status = 1 << 4;
  const began = rig.clock.ms;
  assert.deepEqual(await rig.read(), { ...truth, ...particles('malformed') });
  assert.equal(chip.status, 0);
  while (rig.clock.ms - began < 4_000)
    assert.deepEqual(await rig.read(), { ...truth, ...particles('malformed') });
  rig.clock.ms += 5_000;
  assert.deepEqual(await rig.read(), truth);
});

test('SEN55 that cleans its fan for 10 s is busy, and keeps what its gas sensor has learnt', async (t) => {
  const rig = await chipRig(t, at69('sen55'));
  const chip = sen5x(rig.clock, 'SEN55');
  rig.plug(chip);
  await rig.read();
  chip.stuckBusy = true;
  const began = rig.clock.ms;
  while (rig.clock.ms - began < 10_000)
    assert.deepEqual(
      Object.values(await rig.read()),
      Array.from({ length: 8 }, () => ({ reason: 'busy' })),
    );
  chip.stuckBusy = false;
  assert.deepEqual(await rig.read(), truth);
  assert.equal(chip.log.filter((command) => command === 'd304').length, 1);
});

test('SEN54 is told how much too warm its case is before it is started', async (t) => {
  const rig = await chipRig(t, at69('sen54', { temperatureOffset: -2.5 }));
  const chip = sen5x(rig.clock, 'SEN54');
  rig.plug(chip);
  assert.deepEqual(await rig.read(), SEN54_SIM.truth);
  // By hand: -2.5 * 200 = -500, 0xfe0c; then slope and time constant, whose CRC is 0x81.
  assert.match(chip.log[2]!, /^60b2fe0c..000081000081$/);
  assert.equal(chip.log[3], '0021');
});

test('SEN54 in the place of a SEN55 is refused, as is the other way round', async (t) => {
  for (const [driver, name] of [
    ['sen55', 'SEN54'],
    ['sen54', 'SEN55'],
    ['sen50', 'SEN55'],
  ] as const) {
    const rig = await chipRig(t, at69(driver));
    rig.plug(sen5x(rig.clock, name));
    assert.deepEqual((await rig.read()).pm1, { reason: 'malformed' });
    assert.ok(rig.log.join('\n').includes(name));
  }
});

test('SEN50 that was without power is busy, started anew, and rests when nobody wants it', async (t) => {
  const rig = await chipRig(t, at69('sen50'));
  rig.plug(sen5x(rig.clock, 'SEN50'));
  await rig.read();
  const fresh = sen5x(rig.clock, 'SEN50');
  rig.plug(fresh);
  assert.deepEqual(await rig.read(), particles('busy'));
  assert.deepEqual(await rig.settle(), { pm1: 8.3, pm25: 12.7, pm4: 15, pm10: 16.1 });
  await rig.set.close();
  assert.equal(fresh.measures(), false);
});
