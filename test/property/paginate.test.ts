import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPaginator, type PageCut, type PageLimits } from '../../src/pages/paginate.ts';
import { hostileTexts } from '../fakes/hostile-texts.ts';

const words = [
  'word',
  'two words',
  '**bold**',
  '**',
  '*',
  '`code`',
  '`',
  '``',
  '[a](http://x.y/z_(1))',
  '[a](',
  '[',
  '~~x~~',
  '\\',
  '|',
  '2*3',
];
const marks = ['```', '````', '``````', '~~~', '~~~~~'];
const word = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...words) },
  fc.constantFrom('今天天气很好。', '你好，世界！', '👨‍👩‍👧‍👦', '🇩🇪🇫🇷', 'e\u0301', '👍🏽', '한국어'),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
);
const line = fc
  .array(fc.oneof(word, word, fc.constantFrom(' ', '. ', ' ', '  ')), { maxLength: 12 })
  .map((parts) => parts.join(''));
const fence = fc
  .record({
    mark: fc.constantFrom(...marks),
    indent: fc.constantFrom('', '', '  ', '   '),
    info: fc.constantFrom('', 'ts', ' python title="x"', 'js`'),
    code: fc.array(fc.oneof(line, fc.constantFrom('  indented();', '', '``', '~~~', '``` x')), {
      maxLength: 12,
    }),
    closed: fc.boolean(),
  })
  .map(({ mark, indent, info, code, closed }) =>
    [indent + mark + info, ...code, ...(closed ? [indent + mark] : [])].join('\n'),
  );
const table = fc
  .array(fc.tuple(fc.nat(99), fc.constantFrom('a', '**b**', '中')), { minLength: 1, maxLength: 12 })
  .map((rows) => ['| n | x |', '|---|---|', ...rows.map(([n, x]) => `| ${n} | ${x} |`)].join('\n'));
const plain = fc.oneof(
  line,
  line,
  fence,
  table,
  fc.constantFrom('# Heading', '---', '***'),
  fc.nat(300).map((length) => 'x'.repeat(length)),
  fc.nat(80).map((length) => ' \n'.repeat(length)),
);
const nested = fc.oneof(
  plain,
  fc.tuple(fc.constantFrom('- ', '  - ', '1. ', '> ', '> - '), plain).map(([start, block]) => start + block),
  fence.map((block) => block.replaceAll(/^/gm, '> ')),
  fence.map((block) => `1. item\n\n${block.replaceAll(/^/gm, '   ')}`),
);
const toText = (block: fc.Arbitrary<string>) =>
  fc
    .tuple(fc.array(fc.tuple(block, fc.constantFrom('\n', '\n\n', '\n\n', '\r\n', ' ')), { maxLength: 10 }))
    .map(([blocks]) => blocks.map(([text, gap]) => text + gap).join(''));

/** Without anything that could start a list or a quote, wherever a page begins. */
const flat = toText(plain).map((text) => text.replaceAll('>', 'x').replaceAll(/[-+*.)](?=[ \n]|$)/g, '$&x'));

const byLength = (body: string) => body.length;
const byBytes = (body: string) => Buffer.byteLength(body);
/** Escapes count, as where a platform stores `<` as `&lt;`. */
const byEscaped = (body: string) => body.replaceAll(/[<>&]/g, '&amp;').length;
const sizes = fc.constantFrom(byLength, byBytes, byEscaped);

interface Step {
  readonly grow: number;
  /** How much of the page being written is shown then, as a share; undefined for nothing new. */
  readonly show: number | undefined;
  /** Where the page being written is sealed then, as a share of what follows the shown text. */
  readonly seal: number | undefined;
}
const share = fc.double({ min: 0, max: 1, noNaN: true });
const rarely = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, value);
const steps = fc.array(
  fc.record<Step>({
    grow: fc.integer({ min: 1, max: 120 }),
    show: fc.option(share, { nil: undefined }),
    seal: rarely(share),
  }),
  { maxLength: 40 },
);

/** The end of a whole character: streams are decoded, so that text never grows by half a surrogate pair. */
const wholeEnd = (text: string, end: number) =>
  /^[\uDC00-\uDFFF]/.test(text.charAt(end)) && /[\uD800-\uDBFF]$/.test(text.slice(0, end)) ? end + 1 : end;

interface Run {
  readonly pages: readonly PageCut[];
  /** Ends that were asked for, or that shown text in the middle of a grapheme may have forced. */
  readonly forced: ReadonlySet<number>;
}

