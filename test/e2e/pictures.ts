// `npm run pictures`: the pictures of the playground in the README, taken anew: the first view, an answer that grows, and a phone.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { startPlayground } from '../fakes/playground.ts';
import { launchChromium } from './chromium.ts';

const folder = process.argv[2] ?? 'docs/images';
mkdirSync(folder, { recursive: true });
const playground = await startPlayground();
const browser = await launchChromium();

async function visit(options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-US', reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  await page.goto(playground.url);
  await page.locator('.rail li').first().waitFor({ state: 'attached' });
  return page;
}

async function askForCode(page: Page, keywords: number): Promise<void> {
  await page.locator('#channel-compose textarea').fill('@Rill show me code');
  await page.keyboard.press('Enter');
  await page.locator('#thread .hl-keyword').nth(keywords).waitFor();
}

const take = (page: Page, name: string) => page.screenshot({ path: join(folder, `${name}.png`) });

const wide = await visit({ viewport: { width: 1280, height: 760 } });
await take(wide, 'playground-first');
await askForCode(wide, 6);
await take(wide, 'playground');
const phone = await visit({
  viewport: { width: 390, height: 760 },
  isMobile: true,
  hasTouch: true,
  colorScheme: 'dark',
});
await askForCode(phone, 3);
await take(phone, 'playground-phone');

await browser.close();
await playground.close();
console.log(`The pictures are in ${folder}.`);
