// In which order the test files begin.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { longest, longestFirst } from '../order.ts';
import { findRoot } from '../root.ts';

describe('the order of the test files', () => {
  it('begins with the longest', () => {
    const files = ['/a/test/unit/b.test.ts', ...longest.map((name) => `/a/${name}`).reverse()];
    expect(longestFirst(files, (path) => path)).toEqual([
      ...longest.map((name) => `/a/${name}`),
      '/a/test/unit/b.test.ts',
    ]);
  });

  it('keeps the others as they are, on Windows too', () => {
    const files = ['C:\\a\\test\\z.test.ts', 'C:\\a\\test\\a.test.ts', 'C:\\a\\test\\e2e\\reader.test.ts'];
    expect(longestFirst(files, (path) => path)).toEqual([files[2], files[0], files[1]]);
  });

  it('names only files that are there', () => {
    expect(longest.filter((name) => !existsSync(join(findRoot(), name)))).toEqual([]);
  });
});
