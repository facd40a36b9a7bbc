import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { constants, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import {
  BLOB_LIMIT,
  FILES_LIMIT,
  filesFor,
  METADATA_LIMIT,
  packFiles,
  unpackFiles,
} from './metadata-blob.ts';
import { FILE_LIMITS, type MetadataFile, ROLES, ROOTS_LIMIT, type Role } from './metadata-file.ts';

const file = (role: Role, version: number): MetadataFile => ({
  role,
  version,
  expires: 0,
  bytes: Buffer.from(`${role} ${version}`),
});
const names = (files: Uint8Array[]): string[] => files.map((bytes) => Buffer.from(bytes).toString());

const CURRENT = [
  file('root', 2),
  file('root', 1),
  file('targets', 3),
  file('snapshot', 4),
  file('timestamp', 4),
  file('timestamp', 5),
];

test('a board is sent what it lacks, in the order in which it verifies', () => {
  assert.deepEqual(names(filesFor({ root: 0, timestamp: 0, snapshot: 0, targets: 0 }, CURRENT)), [
    'root 1',
    'root 2',
    'timestamp 5',
    'snapshot 4',
    'targets 3',
  ]);
  assert.deepEqual(names(filesFor({ root: 2, timestamp: 4, snapshot: 4, targets: 3 }, CURRENT)), [
    'timestamp 5',
  ]);
  assert.deepEqual(filesFor({ root: 2, timestamp: 5, snapshot: 4, targets: 3 }, CURRENT), []);
});

test('a board that has newer files than the server is sent the server’s: it judges them', () => {
  const have = { root: 3, timestamp: 9, snapshot: 4, targets: 4 };
  assert.deepEqual(names(filesFor(have, CURRENT)), ['timestamp 5', 'targets 3']);
});

test('of a long chain of roots the next few come, and nothing that they are needed for', () => {
  const roots = Array.from({ length: ROOTS_LIMIT + 2 }, (_, at) => file('root', at + 1));
  const files = [...CURRENT.slice(2), ...roots];
  const have = { root: 1, timestamp: 0, snapshot: 0, targets: 0 };
  assert.deepEqual(
    names(filesFor(have, files)),
    roots.slice(1, 1 + ROOTS_LIMIT).map((root) => `root ${root.version}`),
  );
  assert.equal(filesFor({ ...have, root: 2 }, files).length, FILES_LIMIT);
});

test('files come back as they were packed', () => {
  const line = fc.uint8Array({ minLength: 1 }).map((bytes) => bytes.map((byte) => (byte === 10 ? 11 : byte)));
  fc.assert(
    fc.property(fc.array(line, { maxLength: FILES_LIMIT }), (files) => {
      assert.deepEqual(
        unpackFiles(packFiles(files)).map((bytes) => new Uint8Array(bytes)),
        files,
      );
    }),
  );
  assert.equal(packFiles([]).length, 0, 'nothing new costs nothing');
});

/** Hexadecimal that nothing can compress below a half. */
function noise(length: number, seed: string): Buffer {
  let text = '';
  for (let at = 0; text.length < length; at += 1)
    text += createHash('sha512').update(`${seed}${at}`).digest('hex');
  return Buffer.from(text.slice(0, length));
}

test('the longest answer that the limits allow can be sent', () => {
  const roots = Array.from({ length: ROOTS_LIMIT }, (_, at) => noise(FILE_LIMITS.root, `root${at}`));
  const others = ROLES.slice(1).map((role) => noise(FILE_LIMITS[role], role));
  const files = [...roots, ...others];
  assert.equal(files.length, FILES_LIMIT);
  const packed = packFiles(files);
  assert.ok(packed.length > BLOB_LIMIT * 0.9, 'and none that is much longer');
  assert.equal(unpackFiles(packed).length, FILES_LIMIT);
  assert.throws(() => packFiles([...files, Buffer.from('x')]), { code: 'TOO_LONG' });
  assert.throws(() => packFiles(others.map((bytes) => Buffer.concat([bytes, bytes, bytes]))), {
    code: 'TOO_LONG',
  });
});

test('a bomb is stopped, and a window that would need much memory too', () => {
  const bomb = zstdCompressSync(Buffer.alloc(64 * 1024 * 1024, 'a'));
  assert.ok(bomb.length < BLOB_LIMIT);
  assert.throws(
    () => unpackFiles(bomb),
    (error: Error & { code: string }) => /TOO_LONG|MALFORMED/.test(error.code),
  );
  const narrow = zstdCompressSync(Buffer.alloc(METADATA_LIMIT + 1, 'a'), {
    params: { [constants.ZSTD_c_windowLog]: 17, [constants.ZSTD_c_contentSizeFlag]: 0 },
  });
  assert.throws(() => unpackFiles(narrow), { code: 'TOO_LONG' });
  const wide = zstdCompressSync(Buffer.alloc(1_000_000, 'a'), {
    params: { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_contentSizeFlag]: 0 },
  });
  assert.throws(() => unpackFiles(wide), { code: 'MALFORMED' });
  assert.throws(() => unpackFiles(new Uint8Array(BLOB_LIMIT + 1)), { code: 'TOO_LONG' });
});

test('what is no blob, or holds empty files or too many, is refused', () => {
  const packed = packFiles([Buffer.from('one'), Buffer.from('two')]);
  for (const bad of [packed.subarray(0, -1), Buffer.from('{}'), Buffer.concat([Buffer.from('x'), packed])])
    assert.throws(() => unpackFiles(bad), { code: 'MALFORMED' });
  for (const text of ['a\n\nb', '\na'])
    assert.throws(() => unpackFiles(zstdCompressSync(Buffer.from(text))), { code: 'MALFORMED' });
  const many = zstdCompressSync(
    Buffer.from(
      Array(FILES_LIMIT + 1)
        .fill('a')
        .join('\n'),
    ),
  );
  assert.throws(() => unpackFiles(many), { code: 'TOO_LONG' });
  for (const bad of ['', 'a\nb']) assert.throws(() => packFiles([Buffer.from(bad)]), { code: 'MALFORMED' });
});
