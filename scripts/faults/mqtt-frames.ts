/** Longest packet that passes, bytes: above what Perch ever sends, so that a claimed length of 256 MiB is not believed. */
export const PACKET_LIMIT = 1024 * 1024;
const PUBLISH = 3;
const DISCONNECT = 14;
/** Bytes of the longest fixed header. */
const HEADER_MOST = 5;

/** A whole MQTT packet, or bytes of which nothing is known. */
export interface Unit {
  bytes: Buffer;
  kind: 'publish' | 'disconnect' | 'other';
}

/** Cuts a byte stream into MQTT packets by their fixed headers (MQTT 3.1.1 section 2.2). What is in them is not looked at. */
export class MqttFrames {
  #rest: Buffer = Buffer.alloc(0);

  /** The packets that are whole now. @throws RangeError for one that is longer than PACKET_LIMIT, or whose length is none */
  push(chunk: Buffer): Unit[] {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const units: Unit[] = [];
    for (
      let length = lengthOf(bytes);
      length !== undefined && length <= bytes.length;
      length = lengthOf(bytes)
    ) {
      units.push({ bytes: bytes.subarray(0, length), kind: kindOf(bytes[0]!) });
      bytes = bytes.subarray(length);
    }
    this.#rest = bytes;
    return units;
  }

  /** Bytes of a packet that never became whole. */
  get rest(): Buffer {
    return this.#rest;
  }
}

const kindOf = (first: number): Unit['kind'] =>
  first >> 4 === PUBLISH ? 'publish' : first >> 4 === DISCONNECT ? 'disconnect' : 'other';

/** Length of the first packet, header included; undefined while that is not known. */
function lengthOf(bytes: Buffer): number | undefined {
  let body = 0;
  for (let at = 1; at < HEADER_MOST; at++) {
    const byte = bytes[at];
    if (byte === undefined) return undefined;
    body += (byte & 0x7f) * 128 ** (at - 1);
    if (body > PACKET_LIMIT) throw new RangeError(`an MQTT packet of more than ${PACKET_LIMIT} bytes`);
    if (byte < 0x80) return at + 1 + body;
  }
  throw new RangeError('an MQTT packet whose length is none');
}
