// Every state of an update crossed with what may happen in it, and how each must end.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { DAY, NOW } from '@perch/broker-bridge/update/testing/test-fleet.ts';
import { compilerOf } from '../build/compile-addon.ts';
import { hostTarget } from '../build/targets.ts';
import { compileFsShim, type LoggedCall, readFsLog } from '../faults/fs-shim.ts';
import { lacking } from '../test/programs.ts';
import { makeScene, type Scene, SceneBoard } from './scene.ts';
import { packagedOf, startsNext } from './update-board.ts';

const skip = lacking(compilerOf(hostTarget()).program);
const BYTES = 60_000;
const NEVER = 1_000_000;

/** States by the call that ends them: in which life it is, which call, and the how manieth such. */
const STATES: { name: string; life: 0 | 1; call: string; path: RegExp; nth?: number }[] = [
  { name: 'the metadata are being kept', life: 0, call: 'rename', path: /trust/ },
  { name: 'the release is being noted', life: 0, call: 'rename', path: /update-memory/ },
  { name: 'the transfer begins', life: 0, call: 'open', path: /object\.part/ },
  { name: 'pieces come', life: 0, call: 'write', path: /object\.part/ },
  { name: 'the last piece is being journalled', life: 0, call: 'rename', path: /journal/, nth: 2 },
  { name: 'the executable is being written', life: 0, call: 'write', path: /perch-agent\.new/ },
  { name: 'the executable gets its name', life: 0, call: 'rename', path: /perch-agent/ },
  { name: 'it is installed', life: 0, call: 'rename', path: /update-memory/, nth: 2 },
  { name: 'it is being put on trial', life: 0, call: 'rename', path: /boot/ },
  { name: 'the trial begins', life: 1, call: 'rename', path: /update-memory/ },
  { name: 'it proved itself', life: 1, call: 'rename', path: /boot/ },
  { name: 'what the update left is being removed', life: 1, call: 'unlink', path: /object\.part/ },
];

/** What happens in a state after the power went in it, before the board starts again. */
type Mishap = (board: SceneBoard) => void;

const spoil = (board: SceneBoard, ...names: string[]): void => {
  for (const name of names) {
    const path = join(board.state, name);
    if (!existsSync(path)) continue;
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1]! ^= 0x20;
    writeFileSync(path, bytes);
  }
};

const MISHAPS: Record<string, Mishap> = {
  'its journal is damaged': (board) => spoil(board, 'update/journal.a', 'update/journal.b'),
  'the part is damaged': (board) => spoil(board, 'update/object.part'),
  'one copy of each state is damaged': (board) => spoil(board, 'boot.a', 'update-memory.a', 'trust.a'),
  'the other copy of each state is damaged': (board) => spoil(board, 'boot.b', 'update-memory.b', 'trust.b'),
  'both copies of each state are damaged': (board) =>
    spoil(board, 'boot.a', 'boot.b', 'update-memory.a', 'update-memory.b', 'trust.a', 'trust.b'),
};

let folder: string;
let scene: Scene;
let library: string;
let trace: LoggedCall[][];
let boards = 0;

const board = (of = scene): SceneBoard => new SceneBoard(of, `board-${boards++}`, library);
const inForce = ({ version, settled }: { version: string; settled?: boolean }): boolean =>
  version === '0.3.0' && settled === true;

before(
  async () => {
    if (skip) return;
    folder = mkdtempSync(join(tmpdir(), 'perch-table-'));
    library = await compileFsShim();
    scene = await makeScene(join(folder, 'scene'), { bytes: BYTES });
    const one = board();
    one.start([NEVER, NEVER]);
    await one.until('release in force', inForce);
    await one.stop();
    const calls = readFsLog(one.log);
    const second = calls.map(({ ordinal }) => ordinal).lastIndexOf(1);
    trace = [calls.slice(0, second), calls.slice(second)];
  },
  { timeout: 120_000 },
);
after(() => folder && rmSync(folder, { recursive: true }));

/** The plan that kills in a state, so many times. */
function killIn({ life, call, path, nth = 1 }: (typeof STATES)[number], times: number): number[] {
  const found = trace[life]!.filter(
    (one) => one.name === call && (path.test(one.path) || path.test(one.other ?? '')),
  );
  const { ordinal } = found[nth - 1]!;
  return life === 0 ? Array.from({ length: times }, () => ordinal) : [0, ...Array(times).fill(ordinal)];
}

