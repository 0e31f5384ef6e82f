// What a real Chromium does with hostile answers: it shows all of their words, throws nothing, and takes no time that a reader would notice.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumHere, needing } from '../machine.ts';
import { launchBrowser, openPlayground } from './browser-stage.ts';

let browser: Browser;

interface Rendered {
  readonly ms: number;
  readonly letters: number;
}

/** Renders the text as it comes at once, and then the last ten times four characters were added. Resolves to the longest of each. */
function render(page: Page, text: string): Promise<{ readonly whole: Rendered; readonly grown: Rendered }> {
  return page.evaluate(`(async (given) => {
    const { createBody } = await import('/markdown.js');
    const place = document.createElement('div');
    const show = createBody(place);
    const measure = (shown) => {
      const begun = performance.now();
      show(shown);
      return { ms: performance.now() - begun, letters: place.textContent.length };
    };
    const whole = measure(given);
    const steps = Array.from({ length: 10 }, (_, n) => measure(given + 'word '.repeat(n + 1)));
    return { whole, grown: steps.reduce((a, b) => (a.ms > b.ms ? a : b)) };
  })(${JSON.stringify(text)})`);
}

const kinds: readonly (readonly [string, string])[] = [
  ['quotes within quotes', '>'],
  ['emphasis within emphasis', '*a **a '],
  ['lists on one line', '- '],
  ['lists', '- a\n'],
  ['brackets', '['],
  ['links', '[a]('],
  ['bars', '|'],
  ['tables', '|a|b|\n|-|-|\n'],
  ['backticks', '`'],
  ['backticks and words', '`a '],
  ['tags', '<a '],
  ['comments', '<!--'],
  ['underscores', 'a_'],
  ['letters', 'a'],
  ['spaces', ' '],
  ['paragraphs', 'word **bold** `code`\n\n'],
  ['fences', '```js\nconst a = "x" // y\n```\n'],
  ['strings in a fence', '"a\\" '],
];

describe('hostile answers in a browser', needing(chromiumHere), () => {
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it('are shown whole, and soon', async (test) => {
    const page = await (await openPlayground(browser, test))();
    await render(page, 'a **b** `c`'.repeat(100));
    const slow: string[] = [];
    for (const length of [11_000, 40_000, 1_000_000]) {
      let worst = { name: '', whole: 0, grown: 0 };
      for (const [name, unit] of kinds) {
        const lead = name === 'strings in a fence' ? '```js\n' : '';
        const { whole, grown } = await render(page, lead + unit.repeat(length / unit.length));
        if (whole.ms > worst.whole) worst = { name, whole: whole.ms, grown: worst.grown };
        worst.grown = Math.max(worst.grown, grown.ms);
        // Far above what was measured, far below what it was: some machines are slow.
        if (whole.ms > 1_500 || grown.ms > 1_500)
          slow.push(`${name} at ${length}: ${whole.ms} ms, ${grown.ms} ms`);
      }
      if (process.env.PRINT_RENDERS)
        console.log(
          `${length}: ${worst.name} ${worst.whole.toFixed(1)} ms at once, ${worst.grown.toFixed(1)} ms growing`,
        );
    }
    expect(slow).toEqual([]);
    const { whole } = await render(page, `${'>'.repeat(2_000)} the last words`);
    expect(whole.letters).toBe(2_015);
  });
});
