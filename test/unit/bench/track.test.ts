// The benchmark's arithmetic, where the right figures are known beforehand.

import { describe, expect, it } from 'vitest';
import { type Cell, toBound, toCells } from '../../bench/cells.ts';
import { commonLength, type Track, toFigures, weightedQuantile } from '../../bench/track.ts';

const model = { idealFirst: 500, gap: 10 };

/** 1,001 tokens of one letter, asked for at 0, the first at half a second, one each 10 ms; seen as given. */
function toTrack(seen: Track['seen']): Track {
  const tokens = Array.from({ length: 1_001 }, (_, index) => index);
  return {
    askedAt: 0,
    ends: tokens.map((index) => index + 1),
    emitted: tokens.map((index) => 500 + 10 * index),
    seen,
  };
}

describe('a reader who sees each token at once', () => {
  it('is never behind', () => {
    const seen = Array.from({ length: 1_001 }, (_, index) => ({ at: 500 + 10 * index, chars: index + 1 }));
    const { staleness, firstText, lag, delay } = toFigures(toTrack(seen), model);
    expect({ staleness, firstText, lag, delay }).toEqual({ staleness: 0, firstText: 500, lag: 0, delay: 0 });
  });
});

describe('a reader who is brought up to date nine times at even gaps', () => {
  const seen = Array.from({ length: 10 }, (_, index) => ({
    at: 1_500 + 1_000 * index,
    chars: index < 9 ? 101 + 100 * index : 1_001,
  }));
  const figures = toFigures(toTrack(seen), model);

  it('is behind by what the bound says', () => {
    expect(Math.abs(figures.staleness - 10_000 / (2 * 10))).toBeLessThan(10);
  });

  it('has the first words a second late, and the whole answer with the last token', () => {
    expect(figures.firstText).toBe(1_500);
    expect(figures.lag).toBe(0);
  });

  it('is nearly a gap behind in the worst twentieth of the time', () => {
    expect(weightedQuantile(figures.pieces, 0.95)).toBeGreaterThanOrEqual(940);
  });
});

describe('an answer that never becomes whole', () => {
  it('has no final lag that could pass', () => {
    const { lag, delay } = toFigures(toTrack([{ at: 600, chars: 10 }]), model);
    expect([lag, delay]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });
});

describe('what stands of an answer', () => {
  it('is counted up to the first letter that differs', () => {
    expect(commonLength('abcdef', 'abcdef')).toBe(6);
    expect(commonLength('abcdef', 'abXdef')).toBe(2);
    expect(commonLength('abcdef', 'abcdefabc')).toBe(6);
    expect(commonLength('abcdef', '')).toBe(0);
  });
});

describe('the bound', () => {
  const boundOf = (id: string): number | undefined => {
    const cell = toCells(3).find(({ waves }) => waves.some((wave) => wave.id === id)) as Cell;
    const [wave] = cell.waves;
    return wave && toBound(cell, wave, 80);
  };

  it('falls with the calls there are and rises with the answers that share them', () => {
    expect(boundOf('slack-10')).toBeCloseTo(0.3, 2);
    expect(boundOf('slack-50')).toBeCloseTo(1.08, 2);
    expect(boundOf('slack-10-burst')).toBeCloseTo(0.75, 2);
    expect(boundOf('discord-1')).toBeCloseTo(0.33, 2);
  });

  it('is not told where lengths differ', () => {
    expect(boundOf('slack-chance')).toBeUndefined();
  });
});
