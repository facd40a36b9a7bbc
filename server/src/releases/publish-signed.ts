import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { MetadataFile } from '@perch/broker-bridge/update/metadata-file.ts';
import type { ReleaseTarget } from '@perch/broker-bridge/update/release-target.ts';
import { RELEASES_KEPT, type Release } from '../store/contract.ts';
import { followUps } from '../tuf/authority.ts';
import { readSigned } from '../tuf/file-io.ts';
import { currentMetadata, notSigned, type Place } from '../tuf/owner.ts';
import { readRoleKeys, tufFolder } from '../tuf/role-keys.ts';
import { isSignedBy, newestOf, releasesIn } from '../tuf/signed-files.ts';
import { inTurn } from '../tuf/turns.ts';
import { keepExecutable, keepOnly, type Progress } from './executables.ts';
import { checkForm, lengthOf, openExecutable, survey } from './survey.ts';

export interface PublishSignedInput extends Place {
  /** Path of the targets file that the owner signed. */
  targets: string;
  /** Paths of the executables that it names and that are not here yet. */
  files: readonly string[];
  progress?: Progress;
}

/**
 * Takes in targets that were signed elsewhere, with the executables that are new in them. Resolves with the releases that are new.
 * Rejects with PerchError: BAD_SIGNATURE, OLD_METADATA, MIXED_METADATA (it changes or leaves out what is published), NO_TARGET (an
 * executable that it names is missing), WRONG_HASH (a file that it does not name), and as publishRelease.
 */
export async function publishSigned(input: PublishSignedInput): Promise<Release[]> {
  const { store, dataDir } = input;
  const file = await readTargets(input.targets);
  const root = newestOf(await currentMetadata(input), 'root');
  if (root === undefined)
    throw new PerchError('NO_TARGET', 'this server has no root yet: perch-server keys import root.json');
  if (!isSignedBy(root, file)) throw notSigned(file, root);
  const named = releasesIn(file);
  const fresh = newIn(named, await store.releases());
  await keepAll(input, fresh);
  const releases = fresh.map((target): Release => {
    const { platform, version, sequence, length, sha256, index } = target;
    return { platform, version, sequence, length, sha256, indexSha256: index, created: input.now() };
  });
  await inTurn(dataDir, async () => {
    const keys = await readRoleKeys(tufFolder(dataDir));
    const follow = followUps([...(await store.metadata()), file], keys, input.now());
    await store.addReleases(releases, [file, ...follow]);
  });
  await keepOnly(dataDir, new Set((await store.releases()).map((each) => each.sha256)));
  return releases;
}

async function readTargets(path: string): Promise<MetadataFile> {
  const file = await readSigned(path);
  if (file.role !== 'targets')
    throw new PerchError('MALFORMED', `${path} is ${file.role} metadata, not targets`);
  return file;
}

/** The releases that are not published yet. What is published stays as it is, as boards may have it. */
function newIn(named: readonly ReleaseTarget[], published: readonly Release[]): ReleaseTarget[] {
  const isSame = (a: { platform: string; version: string }, b: typeof a): boolean =>
    a.platform === b.platform && a.version === b.version;
  for (const old of published) {
    const target = named.find((each) => isSame(each, old));
    const newer = named.filter((each) => each.platform === old.platform && each.sequence > old.sequence);
    if (target === undefined && newer.length < RELEASES_KEPT)
      throw new PerchError(
        'MIXED_METADATA',
        `these targets leave out ${old.version} of ${old.platform}, which is published; sign on top of the newest targets`,
      );
    if (target && (target.sha256 !== old.sha256 || target.sequence !== old.sequence))
      throw new PerchError(
        'MIXED_METADATA',
        `these targets name another ${old.version} of ${old.platform} than is published; give the new build a version of its own`,
      );
  }
  return named.filter((target) => !published.some((old) => isSame(target, old)));
}

/** Copies the executable of each new release, after all of them were found to be what was signed; their versions were checked then. */
async function keepAll(input: PublishSignedInput, fresh: readonly ReleaseTarget[]): Promise<void> {
  const found = new Map<string, string>();
  for (const path of input.files) {
    const source = await openExecutable(path);
    try {
      await lengthOf(source, path);
      const { sha256, index } = await survey(source);
      const target = fresh.find((each) => each.sha256 === sha256);
      if (target === undefined)
        throw new PerchError(
          'WRONG_HASH',
          `${path} is none of the new executables that ${input.targets} names`,
        );
      await checkForm(source, target.platform, path);
      if (index !== target.index)
        throw new PerchError('WRONG_HASH', `${path} has another index than ${target.path} was signed with`);
      found.set(sha256, path);
    } finally {
      await source.close();
    }
  }
  const lacking = fresh.filter((each) => !found.has(each.sha256));
  if (lacking.length > 0)
    throw new PerchError(
      'NO_TARGET',
      `the executable of ${lacking.map((each) => each.path).join(', ')} is missing; name its file too`,
    );
  for (const target of fresh) {
    const source = await openExecutable(found.get(target.sha256)!);
    await keepExecutable(source, target, input.dataDir, input.progress).finally(() => source.close());
  }
}