async function killed(one: SceneBoard, times: number): Promise<void> {
  for (let seen = 0; seen < times; ) {
    const kills = readFsLog(one.log).filter(({ result }) => result === 'killed').length;
    if (kills > seen) seen = kills;
    else if (one.lines().some(inForce))
      return; // a later life had less to do, and came past the call
    else await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** From here on nothing hinders it: it ends on the new release. */
async function ends(one: SceneBoard, of = scene): Promise<void> {
  try {
    if (!one.running) one.start();
    await one.until('release in force', inForce);
    await one.stop();
    assert.equal(startsNext(one.state, of.set), '0.3.0');
  } finally {
    await one.cut();
  }
}

for (const state of STATES)
  describe(state.name, { skip, concurrency: 3 }, () => {
    test('killed again and again: it ends on the new release', { timeout: 120_000 }, async () => {
      const one = board();
      // A release on trial has three starts in one boot of the board.
      one.start(killIn(state, state.life === 0 ? 5 : 2));
      await ends(one);
    });

    for (const [mishap, happen] of Object.entries(MISHAPS))
      test(`the power goes, and ${mishap}: it ends on the new release`, { timeout: 120_000 }, async () => {
        const one = board();
        one.start(killIn(state, 1));
        await killed(one, 1);
        await one.cut();
        happen(one);
        await ends(one);
      });
  });

test('killed at each start of its trial, the release is taken for bad and the old one runs', {
  skip,
  timeout: 120_000,
}, async () => {
  const one = board();
  one.start([0, 3, 3, 3]);
  await one.until('ROLLED_BACK', ({ version, code }) => version === '0.1.0' && code === 'ROLLED_BACK');
  await one.stop();
  assert.equal(startsNext(one.state, scene.set), '0.1.0');
});

describe('the disk', { skip, concurrency: 3 }, () => {
  for (const [error, code] of [
    ['ENOSPC', 'DISK'],
    ['EIO', 'DISK'],
    ['EROFS', 'DISK'],
  ] as const)
    for (const from of [1, 4, 9, 14])
      test(`every write from the ${from}th on fails with ${error}: the old release runs on and says ${code}, until the disk is well`, {
        timeout: 120_000,
      }, async () => {
        const one = board();
        const rule = `${error}:write,open,rename,fsync:${from}`;
        one.start([NEVER], { FS_SHIM_FAIL: rule });
        await one.until('DISK', (line) => line.code === code || /DISK/.test(line.note ?? ''));
        assert.equal(startsNext(one.state, scene.set), '0.1.0');
        assert.ok(one.running);
        await one.cut();
        await ends(one);
      });
});

describe('the board', { skip, concurrency: 3 }, () => {
  test('a base that rotted is replaced by the full form', { timeout: 120_000 }, async () => {
    const one = board();
    spoil(one, 'packaged-agent');
    one.start();
    const end = performance.now() + 30_000;
    while (!one.lines().some(inForce) && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 10));
    await one.stop();
    assert.equal(startsNext(one.state, scene.set), '0.3.0', one.story());
    assert.ok(existsSync(packagedOf(one.state)));
  });

  test('a clock in the past, or none, installs; one past the date of the metadata does not, until it is right', {
    timeout: 120_000,
  }, async () => {
    for (const clock of [undefined, 0, NOW - 3_000 * DAY]) {
      const of = await makeScene(join(folder, `clock-${clock}`), {
        bytes: BYTES,
        ...(clock === undefined ? {} : { clock }),
      });
      await ends(board(of), of);
    }
    const late = await makeScene(join(folder, 'late'), { bytes: BYTES, clock: NOW + 3_000 * DAY });
    const one = board(late);
    one.start();
    await one.until('EXPIRED', ({ code }) => code === 'EXPIRED');
    assert.equal(startsNext(one.state, late.set), '0.1.0');
    await one.cut();
    writeFileSync(join(late.folder, 'scene.json'), JSON.stringify({ ...late.file, clock: NOW }));
    await ends(one, late);
  });
});