function write(
  text: string,
  limits: PageLimits,
  plan: readonly Step[],
  check: (pages: readonly PageCut[], text: string) => void,
): Run {
  const paginator = createPaginator(limits);
  const forced = new Set<number>();
  let shown = 0;
  let sealedAt = -1;
  let end = 0;
  let before: readonly PageCut[] = [];
  const look = (now: string, ended: boolean) => {
    const pages = paginator.pages(now, ended);
    check(pages, now);
    for (const [index, page] of before.entries()) if (page.sealed) expect(pages[index]).toBe(page);
    if (sealedAt >= 0) expect(pages[before.length - 1]?.end).toBe(sealedAt);
    else {
      const holder = pages[Math.max(0, before.length - 1)];
      if (holder && before.length > 0) expect(holder.end).toBeGreaterThanOrEqual(shown);
    }
    before = pages;
    sealedAt = -1;
  };
  for (const step of plan) {
    end = wholeEnd(text, Math.min(text.length, end + step.grow));
    look(text.slice(0, end), false);
    const page = before.at(-1);
    if (!page || page.sealed) continue;
    if (step.show !== undefined) {
      shown = Math.max(shown, wholeEnd(text, page.start + Math.floor(step.show * (page.end - page.start))));
      paginator.shown(shown);
      forced.add(shown);
    }
    if (step.seal !== undefined) {
      const low = Math.max(shown, page.start);
      sealedAt = wholeEnd(text, low + Math.floor(step.seal * (page.end - low)));
      paginator.seal(sealedAt);
      forced.add(sealedAt);
    }
  }
  look(text, true);
  return { pages: before, forced };
}

const isExact = (pages: readonly PageCut[], text: string) => {
  expect(pages.map((page) => text.slice(page.start, page.end)).join('')).toBe(text);
  let at = 0;
  for (const page of pages) {
    expect(page.start).toBe(at);
    at = page.end;
    expect(page.body.slice(page.opened, page.body.length - page.closed)).toBe(
      text.slice(page.start, page.end),
    );
  }
};

/** The fence open at the end of a document without lists and quotes: CommonMark's rules, written a second time. */
function openFence(body: string): string | undefined {
  let open: string | undefined;
  for (const content of body.split(/\r?\n/)) {
    const [, indent = '', mark = '', rest = ''] = /^( {0,3})(`{3,}|~{3,})(.*)$/s.exec(content) ?? [];
    if (mark === '') continue;
    const openMarks = open?.trimStart().match(/^(?:`+|~+)/)?.[0] ?? '';
    if (open === undefined) {
      if (mark.startsWith('~') || !rest.includes('`')) open = indent + mark + rest;
    } else if (mark.startsWith(openMarks) && rest.trim() === '') open = undefined;
  }
  return open;
}

/** One line, no spaces, nothing but spaces or marks, and markup in every order; half a pair of surrogates is no text of a stream. */
const hostile = fc
  .array(
    fc.oneof(
      fc
        .tuple(fc.constantFrom(...Object.keys(hostileTexts)), fc.integer({ min: 1, max: 500 }))
        .map(([name, length]) => hostileTexts[name]?.(2 * length).replaceAll(/\p{Surrogate}/gu, '') ?? ''),
      fc
        .array(
          fc.constantFrom(
            ...[
              '*',
              '**',
              '_',
              '~~',
              '`',
              '```',
              '~~~',
              '[',
              ']',
              '](',
              ')',
              '<',
              '>',
              '|',
              '#',
              '- ',
              '1. ',
            ],
            ...[
              '\n',
              '\r\n',
              '\t',
              ' ',
              '    ',
              'a',
              '```ts\n',
              '\t```ts\n',
              '|-|-|',
              '\u0301',
              '\u2060',
              '。',
              '--',
            ],
          ),
          { maxLength: 80 },
        )
        .map((parts) => parts.join('')),
      toText(nested),
    ),
    { maxLength: 3 },
  )
  .map((parts) => parts.join(''));

const runs = { numRuns: 250 };

