// A playground whose model says what the test tells it to, for what a person sees of an answer while it grows. One for a whole file.

import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { type Playground, startPlayground } from '../fakes/playground.ts';
import { createScriptedModel, type ModelCall, type ScriptedModel } from '../fakes/scripted-model.ts';
import { ask, createVisits, type Ending } from './browser-stage.ts';

export interface GrowthStage {
  readonly model: ScriptedModel;
  visit(test: Ending, options?: BrowserContextOptions): Promise<Page>;
  /** Asks in the channel, or in the direct messages where they are open; resolves to the model's call. */
  ask(page: Page, words: string): Promise<ModelCall>;
  close(): Promise<void>;
}

export async function openGrowth(browser: Browser): Promise<GrowthStage> {
  const model = createScriptedModel();
  const playground: Playground = await startPlayground({ demo: false, model: 'scripted' }, { model });
  return {
    model,
    async visit(test, options) {
      const page = await createVisits(browser, playground.url, test)(options);
      await page.locator('.rail li').first().waitFor({ state: 'attached' });
      return page;
    },
    ask(page, words) {
      const call = model.call(model.calls.length);
      return ask(page, words).then(() => call);
    },
    close: playground.close,
  };
}

/** Says the text in pieces, one each `everyMs`; stops early when `signal` is aborted. */
export async function drip(
  call: ModelCall,
  text: string,
  { everyMs = 20, size = 6, signal = undefined as AbortSignal | undefined } = {},
): Promise<void> {
  const begun = performance.now();
  for (let at = 0; at < text.length && !signal?.aborted; at += size) {
    call.text(text.slice(at, at + size));
    const dueAt = begun + (at / size + 1) * everyMs;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueAt - performance.now())));
  }
}

/** Words enough for a log to be scrolled. */
export const paragraphs = (count: number) =>
  Array.from(
    { length: count },
    (_, n) => `Paragraph ${n} ${'of words that one reads '.repeat(12).trim()}.`,
  ).join('\n\n');

const rows = (count: number) =>
  Array.from(
    { length: count },
    (_, n) => `| ${n} | row ${'x'.repeat(n * 3)} | ${'words '.repeat(n + 1)}|`,
  ).join('\n');

/** Something of everything that an answer is made of. */
export const everything = [
  'First a paragraph with **bold words**, `code` and a [link](https://example.com/a), long enough to be broken into lines.',
  '## A heading',
  '- one\n- two **bold**\n- three\n\n- and one that makes the list a loose one',
  '```ts\nconst first = 1; // a comment\nfor (const each of [1, 2, 3]) console.log("each", each);\n```',
  `| Number | Name | What it is |\n|---|---|---|\n${rows(6)}`,
  '> A quote that goes on for some words.',
  'And a last paragraph, so that there is something below all that.',
].join('\n\n');
