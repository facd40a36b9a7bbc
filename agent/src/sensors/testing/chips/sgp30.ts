import type { ChipSim, Clock } from '../chip-rig.ts';
import { commandChip, withCrc, wordCommands } from '../command-chip.ts';

/** SGP30: says 400 ppm and 0 ppb until it had its init, and for `warmUp` ms after. Its feature set can be another part's. */
export function sgp30Chip(
  clock: Clock,
  raw: { co2eq: number; tvoc: number },
  { warmUp = 15_000, feature = 0x0022 } = {},
) {
  const chip: ReturnType<typeof commandChip> & {
    humidity: number;
    raw: typeof raw;
    measuredAt: number[];
    baseline: [number, number];
    reset(): void;
  } = {
    raw,
    humidity: 0x0b92,
    measuredAt: [],
    baseline: [0, 0],
    reset() {
      warmAt = Number.POSITIVE_INFINITY;
      chip.humidity = 0x0b92;
      chip.baseline = [0, 0];
    },
    ...commandChip(
      clock,
      wordCommands({
        8239: () => ({ ms: 10, answer: () => withCrc(feature) }),
        8195: () => {
          warmAt = clock.ms + warmUp;
          chip.baseline = [0, 0];
          return { ms: 10 };
        },
        8289: ([humidity]) => {
          chip.humidity = humidity!;
          return { ms: 10 };
        },
        8213: () => ({ ms: 10, answer: () => withCrc(...chip.baseline) }),
        8200: () => {
          chip.measuredAt.push(clock.ms);
          const { co2eq, tvoc } = chip.raw;
          const warm = clock.ms >= warmAt;
          return { ms: 12, answer: () => (warm ? withCrc(co2eq, tvoc) : withCrc(400, 0)) };
        },
      }),
    ),
  };
  let warmAt = Number.POSITIVE_INFINITY;
  return chip;
}

/** 450 ppm and 37 ppb. It has no warm-up, since time stands still in most tests. */
export const SGP30_SIM: ChipSim = {
  driver: 'sgp30',
  sensor: { address: '0x58' },
  chip: (clock) => sgp30Chip(clock, { co2eq: 450, tvoc: 37 }, { warmUp: 0 }),
  truth: { co2eq: 450, tvoc: 37 },
  traits: ['crc', 'identity'],
};
