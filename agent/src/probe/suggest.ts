import { SENSORS_LIMIT } from '@perch/broker-bridge/config/limits.ts';
import type { ProbeReport } from './scan.ts';

/** A config to start from, and what it leaves open. */
export type Suggestion = {
  config: { period: string; buses: Record<string, object>; sensors: object[] };
  notes: string[];
};

/** Long enough for every built-in chip to measure. */
const PERIOD = '60s';

/**
 * A config for what a scan found: the machine's own numbers, every chip that the kernel reads, and each I2C chip that said
 * its name or that alone fits its address. What cannot be told is in the notes, not in the config. Pure.
 */
export function suggest({ adapters, ports, chips }: ProbeReport): Suggestion {
  const buses: Record<string, object> = {};
  const sensors: object[] = [{ id: 'sys', driver: 'sysfs', proc: ['load', 'memory', 'disk', 'uptime'] }];
  const notes: string[] = [];
  if (chips.length > 0)
    sensors.push({ id: 'kernel', driver: 'sysfs', discover: [...new Set(chips.map((chip) => chip.class))] });
  for (const { path, devices, claimed, reason } of adapters) {
    if (reason !== undefined) notes.push(`${path} was not scanned to its end: ${reason}`);
    for (const address of claimed)
      notes.push(`${path} ${address} is read by the kernel; see the sensor "kernel"`);
    for (const { address, name, driver, sure, config } of devices) {
      if (driver === undefined) {
        notes.push(`${path} ${address} is left out: ${name}`);
        continue;
      }
      if (!sure)
        notes.push(
          `${path} ${address} did not say what it is; ${driver} is the only driver for that address`,
        );
      Object.assign(buses, config.buses);
      const [sensor] = config.sensors as { id: string; bus: string }[];
      const taken = sensors.some((other) => (other as { id: string }).id === sensor!.id);
      sensors.push(taken ? { ...sensor, id: `${sensor!.id}-${sensor!.bus}`.slice(0, 32) } : sensor!);
    }
  }
  for (const { path, byId } of ports)
    notes.push(
      `${path}${byId === undefined ? '' : ` (${byId})`} is a serial port; what is on it cannot be told, so add its bus and sensor by hand`,
    );
  if (sensors.length > SENSORS_LIMIT)
    notes.push(
      `${sensors.length - SENSORS_LIMIT} sensors are left out: a config has ${SENSORS_LIMIT} at most`,
    );
  return { config: { period: PERIOD, buses, sensors: sensors.slice(0, SENSORS_LIMIT) }, notes };
}
