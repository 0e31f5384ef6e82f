import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCleaner } from '../../../src/model/clean.ts';

function clean(...pieces: readonly string[]): string {
  const cleaner = createCleaner();
  return pieces.map((piece) => cleaner.push(piece)).join('') + cleaner.end();
}

/** No C0 but tab and newline, no DEL, no C1, no half of a pair. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
const unclean = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]|\p{Surrogate}/u;

describe('control characters of the model', () => {
  it('go no further: NUL, escape, DEL, C1', () => {
    expect(clean('a\u0000b\u001b[31mc\u007fd\u0085e\u009ff')).toBe('ab[31mcdef');
    expect(clean('\u0000')).toBe('');
  });

  it('leave tabs and newlines, and returns are newlines, also where a pair of both is cut', () => {
    expect(clean('a\tb\nc\r\nd\re')).toBe('a\tb\nc\nd\ne');
    expect(clean('a\r', '\nb\r', 'c\r', '', '\nd')).toBe('a\nb\nc\nd');
  });

  it('a character that is cut between two chunks is whole again', () => {
    expect(clean('\ud83d', '\ude00')).toBe('😀');
    expect(clean('a\ud83d', '', '\ude00b')).toBe('a😀b');
  });

  it('half a character is told as one that is missing', () => {
    expect(clean('a\ud83d')).toBe('a\ufffd');
    expect(clean('a\ude00b', '\ud83d', 'c')).toBe('a\ufffdb\ufffdc');
  });

  it('never pass, whatever the text and wherever it is cut, and all else does', () => {
    const unit = fc.oneof(
      fc.constantFrom('\u0000', '\r', '\n', '\r\n', '\ud83d', '\ude00', '😀', '\u0085', '\u001b', '\t'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(unit), fc.array(fc.nat(60)), (units, cuts) => {
        const whole = units.join('');
        const at = [...new Set([0, ...cuts, whole.length])]
          .filter((cut) => cut <= whole.length)
          .sort((a, b) => a - b);
        const pieces = at.map((cut, index) => whole.slice(cut, at[index + 1]));
        const cleaned = clean(...pieces);
        expect(cleaned).not.toMatch(unclean);
        expect(cleaned).toBe(clean(whole));
        if (!unclean.test(whole) && !whole.includes('\r')) expect(cleaned).toBe(whole);
      }),
    );
  });
});
