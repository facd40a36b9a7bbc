import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FRAME_PAUSE, GARBAGE_LIMIT } from '../frame-decoder.ts';
import { Absent } from '../reading.ts';
import type { DeviceDecoder, DeviceMessage, SerialDevice } from '../serial-device.ts';
import { SPOKEN } from '../testing/serial-samples.ts';

// What every device that speaks by itself endures on its line. Time is the test's own, in ms.

/** The same bytes in every run (xorshift32), so that a failure can be looked into. */
function randomBytes(seed: number): (count: number) => Uint8Array {
  let state = seed;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0xff;
  };
  return (count) => Uint8Array.from({ length: count }, next);
}

function decoderOf(device: SerialDevice): DeviceDecoder {
  const talk = device.talk({});
  if (talk.by !== 'itself') throw new Error(`${device.driver} does not speak by itself`);
  return talk.decoder();
}

for (const { device, bytes, truth } of SPOKEN) {
  const { driver } = device;
  /** The values of a message; undefined if it is no reading. */
  const valuesOf = (message: DeviceMessage | undefined) =>
    message && 'reading' in message
      ? Object.fromEntries(Object.entries(message.reading).filter(([, value]) => !(value instanceof Absent)))
      : undefined;
  const isTruth = (message: DeviceMessage | undefined): boolean => {
    try {
      assert.deepEqual(valuesOf(message), truth);
      return true;
    } catch {
      return false;
    }
  };
  const push = (decoder: DeviceDecoder, chunk: Uint8Array, now: number) => [...decoder.push(chunk, now)];

  test(`${driver}: bytes that come one by one say the same`, () => {
    const decoder = decoderOf(device);
    const messages = [...bytes].flatMap((byte, at) => push(decoder, Uint8Array.of(byte), at));
    assert.equal(messages.length, 1);
    assert.ok(isTruth(messages[0]));
  });

  test(`${driver}: nothing says nothing`, () => {
    assert.deepEqual(push(decoderOf(device), new Uint8Array(), 0), []);
  });

  test(`${driver}: cut at every byte it says nothing wrong, and is read right two messages later`, () => {
    for (let cut = 1; cut < bytes.length; cut++)
      for (const half of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
        const decoder = decoderOf(device);
        const messages = [
          ...push(decoder, half, 0),
          ...push(decoder, bytes, FRAME_PAUSE),
          ...push(decoder, bytes, 2 * FRAME_PAUSE),
        ];
        for (const [key, value] of messages.flatMap((message) => Object.entries(valuesOf(message) ?? {})))
          assert.deepEqual(value, truth[key], `${key} after a cut at ${cut}`);
        assert.ok(isTruth(messages.at(-1)), `cut at ${cut}`);
      }
  });

  test(`${driver}: one bit that fell over is never a value, and the next message is read`, () => {
    for (let at = 0; at < bytes.length; at++) {
      const decoder = decoderOf(device);
      push(decoder, bytes, 0);
      const bad = Uint8Array.from(bytes);
      bad[at]! ^= 0x01;
      const messages = push(decoder, bad, FRAME_PAUSE);
      for (const [key, value] of messages.flatMap((message) => Object.entries(valuesOf(message) ?? {})))
        assert.deepEqual(value, truth[key], `${key} with a bad byte ${at}`);
      push(decoder, bytes, 2 * FRAME_PAUSE);
      assert.ok(isTruth(push(decoder, bytes, 3 * FRAME_PAUSE).at(-1)), `byte ${at}`);
    }
  });

  test(`${driver}: a wrong checksum is told as such`, () => {
    const decoder = decoderOf(device);
    push(decoder, bytes, 0);
    const bad = Uint8Array.from(bytes);
    // A digit or a byte in the middle, which is neither start nor end of anything.
    bad[Math.floor(bytes.length / 2)]! ^= 0x04;
    assert.ok(push(decoder, bad, 1).some((message) => 'reason' in message && message.reason === 'crc'));
  });

  test(`${driver}: noise as of a wrong baud rate is said to be malformed, and it is read right afterwards`, () => {
    const random = randomBytes([...driver].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) >>> 0);
    const decoder = decoderOf(device);
    const messages: DeviceMessage[] = [];
    for (let round = 0; round < 400; round++) {
      const noise = random(100);
      // All lines low, all high, few bits set, or anything.
      const seen = [noise.fill(0), noise.fill(0xff), noise.map((byte) => byte & 0x81), random(100)][
        round % 4
      ]!;
      messages.push(...push(decoder, seen, round));
    }
    for (const message of messages) {
      const values = valuesOf(message);
      for (const [key, value] of Object.entries(values ?? {}))
        assert.ok(typeof value !== 'number' || Number.isFinite(value), `${key} is ${value}`);
    }
    assert.ok(
      messages.some((message) => 'reason' in message),
      'noise is noticed',
    );
    assert.ok(messages.length < 40_000 / 2, 'and not more often than it has starts');
    push(decoder, bytes, 10 * FRAME_PAUSE);
    push(decoder, bytes, 20 * FRAME_PAUSE);
    assert.ok(isTruth(push(decoder, bytes, 30 * FRAME_PAUSE).at(-1)));
  });

  test(`${driver}: what was collected before a new opening does not join what comes then`, () => {
    const decoder = decoderOf(device);
    push(decoder, bytes.subarray(0, bytes.length - 3), 0);
    decoder.reset();
    assert.deepEqual(
      push(decoder, bytes.subarray(bytes.length - 3), 1).filter((message) => 'reading' in message),
      [],
    );
    push(decoder, bytes, 2);
    assert.ok(isTruth(push(decoder, bytes, 3).at(-1)));
  });
}

test('the limits hold: noise is told once in so many bytes', () => {
  const decoder = decoderOf(SPOKEN.find(({ device }) => device.driver === 'sds011')!.device);
  assert.equal([...decoder.push(new Uint8Array(GARBAGE_LIMIT - 1), 0)].length, 0);
  assert.equal([...decoder.push(new Uint8Array(1), 0)].length, 1);
});
