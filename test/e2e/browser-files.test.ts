// Files in the playground, in a real Chromium: chosen, pasted and dropped; shown as chips, then with their message; given to the model.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumHere, needing } from '../machine.ts';
import {
  answer,
  ended,
  inspect,
  launchBrowser,
  phone,
  pictureBoth,
  type SharedPlayground,
  sharePlayground,
} from './browser-stage.ts';

let browser: Browser;
let shared: SharedPlayground;

/** A picture of 120 by 80 pixels, drawn by the browser itself. */
const draw = (page: Page) =>
  page.evaluate<string>(`(() => {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: 120, height: 80 });
    const context = canvas.getContext('2d');
    context.fillStyle = '#0b7a75';
    context.fillRect(0, 0, 120, 80);
    context.fillStyle = '#e8dfcf';
    context.fillRect(20, 20, 80, 40);
    return canvas.toDataURL('image/png').split(',')[1];
  })()`);
const chips = (page: Page) => page.locator('#channel-compose .chip');
const csv = { name: 'numbers.csv', mimeType: 'text/csv', buffer: Buffer.from('a,b\n1,2\n') };
const choose = async (page: Page, files: readonly { name: string; mimeType: string; buffer: Buffer }[]) => {
  const chooser = page.waitForEvent('filechooser');
  await page.locator('#channel-compose').getByRole('button', { name: 'Attach files' }).click();
  await (await chooser).setFiles([...files]);
};
/** Lets an event with files happen, as pasting and dropping make them. */
const give = (page: Page, type: 'paste' | 'drop', place: string, name: string, data: string, more = '') =>
  page.evaluate(`(() => {
    const bytes = Uint8Array.from(atob('${data}'), (character) => character.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], '${name}', { type: 'image/png' }));
    ${more}
    const place = document.querySelector('${place}');
    place.dispatchEvent(
      '${type}' === 'paste'
        ? new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true })
        : new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }),
    );
  })()`);

