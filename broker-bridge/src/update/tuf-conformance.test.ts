import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY, type Json, NOW, newKey, releaseOf, TestBoard, TestFleet } from './testing/test-fleet.ts';

// The cases of github.com/theupdateframework/tuf-conformance, by their names there, for our client: a board that is given
// the answer of a server to what it trusts. Key rotations are a table of their own, tuf-rotations.test.ts.

type Case = (fleet: TestFleet, board: TestBoard) => void;

const trusts = (board: TestBoard, root: number, timestamp: number, snapshot: number, targets: number): void =>
  assert.deepEqual(board.versions, { root, timestamp, snapshot, targets });

/** The answer without the file of one role, as from a repository where it is not found. */
const without = (fleet: TestFleet, board: TestBoard, role: string): Uint8Array[] =>
  fleet.answer(board.versions).filter((bytes) => !Buffer.from(bytes).includes(`"_type":"${role}"`));

const stranger = newKey();

const unsigned =
  (
    role: 'root' | 'timestamp' | 'snapshot' | 'targets',
    ...expected: [number, number, number, number]
  ): Case =>
  (fleet, board) => {
    fleet.signers[role] = [stranger];
    fleet.publish('root', 'targets', 'snapshot', 'timestamp');
    assert.equal(board.check(fleet), 'BAD_SIGNATURE');
    trusts(board, ...expected);
  };

