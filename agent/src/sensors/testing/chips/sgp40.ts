import type { ChipSim, Clock } from '../chip-rig.ts';
import { commandChip, withCrc, wordCommands } from '../command-chip.ts';

/** What a cold hotplate gives. */
export const COLD = 65_000;

/** SGP40: from the first measurement on its hotplate heats, and after 170 ms the signal is right. */
export function sgp40Chip(clock: Clock, signal: number, selfTest = 0xd400) {
  let hotAt = Number.POSITIVE_INFINITY;
  const chip = {
    air: [] as number[],
    reset() {
      hotAt = Number.POSITIVE_INFINITY;
    },
    ...commandChip(
      clock,
      wordCommands({
        13954: () => ({ ms: 0.5, answer: () => withCrc(0x0000, 0x048f, 0x1a2b) }),
        10254: () => ({ ms: 320, answer: () => withCrc(selfTest) }),
        13845: () => {
          hotAt = Number.POSITIVE_INFINITY;
          return { ms: 0.1 };
        },
        9743: (air) => {
          if (air.length !== 2) return undefined;
          chip.air = [...air];
          const hot = clock.ms >= hotAt;
          hotAt = Math.min(hotAt, clock.ms + 170);
          return { ms: 30, answer: () => withCrc(hot ? signal : COLD) };
        },
      }),
    ),
  } as ReturnType<typeof commandChip> & { air: number[]; reset(): void };
  return chip;
}

export const SGP40_SIM: ChipSim = {
  driver: 'sgp40',
  sensor: { address: '0x59' },
  chip: (clock) => sgp40Chip(clock, 0x7a31),
  truth: { srawVoc: 31_281 },
  traits: ['crc', 'identity'],
};
