import { join } from 'node:path';
import { ERRORS, type ErrorCode } from '@perch/broker-bridge/protocol/errors.ts';
import { UPDATE_STATES, type UpdateState, type WireUpdate } from '@perch/broker-bridge/protocol/messages.ts';
import { readIfThere, writeAtomic } from '../atomic-file.ts';

/** Most releases that are remembered as given up; the oldest goes first. */
export const BLOCKED_LIMIT = 16;

/** What the board remembers of updates across restarts. */
export interface UpdateMemory {
  /** Sequence and version of the release that proved itself last; 0 and '' for none. */
  sequence: number;
  version: string;
  blocked: number[];
  /** The last release that was offered and what came of it; told in Hello and reports. */
  last?: { sequence: number; name: string; state: UpdateState; code?: ErrorCode };
}

const fileOf = (state: string): string => join(state, 'update.json');
const EMPTY: UpdateMemory = { sequence: 0, version: '', blocked: [] };

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** The memory in a parsed file, or undefined for anything else: what is not of this form could not be told in Hello. Pure. */
function memoryOf(value: unknown): UpdateMemory | undefined {
  const { sequence, version, blocked, last } = (value ?? {}) as Partial<UpdateMemory>;
  if (!isCount(sequence) || typeof version !== 'string' || !Array.isArray(blocked) || !blocked.every(isCount))
    return undefined;
  if (last === undefined) return { sequence, version, blocked };
  const whole =
    isCount(last?.sequence) &&
    typeof last.name === 'string' &&
    UPDATE_STATES.includes(last.state) &&
    (last.code === undefined || Object.hasOwn(ERRORS, last.code));
  return whole ? { sequence, version, blocked, last } : undefined;
}

export function loadUpdates(state: string): UpdateMemory {
  try {
    return memoryOf(JSON.parse(readIfThere(fileOf(state)) ?? 'null')) ?? EMPTY;
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
