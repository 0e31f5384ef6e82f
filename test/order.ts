// Owns in which order the test files begin: the longest first, so that none of them is left over at the end while another core has nothing to do.

import { BaseSequencer, type TestSequencer, type Vitest } from 'vitest/node';

/** Those of more than eight seconds, the longest first; vitest itself knows this only after a run, and goes by the size before. */
export const longest = [
  'test/e2e/reader.test.ts',
  'test/property/reader.test.ts',
  'test/e2e/browser.test.ts',
  'test/e2e/program.test.ts',
  'test/property/slack-stream.test.ts',
  'test/property/model-resume.test.ts',
  'test/unit/linear/cost.test.ts',
  'test/e2e/doctor.test.ts',
];

const placeOf = (path: string): number => {
  const place = longest.findIndex((name) => path.replaceAll('\\', '/').endsWith(`/${name}`));
  return place < 0 ? longest.length : place;
};

/** Files by their paths, as they are to begin; those that are not known to be long stay as they are. */
export function longestFirst<T>(files: readonly T[], pathOf: (file: T) => string): T[] {
  return [...files].sort((one, other) => placeOf(pathOf(one)) - placeOf(pathOf(other)));
}

/** Vitest calls it with `new`, which gives what a function returns. */
export function createOrder(vitest: Vitest): TestSequencer {
  const usual = new BaseSequencer(vitest);
  return {
    shard: (files) => usual.shard(files),
    sort: async (files) => longestFirst(await usual.sort(files), ({ moduleId }) => moduleId),
  };
}
