// What a person sees of an answer while it grows, in a real Chromium: small steps, nothing that jumps, nothing that is taken from under
// their hands.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumHere, needing } from '../machine.ts';
import { ask, launchBrowser, openPlayground, phone } from './browser-stage.ts';
import { drip, everything, type GrowthStage, openGrowth } from './growth-stage.ts';

let browser: Browser;
let stage: GrowthStage;

/** Notes each growth of the open thread's text, and whatever moves without the reader's doing. */
const watch = `(() => {
  window.seen = { steps: [], shifts: [] };
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries())
      if (!hadRecentInput)
        seen.shifts.push(value + ' ' + sources.map(({ node, previousRect: a, currentRect: b }) =>
          [node?.nodeName, node?.className ?? node?.data, a.x, a.y, a.width, a.height, '→', b.x, b.y, b.width, b.height].join(' ')));
  }).observe({ type: 'layout-shift' });
  let length = 0;
  new MutationObserver(() => {
    const now = document.querySelector('#thread .body')?.textContent.length ?? 0;
    if (now > length) seen.steps.push(performance.now());
    length = now;
  }).observe(document.querySelector('#thread'), { childList: true, subtree: true, characterData: true });
})()`;
interface Seen {
  readonly steps: readonly number[];
  /** What has moved without the reader's doing, from where to where. */
  readonly shifts: readonly string[];
}
const seen = (page: Page) => page.evaluate<Seen>('seen');

describe('an answer that grows', { ...needing(chromiumHere), timeout: 30_000 }, () => {
  beforeAll(async () => {
    browser = await launchBrowser();
    stage = await openGrowth(browser);
  });
  afterAll(async () => {
    await browser?.close();
    await stage?.close();
  });

  for (const [name, viewport] of [
    ['on a wide screen', { width: 1280, height: 860 }],
    ['on a low screen, where it is followed', { width: 1280, height: 420 }],
    ['on a phone', phone],
  ] as const)
    it(`grows in at least ten steps a second, and nothing shifts, ${name}`, async (test) => {
      const page = await stage.visit(test, { viewport });
      await page.evaluate(watch);
      const call = await stage.ask(page, '@Rill tell me');
      await page.locator('#thread .status').waitFor();
      await page.waitForTimeout(600);
      await page.evaluate('seen.shifts.length = 0');
      call.say({ type: 'reasoning-delta', text: 'A thought before all that.' });
      await page.locator('#thread summary').waitFor();
      await drip(call, everything, { everyMs: 15 });
      call.finish();
      await page.locator('#thread .m[data-state="complete"]').waitFor();
      await page.waitForTimeout(100);
      const { steps, shifts } = await seen(page);
      const ms = (steps.at(-1) ?? 0) - (steps[0] ?? 0);
      expect(steps.length / (ms / 1000)).toBeGreaterThan(10);
      expect(shifts).toEqual([]);
    });

  it('keeps its author’s line and Stop at the very top of a log that is scrolled: no text shows above them', async (test) => {
    const page = await stage.visit(test, { viewport: phone });
    const call = await stage.ask(page, '@Rill lines');
    call.text('A paragraph of some words.\n\n'.repeat(60));
    await page.locator('#thread .body p').nth(50).waitFor();
    await page.waitForTimeout(200);
    const above = await page.evaluate(`(() => {
      const log = document.querySelector('#thread-log').getBoundingClientRect();
      const line = document.querySelector('#thread [data-state="writing"] .by').getBoundingClientRect();
      return [line.top - log.top, document.querySelector('#thread-log').scrollTop > 200];
    })()`);
    expect(above).toEqual([0, true]);
    call.finish();
    await page.locator('#thread .m[data-state="complete"]').waitFor();
  });

  it('comes to the page as evenly as a model writes it, over the model client, the server and its stream', async (test) => {
    const page = await (await openPlayground(browser, test, { tokensPerSecond: 40 }))();
    await page.evaluate(watch);
    await ask(page, '@Rill a long answer');
    await page.locator('#thread .body p').first().waitFor();
    await page.waitForTimeout(2_500);
    await page.getByRole('button', { name: 'Stop' }).click();
    const { steps } = await seen(page);
    const ms = (steps.at(-1) ?? 0) - (steps[0] ?? 0);
    expect(ms).toBeGreaterThan(2_000);
    expect(steps.length / (ms / 1000)).toBeGreaterThan(10);
  });
});
