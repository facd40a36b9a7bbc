import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { findProgram } from '../test/programs.ts';

/** How long a page may take to show what it should, in ms: an update is among it. */
export const PAGE_TIMEOUT = 60_000;

/** Debian's Chromium, logged in at one server. What the page should never do is noted. */
export class Visitor {
  readonly page: Page;
  /** Errors that the page wrote to the console, and what it threw. */
  readonly errors: string[] = [];
  /** Hosts that it asked, beside the server. */
  readonly elsewhere = new Set<string>();
  readonly #browser: Browser;

  private constructor(browser: Browser, page: Page, origin: string) {
    this.#browser = browser;
    this.page = page;
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(`${message.text()} (${message.location().url})`);
    });
    page.on('pageerror', (error) => this.errors.push(String(error)));
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (/^https?:$/.test(url.protocol) && url.origin !== origin) this.elsewhere.add(url.host);
    });
  }

  /** Opens a login link, as a person does. */
  static async arrive(
    link: string,
    options: { width?: number; height?: number; scheme?: 'light' | 'dark' } = {},
  ): Promise<Visitor> {
    const { width = 1280, height = 860, scheme = 'light' } = options;
    const browser = await chromium.launch({
      executablePath: findProgram('chromium') ?? 'chromium',
      // Tests run as root, where Chromium has no sandbox of its own.
      args: ['--no-sandbox'],
    });
    try {
      const context: BrowserContext = await browser.newContext({
        viewport: { width, height },
        colorScheme: scheme,
        locale: 'en-GB',
        timezoneId: 'UTC',
        reducedMotion: 'reduce',
      });
      context.setDefaultTimeout(PAGE_TIMEOUT);
      const page = await context.newPage();
      const visitor = new Visitor(browser, page, new URL(link).origin);
      await page.goto(link);
      return visitor;
    } catch (error) {
      await browser.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}
