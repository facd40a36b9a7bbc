// MQTT 3.1.1 packets by hand: no well-behaved client does what strangers do.

/** Section 2.2.3 */
function remainingLength(length: number): number[] {
  const low = length % 128;
  return length < 128 ? [low] : [low + 128, ...remainingLength(length >> 7)];
}

const packet = (type: number, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from([type, ...remainingLength(body.length)]), body]);

const text = (value: string): Buffer =>
  Buffer.concat([Buffer.from([value.length >> 8, value.length & 255]), Buffer.from(value)]);

/** CONNECT (section 3.1) without a keep-alive. */
export const connectPacket = (id: string, clean = true): Buffer =>
  packet(0x10, Buffer.concat([text('MQTT'), Buffer.from([4, clean ? 2 : 0, 0, 0]), text(id)]));

/** PUBLISH (section 3.3) of `length` zero bytes. */
export const publishPacket = (topic: string, length: number, qos: 0 | 2 = 0): Buffer =>
  packet(
    0x30 | (qos << 1),
    Buffer.concat([text(topic), qos === 0 ? Buffer.alloc(0) : Buffer.from([0, 1]), Buffer.alloc(length)]),
  );
