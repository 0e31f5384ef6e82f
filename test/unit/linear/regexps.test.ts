import { describe, expect, it } from 'vitest';
import { expectLinear } from './cost.ts';
import { regexpsOf, unboundedIn } from './regexps.ts';
import { sources, unbounded } from './sources.ts';

describe('what runs at each render has no regular expression without a bound', () => {
  it.each(sources)('$path', ({ path, text }) => {
    const breaches = regexpsOf(text).flatMap(({ pattern, flags, line }) => {
      if (pattern === undefined) return [`${path}:${line}: not a literal`];
      const quantifier = unboundedIn(pattern);
      const isListed = unbounded.some((one) => one.path === path && one.pattern.source === pattern);
      if (quantifier === undefined || (flags.includes('y') && isListed)) return [];
      return [`${path}:${line}: ${quantifier} in /${pattern}/${flags}`];
    });
    expect(breaches).toEqual([]);
  });

  it.each(unbounded)(
    '$pattern is sticky, stands in its file, and is linear on its hostile text',
    async (one) => {
      const source = sources.find(({ path }) => path === one.path)?.text ?? '';
      const patterns = regexpsOf(source).map(({ pattern }) => pattern);
      expect(patterns).toContain(one.pattern.source);
      const readAll = (length: number) => () => {
        const text = one.hostile(length);
        for (let at = text.indexOf(one.at); at >= 0; at = text.indexOf(one.at, at + 1)) {
          one.pattern.lastIndex = at;
          one.pattern.exec(text);
        }
      };
      await expectLinear(readAll, 100_000, 1);
    },
  );
});

describe('how they are found', () => {
  const patterns = (source: string) => regexpsOf(source).map(({ pattern, flags }) => [pattern, flags]);

  it('finds literals, also behind a class that holds a slash, and divides where numbers are divided', () => {
    expect(patterns('const a = /[/"]x+\\//gu;')).toEqual([['[/"]x+\\/', 'gu']]);
    expect(patterns('const a = b / c / d;')).toEqual([]);
    expect(patterns('f(/a/, b); return /c/')).toEqual([
      ['a', ''],
      ['c', ''],
    ]);
  });

  it('finds none in comments and strings', () => {
    expect(patterns('// = /a+/\n/* = /b+/ */ const a = "= /c+/";')).toEqual([]);
  });

  it('reads what RegExp is given, raw templates, and what stands in a template', () => {
    expect(patterns('new RegExp("a\\\\s+", "y")')).toEqual([['a\\s+', 'y']]);
    const inserted = (what: string) => `$\{${what}}`.replace('\\', '');
    expect(patterns(`const a = String.raw\`\\s*${inserted('b')}\`;`)).toEqual([['\\s*x', '']]);
    expect(patterns(`const a = \`${inserted('b.replace(/c*/g, "")')}\`;`)).toEqual([['c*', 'g']]);
    expect(patterns('new RegExp(a + b)')).toEqual([[undefined, '']]);
  });

  it.each([
    ['a*', '*'],
    ['(?:a|b)+?', '+'],
    ['a{2,}', '{2,}'],
    ['[*+]', undefined],
    ['\\*\\+', undefined],
    ['a{2,5}?', undefined],
    ['\\p{L}\\u{1F600}', undefined],
    ['[\\]*]{0,3}', undefined],
    ['[\\]*]*', '*'],
  ])('%s: %s', (pattern, quantifier) => {
    expect(unboundedIn(pattern)).toBe(quantifier);
  });
});
