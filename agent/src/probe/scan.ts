import { SYSFS_CLASSES } from '@perch/broker-bridge/config/driver-sysfs.ts';
import type { I2cChip } from '@perch/broker-bridge/devices/i2c-chip.ts';
import type { Reason } from '@perch/broker-bridge/protocol/values.ts';
import { I2cBus, type I2cTransfers, listAdapters } from '../sensors/buses/i2c.ts';
import { listSerialPorts } from '../sensors/buses/serial-path.ts';
import { listChips } from '../sensors/buses/sysfs.ts';
import { deviceOf } from '../sensors/drivers/chip.ts';
import { channelsOf } from '../sensors/drivers/sysfs-channels.ts';
import type { SensorEnvironment } from '../sensors/environment.ts';
import { SensorFault } from '../sensors/fault.ts';
import { type Identity, identify, nameOf } from './identify.ts';

/** First and last address that is asked; those outside are reserved (UM10204, section 3.1.12). */
export const SCAN_FIRST = 0x08;
export const SCAN_LAST = 0x77;

/** Members for a config: what to put under "buses" and "sensors". Complete with a period it is a valid config. */
export type Snippet = { buses?: Record<string, object>; sensors: object[] };

export type ProbedDevice = {
  address: string;
  /** What it is, as far as it said, in words. */
  name: string;
  /** The driver, if the chip said what it is or only one fits. */
  driver?: string;
  /** True if the chip itself said what it is. */
  sure: boolean;
  /** Drivers that fit; more than one cannot be told apart by asking. */
  candidates: string[];
  config: Snippet;
};
export type ProbedAdapter = {
  path: string;
  name: string;
  /** Addresses that answered a read of one byte. */
  devices: ProbedDevice[];
  /** Addresses that a kernel driver holds: their chips are under `chips`. */
  claimed: string[];
  /** Addresses that were left alone, since the running agent reads them. */
  inUse: string[];
  /** Why the bus could not be scanned, or not to its end. */
  reason?: Reason;
};
export type ProbedPort = { path: string; byId?: string; usbSerial?: string; config: Snippet };
export type ProbedChip = {
  class: string;
  name: string;
  device: string;
  files: string[];
  config: Snippet;
};
/** What a board has that a config could read. */
export type ProbeReport = { adapters: ProbedAdapter[]; ports: ProbedPort[]; chips: ProbedChip[] };

/** A scan is not ended early. */
const NEVER = new AbortController().signal;

const hex = (address: number): string => `0x${address.toString(16).padStart(2, '0')}`;

/** A bus as a config names it, and what must stand under "buses" for it. */
export type NamedBus = { name: string; buses: Record<string, object> };

function deviceSnippet({ name, buses }: NamedBus, address: number, chip: I2cChip | undefined): Snippet {
  const place = { bus: name, address: hex(address) };
  const sensor = chip
    ? { id: `${chip.driver}-${address.toString(16)}`, driver: chip.driver, ...place }
    : {
        id: `dev${address.toString(16)}`,
        driver: 'i2c-map',
        ...place,
        steps: [{ read: { len: 1, as: 'raw' } }],
        values: { raw: { from: 'raw' } },
      };
  return { buses, sensors: [sensor] };
}

function probedDevice(bus: NamedBus, address: number, identity: Identity): ProbedDevice {
  const { candidates, others } = identity;
  const chip = identity.chip ?? (candidates.length === 1 && others.length === 0 ? candidates[0] : undefined);
  return {
    address: hex(address),
    name: nameOf(identity),
    ...(chip ? { driver: chip.driver } : {}),
    sure: identity.chip !== undefined,
    candidates: candidates.map(({ driver }) => driver),
    config: deviceSnippet(bus, address, chip),
  };
}

