import type { KeyObject } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import {
  EXECUTABLE_LIMIT,
  isVersion,
  PLATFORMS,
  type Platform,
  signManifest,
} from '@perch/broker-bridge/release.ts';
import type { Release, Store } from '../store/contract.ts';
import { checkElf, ELF_HEAD } from './elf.ts';
import { ObjectStore } from './object-store.ts';
import { hashFile, LEVEL_SMALL, type Progress, packObject } from './pack.ts';

export interface PublishInput {
  store: Store;
  dataDir: string;
  /** Ed25519 private key */
  releaseKey: KeyObject;
  platform: string;
  version: string;
  /** Path of the executable */
  file: string;
  now: number;
  /** zstd level, LEVEL_SMALL unless told. */
  level?: number;
  /** Told how many bytes of the executable are packed. */
  progress?: Progress;
}

export interface PublishOutcome {
  /** False when this very file was published under this version before: nothing changed. */
  published: boolean;
  release: Release;
}

/**
 * Packs, signs and stores an executable as the wanted release of its platform.
 * Throws PerchError: WRONG_PLATFORM, MALFORMED (version text, no file), TOO_LONG, OLD_RELEASE (the version is taken by
 * other content), WRONG_HASH (the file changed meanwhile), DISK.
 */
export async function publishRelease(input: PublishInput): Promise<PublishOutcome> {
  const { store, file, version } = input;
  const platform = checkPlatform(input.platform);
  if (!isVersion(version))
    throw new PerchError('MALFORMED', `${JSON.stringify(version)} is not a version; write one such as 0.2.0`);
  const source = await openSource(file);
  try {
    const length = await checkSource(source, platform, file);
    const sha256 = await hashFile(source);
    const earlier = (await store.releases(platform)).find((release) => release.version === version);
    if (earlier) return { published: false, release: await sameOrRefuse(earlier, sha256, input.dataDir) };
    const packed = await packObject(
      source,
      length,
      input.dataDir,
      input.level ?? LEVEL_SMALL,
      input.progress,
    );
    if (packed.sha256 !== sha256 || packed.length !== length)
      throw new PerchError(
        'WRONG_HASH',
        `${file} changed while it was packed; publish it when it is complete`,
      );
    const { objectLength, objectSha256 } = packed;
    const [newest] = await store.releases(platform);
    const sequence = (newest?.sequence ?? 0) + 1;
    const signed = signManifest(
      {
        ...{ perch: 1, platform, version, sequence, length, sha256 },
        object: { length: objectLength, sha256: objectSha256 },
      },
      input.releaseKey,
    );
    const release: Release = {
      ...{ platform, version, sequence, length, sha256, objectLength, objectSha256 },
      ...{ manifest: signed.manifest, signature: signed.signature, created: input.now },
    };
    await store.addRelease(release);
    return { published: true, release };
  } finally {
    await source.close();
  }
}

function checkPlatform(text: string): Platform {
  const platform = PLATFORMS.find((name) => name === text);
  if (platform === undefined)
    throw new PerchError(
      'WRONG_PLATFORM',
      `${JSON.stringify(text)} is not a platform; use ${PLATFORMS.join(', ')}`,
    );
  return platform;
}

async function openSource(file: string): Promise<FileHandle> {
  try {
    // Without O_NONBLOCK, opening a FIFO waits for a writer.
    return await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new PerchError('MALFORMED', `cannot read ${file} (${(error as NodeJS.ErrnoException).code})`);
  }
}

async function checkSource(source: FileHandle, platform: Platform, file: string): Promise<number> {
  const found = await source.stat();
  if (!found.isFile()) throw new PerchError('MALFORMED', `${file} is not a file`);
  if (found.size > EXECUTABLE_LIMIT)
    throw new PerchError(
      'TOO_LONG',
      `${file} has ${found.size} bytes; boards take at most ${EXECUTABLE_LIMIT}`,
    );
  const head = Buffer.alloc(ELF_HEAD);
  const { bytesRead } = await source.read(head, 0, ELF_HEAD, 0);
  checkElf(head.subarray(0, bytesRead), platform, file);
  return found.size;
}

async function sameOrRefuse(earlier: Release, sha256: string, dataDir: string): Promise<Release> {
  const { platform, version } = earlier;
  if (earlier.sha256 !== sha256)
    throw new PerchError(
      'OLD_RELEASE',
      `${version} of ${platform} is published with other content; give this build a version of its own`,
    );
  const objects = new ObjectStore(dataDir);
  try {
    await objects.open(earlier.objectSha256, earlier.objectLength);
  } catch {
    throw new PerchError(
      'DISK',
      `the stored object of ${version} of ${platform} is lost or damaged; publish the executable under a new version`,
    );
  } finally {
    await objects.close();
  }
  return earlier;
}
