import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Step } from '../rollout/facts.ts';
import { keyOf } from '../store/sample-rows.ts';
import { databasePath, openSqliteStore } from '../store/sqlite.ts';
import { readArguments } from './command-line.ts';
import { ROLLOUT_COMMANDS } from './rollout-commands.ts';
import { perchServer, type Ran } from './run-process.ts';
import { UsageError } from './usage-error.ts';

const HOUR = 3_600_000;

/** A data folder with boards `pi-1` to `pi-5`, on which the real command line runs. */
async function withFleet(
  body: (bench: {
    store: Awaited<ReturnType<typeof openSqliteStore>>;
    run(command: string): Promise<Ran>;
  }) => Promise<void>,
): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'perch-rollout-cli-'));
  const store = await openSqliteStore(databasePath(dataDir));
  const release = {
    ...{ platform: 'linux-arm64', version: '0.2.0', sequence: 2, length: 1, created: 9 },
    ...{ sha256: 'a'.repeat(64), indexSha256: 'b'.repeat(64) },
  };
  await store.addReleases([release], []);
  for (let index = 1; index <= 5; index++) {
    const board = { alias: `pi-${index}`, key: keyOf(index), platform: 'linux-arm64', version: '0.1.0' };
    await store.notePending(board, Date.now());
    await store.approve(board.alias);
  }
  try {
    await body({
      store,
      run: (command) => perchServer(command.split(' '), { env: { PERCH_DATA: dataDir }, cwd: dataDir }),
    });
  } finally {
    await store.close();
    rmSync(dataDir, { recursive: true });
  }
}

test('a rollout is created, looked at, paused and ended from the command line', { timeout: 60_000 }, () =>
  withFleet(async ({ store, run }) => {
    assert.match(
      (await run('rollout list')).err,
      /^There is no rollout\. What is published goes to all boards/,
    );
    const made = await run(
      'rollout create 0.2.0 --waves 20,100 --soak 6h --at-once 3 --max-failures 25% --window 22:00-04:00 --days sat-mon --time-zone Europe/Berlin',
    );
    assert.equal(made.code, 0, made.err);
    assert.match(made.out, /^Rollout 1 of 0\.2\.0: waiting\n\[\.{40}\] 0 of 5 have it\n$/);
    const [rollout] = (await store.rolloutFacts()).rollouts;
    assert.deepEqual(
      rollout!.spec.waves,
      [20, 100].map((percent) => ({ percent, soak: 6 * HOUR })),
    );
    assert.deepEqual(rollout!.spec.window, { days: [1, 6, 7], from: 1320, to: 240, zone: 'Europe/Berlin' });
    const { failures, silent, atOnce, silence } = rollout!.spec.limits;
    assert.deepEqual([failures, silent, atOnce, silence], [0.25, 0.25, 3, 36 * HOUR]);

    // What the running server would have made of it.
    const now = Date.now();
    const running = { phase: 'running' as const, wave: 0, cut: 1, since: now - HOUR, enough: now };
    assert.ok(await store.setRolloutState(rollout!, running));
    const row = (alias: string, stage: Step['stage'], more: Partial<Step> = {}) => ({
      ...{ rollout: 1, alias, back: false },
      step: { version: '0.2.0', from: '0.1.0', stage, since: now, tries: 0, ...more },
    });
    await store.saveSteps([
      ...[row('pi-1', 'done'), row('pi-2', 'fetching'), row('pi-3', 'waiting', { code: 'DISK', tries: 2 })],
      row('pi-4', 'failed', { code: 'ROLLED_BACK', tries: 1 }),
    ]);
    const lines = (await run('rollout status')).out.split('\n');
    assert.equal(lines[0], 'Rollout 1 of 0.2.0: running');
    assert.equal(
      lines[1],
      `[${'#'.repeat(8)}${'+'.repeat(16)}${'!'.repeat(8)}${'.'.repeat(8)}] 1 of 5 have it, 1 update now, 1 will try again, 1 failed`,
    );
    assert.match(lines[2]!, /^Wave 1 of 2 \(20%\) since .*Z; it succeeded: the next one in 5h\.$/);
    assert.deepEqual(lines.slice(3), [
      'BOARD  STATE           WHY',
      'pi-3   will try again  DISK         2 tries',
      'pi-4   failed          ROLLED_BACK',
      '',
    ]);
    assert.match(
      (await run('rollout status --board pi-4')).out,
      /^pi-4 runs 0\.1\.0, is to run 0\.2\.0 by rollout 1: it gave the release up\.\n$/,
    );
    assert.match((await run('rollout pause')).out, /^Rollout 1 of 0\.2\.0: paused: by hand\n/);
    assert.match(
      (await run('rollout abort 1 --back')).out,
      /^Rollout 1 of 0\.2\.0: aborted, boards go back: by hand\n/,
    );
    const again = await run('rollout resume 1');
    assert.deepEqual([again.code, again.out], [1, '']);
    assert.match(again.err, /rollout 1 cannot be resumed: it is aborted, boards go back: by hand/);
    const json = JSON.parse((await run('rollout list --json')).out);
    assert.equal(json.rollouts[0].state.phase, 'aborted');
    assert.match(
      (await run('rollout list')).out,
      /^ID {2}VERSION {2}STATE .*\n1 {3}0\.2\.0 {4}aborted, boards go back/,
    );
  }),
);

