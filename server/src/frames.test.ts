import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FRAME_LEAST, FRAME_LIMIT } from '@perch/broker-bridge/protocol/limits.ts';
import type { MessageOf } from '@perch/broker-bridge/protocol/messages.ts';
import { planFrames } from './frames.ts';
import type { StoredObject } from './store/contract.ts';

const object = new Uint8Array(32).fill(0xab);
const stored: StoredObject = {
  targetSha256: '00'.repeat(32),
  baseSha256: '',
  sha256: 'ab'.repeat(32),
  length: 5000,
  created: 0,
};
const fetch = (frame: number, offsets: number[]): MessageOf<'fetch'> => ({
  name: 'fetch',
  object,
  frame,
  offsets,
});
const plan = (message: MessageOf<'fetch'>, platform = 'linux-arm64') =>
  planFrames(message, platform, (sha256) =>
    sha256 === stored.sha256 ? { object: stored, platform: 'linux-arm64' } : undefined,
  );

test('frames are of the size that was asked for, the last as long as the rest', () => {
  const answer = plan(fetch(2048, [0, 4096]));
  assert.ok(answer.ok);
  assert.deepEqual(answer.frames, [
    { offset: 0, length: 2048 },
    { offset: 4096, length: 904 },
  ]);
});

test('a frame that is asked for twice is sent once', () => {
  const answer = plan(fetch(2048, [0, 0, 0]));
  assert.ok(answer.ok && answer.frames.length === 1);
});

test('what cannot be sent is refused with the code that says why', () => {
  const cases: [string, ReturnType<typeof plan>][] = [
    ['UNKNOWN_OBJECT', plan({ ...fetch(2048, [0]), object: new Uint8Array(32) })],
    ['WRONG_PLATFORM', plan(fetch(2048, [0]), 'linux-x64')],
    ['BAD_RANGE', plan(fetch(FRAME_LEAST - 1, [0]))],
    ['BAD_RANGE', plan(fetch(FRAME_LIMIT + 1, [0]))],
    ['BAD_RANGE', plan(fetch(2048, [0, 5000]))],
    ['BAD_RANGE', plan(fetch(2048, [Number.MAX_SAFE_INTEGER]))],
  ];
  for (const [code, answer] of cases) assert.deepEqual(answer, { ok: false, code });
});
