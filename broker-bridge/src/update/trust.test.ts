import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FILES_LIMIT, packFiles, unpackFiles } from './metadata-blob.ts';
import { FILE_LIMITS, KEYS_LIMIT, ROLES, ROOTS_LIMIT, TARGETS_LIMIT } from './metadata-file.ts';
import { ROOTS_KEPT } from './stored-trust.ts';
import {
  DAY,
  NOTHING,
  NOW,
  newKey,
  releaseOf,
  signJson,
  TestBoard,
  TestFleet,
} from './testing/test-fleet.ts';
import { Trust } from './trust.ts';

function withFleet(body: (fleet: TestFleet, board: TestBoard) => void): void {
  const fleet = new TestFleet();
  const board = new TestBoard(fleet);
  assert.equal(board.check(fleet), 'done');
  body(fleet, board);
}

const bytesOf = (fleet: TestFleet): Uint8Array[] => fleet.answer(NOTHING);
const installs = (board: TestBoard, version = '0.2.0') => board.trust.target('linux-arm64', version);

test('a release comes as the owner signed it, over the wire form, and for its platform alone', () => {
  const fleet = new TestFleet();
  fleet.releases = [releaseOf({ mayReplace: 9 }), releaseOf({ platform: 'linux-x64', sequence: 2 })];
  fleet.publish('targets', 'snapshot', 'timestamp');
  const board = new TestBoard(fleet);
  assert.equal(board.take(unpackFiles(packFiles(fleet.answer(board.versions)))), 'done');
  assert.deepEqual(installs(board), { ...releaseOf({ mayReplace: 9 }), path: 'linux-arm64/0.2.0' });
  assert.equal(board.trust.target('linux-x64', '0.2.0')?.sequence, 2);
  assert.equal(board.trust.target('linux-armv7', '0.2.0'), undefined);
});

test('each role’s keys are exchanged, and boards that were away for all of it follow', () =>
  withFleet((fleet, board) => {
    for (const role of ROLES) fleet.rotate(role).publish('root', 'targets', 'snapshot', 'timestamp');
    assert.equal(board.versions.root, 1);
    assert.equal(board.check(fleet), 'done');
    assert.equal(board.versions.root, 1 + ROLES.length);
    assert.ok(installs(board));
  }));

test('whoever stole both online keys installs nothing: not by new targets, not by old ones', () =>
  withFleet((fleet, board) => {
    const first = fleet.file('targets');
    fleet.releases = [releaseOf({ version: '0.3.0', sequence: 2 })];
    fleet.publish('targets', 'snapshot', 'timestamp');
    board.check(fleet);
    // With targets of his own, signed by what he has.
    const thief = Object.assign(fleet.signers, {
      targets: [...fleet.keys.snapshot, ...fleet.keys.timestamp],
    });
    fleet.releases = [releaseOf({ version: '6.6.6', sequence: 666 })];
    fleet.publish('targets', 'snapshot', 'timestamp');
    assert.equal(board.check(fleet), 'BAD_SIGNATURE');
    assert.equal(installs(board, '6.6.6'), undefined);
    // With the owner's older targets, as they were.
    thief.targets = fleet.keys.targets;
    fleet.put(first.bytes);
    fleet.publish('snapshot', 'timestamp');
    assert.equal(board.check(fleet), 'OLD_METADATA');
    assert.equal(installs(board), undefined);
    // With keys that only he has, in a root of his own.
    fleet.signers.root = [newKey()];
    fleet.publish('root');
    assert.equal(board.check(fleet), 'BAD_SIGNATURE');
  }));

test('a server that shows the same old files for ever is noticed when they run out', () =>
  withFleet((fleet, board) => {
    fleet.expires.timestamp = NOW + 14 * DAY;
    fleet.publish('timestamp');
    assert.equal(board.check(fleet), 'done');
    assert.equal(board.take([], NOW + 13 * DAY), 'done');
    assert.ok(installs(board));
    assert.equal(board.take([], NOW + 14 * DAY), 'EXPIRED');
    assert.equal(installs(board), undefined, 'and what was trusted before installs no more');
    fleet.expires.timestamp = NOW + 28 * DAY;
    fleet.publish('timestamp');
    assert.equal(board.check(fleet, NOW + 14 * DAY), 'done');
  }));

test('the time is the one that is given, whatever the clock of the machine says', () =>
  withFleet((fleet) => {
    for (const year of [1970, 2200]) {
      const trust = Trust.open({ rootSha256: fleet.rootSha256, time: new Date(Date.UTC(year, 0)) });
      const take = (): void => trust.take(bytesOf(fleet));
      if (year === 1970) take();
      else assert.throws(take, { code: 'EXPIRED' });
    }
  }));

