import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReleaseTarget } from '@perch/broker-bridge/update/release-target.ts';
import { type Board, compareVersions, planUpdate, retryAfter, TRIALS_LIMIT } from './plan.ts';
import { BLOCKED_LIMIT, block, reportOf, type UpdateMemory } from './update-file.ts';
import { afterGivingUp } from './verdict.ts';

const BOARD: Board = { version: '0.2.0', sequence: 5, blocked: [], launched: true };

const target = (more: Partial<ReleaseTarget> = {}): ReleaseTarget => ({
  path: 'linux-arm64/0.3.0',
  platform: 'linux-arm64',
  version: '0.3.0',
  sequence: 6,
  length: 1000,
  sha256: 'a'.repeat(64),
  index: 'b'.repeat(64),
  ...more,
});

test('a board installs what is newer, and goes back only where the owner signed that it may', () => {
  const plan = (more: Partial<ReleaseTarget>, board: Partial<Board> = {}) => {
    const made = planUpdate(target(more), { ...BOARD, ...board });
    return made.do === 'decline' ? made.code : made.do;
  };
  assert.equal(plan({}), 'install');
  assert.equal(plan({ version: '0.2.0' }), 'nothing');
  assert.equal(plan({ sequence: 4 }), 'OLD_RELEASE');
  assert.equal(plan({ sequence: 4, mayReplace: 4 }), 'OLD_RELEASE', 'a permission for another release');
  assert.equal(plan({ sequence: 4, mayReplace: 5 }), 'install');
  assert.equal(plan({ sequence: 4, mayReplace: 9 }), 'install');
  assert.equal(plan({ version: '0.1.9' }), 'install', 'the order of signing counts, not the version');
  // The packaged executable has no sequence.
  assert.equal(plan({}, { sequence: 0 }), 'install');
  assert.equal(plan({ version: '0.1.9' }, { sequence: 0 }), 'OLD_RELEASE');
  assert.equal(plan({ version: '0.1.9', mayReplace: 1 }, { sequence: 0 }), 'install');
  assert.equal(plan({}, { blocked: [6] }), 'ROLLED_BACK');
  assert.equal(plan({}, { launched: false }), 'NO_LAUNCHER');
});

test('versions compare as semver.org section 11 orders them', () => {
  const ordered = [
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '1.0.1',
    '1.2.0',
    '1.10.0',
    '2.0.0',
  ];
  for (const [i, a] of ordered.entries())
    for (const [j, b] of ordered.entries())
      assert.equal(Math.sign(compareVersions(a, b)), Math.sign(i - j), `${a} ${b}`);
});

test('when an update is tried again: a faulty release never, anything else with growing pauses', () => {
  for (const code of ['DOES_NOT_START', 'ROLLED_BACK', 'OLD_RELEASE', 'NO_LAUNCHER'] as const)
    assert.equal(retryAfter(code, 1, 0), undefined);
  for (const code of ['DISK', 'BUSY', 'EXPIRED', 'BAD_SIGNATURE', 'WRONG_HASH', 'NOT_PROVED'] as const) {
    assert.equal(retryAfter(code, 1, 0.999), 59_970);
    assert.ok(retryAfter(code, 20, 0.999)! <= 3_600_000);
  }
});

const NAME = '0.3.0-aaaaaaaaaaaa';
const onTrial = (trials: number, reached?: string): UpdateMemory => ({
  blocked: [],
  tried: {
    ...{ name: NAME, version: '0.3.0', sequence: 6, trials },
    ...(reached === undefined ? {} : { reached }),
  },
});

test('a release that ends again and again is blocked, and the reason tells how far it came', () => {
  for (const why of ['tries', 'crashes', 'start'] as const) {
    const after = afterGivingUp(onTrial(1, 'a link to the broker'), { name: NAME, why });
    assert.deepEqual(after.blocked, [6]);
    assert.equal(after.last?.code, why === 'start' ? 'DOES_NOT_START' : 'ROLLED_BACK');
    assert.match(after.last!.detail!, /^0\.3\.0 .*; it got as far as: a link to the broker$/);
  }
});

test('what may be the fault of the link, the power or the disk is tried again, but not for ever', () => {
  for (const why of ['late', 'cuts', 'disk'] as const) {
    const once = afterGivingUp(onTrial(1), { name: NAME, why });
    assert.deepEqual([once.blocked, once.last?.state], [[], 'failed']);
    assert.deepEqual(afterGivingUp(onTrial(TRIALS_LIMIT), { name: NAME, why }).blocked, [6]);
  }
});

test('a release that was in force and is given up is blocked too; one that nobody remembers is told of', () => {
  const inForce = { name: NAME, version: '0.3.0', sequence: 6 };
  assert.deepEqual(afterGivingUp({ blocked: [2], inForce }, { name: NAME, why: 'crashes' }).blocked, [2, 6]);
  const forgotten = afterGivingUp({ blocked: [] }, { name: NAME, why: 'tries' });
  assert.deepEqual([forgotten.blocked, forgotten.last?.sequence], [[], 0]);
});

test('blocked releases are bounded, and a reason for people fits into its message', () => {
  let memory: UpdateMemory = { blocked: [] };
  for (let i = 1; i <= BLOCKED_LIMIT + 5; i++) memory = block(memory, i);
  assert.equal(memory.blocked.length, BLOCKED_LIMIT);
  assert.equal(memory.blocked.at(-1), BLOCKED_LIMIT + 5);
  const detail = 'ü'.repeat(500);
  const last = { sequence: 6, version: '0.3.0', state: 'failed', code: 'DISK', detail } as const;
  assert.ok(Buffer.byteLength(reportOf({ blocked: [], last }, 50)!.detail!) <= 256);
});
