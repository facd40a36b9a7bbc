import type { ErrorCode } from '@perch/broker-bridge/protocol/errors.ts';
import { isFrameSize, type MessageOf } from '@perch/broker-bridge/protocol/messages.ts';
import type { Release } from './store/contract.ts';

export type FramePlan =
  | { ok: true; release: Release; frames: { offset: number; length: number }[] }
  | { ok: false; code: ErrorCode };

/** Which frames answer a fetch: only of objects made for the board's own platform, only inside the object. Pure. */
export function planFrames(message: MessageOf<'fetch'>, platform: string, releases: Release[]): FramePlan {
  const object = Buffer.from(message.object).toString('hex');
  const release = releases.find((one) => one.objectSha256 === object);
  if (release === undefined) return { ok: false, code: 'UNKNOWN_OBJECT' };
  if (release.platform !== platform) return { ok: false, code: 'WRONG_PLATFORM' };
  if (!isFrameSize(message.frame)) return { ok: false, code: 'BAD_RANGE' };
  if (message.offsets.some((offset) => offset >= release.objectLength))
    return { ok: false, code: 'BAD_RANGE' };
  return {
    ok: true,
    release,
    frames: [...new Set(message.offsets)].map((offset) => ({
      offset,
      length: Math.min(message.frame, release.objectLength - offset),
    })),
  };
}
