import { backoff } from '@perch/broker-bridge/protocol/backoff.ts';
import type { ErrorCode } from '@perch/broker-bridge/protocol/errors.ts';
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
  /** The launcher started this agent, so that a release can be tried and given up. */
  launched: boolean;
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
  if (!board.launched) return { do: 'decline', sequence, code: 'NO_LAUNCHER' };
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

/** Between tries of an update that failed for a reason that may pass, such as a full disk. */
export const UPDATE_RETRY_MS = { least: 60_000, most: 60 * 60_000 };

/** The release itself is at fault, so that trying it again is of no use. */
const FINAL: ReadonlySet<ErrorCode> = new Set([
  'DOES_NOT_START',
  'WRONG_PLATFORM',
  'BAD_SIGNATURE',
  'OLD_RELEASE',
  'ROLLED_BACK',
]);

/** Ms until an update that failed `tries` times is tried again, undefined for never. Pure. */
export function retryAfter(code: ErrorCode, tries: number, random: number): number | undefined {
  // Bytes that do not verify are fetched once more: the fault may have been on this disk.
  if (code === 'WRONG_HASH' || code === 'WRONG_LENGTH') return tries < 2 ? 0 : undefined;
  return FINAL.has(code) ? undefined : backoff(tries - 1, random, UPDATE_RETRY_MS);
}
