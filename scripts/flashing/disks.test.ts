import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { BoardError } from './board-error.ts';
import { DISK_LIMIT, type Disk, diskToWrite, type Machine, mountOf, mountsOf, swapsOf } from './disks.ts';
import { readMachine } from './read-disks.ts';

const GB = 1e9;
const IMAGE = { imageBytes: 2.6 * GB, force: false, codeAt: '/' };

const disk = (name: string, number: string, more: Partial<Disk> = {}): Disk => ({
  name,
  number,
  bytes: 32 * GB,
  removable: false,
  readOnly: false,
  bus: 'other',
  model: 'Disk',
  partitions: [],
  holders: [],
  ...more,
});
const STICK = disk('sdb', '8:16', {
  bus: 'usb',
  removable: true,
  partitions: [
    { name: 'sdb1', number: '8:17' },
    { name: 'sdb2', number: '8:18' },
  ],
});

const PC: Machine = {
  disks: [
    disk('sda', '8:0', {
      bytes: 500 * GB,
      partitions: [
        { name: 'sda1', number: '8:1' },
        { name: 'sda2', number: '8:2' },
      ],
    }),
    STICK,
  ],
  mounts: mountsOf(
    '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n23 22 0:20 / /proc rw - proc proc rw\n',
  ),
  swaps: swapsOf('Filename Type Size Used Priority\n/dev/sda2 partition 999 0 -2\n'),
};

const PI: Machine = {
  disks: [
    disk('mmcblk0', '179:0', {
      bus: 'mmc',
      partitions: [
        { name: 'mmcblk0p1', number: '179:1' },
        { name: 'mmcblk0p2', number: '179:2' },
      ],
    }),
    { ...STICK, name: 'sda', number: '8:0', partitions: [{ name: 'sda1', number: '8:1' }] },
  ],
  mounts: mountsOf(
    '20 1 179:2 / / rw - ext4 /dev/root rw\n21 20 179:1 / /boot/firmware rw - vfat /dev/mmcblk0p1 rw\n',
  ),
  swaps: [],
};

const LAPTOP: Machine = {
  disks: [
    disk('nvme0n1', '259:0', {
      bytes: 1000 * GB,
      partitions: [
        { name: 'nvme0n1p1', number: '259:1' },
        { name: 'nvme0n1p3', number: '259:3' },
      ],
      holders: ['dm-0'],
    }),
    disk('dm-0', '254:0', { bus: 'virtual', holders: ['dm-1', 'dm-2'] }),
    disk('dm-1', '254:1', { bus: 'virtual' }),
    disk('dm-2', '254:2', { bus: 'virtual' }),
    disk('nvme1n1', '259:9', { bytes: 1000 * GB }),
    disk('sdc', '8:32', { bus: 'usb', holders: ['dm-9'] }),
  ],
  // btrfs has numbers of its own, which belong to no disk.
  mounts: mountsOf(
    '30 1 0:30 /root / rw - btrfs /dev/dm-1 rw\n31 30 254:2 / /home rw - ext4 /dev/mapper/home rw\n',
  ),
  swaps: [],
};

const refused = (
  name: string,
  machine: Machine,
  pattern: RegExp,
  options: Partial<typeof IMAGE> = {},
): void =>
  assert.throws(
    () => diskToWrite(name, machine, { ...IMAGE, ...options }),
    (error: unknown) => {
      assert.ok(error instanceof BoardError && error.code === 'REFUSED_DISK', String(error));
      assert.match(error.message, pattern);
      return true;
    },
  );

