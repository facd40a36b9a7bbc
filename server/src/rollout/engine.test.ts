import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { Platform } from '@perch/broker-bridge/release.ts';
import type { Store } from '../store/contract.ts';
import { keyOf } from '../store/sample-rows.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import { nextTargets } from '../tuf/authority.ts';
import type { Said } from './book.ts';
import { RolloutEngine, TICK_MS } from './engine.ts';
import type { Rollout, RolloutSpec } from './facts.ts';
import { ALIVE_MS, OUTAGE_MS, PROVE_MS } from './limits.ts';
import { ARM, HOUR, LIMITS, NOW } from './testing/book-bench.ts';
import { abort, NEW_STATE, pause } from './waves.ts';

interface Bench {
  store: Store;
  engine: RolloutEngine;
  notes: string[];
  clock: { now: number };
  hears(alias: string, version: string, update?: Said['update']): string | undefined;
  /** Ends the server and starts another. */
  restart(): Promise<void>;
  rollout(): Promise<Rollout>;
}

const SPEC: RolloutSpec = { version: '0.2.0', waves: [{ percent: 100, soak: HOUR }], limits: LIMITS };
const FAILED: Said['update'] = { sequence: 2, state: 'failed', code: 'ROLLED_BACK' };

async function withEngine(body: (bench: Bench) => Promise<void>, boards = ['a', 'b', 'c']): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'perch-rollouts-'));
  const path = join(folder, 'perch.db');
  const clock = { now: NOW };
  const notes: string[] = [];
  const options = (store: Store) => ({
    store,
    now: () => clock.now,
    note: ({ text }: { text: string }) => void notes.push(text),
  });
  const store = await openSqliteStore(path);
  for (const [index, alias] of boards.entries()) {
    await store.notePending({ alias, key: keyOf(index + 1), platform: ARM, version: '0.1.0' }, NOW);
    await store.approve(alias);
  }
  const hashes = { sha256: 'a'.repeat(64), indexSha256: 'b'.repeat(64) };
  const release = (sequence: number) => ({
    ...{ platform: ARM, version: `0.${sequence}.0`, sequence, length: 1, created: NOW - 9, ...hashes },
  });
  const signed = [release(1), release(2)].map(({ indexSha256: index, created: _, ...rest }) => ({
    ...{ ...rest, index, platform: ARM as Platform },
    ...(rest.sequence === 1 ? { mayReplace: 2 } : {}),
  }));
  const { privateKey } = generateKeyPairSync('ed25519');
  await store.addReleases([release(1), release(2)], [nextTargets(undefined, signed, [privateKey], NOW)]);
  const bench: Bench = {
    ...{ store, notes, clock, engine: await RolloutEngine.load(options(store)) },
    hears(alias, version, update) {
      bench.engine.heard(alias, { platform: ARM, version, ...(update === undefined ? {} : { update }) });
      return bench.engine.wantedFor(alias)?.version;
    },
    async restart() {
      await bench.engine.close();
      await bench.store.close();
      bench.store = await openSqliteStore(path);
      bench.engine = await RolloutEngine.load(options(bench.store));
    },
    rollout: async () => (await bench.store.rolloutFacts()).rollouts[0]!,
  };
  try {
    await body(bench);
  } finally {
    await bench.store.close();
    rmSync(folder, { recursive: true });
  }
}

test('without rollouts what is published is wanted at once, and a release that is held is not', () =>
  withEngine(async ({ engine, store, hears, clock }) => {
    assert.equal(hears('a', '0.1.0'), '0.2.0');
    assert.equal(hears('a', '0.1.0', FAILED), undefined);
    assert.equal(hears('b', '0.1.0'), '0.2.0');
    await engine.tick();
    const { steps } = await store.rolloutFacts();
    assert.deepEqual(
      steps.map(({ rollout, alias, step }) => [rollout, alias, step.stage]),
      [[0, 'a', 'failed']],
      'no more is kept of it than must be',
    );
    engine.gone('b');
    hears('c', '0.2.0');
    await store.holdRelease(ARM, '0.2.0', true);
    assert.deepEqual(await engine.reload(), []);
    assert.equal(hears('b', '0.1.0'), undefined);
    await store.holdRelease(ARM, '0.2.0', false);
    assert.deepEqual(await engine.reload(), ['b'], 'c runs it, a gave it up');
    clock.now += 300 * HOUR;
    assert.equal(hears('a', '0.1.0'), undefined);
  }));

