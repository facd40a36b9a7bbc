import type { SysfsClass } from '@perch/broker-bridge/config/driver-sysfs.ts';
import { SampleBuilder } from '../../values/sample.ts';
import { type Chip, ChipFile, listChips } from '../buses/sysfs.ts';
import type { OpenedSensor } from '../driver.ts';
import type { SensorEnvironment } from '../environment.ts';
import { SensorFault } from '../fault.ts';
import { allFree, Gate } from '../gate.ts';
import { type Channel, channelKey, channelsOf, numberOf } from './sysfs-channels.ts';

/** How often the machine is looked over for chips that came or went, in ms. A failed reading looks at once. */
export const DISCOVER_INTERVAL = 60_000;
/** Most channels that one sensor discovers. */
export const DISCOVERED_LIMIT = 128;
/** Longest look over the machine, in ms. */
export const LOOK_DEADLINE = 5_000;
/** Longest reading of one channel, in ms. */
export const CHANNEL_DEADLINE = 1_000;
/** Most names that are kept for channels that went away. */
const NAMES_LIMIT = 4 * DISCOVERED_LIMIT;

/** Closes a file when its reading, if one is under way or hangs, is over. */
const letGo = (file: ChipFile): void => void file.close().catch(() => undefined);

type Found = { chip: Chip; channel: Channel; file: ChipFile };

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
  const looking = new Gate('looking for chips');
  // One gate for a chip: when it hangs, that costs one thread however many channels it has.
  let gates = new Map<string, Gate>();

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
    // A gate that is shut stays, so that a chip that hangs is not asked again by looking anew.
    const nowGates = new Map([...gates].filter(([, gate]) => gate.shut));
    for (const kind of classes)
      for (const chip of await listChips(env.sysRoot, kind)) {
        const identity = identityOf(chip);
        if (!nowGates.has(identity)) nowGates.set(identity, new Gate(chip.name));
        for (const channel of await channelsOf(chip)) {
          const key = keyOf(chip, channel);
          if (key === undefined || now.size >= DISCOVERED_LIMIT) continue;
          const before = found.get(key);
          const same = before?.chip.folder === chip.folder && before.channel.file === channel.file;
          now.set(key, {
            chip,
            channel,
            file: same ? before.file : new ChipFile(env, chip, channel.file),
          });
        }
      }
    const kept = new Set([...now.values()].map(({ file }) => file));
    for (const { file } of found.values()) if (!kept.has(file)) letGo(file);
    found = now;
    gates = nowGates;
    lookAt = env.now() + DISCOVER_INTERVAL;
  };

  return {
    async read() {
      if (env.now() >= lookAt) await looking.run(look, LOOK_DEADLINE);
      const builder = new SampleBuilder();
      for (const [key, one] of found) {
        try {
          const text = await gates.get(identityOf(one.chip))!.run(() => one.file.read(), CHANNEL_DEADLINE);
          builder.number(key, numberOf(one.channel.file, text), one.channel.conversion);
        } catch (error) {
          const reason = error instanceof SensorFault ? error.reason : 'io';
          builder.fail(key, reason);
          if (reason !== 'missing' && reason !== 'unplugged') continue;
          letGo(one.file);
          lookAt = Number.NEGATIVE_INFINITY;
        }
      }
      return builder.sample;
    },
    async close() {
      for (const { file } of found.values()) letGo(file);
      await allFree([looking, ...gates.values()]);
    },
  };
}
