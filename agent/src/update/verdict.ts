import type { ErrorCode } from '@perch/broker-bridge/protocol/errors.ts';
import type { BootVerdict } from './boot-file.ts';
import { TRIALS_LIMIT } from './plan.ts';
import { versionOf } from './release-name.ts';
import { block, type UpdateMemory } from './update-file.ts';

/** Why the launcher went back: the code for the server, and in words. */
const WHYS: Record<NonNullable<BootVerdict['gaveUp']>['why'], { code: ErrorCode; text: string }> = {
  tries: { code: 'ROLLED_BACK', text: 'ended again and again before it had proved itself' },
  crashes: { code: 'ROLLED_BACK', text: 'proved itself and then ended again and again' },
  start: { code: 'DOES_NOT_START', text: 'could not be started' },
  late: { code: 'NOT_PROVED', text: 'did not prove itself in time' },
  cuts: { code: 'NOT_PROVED', text: 'lost its power again and again before it had proved itself' },
  disk: { code: 'DISK', text: 'could not be counted on this disk' },
};

/**
 * What the board remembers after the launcher went back. What may have been the fault of the link, the power or the disk is
 * tried again, TRIALS_LIMIT times in all; what was the release's own is blocked. Pure.
 */
export function afterGivingUp(
  memory: UpdateMemory,
  { name, why }: NonNullable<BootVerdict['gaveUp']>,
): UpdateMemory {
  const { tried, inForce } = memory;
  const known = [tried, inForce].find((one) => one?.name === name);
  const { code, text } = WHYS[why];
  const reached = tried?.name === name ? tried.reached : undefined;
  const detail = `${versionOf(name)} ${text}${reached === undefined ? '' : `; it got as far as: ${reached}`}`;
  const last = {
    sequence: known?.sequence ?? 0,
    version: versionOf(name),
    state: 'failed',
    code,
    detail,
  } as const;
  const after: UpdateMemory = { ...memory, last };
  if (known === undefined) return after;
  const mayPass = code === 'NOT_PROVED' || code === 'DISK';
  const spent = tried?.name === name && tried.trials >= TRIALS_LIMIT;
  return mayPass && !spent ? after : block(after, known.sequence);
}