test('a rollout, how far each board is, and what it was stopped for outlast the server', () =>
  withEngine(async (bench) => {
    const { hears, clock, notes } = bench;
    await bench.store.addRollout(SPEC, NEW_STATE, NOW);
    assert.deepEqual(await bench.engine.reload(), [], 'nobody is connected');
    for (const alias of ['a', 'b', 'c']) assert.equal(hears(alias, '0.1.0'), '0.2.0');
    hears('a', '0.2.0');
    clock.now += PROVE_MS;
    hears('a', '0.2.0');
    hears('b', '0.1.0', FAILED);
    await bench.restart();
    const { steps } = await bench.store.rolloutFacts();
    assert.deepEqual(
      steps.map(({ alias, step }) => [alias, step.stage, step.from]),
      [
        ['a', 'done', '0.1.0'],
        ['b', 'failed', '0.1.0'],
        ['c', 'offered', '0.1.0'],
      ],
    );
    assert.equal(hears('b', '0.1.0'), undefined, 'it gave the release up');
    assert.equal(hears('c', '0.1.0'), '0.2.0');
    await bench.engine.tick();
    hears('c', '0.1.0', FAILED);
    await bench.restart();
    assert.deepEqual((await bench.rollout()).state.why, { by: 'failures', failed: 2, finished: 3 });
    assert.deepEqual(notes, [
      'rollout 1 of 0.2.0: running, wave 1 of 1',
      'rollout 1 of 0.2.0: paused: 2 of the last 3 boards failed',
    ]);
  }));

/** A rollout that `c` has and that stops by itself as two others failed, which is not stored yet. */
async function stopped(bench: Bench): Promise<Rollout> {
  const { store, engine, hears } = bench;
  await store.addRollout(SPEC, NEW_STATE, NOW);
  await engine.reload();
  for (const alias of ['a', 'b', 'c']) assert.equal(hears(alias, '0.1.0'), '0.2.0');
  hears('c', '0.2.0');
  await engine.tick();
  const running = await bench.rollout();
  for (const alias of ['a', 'b']) hears(alias, '0.1.0', FAILED);
  return running;
}

test('what a person has changed meanwhile holds against what the server makes of it', () =>
  withEngine(async (bench) => {
    const { store, engine, hears } = bench;
    const running = await stopped(bench);
    assert.equal(await store.setRolloutState(running, abort(running.state, true)!), true);
    await engine.tick();
    assert.equal((await bench.rollout()).state.phase, 'aborted');
    await engine.tick();
    assert.equal(hears('c', '0.2.0'), '0.1.0', 'the server knows it too');
    assert.equal((await store.rolloutFacts()).steps.filter(({ step }) => step.stage === 'failed').length, 2);
  }));

const full = async (): Promise<never> => {
  throw new PerchError('DISK', 'the disk is full');
};

test('while the disk takes nothing the rollout stops all the same, and that is stored when it can be', () =>
  withEngine(async (bench) => {
    const { store, engine, hears, notes } = bench;
    const { setRolloutState, saveSteps } = store;
    Object.assign(store, { setRolloutState: full, saveSteps: full });
    await store.addRollout(SPEC, NEW_STATE, NOW);
    await engine.reload();
    for (const alias of ['a', 'b']) hears(alias, '0.1.0');
    for (const alias of ['a', 'b']) hears(alias, '0.1.0', FAILED);
    for (let times = 0; times < 3; times++) await engine.tick();
    await engine.reload();
    assert.equal(hears('c', '0.1.0'), undefined);
    assert.equal((await bench.rollout()).state.phase, 'waiting');
    assert.deepEqual(notes, [
      'rollout 1 of 0.2.0: running, wave 1 of 1',
      'rollouts are not stored: DISK: the disk is full',
      'rollout 1 of 0.2.0: paused: 2 of the last 2 boards failed',
    ]);
    Object.assign(store, { setRolloutState, saveSteps });
    await engine.tick();
    assert.equal((await bench.rollout()).state.phase, 'paused');
    assert.equal((await store.rolloutFacts()).steps.length, 2);
  }));

test('while the server cannot store what it made of a rollout, a person can still change it', () =>
  withEngine(async (bench) => {
    const { store, engine, hears } = bench;
    const { setRolloutState } = store;
    const running = await stopped(bench);
    Object.assign(store, { setRolloutState: full });
    await setRolloutState(running, abort(running.state, true)!);
    await engine.reload();
    assert.equal(hears('c', '0.2.0'), '0.1.0');
  }));

test('what boards gave up is remembered through a reload, stored or not', () =>
  withEngine(async ({ store, engine, hears }) => {
    Object.assign(store, { saveSteps: full });
    assert.equal(hears('a', '0.1.0'), '0.2.0');
    assert.equal(hears('a', '0.1.0', FAILED), undefined);
    await engine.reload();
    assert.equal(hears('a', '0.1.0'), undefined);
  }));

