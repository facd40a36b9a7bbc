import { join } from 'node:path';
import {
  SYSFS_CLASSES,
  type SysfsClass,
  type SysfsSensor,
} from '@perch/broker-bridge/config/driver-sysfs.ts';
import { SampleBuilder } from '../../values/sample.ts';
import { type Chip, listChips, nameFile, readChip, readText } from '../buses/sysfs.ts';
import type { OpenedSensor, OpenSensor } from '../driver.ts';
import type { SensorEnvironment } from '../environment.ts';
import { SensorFault } from '../fault.ts';
import { allFree, Gate } from '../gate.ts';
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

async function openFile(sensor: SysfsSensor, env: SensorEnvironment): Promise<OpenedSensor> {
  const match = sensor.match!;
  let chip = await findChip(env, match);
  const gate = new Gate(`sysfs ${sensor.file}`);
  const read = async (): Promise<string> => {
    // The kernel numbers its chips anew when a module is loaded again, so the name is looked at every time.
    const name = await readText(join(chip.folder, nameFile(chip.class))).catch(() => undefined);
    if (name !== chip.name) chip = await findChip(env, match);
    return readChip(env, chip, sensor.file!);
  };
  return {
    async read() {
      const builder = new SampleBuilder();
      builder.number(
        sensor.key ?? 'value',
        numberOf(sensor.file!, await gate.run(read, FILE_DEADLINE)),
        sensor,
      );
      return builder.sample;
    },
    close: () => allFree([gate]),
  };
}

/** What the kernel reads already: /proc, one file of a chip found by name, or every channel of every chip. */
export const openSysfs: OpenSensor<SysfsSensor> = async (sensor, { env }) => {
  if (sensor.proc) return openProc(sensor.proc, sensor.path ?? '/', env);
  if (sensor.discover) return openDiscover(sensor.discover, env);
  return openFile(sensor, env);
};
