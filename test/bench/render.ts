// The render benchmark: what it costs to bring an answer's text into the form of the page that is written next, for plain and for hostile
// texts, on each platform's pages. `--check` exits 1 where the worst render takes longer than it may.

import { BODY_MAX as discordMax, toContent } from '../../adapters/discord/format.ts';
import { defuse, MAX_BODY as slackMax, toBlocks, toFallback } from '../../adapters/slack/format.ts';
import { systemClock } from '../../src/clock.ts';
import type { Page, ReplySink } from '../../src/platform.ts';
import { createDraft } from '../../src/reply/draft.ts';
import { createLayout } from '../../src/reply/layout.ts';
import { hostileTexts, plainAnswer } from '../fakes/hostile-texts.ts';
import { type Measured, runTable } from './run-table.ts';

interface Pages {
  readonly name: string;
  readonly limits: ReplySink['limits'];
  /** What the adapter makes of a page at each call. */
  show(page: Page): unknown;
}

const platforms: readonly Pages[] = [
  {
    name: 'Slack',
    limits: { max: slackMax, sizeOf: (body) => defuse(body).length, maxAgeMs: 3_600_000 },
    show: (page) => JSON.stringify([toBlocks(page), toFallback(page)]),
  },
  {
    name: 'Discord',
    limits: { max: discordMax, sizeOf: (body) => body.length, maxAgeMs: 3_600_000, looseFences: true },
    show: (page) => JSON.stringify(toContent(page)),
  },
  {
    name: 'Playground',
    limits: { max: 40_000, sizeOf: (body) => body.length, maxAgeMs: 3_600_000 },
    show: (page) => JSON.stringify(page.view),
  },
];

/** The worst render of an answer of so many characters takes at most so many milliseconds of CPU time. */
const lengths = [
  { length: 11_000, most: 5 },
  { length: 40_000, most: 10 },
  { length: 1_000_000, most: 30 },
] as const;
const texts = { 'a plain answer': plainAnswer, ...hostileTexts };
/** Each is measured so often; the least of the worst counts, since the compiler and the collector are no part of a render. */
const runs = 3;

export function benchRender(args: readonly string[]): Promise<number> {
  return runTable('render', args, measureAll);
}

function measureAll(): Measured {
  let isWithin = true;
  const lines: string[] = [];
  // Once for the compiler.
  for (const platform of platforms) worstOf(platform, 20_000, false);
  for (const platform of platforms) {
    for (const grows of [false, true]) {
      const cells = lengths.map(({ length, most }) => {
        const { ms, name } = worstOf(platform, length, grows);
        isWithin &&= ms < most;
        console.log(
          `${platform.name}, ${length.toLocaleString('en')} characters ${grows ? 'by fours' : 'at once'}: ${ms.toFixed(2)} ms (${name})${ms < most ? '' : `  MISSED: ${most} ms`}`,
        );
        return `${ms.toFixed(1)} ms${ms < most ? '' : ' ✗'} (${name})`;
      });
      lines.push(
        `| ${platform.name} | ${grows ? 'four characters at a time' : 'all at once'} | ${cells.join(' | ')} |`,
      );
    }
  }
  const heads = lengths.map(({ length, most }) => `${length.toLocaleString('en')}, below ${most} ms`);
  return { table: [`| | | ${heads.join(' | ')} |`, '|---|---|---|---|---|', ...lines], holds: isWithin };
}

function worstOf(platform: Pages, length: number, grows: boolean): { ms: number; name: string } {
  let worst = { ms: 0, name: '' };
  for (const [name, make] of Object.entries(texts)) {
    const text = make(length);
    let ms = Number.POSITIVE_INFINITY;
    for (let run = 0; run < runs && ms > worst.ms; run += 1)
      ms = Math.min(ms, worstRender(platform, text, grows));
    if (ms > worst.ms) worst = { ms, name };
  }
  return worst;
}

/** Writes the whole answer as the writer does: one page's call at a time, each from the newest text. */
function worstRender(platform: Pages, text: string, grows: boolean): number {
  const draft = createDraft(systemClock);
  const layout = createLayout({
    limits: platform.limits,
    clock: systemClock,
    draft,
    turn: 'bench',
    saved: [],
    fresh: false,
    labels: { stop: 'Stop', retry: 'Retry', continue: 'Continue' },
    placeholder: () => undefined,
    interrupted: '',
    showsReasoning: false,
    onUnneeded: () => undefined,
  });
  let worst = 0;
  let onPage = 0;
  for (let at = 0; at < text.length; ) {
    const end = Math.min(
      text.length,
      at + (grows ? stepAt(at, text.length, onPage, platform.limits.max) : text.length),
    );
    draft.apply({ type: 'text-delta', text: text.slice(at, end) });
    at = end;
    for (;;) {
      const before = process.cpuUsage();
      layout.plan(undefined);
      const found = layout.difference();
      if (found) platform.show(found.page);
      const { user, system } = process.cpuUsage(before);
      worst = Math.max(worst, (user + system) / 1_000);
      if (found === undefined) break;
      layout.sending(found.index, found.page);
      const written = { ref: { id: String(found.index) }, shown: found.page.text.length, again: false };
      layout.landed(found.index, found.page, found.signature, written);
      onPage = found.page.text.length;
    }
  }
  return worst;
}

/**
 * By fours where a page ends and where the answer does, which is where a render costs most; in larger steps between. All but the last
 * three pages come at once.
 */
function stepAt(at: number, length: number, onPage: number, max: number): number {
  const first = length - 3 * max - at;
  if (first > 0) return first;
  return Math.max(4, Math.min(Math.ceil(max / 16), max - 24 - onPage, length - 80 - at));
}
