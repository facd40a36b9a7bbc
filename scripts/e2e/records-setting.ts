import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { databasePath } from '../../server/src/store/sqlite.ts';
import { type Board, embeddedBroker, type House, houseWithBoard } from './house.ts';
import { until } from './processes.ts';

const LOAD = { id: 'sys', driver: 'sysfs', proc: ['load'] };
export const config = (more: object = {}): string =>
  JSON.stringify({ period: '100ms', durability: { window: '1s' }, sensors: [LOAD], ...more });

export interface Setting {
  house: House;
  board: Board;
}

/** A house with a board that prints what it takes. */
export async function setting(t: TestContext, more: object = {}): Promise<Setting> {
  const made = await houseWithBoard(t, await embeddedBroker(), config(more));
  await made.board.stop();
  await made.board.start({}, { records: true });
  return made;
}

export const took = ({ board }: Setting, count: number): Promise<void> => {
  const before = board.ledger.taken.size;
  return until(() => board.ledger.taken.size >= before + count, `${count} records to be taken`);
};

/** Waits until all is delivered and checks the promise. */
export async function balanced({ house, board }: Setting, { gaps = false } = {}): Promise<void> {
  const balance = () => board.ledger.balance(databasePath(house.data), board.alias);
  await board.stop(); // in good order: what is taken from here on cannot disturb the count
  await board.start();
  await until(
    async () => {
      const { outbox } = (await board.status()) as { outbox: { waiting: number; gaps: number } };
      return outbox !== undefined && outbox.waiting <= 3 && outbox.gaps === 0;
    },
    'the backlog to be delivered',
    60_000,
    () => JSON.stringify(balance()) + board.output,
  );
  let last = balance();
  await until(
    () => {
      last = balance();
      return last.unexplained.length === 0;
    },
    'every record to be explained',
    10_000,
    () => JSON.stringify(last),
  ).catch(() => {});
  assert.deepEqual([last.unexplained, last.duplicated], [[], 0], JSON.stringify(last));
  if (!gaps) assert.equal(last.gapCounted, 0, JSON.stringify(last));
  assert.equal(last.stored + last.gapCounted, last.taken);
}

/** What the agent's status says of its disk. */
export const diskOf = (status: object): unknown => (status as { outbox?: { disk: string } }).outbox?.disk;
