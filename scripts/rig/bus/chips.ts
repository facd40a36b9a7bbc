import type { ChipSim, Clock, SimulatedChip } from '../../../agent/src/sensors/testing/chip-rig.ts';
import { ads1115 } from '../../../agent/src/sensors/testing/chips/ads1115.ts';
import { bmxChip } from '../../../agent/src/sensors/testing/chips/bme280.ts';
import { CHIP_SIMS } from '../../../agent/src/sensors/testing/chips/index.ts';
import { scd4xChip } from '../../../agent/src/sensors/testing/chips/scd4x.ts';
import { sht3xChip } from '../../../agent/src/sensors/testing/chips/sht3x.ts';
import { tmp117 } from '../../../agent/src/sensors/testing/chips/tmp117.ts';

/** The host's time, that runs by itself: what a chip of the emulated board takes 20 ms for takes 20 ms. */
export const HOST_CLOCK: Clock = {
  get ms() {
    return performance.now();
  },
  set ms(_: number) {
    throw new Error("the host's time is not for setting");
  },
};

/** The simulator of a chip that has a driver, as the driver tests have it. @throws Error for a chip without one */
export function simOf(driver: string): ChipSim {
  const sim = CHIP_SIMS.find((one) => one.driver === driver);
  if (!sim)
    throw new Error(`there is no simulator of ${driver}; there are ${CHIP_SIMS.map((one) => one.driver)}`);
  return sim;
}

/** A chip for the board's bus: its address, a config's members for its sensor, and what that reads, by key. */
export type BoardChip<T extends SimulatedChip = SimulatedChip> = Pick<
  ChipSim,
  'driver' | 'sensor' | 'truth'
> & {
  address: number;
  chip: T;
};

const board = <T extends SimulatedChip>(driver: string, chip: T): BoardChip<T> => {
  const { sensor, truth } = simOf(driver);
  return { driver, sensor, truth, address: Number(sensor.address), chip };
};

/** Any chip that has a driver. Its truth holds from the start. */
export const chipOf = (driver: string, clock: Clock = HOST_CLOCK): BoardChip =>
  board(driver, simOf(driver).chip(clock));

/** Chips whose truth a test can change while they are read: in codes, as their datasheets have them. */
export const CHANGEABLE = {
  /** `codes[mux]` is a channel's conversion. */
  ads1115: (clock: Clock = HOST_CLOCK) =>
    board('ads1115', ads1115(clock, { 4: 0x2710, 7: 0x0102, 0: 0xf060 })),
  /** `raw` is what it measures next. */
  bme280: (clock: Clock = HOST_CLOCK) =>
    board('bme280', bmxChip(clock, 0x60, { temperature: 519888, pressure: 415148, humidity: 30281 })),
  /** `raw` is carbon dioxide in ppm, temperature and humidity. */
  scd41: (clock: Clock = HOST_CLOCK) => board('scd41', scd4xChip(clock, [0x01f4, 0x6667, 0x5eb9])),
  /** `raw` is temperature and humidity. */
  sht3x: (clock: Clock = HOST_CLOCK) => {
    const raw = { temperature: 0x6667, humidity: 0x5eb9 };
    return board('sht3x', { ...sht3xChip(clock, raw), raw });
  },
  /** `measures(code)`: 128 is a degree. */
  tmp117: (clock: Clock = HOST_CLOCK) => board('tmp117', tmp117(clock)),
};
