// Every view, light and dark, on a desk and on a phone: nothing that the checks of WCAG find, no complaint of the browser, and nothing
// that is wider than the screen. And what the page does when somebody is quick, and when something fails.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { databasePath, openSqliteStore } from '../../server/src/store/sqlite.ts';
import { buildPage } from '../build/build-page.ts';
import { addSampleFleet, SHOWN } from '../screens/sample-fleet.ts';
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
  const house = await sampleHouse(t);
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

test('nothing that is typed or told once is lost, and a fault stays where it is', {
  timeout: 300_000,
  skip: lacking('chromium'),
}, async (t) => {
  const house = await sampleHouse(t);
  const link = async (): Promise<string> => (await house.json<{ url: string }>('login')).url;
  const visitor = await Visitor.arrive(await link(), { width: 1280 });
  t.after(() => visitor.close());
  const { page } = visitor;
  await page.getByRole('heading', { name: 'Fleet' }).waitFor();

  await t.test('a quick typist finds in the editor what was typed', async () => {
    await page.goto(`${house.url}/configs/boards/${SHOWN}`);
    await page.locator('.cm-content').first().click();
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Delete');
    const typed = `{"note": "${'the quick brown fox jumps over the lazy dog, '.repeat(4)}`;
    await page.keyboard.type(typed, { delay: 5 });
    assert.ok((await page.locator('.cm-line').first().textContent())?.startsWith(typed));
  });

  const logInElsewhere = async (): Promise<void> => {
    const other = await page.context().newPage();
    await other.goto(await link());
    await other.getByRole('heading', { name: 'Fleet' }).waitFor();
    await other.close();
    await page.bringToFront();
  };

  await t.test('a draft outlives the login, and a login in another tab leads back to it', async () => {
    await page.context().clearCookies();
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText('{"period": "45s"}');
    await page.getByRole('heading', { name: 'Log in again' }).waitFor();
    for (const _ of [1, 2, 3]) await page.keyboard.press('Escape');
    assert.equal(await page.locator('dialog').count(), 1, 'it cannot be put away');
    await logInElsewhere();
    // All tabs of a browser that is driven have the focus at once
    await page.evaluate('dispatchEvent(new Event("focus"))');
    await page.locator('dialog').waitFor({ state: 'detached' });
    assert.equal(await page.locator('.cm-line').first().textContent(), '{"period": "45s"}');
  });

  await t.test('after another login in another tab this one goes on', async () => {
    await logInElsewhere();
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText('{"period": "50s"}');
    await page.getByText('It is valid for 1 board').waitFor();
    assert.equal(await page.locator('.notice.bad').count(), 0);
    page.once('dialog', (dialog) => void dialog.accept());
    await page.getByRole('link', { name: 'Fleet', exact: true }).click();
    await page.getByRole('heading', { name: 'Fleet' }).waitFor();
  });

  await t.test('a link that is opened in the tab of the page lets one in', async () => {
    await page.context().clearCookies();
    await page.reload();
    await page.getByText('Or log in with a token').waitFor();
    await page.evaluate(`location.hash = ${JSON.stringify(new URL(await link()).hash)}`);
    await page.getByRole('heading', { name: 'Fleet' }).waitFor();
    assert.equal(page.url(), `${house.url}/`, 'the secret is not left in the address');
  });

  await t.test('another browser is logged out in the settings, and this one is told apart', async () => {
    await logInElsewhere();
    await page.goto(`${house.url}/settings?tab=tokens`);
    const logins = page.locator('section', { hasText: 'Browsers that are logged in' }).locator('li');
    await logins.first().waitFor();
    const before = await logins.count();
    assert.equal(await logins.filter({ hasText: 'this one' }).count(), 1);
    assert.deepEqual(await check(visitor, 'logins'), []);
    await logins.filter({ hasNotText: 'this one' }).first().getByRole('button').click();
    await page.locator('dialog .danger').click();
    await logins.nth(before - 1).waitFor({ state: 'detached' });
  });

  await t.test('a board that has an alert leads to it', async () => {
    await page.goto(`${house.url}/boards/cellar-2`);
    await page.getByRole('link', { name: '1 alert' }).click();
    await page.getByText('Show those of all').waitFor();
    await page.locator('tbody tr', { hasText: 'cellar-2' }).waitFor();
    assert.equal(await page.locator('tbody tr').count(), 1);
    await page.getByRole('link', { name: 'Fleet', exact: true }).click();
  });

  await t.test('what a field says follows the address', async () => {
    const search = page.getByLabel('Search boards');
    await search.pressSequentially('roof');
    await page.waitForURL(/q=roof/);
    await page.getByRole('link', { name: 'Fleet', exact: true }).click();
    await page.locator('input[type=search]:placeholder-shown').waitFor();
    await page.waitForTimeout(400);
    assert.equal(page.url(), `${house.url}/`);
  });

  await t.test('boards that cannot be loaded are not asked for without end', async () => {
    let asked = 0;
    await page.route('**/api/v1/devices?*', (route) => {
      asked += 1;
      return route.fulfill({ status: 500, json: { detail: 'the disk is full' } });
    });
    await page.getByLabel('Search boards').fill('cellar');
    await page.getByText('The disk is full').waitFor();
    await page.waitForTimeout(1_000);
    // The list, and the count of the menu
    assert.ok(asked <= 3, `${asked} requests within a second`);
    await page.unrouteAll();
  });

  await t.test('a fault of a view leaves the menu as it is', async () => {
    await page.route('**/api/v1/events?*', (route) =>
      route.fulfill({ json: { events: [null], next: null } }),
    );
    await page.goto(`${house.url}/events`);
    await page.getByRole('heading', { name: 'This view has a fault' }).waitFor();
    assert.deepEqual(await check(visitor, 'a fault'), []);
    await page.unrouteAll();
    await page.getByRole('link', { name: 'Fleet', exact: true }).click();
    await page.locator('tr.row').nth(3).waitFor();
  });

  await t.test(
    'a token that is too long for a QR code is shown all the same, in lines that a terminal takes',
    async () => {
      const made = { alias: 'x', token: `perch1.${'a'.repeat(5_000)}`, broker: 'mqtts://x', expires: 1e18 };
      await page.route('**/api/v1/enrolments', (route) =>
        route.fulfill({ json: { ...made, replaces: false } }),
      );
      await page.goto(`${house.url}/enrol`);
      await page.getByLabel('Alias').fill('x');
      await page.getByRole('button', { name: 'Make the token' }).click();
      await page.getByText('Too long for a QR code').waitFor();
      assert.deepEqual(await check(visitor, 'a long token'), []);
      const lines = (await page.locator('.copied.tall code').textContent())?.split('\n');
      assert.deepEqual(
        lines?.map(({ length }) => length),
        [4_000, 1_007],
      );
      await page.unrouteAll();
    },
  );

  await t.test('a dialog stays until what it began has ended', async () => {
    await page.route('**/api/v1/webhooks', async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      await new Promise((done) => setTimeout(done, 700));
      return route.fulfill({ json: { secret: 'whsec_once' } });
    });
    await page.goto(`${house.url}/settings?tab=webhooks`);
    await page.getByRole('button', { name: 'Add one' }).click();
    await page.getByLabel('Name').fill('x');
    await page.getByLabel('Address').fill('https://example.org/');
    await page.getByRole('button', { name: 'Save' }).click();
    for (const _ of [1, 2, 3]) await page.keyboard.press('Escape');
    await page.getByText('whsec_once').waitFor();
    await page.unrouteAll();
    await page.getByRole('button', { name: 'Done' }).click();
  });

  await t.test(
    'a chart shows errors where there is no value, and leads back to the time before',
    async () => {
      await page.goto(`${house.url}/boards/${SHOWN}?range=24h`);
      const chart = page.locator('.u-over').first();
      const box = (await chart.boundingBox())!;
      await page.mouse.move(box.x + 100, box.y + 60);
      await page.mouse.down();
      await page.mouse.move(box.x + 300, box.y + 60, { steps: 5 });
      await page.mouse.up();
      await page.waitForURL(/range=\d+-\d+/);
      await chart.dblclick();
      await page.waitForURL(/range=24h/);
      await page.route('**/series?*', async (route) => {
        const answer = await (await route.fetch()).json();
        const [{ name }] = answer.series;
        const errors = [{ name, t: [answer.until - 60_000], reason: ['nak'], n: [123] }];
        return route.fulfill({
          json: { ...answer, gaps: [], series: [{ name, t: [], n: [], mean: [] }], errors },
        });
      });
      await page.reload();
      await page.getByText('no value in this time · 123 errors').waitFor();
      await page.locator('.uplot canvas').first().waitFor();
      await page.unrouteAll();
    },
  );

  assert.deepEqual(
    visitor.errors.filter((error) => !/status of (401|403|500)|TypeError/.test(error)),
    [],
  );

  await t.test('what happened while the server was away is there when it is back', async () => {
    await page.goto(`${house.url}/events`);
    await page.getByText('was published').first().waitFor();
    await house.server.end();
    await page.getByText('The live connection is interrupted').waitFor();
    const { code, output } = await house.command('token', 'add', 'while-away', '--scope', 'read');
    assert.equal(code, 0, output);
    await house.startServer();
    await page.getByText('while-away').first().waitFor();
  });
});

/** A server with a fleet to look at. */
async function sampleHouse(t: { after(undo: () => Promise<void>): void }): Promise<House> {
  await buildPage();
  const house = new House(await embeddedBroker());
  house.page = await freePort();
  t.after(() => house.close());
  const store = await openSqliteStore(databasePath(house.data));
  await addSampleFleet(store, Date.now());
  await store.close();
  await house.open();
  return house;
}

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
