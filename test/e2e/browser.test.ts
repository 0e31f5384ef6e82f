// The playground in a real Chromium: what a person sees and can do there. Left out, with a line that says so, where there is no Chromium.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Playground, startPlayground } from '../fakes/playground.ts';
import { startProgram } from './program.ts';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const isHere = existsSync(executablePath);
if (!isHere) console.log(`No Chromium at ${executablePath}: test/e2e/browser.test.ts is left out.`);

/** Where pictures go: a folder that is kept, where SCREENSHOTS names one. */
const pictures = process.env.SCREENSHOTS ?? mkdtempSync(join(tmpdir(), 'rill-pictures-'));
const wide = { width: 1280, height: 860 };
const phone = { width: 390, height: 844 };

const flags =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

let browser: Browser;
let playground: Playground;
const troubles: string[] = [];

async function visit(options: BrowserContextOptions = {}, url = playground.url): Promise<Page> {
  const context = await browser.newContext({ viewport: wide, locale: 'en-US', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('console', (line) => {
    if (line.type() === 'error' || line.type() === 'warning') troubles.push(line.text());
  });
  page.on('dialog', (dialog) => {
    troubles.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url);
  await page.locator('.rail li').first().waitFor({ state: 'attached' });
  return page;
}

async function ask(page: Page, text: string): Promise<void> {
  await page.locator('#channel-compose textarea').fill(text);
  await page.keyboard.press('Enter');
}

const answer = (page: Page) => page.locator('#thread .m[data-state]').last();
const ended = (page: Page, state: string) =>
  page.locator(`#thread .m[data-state="${state}"]`).last().waitFor();

async function picture(page: Page, name: string): Promise<void> {
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    const size = page.viewportSize()?.width;
    await page.screenshot({ path: join(pictures, `${name}-${size}-${scheme}.png`) });
  }
}

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds that is serious or worse, as `rule: element`. */
async function inspect(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(): Promise<{
          violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
        }>;
      };
    };
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
      );
  });
}

/** Runs in the page: shows the texts whole, and every beginning of them as a growing answer would. */
const attack = `async (texts) => {
  const { toFragment, createBody } = await import('/markdown.js');
  const place = document.createElement('div');
  place.id = 'attacked';
  document.body.append(place);
  for (const text of texts) place.append(toFragment(text));
  const grown = document.createElement('div');
  place.append(grown);
  const show = createBody(grown);
  for (const text of texts) for (let end = 1; end <= text.length; end += 1) show(text.slice(0, end));
  for (const link of place.querySelectorAll('a')) link.dispatchEvent(new MouseEvent('mouseover', { bubbles: true }));
}`;

/** Runs in the page: what an attack has left behind. */
const findTraces = `() => {
  const bad = [];
  const tags = /^(SCRIPT|IMG|SVG|IFRAME|MATH|FORM|INPUT|STYLE|LINK|BASE|META|OBJECT|TEMPLATE|NOSCRIPT)$/i;
  const attacked = document.querySelectorAll('#attacked *, #thread .said *, #thread .body *');
  for (const element of attacked) {
    if (tags.test(element.tagName) && !element.closest('.wave')) bad.push(element.tagName);
    for (const { name, value } of element.attributes) {
      if (name.startsWith('on') || name === 'style' || name === 'id') bad.push(name + '=' + value);
      if (name === 'href' && !/^(https?:|mailto:)/.test(value)) bad.push(name + '=' + value);
    }
    if (element.tagName === 'A' && element.hasAttribute('href') && !/noopener/.test(element.rel))
      bad.push('a link that tells who opened it');
  }
  return { bad, count: attacked.length, title: document.title };
}`;

