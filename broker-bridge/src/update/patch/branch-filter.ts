import { FILTER, type Filter } from './header.ts';
import { read32, write32 } from './little-endian.ts';

/**
 * Makes branches of code that go to the same place equal, by putting places for distances, or takes that back (`decode`). Works
 * on one segment in place; `offset` is where it is in the executable of `length` bytes. Fields that cross an end of
 * the segment or of the filtered part stay as they are, so segments come back one by one.
 */
export function filterBranches(
  segment: Uint8Array,
  offset: number,
  length: number,
  { kind, start, end }: Filter,
  decode: boolean,
): void {
  const from = Math.max(0, start - offset);
  const to = Math.min(segment.length, end - offset);
  if (kind === FILTER.arm64) filterArm64(segment, from + (-(offset + from) & 3), to, offset, decode ? -1 : 1);
  else if (kind === FILTER.x64) filterX64(segment, from, to, offset, length, decode);
}

/** bl and adrp (Arm Architecture Reference Manual, C6.2): 26 and 21 bits, modulo their size. */
function filterArm64(b: Uint8Array, from: number, to: number, offset: number, sign: number): void {
  for (let p = from; p + 4 <= to; p += 4) {
    const top = b[p + 3]!;
    const place = offset + p;
    if ((top & 0xfc) !== 0x94 && (top & 0x9f) !== 0x90) continue;
    let w = read32(b, p);
    if ((top & 0xfc) === 0x94) w = (w & ~0x3ffffff) | ((w + sign * (place >> 2)) & 0x3ffffff);
    else {
      const page = ((w >>> 29) & 3) + ((w >> 3) & 0x1ffffc) + sign * (place >> 12);
      w = (w & -0x60ffffe1) | ((page & 3) << 29) | ((page & 0x1ffffc) << 3);
    }
    write32(b, p, w);
  }
}

/**
 * call and jmp with 32 bits (Intel SDM volume 2). A distance d at place p that leads into the file becomes p + d; one that is less than
 * `length` but leads past the end becomes d - length, so that each has one image and the way back is as plain.
 */
function filterX64(
  b: Uint8Array,
  from: number,
  to: number,
  offset: number,
  length: number,
  decode: boolean,
): void {
  for (let p = from; p + 5 <= to; ) {
    if ((b[p]! & 0xfe) !== 0xe8) {
      p += 1;
      continue;
    }
    const place = offset + p;
    const v = read32(b, p + 1);
    // Its bytes are passed over all the same: were they taken for a branch, they would look different on the way back.
    if (v < -place || v >= length) {
      p += 5;
      continue;
    }
    let w: number;
    if (decode) w = v < 0 ? v + length : v - place;
    else w = v < length - place ? v + place : v - length;
    write32(b, p + 1, w);
    p += 5;
  }
}
