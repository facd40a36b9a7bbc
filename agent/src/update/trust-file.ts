import type { StoredTrust } from '@perch/broker-bridge/update/stored-trust.ts';
import { Trust } from '@perch/broker-bridge/update/trust.ts';
import { readCopies, writeCopies } from './two-copies.ts';

/** What the board trusts of the owner's metadata across restarts, and the time below which it no longer believes a clock. */
export interface TrustMemory {
  stored?: StoredTrust;
  floor: number; // Unix ms
}

const NAME = 'trust';

/** Nothing is checked here: Trust verifies every file again. What does not parse counts as nothing. */
export function loadTrust(state: string): TrustMemory {
  try {
    const { stored, floor } = (JSON.parse(readCopies(state, NAME) ?? 'null') ?? {}) as Partial<TrustMemory>;
    return {
      floor: Number.isSafeInteger(floor) && floor! >= 0 ? floor! : 0,
      ...(stored === undefined ? {} : { stored }),
    };
  } catch {
    return { floor: 0 };
  }
}

/** @throws PerchError DISK */
export function saveTrust(state: string, memory: TrustMemory): void {
  writeCopies(state, NAME, `${JSON.stringify(memory)}\n`);
}

/** The later of the time that metadata were found good at last and what the clock says now, when it knows. Pure. */
export const referenceTime = (memory: TrustMemory, clock: number | undefined): Date =>
  new Date(Math.max(memory.floor, clock ?? 0));

/** Trust from what is stored; what is damaged leads back to the pinned root. */
export const openTrust = (memory: TrustMemory, rootSha256: Uint8Array, clock: number | undefined): Trust =>
  Trust.open({
    rootSha256,
    ...(memory.stored === undefined ? {} : { stored: memory.stored }),
    time: referenceTime(memory, clock),
  });