test('groups show in the list of boards, and pins in that of the rollouts', { timeout: 60_000 }, () =>
  withFleet(async ({ run }) => {
    assert.equal((await run('group set pi-2 south lab')).out, 'pi-2 is in lab, south.\n');
    const devices = (await run('devices')).out;
    assert.match(devices, /SEEN {4}GROUPS\n/);
    assert.match(devices, /\npi-2 .* lab south\n/);
    assert.equal((await run('group set pi-2')).out, 'pi-2 is in no group.\n');
    assert.doesNotMatch((await run('devices')).out, /GROUPS/);
    assert.equal((await run('rollout pin 0.2.0 --group lab')).out, 'The group lab is pinned to 0.2.0.\n');
    assert.match((await run('rollout list')).out, /^PIN {4}NAME {2}VERSION\ngroup {2}lab {3}0\.2\.0\n$/);
    assert.match((await run('rollout unpin --group lab')).out, /follows the rollouts again/);
  }),
);

test('what is mistyped is told with what to write', async () => {
  for (const [words, rest, message] of [
    ['rollout create', '', /rollout create needs VERSION/],
    ['rollout create', '0.2.0 --waves 1,x', /--waves x: write percent, 0 to 100/],
    ['rollout create', '0.2.0 --waves 0,100', /a wave of 0 percent is none/],
    ['rollout create', '0.2.0 --waves 1 --percent 5', /--percent N is one wave; give it or --waves/],
    ['rollout create', '0.2.0 --percent 101', /--percent 101: write percent/],
    ['rollout create', '0.2.0 --soak 91d', /--soak 91d: at most 90d/],
    ['rollout create', '0.2.0 --soak later', /--soak later: write a time such as/],
    ['rollout create', '0.2.0 --window 22-4', /--window 22-4: write hours such as 22:00-04:00/],
    ['rollout create', '0.2.0 --days mon', /belong to --window/],
    ['rollout create', '0.2.0 --window 01:00-02:00 --days someday', /--days someday: write days/],
    ['rollout create', '0.2.0 --at-once 0', /--at-once 0: write a number from 1/],
    ['rollout status', 'first', /"first" is not the number of a rollout/],
    ['rollout status', '0', /"0" is not the number of a rollout/],
    ['rollout pin', '0.2.0', /rollout pin needs --board ALIAS or --group NAME/],
    ['rollout pin', '0.2.0 --board a --group b', /rollout pin needs --board ALIAS or --group NAME/],
    ['rollout pause', '--back', /rollout pause has no option --back/],
  ] as const) {
    const command = ROLLOUT_COMMANDS.find((each) => each.words === words)!;
    const run = async () =>
      command.run(readArguments(command, rest === '' ? [] : rest.split(' '), { PERCH_DATA: '/nonexistent' }));
    await assert.rejects(
      run,
      (error: Error) => error instanceof UsageError && message.test(error.message),
      rest,
    );
  }
});

test('days may go over the end of the week, and a percent alone is one wave', { timeout: 60_000 }, () =>
  withFleet(async ({ run, store }) => {
    await run(
      'rollout create 0.2.0 --percent 12.5 --window 00:00-00:00 --days fri-sun,wed --platforms linux-arm64',
    );
    const { spec } = (await store.rolloutFacts()).rollouts[0]!;
    assert.deepEqual(spec, {
      ...spec,
      platforms: ['linux-arm64'],
      waves: [{ percent: 12.5, soak: 24 * HOUR }],
      window: { days: [3, 5, 6, 7], from: 0, to: 0, zone: 'UTC' },
    });
  }),
);
