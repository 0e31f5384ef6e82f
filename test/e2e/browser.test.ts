// The playground in a real Chromium: what a person sees and can do there. Left out where there is no Chromium.
// Every test has its own playground and its own visitors, so that they can go on side by side.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseQuestion, toAnswer } from '../../src/model/demo/answers.ts';
import { chromiumHere, needing } from '../machine.ts';
import { attack, attacks, findTraces } from './browser-attacks.ts';
import {
  answer,
  ask,
  createVisits,
  ended,
  inspect,
  launchBrowser,
  openPlayground,
  phone,
  picture,
  pictureBoth,
} from './browser-stage.ts';
import { startProgram } from './program.ts';

let browser: Browser;

/** What the chips of the failures say. */
const chips: Readonly<Record<string, string>> = {
  drop: 'Drop the connection',
  eof: 'End the stream too early',
  stall: 'Fall silent half-way',
  broken: 'Break off again and again',
  length: 'Reach the token limit',
  filter: 'Cut by the content filter',
  '429': 'Refuse: too many questions',
  '402': 'Refuse: no money left',
};

/** Asks for failures by their chips, and opens their threads. */
async function failBy(page: Page, names: readonly string[]): Promise<(name: string) => Promise<void>> {
  for (const [index, name] of names.entries()) {
    await page.getByRole('button', { name: chips[name] ?? name, exact: true }).click();
    await page.locator('#channel-log .m').nth(index).waitFor();
  }
  return async (name) => {
    await page.locator('#channel-log .open').nth(names.indexOf(name)).click();
    await page.locator('#thread-name').waitFor();
  };
}

/** The only reply in the open thread holds all that the demo model says to this failure. */
async function expectWhole(page: Page, fault: string): Promise<void> {
  await ended(page, 'complete');
  expect(await page.locator('#thread .m[data-state]').count()).toBe(1);
  expect(await answer(page).locator('.body').innerText()).toBe(toAnswer(parseQuestion(fault)).text);
}

const pressContinue = (page: Page) =>
  page.locator('#thread').getByRole('button', { name: 'Continue' }).click();
const endLine = (page: Page) => answer(page).locator('.end').textContent();

