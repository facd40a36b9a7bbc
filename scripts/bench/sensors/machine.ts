import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Simulated sensors of the benchmark. */
export const SENSORS = 10;
/** What sensor number `index` says, in thousandths of a degree Celsius. */
export const sensorMilli = (index: number): number => 20_000 + index * 375;

/** A /sys/class with ten hwmon chips, in `folder`. */
export function simulatedClass(folder: string): string {
  for (let index = 0; index < SENSORS; index++) {
    const chip = join(folder, 'class/hwmon', `hwmon${index}`);
    mkdirSync(chip, { recursive: true });
    writeFileSync(join(chip, 'name'), `bench${index}\n`);
    writeFileSync(join(chip, 'temp1_input'), `${sensorMilli(index)}\n`);
  }
  return join(folder, 'class');
}

/** The config that reads them. */
export const simulatedConfig = (period: string): string =>
  JSON.stringify({
    period,
    sensors: Array.from({ length: SENSORS }, (_, index) => ({
      id: `s${index}`,
      driver: 'sysfs',
      match: { hwmon: `bench${index}` },
      file: 'temp1_input',
      scale: 0.001,
      unit: 'Cel',
    })),
  });

const NAMESPACES = [
  ['unshare', '--mount'],
  ['unshare', '--mount', '--map-root-user'],
] as const;

/**
 * The words before a program that then sees `classFolder` as /sys/class, in a mount namespace of its own; undefined where
 * this machine allows none. The agent itself is the one that ships, and reads real files through the kernel.
 */
export function runnerWith(classFolder: string, script: string): string | undefined {
  writeFileSync(script, `mount --bind ${classFolder} /sys/class && exec "$@"\n`);
  for (const words of NAMESPACES) {
    const [program, ...args] = [...words, 'sh', script, 'true'];
    if (spawnSync(program!, args, { timeout: 10_000 }).status === 0)
      return [...words, 'sh', script].join(' ');
  }
  return undefined;
}
