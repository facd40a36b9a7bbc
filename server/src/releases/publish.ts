import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { isVersion, PLATFORMS, type Platform } from '@perch/broker-bridge/release.ts';
import type { MetadataFile } from '@perch/broker-bridge/update/metadata-file.ts';
import type { ReleaseTarget } from '@perch/broker-bridge/update/release-target.ts';
import type { Release } from '../store/contract.ts';
import { followUps, holdersOf, nextTargets } from '../tuf/authority.ts';
import { currentMetadata, type Place } from '../tuf/owner.ts';
import { readRoleKeys, tufFolder } from '../tuf/role-keys.ts';
import { newestOf, releasesIn } from '../tuf/signed-files.ts';
import { inTurn } from '../tuf/turns.ts';
import { keepExecutable, keepOnly, type Progress } from './executables.ts';
import { checkVersion } from './says-version.ts';
import { checkForm, openExecutable, survey } from './survey.ts';

export interface PublishInput extends Place {
  platform: string;
  version: string;
  /** Path of the executable */
  file: string;
  /** Highest sequence of a newer release that this one may replace on a board. */
  mayReplace?: number;
  /** Told how many bytes of the executable are kept. */
  progress?: Progress;
}

export interface PublishOutcome {
  /** False when this very file was published under this version before: nothing changed but mayReplace. */
  published: boolean;
  release: Release;
}

/**
 * Keeps, signs and stores an executable as the newest release of its platform, with the targets key that is on this server.
 * Rejects with PerchError: WRONG_PLATFORM, MALFORMED (version text, no file, another version inside), DOES_NOT_START, TOO_LONG,
 * OLD_RELEASE (the version is taken by other content), WRONG_HASH (the file changed meanwhile), BAD_SIGNATURE (the targets key
 * is elsewhere), DISK.
 */
export async function publishRelease(input: PublishInput): Promise<PublishOutcome> {
  const { store, dataDir, file, version } = input;
  const platform = checkPlatform(input.platform);
  if (!isVersion(version))
    throw new PerchError('MALFORMED', `${JSON.stringify(version)} is not a version; write one such as 0.2.0`);
  const source = await openExecutable(file);
  try {
    const length = await checkForm(source, platform, file);
    const { sha256, index, saysVersion } = await survey(source, version);
    await canSign(input);
    const earlier = (await store.releases(platform)).find((release) => release.version === version);
    if (earlier !== undefined && earlier.sha256 !== sha256)
      throw new PerchError(
        'OLD_RELEASE',
        `${version} of ${platform} is published with other content; give this build a version of its own`,
      );
    if (earlier === undefined) await checkVersion(file, platform, version, saysVersion);
    // Also when it was published before: what was lost on the disk is there again.
    await keepExecutable(source, { length, sha256 }, dataDir, input.progress);
    if (earlier !== undefined) return { published: false, release: await allow(input, earlier) };
    const draft = { platform, version, length, sha256, indexSha256: index };
    const release = await inTurn(dataDir, () => signAndStore(input, draft));
    await keepOnly(dataDir, new Set((await store.releases()).map((each) => each.sha256)));
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

/** Asked before anything is copied. Makes the development keys on the first day. */
async function canSign(place: Place): Promise<void> {
  const root = newestOf(await currentMetadata(place), 'root');
  const keys = await readRoleKeys(tufFolder(place.dataDir));
  if (root === undefined || holdersOf(root, 'targets', keys).length === 0)
    throw new PerchError(
      'BAD_SIGNATURE',
      'the targets key is not on this server. Sign where it is, with perch-server release sign, then here: perch-server release publish --targets targets.json FILE',
    );
}

type Change = (named: ReleaseTarget[]) => Omit<ReleaseTarget, 'path'>[];

/** The newest targets with a change, signed, and what follows from it. */
async function changedTargets(place: Place, change: Change): Promise<MetadataFile[]> {
  const files = await place.store.metadata();
  const root = newestOf(files, 'root')!;
  const keys = await readRoleKeys(tufFolder(place.dataDir));
  const previous = newestOf(files, 'targets');
  const named = change(previous === undefined ? [] : releasesIn(previous));
  const targets = nextTargets(previous, named, holdersOf(root, 'targets', keys), place.now());
  return [targets, ...followUps([...files, targets], keys, place.now())];
}

async function signAndStore(
  input: PublishInput,
  draft: Omit<Release, 'sequence' | 'created' | 'platform'> & { platform: Platform },
): Promise<Release> {
  const { indexSha256, ...rest } = draft;
  const { mayReplace } = input;
  let sequence = 1;
  const files = await changedTargets(input, (named) => {
    // Counted on from what boards may have seen in targets, and not from what this server's table says.
    const same = named.filter(({ platform }) => platform === draft.platform);
    sequence = 1 + Math.max(0, ...same.map((each) => each.sequence));
    const target = { ...rest, sequence, index: indexSha256 };
    return [...named, mayReplace === undefined ? target : { ...target, mayReplace }];
  });
  const release: Release = { ...draft, sequence, created: input.now() };
  await input.store.addReleases([release], files);
  return release;
}

/** Gives a release that is published the permission to replace newer ones. */
async function allow(input: PublishInput, release: Release): Promise<Release> {
  const { mayReplace } = input;
  if (mayReplace === undefined) return release;
  await inTurn(input.dataDir, async () => {
    const files = await changedTargets(input, (named) =>
      named.map((target) =>
        target.platform === release.platform && target.version === release.version
          ? { ...target, mayReplace }
          : target,
      ),
    );
    await input.store.addMetadata(files);
  });
  return release;
}