/** Asks every address of a bus, or behind one channel, but those to leave out. */
async function scanBus(
  env: SensorEnvironment,
  transfers: I2cTransfers,
  bus: NamedBus,
  leftOut: ReadonlySet<number>,
): Promise<Pick<ProbedAdapter, 'devices' | 'claimed' | 'reason'>> {
  const found: Pick<ProbedAdapter, 'devices' | 'claimed' | 'reason'> = { devices: [], claimed: [] };
  for (let address = SCAN_FIRST; address <= SCAN_LAST; address++) {
    if (leftOut.has(address)) continue;
    try {
      await transfers.read(address, { width: 0, len: 1 });
    } catch (error) {
      const fault = error instanceof SensorFault ? error : new SensorFault('io', String(error));
      if (fault.reason === 'nak') continue;
      if (fault.held) {
        found.claimed.push(hex(address));
        continue;
      }
      // The bus itself is at fault, and would be at each address.
      return { ...found, reason: fault.reason };
    }
    const identity = await identify(deviceOf(transfers, address, env, NEVER));
    found.devices.push(probedDevice(bus, address, identity));
  }
  return found;
}

async function probeAdapter(
  env: SensorEnvironment,
  number: number,
  name: string,
  { used, channels, known }: ScanOptions,
): Promise<ProbedAdapter[]> {
  const path = `/dev/i2c-${number}`;
  const leftOut = used?.get(path) ?? used?.get(name) ?? new Set();
  const bus = new I2cBus({ type: 'i2c', path }, env);
  const root = known?.find(({ adapter }) => adapter === path || adapter === name) ?? {
    name: `i2c${number}`,
    buses: { [`i2c${number}`]: { type: 'i2c', path } },
  };
  try {
    const found = await scanBus(env, bus, root, leftOut);
    const report = [{ path, name, ...found, inUse: [...leftOut].map(hex) }];
    // What sits on the bus itself answers whatever channel is open.
    const answered = new Set([...found.devices.map(({ address }) => address), ...found.claimed].map(Number));
    for (const channel of channels ?? []) {
      if (channel.adapter !== path && channel.adapter !== name) continue;
      const behind = { name: channel.bus, buses: channel.buses };
      report.push({
        path: `${path} ${hex(channel.mux)}/${channel.number}`,
        name: `channel ${channel.number} of the TCA9548A at ${hex(channel.mux)}`,
        ...(await scanBus(env, bus.behind(channel), behind, answered)),
        inUse: [],
      });
    }
    return report;
  } finally {
    await bus.close();
  }
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
  for (const kind of SYSFS_CLASSES) {
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

/** A channel of a multiplexer that a config names. */
export type ScannedChannel = {
  /** The adapter's path or name, as the config says it. */
  adapter: string;
  mux: number;
  number: number;
  /** The channel's name under "buses", and those members. */
  bus: string;
  buses: Record<string, object>;
};

export type ScanOptions = {
  /** Buses that a config has already, by the adapter's path or name. */
  known?: readonly (NamedBus & { adapter: string })[];
  /** Addresses that a running agent reads, by the adapter's path or name; they are left alone. */
  used?: ReadonlyMap<string, ReadonlySet<number>>;
  /** Channels to look behind. Not while an agent runs: two that switch channels would read each other's chips. */
  channels?: readonly ScannedChannel[];
};

/**
 * Looks over the board: I2C adapters with the addresses that answer, serial ports, and the chips that the kernel reads. A
 * scan reads one byte from each address, which is harmless for nearly all chips; a few advance a queue by it. Never
 * rejects for what the board lacks.
 */
export async function scan(env: SensorEnvironment, options: ScanOptions = {}): Promise<ProbeReport> {
  const adapters = await listAdapters(env);
  const [scanned, ports, chips] = await Promise.all([
    Promise.all(adapters.map(({ number, name }) => probeAdapter(env, number, name, options))),
    probePorts(env),
    probeChips(env),
  ]);
  return { adapters: scanned.flat(), ports, chips };
}
