import type { ChipSim, Clock, SimulatedChip } from '../chip-rig.ts';
import { commandChip, type Outcome, withCrc, wordCommands } from '../command-chip.ts';

export type Scd30Set = {
  interval: number;
  offset: number;
  altitude: number;
  selfCalibration: number;
  pressure: number;
};

/** SCD30: settings and the state of measuring survive a loss of power. `raw` are the six words of its three numbers. */
export function scd30Chip(clock: Clock, raw: readonly number[]) {
  let measuring = false;
  let began = 0;
  let taken = 0;
  const measured = () => (measuring ? Math.floor((clock.ms - began) / (chip.set.interval * 1000)) : 0);
  const ready = () => measured() > taken && !chip.stuckBusy;
  const setting =
    (name: keyof Scd30Set) =>
    ([value]: readonly number[]): Outcome => {
      if (value === undefined) return { ms: 3, answer: () => withCrc(chip.set[name]) };
      chip.set[name] = value;
      return { ms: 10 };
    };
  const chip: SimulatedChip & { log: string[]; raw: typeof raw; set: Scd30Set } = {
    ...commandChip(
      clock,
      wordCommands({
        53504: () => ({ ms: 3, answer: () => withCrc(0x0342) }),
        17920: setting('interval'),
        21507: setting('offset'),
        20738: setting('altitude'),
        21254: setting('selfCalibration'),
        16: ([pressure]) => {
          chip.set.pressure = pressure!;
          measuring = true;
          began = clock.ms;
          taken = 0;
          return { ms: 10 };
        },
        514: () => ({ ms: 3, answer: () => withCrc(ready() ? 1 : 0) }),
        768: () => {
          if (!ready()) return undefined;
          taken = measured();
          return { ms: 3, answer: () => withCrc(...chip.raw) };
        },
      }),
    ),
    raw,
    set: { interval: 10, offset: 0, altitude: 0, selfCalibration: 0, pressure: 0 },
  };
  return chip;
}

/** The example of the interface description, "Read measurement": 439 ppm, 27.2 degC, 48.8 %. */
export const SCD30_SIM: ChipSim = {
  driver: 'scd30',
  sensor: { address: '0x61' },
  chip: (clock) => scd30Chip(clock, [0x43db, 0x8c2e, 0x41d9, 0xe7ff, 0x4243, 0x3a1b]),
  truth: { co2: 439.09515380859375, temperature: 27.238279342651367, humidity: 48.80674362182617 },
  traits: ['crc', 'busy', 'identity'],
};