const CASES: Record<string, Case> = {
  basic_refresh_requests(fleet, board) {
    assert.deepEqual(board.versions, { root: 0, timestamp: 0, snapshot: 0, targets: 0 });
    assert.equal(fleet.answer(board.versions).length, 4);
    assert.equal(board.check(fleet), 'done');
    assert.deepEqual(fleet.answer(board.versions), [], 'nothing is asked for twice');
  },
  basic_refresh_trusted_data(fleet, board) {
    board.check(fleet);
    for (const { bytes } of fleet.files) assert.ok(board.stored?.includes(Buffer.from(bytes).toString()));
  },
  implicit_refresh(fleet, board) {
    board.check(fleet);
    assert.equal(board.trust.target('linux-arm64', '9.9.9'), undefined);
    trusts(board, 1, 1, 1, 1);
  },
  invalid_initial_root(fleet) {
    fleet.forge('root', (signed) => {
      delete signed.version;
    });
    const pinned = new TestBoard(fleet);
    assert.equal(pinned.take([fleet.file('root').bytes]), 'MALFORMED');
    trusts(pinned, 0, 0, 0, 0);
  },
  unsigned_initial_root(fleet) {
    fleet.forge('root', () => {}, [stranger]);
    // Even one that the pinned hash fits.
    const pinned = new TestBoard(fleet);
    assert.equal(pinned.check(fleet), 'BAD_SIGNATURE');
    trusts(pinned, 0, 0, 0, 0);
  },
  'unsigned_metadata root': unsigned('root', 1, 0, 0, 0),
  'unsigned_metadata timestamp': unsigned('timestamp', 2, 0, 0, 0),
  'unsigned_metadata snapshot': unsigned('snapshot', 2, 2, 0, 0),
  'unsigned_metadata targets': unsigned('targets', 2, 2, 2, 0),
  'url_and_metadata_version_mismatch root'(fleet, board) {
    fleet.version.root += 1;
    fleet.publish('root', 'targets', 'snapshot', 'timestamp');
    assert.equal(board.check(fleet), 'MIXED_METADATA');
    trusts(board, 1, 0, 0, 0);
  },
  'url_and_metadata_version_mismatch snapshot'(fleet, board) {
    fleet.forge('timestamp', (signed) => Object.assign(signed.meta['snapshot.json'], { version: 2 }));
    assert.equal(board.check(fleet), 'MIXED_METADATA');
    trusts(board, 1, 1, 0, 0);
  },
  'url_and_metadata_version_mismatch targets'(fleet, board) {
    fleet.forge('snapshot', (signed) => Object.assign(signed.meta['targets.json'], { version: 2 }));
    fleet.publish('timestamp');
    assert.equal(board.check(fleet), 'MIXED_METADATA');
    trusts(board, 1, 2, 1, 0);
  },
  timestamp_content_changes(fleet, board) {
    board.check(fleet);
    const before = board.stored;
    fleet.forge('timestamp', (signed) => Object.assign(signed.meta['snapshot.json'], { version: 100 }));
    assert.equal(board.take([fleet.file('timestamp').bytes]), 'done');
    assert.equal(board.stored, before);
  },
  basic_metadata_hash_support(fleet, board) {
    fleet.publish('targets', 'snapshot', 'timestamp');
    assert.equal(board.check(fleet), 'done');
  },
  targets_hash_mismatch(fleet, board) {
    board.check(fleet);
    fleet.publish('targets', 'snapshot');
    fleet.forge('snapshot', ({ meta }) =>
      Object.assign(meta['targets.json'].hashes, { sha256: '0'.repeat(64) }),
    );
    fleet.publish('timestamp');
    assert.equal(board.check(fleet), 'MIXED_METADATA');
    trusts(board, 1, 2, 2, 1);
  },
  snapshot_hash_mismatch(fleet, board) {
    board.check(fleet);
    fleet.publish('snapshot', 'timestamp');
    fleet.forge('timestamp', ({ meta }) =>
      Object.assign(meta['snapshot.json'].hashes, { sha256: '0'.repeat(64) }),
    );
    assert.equal(board.check(fleet), 'MIXED_METADATA');
    trusts(board, 1, 2, 1, 1);
  },
  metadata_bytes_match(fleet, board) {
    const spaced = Buffer.concat([fleet.file('timestamp').bytes, Buffer.from(' ')]);
    fleet.put(spaced);
    assert.equal(board.check(fleet), 'done');
    assert.ok(board.stored?.includes(spaced.toString()));
  },
  custom_fields(fleet, board) {
    board.check(fleet);
    fleet.publish('root').forge('root', (signed) => {
      signed['custom-field'] = 'value';
      signed.roles.root['another-field'] = 'value';
      Object.values(signed.keys as Json)[0]['extra-field'] = { a: 1, b: 2 };
    });
    assert.equal(board.check(fleet), 'done');
    trusts(board, 2, 1, 1, 1);
  },
  deprecated_keyid_hash_algorithms(fleet, board) {
    board.check(fleet);
    fleet.rotate('snapshot').publish('root', 'snapshot', 'timestamp');
    fleet.forge('root', (signed) => {
      for (const key of Object.values(signed.keys as Json)) key.keyid_hash_algorithms = 'md5';
    });
    assert.equal(board.check(fleet), 'done');
    trusts(board, 2, 2, 2, 1);
  },
  snapshot_404(fleet, board) {
    board.check(fleet);
    fleet.publish('snapshot', 'timestamp');
    assert.equal(board.take(without(fleet, board, 'snapshot')), 'MIXED_METADATA');
    trusts(board, 1, 2, 1, 1);
  },
  targets_404(fleet, board) {
    board.check(fleet);
    fleet.publish('targets', 'snapshot', 'timestamp');
    assert.equal(board.take(without(fleet, board, 'targets')), 'MIXED_METADATA');
    assert.deepEqual([board.versions.timestamp, board.versions.snapshot], [2, 2]);
    assert.equal(board.check(fleet), 'done', 'it comes with the next answer');
  },
  timestamp_404(fleet, board) {
    assert.equal(board.take(without(fleet, board, 'timestamp')), 'MIXED_METADATA');
    trusts(board, 1, 0, 0, 0);
  },
  incorrect_metadata_type(fleet, board) {
    // A snapshot that could be a timestamp in all but its type, signed by both keys.
    fleet.keys.snapshot.push(...fleet.keys.timestamp);
    fleet.publish('root', 'snapshot');
    fleet.forge('snapshot', ({ meta }) => Object.assign(meta, { 'snapshot.json': { version: 1 } }));
    const files = [...fleet.files.filter(({ role }) => role === 'root'), fleet.file('snapshot')];
    assert.equal(board.take(files.map(({ bytes }) => bytes)), 'MIXED_METADATA');
    trusts(board, 2, 0, 0, 0);
  },
  faketime(fleet, board) {
    fleet.expires.root = NOW + 7 * DAY;
    fleet.publish('root');
    assert.equal(board.check(fleet), 'done');
    assert.equal(board.check(fleet, NOW + 8 * DAY), 'EXPIRED');
  },

  root_expired(fleet, board) {
    board.check(fleet);
    fleet.expires.root = NOW - DAY;
    fleet.publish('root', 'targets', 'snapshot', 'timestamp');
    assert.equal(board.check(fleet), 'EXPIRED');
    trusts(board, 2, 1, 1, 1);
  },
  timestamp_expired(fleet, board) {
    board.check(fleet);
    fleet.expires.timestamp = NOW - 5 * DAY;
    fleet.publish('timestamp');
    assert.equal(board.check(fleet), 'EXPIRED');
    trusts(board, 1, 1, 1, 1);
  },
  snapshot_expired(fleet, board) {
    board.check(fleet);
    fleet.expires.snapshot = NOW - 5 * DAY;
    fleet.publish('snapshot', 'timestamp');
    assert.equal(board.check(fleet), 'EXPIRED');
    trusts(board, 1, 2, 1, 1);
  },
  targets_expired(fleet, board) {
    board.check(fleet);
    fleet.expires.targets = NOW - 5 * DAY;
    fleet.publish('targets', 'snapshot', 'timestamp');
    assert.equal(board.check(fleet), 'EXPIRED');
    trusts(board, 1, 2, 2, 1);
  },
  expired_local_root(fleet, board) {
    fleet.expires.root = NOW + 7 * DAY;
    fleet.publish('root');
    board.check(fleet);
    fleet.expires.root = NOW + 21 * DAY;
    fleet.publish('root', 'targets', 'snapshot', 'timestamp');
    assert.equal(board.check(fleet, NOW + 18 * DAY), 'done');
    trusts(board, 3, 2, 2, 2);
  },
  expired_local_timestamp(fleet, board) {
    fleet.expires.timestamp = NOW + 7 * DAY;
    fleet.publish('timestamp');
    board.check(fleet);
    fleet.expires.timestamp = NOW + 21 * DAY;
    fleet.publish('targets', 'snapshot', 'timestamp');
    assert.equal(board.check(fleet, NOW + 18 * DAY), 'done');
    trusts(board, 1, 3, 2, 2);
  },

  new_timestamp_version_rollback(fleet, board) {
    fleet.publish('timestamp');
    board.check(fleet);
    fleet.version.timestamp = 0;
    fleet.publish('timestamp');
    assert.equal(board.check(fleet), 'OLD_METADATA');
    trusts(board, 1, 2, 1, 1);
  },
  snapshot_rollback(fleet, board) {
    fleet.publish('snapshot', 'timestamp');
    board.check(fleet);
    fleet.version.snapshot = 0;
    fleet.publish('snapshot', 'timestamp');
    assert.equal(board.check(fleet), 'OLD_METADATA');
    trusts(board, 1, 2, 2, 1);
  },
  targets_rollback(fleet, board) {
    fleet.publish('targets', 'snapshot', 'timestamp');
    board.check(fleet);
    fleet.version.targets = 0;
    fleet.publish('targets', 'snapshot', 'timestamp');
    assert.equal(board.check(fleet), 'OLD_METADATA');
    trusts(board, 1, 3, 2, 2);
  },
  targets_fast_forward_recovery(fleet, board) {
    fleet.version.targets = 99;
    fleet.publish('targets', 'snapshot', 'timestamp');
    board.check(fleet);
    trusts(board, 1, 2, 2, 100);
    fleet.version.targets = 0;
    fleet.rotate('snapshot').publish('root', 'targets', 'snapshot', 'timestamp');
    assert.equal(board.check(fleet), 'done');
    trusts(board, 2, 3, 3, 1);
  },
  new_snapshot_fast_forward_recovery(fleet, board) {
    fleet.version.snapshot = 99;
    fleet.publish('snapshot', 'timestamp');
    board.check(fleet);
    fleet.version.snapshot = 0;
    fleet.rotate('snapshot').rotate('timestamp').publish('root', 'targets', 'snapshot', 'timestamp');
    assert.equal(board.check(fleet), 'done');
    trusts(board, 2, 3, 1, 2);
  },
  new_timestamp_fast_forward_recovery(fleet, board) {
    fleet.version.timestamp = 99;
    fleet.publish('timestamp');
    board.check(fleet);
    fleet.version.timestamp = 0;
    fleet.rotate('timestamp').publish('root', 'timestamp');
    assert.equal(board.check(fleet), 'done');
    trusts(board, 2, 1, 1, 1);
  },

  snapshot_does_not_meet_threshold(fleet, board) {
    fleet.threshold.snapshot = 3;
    fleet.keys.snapshot.push(newKey(), newKey());
    fleet.publish('root', 'targets', 'snapshot', 'timestamp');
    assert.equal(board.check(fleet), 'done');
    fleet.signers.snapshot = fleet.keys.snapshot.slice(0, 2);
    fleet.publish('targets', 'snapshot', 'timestamp');
    assert.equal(board.check(fleet), 'BAD_SIGNATURE');
    assert.equal(board.versions.snapshot, 2);
  },
  snapshot_has_too_few_keys(fleet, board) {
    board.check(fleet);
    fleet.keys.snapshot.push(newKey(), newKey(), newKey(), newKey());
    fleet.threshold.snapshot = 6;
    fleet.publish('root', 'snapshot', 'timestamp');
    assert.equal(board.check(fleet), 'BAD_SIGNATURE');
    trusts(board, 2, 2, 0, 1);
  },
  duplicate_keys(fleet, board) {
    board.check(fleet);
    fleet.publish('root', 'snapshot', 'timestamp');
    fleet.forge('root', ({ roles }) => {
      roles.snapshot = { keyids: Array(9).fill(roles.snapshot.keyids[0]), threshold: 6 };
    });
    const { signed, signatures } = JSON.parse(Buffer.from(fleet.file('snapshot').bytes).toString());
    fleet.put(Buffer.from(JSON.stringify({ signed, signatures: Array(9).fill(signatures[0]) })));
    assert.equal(board.check(fleet), 'MALFORMED');
    trusts(board, 1, 1, 1, 1);
  },
  duplicate_sig_keyids(fleet, board) {
    const { signed, signatures } = JSON.parse(Buffer.from(fleet.file('snapshot').bytes).toString());
    fleet.put(Buffer.from(JSON.stringify({ signed, signatures: [signatures[0], signatures[0]] })));
    fleet.publish('timestamp');
    assert.equal(board.check(fleet), 'MALFORMED');
    trusts(board, 1, 2, 0, 0);
  },
  'keytype_and_scheme ed25519'(fleet, board) {
    fleet.keys.root.push(newKey());
    fleet.threshold.root = 2;
    fleet.publish('root');
    assert.equal(board.check(fleet), 'done');
    fleet.publish('root');
    const { signed, signatures } = JSON.parse(Buffer.from(fleet.file('root').bytes).toString());
    signatures[1].sig = 'b6'.repeat(64);
    fleet.put(Buffer.from(JSON.stringify({ signed, signatures })));
    assert.equal(board.check(fleet), 'BAD_SIGNATURE');
    assert.equal(board.versions.root, 2);
  },
  invalid_sig_in_valid_metadata(fleet, board) {
    fleet.keys.timestamp.push(newKey());
    for (const sig of ['b6'.repeat(64), '']) {
      fleet.publish('root', 'timestamp');
      const { signed, signatures } = JSON.parse(Buffer.from(fleet.file('timestamp').bytes).toString());
      signatures[0].sig = sig;
      fleet.put(Buffer.from(JSON.stringify({ signed, signatures })));
      assert.equal(board.check(fleet), 'done');
    }
  },
  client_downloads_expected_file(fleet, board) {
    fleet.releases.push(releaseOf({ platform: 'linux-x64', version: '1.0.0-rc.1', sequence: 7 }));
    fleet.publish('targets', 'snapshot', 'timestamp');
    board.check(fleet);
    assert.equal(board.trust.target('linux-x64', '1.0.0-rc.1')?.sequence, 7);
    assert.equal(board.trust.target('linux-arm64', '1.0.0-rc.1'), undefined);
  },
  multiple_changes_to_target(fleet, board) {
    for (const sequence of [2, 3, 4]) {
      fleet.releases = [releaseOf({ sequence })];
      fleet.publish('targets', 'snapshot', 'timestamp');
      assert.equal(board.check(fleet), 'done');
      assert.equal(board.trust.target('linux-arm64', '0.2.0')?.sequence, sequence);
    }
  },
  download_with_unknown_hash_algorithm(fleet, board) {
    fleet.forge('targets', ({ targets }) => {
      targets['linux-arm64/0.2.0'].hashes = { 'no-such-hash': 'abcd' };
    });
    fleet.publish('snapshot', 'timestamp');
    assert.equal(board.check(fleet), 'done');
    assert.throws(() => board.trust.target('linux-arm64', '0.2.0'), { code: 'MALFORMED' });
  },
};

