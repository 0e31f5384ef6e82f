// The playground by keyboard, in a real Chromium: where the focus is, how a log is gone through, and what the keys do.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumHere, needing } from '../machine.ts';
import {
  answer,
  ask,
  ended,
  inspect,
  launchBrowser,
  phone,
  picture,
  pictureBoth,
  type SharedPlayground,
  sharePlayground,
} from './browser-stage.ts';

let browser: Browser;
let shared: SharedPlayground;

/** What has the focus, in short. */
const focused = (page: Page) =>
  page.evaluate<string>(`(() => {
    const { tagName, id, className, textContent } = document.activeElement;
    const within = document.activeElement.closest('.compose, .log')?.id ?? '';
    return [within, tagName, id || className, textContent.slice(0, 40)].join(' ').trim();
  })()`);
const press = async (page: Page, ...keys: readonly string[]) => {
  for (const key of keys) await page.keyboard.press(key);
};
const said = (page: Page, log = '#channel-log') => page.locator(`${log} .said`);

describe('the playground by keyboard', { ...needing(chromiumHere), timeout: 40_000 }, () => {
  beforeAll(async () => {
    browser = await launchBrowser();
    shared = await sharePlayground(() => browser);
    // Something to go through, for every test.
    const page = await browser.newPage();
    await page.goto(shared.url);
    await page.locator('.rail li').first().waitFor();
    await ask(page, '@Rill show me code');
    await ended(page, 'complete');
    await page.close();
  });
  afterAll(async () => {
    await shared?.close();
    await browser?.close();
  });

  it('begins in the composer, also of an open thread, but not where a keyboard would cover a phone', async (test) => {
    const page = await shared.visit(test);
    await page.keyboard.type('@Rill hello');
    await press(page, 'Enter');
    await answer(page).waitFor();
    expect(await focused(page)).toMatch(/^channel-compose TEXTAREA/);
    await page.reload();
    await answer(page).waitFor();
    expect(await focused(page)).toMatch(/^thread-compose TEXTAREA/);
    const other = await shared.visit(test, { viewport: phone, hasTouch: true, isMobile: true });
    await other.locator('#channel-log .m').first().waitFor();
    expect(await focused(other)).toMatch(/^BODY/);
  });

  it('has one Tab stop for a whole log; arrows go from message to message, right goes into one', async (test) => {
    const page = await shared.visit(test);
    await page.locator('#channel-log .open').first().click();
    await answer(page).locator('.code').first().waitFor();
    await page.locator('#close-thread').focus();
    await press(page, 'Tab');
    expect(await focused(page)).toMatch(/^thread-log LI m/);
    expect(await page.evaluate('document.activeElement.dataset.state')).toBe('complete');
    await picture(page, 'log-focus');
    await press(page, 'Tab');
    expect(await focused(page)).toMatch(/^thread-compose/);
    await press(page, 'Shift+Tab', 'ArrowUp');
    expect(await focused(page)).toContain('Guest 1');
    await press(page, 'ArrowUp', 'End', 'Home', 'ArrowDown');
    expect(await focused(page)).toContain('Rill');
    await press(page, 'ArrowRight');
    expect(await focused(page)).toMatch(/BUTTON/);
    const seen = new Set<string>();
    for (let n = 0; n < 6; n += 1) {
      seen.add(await focused(page));
      await press(page, 'Tab');
    }
    expect([...seen].join('\n')).toMatch(/Copy link[\s\S]*BUTTON[\s\S]*PRE/);
    expect(await inspect(page)).toEqual([]);
    await answer(page).getByRole('button', { name: 'Copy answer' }).focus();
    await press(page, 'ArrowUp');
    expect(await focused(page)).toMatch(/^thread-log LI m.*Guest 1/);
    await press(page, 'Tab');
    expect(await focused(page)).toMatch(/^thread-compose/);
  });

  it('switches channels by Ctrl-K or Cmd-K, and finds words in messages', async (test) => {
    const page = await shared.visit(test);
    await press(page, 'Control+k');
    await page.keyboard.type('eng');
    await page.getByRole('option', { name: '#engineering' }).waitFor();
    await press(page, 'Enter');
    await page.locator('#channel-name', { hasText: '# engineering' }).waitFor();
    expect(await focused(page)).toMatch(/^channel-compose TEXTAREA/);
    await press(page, 'Meta+k', 'ArrowDown', 'ArrowDown', 'ArrowDown', 'Enter');
    expect(await page.locator('#channel-name').textContent()).toBe('Rill');
    await press(page, 'Control+k');
    await page.keyboard.type('budget one.*');
    await page.getByText('Nothing found.').waitFor();
    await page.locator('#finder-field').fill('ONE  budget');
    await page.getByRole('option').first().waitFor();
    expect(await page.getByRole('option').locator('mark').first().textContent()).toBe('one');
    await pictureBoth(page, 'finder');
    expect(await inspect(page)).toEqual([]);
    await press(page, 'Enter');
    await page.locator('#thread .m.linked').waitFor();
    expect(await page.locator('#channel-name').textContent()).toBe('# help');
    await press(page, 'Control+k', 'Escape');
    expect(await page.locator('#finder').isVisible()).toBe(false);
    expect(await page.locator('#thread').isVisible()).toBe(true);
  });

  it('finds a word far down in a long answer, brings it into view and marks it', async (test) => {
    const page = await shared.visit(test, { path: '/c/翻译' });
    await ask(page, '@Rill a long answer');
    await ended(page, 'complete');
    await press(page, 'Escape');
    await press(page, 'Control+k');
    await page.keyboard.type('STEPS');
    await page.locator('#finder .found mark').first().waitFor();
    await press(page, 'Enter');
    await page.locator('#thread .linked').waitFor();
    const found = () =>
      page.evaluate(`(() => {
        const [range] = CSS.highlights.get('found') ?? [];
        const [box, log] = [range, document.querySelector('#thread-log')].map((one) => one?.getBoundingClientRect());
        return box && [range.toString(), box.top > log.top, box.bottom < log.bottom];
      })()`);
    await expect.poll(found).toEqual(['steps', true, true]);
    await pictureBoth(page, 'found');
    expect(await inspect(page)).toEqual([]);
  });

  it('edits the last message by the up arrow: its words change for all, Rill answers anew only when it is asked', async (test) => {
    const page = await shared.visit(test, { path: '/c/engineering' });
    const other = await shared.visit(test, { path: '/c/engineering' });
    await ask(page, '@Rill a tabel, please');
    await ended(page, 'complete');
    await page.locator('#channel-compose textarea').focus();
    await press(page, 'ArrowUp');
    expect(await page.locator('#channel-compose textarea').inputValue()).toBe('@Rill a tabel, please');
    await picture(page, 'editing');
    await press(page, 'Escape');
    expect(await page.locator('#channel-compose textarea').inputValue()).toBe('');
    expect(await page.locator('#thread').isVisible()).toBe(true);
    await press(page, 'ArrowUp');
    await page.locator('#channel-compose textarea').fill('@Rill show me code');
    await press(page, 'Enter');
    await said(other).getByText('show me code').waitFor();
    await other.getByText('(edited)').waitFor();
    await page.locator('#thread').getByText('Rill was asked with the words before the edit.').waitFor();
    expect(await other.getByRole('button', { name: 'Ask again' }).count()).toBe(0);
    expect(await page.locator('#thread .m[data-state]').count()).toBe(1);
    await pictureBoth(page, 'edited');
    expect(await inspect(page)).toEqual([]);
    await page.locator('#thread').getByRole('button', { name: 'Ask again' }).click();
    await page.locator('#thread .m[data-state="complete"]').nth(1).getByText('one budget').waitFor();
    expect(await page.getByRole('button', { name: 'Ask again' }).count()).toBe(0);
    // With something begun, the key moves in it.
    await page.locator('#channel-compose textarea').fill('begun');
    await press(page, 'ArrowUp');
    expect(await page.locator('#channel-compose textarea').inputValue()).toBe('begun');
  });

  it('closes the thread by Escape; a stray Enter in a thread asks nothing; drafts stay where they were begun', async (test) => {
    const page = await shared.visit(test);
    await page.locator('#channel-log .open').first().click();
    const thread = page.locator('#thread-compose textarea');
    await thread.focus();
    expect(await thread.inputValue()).toBe('');
    const count = await said(page, '#thread').count();
    await press(page, 'Enter');
    await page.keyboard.type('a draft of a reply');
    await press(page, 'Escape');
    expect(await page.locator('#thread').isVisible()).toBe(false);
    await page.locator('#channel-compose textarea').fill('a draft for all');
    await page.locator('#channels button').nth(1).click();
    expect(await page.locator('#channel-compose textarea').inputValue()).toBe('');
    await page.locator('#channels button').first().click();
    await page.reload();
    await page.locator('#channel-log .open').first().click();
    expect(await thread.inputValue()).toBe('a draft of a reply');
    expect(await page.locator('#channel-compose textarea').inputValue()).toBe('a draft for all');
    expect(await said(page, '#thread').count()).toBe(count);
  });

  it('says in a thread that Rill answers when it is mentioned, with a button that asks', async (test) => {
    const page = await shared.visit(test, { path: '/c/翻译' });
    await ask(page, '@Rill show me code');
    await ended(page, 'complete');
    await page.locator('#thread-compose textarea').fill('a table, please');
    await press(page, 'Enter');
    await page.locator('#thread').getByText('Rill answers when it is mentioned.').waitFor();
    await pictureBoth(page, 'unmentioned');
    expect(await inspect(page)).toEqual([]);
    await page.locator('#thread').getByRole('button', { name: 'Ask Rill' }).click();
    await page.locator('#thread .m[data-state="complete"] .table').waitFor();
    expect(await page.getByRole('button', { name: 'Ask Rill' }).count()).toBe(0);
  });

  it('makes the thread wider by dragging and by keys, and keeps its width', async (test) => {
    const page = await shared.visit(test);
    await page.locator('#channel-log .open').first().click();
    const widthOf = async () => Math.round((await page.locator('#thread').boundingBox())?.width ?? 0);
    const before = await widthOf();
    const divider = page.getByRole('separator', { name: 'Width of the thread' });
    const box = await divider.boundingBox();
    if (box === null) throw new Error('the divider is not shown');
    await page.mouse.move(box.x + 4, 400);
    await page.mouse.down();
    await page.mouse.move(box.x - 96, 420, { steps: 5 });
    await page.mouse.up();
    expect(Math.abs((await widthOf()) - before - 100)).toBeLessThan(6);
    const dragged = await widthOf();
    await divider.focus();
    await press(page, 'ArrowRight');
    expect(await widthOf()).toBe(dragged - 32);
    expect(await divider.getAttribute('aria-valuenow')).toBe(String(dragged - 32));
    await picture(page, 'divider');
    expect(await inspect(page)).toEqual([]);
    await page.reload();
    await page.locator('#thread .said').first().waitFor();
    expect(await widthOf()).toBe(dragged - 32);
    await divider.focus();
    await press(page, 'End');
    // The channel can still be read.
    expect((await page.locator('#channel').boundingBox())?.width).toBeGreaterThan(330);
    await press(page, 'Enter');
    expect(await widthOf()).toBe(before);
    await page.setViewportSize(phone);
    expect((await page.locator('#thread').boundingBox())?.width).toBe(phone.width);
  });
});
