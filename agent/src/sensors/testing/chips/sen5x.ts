import type { Value } from '@perch/broker-bridge/protocol/values.ts';
import type { ChipSim, Clock, SimulatedChip } from '../chip-rig.ts';
import { commandChip, withCrc, wordCommands } from '../command-chip.ts';

/** pm1, pm2.5, pm4 and pm10 in 0.1 ug/m3, humidity in 0.01 %, temperature in 1/200 degC, VOC and NOx in 0.1. */
export const SEN5X_WORDS = [83, 127, 150, 161, 4_512, -625, 1_040, 12];

/** SEN5x: a measurement each second once it is started, given once. NOx is unknown for 10 s, PM too low for 30 s. */
export function sen5x(clock: Clock, name: string, words: readonly number[] = SEN5X_WORDS) {
  let began: number | undefined;
  let taken = 0;
  const measured = (): number => (began === undefined ? 0 : Math.floor((clock.ms - began) / 1_000));
  const ready = (): boolean => measured() > taken && !chip.stuckBusy;
  const current = (): number[] => {
    const since = clock.ms - began!;
    return chip.words.map((word, at) => {
      const has = at < 4 || name === 'SEN55' || (name === 'SEN54' && at < 7);
      if (!has || (at === 7 && since < 10_000)) return at < 4 ? 0xffff : 0x7fff;
      return at < 4 && since < 30_000 ? word >> 2 : word & 0xffff;
    });
  };
  const nameWords = Array.from({ length: 16 }, (_, at) =>
    Buffer.from(name.padEnd(32, '\0')).readUInt16BE(2 * at),
  );
  const idle = <T>(outcome: T): T | undefined => (began === undefined ? outcome : undefined);
  const chip: SimulatedChip & {
    log: string[];
    words: readonly number[];
    status: number;
    answer: () => number[];
    measures: () => boolean;
  } = {
    ...commandChip(
      clock,
      wordCommands({
        33: () => {
          if (began !== undefined) return undefined;
          began = clock.ms;
          taken = 0;
          return { ms: 50 };
        },
        260: () => {
          began = undefined;
          return { ms: 200 };
        },
        514: () => ({ ms: 20, answer: () => withCrc(ready() ? 1 : 0) }),
        964: () => {
          if (!ready()) return undefined;
          taken = measured();
          return { ms: 20, answer: () => chip.answer() };
        },
        24754: () => idle({ ms: 20 }),
        53268: () => ({ ms: 50, answer: () => withCrc(...nameWords) }),
        53776: () => {
          const { status } = chip;
          // Errors stay until they are cleared; the other flags say what is now.
          chip.status &= ~0xf0;
          return { ms: 20, answer: () => withCrc(status >>> 16, status & 0xffff) };
        },
        54020: () => {
          began = undefined;
          return { ms: 200 };
        },
      }),
    ),
    words,
    status: 0,
    answer: () => withCrc(...current()),
    measures: () => began !== undefined,
  };
  return chip;
}

const sim = (name: string, truth: Record<string, Value>): ChipSim => ({
  driver: name.toLowerCase(),
  sensor: { address: '0x69' },
  chip: (clock) => sen5x(clock, name),
  truth,
  traits: ['crc', 'busy', 'identity'],
});
const PARTICLES = { pm1: 8.3, pm25: 12.7, pm4: 15, pm10: 16.1 };
const AIR = { humidity: 45.12, temperature: -3.125, vocIndex: 104 };
export const SEN50_SIM = sim('SEN50', PARTICLES);
export const SEN54_SIM = sim('SEN54', { ...PARTICLES, ...AIR });
export const SEN55_SIM = sim('SEN55', { ...PARTICLES, ...AIR, noxIndex: 1.2 });