describe.concurrent('the playground in a browser', { ...needing(chromiumHere), timeout: 60_000 }, () => {
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it('says what a refusal means, and answers after Retry in the same message', async (test) => {
    const page = await (await openPlayground(browser, test))();
    const open = await failBy(page, ['429', '402']);
    for (const status of ['402', '429']) {
      await open(status);
      await ended(page, 'broken');
      expect(await answer(page).locator('.note').textContent()).toContain(status);
      if (status === '402') await picture(page, 'no-balance');
      await page.locator('#thread').getByRole('button', { name: 'Retry' }).click();
      await expectWhole(page, status);
    }
  });

  it('asks for the token, says when it is wrong, lets in, and answers', async (test) => {
    const program = startProgram({ WEB: 'on', WEB_TOKEN: 'open sesame, open', LOG_LEVEL: 'warn' });
    test.onTestFinished(async () => expect(await program.stop()).toBe(0));
    const url = `${await program.listening()}/c/engineering`;
    const page = await createVisits(browser, url, test)({ viewport: phone });
    await page.getByLabel('Token').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('That was not the token').waitFor();
    await picture(page, 'login');
    expect(await inspect(page)).toEqual([]);
    await page.getByLabel('Token').fill('open sesame, open');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('Demo model.').waitFor();
    // Where the address led before the token was asked for.
    await expect.poll(() => page.url()).toBe(url);
    await ask(page, '@Rill how do I connect Discord?');
    await ended(page, 'complete');
    expect(await answer(page).locator('.code').innerText()).toContain('DISCORD_TOKEN=');
    expect(program.stdout()).not.toContain('open sesame, open');
  });

  it('goes on by itself in the same message after drop, eof and stall', async (test) => {
    const page = await (await openPlayground(browser, test))();
    const open = await failBy(page, ['drop', 'eof', 'stall']);
    for (const fault of ['drop', 'eof', 'stall'] as const) {
      await open(fault);
      await expectWhole(page, fault);
      expect(await endLine(page)).toContain('went on after 1 interruption');
    }
    await pictureBoth(page, 'interrupted');
  });

  it('goes on in the same message by Continue, at the token limit and after it broke off; not after the filter', async (test) => {
    const page = await (await openPlayground(browser, test))();
    const open = await failBy(page, ['broken', 'length', 'filter']);
    await open('length');
    await ended(page, 'length');
    await pictureBoth(page, 'length');
    await pressContinue(page);
    await expectWhole(page, 'length');

    await open('broken');
    await ended(page, 'broken');
    expect(await answer(page).locator('.note').textContent()).toContain('broke off');
    await pictureBoth(page, 'broken');
    expect(await inspect(page)).toEqual([]);
    await pressContinue(page);
    await expectWhole(page, 'broken');

    await open('filter');
    await ended(page, 'filtered');
    expect(
      await page
        .locator('#thread')
        .getByRole('button', { name: /Continue|Retry/ })
        .count(),
    ).toBe(0);
    await pictureBoth(page, 'filtered');
  });

  it('asks, watches the reply grow, reloads in the middle, and two browsers see the same', async (test) => {
    const visit = await openPlayground(browser, test, { tokensPerSecond: 40 });
    const [page, other] = await Promise.all([visit(), visit()]);
    await ask(page, '@Rill a long answer');
    await other.locator('.open').last().click();
    const lengths = new Set<number>();
    const length = async () => (await page.locator('#thread .body').textContent())?.length ?? 0;
    while (lengths.size < 5) {
      const now = await length();
      if (now > 0) lengths.add(now);
      await page.waitForTimeout(60);
    }
    await picture(page, 'writing');
    await page.reload();
    await page.locator('.open').last().click();
    await page.locator('#thread .body .wave').waitFor();
    const before = await length();
    while ((await length()) <= before) await page.waitForTimeout(50);
    await page.getByRole('button', { name: 'Stop' }).click();
    await Promise.all([ended(page, 'stopped'), ended(other, 'stopped')]);
    expect(await endLine(page)).toContain('stopped by Guest');
    const texts = await Promise.all([page, other].map((one) => one.locator('#thread .body').innerText()));
    expect(texts[0]).toBe(texts[1]);
    await pictureBoth(page, 'stopped');
    expect(await inspect(page)).toEqual([]);
  });

  it('shows an empty channel that says what to do, and that this is a demo', async (test) => {
    const page = await (await openPlayground(browser, test))();
    await page.getByText('Nothing in #help yet').waitFor();
    await page.getByText('Demo model.').waitFor();
    await picture(page, 'empty');
    expect(await inspect(page)).toEqual([]);
    // On a phone the examples go on sideways; what a row of them shows stays beside it.
    await page.setViewportSize(phone);
    const lefts = await page.evaluate<number[]>(`(() => {
      const row = [...document.querySelectorAll('#channel-compose .try div')].at(-1);
      row.scrollLeft = 1e6;
      const [box, title] = [row, row.querySelector('span')].map((one) => one.getBoundingClientRect().left);
      return [row.scrollLeft, title - box];
    })()`);
    expect(lefts[0]).toBeGreaterThan(100);
    expect(Math.abs(lefts[1] ?? 99)).toBeLessThanOrEqual(1);
    await picture(page, 'examples-scrolled');
    expect(await inspect(page)).toEqual([]);
  });

  it('folds the reasoning, colours code, and copies it', async (test) => {
    const page = await (await openPlayground(browser, test))();
    await ask(page, '@Rill think first, please');
    await page.getByText(/^Thought for \d+ s$/).waitFor();
    await ended(page, 'complete');
    await page.getByText(/^Thought for/).click();
    await picture(page, 'reasoning');
    await ask(page, '@Rill show me code');
    await page.locator('#thread .hl-keyword').nth(6).waitFor();
    await picture(page, 'code');
    await ended(page, 'complete');
    await pictureBoth(page, 'complete');
    expect(await page.locator('#announce').textContent()).toBe('Rill has answered.');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.locator('#thread .bar button').first().click();
    await page.getByText('Copied').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toMatch(/^\/\/ A queued edit[\s\S]*}$/);
    expect(await inspect(page)).toEqual([]);
  });

  it('queues a second question in a thread and says so', async (test) => {
    const page = await (await openPlayground(browser, test))();
    await ask(page, '@Rill a long answer');
    await page.locator('#thread .body p').first().waitFor();
    await page.locator('#thread-compose textarea').fill('@Rill a table, please');
    await page.keyboard.press('Enter');
    await page.locator('#thread .queue').waitFor();
    await picture(page, 'queue');
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.locator('#thread .queue').waitFor({ state: 'hidden' });
    await page.locator('#thread .table tbody tr').nth(1).waitFor();
    await ended(page, 'complete');
    await picture(page, 'table');
  });

  it('sends a bare @Rill: with nothing above it comes the hint, below a message or in a thread an answer', async (test) => {
    const page = await (await openPlayground(browser, test))();
    await ask(page, '@Rill');
    await page.getByText('Mention me with a question').first().waitFor();
    expect(await page.locator('#channel-log .m').count()).toBe(1);
    await ask(page, 'Code that waits for the others');
    await ask(page, '@rill ');
    await ended(page, 'complete');
    expect(await page.locator('#channel-log .m').count()).toBe(3);
    await page.locator('#thread-compose textarea').fill('@Rill');
    await page.keyboard.press('Enter');
    await page.locator('#thread .m[data-state="complete"]').nth(1).waitFor();
    await picture(page, 'bare');
  });

  it('keeps direct messages to their own browser, speaks Chinese, and takes a new name', async (test) => {
    const visit = await openPlayground(browser, test);
    const [page, other] = await Promise.all([visit({ locale: 'zh-CN' }), visit()]);
    await page.getByRole('button', { name: '改名' }).click();
    await page.locator('#name').fill('小溪');
    await page.keyboard.press('Enter');
    await page.locator('#me', { hasText: '小溪' }).waitFor();
    await page.locator('#directs button').click();
    await page.locator('#channel-compose textarea').fill('请用中文回答');
    await page.keyboard.press('Enter');
    await page.locator('#channel-log .m[data-state="complete"]').waitFor();
    expect(await page.locator('#channel-log .body').innerText()).toContain('流式传输');
    await pictureBoth(page, 'chinese');
    await page.setViewportSize(phone);
    expect(await inspect(page)).toEqual([]);
    await other.locator('#directs button').click();
    await other.getByText('Nothing in Rill yet').waitFor();
  });

  it('lets the asker delete a reply, for everybody', async (test) => {
    const visit = await openPlayground(browser, test);
    const [page, other] = await Promise.all([visit(), visit()]);
    await ask(page, '@Rill a long answer');
    await page.locator('#thread .body p').first().waitFor();
    await other.locator('.open').last().click();
    await answer(other).waitFor();
    expect(await other.locator('#thread .delete').count()).toBe(0);
    await answer(page).hover();
    await page.locator('#thread .delete').click();
    await page.getByText('Really delete?').click();
    await answer(page).waitFor({ state: 'detached' });
    await answer(other).waitFor({ state: 'detached' });
  });

  it('works by keyboard alone', async (test) => {
    const page = await (await openPlayground(browser, test))();
    await page.locator('#channels button').first().focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.locator('#channel-name').textContent()).toBe('# engineering');
    expect(await page.evaluate('document.activeElement.id')).toBe('channel-name');
    await page.locator('#channel-compose textarea').focus();
    await page.keyboard.type('@Rill hello');
    await page.keyboard.press('Enter');
    await page.locator('#thread .said').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('#channel-log .open').first().focus();
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('thread-name');
    await page.keyboard.press('Escape');
    expect(await page.evaluate('document.activeElement.className')).toBe('open');
    await page.keyboard.press('Tab');
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
    expect(outline).toBe('solid');
  });

  it('goes from pane to pane on a phone, and nothing is wider than it', async (test) => {
    const page = await (await openPlayground(browser, test))({
      viewport: phone,
      hasTouch: true,
      isMobile: true,
    });
    await page.locator('#channel .back').click();
    await picture(page, 'panes');
    await page.getByRole('button', { name: '翻译' }).click();
    await picture(page, 'phone-empty');
    await ask(page, '@Rill show me code');
    await ended(page, 'complete');
    await picture(page, 'code');
    const overflow = 'document.documentElement.scrollWidth - innerWidth';
    expect(await page.evaluate(overflow)).toBeLessThanOrEqual(0);
    expect(await inspect(page)).toEqual([]);
    await page.locator('#thread .back').click();
    await page.locator('#channel-log .open').waitFor();
    expect(await inspect(page)).toEqual([]);
    await picture(page, 'phone-channel');
  });

  it('runs no script of a question or an answer', async (test) => {
    const page = await (await openPlayground(browser, test))();
    await ask(page, `@Rill ${attacks.join('\n\n')}`);
    await page.locator('#thread .said').waitFor();
    await page.evaluate(`(${attack})(${JSON.stringify(attacks)})`);
    await ended(page, 'complete');
    const found = await page.evaluate<{ bad: string[]; count: number; title: string }>(`(${findTraces})()`);
    expect(found.bad).toEqual([]);
    expect(found.count).toBeGreaterThan(60);
    expect(found.title).toBe('#help · Rill');
  });
});
