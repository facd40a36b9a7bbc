import { Transform } from 'node:stream';

/**
 * Passes MQTT bytes on and ends the stream at the first packet that is longer than `limit`, by its fixed header
 * alone (MQTT 3.1.1 section 2.2.3), so that a claimed length of 256 MiB costs no memory.
 */
export function packetGuard(limit: number): Transform {
  let body = 0; // bytes of the current packet still to come
  let length = 0; // remaining length read so far
  let shift = -1; // -1: the next byte is a packet type; else the bits read of the length
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      let at = 0;
      while (at < chunk.length) {
        if (body > 0) {
          const passed = Math.min(body, chunk.length - at);
          body -= passed;
          at += passed;
          continue;
        }
        const byte = chunk[at++]!;
        if (shift < 0) {
          shift = 0;
          length = 0;
          continue;
        }
        length += (byte & 0x7f) * 2 ** shift;
        shift += 7;
        if (length > limit || (shift >= 28 && byte >= 0x80)) {
          done(new Error(`an MQTT packet of more than ${limit} bytes`));
          return;
        }
        if (byte < 0x80) {
          body = length;
          shift = -1;
        }
      }
      done(null, chunk);
    },
  });
}
