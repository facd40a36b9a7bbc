import { getSystemErrorName } from 'node:util';
import { SensorFault } from '@perch/broker-bridge/devices/sensor-fault.ts';
import type { Reason } from '@perch/broker-bridge/protocol/values.ts';

export { SensorFault };

/** The errno name of an error ("ENOENT"), from `code` or from a numeric `errno` of either sign; '' if it has none. */
export function errnoOf(error: unknown): string {
  const { code, errno } = error as { code?: unknown; errno?: unknown };
  if (typeof code === 'string') return code;
  const number = typeof errno === 'number' ? errno : typeof code === 'number' ? code : 0;
  if (!Number.isInteger(number) || number === 0) return '';
  return getSystemErrorName(-Math.abs(number));
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Any error as a SensorFault, by a table from errno to reason; `io` for one the table does not have. */
export function toFault(error: unknown, table: Readonly<Record<string, Reason>>): SensorFault {
  if (error instanceof SensorFault) return error;
  const errno = errnoOf(error);
  return new SensorFault(Object.hasOwn(table, errno) ? table[errno]! : 'io', messageOf(error));
}
