/** A CRC in the terms of Ross Williams's "A Painless Guide to CRC Error Detection Algorithms", section 15. */
type CrcModel = { width: 8 | 16 | 32; poly: number; init: number; reflected: boolean; xorOut: number };

const reflect = (value: number, width: number): number => {
  let turned = 0;
  for (let bit = 0; bit < width; bit++) if ((value >>> bit) & 1) turned |= 1 << (width - 1 - bit);
  return turned >>> 0;
};

/** The function of one CRC, with a table of what each byte does. */
function crcOf({ width, poly, init, reflected, xorOut }: CrcModel): (bytes: Uint8Array) => number {
  const mask = width === 32 ? 0xffffffff : 2 ** width - 1;
  const top = 2 ** (width - 1);
  const turned = reflect(poly, width);
  // Signed, since a CRC of 32 bits is then a small integer to V8, and not a number on the heap.
  const table = Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = reflected ? byte : byte << (width - 8);
    for (let bit = 0; bit < 8; bit++)
      if (reflected) crc = crc & 1 ? (crc >>> 1) ^ turned : crc >>> 1;
      else crc = crc & top ? (crc << 1) ^ poly : crc << 1;
    return crc & mask;
  });
  return (bytes) => {
    let crc = reflected ? reflect(init, width) : init;
    // Counted, not iterated: in noise this runs once for each byte of each frame that might be.
    for (let at = 0; at < bytes.length; at++)
      crc = reflected
        ? (crc >>> 8) ^ table[(crc ^ bytes[at]!) & 0xff]!
        : ((crc << 8) ^ table[((crc >>> (width - 8)) ^ bytes[at]!) & 0xff]!) & mask;
    return ((crc ^ xorOut) & mask) >>> 0;
  };
}

const sum = (bytes: Uint8Array): number => {
  let total = 0;
  for (let at = 0; at < bytes.length; at++) total += bytes[at]!;
  return total;
};

/** CRC of Modbus RTU (Modbus over Serial Line V1.02, section 6.2.2). On the line its low byte comes first. */
export const crc16Modbus = crcOf({ width: 16, poly: 0x8005, init: 0xffff, reflected: true, xorOut: 0 });
/** CRC of DSMR P1 telegrams (Companion Standard 5.0.2, section 6.2): x16 + x15 + x2 + 1, no start value, low bit first. */
export const crc16Arc = crcOf({ width: 16, poly: 0x8005, init: 0, reflected: true, xorOut: 0 });

/** How bytes are summed up; `size` is the width of the result in bytes, `order` the usual one of it on the line. */
type Checksum = {
  size: 1 | 2 | 4;
  order: 'big' | 'little';
  about: string;
  of(bytes: Uint8Array): number;
};

/** The checksums by the names that a config gives them. */
export const CHECKSUMS = {
  sum8: { size: 1, order: 'big', about: 'sum of the bytes, modulo 256', of: (bytes) => sum(bytes) & 0xff },
  'sum8-negated': {
    size: 1,
    order: 'big',
    about: 'what makes the sum 0 modulo 256',
    of: (bytes) => -sum(bytes) & 0xff,
  },
  sum16: {
    size: 2,
    order: 'big',
    about: 'sum of the bytes, modulo 65536',
    of: (bytes) => sum(bytes) & 0xffff,
  },
  xor8: {
    size: 1,
    order: 'big',
    about: 'exclusive or of the bytes',
    of: (bytes) => bytes.reduce((all, byte) => all ^ byte, 0),
  },
  crc8: {
    size: 1,
    order: 'big',
    about: 'polynomial 07, init 00',
    of: crcOf({ width: 8, poly: 0x07, init: 0, reflected: false, xorOut: 0 }),
  },
  'crc8-maxim': {
    size: 1,
    order: 'big',
    about: 'polynomial 31 reflected, init 00 (Dallas 1-Wire)',
    of: crcOf({ width: 8, poly: 0x31, init: 0, reflected: true, xorOut: 0 }),
  },
  'crc16-modbus': { size: 2, order: 'little', about: '8005 reflected, init FFFF', of: crc16Modbus },
  'crc16-arc': { size: 2, order: 'little', about: '8005 reflected, init 0000', of: crc16Arc },
  'crc16-ccitt': {
    size: 2,
    order: 'big',
    about: '1021, init FFFF (CCITT-FALSE)',
    of: crcOf({ width: 16, poly: 0x1021, init: 0xffff, reflected: false, xorOut: 0 }),
  },
  'crc16-xmodem': {
    size: 2,
    order: 'big',
    about: '1021, init 0000',
    of: crcOf({ width: 16, poly: 0x1021, init: 0, reflected: false, xorOut: 0 }),
  },
  'crc16-kermit': {
    size: 2,
    order: 'little',
    about: '1021 reflected, init 0000',
    of: crcOf({ width: 16, poly: 0x1021, init: 0, reflected: true, xorOut: 0 }),
  },
  'crc16-x25': {
    size: 2,
    order: 'little',
    about: '1021 reflected, init and xor FFFF (HDLC)',
    of: crcOf({ width: 16, poly: 0x1021, init: 0xffff, reflected: true, xorOut: 0xffff }),
  },
  crc32: {
    size: 4,
    order: 'little',
    about: '04C11DB7 reflected, init and xor FFFFFFFF (IEEE 802.3)',
    of: crcOf({ width: 32, poly: 0x04c11db7, init: 0xffffffff, reflected: true, xorOut: 0xffffffff }),
  },
} as const satisfies Record<string, Checksum>;

export type ChecksumName = keyof typeof CHECKSUMS;
export const CHECKSUM_NAMES = Object.keys(CHECKSUMS) as ChecksumName[];
