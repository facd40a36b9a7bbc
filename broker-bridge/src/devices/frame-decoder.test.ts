import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc16Modbus } from './checksum.ts';
import {
  CHECKED_PER_BYTE,
  CHECKED_SAVED,
  FrameDecoder,
  type FrameForm,
  GARBAGE_LIMIT,
} from './frame-decoder.ts';

const LENGTH = 200;

/** Frames of LENGTH bytes that begin with 00 and end with a CRC; counts the bytes that are checked. */
function countingForm() {
  const counts = { checked: 0 };
  const form: FrameForm = {
    starts: [[0]],
    header: 1,
    longest: LENGTH,
    length: () => LENGTH,
    fault(frame) {
      counts.checked += frame.length;
      const crc = crc16Modbus(frame.subarray(0, -2));
      return frame.at(-2) === (crc & 0xff) && frame.at(-1) === crc >> 8 ? undefined : 'crc';
    },
  };
  return { form, counts };
}

/** A good frame whose data have a start at every `step`-th byte. */
function goodFrame(step: number): Uint8Array {
  const frame = Uint8Array.from({ length: LENGTH }, (_, at) => (at % step === 0 ? 0 : 7));
  const crc = crc16Modbus(frame.subarray(0, -2));
  frame.set([crc & 0xff, crc >> 8], LENGTH - 2);
  return frame;
}

function* chunks(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const found = (decoder: FrameDecoder, bytes: Uint8Array, size: number) =>
  [...chunks(bytes, size)].flatMap((chunk) => [...decoder.push(chunk, 0)]);

for (const size of [1, 37, 256, 65_536])
  test(`noise that looks like a start at every byte is not checked without end, in chunks of ${size}`, () => {
    const { form, counts } = countingForm();
    const decoder = new FrameDecoder(form);
    const noise = new Uint8Array(20_000);
    const said = found(decoder, noise, size);
    assert.ok(
      counts.checked <= CHECKED_SAVED * LENGTH + CHECKED_PER_BYTE * noise.length,
      `${counts.checked} bytes were checked for ${noise.length}`,
    );
    assert.ok(said.length > 0 && said.every((one) => 'reason' in one));
    // Frames come on without a gap: the noise is left behind, and they are read.
    const frames = Array.from({ length: 6 }, () => goodFrame(50));
    const good = found(decoder, Buffer.concat(frames), size).filter((one) => 'frame' in one);
    assert.ok(good.length >= 4, `${good.length} of 6 frames`);
    assert.deepEqual(good.at(-1), { frame: goodFrame(50) });
  });

test('a frame right after less noise than may be checked is found, wherever it begins', () => {
  for (let noise = 0; noise < CHECKED_SAVED; noise++) {
    const { form } = countingForm();
    const decoder = new FrameDecoder(form);
    const said = found(decoder, Buffer.concat([new Uint8Array(noise), goodFrame(50)]), 64);
    assert.deepEqual(said.at(-1), { frame: goodFrame(50) }, `after ${noise} bytes`);
  }
});

test('what is not checked is told as garbage', () => {
  const { form } = countingForm();
  const decoder = new FrameDecoder(form);
  const spent = found(decoder, new Uint8Array(40_000), 256).length;
  const more = found(decoder, new Uint8Array(10 * GARBAGE_LIMIT), 256).length;
  assert.ok(spent > 0 && more > 0, `${more} messages`);
});

test('frames are found at every cut and behind each other, wherever they stand in the memory of the decoder', () => {
  const { form } = countingForm();
  const decoder = new FrameDecoder(form);
  let heard = 0;
  for (let round = 0; round < 500; round++) {
    const bytes = Buffer.concat([new Uint8Array(round % 7).fill(9), goodFrame(67)]);
    for (const one of found(decoder, bytes, 1 + (round % 83))) {
      if (!('frame' in one)) continue;
      heard += 1;
      assert.deepEqual(one.frame, goodFrame(67));
    }
  }
  assert.equal(heard, 500);
});
