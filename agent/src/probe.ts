import type { Reason } from '@perch/broker-bridge/protocol/values.ts';
import { KNOWN_ADDRESSES } from './known-addresses.ts';
import { I2cBus, listAdapters } from './sensors/buses/i2c.ts';
import { listSerialPorts } from './sensors/buses/serial-path.ts';
import { listChips } from './sensors/buses/sysfs.ts';
import { channelsOf } from './sensors/drivers/sysfs-channels.ts';
import type { SensorEnvironment } from './sensors/environment.ts';
import { SensorFault } from './sensors/fault.ts';

/** First and last address that is asked; those outside are reserved (UM10204, section 3.1.12). */
export const SCAN_FIRST = 0x08;
export const SCAN_LAST = 0x77;

/** Members for a config: what to put under "buses" and "sensors". Complete with a period it is a valid config. */
export type Snippet = { buses?: Record<string, object>; sensors: object[] };

export type ProbedDevice = { address: string; guess: string; config: Snippet };
export type ProbedAdapter = {
  path: string;
  name: string;
  /** Addresses that answered a read of one byte. */
  devices: ProbedDevice[];
  /** Addresses that a kernel driver holds: their chips are under `chips`. */
  claimed: string[];
  /** Why the bus could not be scanned, or not to its end. */
  reason?: Reason;
};
export type ProbedPort = { path: string; byId?: string; usbSerial?: string; config: Snippet };
export type ProbedChip = {
  class: 'hwmon' | 'thermal' | 'iio';
  name: string;
  device: string;
  files: string[];
  config: Snippet;
};
/** What a board has that a config could read. */
export type ProbeReport = { adapters: ProbedAdapter[]; ports: ProbedPort[]; chips: ProbedChip[] };

const hex = (address: number): string => `0x${address.toString(16).padStart(2, '0')}`;

function deviceSnippet(bus: string, path: string, address: number): Snippet {
  const place = { bus, address: hex(address) };
  const sensor =
    address >= 0x48 && address <= 0x4b
      ? { id: `temp${address.toString(16)}`, driver: 'tmp102', ...place }
      : {
          id: `dev${address.toString(16)}`,
          driver: 'i2c-map',
          ...place,
          steps: [{ read: { len: 1, as: 'raw' } }],
          values: { raw: { from: 'raw' } },
        };
  return { buses: { [bus]: { type: 'i2c', path } }, sensors: [sensor] };
}

async function probeAdapter(env: SensorEnvironment, number: number, name: string): Promise<ProbedAdapter> {
  const path = `/dev/i2c-${number}`;
  const found: ProbedAdapter = { path, name, devices: [], claimed: [] };
  const bus = new I2cBus({ type: 'i2c', path }, env);
  try {
    for (let address = SCAN_FIRST; address <= SCAN_LAST; address++) {
      try {
        await bus.read(address, { width: 0, len: 1 });
        found.devices.push({
          address: hex(address),
          guess: KNOWN_ADDRESSES[address] ?? 'unknown',
          config: deviceSnippet(`i2c${number}`, path, address),
        });
      } catch (error) {
        const fault = error instanceof SensorFault ? error : new SensorFault('io', String(error));
        if (fault.reason === 'nak') continue;
        if (fault.held) {
          found.claimed.push(hex(address));
          continue;
        }
        // The bus itself is at fault, and would be at each address.
        found.reason = fault.reason;
        break;
      }
    }
  } finally {
    await bus.close();
  }
  return found;
}

async function probePorts(env: SensorEnvironment): Promise<ProbedPort[]> {
  const ports = await listSerialPorts(env);
  return ports.map((port, index) => {
    const place = port.byId === undefined ? { path: port.path } : { match: { byId: port.byId } };
    const bus = `serial${index}`;
    return {
      ...port,
      config: {
        buses: { [bus]: { type: 'serial', ...place, baud: 9600 } },
        sensors: [{ id: `port${index}`, driver: 'lines', bus, format: 'keyvalue' }],
      },
    };
  });
}

const idOf = (text: string): string =>
  `chip-${text.toLowerCase().replace(/[^a-z0-9_-]+/g, '-')}`.slice(0, 28);

async function probeChips(env: SensorEnvironment): Promise<ProbedChip[]> {
  const found: ProbedChip[] = [];
  for (const kind of ['hwmon', 'thermal', 'iio'] as const) {
    const chips = await listChips(env.sysRoot, kind);
    for (const chip of chips) {
      const twins = chips.filter((other) => other.name === chip.name).length > 1 && chip.device !== '';
      const channels = await channelsOf(chip);
      const match = { [kind]: chip.name, ...(twins ? { device: chip.device } : {}) };
      found.push({
        class: kind,
        name: chip.name,
        device: chip.device,
        files: channels.map(({ file }) => file),
        config: {
          sensors: channels.map(({ file, conversion }, index) => ({
            id: `${idOf(chip.name)}-${found.length}${index === 0 ? '' : `-${index}`}`.slice(0, 32),
            driver: 'sysfs',
            match,
            file,
            ...conversion,
          })),
        },
      });
    }
  }
  return found;
}

/**
 * Looks over the board: I2C adapters with the addresses that answer, serial ports, and the chips that the kernel reads. A
 * scan reads one byte from each address, which is harmless for nearly all chips; a few advance a queue by it. Never
 * rejects for what the board lacks.
 */
export async function probe(env: SensorEnvironment): Promise<ProbeReport> {
  const adapters = await listAdapters(env);
  const [scanned, ports, chips] = await Promise.all([
    Promise.all(adapters.map(({ number, name }) => probeAdapter(env, number, name))),
    probePorts(env),
    probeChips(env),
  ]);
  return { adapters: scanned, ports, chips };
}

// Names come from devices and are shown on a terminal.
const plain = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 80);

function table(title: string, none: string, rows: string[][]): string {
  if (rows.length === 0) return `${title}\n  ${none}\n`;
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}`.trimEnd(),
  );
  return `${title}\n${lines.join('\n')}\n`;
}

/** The report as a plain table, each find followed by the sensors (and their bus) that would read it. */
export function formatProbe(report: ProbeReport): string {
  const snippet = (config: Snippet): string => plainLong(JSON.stringify(config));
  const adapters = report.adapters.flatMap(({ path, name, devices, claimed, reason }) => [
    [
      path,
      plain(name),
      reason === undefined ? `${devices.length} answer` : `not scanned to the end: ${reason}`,
      '',
    ],
    ...devices.map(({ address, guess, config }) => ['', address, guess, snippet(config)]),
    ...claimed.map((address) => ['', address, 'held by a kernel driver; see chips', '']),
  ]);
  const ports = report.ports.map(({ path, byId, usbSerial, config }) => [
    path,
    plain(byId ?? ''),
    plain(usbSerial ?? ''),
    snippet(config),
  ]);
  const chips = report.chips.flatMap(({ class: kind, name, device, files, config }) =>
    files.map((file, index) => [
      kind,
      plain(name),
      plain(device),
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

const plainLong = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?');
