import { chmodSync, constants, copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface StagedFile {
  /** Below the folder; a leading slash counts for nothing. */
  path: string;
  mode: number;
  /** Path of a file on this machine, or the bytes. */
  source: string | Buffer;
}

/**
 * Lays files out in a folder, made when it is not there; all folders are 0755, whatever the umask. Large files share their blocks
 * with their source where the file system can do that.
 */
export function stage(folder: string, files: readonly StagedFile[]): void {
  for (const { path, mode, source } of files) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    if (typeof source === 'string') copyFileSync(source, target, constants.COPYFILE_FICLONE);
    else writeFileSync(target, source);
    chmodSync(target, mode);
  }
  openFolders(folder);
}

function openFolders(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) openFolders(join(folder, entry.name));
}
