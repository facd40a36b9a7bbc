import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { BuildPlatform } from '../build/targets.ts';
import { changelogTime } from './changelog.ts';
import { debName, writeDeb } from './deb.ts';
import { payload } from './payload.ts';
import { tarballName, writeTarball } from './tarball.ts';

export interface PackageRequest {
  platform: BuildPlatform;
  /** Such as 0.2.0. */
  version: string;
  /** Path of a built executable. */
  executable: string;
  /** Folder for the packages; made when it is not there. */
  out: string;
  /** Quick and large instead of small. */
  fast?: boolean;
  /** Called with a short line before each step that takes a while. */
  progress?: (message: string) => void;
}

export interface MadePackage {
  kind: 'deb' | 'tar.gz';
  platform: BuildPlatform;
  version: string;
  /** Absolute. */
  path: string;
  bytes: number;
  /** 64 hex digits. */
  sha256: string;
}

const WRITERS = {
  deb: { name: debName, write: writeDeb },
  'tar.gz': { name: tarballName, write: writeTarball },
} as const;

/**
 * Makes the .deb and the .tar.gz for one platform. A file that is there is replaced in one step; what fails leaves nothing.
 * @throws Error with one clear message
 */
export async function makePackages(request: PackageRequest): Promise<MadePackage[]> {
  const { platform, version, executable, fast = false, progress = () => {} } = request;
  const out = resolve(request.out);
  mkdirSync(out, { recursive: true });
  const contents = payload({ platform, version, executable });
  const seconds = changelogTime();
  const made: MadePackage[] = [];
  for (const kind of ['deb', 'tar.gz'] as const) {
    const path = join(out, WRITERS[kind].name(contents));
    progress(`packing ${path}`);
    const work = mkdtempSync(join(out, '.package-'));
    try {
      const output = join(work, 'output');
      await WRITERS[kind].write(contents, { output, work: join(work, 'root'), seconds, fast });
      const hash = createHash('sha256');
      await pipeline(createReadStream(output), hash);
      made.push({ kind, platform, version, path, bytes: statSync(output).size, sha256: hash.digest('hex') });
      renameSync(output, path);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  return made;
}
