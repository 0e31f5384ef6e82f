// Law 8: what goes back to the model is what the model wrote, letter for letter. Through the paginator and each adapter's own codec.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BODY_MAX, fromContent, toContent } from '../../adapters/discord/format.ts';
import { defuse, MAX_BODY, parseMetadata, toBlocks, toMetadata } from '../../adapters/slack/format.ts';
import { toOwnText } from '../../adapters/slack/history.ts';
import { FIRST_METADATA_BYTES } from '../../adapters/slack/sink.ts';
import { createPaginator } from '../../src/pages/paginate.ts';
import type { Page } from '../../src/platform.ts';
import { createDraft } from '../../src/reply/draft.ts';
import type { Ending } from '../../src/reply/ending.ts';
import { toPage } from '../../src/reply/page.ts';
import { createFakeClock } from '../fakes/clock.ts';

interface Codec {
  readonly max: number;
  sizeOf(body: string): number;
  /** What the platform keeps of a page, read back. */
  read(page: Page): { readonly text: string; readonly page?: number; readonly state?: string };
}

function slack(metadataBytes: number): Codec {
  return {
    max: MAX_BODY,
    sizeOf: (body) => defuse(body).length,
    read(page) {
      const stored = JSON.parse(
        JSON.stringify({ blocks: toBlocks(page), metadata: toMetadata('turn', page, metadataBytes) }),
      );
      const record = parseMetadata(stored.metadata);
      if (record === undefined) throw new Error('the metadata found no room at all');
      const text = toOwnText({ ts: '1.0', blocks: stored.blocks }, record);
      return { text, page: record.page, state: record.state };
    },
  };
}

/** Discord's client and server trim white space around a message. */
const discord: Codec = {
  max: BODY_MAX,
  sizeOf: (body) => body.length,
  read: (page) => fromContent(toContent(page).trim()),
};

const codecs: readonly (readonly [string, Codec])[] = [
  ['Slack, text in the metadata', slack(FIRST_METADATA_BYTES)],
  ['Slack, text in the blocks', slack(200)],
  ['Discord', discord],
];

const labels = { stop: 'Stop', retry: 'Retry', continue: 'Continue' };
const endings: readonly (Ending | undefined)[] = [
  undefined,
  { state: 'complete', footer: 'AI · model · 3 s · 5 tokens', controls: [] },
  { state: 'complete', footer: 'AI', quiet: true, controls: [] },
  {
    state: 'broken',
    footer: 'AI · broken off',
    notice: 'The answer broke off. Press Continue.',
    tone: 'error',
    controls: ['continue', 'retry'],
  },
  { state: 'length', footer: 'AI · token limit', notice: 'Not read: a.pdf.', controls: ['continue'] },
];

/** The pages of an answer as the writer makes them. */
function toPages(text: string, codec: Codec, max: number, ending: Ending | undefined): Page[] {
  const draft = createDraft(createFakeClock());
  draft.apply({ type: 'text-delta', text });
  const limits = { max, sizeOf: codec.sizeOf };
  const cuts = createPaginator(limits).pages(text, ending !== undefined);
  return cuts.map((cut, index) =>
    toPage({
      ...{ index, cut, draft, ending, labels, turn: 'turn' },
      ...{
        isLast: index === cuts.length - 1,
        placeholder: undefined,
        interrupted: 'going on…',
        showsReasoning: true,
      },
    }),
  );
}

const markdown = fc.constantFrom(
  '# Heading\n\n',
  'A sentence. ',
  '中文，没有空格。',
  '👩‍👩‍👧‍👦',
  '```ts\n',
  'const a = `x`;\n',
  '```\n',
  '~~~\n',
  '> quoted\n',
  '- [ ] item\n',
  '1. one\n',
  '| a | b |\n|---|---|\n| 1 | 2 |\n',
  '**bold** ',
  '_open ',
  '[link](https://example.com) ',
  '<!channel> ',
  '<@U1> ',
  '<\u2060@U1> ',
  '@everyone ',
  '<@&12345678901234567> ',
  '&lt;b&gt; &amp; ',
  '-# small\n',
  'AI · model · 3 s\n',
  ' ▍',
  '\u2063\u2061\u2064\u2063',
  '\u2060',
  '\n\n\n',
  '   ',
  '\t',
);
const answer = fc
  .array(fc.oneof({ weight: 5, arbitrary: markdown }, fc.string({ unit: 'binary', maxLength: 20 })), {
    minLength: 1,
    maxLength: 60,
  })
  .map((parts) => parts.join(''))
  .filter((text) => text.trim() !== '');

describe.each(codecs)('an answer read back from its pages (%s)', (_name, codec) => {
  it('is what the model wrote, letter for letter, whatever stands around it', () => {
    fc.assert(
      fc.property(
        answer,
        fc.constantFrom(...endings),
        fc.constantFrom(80, 300, codec.max),
        (text, end, max) => {
          const pages = toPages(text, codec, max, end);
          const read = pages.map((page) => codec.read(page));
          expect(read.map((page) => page.text).join('')).toBe(text);
          expect(read.map(({ page, state }) => [page, state])).toEqual(
            pages.map(({ index, state }) => [index, state]),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is nothing where only a placeholder, a notice or a small line stands', () => {
    const draft = createDraft(createFakeClock());
    for (const ending of endings) {
      const page = toPage({
        ...{ index: 0, cut: undefined, isLast: true, draft, ending, labels, turn: 'turn' },
        ...{ placeholder: 'thinking… 5 s', interrupted: 'going on…', showsReasoning: true },
      });
      expect(codec.read(page).text).toBe('');
    }
  });
});
