import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  FILE_LIMITS,
  KEYS_LIMIT,
  METADATA_VERSION_LIMIT,
  type MetadataFile,
  ROLES,
  type Role,
  readMetadataFile,
  SNAPSHOT_FILES_LIMIT,
  TARGETS_LIMIT,
} from './metadata-file.ts';
import { type Json, NOW, TestFleet } from './testing/test-fleet.ts';

const FLEET = new TestFleet();

/** Reads a file of a role after a change to all of it. */
function read(role: Role, change: (file: Json) => void): MetadataFile {
  const file = JSON.parse(Buffer.from(FLEET.file(role).bytes).toString());
  change(file);
  return readMetadataFile(Buffer.from(JSON.stringify(file)));
}

const record = (count: number, value: unknown): Json =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`x${at}`, value]));

test('a file tells its role, its version and its end', () => {
  for (const role of ROLES) {
    const { bytes } = FLEET.file(role);
    assert.deepEqual(readMetadataFile(bytes), { role, version: 1, expires: NOW + 30 * 86_400_000, bytes });
  }
});

test('each bound holds to the last, and not one further', () => {
  const bounds: [Role, limit: number, (file: Json, count: number) => void][] = [
    [
      'root',
      KEYS_LIMIT,
      ({ signed }, count) => {
        signed.keys = Object.fromEntries(
          Object.entries(record(count, 0)).map(([id]) => [id, { keyval: { public: id } }]),
        );
      },
    ],
    ['root', KEYS_LIMIT, ({ signed }, count) => Object.assign(signed.roles.root, { threshold: count })],
    [
      'root',
      KEYS_LIMIT,
      ({ signed }, count) => Object.assign(signed.roles.root, { keyids: Array(count).fill('x') }),
    ],
    [
      'timestamp',
      KEYS_LIMIT,
      (file, count) => Object.assign(file, { signatures: Array(count).fill({ keyid: 'x', sig: '' }) }),
    ],
    ['snapshot', METADATA_VERSION_LIMIT, ({ signed }, count) => Object.assign(signed, { version: count })],
    [
      'timestamp',
      METADATA_VERSION_LIMIT,
      ({ signed }, count) => Object.assign(signed.meta['snapshot.json'], { version: count }),
    ],
    [
      'snapshot',
      SNAPSHOT_FILES_LIMIT,
      ({ signed }, count) => Object.assign(signed.meta, record(count - 1, { version: 1 })),
    ],
    ['targets', TARGETS_LIMIT, ({ signed }, count) => Object.assign(signed, { targets: record(count, {}) })],
  ];
  for (const [role, limit, change] of bounds) {
    assert.equal(read(role, (file) => change(file, limit)).role, role);
    assert.throws(
      () => read(role, (file) => change(file, limit + 1)),
      { code: 'MALFORMED' },
      `${role} ${limit}`,
    );
  }
  for (const role of ROLES) {
    const { bytes } = FLEET.file(role);
    const padded = (length: number): Buffer =>
      Buffer.concat([bytes, Buffer.alloc(length - bytes.length, ' ')]);
    assert.equal(readMetadataFile(padded(FILE_LIMITS[role])).role, role);
    assert.throws(() => readMetadataFile(padded(FILE_LIMITS[role] + 1)), { code: 'TOO_LONG' });
  }
});

test('what lacks a member, or has it in another form, is no metadata', () => {
  const faults: [Role, (file: Json) => void][] = [
    ['root', (file) => delete file.signatures],
    ['root', ({ signed }) => delete signed.roles.timestamp],
    ['root', ({ signed }) => Object.assign(signed.roles.root, { threshold: 0 })],
    ['root', ({ signed }) => Object.assign(signed, { _type: 'mirrors' })],
    ['timestamp', ({ signed }) => Object.assign(signed, { meta: {} })],
    ['snapshot', ({ signed }) => Object.assign(signed, { meta: { 'other.json': { version: 1 } } })],
    ['targets', ({ signed }) => Object.assign(signed, { targets: [] })],
    ['targets', ({ signed }) => Object.assign(signed, { version: '1' })],
    ['targets', ({ signed }) => Object.assign(signed, { version: 0 })],
    ['targets', ({ signed }) => Object.assign(signed, { expires: '2030-01-01' })],
    ['targets', ({ signed }) => Object.assign(signed, { expires: '2030-19-39T00:00:00Z' })],
  ];
  for (const [role, fault] of faults)
    assert.throws(() => read(role, fault), { code: 'MALFORMED' }, `${fault}`);
  for (const text of ['', 'null', '[]', '{"signed":null}', '\xff'])
    assert.throws(() => readMetadataFile(Buffer.from(text, 'latin1')), { code: 'MALFORMED' }, text);
});
