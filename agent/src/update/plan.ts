import { backoff } from '@perch/broker-bridge/protocol/backoff.ts';
import type { ErrorCode } from '@perch/broker-bridge/protocol/errors.ts';
import type { ReleaseTarget } from '@perch/broker-bridge/update/release-target.ts';

/** What the board is, for the decision whether a release may be installed. */
export interface Board {
  version: string;
  /** Sequence of the release that runs, 0 when it was not installed over the air. */
  sequence: number;
  /** Releases that were tried and given up. */
  blocked: readonly number[];
  /** The launcher started this agent, so that a release can be tried and given up. */
  launched: boolean;
}

export type Plan =
  | { do: 'install' }
  | { do: 'nothing'; why: string }
  | { do: 'decline'; code: ErrorCode; detail: string };

/** Whether to install a release that the signed metadata name for this board's platform. Pure. */
export function planUpdate(target: ReleaseTarget, board: Board): Plan {
  const { sequence, version } = target;
  if (version === board.version) return { do: 'nothing', why: 'this version runs already' };
  if (board.blocked.includes(sequence))
    return { do: 'decline', code: 'ROLLED_BACK', detail: `${version} was tried here and given up` };
  if (board.sequence > sequence && (target.mayReplace ?? 0) < board.sequence)
    return {
      do: 'decline',
      code: 'OLD_RELEASE',
      detail: `${version} is release ${sequence}, ${board.version} release ${board.sequence}; no permission to go back is signed`,
    };
  // The packaged executable has no sequence; a version that is older must say so as well.
  if (board.sequence === 0 && compareVersions(version, board.version) < 0 && target.mayReplace === undefined)
    return {
      do: 'decline',
      code: 'OLD_RELEASE',
      detail: `${version} is older than ${board.version}; no permission to go back is signed`,
    };
  if (!board.launched)
    return { do: 'decline', code: 'NO_LAUNCHER', detail: 'start the agent by perch-launcher' };
  return { do: 'install' };
}

/** Precedence by semver.org section 11: negative when a is older than b. */
export function compareVersions(a: string, b: string): number {
  const [mainA, preA] = cut(a);
  const [mainB, preB] = cut(b);
  for (let i = 0; i < 3; i++) {
    const difference = Number(mainA[i] ?? 0) - Number(mainB[i] ?? 0);
    if (difference !== 0) return difference;
  }
  if (preA.length === 0 || preB.length === 0) return preB.length - preA.length;
  for (let i = 0; i < Math.max(preA.length, preB.length); i++) {
    const difference = compareIdentifiers(preA[i], preB[i]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function cut(version: string): [string[], string[]] {
  const at = version.indexOf('-');
  return at < 0
    ? [version.split('.'), []]
    : [version.slice(0, at).split('.'), version.slice(at + 1).split('.')];
}

function compareIdentifiers(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
  const [numberA, numberB] = [/^[0-9]+$/.test(a), /^[0-9]+$/.test(b)];
  if (numberA && numberB) return Number(a) - Number(b);
  if (numberA !== numberB) return numberA ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Between tries of an update that failed for a reason that may pass, such as a full disk. */
export const UPDATE_RETRY_MS = { least: 60_000, most: 60 * 60_000 };

/** Before whole objects that turned out bad are fetched again. */
export const BAD_OBJECTS_RETRY_MS = { least: 60 * 60_000, most: 24 * 60 * 60_000 };

/** How often a release is tried on trial when its failure may have been the link's or the power's. */
export const TRIALS_LIMIT = 3;

/** The release itself is at fault, so that trying it again is of no use. */
const FINAL: ReadonlySet<ErrorCode> = new Set([
  'DOES_NOT_START',
  'OLD_RELEASE',
  'ROLLED_BACK',
  'NO_LAUNCHER',
]);

/** True when trying the release again is of no use. */
export const isFinal = (code: ErrorCode): boolean => FINAL.has(code);

/** Ms until an update that failed `tries` times is tried again, undefined for never. Pure. */
export function retryAfter(code: ErrorCode, tries: number, random: number): number | undefined {
  return isFinal(code) ? undefined : backoff(tries - 1, random, UPDATE_RETRY_MS);
}
