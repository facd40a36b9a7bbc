// Every view, light and dark, on a desk and on a phone: nothing that the checks of WCAG find, no complaint of the browser, and nothing
// that is wider than the screen.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { databasePath, openSqliteStore } from '../../server/src/store/sqlite.ts';
import { buildPage } from '../build/build-page.ts';
import { addSampleFleet } from '../screens/sample-fleet.ts';
import { quiet, VIEWS } from '../screens/views.ts';
import { lacking } from '../test/programs.ts';
import { Visitor } from './browser.ts';
import { embeddedBroker, House } from './house.ts';
import { freePort } from './processes.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** What WCAG 2.2 asks for at level AA, as far as a program can tell. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

interface Fault {
  id: string;
  help: string;
  nodes: { target: string[]; failureSummary: string }[];
}

test('each view can be seen, read and used by everybody, in both themes and at both widths', {
  timeout: 300_000,
  skip: lacking('chromium'),
}, async (t) => {
  await buildPage();
  const house = new House(await embeddedBroker());
  house.page = await freePort();
  t.after(() => house.close());
  const store = await openSqliteStore(databasePath(house.data));
  await addSampleFleet(store, Date.now());
  await store.close();
  await house.open();
  for (const scheme of ['light', 'dark'] as const)
    for (const width of [1280, 360]) {
      const { url } = await house.json<{ url: string }>('login');
      const visitor = await Visitor.arrive(url, { width, scheme });
      try {
        await visitor.page.getByRole('heading', { name: 'Fleet' }).waitFor();
        for (const view of VIEWS) {
          const where = `${view.name}, ${scheme}, ${width} pixels`;
          await visitor.page.goto(`${house.url}${view.path}`);
          await view.settle(visitor.page);
          await quiet(visitor.page);
          const faults = await check(visitor, where);
          assert.deepEqual(faults, [], where);
          const wide = Number(
            await visitor.page.evaluate('document.documentElement.scrollWidth - innerWidth'),
          );
          assert.ok(wide <= 0, `${where}: ${wide} pixels wider than the screen`);
        }
        assert.deepEqual(visitor.errors, []);
        assert.deepEqual([...visitor.elsewhere], []);
      } finally {
        await visitor.close();
      }
    }
});

/** The policy of the page lets no script in that is not its own, so the checks run beside it, as a debugger's would. */
async function check({ page }: Visitor, where: string): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  const evaluate = async (expression: string): Promise<unknown> => {
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
      ...{ expression, awaitPromise: true, returnByValue: true },
    });
    if (exceptionDetails) throw new Error(`${where}: ${exceptionDetails.text}`);
    return result.value;
  };
  await evaluate(`${AXE}; undefined`);
  const run = `axe.run(document, { runOnly: ${JSON.stringify(RULES)} }).then((found) => found.violations)`;
  const violations = (await evaluate(run)) as Fault[];
  await session.detach();
  return violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join(' | ')}`,
  );
}
