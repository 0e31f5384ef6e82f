// How an answer looks and what can be done with it, in a real Chromium: what is under one's hands while it grows, its buttons, its words.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelCall } from '../fakes/scripted-model.ts';
import { chromiumHere, needing } from '../machine.ts';
import { answer, ended, inspect, launchBrowser, phone, pictureBoth } from './browser-stage.ts';
import { drip, type GrowthStage, openGrowth, paragraphs } from './growth-stage.ts';

let browser: Browser;
let stage: GrowthStage;
/** One visitor's page for all; each test asks a question of its own. */
let page: Page;
const ends: (() => unknown)[] = [];

const ask = (words = '@Rill tell me'): Promise<ModelCall> => stage.ask(page, words);
const body = () => answer(page).locator('.body');
const shows = (text: string) => body().getByText(text).first().waitFor();
const button = (name: string) => answer(page).getByRole('button', { name });
const inPage = <T>(script: string) => page.evaluate<T>(script);
const wideLine = `const line = "${'wide '.repeat(60)}";`;

describe('an answer on the page', { ...needing(chromiumHere), timeout: 30_000 }, () => {
  beforeAll(async () => {
    browser = await launchBrowser();
    stage = await openGrowth(browser);
    page = await stage.visit({ onTestFinished: (end) => void ends.push(() => end({} as never)) });
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  });
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
    await browser?.close();
    await stage?.close();
  });

  it('keeps the scroll, the focus and the Copy button of the code that is being written, and what is chosen above it', async () => {
    const call = await ask();
    call.text(`An earlier paragraph.\n\n\`\`\`ts\n${wideLine}\n`);
    await shows('wide ";');
    await inPage(`(() => {
      const pre = document.querySelector('#thread pre');
      pre.scrollLeft = 150;
      window.kept = { pre, copy: document.querySelector('#thread .bar button') };
      kept.copy.focus();
      getSelection().selectAllChildren(document.querySelector('#thread .body p'));
    })()`);
    const lines = Array.from({ length: 12 }, (_, n) => `const n${n} = ${n}; // word "${n}"\n`).join('');
    await drip(call, lines);
    await shows('// word "11"');
    const state = () =>
      inPage(`({
        same: kept.pre.isConnected && kept.copy.isConnected && document.querySelectorAll('#thread pre').length === 1,
        left: kept.pre.scrollLeft,
        focus: document.activeElement === kept.copy,
        chosen: getSelection().toString().trim(),
      })`);
    const whole = { same: true, left: 150, focus: true, chosen: 'An earlier paragraph.' };
    expect(await state()).toEqual(whole);
    await page.keyboard.press('Enter');
    await page.getByText('Copied').waitFor();
    expect(await inPage('navigator.clipboard.readText()')).toBe(`${wideLine}\n${lines}`.trim());
    // What ends the code and follows it takes nothing of this away.
    await drip(call, '```\n\nA last paragraph, and a list:\n\n- one\n- two\n');
    call.finish();
    await ended(page, 'complete');
    expect(await state()).toEqual(whole);
  });

  it('keeps what is chosen in the very paragraph that grows', async () => {
    const call = await ask();
    call.text('The first words of it');
    await shows('The first words');
    await inPage(`(() => {
      const text = document.querySelector('#thread .body p').firstChild;
      getSelection().setBaseAndExtent(text, 4, text, 9);
    })()`);
    await drip(call, ' go on **and on** with `code`, and more.\n\nAnother.');
    await shows('Another');
    expect(await inPage('getSelection().toString()')).toBe('first');
    call.finish();
    await ended(page, 'complete');
  });

  it('shows that a wide table or line of code goes on, and at which side', async () => {
    const call = await ask();
    const cells = (word: string) => `| ${Array.from({ length: 9 }, () => word).join(' | ')} |`;
    call.text(
      `\`\`\`ts\n${wideLine}\n\`\`\`\n\n${cells('Heading')}\n${cells('---')}\n${cells('cell')}\n\n\`\`\`\nshort\n\`\`\`\n`,
    );
    call.finish();
    await ended(page, 'complete');
    const masks = () =>
      inPage<string[]>(
        `[...document.querySelectorAll('#thread :is(pre, .table)')].map((one) => getComputedStyle(one).maskImage)`,
      );
    await page.waitForTimeout(100);
    const [code, table, short] = await masks();
    for (const mask of [code, table]) expect(mask).toContain('to left');
    expect(short).toBe('none');
    await inPage(
      `document.querySelectorAll('#thread :is(pre, .table)').forEach((one) => { one.scrollLeft = 1e6; })`,
    );
    await page.waitForTimeout(100);
    for (const mask of (await masks()).slice(0, 2)) expect(mask).toContain('to right');
    await pictureBoth(page, 'goes-on');
  });

  it('is copied whole: the letters of the model, over all of its pages', async () => {
    const call = await ask();
    // A page of the playground ends at 40,000 letters, here within code.
    const text = `Before.\n\n\`\`\`ts\n${'const a = "*not markdown*"; // …\n'.repeat(1_400)}\`\`\`\n\nAfter **all**  \nof it.`;
    call.text(text);
    call.finish();
    await page.locator('#thread .m[data-state="more"]').first().waitFor();
    await ended(page, 'complete');
    expect(await page.getByRole('button', { name: 'Copy answer' }).count()).toBeGreaterThan(0);
    await button('Copy answer').click();
    await page.getByText('Copied').waitFor();
    expect(await inPage('navigator.clipboard.readText()')).toBe(text);
  });

  it('looks as one that is being written from the press of Retry on, before the server has said a word', async () => {
    const first = await ask();
    first.text('Half of it');
    await shows('Half');
    first.fail('server-error');
    await ended(page, 'broken');
    let release: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route('**/controls', async (route) => {
      await held;
      await route.continue();
    });
    const again = stage.model.call(stage.model.calls.length);
    await button('Retry').click();
    expect(await answer(page).getAttribute('data-state')).toBe('writing');
    expect(await answer(page).innerText()).not.toMatch(/broke off|failed|Retry|Continue|Half/);
    await answer(page).locator('.wave').waitFor();
    release?.();
    const call = await again;
    call.text('All of it, this time.');
    call.finish();
    await ended(page, 'complete');
    expect(await body().innerText()).toBe('All of it, this time.');
    expect(await page.locator('#thread .m[data-state], #thread .going').count()).toBe(1);
    await page.unroute('**/controls');
  });

  it('is as it was where the press was refused', async () => {
    const call = await ask();
    call.text('Half of it');
    await shows('Half');
    call.fail('server-error');
    await ended(page, 'broken');
    await page.route('**/controls', (route) =>
      route.fulfill({ json: { say: 'This is being answered already.' } }),
    );
    await button('Continue').click();
    await page.locator('#thread').getByText('This is being answered already.').waitFor();
    await button('Continue').waitFor();
    expect(await answer(page).getAttribute('data-state')).toBe('broken');
    expect(await body().innerText()).toBe('Half of it');
    await page.unroute('**/controls');
  });

  it('shows one row while it goes on after Continue, with its text, and no old notice beside it', async () => {
    const first = await ask();
    first.text('The first half');
    await shows('first half');
    first.fail('server-error');
    await ended(page, 'broken');
    const again = stage.model.call(stage.model.calls.length);
    await button('Continue').click();
    const call = await again;
    await answer(page).getByRole('button', { name: 'Stop' }).waitFor();
    expect(await body().innerText()).toBe('The first half');
    expect(await answer(page).locator('.note:visible, .end:visible').count()).toBe(0);
    call.text(', and the second.');
    await shows('the second');
    expect(await page.locator('#thread').getByRole('button', { name: 'Stop' }).count()).toBe(1);
    call.finish();
    await ended(page, 'complete');
  });

  it('lets its thoughts be read while they come, on the first run, and keeps them open', async () => {
    const call = await ask();
    call.say({ type: 'reasoning-delta', text: 'First I think of this.' });
    const summary = answer(page).locator('summary');
    await summary.filter({ hasText: 'Thinking…' }).waitFor();
    await summary.click();
    await page.getByText('First I think of this.').waitFor();
    call.say({ type: 'reasoning-delta', text: ' Then of that.' });
    await page.getByText('First I think of this. Then of that.').waitFor();
    await pictureBoth(page, 'thinking');
    call.text('And this is the answer.');
    await shows('this is the answer');
    await summary.filter({ hasText: /^Thought for \d+ s$/ }).waitFor();
    expect(await page.getByText('Then of that.').isVisible()).toBe(true);
    call.finish();
    await ended(page, 'complete');
    expect(await page.getByText('Then of that.').isVisible()).toBe(true);
  });

  it('counts down to when the provider takes the question again, and Retry may be pressed before', async () => {
    const call = await ask();
    call.fail('rate-limited', { retryAfterMs: 20_000 });
    await ended(page, 'broken');
    const label = () => answer(page).locator('[data-action="retry"]').innerText();
    expect(await label()).toMatch(/^Retry in (20|19|18) s$/);
    const before = await label();
    await page.waitForTimeout(1_200);
    expect(await label()).not.toBe(before);
    await pictureBoth(page, 'counts-down');
    const again = stage.model.call(stage.model.calls.length);
    await button('Retry').click();
    (await again).text('Here it is.');
    (await again).finish();
    await ended(page, 'complete');
  });

  it('says what became of it in words that fit, with a sign that is drawn', async () => {
    const lines: string[] = [];
    const nothing = await ask();
    nothing.fail('server-error');
    await ended(page, 'broken');
    lines.push(await answer(page).innerText());
    expect(await answer(page).locator('.note .sign.failed').count()).toBe(1);
    expect(lines[0]).toContain('not answered');
    expect(lines[0]).not.toContain('broken off');
    await pictureBoth(page, 'not-answered');
    const stopped = await ask();
    stopped.text('Some words');
    await shows('Some words');
    await answer(page).getByRole('button', { name: 'Stop' }).click();
    await ended(page, 'stopped');
    expect(await answer(page).locator('.end .sign.stopped').count()).toBe(1);
    expect(await button('Continue').count()).toBe(1);
    const cut = await ask();
    cut.text('As far as it goes');
    cut.finish('length');
    await ended(page, 'length');
    expect(await answer(page).locator('.end .sign.cut').count()).toBe(1);
    const tasks = await ask();
    tasks.text('- [x] done\n- [ ] to do\n');
    tasks.finish();
    await ended(page, 'complete');
    expect(await body().locator('.box').count()).toBe(2);
    lines.push(await inPage<string>('document.body.innerText'));
    expect(lines.join('\n')).not.toMatch(/\p{Extended_Pictographic}|[☐☑]/u);
  });

  it('never says that it broke off beside that it went on', async () => {
    const call = await ask();
    call.text('One');
    await shows('One');
    for (const word of [' two', ' three']) {
      call.say({ type: 'interrupted', code: 'broken-off' }, { type: 'resumed' });
      call.text(word);
    }
    await shows('One two three');
    call.fail('broken-off');
    await ended(page, 'broken');
    const line = await answer(page).locator('.end').innerText();
    expect(/went on/.test(line) && /broken off/.test(line)).toBe(false);
  });

  it('has lines of at most 80 letters in direct messages, on however wide a screen', async () => {
    await page.setViewportSize({ width: 1_900, height: 900 });
    await page.locator('#directs button').click();
    const call = await stage.ask(page, paragraphs(1));
    call.text(
      `${paragraphs(3)}\n\n- ${'an item of a list that goes on '.repeat(8)}\n\n> ${'a quote '.repeat(40)}`,
    );
    call.finish();
    await page.locator('#channel-log .m[data-state="complete"]').last().waitFor();
    const longest = await inPage<number>(`(() => {
      let most = 0;
      for (const block of document.querySelectorAll('#channel-log :is(.said, .body p, .body li)')) {
        const text = document.createTreeWalker(block, NodeFilter.SHOW_TEXT).nextNode();
        const range = document.createRange();
        let count = 0;
        let top;
        for (let at = 0; at < text.length; at += 1) {
          range.setStart(text, at);
          range.setEnd(text, at + 1);
          const box = range.getClientRects()[0];
          if (box === undefined) continue;
          if (top !== undefined && box.top > top + 4) count = 0;
          top = box.top;
          count += 1;
          most = Math.max(most, count);
        }
      }
      return most;
    })()`);
    expect(longest).toBeLessThanOrEqual(80);
    expect(longest).toBeGreaterThan(55);
    expect(await inspect(page)).toEqual([]);
    await pictureBoth(page, 'direct');
    await page.locator('#channels button').first().click();
    await page.setViewportSize({ width: 1280, height: 860 });
  });

  it('is clear to axe while it grows, when it has failed, and with all that an answer is made of; wide and on a phone', async () => {
    const call = await ask();
    call.say({ type: 'reasoning-delta', text: 'A thought.' });
    call.text(
      `Text with \`code\`.\n\n\`\`\`ts\n${wideLine}\n\`\`\`\n\n- [x] done\n- [ ] to do\n\n| A | B |\n|---|---|\n| 1 | 2 |\n\nand`,
    );
    await shows('and');
    for (const size of [{ width: 1280, height: 860 }, phone]) {
      await page.setViewportSize(size);
      expect(await inspect(page)).toEqual([]);
    }
    await page.setViewportSize({ width: 1280, height: 860 });
    await pictureBoth(page, 'growing');
    call.fail('server-error');
    await ended(page, 'broken');
    for (const size of [phone, { width: 1280, height: 860 }]) {
      await page.setViewportSize(size);
      expect(await inspect(page)).toEqual([]);
    }
  });
});