describe('which disk may be written', () => {
  test("a PC: the stick, but neither the system's disk nor one of its partitions", () => {
    assert.equal(diskToWrite('sdb', PC, IMAGE), STICK);
    refused('sda', PC, /disk of this very machine: it holds \//, { force: true });
    refused('sda2', PC, /sda2 is a partition; give the whole disk: --device \/dev\/sda/);
    refused('sdz', PC, /sdz is no disk of this machine/);
  });

  test("a disk with swap alone is the machine's too", () => {
    refused('sda', { ...PC, mounts: [] }, /\/dev\/sda2 is its swap/, { force: true });
  });

  test('a Raspberry Pi that flashes: its own card is refused, whatever its root is called; a card in a reader is not', () => {
    refused('mmcblk0', PI, /holds \//, { force: true });
    assert.equal(diskToWrite('sda', PI, IMAGE).name, 'sda');
  });

  test('a laptop: NVMe below LUKS below LVM holds the root, three floors down', () => {
    refused('nvme0n1', LAPTOP, /holds \//, { force: true });
    refused('dm-0', LAPTOP, /holds \//, { force: true });
    const unmounted = { ...LAPTOP, mounts: [] };
    refused('nvme0n1', unmounted, /in use by dm-0/, { force: true });
    refused('sdc', LAPTOP, /in use by dm-9/);
  });

  test('an inner disk without anything on it needs --force-device', () => {
    refused('nvme1n1', LAPTOP, /neither removable nor on USB.*--force-device/);
    assert.equal(diskToWrite('nvme1n1', LAPTOP, { ...IMAGE, force: true }).name, 'nvme1n1');
  });

  test('what is mounted somewhere has to be unmounted; where this program lies it never may be', () => {
    const mounted = { ...PC, mounts: mountsOf('9 1 8:18 / /media/my\\040stick rw - ext4 /dev/sdb2 rw\n') };
    refused('sdb', mounted, /mounted at \/media\/my stick; unmount it: umount "\/media\/my stick"/);
    refused('sdb', mounted, /it holds \/media\/my stick/, { codeAt: '/media/my stick' });
  });

  test('no card, a locked card, one that is too small, and what is no card at all', () => {
    const as = (more: Partial<Disk>): Machine => ({ disks: [{ ...STICK, ...more }], mounts: [], swaps: [] });
    refused('sdb', as({ bytes: 0 }), /no medium/);
    refused('sdb', as({ readOnly: true }), /read-only/);
    refused('sdb', as({ bytes: 2 * GB }), /2\.0 GB and the image 2\.6 GB: take a larger card/);
    assert.ok(diskToWrite('sdb', as({ bytes: DISK_LIMIT }), IMAGE));
    refused('sdb', as({ bytes: DISK_LIMIT + 512 }), /no card is that large/, { force: true });
  });

  test('the mount point of a folder is the nearest one', () => {
    const mounts = mountsOf('1 1 8:1 / / rw - ext4 a rw\n2 1 8:2 / /work rw - ext4 b rw\nnonsense\n');
    assert.equal(mountOf('/work/main', mounts), '/work');
    assert.equal(mountOf('/working', mounts), '/');
  });

  test('/sys and /proc are read as they are on a PC with a stick', () => {
    const root = mkdtempSync(join(tmpdir(), 'perch-disks-'));
    try {
      const usb = 'sys/devices/pci0000:00/usb2/2-1/host6/block/sdb';
      const files: Record<string, string> = {
        [`${usb}/dev`]: '8:16\n',
        [`${usb}/size`]: '62500000\n',
        [`${usb}/removable`]: '1\n',
        [`${usb}/ro`]: '0\n',
        [`${usb}/device/vendor`]: 'SanDisk \n',
        [`${usb}/device/model`]: 'Ultra Fit\n',
        [`${usb}/sdb1/partition`]: '1\n',
        [`${usb}/sdb1/dev`]: '8:17\n',
        [`${usb}/sdb1/holders/dm-3/dev`]: '254:3\n',
        'sys/devices/virtual/block/loop0/dev': '7:0\n',
        'proc/self/mountinfo': '1 1 8:1 / / rw - ext4 /dev/sda1 rw\n',
        'proc/swaps': 'Filename\n/swapfile file 1 0 -2\n',
      };
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), text);
      }
      mkdirSync(join(root, 'sys/block'));
      symlinkSync(join(root, usb), join(root, 'sys/block/sdb'));
      symlinkSync(join(root, 'sys/devices/virtual/block/loop0'), join(root, 'sys/block/loop0'));
      const machine = readMachine({ sys: join(root, 'sys'), proc: join(root, 'proc') });
      assert.deepEqual(
        machine.disks.find(({ name }) => name === 'sdb'),
        {
          name: 'sdb',
          number: '8:16',
          bytes: 32e9,
          removable: true,
          readOnly: false,
          bus: 'usb',
          model: 'SanDisk Ultra Fit',
          partitions: [{ name: 'sdb1', number: '8:17' }],
          holders: ['dm-3'],
        },
      );
      assert.equal(machine.disks.find(({ name }) => name === 'loop0')?.bus, 'virtual');
      assert.deepEqual([machine.mounts[0]?.point, machine.swaps], ['/', ['/swapfile']]);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
