import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { type Bus, type Disk, type Machine, mountsOf, swapsOf } from './disks.ts';

const SECTOR = 512;

const word = (path: string): string => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return ''; // a disk that went meanwhile, or has no such word
  }
};

const names = (path: string): string[] => {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
};

function busOf(folder: string): Bus {
  const real = realpathSync(folder);
  if (real.includes('/devices/virtual/')) return 'virtual';
  if (/\/usb\d+\//.test(real)) return 'usb';
  return /\/mmc\d+\//.test(real) ? 'mmc' : 'other';
}

function diskOf(root: string, name: string): Disk {
  const folder = join(root, 'block', name);
  const partitions = names(folder)
    .filter((entry) => word(join(folder, entry, 'partition')) !== '')
    .map((entry) => ({ name: entry, number: word(join(folder, entry, 'dev')) }));
  const holders = [folder, ...partitions.map((one) => join(folder, one.name))].flatMap((path) =>
    names(join(path, 'holders')),
  );
  const model = [
    word(join(folder, 'device/vendor')),
    word(join(folder, 'device/model')),
    word(join(folder, 'device/name')),
  ];
  return {
    name,
    number: word(join(folder, 'dev')),
    bytes: Number(word(join(folder, 'size')) || 0) * SECTOR,
    removable: word(join(folder, 'removable')) === '1',
    readOnly: word(join(folder, 'ro')) === '1',
    bus: busOf(folder),
    // A vendor of a bus number (0x1af4) says nothing to a person.
    model: model.filter((text) => text !== '' && !text.startsWith('0x')).join(' '),
    partitions,
    holders,
  };
}

/** What /sys and /proc say of this machine's disks. `roots` are other places of both, for tests. */
export function readMachine(roots = { sys: '/sys', proc: '/proc' }): Machine {
  return {
    disks: names(join(roots.sys, 'block')).map((name) => diskOf(roots.sys, name)),
    mounts: mountsOf(word(join(roots.proc, 'self/mountinfo'))),
    swaps: swapsOf(word(join(roots.proc, 'swaps'))),
  };
}
