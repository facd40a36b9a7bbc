import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DEFAULT_LIMITS } from '../rollout/defaults.ts';
import { RolloutEngine } from '../rollout/engine.ts';
import { GROUPS_LIMIT, PROVE_MS, SPAN_LIMIT_MS, TROUBLED_SHOWN, WAVES_LIMIT } from '../rollout/limits.ts';
import { ARM, HOUR, NOW } from '../rollout/testing/book-bench.ts';
import type { Store } from '../store/contract.ts';
import { keyOf } from '../store/sample-rows.ts';
import { databasePath, openSqliteStore } from '../store/sqlite.ts';
import { toldServer } from '../testing/told-server.ts';
import { type CommandArgs, type CommandName, type CommandResult, runCommand } from './commands.ts';
import type { CommandContext } from './context.ts';

const TESTER = { actor: 'local:test', scope: 'admin' } as const;
interface Bench {
  store: Store;
  engine: RolloutEngine;
  clock: { now: number };
  run<N extends CommandName>(name: N, args: CommandArgs<N>): Promise<CommandResult<N>>;
  hears(alias: string, version: string): string | undefined;
}

/** A fleet of boards `pi-1`, `pi-2`, ... under a running server, as far as it is about rollouts. */
async function withFleet(count: number, body: (bench: Bench) => Promise<void>): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'perch-rollouts-'));
  const store = await openSqliteStore(databasePath(dataDir));
  const clock = { now: NOW };
  const hashes = { sha256: 'a'.repeat(64), indexSha256: 'b'.repeat(64) };
  const release = (sequence: number) => ({
    ...{ platform: ARM, version: `0.${sequence}.0`, sequence, length: 1, created: NOW - 9, ...hashes },
  });
  await store.addReleases([release(1), release(2)], []);
  for (let index = 1; index <= count; index++) {
    const alias = `pi-${index}`;
    await store.notePending({ alias, key: keyOf(index), platform: ARM, version: '0.1.0' }, NOW);
    await store.approve(alias);
  }
  const engine = await RolloutEngine.load({ store, now: () => clock.now, note: () => {} });
  const live = toldServer([], { releaseChanged: async () => void (await engine.reload()) });
  const unused = {} as Pick<CommandContext, 'keys' | 'settings'>;
  const context: CommandContext = { ...unused, store, dataDir, live, now: () => clock.now };
  try {
    await body({
      ...{ store, engine, clock },
      async run<N extends CommandName>(name: N, args: CommandArgs<N>) {
        const result = await runCommand(context, TESTER, name, args);
        assert.deepEqual(JSON.parse(JSON.stringify(result)), result, 'results are plain JSON');
        return result as CommandResult<N>;
      },
      hears(alias, version) {
        engine.heard(alias, { platform: ARM, version });
        return engine.wantedFor(alias)?.version;
      },
    });
  } finally {
    await store.close();
    rmSync(dataDir, { recursive: true });
  }
}

test('a rollout from its creation to its end, as a person sees it', () =>
  withFleet(3, async ({ run, hears, engine, clock }) => {
    const { rollout, replaced } = await run('rolloutCreate', { version: '0.2.0' });
    assert.deepEqual(replaced, []);
    assert.deepEqual(rollout.spec.limits, DEFAULT_LIMITS);
    assert.equal(rollout.text, 'running', 'the running server has begun it');
    assert.equal(rollout.counts.selected, 3);
    const told = ['pi-1', 'pi-2', 'pi-3'].filter((alias) => hears(alias, '0.1.0') !== undefined);
    assert.equal(told.length, 1, 'one board first');
    const [first] = told as [string];
    const other = first === 'pi-1' ? 'pi-2' : 'pi-1';
    hears(first, '0.2.0');
    clock.now += PROVE_MS;
    hears(first, '0.2.0');
    await engine.tick();
    const status = await run('rolloutStatus', {});
    assert.deepEqual(status.rollout?.counts.stages.done, 1);
    assert.equal(status.rollout?.next, clock.now + 24 * HOUR);
    const { board } = await run('rolloutStatus', { board: other });
    assert.deepEqual(board, { ...board!, alias: other, version: '0.1.0', why: 'runs it', later: 1 });

    const reached = (await run('rolloutStatus', { board: first })).board!;
    assert.deepEqual([reached.rollout, reached.later], [1, undefined]);

    assert.equal((await run('rolloutPause', {})).rollout.text, 'paused: by hand');
    await assert.rejects(run('rolloutPause', { id: 1 }), /rollout 1 cannot be paused: it is paused/);
    await assert.rejects(run('rolloutPause', {}), /no rollout is there for that/);
    clock.now += 30 * HOUR;
    await engine.tick();
    assert.equal(hears(other, '0.1.0'), undefined);
    assert.equal((await run('rolloutResume', {})).rollout.text, 'running');
    assert.equal((await run('rolloutAbort', {})).rollout.text, 'aborted: by hand');
    assert.equal(hears(other, '0.1.0'), undefined, '0.2.0 is up to rollouts now');
    assert.equal((await run('rolloutStatus', { board: other })).board?.later, undefined);
    await assert.rejects(run('rolloutResume', { id: 1 }), /cannot be resumed: it is aborted/);
    await assert.rejects(run('rolloutResume', { id: 9 }), /there is no rollout 9/);
    const back = await run('rolloutAbort', { id: 1, back: true });
    assert.equal(back.rollout.text, 'aborted, boards go back: by hand');
    assert.equal(hears(first, '0.2.0'), undefined, 'no permission to go back is signed');
    assert.equal((await run('rolloutList', {})).rollouts.length, 1);
  }));

