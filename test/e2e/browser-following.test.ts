// Reading along in a real Chromium: the end is followed until one moves up by whatever means, and only then; and what is under one's
// hands while more comes stays as it is.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumHere, needing } from '../machine.ts';
import { type Ending, launchBrowser, phone } from './browser-stage.ts';
import { drip, type GrowthStage, openGrowth, paragraphs } from './growth-stage.ts';

let browser: Browser;
let stage: GrowthStage;
/** The page that all tests with a mouse share; each leaves it following. */
let page: Page;
let middle: { readonly x: number; readonly y: number };
const ends: (() => unknown)[] = [];

const log = '#thread-log';
const restOf = (page: Page) =>
  page.evaluate<number>(
    `(() => { const log = document.querySelector('${log}'); return log.scrollHeight - log.scrollTop - log.clientHeight; })()`,
  );
const topOf = (page: Page) => page.evaluate<number>(`document.querySelector('${log}').scrollTop`);
const latest = (page: Page) => page.locator(`${log} .latest button`);
const length = (page: Page) => page.evaluate<number>(`document.querySelector('${log}').textContent.length`);

/** Resolves when the text has grown by that much. */
async function grown(page: Page, by: number): Promise<void> {
  const before = await length(page);
  while ((await length(page)) < before + by) await page.waitForTimeout(20);
}

/** An answer that is longer than its window, and grows until it is over. */
async function follow(test: Ending, options = {}) {
  const page = await stage.visit(test, options);
  const call = await stage.ask(page, '@Rill a long story');
  call.text(`${paragraphs(12)}\n\n`);
  const over = new AbortController();
  const writing = drip(call, paragraphs(400), { size: 18, signal: over.signal });
  test.onTestFinished(async () => {
    over.abort();
    await writing;
    call.finish();
  });
  await page.locator('#thread .body p').nth(11).waitFor();
  await grown(page, 30);
  expect(await restOf(page)).toBeLessThan(30);
  const box = await page.locator(log).boundingBox();
  if (box === null) throw new Error('no log');
  return { page, middle: { x: box.x + box.width / 2, y: box.y + box.height / 2 } };
}

/** The reader is where they went, however much comes, and finds back by the button. */
async function expectFree(page: Page, top: number): Promise<void> {
  await grown(page, 300);
  expect(Math.abs((await topOf(page)) - top)).toBeLessThanOrEqual(1);
  await latest(page).waitFor();
  await latest(page).click();
  await expectFollowing(page);
}

async function expectFollowing(page: Page): Promise<void> {
  await grown(page, 300);
  expect(await restOf(page)).toBeLessThanOrEqual(4);
  expect(await latest(page).isVisible()).toBe(false);
}

