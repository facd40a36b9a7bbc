import type { ChipSim, Clock, SimulatedChip } from '../chip-rig.ts';
import { commandChip, type Outcome, withCrc, wordCommands } from '../command-chip.ts';

export type Scd4xSet = { offset: number; altitude: number; pressure: number; selfCalibration: number };
const STORED: Scd4xSet = { offset: 0x05da, altitude: 0, pressure: 1013, selfCalibration: 1 };

/** SCD4x: one measurement each interval, which is given once. While it measures, it acknowledges few commands. */
export function scd4xChip(clock: Clock, raw: readonly [co2: number, temperature: number, humidity: number]) {
  let interval = 0;
  let began = 0;
  let taken = 0;
  const measured = () => (interval > 0 ? Math.floor((clock.ms - began) / interval) : 0);
  const ready = () => measured() > taken && !chip.stuckBusy;
  const start = (ms: number) => (): Outcome => {
    interval = ms;
    began = clock.ms;
    taken = 0;
    return {};
  };
  const idle =
    (act: (args: readonly number[]) => Outcome) =>
    (args: readonly number[]): Outcome | undefined =>
      interval > 0 ? undefined : act(args);
  const setting = (name: keyof Scd4xSet) =>
    idle(([value]) => {
      chip.set[name] = value!;
      return { ms: 1 };
    });
  const chip: SimulatedChip & { log: string[]; raw: typeof raw; set: Scd4xSet; reset(): void } = {
    ...commandChip(
      clock,
      wordCommands({
        14070: () => undefined,
        16262: () => {
          interval = 0;
          return { ms: 500 };
        },
        13894: idle(() => {
          chip.set = { ...STORED };
          return { ms: 30 };
        }),
        13954: idle(() => ({ ms: 1, answer: () => withCrc(0xf896, 0x9f07, 0x3bbe) })),
        9245: setting('offset'),
        9255: setting('altitude'),
        9238: setting('selfCalibration'),
        57344: ([pressure]) => {
          chip.set.pressure = pressure!;
          return { ms: 1 };
        },
        8625: idle(start(5_000)),
        8620: idle(start(30_000)),
        58552: () => ({ ms: 1, answer: () => withCrc(ready() ? 0x8006 : 0x8000) }),
        60421: () => {
          if (!ready()) return undefined;
          taken = measured();
          return { ms: 1, answer: () => withCrc(...chip.raw) };
        },
      }),
    ),
    raw,
    set: { ...STORED },
    reset() {
      interval = 0;
      chip.set = { ...STORED };
    },
  };
  return chip;
}

const sim = (driver: string): ChipSim => ({
  driver,
  sensor: { address: '0x62' },
  chip: (clock) => scd4xChip(clock, [0x01f4, 0x6667, 0x5eb9]),
  truth: { co2: 500, temperature: 25.002670328831925, humidity: 37.00160219729916 },
  traits: ['crc', 'busy', 'identity'],
});
/** Sensirion's vector: 500 ppm, 25.0 degC, 37 %. */
export const SCD40_SIM = sim('scd40');
export const SCD41_SIM = sim('scd41');
