import { describe, expect, it } from 'vitest';
import { createPaginator, type PageCut } from '../../../src/pages/paginate.ts';

const byLength = (max: number) => ({ max, sizeOf: (body: string) => body.length });
const cut = (text: string, max: number, ended = true) => createPaginator(byLength(max)).pages(text, ended);
const bodies = (pages: readonly PageCut[]) => pages.map((page) => page.body);
const texts = (text: string, max: number) => cut(text, max).map((page) => text.slice(page.start, page.end));

describe('when an answer fits on one page', () => {
  it('has one page, sealed only at the end', () => {
    expect(cut('Hello', 10)).toEqual([
      { start: 0, end: 5, body: 'Hello', opened: 0, closed: 0, sealed: true },
    ]);
    expect(cut('Hello', 10, false)[0]?.sealed).toBe(false);
  });

  it('has no page while there is no text', () => {
    expect(cut('', 10)).toEqual([]);
  });

  it('closes open markdown while it grows, and leaves it as the model wrote it at the end', () => {
    expect(bodies(cut('a **b', 20, false))).toEqual(['a **b**']);
    expect(bodies(cut('a **b', 20))).toEqual(['a **b']);
  });
});

describe('when an answer is longer than a page', () => {
  it('is cut between paragraphs rather than lines', () => {
    expect(texts('one one one one\n\ntwo two\ntwo\nthree', 28)).toEqual([
      'one one one one\n\n',
      'two two\ntwo\nthree',
    ]);
  });

  it('is cut between lines rather than sentences', () => {
    expect(texts('one one one\nTwo. Two two two two', 20)).toEqual(['one one one\n', 'Two. Two two two two']);
  });

  it('is cut between sentences rather than words', () => {
    expect(texts('One one one. Two two two.', 20)).toEqual(['One one one. ', 'Two two two.']);
  });

  it('is cut between Chinese sentences, and before no closing mark', () => {
    expect(texts('今天天气很好。我们去公园。', 10)).toEqual(['今天天气很好。', '我们去公园。']);
    expect(texts('一二三四五六七八九，十', 9)).toEqual(['一二三四五六七八', '九，十']);
  });

  it('is cut between words, the white space at the end of the earlier page', () => {
    expect(texts('alpha beta gamma', 13)).toEqual(['alpha beta ', 'gamma']);
  });

  it('is cut anywhere only where a word is longer than a page, but never inside a grapheme', () => {
    expect(texts('a'.repeat(25), 10).map((page) => page.length)).toEqual([10, 10, 5]);
    expect(texts('👨‍👩‍👧👨‍👩‍👧', 10)).toEqual(['👨‍👩‍👧', '👨‍👩‍👧']);
    expect(texts('🇩🇪🇫🇷🇮🇹', 6)).toEqual(['🇩🇪', '🇫🇷', '🇮🇹']);
  });

  it('does not leave a page half empty for a better boundary', () => {
    expect(texts(`a.\n\n${'word '.repeat(10)}`, 40)[0]?.length).toBeGreaterThan(20);
  });

  it('does not end a page with a heading', () => {
    expect(texts('some words here\n\n# Head\n\nmore words follow', 30)[1]).toMatch(/^# Head/);
  });

  it('tears no link, code or emphasis where there is another boundary', () => {
    expect(texts('see the words [in this link](http://x.y/z) here', 30)[0]).toBe('see the words ');
    expect(texts('see the words `in this code and more` here', 30)[0]).toBe('see the words ');
  });

  it('closes emphasis that it had to cut', () => {
    const [first] = cut(`**${'bold '.repeat(10)}**`, 30);
    expect(first?.body).toMatch(/\*\*$/);
    expect(first?.closed).toBeGreaterThan(0);
  });
});

describe('when a fence is cut', () => {
  const code = `\`\`\`ts\n${'let a = 1;\n'.repeat(6)}\`\`\`\n`;

  it('closes it at the end of the page and opens it again with its language', () => {
    const pages = cut(code, 50);
    expect(pages[0]?.body).toBe('```ts\nlet a = 1;\nlet a = 1;\nlet a = 1;\n```');
    expect(pages[1]?.body).toBe('```ts\nlet a = 1;\nlet a = 1;\nlet a = 1;\n```\n');
    expect([pages[0]?.opened, pages[0]?.closed, pages[1]?.opened, pages[1]?.closed]).toEqual([0, 3, 6, 0]);
  });

  it('leaves out a very long info string, and all repair where there is no room for it', () => {
    const long = cut(`\`\`\`${'x'.repeat(30)}\n${'let a = 1;\n'.repeat(6)}\`\`\`\n`, 60);
    expect(long[1]?.body.startsWith('```\nlet')).toBe(true);
    const marks = '`'.repeat(40);
    const text = `${marks}\n${'abc\n'.repeat(10)}${marks}`;
    const none = cut(text, 30);
    expect(none.map((page) => text.slice(page.start, page.end)).join('')).toBe(text);
    expect(none.every((page) => page.body.length <= 30)).toBe(true);
  });

  it('begins no page with an empty block: cuts neither behind the opening line nor before the closing one', () => {
    for (let max = 24; max < 70; max += 1)
      for (const body of bodies(cut(`Some words:\n${code}`, max))) expect(body).not.toMatch(/```ts\n```/);
  });
});

describe('when there is a table', () => {
  const table = '| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n';

  it('goes whole to the next page when it fits there', () => {
    expect(texts(`Some words.\n\n${table}`, 45)).toEqual(['Some words.\n\n', table]);
  });

  it('is cut between rows when it is longer than a page', () => {
    const long = table + '| 5 | 6 |\n'.repeat(10);
    for (const text of texts(long, 45)) expect(text).toMatch(/^\|.*\|\n$/s);
  });
});

describe('when the answer grows', () => {
  it('keeps the very same sealed pages', () => {
    const paginator = createPaginator(byLength(20));
    const before = paginator.pages('one one one two two two three', false);
    const after = paginator.pages('one one one two two two three four', false);
    expect(after[0]).toBe(before[0]);
    expect(before[0]?.sealed).toBe(true);
    expect(paginator.pages('one one one two two two three four', false)[1]).toBe(after[1]);
  });

  it('ends no page before text that has been shown', () => {
    const paginator = createPaginator(byLength(20));
    paginator.pages('One. Two three fo', false);
    paginator.shown(17);
    const [first] = paginator.pages('One. Two three four five', false);
    expect(first?.end).toBe(20);
  });

  it('ends a page where it was sealed', () => {
    const paginator = createPaginator(byLength(40));
    paginator.pages('```js\nabc def', false);
    paginator.seal(9);
    const pages = paginator.pages('```js\nabc def\n```\n', true);
    expect(bodies(pages)).toEqual(['```js\nabc\n```', '```js\n def\n```\n']);
    expect(pages[0]?.end).toBe(9);
  });

  it('seals the last page even behind the end, and goes on when text comes', () => {
    const paginator = createPaginator(byLength(40));
    paginator.pages('abc', false);
    paginator.seal(3);
    expect(bodies(paginator.pages('abc', true))).toEqual(['abc']);
    expect(bodies(paginator.pages('abc def', true))).toEqual(['abc', ' def']);
  });
});

describe('when a reply goes on after a crash', () => {
  it('has the same pages again', () => {
    const text = `Words.\n\n\`\`\`py\n${'x = 1\n'.repeat(20)}`;
    const before = cut(text, 60, false);
    const again = createPaginator(byLength(60), before).pages(text, false);
    expect(again).toEqual(before);
  });

  it('goes on with the page that was being written, not before what it showed', () => {
    const paginator = createPaginator(byLength(20), [{ start: 0, end: 18, sealed: false }]);
    expect(paginator.pages('One. Two three four five', false)[0]?.end).toBe(20);
  });
});

describe('when the answer is very long', () => {
  const paragraph =
    'Some **bold** words, `code`, and [a link](http://x.y). 中文也有。\n\n```ts\nconst a = 1;\n```\n\n';
  const answer = paragraph.repeat(Math.ceil(100_000 / paragraph.length)).slice(0, 100_000);
  const max = 2_000;

  it('costs no more a step at its end than at its beginning', () => {
    let calls = 0;
    let letters = 0;
    const limits = {
      max,
      sizeOf: (body: string) => {
        calls += 1;
        letters += body.length;
        return body.length;
      },
    };
    const paginator = createPaginator(limits);
    const steps: { calls: number; letters: number }[] = [];
    for (let end = 50; end <= answer.length; end += 50) {
      calls = 0;
      letters = 0;
      paginator.shown(paginator.pages(answer.slice(0, end), false).at(-1)?.end ?? 0);
      steps.push({ calls, letters });
    }
    const mean = (part: typeof steps) => part.reduce((sum, step) => sum + step.letters, 0) / part.length;
    const tenth = steps.length / 10;
    expect(mean(steps.slice(-tenth))).toBeLessThan(1.2 * mean(steps.slice(0, tenth)));
    expect(Math.max(...steps.map((step) => step.calls))).toBeLessThan(40);
    expect(mean(steps)).toBeLessThan(1.5 * max);
  });

  it('measures each page a bounded number of times when it comes all at once', () => {
    let letters = 0;
    const sizeOf = (body: string) => {
      letters += body.length;
      return body.length;
    };
    createPaginator({ max, sizeOf }).pages(answer, true);
    expect(letters / answer.length).toBeLessThan(40);
  });
});