describe('for any answer, growth, limit, shown and sealed text', () => {
  it('nothing is lost, nothing is doubled, no page is too large, sealed pages never change, and none ends before shown text', () => {
    fc.assert(
      fc.property(
        toText(nested),
        steps,
        fc.integer({ min: 30, max: 400 }),
        sizes,
        (text, plan, max, sizeOf) => {
          write(text, { max, sizeOf }, plan, (pages, now) => {
            isExact(pages, now);
            for (const page of pages)
              if (page.end - page.start > 25) expect(sizeOf(page.body)).toBeLessThanOrEqual(max);
          });
        },
      ),
      runs,
    );
  });

  it('so it is for hostile text: one line, no spaces, all spaces, all marks, markup in every order', () => {
    fc.assert(
      fc.property(
        hostile,
        steps,
        fc.integer({ min: 30, max: 400 }),
        sizes,
        fc.boolean(),
        (text, plan, max, sizeOf, looseFences) => {
          write(text, { max, sizeOf, looseFences }, plan, (pages, now) => {
            isExact(pages, now);
            for (const page of pages)
              if (page.end - page.start > 25) expect(sizeOf(page.body)).toBeLessThanOrEqual(max);
          });
        },
      ),
      runs,
    );
  });

  it('pages that are looked for one by one are those that are looked for at once', () => {
    fc.assert(
      fc.property(
        fc.oneof(hostile, toText(nested)),
        fc.integer({ min: 60, max: 400 }),
        sizes,
        (text, max, sizeOf) => {
          const all = createPaginator({ max, sizeOf }).pages(text, true);
          const byStep = createPaginator({ max, sizeOf });
          for (let most = 1; most <= all.length; most += 1)
            expect(byStep.pages(text, true, most)).toEqual(all.slice(0, most));
        },
      ),
      runs,
    );
  });

  it('terminates and stays exact with the smallest limits', () => {
    fc.assert(
      fc.property(
        toText(nested),
        steps,
        fc.integer({ min: 0, max: 30 }),
        sizes,
        (text, plan, max, sizeOf) => {
          write(text, { max, sizeOf }, plan, isExact);
        },
      ),
      { numRuns: 80 },
    );
  });

  it('no grapheme is torn, unless shown or sealed text tears it', () => {
    const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' });
    fc.assert(
      fc.property(
        toText(nested),
        steps,
        fc.integer({ min: 100, max: 400 }),
        sizes,
        (text, plan, max, sizeOf) => {
          const { pages, forced } = write(text, { max, sizeOf }, plan, isExact);
          const starts = new Set(Array.from(segmenter.segment(text), (segment) => segment.index));
          for (const page of pages.slice(0, -1))
            if (!forced.has(page.end)) expect(starts).toContain(page.end);
        },
      ),
      runs,
    );
  });

  it('every page stands alone: its fences are closed, and the next page opens again what was cut', () => {
    fc.assert(
      fc.property(flat, steps, fc.integer({ min: 120, max: 400 }), sizes, (text, plan, max, sizeOf) => {
        write(text, { max, sizeOf }, plan, (pages) => {
          for (const page of pages) expect(openFence(page.body)).toBeUndefined();
        });
        const { pages } = write(
          text,
          { max, sizeOf },
          plan.map((step) => ({ ...step, show: undefined, seal: undefined })),
          isExact,
        );
        for (const [index, page] of pages.slice(0, -1).entries()) {
          const open = openFence(page.body.slice(0, page.body.length - page.closed));
          const next = pages[index + 1];
          const opened = next?.body.slice(0, next.opened) ?? '';
          if (open === undefined && opened !== '') {
            // A table that goes on has its header again, a fence that was opened behind words its marks and its language.
            const isHeader = / ?\| n \| x \|\r?\n\|---\|---\|\r?\n$/.test(opened);
            expect(isHeader || /^`{3,}[a-z]*$/.test(opened.trim())).toBe(true);
            expect(text.slice(0, page.end)).toContain(opened.trimEnd());
            if (isHeader) expect(text.slice(next?.start).split('\n')[0]).toContain('|');
            continue;
          }
          const full = open === undefined ? '' : `${open.trimEnd()}\n`;
          // A long info string may be left out.
          const bare = `${/^ *(?:`+|~+)/.exec(full)?.[0]}\n`;
          expect(next?.body.slice(0, next.opened)).toBe(sizeOf(full) > max / 4 ? bare : full);
        }
      }),
      runs,
    );
  });

  it('the pages of a restored reply are those it had', () => {
    fc.assert(
      fc.property(
        toText(nested),
        steps,
        fc.integer({ min: 60, max: 400 }),
        sizes,
        (text, plan, max, sizeOf) => {
          const { pages } = write(text, { max, sizeOf }, plan, isExact);
          const again = createPaginator({ max, sizeOf }, pages).pages(text, true);
          isExact(again, text);
          expect(again.map((page) => page.end)).toEqual(pages.map((page) => page.end));
        },
      ),
      runs,
    );
  });
});
