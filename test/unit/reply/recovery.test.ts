import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPaginator, type PageCut, type PageLimits } from '../../../src/pages/paginate.ts';

const byLength = (max: number, loose = false): PageLimits => ({
  max,
  sizeOf: (body) => body.length,
  looseFences: loose,
});
const pagesOf = (text: string, limits: PageLimits) => createPaginator(limits).pages(text, true);
const own = (page: PageCut) => page.body.slice(page.opened, page.body.length - page.closed);
const head = (page: PageCut | undefined) => page?.body.slice(0, page.opened);
const tail = (page: PageCut | undefined) => page?.body.slice(page.body.length - page.closed);
const code = 'let a = 1;\n';

describe('a code fence that is opened behind words', () => {
  const text = `Here it is: \`\`\`ts\n${code.repeat(20)}\`\`\`\nDone.`;

  it.each([false, true])(
    'is closed at the end of the page and opened again with its language (loose: %s)',
    (loose) => {
      const pages = pagesOf(text, byLength(100, loose));
      expect(pages.length).toBeGreaterThan(2);
      expect(pages.map(own).join('')).toBe(text);
      expect(tail(pages[0])).toContain('```');
      for (const page of pages.slice(1, -1)) {
        expect(head(page)).toBe('```ts\n');
        expect(tail(page)).toBe('```');
      }
      expect(head(pages.at(-1))).toMatch(/^(?:```ts\n)?$/);
      expect(pages.every(({ body }) => body.split('```').length % 2 === 1)).toBe(true);
      expect(pages.every(({ body }) => body.length <= 100)).toBe(true);
    },
  );

  it('is opened again without a language where a line closes it later', () => {
    const pages = pagesOf(text.replace('```ts', '```'), byLength(100));
    expect(head(pages[1])).toBe('```\n');
  });

  it('is none where nothing says so: marks that a sentence speaks of', () => {
    const spoken = `Use the marks \`\`\`\n${'and then some words. '.repeat(12)}`;
    for (const page of pagesOf(spoken, byLength(100))) expect(head(page)).toBe('');
  });

  it('is closed on its last line where the platform takes that', () => {
    const pages = pagesOf(
      `Look: \`\`\`ts\n${code}b\`\`\`\n${'Words follow. '.repeat(20)}`,
      byLength(100, true),
    );
    for (const page of pages.slice(1)) expect(head(page)).toBe('');
  });
});

describe('a code fence behind a tab', () => {
  it('is closed and opened again in the list item that it stands in', () => {
    const text = `1. Run this:\n\t\`\`\`sh\n${'\tls -l\n'.repeat(20)}\t\`\`\`\n2. Then that.`;
    const pages = pagesOf(text, byLength(80));
    expect(pages.map(own).join('')).toBe(text);
    expect(pages.length).toBeGreaterThan(2);
    for (const page of pages.slice(1, -1)) {
      expect(head(page)).toBe('-   ```sh\n');
      expect(tail(page)).toBe('\t```');
    }
  });

  it('is one behind the marker and a tab, too', () => {
    const [first, second] = pagesOf(`-\t\`\`\`sh\n${'\tls -l\n'.repeat(20)}\t\`\`\`\n`, byLength(80));
    expect(tail(first)).toMatch(/^ {4}```$/);
    expect(head(second)).toBe('-   ```sh\n');
  });

  it('is opened again as it was where no list is open', () => {
    const text = `Run this:\n\t\`\`\`sh\n${'\tls -l\n'.repeat(20)}\t\`\`\`\nDone.`;
    for (const loose of [false, true]) {
      const pages = pagesOf(text, byLength(80, loose));
      expect(pages.map(own).join('')).toBe(text);
      for (const page of pages.slice(1, -1)) expect(head(page)).toBe('\t```sh\n');
      for (const page of pages) expect(page.body.split('```').length % 2).toBe(1);
    }
  });

  it('is one in an item of an item, where four columns would make code of all', () => {
    const pages = pagesOf(
      `- a\n  - b\n\n    \`\`\`sh\n${'    ls -l\n'.repeat(20)}    \`\`\`\n`,
      byLength(90),
    );
    expect(head(pages[1])).toBe('-   ```sh\n');
    expect(tail(pages[1])).toBe('    ```');
  });
});

describe('a table that goes on', () => {
  const header = '| name | size |\n|:-----|-----:|\n';
  const rows = Array.from({ length: 40 }, (_, n) => `| row ${n} | ${n} |\n`).join('');

  it('begins with its header, which counts as put before the text', () => {
    const text = header + rows;
    const pages = pagesOf(text, byLength(160));
    expect(pages.length).toBeGreaterThan(3);
    expect(pages.map(own).join('')).toBe(text);
    expect(head(pages[0])).toBe('');
    for (const page of pages.slice(1)) {
      expect(head(page)).toBe(header);
      expect(own(page)).toMatch(/^\| row /);
      expect(page.body.length).toBeLessThanOrEqual(160);
    }
  });

  it('does so in a quote, without pipes at its edges, and behind other words', () => {
    const quoted = (header + rows).replaceAll(/^/gm, '> ').slice(0, -2);
    expect(head(pagesOf(quoted, byLength(200))[1])).toBe('> | name | size |\n> |:-----|-----:|\n');
    const open = `Words.\n\na | b\n--|--\n${'1 | 2\n'.repeat(60)}`;
    expect(head(pagesOf(open, byLength(120))[1])).toBe('a | b\n--|--\n');
  });

  it('has none again behind its last row, for text, or where the header takes too much of the page', () => {
    const pages = pagesOf(`${header + rows}\n${'Words follow. '.repeat(40)}`, byLength(160));
    const at = pages.findIndex((page) => own(page).startsWith('Words'));
    expect(pages.slice(at).map(head).join('')).toBe('');
    const large = `| ${'long name '.repeat(9)} | b |\n|---|---|\n`;
    for (const page of pagesOf(large + rows, byLength(160))) expect(head(page)).toBe('');
  });

  it('has the same pages again when the reply is restored', () => {
    const before = pagesOf(header + rows, byLength(160));
    const again = createPaginator(byLength(160), before).pages(header + rows, true);
    expect(again).toEqual(before);
  });

  it('grows row by row: every page behind the first begins with the header, none ends before what was shown', () => {
    fc.assert(
      fc.property(fc.integer({ min: 90, max: 400 }), fc.integer({ min: 1, max: 40 }), (max, step) => {
        const text = header + rows;
        const paginator = createPaginator(byLength(max));
        for (let end = step; end < text.length + step; end += step) {
          const pages = paginator.pages(text.slice(0, end), end >= text.length);
          paginator.shown(pages.at(-1)?.end ?? 0);
          expect(pages.map(own).join('')).toBe(text.slice(0, end));
          for (const page of pages) expect(page.body.length).toBeLessThanOrEqual(max);
          for (const page of pages.slice(1)) {
            const isAtRow = /\n$/.test(text.slice(0, page.start)) && header.length <= max / 4;
            expect(head(page)).toBe(isAtRow ? header : '');
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
