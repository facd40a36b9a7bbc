import { existsSync } from 'node:fs';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { isVersion, type Platform } from '@perch/broker-bridge/release.ts';
import type { MetadataFile } from '@perch/broker-bridge/update/metadata-file.ts';
import type { ReleaseTarget } from '@perch/broker-bridge/update/release-target.ts';
import { nextTargets } from '../tuf/authority.ts';
import { readSigned, targetsPath, writeSigned } from '../tuf/file-io.ts';
import { readRoleKeys } from '../tuf/role-keys.ts';
import { releasesIn } from '../tuf/signed-files.ts';
import { platformOf } from './elf.ts';
import { checkVersion } from './says-version.ts';
import { checkForm, headOf, openExecutable, survey } from './survey.ts';

export interface SignInput {
  /** Folder with the targets key; targets.json in it is read and replaced. */
  folder: string;
  /** Of all the files. Not needed without files, which only gives the targets a new date. */
  version: string | undefined;
  files: readonly string[];
  /** Highest sequence of newer releases that these may replace on a board. */
  mayReplace?: number | undefined;
  now: number;
}

type Draft = Omit<ReleaseTarget, 'path'>;

/**
 * Signs executables as the newest releases of their platforms, on a machine without a server. Resolves with the targets that it
 * wrote and the releases of this call. Throws PerchError as publishRelease.
 */
export async function signReleases(input: SignInput): Promise<{ targets: MetadataFile; releases: Draft[] }> {
  const { folder, version, files, mayReplace } = input;
  const keys = (await readRoleKeys(folder)).filter(({ role }) => role === 'targets');
  if (keys.length === 0)
    throw new PerchError(
      'BAD_SIGNATURE',
      `there is no targets key in ${folder}; it is where perch-server keys init --offline made it`,
    );
  const path = targetsPath(folder);
  if (!existsSync(path))
    throw new PerchError(
      'MALFORMED',
      `there is no ${path}; copy the newest targets there, or boards would lose what they name`,
    );
  const previous = await readSigned(path);
  if (previous.role !== 'targets') throw new PerchError('MALFORMED', `${path} is ${previous.role} metadata`);
  let named: Draft[] = releasesIn(previous);
  const releases: Draft[] = [];
  for (const file of files) {
    const draft = await draftOf(file, version!, named);
    const release = mayReplace === undefined ? draft : { ...draft, mayReplace };
    releases.push(release);
    named = [
      ...named.filter((each) => each.sequence !== draft.sequence || each.platform !== draft.platform),
      release,
    ];
  }
  const targets = nextTargets(
    previous,
    named,
    keys.map((key) => key.privateKey),
    input.now,
  );
  await writeSigned(path, targets);
  return { targets, releases };
}

/** The release that a file becomes, or is already. */
async function draftOf(file: string, version: string, named: readonly Draft[]): Promise<Draft> {
  if (!isVersion(version))
    throw new PerchError('MALFORMED', `${JSON.stringify(version)} is not a version; write one such as 0.2.0`);
  const source = await openExecutable(file);
  try {
    const platform: Platform = platformOf(await headOf(source), file);
    const length = await checkForm(source, platform, file);
    const { sha256, index, saysVersion } = await survey(source, version);
    const same = named.filter((each) => each.platform === platform);
    const earlier = same.find((each) => each.version === version);
    if (earlier?.sha256 === sha256) return earlier;
    if (earlier !== undefined)
      throw new PerchError(
        'OLD_RELEASE',
        `${version} of ${platform} is signed with other content; give this build a version of its own`,
      );
    await checkVersion(file, platform, version, saysVersion);
    const sequence = 1 + Math.max(0, ...same.map((each) => each.sequence));
    return { platform, version, sequence, length, sha256, index };
  } finally {
    await source.close();
  }
}
