import type { SensorStatus } from '../sensors/sensor-set.ts';
import type { ReadingRow } from './readings.ts';
import type { ProbeReport, Snippet } from './scan.ts';
import { plain, table } from './table.ts';

const NAME_LENGTH = 80;
const name = (text: string): string => plain(text).slice(0, NAME_LENGTH);
const snippet = (config: Snippet): string => plain(JSON.stringify(config));

/** What the board has, each find followed by the sensors (and their bus) that would read it. */
export function formatScan(report: ProbeReport): string {
  const adapters = report.adapters.flatMap(({ path, name: called, devices, claimed, inUse, reason }) => [
    [
      path,
      name(called),
      reason === undefined ? `${devices.length} answer` : `not scanned to the end: ${reason}`,
      '',
    ],
    ...devices.map(({ address, name: what, config }) => ['', address, what, snippet(config)]),
    ...claimed.map((address) => ['', address, 'held by a kernel driver; see chips', '']),
    ...inUse.map((address) => ['', address, 'read by the running agent; left alone', '']),
  ]);
  const ports = report.ports.map(({ path, byId, usbSerial, config }) => [
    path,
    name(byId ?? ''),
    name(usbSerial ?? ''),
    snippet(config),
  ]);
  const chips = report.chips.flatMap(({ class: kind, name: called, device, files, config }) =>
    files.map((file, index) => [
      kind,
      name(called),
      name(device),
      file,
      snippet({ sensors: [config.sensors[index]!] }),
    ]),
  );
  return [
    table('I2C', 'no adapter (is i2c-dev loaded, and I2C switched on?)', adapters),
    table('Serial ports', 'none', ports),
    table('Chips that the kernel reads', 'none', chips),
  ].join('\n');
}

const shown = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(value) : String(value));

/** The readings as a table: item, value, unit, quality ("good" or the reason) and the milliseconds that its sensor took. */
export function formatReadings(rows: readonly ReadingRow[], title = 'Sensors of the config'): string {
  const cells = rows.map(({ item, value, unit, quality, ms }) => [
    name(item),
    value === undefined ? '-' : plain(shown(value)),
    unit ?? '',
    quality,
    ms === undefined ? '' : `${ms.toFixed(1)} ms`,
  ]);
  return table(title, 'none: this board has no config yet', cells.length > 0 ? [HEAD, ...cells] : []);
}
const HEAD = ['item', 'value', 'unit', 'quality', 'took'];

/** The sensors of a running agent: state, what the last good reading took, and what became of the readings. */
export function formatSensors(sensors: readonly SensorStatus[]): string {
  const rows = sensors.map(({ id, driver, state, reason, readMs, reasons, counters }) => [
    id,
    driver,
    state === 'open' || reason === undefined ? state : `${state} (${reason})`,
    readMs === undefined ? '' : `${readMs.toFixed(1)} ms`,
    String(counters.reads ?? 0),
    Object.entries(reasons)
      .map(([why, count]) => `${why} ${count}`)
      .join(', '),
  ]);
  return table('Sensors', 'none', rows.length > 0 ? [SENSORS_HEAD, ...rows] : []);
}
const SENSORS_HEAD = ['id', 'driver', 'state', 'took', 'reads', 'absent'];