describe('who reads along while an answer grows', { ...needing(chromiumHere), timeout: 30_000 }, () => {
  beforeAll(async () => {
    browser = await launchBrowser();
    stage = await openGrowth(browser);
    ({ page, middle } = await follow({ onTestFinished: (end) => void ends.push(() => end({} as never)) }));
  });
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
    await browser?.close();
    await stage?.close();
  });

  it('is free from the first small step of a slow scroll with the trackpad: 288 px are 288 px', async () => {
    await page.mouse.move(middle.x, middle.y);
    // The first step is enough to be free.
    await page.mouse.wheel(0, -4);
    await page.waitForTimeout(100);
    const before = await topOf(page);
    for (let step = 0; step < 72; step += 1) {
      await page.mouse.wheel(0, -4);
      await page.waitForTimeout(8);
    }
    await page.waitForTimeout(200);
    const top = await topOf(page);
    expect(Math.abs(before - top - 288)).toBeLessThanOrEqual(1);
    await expectFree(page, top);
  });

  it('is free after one step of a single pixel, and follows again by scrolling to the end', async () => {
    await page.mouse.move(middle.x, middle.y);
    await page.mouse.wheel(0, -1);
    await page.waitForTimeout(100);
    const top = await topOf(page);
    await grown(page, 300);
    expect(await topOf(page)).toBe(top);
    for (let step = 0; step < 10; step += 1) await page.mouse.wheel(0, 2_000);
    await expectFollowing(page);
  });

  it('is free by touch', async (test) => {
    const { page, middle } = await follow(test, { viewport: phone, hasTouch: true, isMobile: true });
    const client = await page.context().newCDPSession(page);
    const touch = (type: string, y?: number) =>
      client.send('Input.dispatchTouchEvent', {
        type: type as 'touchStart',
        touchPoints: y === undefined ? [] : [{ x: middle.x, y }],
      });
    await touch('touchStart', middle.y);
    for (let step = 1; step <= 30; step += 1) {
      await touch('touchMove', middle.y + 3 * step);
      await page.waitForTimeout(8);
    }
    await touch('touchEnd');
    await page.waitForTimeout(400);
    await expectFree(page, await topOf(page));
  });

  for (const key of ['ArrowUp', 'PageUp', 'Shift+Space', 'Home'])
    it(`is free by the keyboard: ${key}`, async () => {
      await page.locator(log).focus();
      await page.keyboard.press(key);
      await page.waitForTimeout(400);
      const top = await topOf(page);
      expect(await restOf(page)).toBeGreaterThan(20);
      await expectFree(page, top);
    });

  it('is free by dragging the scrollbar', async () => {
    const place = await page.evaluate<{ x: number; y: number; width: number }>(
      `(() => { const log = document.querySelector('${log}'); const box = log.getBoundingClientRect();
        const width = log.offsetWidth - log.clientWidth;
        return { width, x: box.right - width / 2, y: box.bottom - 20 }; })()`,
    );
    expect(place.width).toBeGreaterThan(5);
    await page.mouse.move(place.x, place.y);
    await page.mouse.down();
    for (let step = 1; step <= 10; step += 1) {
      await page.mouse.move(place.x, place.y - 6 * step);
      await page.waitForTimeout(16);
    }
    await page.mouse.up();
    await page.waitForTimeout(100);
    expect(await restOf(page)).toBeGreaterThan(100);
    await expectFree(page, await topOf(page));
  });

  it('selects words in peace: the text under the pointer stays, and so does the selection', async () => {
    const all = page.locator('#thread .body p');
    const last = all.nth((await all.count()) - 2);
    const box = await last.boundingBox();
    if (box === null) throw new Error('not in sight');
    await page.mouse.move(box.x + 4, box.y + 8);
    await page.mouse.down();
    await page.mouse.move(box.x + 150, box.y + 8, { steps: 4 });
    const held = await last.boundingBox();
    await grown(page, 200);
    await page.mouse.move(box.x + 160, box.y + 8);
    expect((await last.boundingBox())?.y).toBe(held?.y);
    const chosen = await page.evaluate<string>('getSelection().toString()');
    expect(chosen.length).toBeGreaterThan(8);
    await page.mouse.up();
    const top = await topOf(page);
    await grown(page, 300);
    expect(await page.evaluate('getSelection().toString()')).toBe(chosen);
    await expectFree(page, top);
  });

  it('always sees what they write themselves, wherever they were', async () => {
    await page.mouse.move(middle.x, middle.y);
    await page.mouse.wheel(0, -500);
    await latest(page).waitFor();
    await page.locator('#thread-compose textarea').fill('And a word of my own');
    await page.keyboard.press('Enter');
    const own = page.locator('#thread .said', { hasText: 'a word of my own' });
    await own.waitFor();
    await page.waitForTimeout(100);
    const box = await own.boundingBox();
    const view = await page.locator(log).boundingBox();
    expect(box?.y).toBeGreaterThan(view?.y ?? Number.NaN);
    expect((box?.y ?? Number.NaN) + (box?.height ?? 0)).toBeLessThanOrEqual(
      (view?.y ?? 0) + (view?.height ?? 0),
    );
  });
});
