import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readStored, STORED_LIMIT, writeStored } from './stored-trust.ts';
import { NOTHING, TestBoard, TestFleet } from './testing/test-fleet.ts';

/** A board that has followed a fleet through an exchange of its online keys. */
function veteran(): { fleet: TestFleet; board: TestBoard } {
  const fleet = new TestFleet();
  const board = new TestBoard(fleet);
  board.check(fleet);
  fleet.rotate('timestamp').rotate('snapshot').publish('root', 'targets', 'snapshot', 'timestamp');
  fleet.publish('root', 'targets', 'snapshot', 'timestamp');
  assert.equal(board.check(fleet), 'done');
  return { fleet, board };
}

const lines = (board: TestBoard): string[] => board.stored!.split('\n');

/** The stored text with one digit or letter of a line changed. */
function damage(board: TestBoard, line: number): void {
  const text = lines(board);
  text[line] = text[line]!.replace(/[0-9a-f](?=[^0-9a-f]*$)/, (last) => (last === '1' ? '2' : '1'));
  board.stored = text.join('\n');
}

test('a restart changes nothing: what is stored is trusted again, and nothing is fetched again', () => {
  const { fleet, board } = veteran();
  assert.deepEqual(board.versions, fleet.version);
  const before = board.stored;
  assert.equal(board.take([]), 'done');
  assert.equal(board.stored, before);
});

test('each file that is damaged is fetched again, and the others stay', () => {
  for (const [line, lost] of [
    [4, 'timestamp'],
    [5, 'snapshot'],
    [6, 'targets'],
  ] as const) {
    const { fleet, board } = veteran();
    damage(board, line);
    assert.deepEqual(board.versions, { ...fleet.version, [lost]: 0 });
    assert.equal(board.check(fleet), 'done');
    assert.deepEqual(board.versions, fleet.version);
  }
});

test('a damaged root leads back to the one before it, down to what is pinned', () => {
  for (const [line, root] of [
    [1, 0],
    [2, 1],
    [3, 2],
  ] as const) {
    const { fleet, board } = veteran();
    damage(board, line);
    assert.equal(board.versions.root, root);
    assert.equal(board.check(fleet), 'done');
    assert.deepEqual(board.versions, fleet.version);
  }
});

test('what was seen stays seen, when a file is damaged', () => {
  for (const line of [1, 2, 3, 4, 5, 6]) {
    const { fleet, board } = veteran();
    const older = fleet.answer(NOTHING);
    fleet.publish('targets', 'snapshot', 'timestamp');
    board.check(fleet);
    damage(board, line);
    assert.equal(board.take(older.slice(board.versions.root)), 'OLD_METADATA', `line ${line}`);
    assert.equal(board.check(fleet), 'done');
  }
});

test('a damaged file lets nothing older in, whichever file the thief of the online keys turns back', () => {
  type Attack = (fleet: TestFleet, older: TestFleet['version']) => void;
  const attacks: [line: number, Attack][] = [
    [
      4,
      (fleet) => fleet.forge('timestamp', (signed) => Object.assign(signed, { version: signed.version - 1 })),
    ],
    [
      4,
      (fleet, older) =>
        fleet.publish('timestamp').forge('timestamp', ({ meta }) => {
          meta['snapshot.json'] = { version: older.snapshot };
        }),
    ],
    [
      5,
      (fleet, older) =>
        fleet
          .publish('snapshot')
          .forge('snapshot', ({ meta }) => {
            meta['targets.json'] = { version: older.targets };
          })
          .publish('timestamp'),
    ],
  ];
  for (const [line, attack] of attacks) {
    const { fleet, board } = veteran();
    const older = { ...fleet.version };
    fleet.publish('targets', 'snapshot', 'timestamp');
    board.check(fleet);
    damage(board, line);
    attack(fleet, older);
    assert.equal(board.check(fleet), 'OLD_METADATA');
  }
});

test('what was seen is told by the files, when its line is damaged', () => {
  const { fleet, board } = veteran();
  const older = fleet.file('timestamp').bytes;
  fleet.publish('timestamp');
  board.check(fleet);
  damage(board, 0);
  assert.equal(board.take([older]), 'OLD_METADATA');
});

test('a newer root that was seen is not forgotten, and old files are no reason to lock the board', () => {
  const { fleet, board } = veteran();
  damage(board, 3);
  assert.equal(board.take(fleet.answer(NOTHING).slice(3)), 'OLD_METADATA');
  assert.equal(board.check(fleet), 'done');
});

test('a stored text of any kind opens, and the board can begin again with it', () => {
  const { fleet, board } = veteran();
  const whole = board.stored!;
  const spoilt = fc
    .tuple(fc.nat(whole.length - 1), fc.string({ maxLength: 3 }), fc.nat(200))
    .map(([at, put, cut]) => whole.slice(0, at) + put + whole.slice(at + cut));
  fc.assert(
    fc.property(fc.oneof(spoilt, fc.string()), (text) => {
      board.stored = text;
      return board.check(fleet) === 'done';
    }),
    { numRuns: 100 },
  );
  for (const nothing of [null, 7, {}, [], 'x'.repeat(STORED_LIMIT + 1)]) {
    board.stored = nothing as string;
    assert.equal(board.check(fleet), 'done');
  }
});

test('a flipped digit in what was seen is noticed', () => {
  const seen = { root: 3, timestamp: 41, snapshot: 40, targets: 2 };
  const text = writeStored(seen, []);
  assert.deepEqual(readStored(text).seen, seen);
  for (let at = 0; at < text.length - 1; at += 1)
    assert.equal(
      readStored(`${text.slice(0, at)}${text[at] === '9' ? '8' : '9'}${text.slice(at + 1)}`).seen,
      undefined,
    );
});
