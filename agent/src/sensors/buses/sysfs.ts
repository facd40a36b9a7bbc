import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { SysfsClass } from '@perch/broker-bridge/config/driver-sysfs.ts';
import type { Reason } from '@perch/broker-bridge/protocol/values.ts';
import type { SensorEnvironment } from '../environment.ts';
import { SensorFault, toFault } from '../fault.ts';
import { type Turns, turnsOf } from '../gate.ts';

/** Most bytes that are read of one file; sysfs gives a page at most, /proc/meminfo fits as well. */
export const SYSFS_READ_LIMIT = 4096;
/** Most chips of one class that are looked at. */
export const CHIPS_LIMIT = 256;

const REASONS: Readonly<Record<string, Reason>> = {
  ENOENT: 'missing',
  ENOTDIR: 'missing',
  ENODATA: 'missing',
  ENODEV: 'unplugged',
  ENXIO: 'nak',
  EREMOTEIO: 'nak',
  ETIMEDOUT: 'timeout',
  EAGAIN: 'busy',
  EBUSY: 'busy',
  EACCES: 'denied',
  EPERM: 'denied',
  EOPNOTSUPP: 'unsupported',
  EPROTO: 'crc',
  EBADMSG: 'crc',
};

/** The trimmed text of a small file. Throws a SensorFault. */
export async function readText(path: string): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(SYSFS_READ_LIMIT), 0, SYSFS_READ_LIMIT, 0);
      return buffer.toString('utf8', 0, bytesRead).trim();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw toFault(error, REASONS);
  }
}

/** The names in a folder, sorted with numbers in their order; none if it does not exist. */
export async function listFolder(path: string): Promise<string[]> {
  const names = await readdir(path).catch(() => []);
  return names.sort(byNumber).slice(0, 4 * CHIPS_LIMIT);
}

const byNumber = new Intl.Collator('en', { numeric: true }).compare;

/** One chip that the kernel reads: its folder now, its name, and the device behind it ("1-0018"; '' if there is none). */
export type Chip = { class: SysfsClass; folder: string; name: string; device: string };

const PLACES: Record<SysfsClass, { folder: string; entry: RegExp; name: string }> = {
  hwmon: { folder: 'class/hwmon', entry: /^hwmon[0-9]+$/, name: 'name' },
  thermal: { folder: 'class/thermal', entry: /^thermal_zone[0-9]+$/, name: 'type' },
  iio: { folder: 'bus/iio/devices', entry: /^iio:device[0-9]+$/, name: 'name' },
  // A 1-wire device is called by its family and serial number, so its name is its own for ever.
  w1: { folder: 'bus/w1/devices', entry: /^[0-9a-f]{2}-[0-9a-f]{12}$/, name: 'name' },
};

async function deviceOf(kind: SysfsClass, folder: string): Promise<string> {
  // An IIO device is itself a child of the device behind it; hwmon links to it; a thermal zone and a 1-wire device have none.
  const path = kind === 'iio' ? folder : join(folder, 'device');
  const real = kind === 'thermal' || kind === 'w1' ? undefined : await realpath(path).catch(() => undefined);
  if (real === undefined) return '';
  return basename(kind === 'iio' ? dirname(real) : real);
}

/** All chips of a class, in the order of the devices behind them: the kernel's index depends on who loaded first. */
export async function listChips(sysRoot: string, kind: SysfsClass): Promise<Chip[]> {
  const place = PLACES[kind];
  const base = join(sysRoot, place.folder);
  const chips: Chip[] = [];
  for (const entry of (await listFolder(base))
    .filter((name) => place.entry.test(name))
    .slice(0, CHIPS_LIMIT)) {
    const folder = join(base, entry);
    const name = await readText(join(folder, place.name)).catch(() => '');
    if (name !== '') chips.push({ class: kind, folder, name, device: await deviceOf(kind, folder) });
  }
  return chips.sort((a, b) => byNumber(a.device, b.device) || byNumber(a.folder, b.folder));
}

/**
 * The turns at a chip. A 1-wire bus takes 750 ms for each reading and does one at a time, so all that hang on its master wait
 * together instead of holding a thread each.
 */
export async function turnsOfChip(env: SensorEnvironment, chip: Chip): Promise<Turns> {
  if (chip.class !== 'w1') return turnsOf(env, `${chip.class} ${chip.name} ${chip.device || chip.folder}`);
  const real = await realpath(chip.folder).catch(() => chip.folder);
  return turnsOf(env, `1-wire master ${dirname(real)}`);
}

/** Tells one file from its successor of the same name; undefined if there is none. */
async function identityOf(path: string): Promise<string | undefined> {
  const file = await stat(path).catch(() => undefined);
  return file && `${file.dev}:${file.ino}:${file.birthtimeMs}`;
}

/**
 * One file of a chip, kept open between readings: the kernel makes a number anew each time that it is read from its start. The
 * kernel numbers its chips anew when a module is loaded again, so it is looked each time whether the path still leads here.
 */
export class ChipFile {
  readonly #path: string;
  readonly #buffer = Buffer.alloc(SYSFS_READ_LIMIT);
  #closes = 0;
  #open: { handle: FileHandle; identity: string } | undefined;

  constructor(chip: Chip, file: string) {
    this.#path = join(chip.folder, file);
  }

  /** Lets go of the file; waits for a reading under way. The next reading opens it anew. */
  async close(): Promise<void> {
    this.#closes += 1;
    const open = this.#open;
    this.#open = undefined;
    await open?.handle.close();
  }

  /** The trimmed text. Throws a SensorFault; `missing` if the file is another one than at the first reading. */
  async read(): Promise<string> {
    try {
      const identity = await identityOf(this.#path);
      if (identity === undefined) throw new SensorFault('missing', `there is no ${this.#path}`);
      if (this.#open && this.#open.identity !== identity)
        throw new SensorFault('missing', `${this.#path} is another file now`);
      this.#open ??= await this.#openNow(identity);
      const { bytesRead } = await this.#open.handle.read(this.#buffer, 0, SYSFS_READ_LIMIT, 0);
      return this.#buffer.toString('utf8', 0, bytesRead).trim();
    } catch (error) {
      throw toFault(error, REASONS);
    }
  }

  /** Opens the file; one that was let go of meanwhile is not kept. */
  async #openNow(identity: string): Promise<{ handle: FileHandle; identity: string }> {
    const before = this.#closes;
    const handle = await open(this.#path, 'r');
    if (before === this.#closes) return { handle, identity };
    await handle.close();
    throw new SensorFault('missing', `${this.#path} was let go of`);
  }
}
