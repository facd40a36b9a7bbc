import { ERRORS, type ErrorCode } from '@perch/broker-bridge/protocol/errors.ts';
import { UPDATE_STATES, type UpdateState, type WireUpdate } from '@perch/broker-bridge/protocol/messages.ts';
import { cut } from '../config-file.ts';
import { readCopies, writeCopies } from './two-copies.ts';

/** Most releases that are remembered as given up; the oldest goes first. */
export const BLOCKED_LIMIT = 16;

/** A release that was installed: its folder in releases/, its version and sequence. */
export interface KnownRelease {
  name: string;
  version: string;
  sequence: number;
}

/** A release on trial, how often it was, and how far it came in the last one. */
export interface TriedRelease extends KnownRelease {
  trials: number;
  reached?: string;
}

/** The last release that was offered and what came of it; told in Hello and reports. */
export interface LastUpdate {
  /** 0 while what is signed of it is not known. */
  sequence: number;
  version: string;
  state: UpdateState;
  code?: ErrorCode;
  detail?: string;
}

/** What the board remembers of updates across restarts. */
export interface UpdateMemory {
  /** The release that proved itself last. */
  inForce?: KnownRelease;
  /** The release that was installed last and has not proved itself yet. */
  tried?: TriedRelease;
  blocked: number[];
  last?: LastUpdate;
}

const NAME = 'update-memory';
const EMPTY: UpdateMemory = { blocked: [] };

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isText = (value: unknown): value is string | undefined =>
  value === undefined || typeof value === 'string';

const isRelease = (value: unknown): value is KnownRelease => {
  const { name, version, sequence } = (value ?? {}) as Partial<KnownRelease>;
  return typeof name === 'string' && typeof version === 'string' && isCount(sequence);
};

const isTried = (value: unknown): value is TriedRelease =>
  isRelease(value) &&
  isCount((value as Partial<TriedRelease>).trials) &&
  isText((value as Partial<TriedRelease>).reached);

const isLast = (value: unknown): value is LastUpdate => {
  const { sequence, version, state, code, detail } = (value ?? {}) as Partial<LastUpdate>;
  return (
    isCount(sequence) &&
    typeof version === 'string' &&
    state !== undefined &&
    UPDATE_STATES.includes(state) &&
    isText(detail) &&
    // An error of a newer version, which this one cannot tell, is as good as none.
    (code === undefined || Object.hasOwn(ERRORS, code))
  );
};

/** The memory in a parsed file, without what is not of this form. Pure. */
function memoryOf(value: unknown): UpdateMemory {
  const { inForce, tried, blocked, last } = (value ?? {}) as Partial<UpdateMemory>;
  return {
    blocked: Array.isArray(blocked) ? blocked.filter(isCount).slice(-BLOCKED_LIMIT) : [],
    ...(isRelease(inForce) ? { inForce } : {}),
    ...(isTried(tried) ? { tried } : {}),
    ...(isLast(last) ? { last } : {}),
  };
}

export function loadUpdates(state: string): UpdateMemory {
  try {
    return memoryOf(JSON.parse(readCopies(state, NAME) ?? 'null'));
  } catch {
    return EMPTY; // damaged: the worst that follows is one try of a release too many
  }
}

/** @throws PerchError DISK */
export function saveUpdates(state: string, memory: UpdateMemory): void {
  writeCopies(state, NAME, `${JSON.stringify(memory)}\n`);
}

/** A release that failed for good is not tried again on this board. Pure. */
export function block(memory: UpdateMemory, sequence: number): UpdateMemory {
  const blocked = [...memory.blocked.filter((one) => one !== sequence), sequence].slice(-BLOCKED_LIMIT);
  return { ...memory, blocked };
}

/** The board's word on its update for the server, nothing when there is none to say. Pure. */
export function reportOf(memory: UpdateMemory, percent: number | undefined): WireUpdate | undefined {
  const { last } = memory;
  if (last === undefined) return undefined;
  return {
    sequence: last.sequence,
    state: UPDATE_STATES.indexOf(last.state),
    ...(last.code === undefined ? {} : { code: ERRORS[last.code].number }),
    ...(last.state === 'fetching' && percent !== undefined ? { percent } : {}),
    ...(last.detail === undefined ? {} : { detail: cut(last.detail) }),
  };
}
