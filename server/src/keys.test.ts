import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { primitives } from '@perch/broker-bridge/crypto.ts';
import { fingerprint, fingerprintDigits } from '@perch/broker-bridge/fingerprint.ts';
import { loadKeys } from './keys.ts';
import type { Store } from './store/contract.ts';
import { databasePath, openSqliteStore } from './store/sqlite.ts';

async function withServer(body: (dataDir: string, store: Store) => Promise<void>): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'perch-keys-'));
  const store = await openSqliteStore(databasePath(dataDir));
  try {
    await body(dataDir, store);
  } finally {
    await store.close();
    rmSync(dataDir, { recursive: true });
  }
}

test('the first start makes a key that only the owner can read; later starts have the same', () =>
  withServer(async (dataDir, store) => {
    const [keys, meanwhile] = await Promise.all([loadKeys(dataDir, store), loadKeys(dataDir, store)]);
    const folder = join(dataDir, 'keys');
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(folder).sort(), ['static.pem']);
    for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
    const again = await loadKeys(dataDir, store);
    assert.deepEqual(again.static, keys.static);
    assert.deepEqual(meanwhile.static, keys.static);
  }));

test('the key does what it is for: both ends of a handshake have the same secret', () =>
  withServer(async (dataDir, store) => {
    const keys = await loadKeys(dataDir, store);
    const board = primitives.generateKeyPair();
    assert.deepEqual(
      primitives.dh(keys.static, board.publicKey),
      primitives.dh(board, keys.static.publicKey),
    );
  }));

test('a damaged, lost, exchanged or open key file is an error, never a new identity', () =>
  withServer(async (dataDir, store) => {
    await loadKeys(dataDir, store);
    const path = join(dataDir, 'keys', 'static.pem');
    const good = readFileSync(path, 'utf8');
    // One letter of the private key's base64, which is still a key, but another one.
    const at = good.indexOf('\n') + 40;
    const rotten = good.slice(0, at) + (good[at] === 'A' ? 'B' : 'A') + good.slice(at + 1);
    for (const bad of [rotten, good.slice(0, 60), '', 'x'.repeat(5000)]) {
      writeFileSync(path, bad);
      await assert.rejects(loadKeys(dataDir, store), {
        code: 'DISK',
        message: /is damaged\. Restore it from a backup/,
      });
      assert.equal(readFileSync(path, 'utf8'), bad);
    }
    rmSync(path);
    await assert.rejects(loadKeys(dataDir, store), { code: 'DISK', message: /is gone \(fingerprint/ });
    assert.equal(existsSync(path), false);

    writeFileSync(path, good, { mode: 0o600 });
    chmodSync(path, 0o644);
    await assert.rejects(loadKeys(dataDir, store), { code: 'DISK', message: /chmod 600/ });
    chmodSync(path, 0o600);
    await loadKeys(dataDir, store);
    await withServer(async (otherDir, otherStore) => {
      await loadKeys(otherDir, otherStore);
      writeFileSync(path, readFileSync(join(otherDir, 'keys', 'static.pem')));
      await assert.rejects(loadKeys(dataDir, store), { code: 'DISK', message: /holds another key/ });
    });
  }));

test('a fingerprint is short, grouped, and found again however it is typed', () => {
  const key = new Uint8Array(32);
  // SHA-256 of 32 zero bytes
  assert.equal(fingerprint(key), '6668-7aad-f862-bd77');
  assert.equal(fingerprintDigits(' 6668-7AAD '), '66687aad');
  for (const bad of ['', '-', 'xyz', '6668 7aad', 'a'.repeat(65)])
    assert.equal(fingerprintDigits(bad), undefined);
});
