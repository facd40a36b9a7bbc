// A child process of hour-keeper.test.ts: makes hours and lets records go, as fast as it can, and writes a line for each rest. The
// test kills it. Arguments: the database, and the time that it takes for now (Unix ms).
import { writeSync } from 'node:fs';
import { openSqliteStore } from '../../store/sqlite.ts';
import { HourKeeper } from '../hour-keeper.ts';

const [path, now] = process.argv.slice(2) as [string, string];
const store = await openSqliteStore(path);
const keeper = new HourKeeper({
  store,
  now: () => Number(now),
  log: ({ text }) => writeSync(2, `${text}\n`),
  async wait() {
    writeSync(1, '.\n');
    await new Promise(setImmediate);
  },
});
await keeper.settle();
await store.close();
