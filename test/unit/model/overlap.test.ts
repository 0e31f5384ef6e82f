import { describe, expect, it } from 'vitest';
import { createSeam, type SeamKind } from '../../../src/model/overlap.ts';

/** Joins an answer and its continuation, which comes in pieces of `size` characters. */
function join(before: string, continuation: string, kind: SeamKind, size: number) {
  const seam = createSeam(before, kind);
  let text = '';
  for (let at = 0; at < continuation.length; at += size) text += seam.push(continuation.slice(at, at + size));
  text += seam.end();
  return seam.isRestart() ? `restarted: ${text}` : before + text;
}

const long = 'Photosynthesis turns light into sugar. Plants do it in their leaves, and ';

describe.each([1, 3, 1000])('a continuation in pieces of %i characters', (size) => {
  it.each<[string, SeamKind, string, string, string]>([
    ['new text as it is', 'exact', 'The quick', ' brown fox', 'The quick brown fox'],
    ['a word cut in two', 'exact', 'conti', 'nuation', 'continuation'],
    ['a word that is meant twice', 'exact', 'very', ' very good', 'very very good'],
    ['a syllable that is meant twice', 'exact', 'haha', 'haha!', 'hahahaha!'],
    [
      'the next row of a table',
      'exact',
      '| a | b |\n| - | - |\n',
      '| a | b |\n',
      '| a | b |\n| - | - |\n| a | b |\n',
    ],
    [
      'a refrain',
      'exact',
      'Row, row, row your boat. ',
      'Row, row, row your boat. ',
      'Row, row, row your boat. Row, row, row your boat. ',
    ],
    ['a closing fence', 'exact', '```js\nx()\n', '```\nDone.', '```js\nx()\n```\nDone.'],
    ['blank lines', 'exact', 'a\n', '\nb', 'a\n\nb'],
    ['half of a surrogate pair', 'exact', 'a \ud83d', '\ude00 b', 'a 😀 b'],
  ])('keeps %s', (_name, kind, before, continuation, whole) => {
    expect(join(before, continuation, kind, size)).toBe(whole);
  });

  it.each<[string, SeamKind, string, string, string]>([
    ['the whole answer said again', 'exact', long, `${long}at noon.`, `${long}at noon.`],
    ['a short answer said again', 'exact', 'The quick brown f', 'The quick brown fox', 'The quick brown fox'],
    ['the last word glued to itself', 'exact', 'The quick brown', 'brown fox', 'The quick brown fox'],
    [
      'the last words',
      'exact',
      'The quick brown fox jumps',
      'brown fox jumps over',
      'The quick brown fox jumps over',
    ],
    ['the last word after a prompt', 'prompted', 'The quick brown', ' brown fox', 'The quick brown fox'],
    [
      'the last line after a prompt',
      'prompted',
      'One.\nTwo and thr',
      'Two and three.',
      'One.\nTwo and three.',
    ],
    ['Chinese words', 'prompted', '敏捷的棕色狐狸', '棕色狐狸跳过懒狗', '敏捷的棕色狐狸跳过懒狗'],
    [
      'a code fence opened again',
      'prompted',
      '```js\nconst a = 1;\n',
      '```js\nconst b = 2;\n',
      '```js\nconst a = 1;\nconst b = 2;\n',
    ],
    ['all of it and nothing more', 'prompted', long, long, long],
  ])('takes out %s', (_name, kind, before, continuation, whole) => {
    expect(join(before, continuation, kind, size)).toBe(whole);
  });

  it('sees an answer that was begun again in other words', () => {
    const again = 'Photosynthesis turns light into sugar. Plants do it by day.';
    expect(join(long, again, 'prompted', size)).toBe(`restarted: ${again}`);
  });
});
