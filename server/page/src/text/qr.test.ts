import assert from 'node:assert/strict';
import { test } from 'node:test';
import { qrPath } from './qr.ts';

/** What a code of version 40 holds at error correction L (ISO/IEC 18004, table 7), in bytes. */
const MOST = 2_953;

test('a token is a QR code as long as one can hold it, and none when it is longer', () => {
  const token = (length: number): string => `perch1.${'a'.repeat(length - 7)}`;
  assert.deepEqual(qrPath(token(MOST))?.size, 177 + 2 * 4);
  assert.match(
    qrPath(token(300))?.path ?? '',
    /^M4 4h7v1H4z/,
    'it begins with the corner of a finder pattern',
  );
  assert.equal(qrPath(token(MOST + 1)), undefined);
  assert.equal(qrPath(token(32_768)), undefined);
});
