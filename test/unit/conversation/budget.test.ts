import { describe, expect, it } from 'vitest';
import { type Budget, FIRST_BUDGET, toSmaller } from '../../../src/conversation/budget.ts';
import { BotError, type ErrorCode } from '../../../src/errors.ts';

/** The budgets that are tried one after another, where the files take all that they may. */
function tried(code: ErrorCode, files: Budget['files']): readonly Budget[] {
  const all = [FIRST_BUDGET];
  for (;;) {
    const last = all.at(-1) ?? FIRST_BUDGET;
    const taken = {
      tokens: Math.min(files.tokens, last.files.tokens),
      images: Math.min(files.images, last.files.images),
    };
    const next = toSmaller(last, taken, new BotError(code, 'x'));
    if (next === undefined) return all;
    all.push(next);
  }
}

describe('what gives way where a prompt is too long', () => {
  it('is the files, as long as they can shrink, and then the thread', () => {
    const budgets = tried('context-too-long', { tokens: 100_000, images: 4 });
    expect(budgets.map(({ tokens }) => tokens)).toEqual([24_000, 24_000, 6_000]);
    expect(budgets.map(({ files }) => files.tokens)).toEqual([16_000, 4_000, 3_000]);
  });

  it('is the thread at once where there are no files, or only small ones', () => {
    for (const tokens of [0, 2_000])
      expect(tried('context-too-long', { tokens, images: 0 }).map((one) => one.tokens)).toEqual([
        24_000, 6_000,
      ]);
  });

  it('are pictures like any other file', () => {
    expect(tried('context-too-long', { tokens: 0, images: 3 }).map(({ files }) => files.images)).toEqual([
      4, 1, 1,
    ]);
  });

  it('is only the files where it has too many bytes: of these the thread has few', () => {
    expect(tried('too-large', { tokens: 0, images: 0 })).toHaveLength(1);
    expect(tried('too-large', { tokens: 0, images: 4 })).toHaveLength(2);
    expect(tried('too-large', { tokens: 16_000, images: 0 })).toHaveLength(3);
  });

  it('is nothing where something else failed', () => {
    expect(tried('server-error', { tokens: 16_000, images: 4 })).toHaveLength(1);
  });
});
