import { defineConfig } from 'vitest/config';

const results = process.env.RESULTS_FILE;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    retry: 0,
    testTimeout: 20_000,
    pool: 'threads',
    reporters: results ? ['default', 'json'] : ['default'],
    ...(results ? { outputFile: { json: results } } : {}),
  },
});
