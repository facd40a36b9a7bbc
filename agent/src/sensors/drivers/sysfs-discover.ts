import type { SysfsClass } from '@perch/broker-bridge/config/driver-sysfs.ts';
import { SampleBuilder } from '../../values/sample.ts';
import { type Chip, ChipFile, listChips, turnsOfChip } from '../buses/sysfs.ts';
import type { OpenedSensor } from '../driver.ts';
import type { SensorEnvironment } from '../environment.ts';
import { SensorFault } from '../fault.ts';
import { allFree, type Turns, turnsOf } from '../gate.ts';
import { type Channel, channelKey, channelsOf, numberOf } from './sysfs-channels.ts';

/** How often the machine is looked over for chips that came or went, in ms. A failed reading looks at once. */
export const DISCOVER_INTERVAL = 60_000;
/** Most channels that one sensor discovers. */
export const DISCOVERED_LIMIT = 128;
/** Longest look over the machine, in ms. */
export const LOOK_DEADLINE = 5_000;
/** Longest reading of one channel, in ms. */
export const CHANNEL_DEADLINE = 1_000;
/** Longest reading of a 1-wire thermometer, in ms: 750 ms to convert (DS18B20 datasheet, 12 bits), and the transfers. */
export const ONE_WIRE_DEADLINE = 2_000;
/** No reading is begun after this share of the deadline, so that the last one is done in time. */
const START_SHARE = 0.8;
/** Most names that are kept for channels that went away. */
const NAMES_LIMIT = 4 * DISCOVERED_LIMIT;

/** Closes a file when its reading, if one is under way or hangs, is over. */
const letGo = (file: ChipFile): void => void file.close().catch(() => undefined);

type Found = { chip: Chip; channel: Channel; turns: Turns; file: ChipFile };

/**
 * Every channel of every chip of the given classes. A key is made of the chip's and the channel's name; where two would be
 * alike, the later one (by device, not by the kernel's index) gets _2, _3 and so on, and keeps it while the agent runs.
 */
export async function openDiscover(
  classes: readonly SysfsClass[],
  env: SensorEnvironment,
): Promise<OpenedSensor> {
  const keys = new Map<string, string>();
  const taken = new Set<string>();
  let found = new Map<string, Found>();
  let lookAt = Number.NEGATIVE_INFINITY;
  const looking = turnsOf(env, 'looking for chips');
  /** Where the next reading begins, so that what was too late for one period is first in the next. */
  let first = 0;

  const identityOf = (chip: Chip): string =>
    JSON.stringify([chip.class, chip.name, chip.device || chip.folder]);
  const keyOf = (chip: Chip, channel: Channel): string | undefined => {
    const identity = `${identityOf(chip)} ${channel.file}`;
    const known = keys.get(identity);
    if (known !== undefined || keys.size >= NAMES_LIMIT) return known;
    const base = channelKey(chip, channel);
    let key = base;
    for (let count = 2; taken.has(key); count++) key = `${base}_${count}`;
    taken.add(key);
    keys.set(identity, key);
    return key;
  };

  const look = async (): Promise<void> => {
    const now = new Map<string, Found>();
    for (const kind of classes)
      for (const chip of await listChips(env.sysRoot, kind)) {
        const turns = await turnsOfChip(env, chip);
        for (const channel of await channelsOf(chip)) {
          const key = keyOf(chip, channel);
          if (key === undefined || now.size >= DISCOVERED_LIMIT) continue;
          const before = found.get(key);
          const same = before?.chip.folder === chip.folder && before.channel.file === channel.file;
          now.set(key, {
            chip,
            channel,
            turns,
            file: same ? before.file : new ChipFile(chip, channel.file),
          });
        }
      }
    const kept = new Set([...now.values()].map(({ file }) => file));
    for (const { file } of found.values()) if (!kept.has(file)) letGo(file);
    found = now;
    lookAt = env.now() + DISCOVER_INTERVAL;
  };

  const readOne = async (builder: SampleBuilder, key: string, one: Found): Promise<void> => {
    try {
      const text = await one.turns.run(
        () => one.file.read(),
        one.chip.class === 'w1' ? ONE_WIRE_DEADLINE : CHANNEL_DEADLINE,
      );
      builder.number(key, numberOf(one.channel.file, text), one.channel.conversion);
    } catch (error) {
      const reason = error instanceof SensorFault ? error.reason : 'io';
      builder.fail(key, reason);
      if (reason !== 'missing' && reason !== 'unplugged') return;
      letGo(one.file);
      lookAt = Number.NEGATIVE_INFINITY;
    }
  };

  return {
    async read(deadline = Number.POSITIVE_INFINITY) {
      const until = env.now() + deadline * START_SHARE;
      if (env.now() >= lookAt) await looking.run(look, LOOK_DEADLINE);
      const builder = new SampleBuilder();
      const all = [...found];
      const begin = first < all.length ? first : 0;
      for (const [index, [key, one]] of [...all.slice(begin), ...all.slice(0, begin)].entries()) {
        if (env.now() < until) {
          await readOne(builder, key, one);
          first = begin + index + 1;
        } else builder.fail(key, 'timeout');
      }
      if (builder.sample.errors.size === 0) first = 0;
      return builder.sample;
    },
    async close() {
      for (const { file } of found.values()) letGo(file);
      await allFree([looking, ...[...found.values()].map(({ turns }) => turns)]);
    },
  };
}
