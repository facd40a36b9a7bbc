import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { TargetFile } from '@tufjs/models';
import { PerchError } from '../protocol/errors.ts';
import { EXECUTABLE_LIMIT, isVersion, PLATFORMS, type Platform } from '../release.ts';

/** Highest sequence of a release: whole numbers of any codec. */
export const SEQUENCE_LIMIT = 2 ** 40;

/** An executable that the owner of a fleet signed for a platform. */
export interface ReleaseTarget {
  path: string; // <platform>/<version>
  platform: Platform;
  version: string;
  /** Ascending per platform, in the order of signing. */
  sequence: number;
  length: number; // bytes
  sha256: string; // hex
  /** SHA-256 of the executable's segment index, hex. */
  index: string;
  /** Highest sequence of a newer release that this one may replace: a downgrade that the owner allowed. */
  mayReplace?: number;
}

const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });
const Sequence = Type.Integer({ minimum: 1, maximum: SEQUENCE_LIMIT });

/** A release in targets metadata (TUF 1.0.33, section 4.5); `custom` is where TUF leaves room for what else is known of a file. */
const Target = Type.Object(
  {
    length: Type.Integer({ minimum: 1, maximum: EXECUTABLE_LIMIT }),
    hashes: Type.Object({ sha256: Sha256 }, { additionalProperties: false }),
    custom: Type.Object(
      {
        perch: Type.Literal(1),
        sequence: Sequence,
        index: Sha256,
        mayReplace: Type.Optional(Sequence),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);

export const targetPath = (platform: Platform, version: string): string => `${platform}/${version}`;

/** Platform and version of a target's path; undefined for any other text. */
function splitPath(path: string): { platform: Platform; version: string } | undefined {
  const [name, version, ...rest] = path.split('/');
  const platform = PLATFORMS.find((each) => each === name);
  if (platform === undefined || version === undefined || rest.length > 0 || !isVersion(version))
    return undefined;
  return { platform, version };
}

/** Reads a release from a TUF target. Throws PerchError MALFORMED when it is no release of this form. */
export function readReleaseTarget(file: TargetFile): ReleaseTarget {
  const names = splitPath(file.path);
  if (names === undefined)
    throw new PerchError('MALFORMED', `the target ${JSON.stringify(file.path.slice(0, 80))} is no release`);
  const json: unknown = file.toJSON();
  if (!Value.Check(Target, json)) {
    const fault = Value.Errors(Target, json).First();
    throw new PerchError('MALFORMED', `the target ${file.path}${fault?.path}: ${fault?.message}`);
  }
  const { length, hashes, custom } = json as Static<typeof Target>;
  const { sequence, index, mayReplace } = custom;
  return {
    ...{ path: file.path, ...names, sequence, length, sha256: hashes.sha256, index },
    ...(mayReplace === undefined ? {} : { mayReplace }),
  };
}

/** The TUF target of a release, to be signed. Throws PerchError MALFORMED for what no board would take. */
export function writeReleaseTarget(release: Omit<ReleaseTarget, 'path'>): TargetFile {
  const { platform, version, sequence, length, sha256, index, mayReplace } = release;
  const file = new TargetFile({
    path: targetPath(platform, version),
    length,
    hashes: { sha256 },
    unrecognizedFields: {
      custom: { perch: 1, sequence, index, ...(mayReplace === undefined ? {} : { mayReplace }) },
    },
  });
  readReleaseTarget(file);
  return file;
}
