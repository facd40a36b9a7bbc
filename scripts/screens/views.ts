import type { Page } from 'playwright-core';
import { SHOWN } from './sample-fleet.ts';

/** A view of the page: how one gets there, and what is there when it is. */
export interface View {
  name: string;
  path: string;
  /** Does what it takes to see all of it. */
  settle(page: Page): Promise<unknown>;
}

const heading = (name: string | RegExp) => (page: Page) =>
  page.getByRole('heading', { name }).first().waitFor();
const text = (words: string) => (page: Page) => page.getByText(words).first().waitFor();

/** Every view, for a fleet as sample-fleet.ts makes it. */
export const VIEWS: readonly View[] = [
  { name: 'fleet', path: '/', settle: (page) => page.locator('tr.row').nth(3).waitFor() },
  {
    name: 'board',
    path: `/boards/${SHOWN}`,
    settle: (page) => page.locator('.uplot canvas').first().waitFor(),
  },
  { name: 'board-condition', path: `/boards/${SHOWN}/condition`, settle: heading(SHOWN) },
  { name: 'board-events', path: `/boards/${SHOWN}/events`, settle: text('runs 0.3.0 now') },
  { name: 'board-manage', path: `/boards/${SHOWN}/manage`, settle: text('Revoke this board') },
  { name: 'approvals', path: '/approvals', settle: text('greenhouse-7') },
  { name: 'enrol', path: '/enrol', settle: heading(/Enrol/) },
  { name: 'configs', path: '/configs', settle: heading(/Configs/) },
  {
    name: 'config',
    path: `/configs/boards/${SHOWN}`,
    settle: (page) => page.locator('.cm-line').first().waitFor(),
  },
  { name: 'releases', path: '/releases', settle: text('0.3.0') },
  { name: 'rollouts', path: '/rollouts', settle: text('0.3.0') },
  { name: 'rollout', path: '/rollouts/1', settle: text('0.3.0') },
  { name: 'rollout-new', path: '/rollouts/new', settle: heading('Begin a rollout') },
  { name: 'alerts', path: '/alerts', settle: text('cellar-2') },
  { name: 'events', path: '/events', settle: text('was published') },
  { name: 'settings', path: '/settings', settle: heading('Settings') },
  { name: 'settings-tokens', path: '/settings?tab=tokens', settle: text('logged in') },
  { name: 'api', path: '/api', settle: text('List boards') },
];

/** Nothing moves any more: pictures and checks see the same thing each time. */
export async function quiet(page: Page): Promise<void> {
  await page.evaluate('document.fonts.ready.then(() => undefined)');
  await page.waitForTimeout(300);
}
