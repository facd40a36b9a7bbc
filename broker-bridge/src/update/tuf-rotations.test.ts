import assert from 'node:assert/strict';
import type { KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { newKey, TestBoard, TestFleet } from './testing/test-fleet.ts';

// The tables of key rotations in github.com/theupdateframework/tuf-conformance, by their names there.

const KEYS = Array.from({ length: 10 }, newKey);
const pick = (digits: string): KeyObject[] => [...digits].map((digit) => KEYS[Number(digit)]!);

/** One version of a role: who is in it, how many must sign, and who did. */
type Version = [keys: string, threshold: number, signers: string];

/** The chain of roots, and whether its last is trusted. */
const ROOTS: Record<string, { chain: Version[]; trusted: boolean }> = {
  '1-of-1-key-rotation': {
    chain: [
      ['1', 1, '1'],
      ['2', 1, '21'],
      ['2', 1, '2'],
    ],
    trusted: true,
  },
  '1-of-1-key-rotation-unused-signatures': {
    chain: [
      ['1', 1, '314'],
      ['2', 1, '3214'],
      ['2', 1, '324'],
    ],
    trusted: true,
  },
  '3-of-5-sign-with-different-keycombos': {
    chain: [
      ['01234', 3, '024'],
      ['01234', 3, '041'],
      ['01234', 3, '013'],
      ['01234', 3, '013'],
    ],
    trusted: true,
  },
  '3-of-5-one-key-rotated': {
    chain: [
      ['01234', 3, '024'],
      ['01345', 3, '041'],
    ],
    trusted: true,
  },
  '3-of-5-one-key-rotated-with-intermediate-step': {
    chain: [
      ['01234', 3, '024'],
      ['01345', 3, '0245'],
      ['01345', 3, '045'],
    ],
    trusted: true,
  },
  '3-of-5-all-keys-rotated-with-intermediate-step': {
    chain: [
      ['01234', 3, '024'],
      ['56789', 3, '024567'],
      ['56789', 3, '567'],
    ],
    trusted: true,
  },
  '1-of-3-threshold-increase-to-2-of-3': {
    chain: [
      ['123', 1, '1'],
      ['123', 2, '12'],
    ],
    trusted: true,
  },
  '2-of-3-threshold-decrease-to-1-of-3': {
    chain: [
      ['123', 2, '12'],
      ['123', 1, '12'],
      ['123', 1, '1'],
    ],
    trusted: true,
  },
  '1-of-2-threshold-increase-to-2-of-2': {
    chain: [
      ['1', 1, '1'],
      ['12', 2, '12'],
    ],
    trusted: true,
  },
  '1-of-1-key-rotation-fail-not-signed-with-old-key': {
    chain: [
      ['1', 1, '1'],
      ['2', 1, '234'],
    ],
    trusted: false,
  },
  '1-of-1-key-rotation-fail-not-signed-with-new-key': {
    chain: [
      ['1', 1, '1'],
      ['2', 1, '134'],
    ],
    trusted: false,
  },
  '3-of-5-one-key-rotate-fails-not-signed-with-3-new-keys': {
    chain: [
      ['01234', 3, '024'],
      ['01345', 3, '024'],
    ],
    trusted: false,
  },
  '3-of-5-one-key-rotate-fails-not-signed-with-3-old-keys': {
    chain: [
      ['01234', 3, '024'],
      ['01345', 3, '045'],
    ],
    trusted: false,
  },
  '1-of-3-threshold-bump-to-2-of-3-fails-new-threshold-not-reached': {
    chain: [
      ['123', 1, '1'],
      ['123', 2, '2'],
    ],
    trusted: false,
  },
  '2-of-3-threshold-decr-to-1-of-3-fails-old-threshold-not-reached': {
    chain: [
      ['123', 2, '12'],
      ['123', 1, '1'],
    ],
    trusted: false,
  },
};

const OTHERS: Record<string, { version: Version; trusted: boolean }> = {
  '1-of-1-key-rotation': { version: ['2', 1, '2'], trusted: true },
  '1-of-1-key-rotation-unused-signatures': { version: ['1', 1, '314'], trusted: true },
  '1-of-1-key-rotation-fail-not-signed-with-new-key': { version: ['2', 1, '134'], trusted: false },
  '3-of-5-one-key-signature-wrong-not-signed-with-3-expected-keys': {
    version: ['01345', 3, '024'],
    trusted: false,
  },
  '2-of-5-one-key-signature-missing-threshold-not-reached': {
    version: ['01345', 3, '04'],
    trusted: false,
  },
  '3-of-5-sign-first-combo': { version: ['01234', 3, '024'], trusted: true },
  '3-of-5-sign-second-combo': { version: ['01234', 3, '041'], trusted: true },
  '3-of-5-sign-third-combo': { version: ['01234', 3, '013'], trusted: true },
  '3-of-5-sign-fourth-combo': { version: ['01234', 3, '123'], trusted: true },
  '3-of-5-sign-fifth-combo': { version: ['01234', 3, '234'], trusted: true },
};

for (const [name, { chain, trusted }] of Object.entries(ROOTS))
  test(`tuf-conformance: root_rotation ${name}`, () => {
    const fleet = new TestFleet();
    fleet.files = [];
    fleet.version.root = 0;
    for (const [keys, threshold, signers] of chain) {
      fleet.keys.root = pick(keys);
      fleet.threshold.root = threshold;
      fleet.signers.root = pick(signers);
      fleet.publish('root');
    }
    fleet.publish('targets', 'snapshot', 'timestamp');
    const board = new TestBoard(fleet);
    assert.equal(board.check(fleet), trusted ? 'done' : 'BAD_SIGNATURE');
    assert.equal(board.versions.root, trusted ? chain.length : chain.length - 1);
  });

for (const [name, { version, trusted }] of Object.entries(OTHERS))
  for (const role of ['timestamp', 'snapshot', 'targets'] as const)
    test(`tuf-conformance: non_root_rotations ${role} ${name}`, () => {
      const fleet = new TestFleet();
      const board = new TestBoard(fleet);
      board.check(fleet);
      const [keys, threshold, signers] = version;
      fleet.keys[role] = pick(keys);
      fleet.threshold[role] = threshold;
      fleet.signers[role] = pick(signers);
      fleet.publish('root', 'targets', 'snapshot', 'timestamp');
      assert.equal(board.check(fleet), trusted ? 'done' : 'BAD_SIGNATURE');
      assert.equal(board.trust.target('linux-arm64', '0.2.0') !== undefined, trusted);
    });
