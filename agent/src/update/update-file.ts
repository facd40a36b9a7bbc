import { join } from 'node:path';
import { ERRORS, type ErrorCode } from '@perch/broker-bridge/protocol/errors.ts';
import { UPDATE_STATES, type UpdateState, type WireUpdate } from '@perch/broker-bridge/protocol/messages.ts';
import { readIfThere, writeAtomic } from '../atomic-file.ts';

/** Most releases that are remembered as given up; the oldest goes first. */
export const BLOCKED_LIMIT = 16;

/** A release that was installed: its folder in releases/, its version and sequence. */
export interface KnownRelease {
  name: string;
  version: string;
  sequence: number;
}

/** What the board remembers of updates across restarts. */
export interface UpdateMemory {
  /** The release that proved itself last. */
  inForce?: KnownRelease;
  /** The release that was installed last and has not proved itself yet. */
  tried?: KnownRelease;
  blocked: number[];
  /** The last release that was offered and what came of it; told in Hello and reports. */
  last?: { sequence: number; name: string; state: UpdateState; code?: ErrorCode };
}

const fileOf = (state: string): string => join(state, 'update.json');
const EMPTY: UpdateMemory = { blocked: [] };

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const isRelease = (value: unknown): value is KnownRelease => {
  const { name, version, sequence } = (value ?? {}) as Partial<KnownRelease>;
  return typeof name === 'string' && typeof version === 'string' && isCount(sequence);
};

const isLast = (value: unknown): value is NonNullable<UpdateMemory['last']> => {
  const { sequence, name, state, code } = (value ?? {}) as Partial<NonNullable<UpdateMemory['last']>>;
  return (
    isCount(sequence) &&
    typeof name === 'string' &&
    state !== undefined &&
    UPDATE_STATES.includes(state) &&
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
    ...(isRelease(tried) ? { tried } : {}),
    ...(isLast(last) ? { last } : {}),
  };
}

export function loadUpdates(state: string): UpdateMemory {
  try {
    return memoryOf(JSON.parse(readIfThere(fileOf(state)) ?? 'null'));
  } catch {
    return EMPTY; // damaged: the worst that follows is one try of a release too many
  }
}

export function saveUpdates(state: string, memory: UpdateMemory): void {
  writeAtomic(fileOf(state), `${JSON.stringify(memory)}\n`);
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
  };
}
