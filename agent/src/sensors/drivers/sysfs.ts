import {
  SYSFS_CLASSES,
  type SysfsClass,
  type SysfsSensor,
} from '@perch/broker-bridge/config/driver-sysfs.ts';
import type { Reason } from '@perch/broker-bridge/protocol/values.ts';
import { SampleBuilder } from '../../values/sample.ts';
import { type Chip, ChipFile, listChips, turnsOfChip } from '../buses/sysfs.ts';
import type { OpenedSensor, OpenSensor } from '../driver.ts';
import type { SensorEnvironment } from '../environment.ts';
import { SensorFault } from '../fault.ts';
import { allFree } from '../gate.ts';
import { numberOf } from './sysfs-channels.ts';
import { openDiscover } from './sysfs-discover.ts';
import { openProc } from './sysfs-proc.ts';

/** Longest reading of one file, in ms: a DS18B20 takes 750 ms (its datasheet, 12 bit), several behind one master their turn. */
export const FILE_DEADLINE = 10_000;

/** The one chip that a match means. Throws `missing` if there is none, or more than one. */
async function findChip(env: SensorEnvironment, match: NonNullable<SysfsSensor['match']>): Promise<Chip> {
  const kind = SYSFS_CLASSES.find((name) => match[name] !== undefined) as SysfsClass;
  const fitting = (await listChips(env.sysRoot, kind)).filter(
    (chip) => chip.name === match[kind] && (match.device === undefined || chip.device === match.device),
  );
  const [chip, second] = fitting;
  if (chip && !second) return chip;
  throw new SensorFault(
    'missing',
    chip
      ? `${fitting.length} ${kind} chips are called "${match[kind]}"; add "device": ${fitting.map((other) => other.device || '?').join(' or ')}`
      : `no ${kind} chip is called "${match[kind]}"`,
  );
}

/** What a file says whose chip went away. */
const GONE: readonly Reason[] = ['missing', 'unplugged'];

async function openFile(sensor: SysfsSensor, env: SensorEnvironment): Promise<OpenedSensor> {
  const match = sensor.match!;
  const find = async () => {
    const chip = await findChip(env, match);
    return { file: new ChipFile(chip, sensor.file!), turns: await turnsOfChip(env, chip) };
  };
  let found = await find();
  const read = (): Promise<string> => found.turns.run(() => found.file.read(), FILE_DEADLINE);
  return {
    async read() {
      const builder = new SampleBuilder();
      const text = await read().catch(async (error) => {
        if (!(error instanceof SensorFault) || !GONE.includes(error.reason)) throw error;
        // The chip may have another number by now.
        const moved = await find();
        await found.file.close();
        found = moved;
        return read();
      });
      builder.number(sensor.key ?? 'value', numberOf(sensor.file!, text), sensor);
      return builder.sample;
    },
    async close() {
      await allFree([found.turns]);
      await found.file.close();
    },
  };
}

/** What the kernel reads already: /proc, one file of a chip found by name, or every channel of every chip. */
export const openSysfs: OpenSensor<SysfsSensor> = async (sensor, { env }) => {
  if (sensor.proc) return openProc(sensor.proc, sensor.path ?? '/', env);
  if (sensor.discover) return openDiscover(sensor.discover, env);
  return openFile(sensor, env);
};
