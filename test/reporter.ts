// Owns the last words of a test run: how many tests were left out, and why. Must not know any test.

import type { Reporter, TestModule, Vitest } from 'vitest/node';
import './machine.ts';

export interface LeftOut {
  readonly file: string;
  /** Undefined where the test does not say. */
  readonly why: string | undefined;
}

/** A line for all of them, then one a reason, the most frequent first; none where nothing was left out. */
export function toSum(leftOut: readonly LeftOut[]): string[] {
  if (leftOut.length === 0) return [];
  const reasons = new Map<string, string[]>();
  for (const { file, why = 'no reason is given' } of leftOut)
    reasons.set(why, [...(reasons.get(why) ?? []), file]);
  const lines = [...reasons]
    .sort(([, some], [, others]) => others.length - some.length)
    .map(([why, files]) => `  ${files.length} × ${why} (${[...new Set(files)].join(', ')})`);
  return [`Left out: ${leftOut.length} ${leftOut.length === 1 ? 'test' : 'tests'}`, ...lines];
}

function toLeftOut(module: TestModule): LeftOut[] {
  return [...module.children.allTests('skipped')].map((test) => {
    const result = test.result();
    const why = test.meta().lacks ?? (result.state === 'skipped' ? result.note : undefined);
    return { file: module.relativeModuleId, why };
  });
}

export function createSkipReporter(write: (line: string) => void = console.log): Reporter {
  let isChosen = false;
  return {
    onInit(vitest: Vitest) {
      isChosen = vitest.config.testNamePattern !== undefined;
    },
    onTestRunEnd(modules) {
      const leftOut = modules.flatMap(toLeftOut);
      // Whoever names the tests to run knows that the others do not.
      const told = isChosen ? leftOut.filter(({ why }) => why !== undefined) : leftOut;
      for (const line of toSum(told)) write(line);
    },
  };
}
