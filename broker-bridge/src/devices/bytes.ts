/** Whole numbers in the bytes of an answer; be is high byte first, le low byte first. They throw a RangeError past the end. */
const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export const u16be = (bytes: Uint8Array, at = 0): number => view(bytes).getUint16(at);
export const u16le = (bytes: Uint8Array, at = 0): number => view(bytes).getUint16(at, true);
export const i16be = (bytes: Uint8Array, at = 0): number => view(bytes).getInt16(at);
export const i16le = (bytes: Uint8Array, at = 0): number => view(bytes).getInt16(at, true);
export const i8 = (bytes: Uint8Array, at = 0): number => view(bytes).getInt8(at);
export const u24be = (bytes: Uint8Array, at = 0): number => (u16be(bytes, at) << 8) | bytes[at + 2]!;
export const u24le = (bytes: Uint8Array, at = 0): number => (bytes[at + 2]! << 16) | u16le(bytes, at);
export const u32be = (bytes: Uint8Array, at = 0): number => view(bytes).getUint32(at);
export const u32le = (bytes: Uint8Array, at = 0): number => view(bytes).getUint32(at, true);
export const f32be = (bytes: Uint8Array, at = 0): number => view(bytes).getFloat32(at);
/** A 16-bit number as two bytes, high byte first. */
export const be16 = (value: number): [number, number] => [(value >> 8) & 0xff, value & 0xff];
