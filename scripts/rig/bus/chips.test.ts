import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHIP_SIMS } from '../../../agent/src/sensors/testing/chips/index.ts';
import { CHANGEABLE, chipOf, HOST_CLOCK } from './chips.ts';

test('every chip that has a driver can be put on the bus, with the truth of its driver test', () => {
  for (const sim of CHIP_SIMS) {
    const { address, truth, chip } = chipOf(sim.driver);
    assert.ok(address > 0 && address < 0x80 && typeof chip.write === 'function');
    assert.equal(truth, sim.truth);
  }
  assert.throws(() => chipOf('none'), /no simulator of none/);
});

test("a chip takes its time by the host's clock", async () => {
  const { chip } = chipOf('sht3x');
  // SHT3x: high repeatability without clock stretching, 15.5 ms at most.
  chip.write([0x24, 0x00]);
  assert.throws(() => chip.read(6), { code: 'ENXIO' });
  await new Promise((resolve) => setTimeout(resolve, 25));
  assert.equal(Buffer.from(chip.read(2)).toString('hex'), '6667');
  assert.throws(() => {
    HOST_CLOCK.ms = 0;
  });
});

test('what a changeable chip measures can be set while it is read', () => {
  const clock = { ms: 0 };
  const sht = CHANGEABLE.sht3x(clock).chip;
  sht.raw.temperature = 0x1234;
  sht.write([0x24, 0x00]);
  clock.ms += 20;
  assert.equal(Buffer.from(sht.read(2)).toString('hex'), '1234');

  const tmp = CHANGEABLE.tmp117(clock).chip;
  tmp.measures(0x0c80);
  tmp.write([1, 0x0c, 0x00]);
  clock.ms += 20;
  tmp.write([1]);
  tmp.read(2);
  tmp.write([0]);
  assert.equal(Buffer.from(tmp.read(2)).toString('hex'), '0c80');

  const bme = CHANGEABLE.bme280(clock).chip;
  clock.ms += 10;
  bme.raw = { ...bme.raw, temperature: 0x12345 };
  bme.write([0xf4, 0x25]);
  clock.ms += 20;
  bme.write([0xfa]);
  assert.equal(Buffer.from(bme.read(3)).toString('hex'), '123450');

  const scd = CHANGEABLE.scd41(clock).chip;
  scd.raw = [0x0320, 0, 0];
  scd.write([0x21, 0xb1]);
  clock.ms += 5_000;
  scd.write([0xec, 0x05]);
  clock.ms += 1;
  assert.equal(Buffer.from(scd.read(2)).toString('hex'), '0320');

  const ads = CHANGEABLE.ads1115(clock).chip;
  ads.codes[4] = 0x0abc;
  ads.write([1, 0xc1, 0x83]);
  clock.ms += 20;
  ads.write([0]);
  assert.equal(Buffer.from(ads.read(2)).toString('hex'), '0abc');
});

test('all chips that are changeable are those of their driver', () => {
  for (const [driver, make] of Object.entries(CHANGEABLE)) {
    const made = make();
    assert.equal(made.driver, driver);
    assert.equal(made.truth, chipOf(driver).truth);
  }
});
