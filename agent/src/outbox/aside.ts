import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ASIDE_FILES } from './limits.ts';

/** Keeps damaged bytes for a person to look at; the oldest go when there are too many. @returns whether they were kept */
export async function setAside(folder: string, name: string, bytes: Buffer): Promise<boolean> {
  if (bytes.length === 0) return false;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // The same piece is found at each start until its segment goes.
    if (await holds(join(folder, name), bytes)) return true;
    const others = (await readdir(folder)).filter((one) => one !== name).sort();
    for (const old of others.slice(0, Math.max(0, others.length - ASIDE_FILES + 1)))
      await rm(join(folder, old), { force: true });
    await writeFile(join(folder, name), bytes, { mode: 0o600 });
    return true;
  } catch {
    return false;
  }
}

const holds = async (path: string, bytes: Buffer): Promise<boolean> =>
  (await readFile(path).catch(() => undefined))?.equals(bytes) ?? false;
