import { existsSync } from 'node:fs';
import { type FileHandle, mkdir, open, realpath, rename, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Enrolment } from '../../broker-bridge/src/enrolment.ts';
import type { Payload } from '../package/payload.ts';
import { BoardError } from './board-error.ts';
import { enrolmentOf } from './board-token.ts';
import { HOST_NAME_LIMIT, isHostName } from './host-name.ts';
import { copyImage, headOf } from './image-file.ts';
import { checkMachine, findSystems, SIGNATURE_BYTES } from './image-systems.ts';
import { partitionsOf, TABLE_BYTES } from './partition-table.ts';
import { emptyPlan } from './plan.ts';
import { planAccount, planPackage, planStart } from './plan-package.ts';
import { planBootPartition, planSettings, type Settings } from './plan-settings.ts';
import { planState } from './plan-state.ts';
import { type Progress, SILENT } from './progress.ts';
import { toolPath } from './tools.ts';
import { verifyPlan } from './verify-plan.ts';
import { checkWifi } from './wifi.ts';
import { writePlan } from './write-plan.ts';

export interface FlashOptions extends Settings {
  /** Path of an image, .img or .img.xz. It is only read. */
  image: string;
  /** Path of the image to make; OUT.part, with OUT.part.files beside it, until it is whole. */
  out: string;
  token: string;
  payload: Payload;
  /** An OUT that is there is replaced. */
  force?: boolean | undefined;
  progress?: Progress;
  signal?: AbortSignal | undefined;
  /** Times of what is written, in seconds since 1970; default: now. */
  now?: number;
}

export interface Flashed {
  out: string;
  /** Length of the image. */
  bytes: number;
  alias: string;
  /** Files that were written and read back. */
  files: number;
  /** Lines for the person. */
  notes: string[];
}

/** What can be said before anything is read of the image. @throws BoardError BAD_TOKEN, BAD_OPTION */
export function checkOptions({ token, hostname, wifi }: Settings & { token: string }): Enrolment {
  if (hostname !== undefined && !isHostName(hostname))
    throw new BoardError(
      'BAD_OPTION',
      `${JSON.stringify(hostname)} is no host name: use 1 to ${HOST_NAME_LIMIT} letters, digits and dashes`,
    );
  if (wifi !== undefined) checkWifi(wifi);
  return enrolmentOf(token);
}

/** @throws BoardError EXISTS, or BAD_OPTION when OUT is the image or has no folder */
async function checkPlaces({ image, out, force }: FlashOptions): Promise<void> {
  if (!existsSync(image)) throw new BoardError('NOT_AN_IMAGE', `there is no image ${image}`);
  if (!(await stat(image)).isFile()) throw new BoardError('NOT_AN_IMAGE', `${image} is no file`);
  if (!existsSync(dirname(resolve(out))))
    throw new BoardError('BAD_OPTION', `there is no folder ${dirname(resolve(out))} for ${out}`);
  if (!existsSync(out)) return;
  if ((await realpath(out)) === (await realpath(image)))
    throw new BoardError('BAD_OPTION', 'the new image needs another name than the one that it is made from');
  if (!(await stat(out)).isFile())
    throw new BoardError('EXISTS', `${out} is no file; a disk is written with --device`);
  if (!force) throw new BoardError('EXISTS', `${out} is there already; --force replaces it`);
}

/**
 * Makes an image that enrols a board at its first start: `image` with the agent, its settings and its token in it. Nothing
 * is mounted. OUT comes into being as a whole, once all was read back and compared; on failure there is none.
 * @throws BoardError with one line for the person
 */
export async function flashImage(options: FlashOptions): Promise<Flashed> {
  const { out, token, payload, progress = SILENT, signal } = options;
  const now = options.now ?? Math.floor(Date.now() / 1000);
  const enrolment = checkOptions(options);
  for (const tool of ['debugfs', 'e2fsck', 'mcopy', 'mdir'] as const) toolPath(tool);
  await checkPlaces(options);
  const part = `${out}.part`;
  // Beside the image, so that the next run finds what one that was killed left of its secrets.
  const folder = resolve(`${part}.files`);
  let whole = false;
  await rm(part, { force: true });
  await rm(folder, { recursive: true, force: true });
  // It will hold a token, and perhaps a passphrase: nobody else reads it.
  const file = await open(part, 'wx+', 0o600);
  try {
    await mkdir(folder, { mode: 0o700 });
    const bytes = await copyImage(options.image, file, { progress, signal });
    await symlink(resolve(part), join(folder, 'image'));
    progress.step('looking into it');
    const place = { folder, image: 'image', signal };
    const { root, boot } = await findSystems(await headsOf(file, bytes), place);
    if (!(await root.superblock()).clean)
      throw new BoardError(
        'DIRTY',
        "the image's root was not unmounted cleanly; use an image that was never started, or run e2fsck on it",
      );
    await root.check('DIRTY');
    await checkMachine(root, payload.platform);

    const plan = emptyPlan();
    await planPackage(plan, root, payload);
    const owner = await planAccount(plan, root, Math.floor(now / 86_400));
    await planState(plan, root, { token, enrolment, version: payload.version, owner, folder });
    await planStart(plan, root);
    await planSettings(plan, root, options);
    await planBootPartition(plan, boot, root, options);
    progress.step('putting in the agent and its settings');
    await writePlan(plan, { root, boot, folder, now });
    progress.step('reading everything back');
    const files = await verifyPlan(plan, root, boot);
    await file.sync();
    await finish(file, part, out, signal);
    whole = true;
    return { out, bytes, alias: enrolment.alias, files, notes: plan.notes };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC')
      throw new BoardError(
        'DISK_FULL',
        `the disk here is full; make room beside ${out} or choose another place`,
      );
    throw error;
  } finally {
    if (!whole && (await isAt(file, part))) await rm(part, { force: true });
    await file.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The partitions with their first bytes. */
async function headsOf(file: FileHandle, bytes: number) {
  const partitions = partitionsOf(await headOf(file, TABLE_BYTES), bytes);
  return Promise.all(
    partitions.map(async (partition) => {
      const head = Buffer.alloc(Math.min(SIGNATURE_BYTES, partition.length));
      await file.read(head, 0, head.length, partition.offset);
      return { partition, head };
    }),
  );
}

/** True while this path leads to this open file. */
async function isAt(file: FileHandle, path: string): Promise<boolean> {
  const [mine, there] = [await file.stat(), await stat(path).catch(() => undefined)];
  return mine.ino === there?.ino && mine.dev === there.dev;
}

/** Gives the finished image its name, unless another process took its place meanwhile. */
async function finish(
  file: FileHandle,
  part: string,
  out: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (signal?.aborted) throw new BoardError('STOPPED', 'stopped; nothing was written');
  if (!(await isAt(file, part)))
    throw new BoardError('EXISTS', `another run writes ${out} at the same time; give each its own --out`);
  await rename(part, out);
  await using folder = await open(dirname(resolve(out)), 'r');
  await folder.sync();
}
