/** Where a number lies in the bytes of an answer. */
export type BitField = {
  /** First byte and count; the whole answer if not given. */
  at?: number;
  len?: number;
  /** Byte order; "big" (high byte first) if not given. */
  order?: 'big' | 'little';
  /** Highest and lowest bit of those bytes taken as one number; all of them if not given. */
  bits?: readonly [number, number];
  /** Two's complement. */
  signed?: boolean;
};

/** The whole number in a bit field, or undefined if the bytes are too few. Exact for fields of up to 53 bits. */
export function bitField(bytes: Uint8Array, field: BitField): number | undefined {
  const at = field.at ?? 0;
  const len = field.len ?? bytes.length - at;
  const part = bytes.subarray(at, at + len);
  const [high, low] = field.bits ?? [len * 8 - 1, 0];
  if (len < 1 || part.length !== len || high < low || high >= len * 8) return undefined;
  let all = 0n;
  for (const byte of field.order === 'little' ? part.toReversed() : part) all = (all << 8n) | BigInt(byte);
  const width = high - low + 1;
  const raw = all >> BigInt(low);
  return Number(field.signed ? BigInt.asIntN(width, raw) : BigInt.asUintN(width, raw));
}
