// What a reader is told of what came while they looked elsewhere, in a real Chromium: unread marks, the tab's title, notifications; and how
// the channel's list shows answers that run and answers that failed.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumHere, needing } from '../machine.ts';
import {
  ask,
  ended,
  inspect,
  launchBrowser,
  pictureBoth,
  type SharedPlayground,
  sharePlayground,
} from './browser-stage.ts';

let browser: Browser;
let shared: SharedPlayground;

/** As if another tab, or another window, were looked at; no browser without a screen has any. */
const look = (page: Page, isHere: boolean) =>
  page.evaluate(`(() => {
    Object.defineProperty(document, 'hidden', { configurable: true, value: ${!isHere} });
    document.dispatchEvent(new Event('visibilitychange'));
  })()`);
const marks = (page: Page) => page.locator('.rail .count').allTextContents();

describe('the playground that is not looked at', { ...needing(chromiumHere), timeout: 40_000 }, () => {
  beforeAll(async () => {
    browser = await launchBrowser();
    shared = await sharePlayground(() => browser, { tokensPerSecond: 60 });
  });
  afterAll(async () => {
    await shared?.close();
    await browser?.close();
  });

  it('marks what was not read, over reloads too, and counts it in the tab', async (test) => {
    const page = await shared.visit(test);
    const other = await shared.visit(test, { path: '/c/engineering' });
    await page.locator('#channel-name', { hasText: '# help' }).waitFor();
    await ask(other, 'one');
    await ask(other, 'two');
    await ask(other, '@Rill show me code');
    await ended(other, 'complete');
    // Two messages, a question, and its answer.
    await page.locator('.rail .count', { hasText: '4' }).waitFor();
    expect(await page.title()).toBe('(4) #help · Rill');
    await pictureBoth(page, 'unread');
    expect(await inspect(page)).toEqual([]);
    await page.reload();
    await page.locator('.rail .count', { hasText: '4' }).waitFor();
    await page.getByRole('button', { name: '# engineering' }).click();
    await page.locator('.rail .count').waitFor({ state: 'detached' });
    expect(await page.title()).toBe('#engineering · Rill');
    await page.getByRole('button', { name: '# help' }).click();
    await page.reload();
    await page.locator('#channel-name', { hasText: '# help' }).waitFor();
    expect(await marks(page)).toEqual([]);
    await ask(other, 'three');
    await page.locator('.rail .count', { hasText: '1' }).waitFor();
    // One's own are no news to oneself.
    expect(await marks(other)).toEqual([]);
    await other.reload();
    await other.locator('#channel-log .said').last().waitFor();
    expect(await marks(other)).toEqual([]);
  });

  it('counts in the tab also what came to the open channel, until it is looked at', async (test) => {
    const page = await shared.visit(test, { path: '/c/翻译' });
    const other = await shared.visit(test, { path: '/c/翻译' });
    await look(page, false);
    await ask(other, 'hello there');
    await expect.poll(() => page.title()).toBe('(1) #翻译 · Rill');
    await look(page, true);
    await expect.poll(() => page.title()).toBe('#翻译 · Rill');
  });

  it('notifies, where that is allowed, when an answer has ended in the background; a click leads to it', async (test) => {
    const page = await shared.visit(test);
    await page.context().grantPermissions(['notifications']);
    await page.addInitScript(`
      window.notes = [];
      window.Notification = class extends EventTarget {
        static permission = 'granted';
        static requestPermission = async () => 'granted';
        constructor(title, options) { super(); window.notes.push({ title, ...options, note: this }); }
        close() {}
      };
    `);
    await page.reload();
    const count = () => page.evaluate<number>('window.notes.length');
    const answerIn = async (isHere: boolean) => {
      await ask(page, '@Rill a table, please');
      await page.locator('#thread .body').last().waitFor();
      await look(page, isHere);
      await ended(page, 'complete');
      await look(page, true);
    };
    await answerIn(false);
    expect(await count()).toBe(0);
    await page.getByRole('button', { name: 'Notify me of answers' }).click();
    await page.getByRole('button', { name: 'Stop notifying me' }).waitFor();
    await answerIn(true);
    expect(await count()).toBe(0);
    const pathOf = () => new URL(page.url()).pathname;
    const before = pathOf();
    await ask(page, '@Rill show me code');
    await expect.poll(pathOf).not.toBe(before);
    await page.locator('#thread .body').last().waitFor();
    const thread = pathOf();
    await page.getByRole('button', { name: '# engineering' }).click();
    await look(page, false);
    await expect.poll(count, { timeout: 15_000 }).toBe(1);
    const note = await page.evaluate<{ title: string; body: string }>(
      '({ title: window.notes[0].title, body: window.notes[0].body })',
    );
    expect(note.title).toBe('Rill has answered.');
    expect(note.body).toContain('Give every workspace');
    await look(page, true);
    await page.evaluate(`window.notes[0].note.dispatchEvent(new Event('click'))`);
    await page.locator('#thread .m.linked').waitFor();
    await expect.poll(pathOf).toContain(thread);
  });

  it('shows in the channel which answers run and which failed, with Retry beside them', async (test) => {
    const page = await shared.visit(test, { path: '/c/engineering' });
    await ask(page, '@Rill fail with 402');
    const line = page.locator('#channel-log .m').last().locator('.thread-line');
    await line.getByText('failed').waitFor();
    await page.keyboard.press('Escape');
    await pictureBoth(page, 'failed-in-list');
    expect(await inspect(page)).toEqual([]);
    await line.getByRole('button', { name: 'Retry' }).click();
    await line.getByText('running').waitFor();
    expect(await line.getByRole('button', { name: 'Retry' }).isVisible()).toBe(false);
    await line.getByText(/^1 reply · \d/).waitFor();
  });
});