test('a tick moves connected boards in their groups, and a board that was shut out is no longer counted', () =>
  withEngine(async (bench) => {
    const { engine, store } = bench;
    await store.setGroups('a', ['lab']);
    await store.setGroups('b', ['lab', 'roof']);
    await store.holdRelease(ARM, '0.2.0', true);
    await engine.reload();
    for (const alias of ['a', 'b', 'c']) engine.heard(alias, { platform: ARM, version: '0.1.0' });
    await store.addRollout({ ...SPEC, groups: ['lab'], limits: { ...LIMITS, atOnce: 1 } }, NEW_STATE, NOW);
    assert.deepEqual(await engine.reload(), ['a']);
    assert.deepEqual(await engine.tick(), []);
    engine.gone('a');
    await store.revoke('a');
    assert.deepEqual(await engine.reload(), ['b']);
    assert.equal(engine.wantedFor('c'), undefined);
    assert.equal(engine.wantedFor('a'), undefined);
    // Approved again while the server runs, and heard before anybody said so.
    await store.setPin({ kind: 'group', name: 'lab', version: '0.2.0', created: NOW });
    await engine.reload();
    await store.approve('a');
    engine.heard('a', { platform: ARM, version: '0.1.0' });
    assert.equal(engine.wantedFor('a')?.version, '0.2.0');
  }));

test('a window goes by the time zone in the config of a board, also when that is changed', () =>
  withEngine(async (bench) => {
    const { store, engine, clock, hears } = bench;
    clock.now = Date.parse('2026-01-15T12:30:00Z');
    const config = (zone: string): string => JSON.stringify({ period: '10s', sensors: [], timeZone: zone });
    await store.addConfig('a', config('Asia/Tokyo'), [], NOW);
    await store.addConfig('b', '{"period":"10s","sensors":[]}', [], NOW);
    const window = { days: [1, 2, 3, 4, 5, 6, 7], from: 21 * 60, to: 22 * 60, zone: 'UTC' };
    await store.addRollout({ ...SPEC, window }, NEW_STATE, NOW - 99);
    await engine.reload();
    for (const alias of ['a', 'b', 'c']) engine.heard(alias, { platform: ARM, version: '0.1.0' });
    assert.deepEqual(await engine.tick(), ['a'], '21:30 in Tokyo');
    await store.addConfig('b', config('Asia/Tokyo'), [], NOW);
    await engine.configChanged('b');
    assert.deepEqual(await engine.tick(), ['b']);
    await bench.restart();
    assert.equal(hears('a', '0.1.0'), '0.2.0');
    assert.equal(hears('c', '0.1.0'), undefined);
    await bench.store.addConfig('d', config('Asia/Tokyo'), [], NOW);
    bench.engine.heard('d', { platform: ARM, version: '0.1.0' });
    await bench.engine.close();
    assert.equal(bench.engine.wantedFor('d'), undefined, 'nobody may begin before the next count');
    assert.deepEqual(await bench.engine.tick(), ['d']);
  }));

test('a pause by hand takes effect with the reload that follows it', () =>
  withEngine(async (bench) => {
    const { store, engine, hears } = bench;
    await store.addRollout({ ...SPEC, limits: { ...LIMITS, atOnce: 1 } }, NEW_STATE, NOW);
    await engine.reload();
    engine.heard('a', { platform: ARM, version: '0.1.0' });
    assert.deepEqual(await engine.tick(), ['a']);
    const rollout = await bench.rollout();
    await store.setRolloutState(rollout, pause(rollout.state)!);
    await engine.reload();
    assert.equal(hears('a', '0.1.0'), undefined, 'though it was told');
  }));

test('while the server itself is away no board falls silent', () =>
  withEngine(async (bench) => {
    const { clock, hears } = bench;
    await bench.store.addRollout(SPEC, NEW_STATE, NOW);
    await bench.engine.reload();
    for (const alias of ['a', 'b', 'c']) hears(alias, '0.1.0');
    await bench.engine.tick();
    const pass = async (hours: number): Promise<void> => {
      for (let hour = 0; hour < hours; hour++) {
        clock.now += OUTAGE_MS;
        await bench.engine.tick();
      }
    };
    for (const away of [() => bench.restart(), async () => {}]) {
      clock.now += 100 * HOUR;
      await away();
      await bench.engine.tick();
      await pass(36);
      assert.equal((await bench.rollout()).state.phase, 'running');
    }
    await bench.restart(); // at once: that is no outage
    await pass(1);
    assert.deepEqual((await bench.rollout()).state.why, { by: 'silence', silent: 3, finished: 3 });
  }));

test('that a server listens is not written at every tick', () =>
  withEngine(async ({ store, engine, clock }) => {
    let writes = 0;
    const { setSetting } = store;
    Object.assign(store, {
      setSetting(name: string, value: string) {
        writes += 1;
        return setSetting(name, value);
      },
    });
    const pass = async (): Promise<void> => {
      for (let time = 0; time < ALIVE_MS; time += TICK_MS) {
        clock.now += TICK_MS;
        await engine.tick();
      }
    };
    await pass();
    assert.equal(writes, 0, 'without a rollout nobody asks');
    await store.addRollout(SPEC, NEW_STATE, NOW);
    await engine.reload();
    for (let times = 0; times < 3; times++) await pass();
    assert.ok(writes >= 3 && writes <= 4, `${writes}`);
  }));
