import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHECKSUMS, type ChecksumName, crc16Modbus } from './checksum.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

// The check values of the "Catalogue of parametrised CRC algorithms" are those of the nine digits; sums by hand:
// 0x31 + ... + 0x39 = 9 * 0x35 = 0x1dd; the exclusive or of 0x31 to 0x39 is 0x31.
const CHECKS: Record<ChecksumName, number> = {
  sum8: 0xdd,
  'sum8-negated': 0x23,
  sum16: 0x1dd,
  xor8: 0x31,
  crc8: 0xf4,
  'crc8-maxim': 0xa1,
  'crc16-modbus': 0x4b37,
  'crc16-arc': 0xbb3d,
  'crc16-ccitt': 0x29b1,
  'crc16-xmodem': 0x31c3,
  'crc16-kermit': 0x2189,
  'crc16-x25': 0x906e,
  crc32: 0xcbf43926,
};

for (const [name, want] of Object.entries(CHECKS) as [ChecksumName, number][])
  test(`${name} of "123456789"`, () => {
    assert.equal(CHECKSUMS[name].of(new TextEncoder().encode('123456789')), want);
  });

test('Modbus requests have the CRC that the public examples give, low byte first', () => {
  assert.equal(crc16Modbus(hex('01 03 00 00 00 0A')), 0xcdc5);
  assert.equal(crc16Modbus(hex('11 03 00 6B 00 03')), 0x8776);
});
