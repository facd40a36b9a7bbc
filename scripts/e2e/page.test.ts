// What a person does who never read the book: everything on the page, in a real browser, with a real board.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildPage } from '../build/build-page.ts';
import { compilerOf } from '../build/compile-addon.ts';
import { e2eExecutable } from '../build/e2e-executables.ts';
import { hostTarget } from '../build/targets.ts';
import { lacking } from '../test/programs.ts';
import { Visitor } from './browser.ts';
import { embeddedBroker, House } from './house.ts';
import { freePort } from './processes.ts';

const { platform } = hostTarget();

test('a board is enrolled, approved, watched, configured, updated and shut out on the page', {
  timeout: 600_000,
  skip: lacking('chromium', compilerOf(hostTarget()).program),
}, async (t) => {
  await buildPage();
  const house = new House(await embeddedBroker());
  house.page = await freePort();
  t.after(() => house.close());
  await house.open();
  const { url } = await house.json<{ url: string }>('login');
  const visitor = await Visitor.arrive(url);
  t.after(() => visitor.close());
  const { page } = visitor;
  const at = (path: string) => page.goto(`${house.url}${path}`);

  await page.getByRole('heading', { name: 'Fleet' }).waitFor();
  assert.equal(page.url(), `${house.url}/`, 'the secret is not left in the address');
  await page.getByRole('link', { name: 'Enrol a board' }).last().waitFor();

  // A token without a secret: the board has to be approved.
  await at('/enrol');
  await page.locator('input[maxlength="64"]').fill('greenhouse-1');
  await page.getByText('The token lets the board in by itself').click();
  await page.locator('button[type=submit]').click();
  const token = (await page.locator('.copied.tall code').textContent()) ?? '';
  const board = house.board('greenhouse-1');
  const enrolled = await board.command(['enroll', '-', '--json'], token);
  assert.equal(enrolled.code, 0, enrolled.output);
  const { fingerprint } = JSON.parse(enrolled.output) as { fingerprint: string };
  await board.start();

  await at('/approvals');
  const waiting = page.locator('li', { hasText: 'greenhouse-1' });
  assert.equal((await waiting.locator('.fingerprint').textContent())?.replace(/\s/g, ''), fingerprint);
  await page.locator('button[aria-label^="Let in: greenhouse-1"]').click();
  await board.says('the server lets this board in');

  await at('/');
  await page.locator('tr.row', { hasText: 'greenhouse-1' }).getByText('online').first().waitFor();
  await page.getByRole('link', { name: 'greenhouse-1' }).click();
  await page.locator('.values tr', { hasText: 'sys.load15' }).waitFor();
  await page.locator('.uplot canvas').first().waitFor();

  await at('/configs/boards/greenhouse-1');
  await page.locator('.cm-content').first().click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText('{"period": "1 fortnight", "sensors": []}');
  await page.getByText('1 fault').waitFor();
  await page.locator('.cm-content').first().click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(
    '{"period":"500ms","sensors":[{"id":"sys","driver":"sysfs","proc":["uptime"]}]}',
  );
  await page.locator('.editor-foot .main:not([disabled])').click();
  await page.locator('dialog button[type=submit]').click();
  await page.locator('.answer .ok').waitFor();
  await house.untilRecord(
    'greenhouse-1',
    ({ values }) => values['sys.uptime'] !== undefined && values['sys.load1'] === undefined,
    'a record by the new config',
  );

  await at('/releases');
  for (const version of ['0.1.0', '0.2.0']) {
    await page.getByRole('button', { name: 'Publish', exact: false }).last().click();
    await page.getByLabel('Executable').setInputFiles(await e2eExecutable(platform, version));
    await page.getByLabel('Version').fill(version);
    await page.getByLabel('Platform').selectOption(platform);
    await page.getByLabel('Hold it').check();
    await page.locator('dialog button[type=submit]').click();
    await page.locator('dialog').waitFor({ state: 'detached' });
    await page.locator('tr', { hasText: version }).first().waitFor();
  }
  await at('/rollouts/new');
  await page.getByLabel('Version').fill('0.2.0');
  await page.getByRole('button', { name: 'Begin' }).click();
  await page.waitForURL(/\/rollouts\/1$/);
  await board.says('release 0.2.0 is in force', 300_000);

  await at('/boards/greenhouse-1/manage');
  await page.getByRole('button', { name: 'Revoke this board' }).click();
  await page.locator('dialog input').fill('greenhouse-1');
  await page.locator('dialog button[type=submit]').click();
  await page.locator('.state', { hasText: 'revoked' }).first().waitFor();
  await board.says(/not whitelisted/);

  await at('/events');
  for (const text of ['let in with the key', 'was published', 'shut out'])
    await page.getByText(text).first().waitFor();
  assert.deepEqual(visitor.errors, []);
  assert.deepEqual([...visitor.elsewhere], [], 'nothing is asked of any other host');
});
