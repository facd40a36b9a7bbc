import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { PROC_ITEMS, type ProcPart } from '@perch/broker-bridge/config/driver-sysfs.ts';
import { numberIn, SampleBuilder } from '../../values/sample.ts';
import { readText } from '../buses/sysfs.ts';
import type { OpenedSensor } from '../driver.ts';
import type { SensorEnvironment } from '../environment.ts';
import { SensorFault, toFault } from '../fault.ts';
import { allFree, Gate } from '../gate.ts';

/** Longest reading of one part, in ms. statfs of a network disk that is gone hangs, and must not take the load with it. */
export const PROC_DEADLINE = 1_000;

const words = (text: string): (number | undefined)[] => text.split(/\s+/).map(numberIn);

/** Bytes of a line of /proc/meminfo, "MemTotal:  1024 kB" (proc_meminfo(5): kB means 1024). */
function memory(text: string, name: string): number | undefined {
  const found = new RegExp(`^${name}:\\s+([0-9]+) kB$`, 'm').exec(text);
  return found ? Number(found[1]) * 1024 : undefined;
}

type Reader = (procRoot: string, path: string) => Promise<(number | undefined)[]>;

/** The numbers of each part, in the order of PROC_ITEMS. */
const READERS: Record<ProcPart, Reader> = {
  load: async (procRoot) => words(await readText(join(procRoot, 'loadavg'))).slice(0, 3),
  memory: async (procRoot) => {
    const text = await readText(join(procRoot, 'meminfo'));
    return [memory(text, 'MemTotal'), memory(text, 'MemAvailable')];
  },
  disk: async (_, path) => {
    const disk = await statfs(path).catch((error) => {
      throw toFault(error, { ENOENT: 'missing', ENOTDIR: 'missing', EACCES: 'denied' });
    });
    // What a program may still write is bavail; bfree counts the blocks kept for root as well.
    return [disk.blocks * disk.bsize, disk.bavail * disk.bsize];
  },
  uptime: async (procRoot) => words(await readText(join(procRoot, 'uptime'))).slice(0, 1),
};

/** Load, memory, disk and uptime; a part that fails or hangs does so alone. `path` is the folder whose disk is measured. */
export function openProc(parts: readonly ProcPart[], path: string, env: SensorEnvironment): OpenedSensor {
  const gates = parts.map((part) => ({ part, gate: new Gate(`/proc ${part}`) }));
  return {
    async read() {
      const builder = new SampleBuilder();
      await Promise.all(
        gates.map(async ({ part, gate }) => {
          const items = PROC_ITEMS[part];
          try {
            const numbers = await gate.run(() => READERS[part](env.procRoot, path), PROC_DEADLINE);
            for (const [index, { key }] of items.entries()) builder.number(key, numbers[index]);
          } catch (error) {
            for (const { key } of items)
              builder.fail(key, error instanceof SensorFault ? error.reason : 'io');
          }
        }),
      );
      return builder.sample;
    },
    close: () => allFree(gates.map(({ gate }) => gate)),
  };
}
