import { BoardError } from './board-error.ts';
import { bytesText } from './progress.ts';

/** How a disk hangs on the machine; `virtual` are loop devices, mapped ones, RAID, memory. */
export type Bus = 'usb' | 'mmc' | 'other' | 'virtual';

/** A disk of /sys/block. Devices are named by their number, such as 8:16. */
export interface Disk {
  name: string;
  number: string;
  bytes: number;
  removable: boolean;
  readOnly: boolean;
  bus: Bus;
  model: string;
  partitions: { name: string; number: string }[];
  /** Devices that are made of this one or a partition of it (LVM, RAID, encryption), by name. */
  holders: string[];
}

/** What the machine does with its disks. */
export interface Machine {
  disks: readonly Disk[];
  mounts: readonly { number: string; source: string; point: string }[];
  /** Paths of swap areas. */
  swaps: readonly string[];
}

/** Largest disk that is written, in bytes: a larger one is hardly a card. */
export const DISK_LIMIT = 2e12;

/** The mounts of /proc/self/mountinfo (proc(5)). Pure; lines of another form are left out. */
export function mountsOf(text: string): Machine['mounts'] {
  const plain = (word: string): string =>
    word.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
  return text.split('\n').flatMap((line) => {
    const [before, after] = line.split(' - ');
    const [, , number, , point] = before?.split(' ') ?? [];
    const source = after?.split(' ')[1];
    return number === undefined || point === undefined || source === undefined
      ? []
      : [{ number, point: plain(point), source: plain(source) }];
  });
}

/** The swap areas of /proc/swaps (proc(5)). Pure. */
export const swapsOf = (text: string): string[] =>
  text
    .split('\n')
    .slice(1)
    .map((line) => line.split(/\s/)[0] ?? '')
    .filter((path) => path.startsWith('/'));

/** Names and numbers of a disk, its partitions, and all that is built on them, however deep. */
function stackOf(disk: Disk, machine: Machine): { names: Set<string>; numbers: Set<string> } {
  const names = new Set<string>();
  const numbers = new Set<string>();
  const waiting = [disk];
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    if (names.has(one.name)) continue;
    for (const { name, number } of [one, ...one.partitions]) {
      names.add(name);
      numbers.add(number);
    }
    for (const holder of one.holders) {
      const above = machine.disks.find(({ name }) => name === holder);
      if (above === undefined) names.add(holder);
      else waiting.push(above);
    }
  }
  return { names, numbers };
}

const SYSTEM_POINTS = ['/', '/boot', '/boot/firmware', '/boot/efi', '/usr', '/var', '/home'];

const refused = (message: string): BoardError => new BoardError('REFUSED_DISK', message);

/**
 * The disk of that name, if it may be written: it is in no use, and looks like a card or a stick. Pure.
 * `codeAt`: the mount point that this program runs from.
 * @throws BoardError REFUSED_DISK with the reason
 */
export function diskToWrite(
  name: string,
  machine: Machine,
  options: { imageBytes: number; force: boolean; codeAt?: string | undefined },
): Disk {
  const disk = machine.disks.find((one) => one.name === name);
  if (disk === undefined) {
    const whole = machine.disks.find(({ partitions }) => partitions.some((one) => one.name === name));
    throw refused(
      whole === undefined
        ? `${name} is no disk of this machine; lsblk lists them`
        : `${name} is a partition; give the whole disk: --device /dev/${whole.name}`,
    );
  }
  const { names, numbers } = stackOf(disk, machine);
  const mounts = machine.mounts
    .filter(
      ({ number, source }) => numbers.has(number) || names.has(source.replace(/^\/dev\/(mapper\/)?/, '')),
    )
    .map(({ point }) => point);
  const system = mounts.find((point) => SYSTEM_POINTS.includes(point) || point === options.codeAt);
  if (system !== undefined) throw refused(`/dev/${name} is a disk of this very machine: it holds ${system}`);
  const swap = machine.swaps.find((path) => names.has(path.replace(/^\/dev\//, '')));
  if (swap !== undefined) throw refused(`/dev/${name} is a disk of this very machine: ${swap} is its swap`);
  if (mounts.length > 0)
    throw refused(
      `/dev/${name} is in use: it is mounted at ${mounts[0]}; unmount it: umount ${JSON.stringify(mounts[0])}`,
    );
  if (disk.holders.length > 0)
    throw refused(`/dev/${name} is in use by ${disk.holders.join(', ')} (LVM, RAID or encryption)`);
  if (disk.bytes === 0) throw refused(`/dev/${name} has no medium: put the card in`);
  if (disk.readOnly) throw refused(`/dev/${name} is read-only: look at the card's lock`);
  if (disk.bytes > DISK_LIMIT)
    throw refused(`/dev/${name} has ${bytesText(disk.bytes)}: no card is that large, and it is left alone`);
  if (disk.bytes < options.imageBytes)
    throw refused(
      `/dev/${name} has ${bytesText(disk.bytes)} and the image ${bytesText(options.imageBytes)}: take a larger card`,
    );
  if (!options.force && (disk.bus === 'virtual' || (disk.bus === 'other' && !disk.removable)))
    throw refused(
      `/dev/${name} (${disk.model || 'no model'}) is neither removable nor on USB or a card slot; --force-device writes it all the same`,
    );
  return disk;
}

/** The mount point that a path lies under. Pure. */
export function mountOf(path: string, mounts: Machine['mounts']): string | undefined {
  const under = mounts.filter(({ point }) => point === '/' || path === point || path.startsWith(`${point}/`));
  return under.toSorted((a, b) => b.point.length - a.point.length)[0]?.point;
}