test('a file that is past its date is named, so that the right one is renewed', () =>
  withFleet((fleet, board) => {
    for (const role of ROLES) {
      fleet.expires[role] = NOW + 5 * DAY;
      fleet.publish(...ROLES);
      board.check(fleet);
      const late = board.open(NOW + 6 * DAY);
      assert.throws(() => late.take([]), {
        code: 'EXPIRED',
        message: new RegExp(`^EXPIRED: ${role} metadata`),
      });
      fleet.expires[role] = NOW + 30 * DAY;
    }
  }));

test('after a check that failed nothing installs, although one before it went through', () =>
  withFleet((fleet, board) => {
    const trust = board.open(NOW);
    trust.take([]);
    assert.ok(trust.target('linux-arm64', '0.2.0'));
    assert.throws(() => trust.take([fleet.file('root').bytes]), { code: 'MIXED_METADATA' });
    assert.equal(trust.target('linux-arm64', '0.2.0'), undefined);
  }));

test('a server that was restored and has another file under a version is caught up with', () =>
  withFleet((fleet, board) => {
    fleet.releases = [releaseOf({ version: '0.3.0', sequence: 2 })];
    fleet.version.targets -= 1;
    fleet.publish('targets', 'snapshot', 'timestamp');
    assert.equal(board.check(fleet), 'MIXED_METADATA', 'as the server thinks that the board has it');
    assert.equal(board.check(fleet), 'done');
    assert.ok(installs(board, '0.3.0'));
  }));

test('keys that were exchanged under the version that a board has are caught up with as well', () =>
  withFleet((fleet, board) => {
    fleet.version.timestamp -= 1;
    fleet.rotate('timestamp').publish('root', 'timestamp');
    assert.equal(board.check(fleet), 'MIXED_METADATA');
    assert.equal(board.check(fleet), 'done');
  }));

test('files of two moments do not mix', () =>
  withFleet((fleet, board) => {
    const [older] = [fleet.file('snapshot')];
    fleet.publish('targets', 'snapshot', 'timestamp');
    const newer = ROLES.map((role) => fleet.file(role).bytes);
    const stranger = new TestBoard(fleet);
    assert.equal(stranger.take([newer[0]!, newer[1]!, older.bytes, newer[3]!]), 'MIXED_METADATA');
    assert.equal(installs(stranger), undefined);
    assert.equal(board.take([newer[1]!, older.bytes]), 'MIXED_METADATA', 'nor with what is trusted already');
  }));

test('another fleet is refused from its first root on', () => {
  const [ours, theirs] = [new TestFleet(), new TestFleet()];
  const board = new TestBoard(ours);
  assert.equal(board.take(bytesOf(theirs)), 'BAD_SIGNATURE');
  assert.deepEqual(board.versions, { root: 0, timestamp: 0, snapshot: 0, targets: 0 });
  assert.equal(board.check(ours), 'done');
  assert.equal(board.take(bytesOf(theirs).slice(1)), 'BAD_SIGNATURE');
  assert.equal(board.take(bytesOf(theirs)), 'BAD_SIGNATURE');
});

test('a long chain of roots comes in several answers, and none is asked for twice', () =>
  withFleet((fleet, board) => {
    for (let count = 0; count < 2 * ROOTS_LIMIT; count += 1) fleet.rotate('root').publish('root');
    fleet.publish('timestamp');
    const rounds = [];
    while (board.versions.root < fleet.version.root) {
      const answer = fleet.answer(board.versions);
      assert.ok(answer.length <= FILES_LIMIT);
      rounds.push([answer.length, board.take(answer)]);
    }
    assert.deepEqual(rounds, [
      [ROOTS_LIMIT, 'done'],
      [ROOTS_LIMIT + 1, 'done'],
    ]);
    assert.equal(board.versions.timestamp, 2);
  }));

test('a chain of roots does not grow for ever on a board', () =>
  withFleet((fleet, board) => {
    const trust = board.open(NOW);
    for (let count = 1; count < ROOTS_KEPT; count += 1) {
      fleet.publish('root');
      trust.take([fleet.file('root').bytes]);
    }
    fleet.publish('root');
    assert.throws(() => trust.take([fleet.file('root').bytes]), { code: 'TOO_LONG' });
    assert.equal(trust.versions.root, ROOTS_KEPT);
    board.stored = trust.stored();
    assert.equal(board.take([]), 'done', 'what is trusted stays so, after a restart too');
  }));