describe('files in the playground', { ...needing(chromiumHere), timeout: 40_000 }, () => {
  beforeAll(async () => {
    browser = await launchBrowser();
    shared = await sharePlayground(() => browser);
  });
  afterAll(async () => {
    await shared?.close();
    await browser?.close();
  });

  it('are chosen, pasted and dropped; each is a chip with name and size that can be taken away', async (test) => {
    const page = await shared.visit(test);
    const png = await draw(page);
    await choose(page, [csv, { name: '报告.txt', mimeType: 'text/plain', buffer: Buffer.alloc(2_100, 97) }]);
    await chips(page).getByText('2.1 KB').waitFor();
    await give(page, 'paste', '#channel-compose textarea', 'image.png', png);
    await give(page, 'drop', '#channel-log', 'dropped.png', png);
    await expect.poll(() => chips(page).count()).toBe(4);
    await page.locator('#channel-compose textarea').fill('look at these');
    await pictureBoth(page, 'chips');
    await page.setViewportSize(phone);
    expect(await inspect(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    await page.setViewportSize({ width: 1280, height: 860 });
    await page.getByRole('button', { name: 'Remove 报告.txt' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => chips(page).count()).toBe(3);
    await page.locator('#channel-compose textarea').focus();
    await page.keyboard.press('Enter');
    const message = page.locator('#channel-log .m').last();
    await message.getByText('numbers.csv').waitFor();
    await expect.poll(() => chips(page).count()).toBe(0);
    const images = message.locator('img');
    expect(await images.count()).toBe(2);
    const isShown = () =>
      page.evaluate(
        `[...document.querySelectorAll('#channel-log img')].every((image) => image.naturalWidth === 120)`,
      );
    await expect.poll(isShown).toBe(true);
    // Not blown up.
    expect(
      await images.first().evaluate('getComputedStyle(document.querySelector("#channel-log img")).objectFit'),
    ).toBe('scale-down');
    await pictureBoth(page, 'files');
    expect(await inspect(page)).toEqual([]);

    const other = await shared.visit(test);
    const download = other.waitForEvent('download');
    await other.locator('.files a', { hasText: 'numbers.csv' }).click();
    expect((await download).suggestedFilename()).toBe('numbers.csv');
  });

  it('of a question reach the model; what it cannot read is named below the answer', async (test) => {
    const page = await shared.visit(test, { path: '/dm' });
    const buffer = Buffer.from(await draw(page), 'base64');
    await choose(page, [csv, { name: 'chart.png', mimeType: 'image/png', buffer }]);
    await page.locator('#channel-compose textarea').fill('What do these say?');
    await page.keyboard.press('Enter');
    const reply = page.locator('#channel-log .m[data-state="complete"]');
    await reply.waitFor();
    const text = await reply.textContent();
    expect(text).toContain('With it came numbers.csv, chart.png.');
    expect(text).toContain('Not read: chart.png.');
    await pictureBoth(page, 'files-direct');
  });

  it('that are too large, too many or empty are refused in words, before anything is sent', async (test) => {
    const page = await shared.visit(test, { path: '/c/engineering' });
    const toFile = (name: string, size: number) => ({
      name,
      mimeType: 'text/plain',
      buffer: Buffer.alloc(size, 97),
    });
    await choose(page, [toFile('big.log', 5 * 1024 * 1024 + 1), csv]);
    await page.getByText('big.log is larger than 5.0 MB.').waitFor();
    expect(await chips(page).count()).toBe(1);
    await choose(page, [toFile('nothing.txt', 0)]);
    await page.getByText('nothing.txt is empty.').waitFor();
    // Each of several is said, and what is too many of them too.
    await choose(page, [toFile('nothing.txt', 0), toFile('big.log', 5 * 1024 * 1024 + 1)]);
    await page.getByText('nothing.txt is empty. big.log is larger than 5.0 MB.').waitFor();
    await choose(
      page,
      Array.from({ length: 6 }, (_, n) => toFile(`n${n}.txt`, 0)),
    );
    await page.getByText('n3.txt is empty. 2 more files were not taken.').waitFor();
    expect(await chips(page).count()).toBe(1);
    await choose(
      page,
      Array.from({ length: 12 }, (_, n) => toFile(`f${n}.txt`, 10)),
    );
    await page.getByText('No more than 10 files go with one message.').waitFor();
    expect(await chips(page).count()).toBe(10);
    // Files alone are a message too.
    await page.locator('#channel-compose textarea').focus();
    await page.keyboard.press('Enter');
    await page.locator('#channel-log .files li').nth(9).waitFor();
    expect(await page.locator('#channel-log .said').isVisible()).toBe(false);
  });

  it('that do not get through are marked, and nothing goes without them', async (test) => {
    const page = await shared.visit(test, { path: '/c/翻译' });
    await page.evaluate(`(() => {
      const real = window.fetch;
      window.fetch = (address, options) =>
        address.startsWith('/files') ? Promise.resolve(new Response('', { status: 503 })) : real(address, options);
    })()`);
    await choose(page, [csv]);
    await chips(page).getByText('not uploaded').waitFor();
    await page.locator('#channel-compose textarea').fill('see the file');
    await page.keyboard.press('Enter');
    await page.getByText('A file was not uploaded.').waitFor();
    expect(await page.locator('#channel-compose textarea').inputValue()).toBe('see the file');
    await page.getByRole('button', { name: 'Remove numbers.csv' }).click();
    await page.locator('#channel-compose textarea').focus();
    await page.keyboard.press('Enter');
    await page.locator('#channel-log .said', { hasText: 'see the file' }).waitFor();
  });

  it('pasted with words of their own stay words', async (test) => {
    const page = await shared.visit(test);
    await give(
      page,
      'paste',
      '#channel-compose textarea',
      'table.png',
      await draw(page),
      `transfer.setData('text/plain', 'a\\tb');`,
    );
    await page.waitForTimeout(200);
    expect(await chips(page).count()).toBe(0);
  });

  it('go to the thread where they are dropped on it', async (test) => {
    const page = await shared.visit(test, { path: '/c/翻译' });
    await page.locator('#channel-compose textarea').fill('something to talk about');
    await page.keyboard.press('Enter');
    await page.locator('#channel-log .open').first().click();
    await give(page, 'drop', '#thread-log', 'in-thread.png', await draw(page));
    await page.locator('#thread-compose .chip').waitFor();
    await page.locator('#thread-compose textarea').fill('@Rill show me code');
    await page.keyboard.press('Enter');
    await page.locator('#thread .files img').first().waitFor();
    await ended(page, 'complete');
    expect(await answer(page).textContent()).toContain('in-thread.png');
  });
});