/** What is not of our client, and why. */
const NOT_OURS: Record<string, string> = {
  graph_traversal: 'no delegations: targets name every release',
  targetfile_search: 'no delegations',
  cached_role_is_verified_against_current_delegator: 'no delegations',
  delegation_not_in_snapshot: 'no delegations',
  targets_role_removal: 'no delegations: a snapshot lists targets.json alone, and must',
  unusual_role_name: 'no delegations, and no file or URL is named after a role',
  static_repository: 'repositories that other programs made; ours are made by signing.ts',
  'keytype_and_scheme rsa': "an owner's keys are Ed25519",
  'keytype_and_scheme ecdsa': "an owner's keys are Ed25519",
  client_downloads_expected_file_in_sub_dir: 'a path names a release and is no path of a file',
  repository_substitutes_target_file:
    'the transfer verifies the signed hashes, segment by segment: its own tests',
  download_with_hash_algorithms: 'SHA-256 is the only one',
  artifact_cache: 'a release is installed once; its own tests',
};

for (const [name, run] of Object.entries(CASES))
  test(`tuf-conformance: ${name}`, () => {
    const fleet = new TestFleet();
    run(fleet, new TestBoard(fleet));
  });

test('tuf-conformance: no case is in both lists', () => {
  for (const name of Object.keys(NOT_OURS)) assert.ok(!(name in CASES), name);
});
