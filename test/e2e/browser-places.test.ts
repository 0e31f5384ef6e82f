// Where one is in the playground, in a real Chromium: addresses, Back and Forward, reloads, and what is brought into view.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPlayground } from '../fakes/playground.ts';
import { chromiumHere, needing } from '../machine.ts';
import {
  answer,
  ask,
  createVisits,
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

const pathOf = (page: Page) => decodeURI(new URL(page.url()).pathname);
const topOf = (page: Page, log: string) =>
  page.locator(log).evaluate((element: { scrollTop: number }) => element.scrollTop);
/** Says things in the channel without a mention, as fast as the server takes them. */
const fill = (page: Page, channel: string, count: number) =>
  page.evaluate(`(async () => {
    const { post } = await import('/live.js');
    for (let n = 0; n < ${count}; n += 1)
      await post('/messages', { channel: '${channel}', text: 'line ' + n + '\\nand a second one' });
  })()`);

describe('places in the playground', { ...needing(chromiumHere), timeout: 40_000 }, () => {
  beforeAll(async () => {
    browser = await launchBrowser();
    shared = await sharePlayground(() => browser, { tokensPerSecond: 100 });
  });
  afterAll(async () => {
    await shared?.close();
    await browser?.close();
  });

  it('have addresses: one leads a colleague to the same answer, and reload, Back and Forward return to it', async (test) => {
    const page = await shared.visit(test);
    expect(pathOf(page)).toBe('/c/help');
    await ask(page, '@Rill show me code');
    await ended(page, 'complete');
    const thread = pathOf(page);
    expect(thread).toMatch(/^\/c\/help\/\w+$/);

    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await answer(page).hover();
    await answer(page).getByRole('button', { name: 'Copy link' }).click();
    const link = await page.evaluate<string>('navigator.clipboard.readText()');
    expect(link.startsWith(`${shared.url}${thread}/`)).toBe(true);
    const other = await shared.visit(test, { path: new URL(link).pathname });
    await answer(other).getByText('Give every workspace').waitFor();
    expect(await other.locator('#thread .m.linked').getAttribute('data-state')).toBe('complete');
    await picture(other, 'linked');
    expect(await inspect(other)).toEqual([]);

    await page.goBack();
    await page.locator('#thread').waitFor({ state: 'hidden' });
    await page.locator('#channels button').nth(2).click();
    expect(pathOf(page)).toBe('/c/翻译');
    await page.reload();
    await page.locator('#channel-name', { hasText: '# 翻译' }).waitFor();
    await page.goBack();
    await page.locator('#channel-name', { hasText: '# help' }).waitFor();
    await page.goForward();
    await page.goBack();
    await page.locator('#channel-log .open').last().click();
    await page.reload();
    await answer(page).getByText('Give every workspace').waitFor();
    expect(pathOf(page)).toBe(thread);
  });

  it('are returned to while an answer grows there', async (test) => {
    const page = await shared.visit(test);
    await ask(page, '@Rill a long answer');
    const length = async () => (await page.locator('#thread .body').textContent())?.length ?? 0;
    await page.locator('#thread .body p').nth(1).waitFor();
    const grows = async () => {
      await page.locator('#thread .body .wave').waitFor();
      const before = await length();
      while ((await length()) <= before) await page.waitForTimeout(20);
    };
    await page.reload();
    await grows();
    await page.locator('#directs button').click();
    expect(pathOf(page)).toBe('/dm');
    await page.goBack();
    await grows();
    const { scrollHeight, scrollTop, clientHeight } = await page
      .locator('#thread-log')
      .evaluate(({ scrollHeight, scrollTop, clientHeight }: HTMLElementLike) => ({
        scrollHeight,
        scrollTop,
        clientHeight,
      }));
    expect(scrollHeight - scrollTop - clientHeight).toBeLessThan(40);
    await page.getByRole('button', { name: 'Stop' }).click();
    await ended(page, 'stopped');
  });

  it('are scrolled as they were left, after Back and after a reload; words of one’s own are always brought into view', async (test) => {
    const page = await shared.visit(test, { path: '/c/engineering' });
    await fill(page, 'engineering', 25);
    await page.getByText('line 24').waitFor();
    const log = page.locator('#channel-log');
    await log.hover();
    await page.mouse.wheel(0, -700);
    const opener = page.getByText('line 14').locator('xpath=ancestor::li').locator('.open');
    await opener.scrollIntoViewIfNeeded();
    await page.waitForTimeout(300);
    const before = await topOf(page, '#channel-log');
    await opener.click();
    await page.locator('#thread-name').waitFor();
    await page.goBack();
    await page.locator('#thread').waitFor({ state: 'hidden' });
    expect(Math.abs((await topOf(page, '#channel-log')) - before)).toBeLessThan(3);
    await page.reload();
    await page.getByText('line 24').waitFor();
    expect(Math.abs((await topOf(page, '#channel-log')) - before)).toBeLessThan(3);

    await ask(page, 'my own words');
    await page.getByText('my own words').waitFor();
    const isInView = () =>
      page.evaluate(`(() => {
        const said = [...document.querySelectorAll('#channel-log .said')].at(-1).getBoundingClientRect();
        return said.bottom <= document.querySelector('#channel-log').getBoundingClientRect().bottom;
      })()`);
    await expect.poll(isInView).toBe(true);
  });

  it('that are gone, or never were, are said to be', async (test) => {
    const page = await shared.visit(test, { path: '/c/help/m99/m100' });
    await page.getByText('What stood at this address is gone').waitFor();
    expect(pathOf(page)).toBe('/c/help');
    await pictureBoth(page, 'gone');
    expect(await inspect(page)).toEqual([]);
    await page.locator('#news button').click();
    await page.locator('#news').waitFor({ state: 'hidden' });
    await page.goto(`${shared.url}/c/nowhere`);
    await page.getByText('What stood at this address is gone').waitFor();
  });

  it('follow one another on a phone: channels, channel, thread, and Back again', async (test) => {
    const page = await shared.visit(test, { viewport: phone, hasTouch: true, isMobile: true });
    await page.locator('#channel .back').click();
    expect(pathOf(page)).toBe('/c');
    await page.getByRole('button', { name: '# engineering' }).click();
    await page.locator('#channel-log .open').first().click();
    await page.locator('#thread .said').first().waitFor();
    await page.goBack();
    await page.locator('#channel-log').waitFor();
    await page.goBack();
    await page.locator('#channels').waitFor();
    expect(await page.locator('#channel').isVisible()).toBe(false);
    await page.reload();
    await page.locator('#channels li').first().waitFor();
  });

  it('are shown whatever else has been kept under this address', async (test) => {
    const page = await shared.visit(test);
    for (const kept of ['null', '[]', '5', '"x"', '{"help":5,"__proto__":null}', '{"help":{}}', '{'])
      for (const other of [false, true]) {
        await page.evaluate(`(() => {
          const names = ['read', 'name', 'notify', 'thread-width'];
          for (const name of names) localStorage.setItem('rill-' + name, ${JSON.stringify(kept)});
          sessionStorage.setItem('rill-draft help', ${JSON.stringify(kept)});
          history.replaceState(${other ? "{ scrolled: { channel: 'x', thread: [] } }" : "'x'"}, '');
        })()`);
        await page.reload();
        await page.locator('#channel-name', { hasText: '# help' }).waitFor();
        await page.locator('#channels button').nth(1).waitFor();
        await page.locator('#channel-compose textarea').waitFor();
      }
  });

  it('are lost by a restart: the open page says so, what it lost, and goes on with what was not sent', async (test) => {
    const first = await startPlayground({}, { tokensPerSecond: 40 });
    const port = Number(new URL(first.url).port);
    const troubles: string[] = [];
    const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1280, height: 860 } });
    test.onTestFinished(() => context.close());
    const page = await context.newPage();
    page.on('pageerror', (error) => troubles.push(error.message));
    await page.goto(first.url);
    await page.locator('.rail li').first().waitFor();
    await ask(page, '@Rill a long answer');
    await page.locator('#thread .body p').first().waitFor();
    await page.locator('#thread-compose textarea').fill('half a thought');
    await page.locator('#channel-compose textarea').fill('and one more');
    await page.locator('#channel-compose input[type=file]').setInputFiles({
      name: 'kept.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('kept'),
    });
    await page.locator('.chip', { hasText: '4 B' }).waitFor();
    await first.close();
    await page.locator('#lost').waitFor();
    const second = await startPlayground({}, { port });
    test.onTestFinished(() => second.close());
    await page.getByText('Rill was restarted. What stood here is gone: 2 messages').waitFor();
    await page.locator('#lost').waitFor({ state: 'hidden' });
    expect(await page.locator('#channel-compose textarea').inputValue()).toBe('and one more\nhalf a thought');
    expect(pathOf(page)).toBe('/c/help');
    await pictureBoth(page, 'restarted');
    expect(await inspect(page)).toEqual([]);
    await page.locator('.chip', { hasText: '4 B' }).waitFor();
    await page.locator('#channel-compose textarea').focus();
    await page.keyboard.press('Enter');
    await page.locator('#channel-log .said').getByText('half a thought').waitFor();
    await page.locator('#channel-log .files').getByText('kept.txt').waitFor();
    expect(troubles).toEqual([]);
  });

  it('keep what was not sent from there, beside what was begun since', async (test) => {
    const page = await shared.visit(test, { path: '/c/engineering' });
    const area = page.locator('#channel-compose textarea');
    await page.evaluate(`(() => {
      const real = window.fetch;
      window.fetch = (address, options) =>
        address.startsWith('/messages')
          ? new Promise((resolve) => { window.fail = () => resolve(new Response('', { status: 503 })); })
          : real(address, options);
    })()`);
    const send = async (text: string) => {
      await area.fill(text);
      await page.keyboard.press('Enter');
      await expect.poll(() => page.evaluate('typeof window.fail')).toBe('function');
    };
    const fail = () => page.evaluate('window.fail(); delete window.fail');
    await send('first');
    await area.fill('second');
    await fail();
    await expect.poll(() => area.inputValue()).toBe('first\nsecond');
    await send('third');
    await page.locator('#channels').getByText('help').click();
    await fail();
    await page.waitForTimeout(50);
    expect(await area.inputValue()).toBe('');
    await page.goBack();
    await expect.poll(() => area.inputValue()).toBe('third');
  });

  it('of a real model begin with its name and four first questions', async (test) => {
    const real = await startPlayground({ demo: false, model: 'deepseek-chat' }, { tokensPerSecond: 200 });
    test.onTestFinished(() => real.close());
    const page = await createVisits(browser, real.url, test)();
    await page.getByRole('heading', { name: 'Ask deepseek-chat' }).waitFor();
    expect(await page.locator('.firsts button').count()).toBe(4);
    expect(await page.locator('#demo').isVisible()).toBe(false);
    expect(await page.locator('.try').first().isVisible()).toBe(false);
    await pictureBoth(page, 'first-questions');
    expect(await inspect(page)).toEqual([]);
    const question = (await page.locator('.firsts button').first().textContent()) ?? '';
    await page.locator('.firsts button').first().click();
    await page.locator('#thread .said', { hasText: question }).waitFor();
    await answer(page).waitFor();
  });
});

interface HTMLElementLike {
  readonly scrollHeight: number;
  readonly scrollTop: number;
  readonly clientHeight: number;
}
