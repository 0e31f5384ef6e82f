import { describe, expect, it } from 'vitest';
import { createRecent } from '../../../adapters/kit/recent.ts';
import { toExcerpt, toWellFormed } from '../../../adapters/kit/text.ts';

describe('text for a platform', () => {
  it('has no half characters, and is as long as before', () => {
    expect(toWellFormed('a\ud83d b\ude00 😀')).toBe('a\ufffd b\ufffd 😀');
  });

  it('is cut between characters, with a sign at its end', () => {
    expect(toExcerpt('abc', 3)).toBe('abc');
    expect(toExcerpt('abcd', 3)).toBe('ab…');
    expect(toExcerpt('a😀bc', 3)).toBe('a…');
    expect(toExcerpt('😀😀', 4)).toBe('😀😀');
  });
});

describe('what is remembered for a while', () => {
  it('forgets what was set longest ago', () => {
    const recent = createRecent<number>(2);
    for (const [key, value] of [
      ['a', 1],
      ['b', 2],
      ['a', 3],
      ['c', 4],
    ] as const)
      recent.set(key, value);
    expect(recent.entries()).toEqual([
      ['a', 3],
      ['c', 4],
    ]);
    recent.delete('a');
    expect(recent.get('a')).toBeUndefined();
    expect(recent.get('c')).toBe(4);
  });
});