describe.skipIf(!isHere)('the playground in a browser', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    playground = await startPlayground({}, { idleMs: 800, tokensPerSecond: 120 });
    browser = await chromium.launch({ executablePath, args: flags.split(' ') });
  });
  afterAll(async () => {
    await browser?.close();
    await playground?.close();
    if (process.env.SCREENSHOTS === undefined) rmSync(pictures, { recursive: true, force: true });
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    expect(troubles.splice(0)).toEqual([]);
  });

  it('shows an empty channel that says what to do, and that this is a demo', async () => {
    const page = await visit();
    await page.getByText('Nothing in #help yet').waitFor();
    await page.getByText('Demo model.').waitFor();
    await picture(page, 'empty');
    expect(await inspect(page)).toEqual([]);
  });

  it('asks, watches the reply grow, reloads in the middle, and two browsers see the same', async () => {
    const [page, other] = [await visit(), await visit()];
    await ask(page, '@Rill a long answer');
    await page.locator('#thread .status').waitFor();
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
    expect(await answer(page).locator('.end').textContent()).toContain('stopped by Guest');
    const texts = await Promise.all([page, other].map((one) => one.locator('#thread .body').innerText()));
    expect(texts[0]).toBe(texts[1]);
    await picture(page, 'stopped');
    await other.setViewportSize(phone);
    await picture(other, 'stopped');
    expect(await inspect(page)).toEqual([]);
  });

  it('folds the reasoning, colours code, and copies it', async () => {
    const page = await visit();
    await ask(page, '@Rill think first, please');
    await page.getByText(/^Thought for \d+ s$/).waitFor();
    await ended(page, 'complete');
    await page.getByText(/^Thought for/).click();
    await picture(page, 'reasoning');
    await ask(page, '@Rill show me code');
    await page.locator('#thread .hl-keyword').nth(6).waitFor();
    await picture(page, 'code');
    await ended(page, 'complete');
    expect(await page.locator('#announce').textContent()).toBe('Rill has answered.');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.locator('#thread .bar button').first().click();
    await page.getByText('Copied').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toMatch(/^\/\/ A queued edit[\s\S]*}$/);
    expect(await inspect(page)).toEqual([]);
  });

  it('shows each failure as what it is, retries, and goes on', async () => {
    const page = await visit();
    await page.getByRole('button', { name: '# engineering' }).click();
    const names = ['Drop', 'Early end', 'Stall', 'Token limit', '429', '402', 'Filter'];
    for (const [index, name] of names.entries()) {
      await page.getByRole('button', { name, exact: true }).click();
      await page.locator('#channel-log .m').nth(index).waitFor();
    }
    const openThread = async (index: number) => {
      await page.locator('#channel-log .open').nth(index).click();
      await page.locator('#thread-name').waitFor();
    };
    const seams = [0, 2];
    for (const index of seams) {
      await openThread(index);
      await ended(page, 'complete');
      expect(await answer(page).locator('.end').textContent()).toContain('went on after 1 interruption');
    }
    await picture(page, 'interrupted');

    await openThread(1);
    await ended(page, 'broken');
    expect(await answer(page).locator('.note').textContent()).toContain('broke off');
    await picture(page, 'broken');
    expect(await inspect(page)).toEqual([]);
    await page.getByRole('button', { name: 'Continue' }).click();
    await ended(page, 'complete');
    expect(await answer(page).locator('.body').innerText()).toMatch(
      /^You asked for a stream[\s\S]*here it is\.$/,
    );

    await openThread(3);
    await ended(page, 'length');
    await picture(page, 'length');
    await page.getByRole('button', { name: 'Continue' }).click();
    await ended(page, 'complete');
    expect(await answer(page).locator('.body').innerText()).toMatch(
      /^You asked for an answer[\s\S]*it ends here\.$/,
    );

    for (const [index, status] of [
      [4, '429'],
      [5, '402'],
    ] as const) {
      await openThread(index);
      await ended(page, 'broken');
      expect(await answer(page).locator('.note').textContent()).toContain(status);
      if (status === '402') await picture(page, 'no-balance');
      await page.getByRole('button', { name: 'Retry' }).click();
      await ended(page, 'complete');
      expect(await page.locator('#thread .m[data-state]').count()).toBe(1);
    }

    await openThread(6);
    await ended(page, 'filtered');
    await picture(page, 'filtered');
    await page.setViewportSize(phone);
    await picture(page, 'filtered');
  });

  it('queues a second question in a thread and says so', async () => {
    const page = await visit();
    await ask(page, '@Rill what is Rill?');
    await page.locator('#thread .body p').first().waitFor();
    await page.locator('#thread-compose textarea').fill('@Rill a table, please');
    await page.keyboard.press('Enter');
    await page.locator('#thread .queue').waitFor();
    await picture(page, 'queue');
    await page.locator('#thread .queue').waitFor({ state: 'hidden' });
    await page.locator('#thread .table tbody tr').nth(1).waitFor();
    await ended(page, 'complete');
    await picture(page, 'table');
  });

  it('keeps direct messages to their own browser, speaks Chinese, and takes a new name', async () => {
    const page = await visit({ locale: 'zh-CN' });
    const other = await visit();
    await page.getByRole('button', { name: '改名' }).click();
    await page.locator('#name').fill('小溪');
    await page.keyboard.press('Enter');
    await page.locator('#me', { hasText: '小溪' }).waitFor();
    await page.locator('#directs button').click();
    await page.locator('#channel-compose textarea').fill('请用中文回答');
    await page.keyboard.press('Enter');
    await page.locator('#channel-log .m[data-state="complete"]').waitFor();
    expect(await page.locator('#channel-log .body').innerText()).toContain('流式传输');
    await picture(page, 'chinese');
    await page.setViewportSize(phone);
    await picture(page, 'chinese');
    expect(await inspect(page)).toEqual([]);
    await other.locator('#directs button').click();
    await other.getByText('Nothing in Rill yet').waitFor();
  });

  it('lets the asker delete a reply, for everybody', async () => {
    const [page, other] = [await visit(), await visit()];
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

  it('works by keyboard alone', async () => {
    const page = await visit();
    await page.locator('#channels button').first().focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.locator('#channel-name').textContent()).toBe('# engineering');
    expect(await page.evaluate('document.activeElement.id')).toBe('channel-name');
    await page.locator('#channel-log .open').first().focus();
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('thread-name');
    await page.keyboard.press('Escape');
    expect(await page.evaluate('document.activeElement.className')).toBe('open');
    await page.keyboard.press('Tab');
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
    expect(outline).toBe('solid');
  });

  it('goes from pane to pane on a phone, and nothing is wider than it', async () => {
    const page = await visit({ viewport: phone, hasTouch: true, isMobile: true });
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

  it('runs no script of a question or an answer', async () => {
    const page = await visit();
    const url = `javascript:document.title='hit'`;
    const attacks = [
      `<script>document.title='hit'</script>`,
      `<img src=x onerror="document.title='hit'">`,
      `<svg onload=document.title='hit'><a xlink:href="${url}">x</a></svg>`,
      `<iframe srcdoc="<script>parent.document.title='hit'</script>"></iframe>`,
      `<math><mi//xlink:href="data:x,<script>document.title='hit'</script>">`,
      `<form action="${url}"><input type=submit autofocus onfocus=document.title='hit'></form>`,
      `<style>*{background:url("${url}")}</style><link rel=stylesheet href="//evil.example/x.css">`,
      `<base href="//evil.example/"><meta http-equiv=refresh content="0;url=${url}">`,
      `<noscript><p title="</noscript><img src=x onerror=document.title='hit'>">`,
      `<a href="${url}">html link</a> [md](${url}) [tab](java\tscript:document.title='hit')`,
      `[entity](&#106;avascript:document.title='hit') <javascript:document.title='hit'>`,
      `[data](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==) ![i](https://evil.example/i.png)`,
      `![x](x"onerror="document.title='hit') [t](https://a.example "x\\"onmouseover=document.title='hit'")`,
      "```\"><img src=x onerror=document.title='hit'>\ncode\n```",
      '```x onmouseover=alert(1)\ncode\n```',
      `| <img src=x onerror=document.title='hit'> |\n| --- |\n| <details open ontoggle=document.title='hit'> |`,
      `<div style="position:fixed;inset:0" id=app class=app onclick=document.title='hit'>cover</div>`,
      `<template><img src=x onerror=document.title='hit'></template><object data="${url}"></object>`,
    ];
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

describe.skipIf(!isHere)('the built program, behind a token, in a browser', () => {
  it('asks for the token, says when it is wrong, lets in, and answers', { timeout: 60_000 }, async () => {
    const program = startProgram({ WEB: 'on', WEB_TOKEN: 'open sesame', LOG_LEVEL: 'warn' });
    const one = await chromium.launch({ executablePath, args: flags.split(' ') });
    try {
      const page = await one.newPage({ viewport: phone });
      await page.goto(await program.listening());
      await page.getByLabel('Token').fill('wrong');
      await page.keyboard.press('Enter');
      await page.getByText('That was not the token').waitFor();
      mkdirSync(pictures, { recursive: true });
      await picture(page, 'login');
      expect(await inspect(page)).toEqual([]);
      await page.getByLabel('Token').fill('open sesame');
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.getByText('Demo model.').waitFor();
      await ask(page, '@Rill how do I connect Discord?');
      await ended(page, 'complete');
      expect(await answer(page).locator('.code').innerText()).toContain('DISCORD_TOKEN=');
      expect(program.stdout()).not.toContain('open sesame');
    } finally {
      await one.close();
      expect(await program.stop()).toBe(0);
    }
  });
});
