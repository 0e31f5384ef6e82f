import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import type { TestSequencerConstructor } from 'vitest/node';
import { createOrder } from './test/order.ts';
import { createSkipReporter } from './test/reporter.ts';

const results = process.env.RESULTS_FILE;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    retry: 0,
    testTimeout: 20_000,
    // A process a file: the tests of cost measure the CPU time of their own, which threads would share.
    pool: 'forks',
    // Much of the time is waiting for a clock or a child process, so two serve even one core.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // What a test that passes makes others print alarms for nothing.
    silent: 'passed-only',
    sequence: { sequencer: createOrder as unknown as TestSequencerConstructor },
    reporters: ['default', createSkipReporter(), ...(results ? ['json'] : [])],
    ...(results ? { outputFile: { json: results } } : {}),
  },
});