test('verified roots count, although a later file fails', () =>
  withFleet((fleet, board) => {
    fleet.rotate('root').publish('root');
    fleet.rotate('root').publish('root');
    const answer = fleet.answer(board.versions);
    assert.equal(board.take([...answer.slice(0, 1), Buffer.from('{}')]), 'MALFORMED');
    assert.equal(board.versions.root, 2);
    fleet.signers.timestamp = [newKey()];
    fleet.publish('timestamp');
    assert.equal(board.check(fleet), 'BAD_SIGNATURE');
    assert.equal(board.versions.root, 3);
    assert.equal(board.versions.timestamp, 1);
  }));

test('endless files and too many of them are turned away before they are read', () =>
  withFleet((fleet, board) => {
    const one = fleet.file('root').bytes;
    const pad = (bytes: Uint8Array, length: number): Uint8Array =>
      Buffer.concat([bytes, Buffer.alloc(length - bytes.length, ' ')]);
    assert.equal(board.take(Array.from({ length: FILES_LIMIT + 1 }, () => one)), 'TOO_LONG');
    assert.equal(board.take([new Uint8Array(FILE_LIMITS.targets + 1)]), 'TOO_LONG');
    for (const role of ROLES) {
      const fresh = new TestBoard(fleet);
      const files = ROLES.slice(0, ROLES.indexOf(role) + 1).map((each) => fleet.file(each).bytes);
      const last = files.pop()!;
      assert.equal(fresh.take([...files, pad(last, FILE_LIMITS[role] + 1)]), 'TOO_LONG', role);
    }
    const keys = Array.from({ length: KEYS_LIMIT + 1 }, newKey);
    const many = signJson(JSON.parse(Buffer.from(one).toString()).signed, keys);
    assert.equal(board.take([many]), 'MALFORMED');
    fleet.releases = Array.from({ length: TARGETS_LIMIT + 1 }, (_, at) =>
      releaseOf({ version: `0.0.${at}` }),
    );
    fleet.publish('targets', 'snapshot', 'timestamp');
    assert.equal(board.check(fleet), 'MALFORMED');
    fleet.releases.pop();
    fleet.publish('targets', 'snapshot', 'timestamp');
    assert.equal(board.check(fleet), 'done', 'as many as may be');
  }));

test('a root that names one key twice does not make one person a threshold', () =>
  withFleet((fleet, board) => {
    fleet.threshold.targets = 2;
    fleet.publish('root').forge('root', ({ keys, roles }) => {
      const [id] = roles.targets.keyids;
      keys['00ff'] = { ...keys[id], keyval: { public: keys[id].keyval.public.toUpperCase() } };
      roles.targets.keyids.push('00ff');
    });
    assert.equal(board.check(fleet), 'MALFORMED');
    assert.equal(board.versions.root, 1);
  }));

test('more files than were asked for, or out of order, install nothing', () =>
  withFleet((fleet, board) => {
    fleet.publish('targets', 'snapshot', 'timestamp');
    const files = fleet.answer(board.versions);
    assert.equal(board.take([...files, files[0]!]), 'MALFORMED');
    assert.equal(installs(board), undefined);
    assert.equal(new TestBoard(fleet).take(bytesOf(fleet).reverse()), 'MIXED_METADATA');
  }));

test('bytes of any kind are refused with a code, and never end the agent', () =>
  withFleet((fleet) => {
    const real = bytesOf(fleet);
    const spoilt = fc.tuple(fc.nat(3), fc.nat(), fc.nat(255), fc.nat(12)).map(([which, at, byte, cut]) => {
      const file = Buffer.from(real[which]!);
      file[at % file.length] = byte;
      return real.map((bytes, index) => (index === which ? file.subarray(0, file.length - cut) : bytes));
    });
    const anything = fc.array(
      fc.oneof(
        fc.json().map((text) => Buffer.from(text)),
        fc.uint8Array(),
        fc.constantFrom(...real),
      ),
      { maxLength: 6 },
    );
    const whole = real.map((bytes) => Buffer.from(bytes).toString()).join();
    fc.assert(
      fc.property(fc.oneof(spoilt, anything), (files) => {
        const board = new TestBoard(fleet);
        const code = board.take(files);
        if (installs(board)) assert.equal(files.map((bytes) => Buffer.from(bytes).toString()).join(), whole);
        return /^[A-Z_]+$|^done$/.test(code);
      }),
      { numRuns: 300 },
    );
  }));