test('a second rollout for the same boards is refused, or takes the place of the first', () =>
  withFleet(1, async ({ run }) => {
    await run('rolloutCreate', { version: '0.2.0', groups: ['lab'] });
    await run('rolloutCreate', { version: '0.2.0', groups: ['roof'] });
    await run('rolloutCreate', {
      version: '0.2.0',
      groups: ['lab'],
      platforms: ['linux-x64'],
      replace: true,
    });
    await assert.rejects(
      run('rolloutCreate', { version: '0.1.0' }),
      /rollout 3 of 0\.2\.0 is under way for the same boards \(.*\); abort it, or .* --replace/,
    );
    const { replaced } = await run('rolloutCreate', { version: '0.1.0', replace: true });
    assert.deepEqual(replaced, [3, 2]);
    const { rollouts } = await run('rolloutList', {});
    assert.deepEqual(
      rollouts.map(({ text }) => text),
      [
        'running',
        'aborted: rollout 4 took its place',
        'aborted: rollout 4 took its place',
        'aborted: rollout 3 took its place',
      ],
    );
  }));

test('what cannot be meant is refused before anything is stored', () =>
  withFleet(1, async ({ run, store }) => {
    const wave = (percent: number, soak = 0) => ({ percent, soak });
    const window = { days: [1], from: 0, to: 60, zone: 'UTC' };
    const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `g${index}`);
    const create = (more: object): Promise<unknown> =>
      run('rolloutCreate', { version: '0.2.0', ...more } as CommandArgs<'rolloutCreate'>);
    for (const [more, message] of [
      [{ version: 'newest' }, /"newest" is not a version/],
      [{ waves: [wave(10), wave(10)] }, /more percent than the one before/],
      [{ waves: [] }, /rolloutCreate\/waves/],
      [{ waves: [wave(0)] }, /rolloutCreate\/waves\/0\/percent/],
      [{ waves: [wave(101)] }, /percent/],
      [{ waves: [wave(1, SPAN_LIMIT_MS + 1)] }, /soak/],
      [{ waves: Array.from({ length: WAVES_LIMIT + 1 }, (_, index) => wave(index + 1)) }, /waves/],
      [{ groups: names(GROUPS_LIMIT + 1) }, /groups/],
      [{ groups: ['Not A Name'] }, /groups\/0/],
      [{ platforms: ['windows'] }, /platforms\/0/],
      [{ window: { ...window, zone: 'Middle/Earth' } }, /"Middle\/Earth" is no time zone/],
      [{ window: { ...window, from: 1440 } }, /window\/from/],
      [{ window: { ...window, days: [] } }, /window\/days/],
      [{ limits: { tries: 0 } }, /limits\/tries/],
      [{ limits: { failures: 1.1 } }, /limits\/failures/],
      [{ limits: { all: 1 } }, /limits\/all/],
    ] as const)
      await assert.rejects(create(more), message, JSON.stringify(more));
    assert.deepEqual((await store.rolloutFacts()).rollouts, []);
    assert.deepEqual((await store.rolloutFacts()).since, {}, 'what is published still goes to all at once');
  }));

