import type { ErrorCode } from '@perch/broker-bridge/protocol/errors.ts';
import { isFrameSize, type MessageOf } from '@perch/broker-bridge/protocol/messages.ts';
import type { StoredObject } from './store/contract.ts';

export type FramePlan =
  | { ok: true; object: StoredObject; frames: { offset: number; length: number }[] }
  | { ok: false; code: ErrorCode };

/** Which frames answer a fetch: only of objects made for the board's own platform, only inside the object. Pure. */
export function planFrames(
  message: MessageOf<'fetch'>,
  platform: string,
  find: (sha256: string) => { object: StoredObject; platform: string } | undefined,
): FramePlan {
  const found = find(Buffer.from(message.object).toString('hex'));
  if (found === undefined) return { ok: false, code: 'UNKNOWN_OBJECT' };
  if (found.platform !== platform) return { ok: false, code: 'WRONG_PLATFORM' };
  if (!isFrameSize(message.frame)) return { ok: false, code: 'BAD_RANGE' };
  const { object } = found;
  if (message.offsets.some((offset) => offset >= object.length)) return { ok: false, code: 'BAD_RANGE' };
  return {
    ok: true,
    object,
    frames: [...new Set(message.offsets)].map((offset) => ({
      offset,
      length: Math.min(message.frame, object.length - offset),
    })),
  };
}
