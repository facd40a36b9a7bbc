import { mkdtempSync, realpathSync, statfsSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../build/paths.ts';
import { ask } from './ask.ts';
import { BoardError } from './board-error.ts';
import { type Disk, diskToWrite, type Machine, mountOf } from './disks.ts';
import { type Flashed, type FlashOptions, flashImage } from './flash-image.ts';
import { bytesText } from './progress.ts';
import { readMachine } from './read-disks.ts';
import { writeDevice } from './write-device.ts';

export type DeviceOptions = Omit<FlashOptions, 'out' | 'force'> & {
  /** Path of the disk. */
  device: string;
  /** Folder for the image while it is made. */
  work: string;
  forceDevice: boolean;
  /** Does not ask. */
  yes: boolean;
};

/** The disk that a path leads to, links such as /dev/disk/by-id/... followed, if it may be written. */
async function chosen(options: DeviceOptions, machine: Machine, imageBytes: number): Promise<Disk> {
  let name: string;
  try {
    const path = realpathSync(options.device);
    if (!(await stat(path)).isBlockDevice())
      throw new BoardError('REFUSED_DISK', `${options.device} is no disk; an image file is made with --out`);
    name = path.replace(/^\/dev\//, '');
  } catch (error) {
    if (error instanceof BoardError) throw error;
    throw new BoardError('REFUSED_DISK', `there is no ${options.device}; lsblk lists the disks`);
  }
  const codeAt = mountOf(ROOT, machine.mounts);
  return diskToWrite(name, machine, { imageBytes, force: options.forceDevice, codeAt });
}

/**
 * Makes the image in a folder first, so that a fault of it costs no card; then asks, writes it to the disk and reads it back.
 * @throws BoardError as flashImage and writeDevice do; REFUSED_DISK
 */
export async function flashDevice(options: DeviceOptions): Promise<Flashed> {
  // Refused before an image is made of it for minutes.
  await chosen(options, readMachine(), 0);
  const folder = mkdtempSync(join(options.work, 'perch-flash-'));
  try {
    const made = await flashImage({ ...options, out: join(folder, 'card.img') }).catch((error: unknown) => {
      if (!(error instanceof BoardError) || error.code !== 'DISK_FULL') throw error;
      const { bavail, bsize } = statfsSync(options.work);
      throw new BoardError(
        'DISK_FULL',
        `${options.work} has ${bytesText(bavail * bsize)} free, too little to prepare the image; choose another folder with --work`,
      );
    });
    const disk = await chosen(options, readMachine(), made.bytes);
    const { name } = disk;
    if (!options.yes) {
      const question = `/dev/${name}: ${disk.model || 'no model'}, ${bytesText(disk.bytes)}. All that is on it will be lost.\nType the name of the disk to write it (${name}): `;
      const answer = (await ask(question, '--yes')).trim();
      if (answer !== name && answer !== `/dev/${name}`)
        throw new BoardError('STOPPED', 'another name was typed; nothing was written');
    }
    const { progress, signal } = options;
    await writeDevice(made.out, `/dev/${name}`, { ...(progress === undefined ? {} : { progress }), signal });
    return { ...made, out: `/dev/${name}` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
