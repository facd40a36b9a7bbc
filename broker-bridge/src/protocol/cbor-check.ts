import { PerchError } from './errors.ts';
import { decimalOfSingle, fitsSingle } from './floats.ts';
import { DEPTH_LIMIT, NODES_LIMIT } from './limits.ts';

/**
 * Refuses everything that is not the deterministic encoding of RFC 8949 section 4.2.1, as far as it matters here,
 * before the decoder sees a byte: no tags, no indefinite lengths, no simple values but false and true, shortest
 * integers and lengths, map keys strictly ascending (so none twice), one item and nothing after it. Floats are finite, and
 * only for what is not a whole number within 2^53, so that 1.0 never passes for 1; a single is one that a decimal gives.
 * It allocates nothing, so a length that a stranger claims costs nothing. `most` bounds the data items.
 * @throws PerchError MALFORMED with the byte offset
 */
export function checkCbor(bytes: Uint8Array, most: number = NODES_LIMIT): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = bytes.length;
  let at = 0;
  let nodes = 0;

  const fail = (what: string): never => {
    throw new PerchError('MALFORMED', `${what} at byte ${at}`);
  };

  /** The argument of a head (RFC 8949 section 3) and moves past it. Only called for majors 0 to 5. */
  const argument = (info: number): number => {
    if (info < 24) {
      at += 1;
      return info;
    }
    const width = info === 24 ? 1 : info === 25 ? 2 : info === 26 ? 4 : info === 27 ? 8 : 0;
    if (width === 0) return fail('indefinite length or reserved head');
    if (at + 1 + width > size) return fail('cut short');
    const value =
      width === 1
        ? view.getUint8(at + 1)
        : width === 2
          ? view.getUint16(at + 1)
          : width === 4
            ? view.getUint32(at + 1)
            : view.getUint32(at + 1) * 2 ** 32 + view.getUint32(at + 5);
    const least = width === 1 ? 24 : width === 2 ? 0x100 : width === 4 ? 0x10000 : 2 ** 32;
    if (value < least) return fail('number not in its shortest form');
    if (value > Number.MAX_SAFE_INTEGER) return fail('number above 2^53 - 1');
    at += 1 + width;
    return value;
  };

  const special = (info: number): void => {
    if (info === 20 || info === 21) {
      at += 1;
      return;
    }
    const width = info === 25 ? 2 : info === 26 ? 4 : info === 27 ? 8 : 0;
    if (width === 0) fail('simple value other than false and true');
    if (at + 1 + width > size) fail('cut short');
    // An all-ones exponent is an infinity or NaN (IEEE 754 section 3.4).
    const head = view.getUint16(at + 1);
    const infinite =
      width === 2
        ? (head & 0x7c00) === 0x7c00
        : width === 4
          ? (head & 0x7f80) === 0x7f80
          : (head & 0x7ff0) === 0x7ff0;
    if (infinite) fail('NaN or infinity');
    const value = floatAt(view, at + 1, width);
    if (width === 4 && !(fitsSingle(value) && Math.fround(value) === view.getFloat32(at + 1)))
      fail('single precision that no decimal of seven digits gives; send a double');
    if (Number.isSafeInteger(value)) fail('a whole number as a float');
    at += 1 + width;
  };

  const item = (depth: number): void => {
    nodes += 1;
    if (nodes > most) fail(`more than ${most} data items`);
    if (at >= size) fail('cut short');
    const head = bytes[at]!;
    const major = head >> 5;
    const info = head & 31;
    if (major === 6) fail('tag');
    if (major === 7) {
      special(info);
      return;
    }
    const value = argument(info);
    // -1 - value is the number (RFC 8949 section 3.1), and -2^53 is one too many.
    if (major === 1 && value === Number.MAX_SAFE_INTEGER) fail('number below -(2^53 - 1)');
    if (major < 2) return;
    if (major < 4) {
      if (value > size - at) fail('string longer than the message');
      if (major === 3 && !isUtf8(bytes, at, at + value)) fail('text that is not UTF-8');
      at += value;
      return;
    }
    if (depth >= DEPTH_LIMIT) fail(`nested deeper than ${DEPTH_LIMIT}`);
    const least = major === 5 ? value * 2 : value; // each item takes a byte at least
    if (least > size - at) fail('array or map longer than the message');
    if (major === 4) {
      for (let i = 0; i < value; i++) item(depth + 1);
      return;
    }
    let last = -1;
    let lastEnd = -1;
    for (let i = 0; i < value; i++) {
      const key = at;
      const keyMajor = (bytes[at] ?? 0xff) >> 5;
      if (keyMajor !== 0 && keyMajor !== 3) fail('map key that is neither a number nor a text');
      item(depth + 1);
      if (last >= 0 && !ascending(bytes, last, lastEnd, key, at)) {
        at = key;
        fail('map keys not in ascending order');
      }
      last = key;
      lastEnd = at;
      item(depth + 1);
    }
  };

  item(0);
  if (at !== size) fail('bytes after the end');
}

/** The value that a float of 2, 4 or 8 bytes stands for. */
function floatAt(view: DataView, at: number, width: number): number {
  if (width === 8) return view.getFloat64(at);
  return width === 4 ? decimalOfSingle(view.getFloat32(at)) : halfOf(view.getUint16(at));
}

/** IEEE 754 binary16 (RFC 8949 appendix D). DataView has no getFloat16 in every Node that runs this. */
function halfOf(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const size = exponent === 0 ? fraction * 2 ** -24 : (fraction + 0x400) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -size : size;
}

/** True when bytes[a..aEnd) is before bytes[b..bEnd) in bytewise order. */
function ascending(bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): boolean {
  const length = Math.min(aEnd - a, bEnd - b);
  for (let i = 0; i < length; i++) {
    const difference = bytes[b + i]! - bytes[a + i]!;
    if (difference !== 0) return difference > 0;
  }
  return aEnd - a < bEnd - b;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end && bytes[at]! < 0x80) at += 1;
  if (at === end) return true;
  try {
    utf8.decode(bytes.subarray(at, end));
    return true;
  } catch {
    return false;
  }
}
