// A real Chromium before the playground: a browser's page as a visitor has it, pictures of it, and what axe says of it.

import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect, type TestContext } from 'vitest';
import type { WebOptions } from '../../adapters/web/platform.ts';
import { startPlayground } from '../fakes/playground.ts';
import { launchChromium } from './chromium.ts';

/** Where pictures are kept; without it none are taken. */
const pictures = process.env.SCREENSHOTS;
const wide = { width: 1280, height: 860 };
export const phone = { width: 390, height: 844 };

export function launchBrowser(...more: readonly string[]): Promise<Browser> {
  if (pictures) mkdirSync(pictures, { recursive: true });
  return launchChromium(...more);
}

/** Where it is told when a test is over; a whole file has its own. */
export type Ending = Pick<TestContext, 'onTestFinished'>;
type Visit = (options?: BrowserContextOptions) => Promise<Page>;

/** Opens pages of their own visitors. At the end of the test they are closed, and nothing may have been complained of. */
export function createVisits(browser: Browser, url: string, { onTestFinished }: Ending): Visit {
  const troubles: string[] = [];
  const ends: (() => Promise<void>)[] = [];
  onTestFinished(async () => {
    await Promise.all(ends.map((end) => end()));
    expect(troubles).toEqual([]);
  });
  return async (options = {}) => {
    const context = await browser.newContext({ viewport: wide, locale: 'en-US', ...options });
    ends.push(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => troubles.push(error.message));
    page.on('console', (line) => {
      if (line.type() === 'error' || line.type() === 'warning') troubles.push(line.text());
    });
    page.on('dialog', (dialog) => {
      troubles.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.goto(url);
    return page;
  };
}

/** A playground of the test's own, with the demo model at three times its speed; at its own where something is to happen meanwhile. */
export async function openPlayground(
  browser: Browser,
  test: TestContext,
  { tokensPerSecond = 120 } = {},
): Promise<Visit> {
  const playground = await startPlayground({}, { idleMs: 1_200, tokensPerSecond });
  test.onTestFinished(() => playground.close());
  const visit = createVisits(browser, playground.url, test);
  return async (options) => {
    const page = await visit(options);
    await page.locator('.rail li').first().waitFor({ state: 'attached' });
    return page;
  };
}

export interface SharedPlayground {
  readonly url: string;
  /** A new visitor's page, once it shows what the server has. */
  visit(test: TestContext, options?: BrowserContextOptions & { readonly path?: string }): Promise<Page>;
  close(): Promise<void>;
}

/** One playground for all tests of a file. */
export async function sharePlayground(
  browser: () => Browser,
  {
    tokensPerSecond = 200,
    port = 0,
    ...options
  }: Partial<WebOptions> & { tokensPerSecond?: number; port?: number } = {},
): Promise<SharedPlayground> {
  const playground = await startPlayground(options, { idleMs: 1_200, tokensPerSecond, port });
  return {
    url: playground.url,
    close: playground.close,
    async visit(test, { path = '', ...more } = {}) {
      const page = await createVisits(browser(), playground.url + path, test)(more);
      await page.locator('.rail li').first().waitFor({ state: 'attached' });
      return page;
    },
  };
}

export async function ask(page: Page, text: string): Promise<void> {
  await page.locator('#channel-compose textarea').fill(text);
  await page.keyboard.press('Enter');
}

/** The newest reply in the open thread. */
export const answer = (page: Page) => page.locator('#thread .m[data-state]').last();

export const ended = (page: Page, state: string) =>
  page.locator(`#thread .m[data-state="${state}"]`).last().waitFor();

/** Light and dark, at the page's size. */
export async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return;
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    const size = page.viewportSize()?.width;
    await page.screenshot({ path: join(pictures, `${name}-${size}-${scheme}.png`) });
  }
}

/** Light and dark, on a wide screen and on a phone. */
export async function pictureBoth(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return;
  await picture(page, name);
  await page.setViewportSize(phone);
  await picture(page, name);
  await page.setViewportSize(wide);
}

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** What axe finds in both colour schemes that is serious or worse, as `rule: element`. */
export async function inspect(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const violations = await page.evaluate<Violation[]>('axe.run().then(({ violations }) => violations)');
    for (const { id, impact, nodes } of violations)
      if (impact === 'serious' || impact === 'critical')
        found.push(
          ...nodes.map(({ html, failureSummary }) => `${id} (${colorScheme}): ${html} ${failureSummary}`),
        );
  }
  return found;
}
