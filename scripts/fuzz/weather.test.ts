import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { Store } from '../../server/src/store/contract.ts';
import { World } from './world.ts';

async function open(t: TestContext, options: Parameters<typeof World.open>[1] = {}): Promise<World> {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const world = await World.open(t.mock.timers, options);
  t.after(() => world.close());
  return world;
}
/** A store with some methods of its own. */
const changed = (real: Store, own: Partial<Store>): Store => ({ ...real, ...own });
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const clean = (world: World): void => assert.equal(world.dispatcher.counters.get('INTERNAL'), undefined);

const WEATHERS = [
  { lose: 0.3 },
  { repeat: 0.5 },
  { reorder: 0.5 },
  { lose: 0.2, repeat: 0.3, reorder: 0.3 },
  { lose: 0.45, repeat: 0.2, reorder: 0.2 },
];
for (const weather of WEATHERS)
  for (const seed of [1, 2, 3])
    test(`every record arrives once in weather ${JSON.stringify(weather)}, seed ${seed}`, async (t) => {
      const world = await open(t, { weather, seed });
      const boards = [await world.board('pi-1', { seed }), await world.board('pi-2', { seed: seed + 7 })];
      for (const board of boards) board.link.restore();
      for (const value of range(40)) {
        for (const board of boards) board.take(value);
        await world.advance(1000);
        if (value === 20) boards[0]!.link.cut();
        if (value === 25) boards[0]!.link.restore();
      }
      const done = () => boards.every((board) => board.outbox.size === 0);
      await world.until('all records are acknowledged', done, 3_600_000);
      for (const board of boards) {
        assert.deepEqual(await world.stored(board.alias), range(40));
        assert.equal(board.runner.faults.get('INTERNAL'), undefined);
        assert.equal(board.configVersion, 1, 'the config came too');
      }
      clean(world);
    });

test('a server that lost all sessions gets its boards back by a hint, with one Hello more', async (t) => {
  const world = await open(t);
  const board = await world.board('pi-1');
  board.link.restore();
  await world.until('the board is in', () => board.runner.state.phase === 'idle');
  await world.advance(5000);
  world.restartServer();
  board.take(1);
  await world.settle();
  await world.until('the record is stored', () => board.outbox.size === 0, 2000);
  assert.equal(board.hellos, 2);
  assert.equal(world.dispatcher.counters.get('UNKNOWN_SESSION'), 1);
  assert.deepEqual(await world.stored('pi-1'), [1]);
});

test('an approval wakes a board that waits, long before its back-off ends', async (t) => {
  const world = await open(t);
  const board = await world.board('pi-1', { approved: false });
  board.take(1);
  board.link.restore();
  await world.until('the board is refused', () => board.runner.state.phase === 'refused');
  assert.deepEqual(
    (await world.store.devicesOf('pi-1')).map((device) => device.status),
    ['pending'],
  );
  await world.advance(2500); // hints are heeded no sooner after a Hello
  assert.deepEqual(await world.stored('pi-1'), []);
  await world.store.approve('pi-1');
  await world.view.refreshDevice('pi-1');
  await world.dispatcher.changed('pi-1', 'approved');
  await world.settle();
  await world.settle();
  assert.equal(board.outbox.size, 0, 'no time had to pass');
  assert.deepEqual(await world.stored('pi-1'), [1]);
});

test('records of a revoked board are not stored; it keeps them until it is let in again', async (t) => {
  const world = await open(t);
  const board = await world.board('pi-1');
  board.link.restore();
  board.take(1);
  await world.until('the first record is stored', () => board.outbox.size === 0);
  await world.store.revoke('pi-1');
  await world.view.refreshDevice('pi-1');
  await world.dispatcher.changed('pi-1', 'revoked');
  board.take(2);
  await world.until('the board knows', () => board.runner.state.phase === 'refused');
  assert.deepEqual(await world.stored('pi-1'), [1]);
  assert.equal(board.outbox.size, 1);
  await world.store.approve('pi-1');
  await world.view.refreshDevice('pi-1');
  await world.until('it comes back', () => board.outbox.size === 0);
  assert.deepEqual(await world.stored('pi-1'), [1, 2]);
});

test('OK is sent after the commit, not before', async (t) => {
  let commit = (): void => {};
  const held = new Promise<void>((resolve) => {
    commit = resolve;
  });
  const world = await open(t, {
    store: (real) =>
      changed(real, {
        async addRecords(...args: Parameters<Store['addRecords']>) {
          await held;
          return real.addRecords(...args);
        },
      }),
  });
  const board = await world.board('pi-1');
  board.link.restore();
  await world.until('the board is in', () => board.runner.state.phase === 'idle');
  const before = world.carried.length;
  board.take(1);
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  const answers = () => world.carried.slice(before).filter(({ topic }) => topic.endsWith('/res')).length;
  assert.deepEqual([answers(), board.outbox.size], [0, 1], 'nothing is said while the disk works');
  commit();
  await world.until('the OK came', () => board.outbox.size === 0, 1000);
  assert.equal(answers(), 1);
  assert.deepEqual(await world.stored('pi-1'), [1]);
});

for (const code of ['BUSY', 'DISK'] as const)
  test(`${code} from the store means no OK; the record is sent again and stored when the store is well`, async (t) => {
    let failures = 3;
    const world = await open(t, {
      store: (real) =>
        changed(real, {
          addRecords: (...args) =>
            failures-- > 0 ? Promise.reject(new PerchError(code)) : real.addRecords(...args),
        }),
    });
    const board = await world.board('pi-1');
    board.link.restore();
    board.take(1);
    await world.until('the record is stored', () => board.outbox.size === 0);
    assert.equal(world.dispatcher.counters.get(code), 3);
    assert.deepEqual(await world.stored('pi-1'), [1]);
    clean(world);
  });

test('a changed config reaches a board with a session at once, and its next report says so', async (t) => {
  const world = await open(t);
  const board = await world.board('pi-1');
  board.link.restore();
  await world.until(
    'the board is in',
    () => board.runner.state.phase === 'idle' && board.configVersion === 1,
  );
  await world.store.addConfig('pi-1', '{"sensors":[]}', ['n'], world.now);
  world.view.refreshConfig('pi-1');
  await world.dispatcher.changed('pi-1', 'configChanged');
  await world.settle();
  assert.equal(board.configVersion, 2);
  const [device] = await world.store.devicesOf('pi-1');
  assert.equal(device!.configVersion, 2);
});
