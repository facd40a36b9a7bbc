// Releases that are signed and bad: the board tries them, goes back by itself, says why, and does not try them again.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { loadUpdates } from '../../agent/src/update/update-file.ts';
import { elfOf } from '../../server/src/releases/sample-elf.ts';
import { makeScene, SceneBoard, type SceneOptions } from './scene.ts';
import { startsNext } from './update-board.ts';

const folder = mkdtempSync(join(tmpdir(), 'perch-broken-'));
after(() => rmSync(folder, { recursive: true }));
const TIMEOUT = { timeout: 180_000 };
const BYTES = 60_000;

interface Expected {
  code: string;
  detail: RegExp;
  /** The release may be tried again later, as it may not have been its fault. */
  again?: boolean;
  /** It was started as the agent, so often at least. */
  trials?: number;
}

let made = 0;
async function goesBack(options: SceneOptions, expected: Expected, env: NodeJS.ProcessEnv = {}) {
  made += 1;
  const scene = await makeScene(join(folder, `${made}`), { bytes: BYTES, ...options });
  const board = new SceneBoard(scene, 'board', '');
  try {
    board.start([], env);
    await board.until(
      `failure with ${expected.code}`,
      ({ version, step, code }) => version === '0.1.0' && step === 'failed' && code === expected.code,
      60_000,
    );
    const { last, blocked } = loadUpdates(board.state);
    assert.match(last!.detail!, expected.detail);
    assert.deepEqual(blocked, expected.again ? [] : [3]);
    assert.equal(startsNext(board.state, scene.set), '0.1.0');
    if (!expected.again) {
      const before = board.lines().filter(({ started }) => started).length;
      await board.stop();
      board.start([], env);
      await board.until('start', () => board.lines().filter(({ started }) => started).length > before);
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.equal(startsNext(board.state, scene.set), '0.1.0', 'it is not tried again');
      assert.ok(board.lines().every(({ version, started }) => !started || version !== '0.4.0'));
    }
    return board;
  } finally {
    await board.cut();
  }
}

describe('broken releases', { concurrency: 3 }, () => {
  test('one that does not start is found out before it is put on trial', TIMEOUT, async () => {
    const file = Buffer.from('#!/bin/sh\necho segmentation fault >&2\nexit 139\n');
    const board = await goesBack(
      { files: { '0.3.0': file } },
      { code: 'DOES_NOT_START', detail: /does not start here/ },
    );
    assert.doesNotMatch(board.output, /going back/);
  });

  test('one for another processor is found out as well', TIMEOUT, async () => {
    await goesBack(
      { files: { '0.3.0': elfOf('linux-arm64', BYTES) } },
      { code: 'DOES_NOT_START', detail: /does not start here/ },
    );
  });

  test('one that says it is another version than was signed', TIMEOUT, async () => {
    const file = Buffer.from('#!/bin/sh\necho 0.2.9\n');
    await goesBack(
      { files: { '0.3.0': file } },
      { code: 'DOES_NOT_START', detail: /it is "0\.2\.9", not 0\.3\.0/ },
    );
  });

  test('one that crashes at once, or after some seconds, is tried three times', TIMEOUT, async () => {
    for (const body of ['exit 1', 'sleep 2; kill -SEGV $$']) {
      const board = await goesBack(
        { bodies: { '0.3.0': body } },
        { code: 'ROLLED_BACK', detail: /^0\.3\.0 ended again and again before it had proved itself/ },
      );
      assert.equal(board.output.match(/0\.3\.0-\w+, which is watched, ended with code/g)?.length, 3);
    }
  });

  test('one that proves itself and crashes after ten minutes, again and again', TIMEOUT, async () => {
    const board = await goesBack(
      { crash: { version: '0.3.0', afterMs: 10 * 60_000 } },
      { code: 'ROLLED_BACK', detail: /proved itself and then ended again and again/ },
    );
    assert.ok(board.lines().some(({ note }) => note === 'release 0.3.0 is in force'));
  });

  test(
    'one that cannot reach the server goes back when its time is over, and may be tried again',
    TIMEOUT,
    async () => {
      await goesBack(
        { deaf: '0.3.0' },
        {
          ...{ code: 'NOT_PROVED', again: true },
          detail: /did not prove itself in time; it got as far as: the server let it in/,
        },
        { PERCH_TRIAL_SECONDS: '1' },
      );
    },
  );

  test('one that hangs, deaf to SIGTERM, goes back when its time is over', TIMEOUT, async () => {
    await goesBack(
      { bodies: { '0.3.0': "trap '' TERM\nwhile :; do sleep 1; done" } },
      { code: 'NOT_PROVED', again: true, detail: /^0\.3\.0 did not prove itself in time$/ },
      { PERCH_TRIAL_SECONDS: '1' },
    );
  });

  test('one that eats memory', TIMEOUT, async () => {
    const eat = `ulimit -v 3000000; exec "$PERCH_NODE" -e 'const all = []; for (;;) all.push(Buffer.alloc(1e8, 1));'`;
    await goesBack(
      { bodies: { '0.3.0': eat } },
      { code: 'ROLLED_BACK', detail: /ended again and again before it had proved itself/ },
    );
  });
});
