import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TargetFile } from '@tufjs/models';
import { EXECUTABLE_LIMIT } from '../release.ts';
import { readReleaseTarget, SEQUENCE_LIMIT, writeReleaseTarget } from './release-target.ts';
import { type Json, releaseOf } from './testing/test-fleet.ts';

test('a release is a TUF target and comes back as it was', () => {
  for (const release of [
    releaseOf(),
    releaseOf({ mayReplace: 12, platform: 'linux-x64', version: '1.0.0-rc.1' }),
    releaseOf({ length: EXECUTABLE_LIMIT, sequence: SEQUENCE_LIMIT }),
  ]) {
    const path = `${release.platform}/${release.version}`;
    assert.deepEqual(readReleaseTarget(writeReleaseTarget(release)), { ...release, path });
  }
  assert.deepEqual(writeReleaseTarget(releaseOf({ mayReplace: 12 })).toJSON(), {
    length: 1000,
    hashes: { sha256: 'a1'.repeat(32) },
    custom: { perch: 1, sequence: 1, index: 'b2'.repeat(32), mayReplace: 12 },
  });
});

test('a target that is no release of this form is none', () => {
  const good = writeReleaseTarget(releaseOf()).toJSON() as Json;
  const read = (path: string, change: (json: Json) => void = () => {}) => {
    const json = structuredClone(good);
    change(json);
    return readReleaseTarget(TargetFile.fromJSON(path, json));
  };
  read('linux-arm64/0.2.0');
  for (const path of [
    '',
    'linux-arm64',
    '/0.2.0',
    'linux-arm64/v1',
    'linux-arm64/0.2.0/x',
    'windows/0.2.0',
    '../0.2.0',
  ])
    assert.throws(() => read(path), { code: 'MALFORMED' }, path);
  const faults: ((json: Json) => void)[] = [
    (json) => Object.assign(json, { length: 0 }),
    (json) => Object.assign(json, { length: EXECUTABLE_LIMIT + 1 }),
    (json) => Object.assign(json, { length: 1.5 }),
    (json) => Object.assign(json.hashes, { md5: '00' }),
    (json) => Object.assign(json.hashes, { sha256: 'A1'.repeat(32) }),
    (json) => Object.assign(json.custom, { perch: 2 }),
    (json) => Object.assign(json.custom, { sequence: 0 }),
    (json) => Object.assign(json.custom, { sequence: SEQUENCE_LIMIT + 1 }),
    (json) => Object.assign(json.custom, { index: '' }),
    (json) => Object.assign(json.custom, { mayReplace: '3' }),
    (json) => Object.assign(json.custom, { other: 1 }),
    (json) => delete json.custom,
    (json) => Object.assign(json, { other: 1 }),
  ];
  for (const fault of faults) assert.throws(() => read('linux-arm64/0.2.0', fault), { code: 'MALFORMED' });
});

test('what no board would take is not signed', () => {
  assert.throws(() => writeReleaseTarget(releaseOf({ version: 'one' })), { code: 'MALFORMED' });
  assert.throws(() => writeReleaseTarget(releaseOf({ sequence: 0 })), { code: 'MALFORMED' });
});
