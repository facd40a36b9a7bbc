// npm run screens: makes the pictures of the page that the book and the README have.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { perform } from '../server/src/cli/perform.ts';
import { runServer } from '../server/src/server.ts';
import { databasePath, openSqliteStore } from '../server/src/store/sqlite.ts';
import { buildPage } from './build/build-page.ts';
import { ROOT } from './build/paths.ts';
import { Visitor } from './e2e/browser.ts';
import { connectSampleBoards } from './screens/sample-boards.ts';
import { addSampleFleet } from './screens/sample-fleet.ts';
import { quiet, VIEWS } from './screens/views.ts';

const HELP = `npm run screens -- [--out DIR] [--view NAME] [--all]

Makes pictures of every view of the page, with a sample fleet; of some also in the dark and on a phone. --all: of all of them.

  --out DIR     where to (default: firmware-notes/screens)
  --view NAME   one view only: ${VIEWS.map(({ name }) => name).join(', ')}`;

/** What is taken of each view. */
const SHOTS = [
  { name: '', width: 1280, height: 800, scheme: 'light', of: undefined },
  { name: '-dark', width: 1280, height: 800, scheme: 'dark', of: ['fleet', 'board', 'config'] },
  { name: '-phone', width: 360, height: 740, scheme: 'light', of: ['fleet', 'board', 'approvals', 'alerts'] },
] as const;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: join(ROOT, 'firmware-notes/screens') },
      view: { type: 'string' },
      all: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return console.log(HELP);
  const views = VIEWS.filter(({ name }) => values.view === undefined || name === values.view);
  if (views.length === 0) throw new Error(`there is no view ${values.view}; see --help`);
  await buildPage((message) => console.error(`screens: ${message}`));
  const dataDir = mkdtempSync(join(tmpdir(), 'perch-screens-'));
  mkdirSync(values.out, { recursive: true });
  const store = await openSqliteStore(databasePath(dataDir));
  await addSampleFleet(store, Date.now());
  await store.close();
  const server = await runServer({
    ...{ dataDir, prefix: 'perch/v1', log: () => undefined },
    listen: { host: '127.0.0.1', port: 0 },
    http: { host: '127.0.0.1', port: 0 },
  });
  let disconnect = async (): Promise<void> => {};
  try {
    disconnect = await connectSampleBoards((alias) => perform(dataDir, 'enroll', { alias }));
    for (const { name, width, height, scheme, of } of SHOTS) {
      const { url } = await perform(dataDir, 'login', { name: 'ada' });
      const visitor = await Visitor.arrive(url, { width, height, scheme });
      try {
        await visitor.page.getByRole('heading', { name: 'Fleet' }).waitFor();
        for (const view of views) {
          if (!values.all && of !== undefined && !(of as readonly string[]).includes(view.name)) continue;
          await visitor.page.goto(`${server.page}${view.path}`);
          await view.settle(visitor.page);
          await quiet(visitor.page);
          const path = join(values.out, `${view.name}${name}.png`);
          await visitor.page.screenshot({ path });
          console.log(path);
        }
      } finally {
        await visitor.close();
      }
    }
  } finally {
    await disconnect();
    await server.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

await main();
