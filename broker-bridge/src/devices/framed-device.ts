import { FrameDecoder, type FrameForm } from './frame-decoder.ts';
import type { Reading } from './reading.ts';
import type { DeviceDecoder } from './serial-device.ts';

/** The decoder of a device that sends frames; a frame without a reading is passed over. */
export function framedDecoder(
  form: FrameForm,
  readingOf: (frame: Uint8Array) => Reading | undefined,
): DeviceDecoder {
  const decoder = new FrameDecoder(form);
  return {
    *push(chunk, now) {
      for (const found of decoder.push(chunk, now)) {
        if ('reason' in found) yield found;
        else {
          const reading = readingOf(found.frame);
          if (reading) yield { reading };
        }
      }
    },
    reset: () => decoder.reset(),
  };
}

/** Finds the first good frame among bytes that is the one meant; for answers. */
export function findFrame(
  form: FrameForm,
  heard: Uint8Array,
  meant: (frame: Uint8Array) => boolean = () => true,
): Uint8Array | undefined {
  for (const found of new FrameDecoder(form).push(heard, 0))
    if ('frame' in found && meant(found.frame)) return found.frame;
  return undefined;
}

/** `crc` if there is a whole frame with a wrong checksum among the bytes, else `malformed`. */
export function brokenFrame(form: FrameForm, heard: Uint8Array): 'crc' | 'malformed' {
  for (const found of new FrameDecoder(form).push(heard, 0))
    if ('reason' in found && found.reason === 'crc') return 'crc';
  return 'malformed';
}