test('groups and pins: set, shown, used and removed', () =>
  withFleet(3, async ({ run, hears }) => {
    assert.deepEqual(await run('groupSet', { alias: 'pi-1', groups: ['roof', 'lab', 'lab'] }), {
      ...{ alias: 'pi-1', groups: ['lab', 'roof'] },
    });
    const { devices } = await run('devices', {});
    assert.deepEqual(
      devices.map(({ alias, groups = [] }) => [alias, ...groups]),
      [['pi-1', 'lab', 'roof'], ['pi-2'], ['pi-3']],
    );
    await run('rolloutCreate', { version: '0.2.0', groups: ['lab'], waves: [{ percent: 100, soak: 0 }] });
    assert.equal(hears('pi-1', '0.1.0'), '0.2.0');
    await run('pinSet', { kind: 'board', name: 'pi-2', version: '0.2.0' });
    assert.equal(hears('pi-2', '0.1.0'), '0.2.0');
    assert.deepEqual((await run('rolloutList', {})).pins.length, 1);
    await run('pinRemove', { kind: 'board', name: 'pi-2' });
    assert.equal(hears('pi-2', '0.1.0'), undefined);
    await assert.rejects(run('pinRemove', { kind: 'board', name: 'pi-2' }), /the board pi-2 is not pinned/);
    await assert.rejects(
      run('pinSet', { kind: 'board', name: 'pi-9', version: '0.2.0' }),
      /no board was here as pi-9/,
    );
    await assert.rejects(
      run('pinSet', { kind: 'group', name: 'lab', version: '9.9.9' }),
      /"9.9.9" is not published/,
    );
    await assert.rejects(run('groupSet', { alias: 'pi-9', groups: [] }), /no board was here as pi-9/);
    await assert.rejects(run('rolloutStatus', { board: 'pi-9' }), /"pi-9" is no board that is let in/);
    await assert.rejects(run('rolloutStatus', { id: 9 }), /there is no rollout 9/);
    assert.deepEqual((await run('groupSet', { alias: 'pi-1', groups: [] })).groups, []);
  }));

test('the boards in trouble are named, but not all of thousands', () =>
  withFleet(TROUBLED_SHOWN + 3, async ({ run, engine, clock }) => {
    await run('rolloutCreate', { version: '0.2.0', waves: [{ percent: 100, soak: 0 }] });
    for (let index = 1; index <= TROUBLED_SHOWN + 3; index++)
      engine.heard(`pi-${index}`, { platform: ARM, version: '0.1.0' });
    await engine.tick();
    engine.heard('pi-1', {
      platform: ARM,
      version: '0.1.0',
      update: { sequence: 2, state: 'failed', code: 'DISK' },
    });
    engine.heard('pi-2', {
      platform: ARM,
      version: '0.1.0',
      update: { sequence: 2, state: 'failed', code: 'DOES_NOT_START' },
    });
    await engine.tick();
    const { rollout } = await run('rolloutStatus', { id: 1 });
    assert.deepEqual(rollout?.troubled, [
      { alias: 'pi-1', stage: 'waiting', silent: false, tries: 1, code: 'DISK' },
      { alias: 'pi-2', stage: 'failed', silent: false, tries: 1, code: 'DOES_NOT_START' },
    ]);
    for (let hour = 0; hour < 40; hour++) {
      clock.now += HOUR;
      await engine.tick();
    }
    const later = (await run('rolloutStatus', {})).rollout!;
    assert.equal(later.troubled.length, TROUBLED_SHOWN);
    assert.ok(later.troubled.some(({ silent }) => silent));
    assert.ok(later.troubled.every(({ stage, silent }) => silent !== (stage === 'failed')));
    assert.equal(later.counts.silent, TROUBLED_SHOWN + 2, 'all but the one that gave up');
  }));

test('a rollout that is done is ended only by its number', () =>
  withFleet(1, async ({ run, hears, clock, engine }) => {
    await run('rolloutCreate', { version: '0.2.0', waves: [{ percent: 100, soak: 0 }] });
    for (const version of ['0.1.0', '0.2.0', '0.2.0']) {
      hears('pi-1', version);
      clock.now += PROVE_MS;
    }
    await engine.tick();
    await engine.tick();
    assert.equal((await run('rolloutStatus', {})).rollout?.text, 'done');
    await assert.rejects(run('rolloutAbort', {}), /no rollout is there for that/);
    assert.equal((await run('rolloutAbort', { id: 1 })).rollout.text, 'aborted: by hand');
  }));

test('what a board waits for is told by the clock where it is', () =>
  withFleet(2, async ({ run, store, clock }) => {
    clock.now = Date.parse('2026-01-15T12:30:00Z');
    await store.addConfig('pi-1', '{"period":"1h","sensors":[],"timeZone":"Asia/Tokyo"}', [], 1);
    const window = { days: [1, 2, 3, 4, 5, 6, 7], from: 21 * 60, to: 22 * 60, zone: 'UTC' };
    await run('rolloutCreate', { version: '0.2.0', waves: [{ percent: 100, soak: 0 }], window });
    const whyOf = async (board: string) => (await run('rolloutStatus', { board })).board?.why;
    assert.deepEqual([await whyOf('pi-1'), await whyOf('pi-2')], ['to be told', 'window']);
  }));
