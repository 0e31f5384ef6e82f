import { describe, expect, it } from 'vitest';
import { countOf, fieldsOf, listOf, someText, textOf } from '../../../adapters/kit/fields.ts';

describe('untrusted JSON', () => {
  it('has no fields where it is no object', () => {
    for (const value of [null, undefined, 3, 'a', ['a']]) expect(fieldsOf(value)).toEqual({});
    expect(fieldsOf({ a: 1 })).toEqual({ a: 1 });
  });

  it('gives texts of a bounded length, cut between characters', () => {
    expect(textOf(3, 5)).toBe('');
    expect(textOf('abc', 3)).toBe('abc');
    expect(textOf('ab😀', 3)).toBe('ab');
    expect(someText('', 3)).toBeUndefined();
  });

  it('gives whole numbers that are not below 0', () => {
    expect([-1, 0.5, '1', Number.NaN, 2 ** 53].map(countOf)).toEqual(Array(5).fill(undefined));
    expect(countOf(0)).toBe(0);
  });

  it('gives the first elements of a list, less those that cannot be read', () => {
    expect(listOf([1, 'x', 2, 3], 3, countOf)).toEqual([1, 2]);
    expect(listOf('no list', 3, countOf)).toEqual([]);
  });
});
