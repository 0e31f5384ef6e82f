// The length benchmark: an answer of 100,000 characters through draft, pages and writer, an edit at each delta. What an edit costs must not
// grow with the answer. `--check` exits 1 where the last tenth's edits cost more than half again as much as the dearest tenth before the middle.

import { systemClock } from '../../src/clock.ts';
import type { Lane, Page, ReplySink } from '../../src/platform.ts';
import { createDraft } from '../../src/reply/draft.ts';
import { createWriter } from '../../src/reply/writer.ts';
import { createEagerPacer } from '../fakes/eager-pacer.ts';
import { toProse } from './prose.ts';
import { type Measured, runTable } from './run-table.ts';
import { mean } from './track.ts';

const characters = 100_000;
/** The model's own text of a page: Slack's and Discord's. */
const pageSizes = { Slack: 11_000, Discord: 1_600 } as const;
const parts = 10;

export function benchLength(args: readonly string[]): Promise<number> {
  return runTable('length', args, measureAll);
}

async function measureAll(): Promise<Measured> {
  let isFlat = true;
  const lines: string[] = [];
  for (const [name, max] of Object.entries(pageSizes)) {
    // Once to warm up: the first tenth would pay for the compiler.
    await measure(max);
    const { tenths, shown, edits, pages } = await measure(max);
    const [start, end] = [mean(tenths.slice(0, 2)), mean(tenths.slice(-2))];
    isFlat &&= shown && (tenths.at(-1) ?? 0) <= 1.5 * Math.max(...tenths.slice(0, parts / 2));
    lines.push(
      `| ${name}, pages of ${max.toLocaleString('en')} | ${edits.toLocaleString('en')} | ${pages} | ${toMs(start)} | ${toMs(end)} | ${(end / start).toFixed(2)} | ${shown ? 'exact' : 'NOT EXACT'} |`,
    );
    console.log(
      `${name}: ${edits} edits on ${pages} pages, ms per edit by tenth: ${tenths.map((ms) => ms.toFixed(3)).join(' ')}`,
    );
  }
  const table = [
    '| | edits | pages | an edit in the first fifth | in the last fifth | quotient | text |',
    '|---|---|---|---|---|---|---|',
    ...lines,
  ];
  return { table, holds: isFlat };
}

function toMs(ms: number): string {
  return `${ms.toFixed(2)} ms`;
}

interface Answer {
  /** Milliseconds an edit (the median), from the delta to the call, in each tenth of the answer. */
  readonly tenths: readonly number[];
  readonly edits: number;
  readonly pages: number;
  /** What stands on the pages, joined, is the answer. */
  readonly shown: boolean;
}

async function measure(max: number): Promise<Answer> {
  const shown: Page[] = [];
  let calledAt = 0;
  const write = async (page: Page) => {
    calledAt = performance.now();
    shown[page.index] = page;
    return { ref: { id: String(page.index) }, shown: page.text.length, again: false };
  };
  const lane: Lane = { key: 'bench:T:write', platform: 'bench', scope: 'T', perMinute: 60_000, burst: 1_000 };
  const sink: ReplySink = {
    limits: { max, sizeOf: (body) => body.length, maxAgeMs: 3_600_000 },
    plan: () => ({ lane, how: {} }),
    post: write,
    edit: (_ref, page) => write(page),
  };
  const draft = createDraft(systemClock);
  const fail = (error: unknown) => {
    throw error;
  };
  const writer = createWriter({
    sink,
    pacer: createEagerPacer(),
    clock: systemClock,
    draft,
    turn: 'bench',
    saved: [],
    fresh: false,
    remnants: { withdrawn: 'gone', left: 'left', open: 'open' },
    labels: { stop: 'Stop', retry: 'Retry', continue: 'Continue' },
    placeholder: () => undefined,
    interrupted: '',
    onWritten: () => undefined,
    onFault: fail,
    onLost: fail,
  });
  const text = toProse(characters / 4, 1)
    .join('')
    .slice(0, characters);
  const spent = Array.from({ length: parts }, () => [] as number[]);
  for (let at = 0; at < text.length; at += 20) {
    draft.apply({ type: 'text-delta', text: text.slice(at, at + 20) });
    const before = performance.now();
    calledAt = before;
    writer.changed();
    await new Promise((resolve) => setImmediate(resolve));
    if (calledAt > before) spent[Math.floor((at / text.length) * parts)]?.push(calledAt - before);
  }
  await writer.end({ state: 'complete', footer: 'AI', controls: [] });
  return {
    tenths: spent.map(middleOf),
    edits: spent.flat().length,
    pages: shown.length,
    shown: shown.map((page) => page.text).join('') === text,
  };
}

function middleOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
