import { RESTART_REASONS, type RestartReason } from '@perch/broker-bridge/protocol/messages.ts';

/** What one run of the agent leaves for the next: the file restarts.json, rewritten as a whole. */
export interface RunEntry {
  boot: string; // boot id, hex
  starts: number; // since the enrolment, this one included
  stalls: number; // stalls in a row that led here
  ended?: { reason: RestartReason; detail?: string };
}

const STARTS_LIMIT = 2 ** 32 - 1;
/** A run that went well for so long ends a row of stalls, in ms. */
export const SETTLED_MS = 3_600_000;
/** After so many stalls in a row, patience grows no more. */
const PATIENT_STALLS = 5;

const isCount = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= STARTS_LIMIT;

/** Reads an entry; undefined when the text is none, as after a disk fault. Pure. */
export function readEntry(text: string): RunEntry | undefined {
  try {
    const { boot, starts, stalls, ended } = JSON.parse(text) as Record<string, unknown>;
    if (typeof boot !== 'string' || !isCount(starts) || !isCount(stalls)) return undefined;
    if (ended === undefined) return { boot, starts, stalls };
    const { reason, detail } = ended as Record<string, unknown>;
    if (!RESTART_REASONS.includes(reason as RestartReason)) return undefined;
    return {
      boot,
      starts,
      stalls,
      ended: { reason: reason as RestartReason, ...(typeof detail === 'string' ? { detail } : {}) },
    };
  } catch {
    return undefined;
  }
}

/** The newer of what two places hold: the later start, and of one start the one that says how it ended. Pure. */
export function newer(a: RunEntry | undefined, b: RunEntry | undefined): RunEntry | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.starts !== b.starts) return a.starts > b.starts ? a : b;
  return b.ended === undefined ? a : b;
}

/** Why this run was started: what the one before said, else that it said nothing. Pure. */
export function reasonAfter(before: RunEntry, boot: string): { reason: RestartReason; detail?: string } {
  if (before.ended !== undefined) return before.ended;
  return { reason: before.boot === boot ? 'killed' : 'boot' };
}

/** The entry of the run that begins. Pure. */
export const nextEntry = (before: RunEntry | undefined, boot: string): RunEntry => ({
  boot,
  starts: Math.min((before?.starts ?? 0) + 1, STARTS_LIMIT),
  stalls: before?.ended?.reason === 'stalled' && before.boot === boot ? before.stalls + 1 : 0,
});

/** Factor on the watchdog's allowances: what stalls at every start is given more time, up to 32 times as much. Pure. */
export const patienceOf = ({ stalls }: Pick<RunEntry, 'stalls'>): number =>
  2 ** Math.min(stalls, PATIENT_STALLS);
