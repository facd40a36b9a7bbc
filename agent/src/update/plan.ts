import { type ErrorCode, PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { type Manifest, openManifest } from '@perch/broker-bridge/release.ts';

/** What the board is, for the decision whether a release may be installed. */
export interface Board {
  platform: string;
  version: string;
  releaseKey: Uint8Array;
  /** Sequence of the release that runs, 0 when it was not installed over the air. */
  sequence: number;
  /** Releases that were tried and given up. */
  blocked: readonly number[];
}

export type Plan =
  | { do: 'install'; manifest: Manifest }
  | { do: 'nothing'; why: string }
  | { do: 'decline'; sequence: number; code: ErrorCode };

/**
 * Whether to install what Version Mismatch offers. Only a manifest under the pinned release key counts; Hello's
 * secret never authorises code. Pure. @throws PerchError when the manifest is not authentic or not well formed
 */
export function planUpdate(manifestBytes: Uint8Array, signature: Uint8Array, board: Board): Plan {
  const manifest = openManifest(manifestBytes, signature, board.releaseKey);
  const { sequence } = manifest;
  if (manifest.platform !== board.platform) return { do: 'decline', sequence, code: 'WRONG_PLATFORM' };
  if (manifest.version === board.version) return { do: 'nothing', why: 'this version runs already' };
  if (board.blocked.includes(sequence)) return { do: 'decline', sequence, code: 'ROLLED_BACK' };
  if (sequence <= board.sequence || compareVersions(manifest.version, board.version) < 0)
    return { do: 'decline', sequence, code: 'OLD_RELEASE' };
  return { do: 'install', manifest };
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

/** True when an error says that the release itself is at fault, so that trying it again is of no use. */
export const isFinal = (error: unknown): boolean =>
  error instanceof PerchError &&
  [
    'DOES_NOT_START',
    'WRONG_PLATFORM',
    'BAD_SIGNATURE',
    'OLD_RELEASE',
    'ROLLED_BACK',
    'WRONG_HASH',
    'WRONG_LENGTH',
  ].includes(error.code);
