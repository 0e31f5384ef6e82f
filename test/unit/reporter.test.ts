// What a test run says at its end of the tests that were left out.

import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toSum } from '../reporter.ts';
import { findRoot } from '../root.ts';

/** A file that needs a Chromium for all that it has. */
const needy = ['test/e2e/browser-render.test.ts'];

/** What `vitest run` prints with these arguments and variables. */
function runVitest(args: readonly string[], env: Readonly<Record<string, string>>) {
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', ...args], {
    cwd: findRoot(),
    env: { PATH: process.env.PATH ?? '', NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  return new Promise<string>((resolve) => child.on('close', () => resolve(said)));
}

describe('the sum of what was left out', () => {
  it('has a line a reason, the most frequent first', () => {
    const browser = { file: 'test/e2e/browser.test.ts', why: 'no Chromium' };
    expect(
      toSum([
        { file: 'test/e2e/nginx.test.ts', why: 'no nginx' },
        browser,
        browser,
        { file: 'test/e2e/nginx.test.ts', why: 'no Chromium' },
        { file: 'test/unit/a.test.ts', why: undefined },
      ]),
    ).toEqual([
      'Left out: 5 tests',
      '  3 × no Chromium (test/e2e/browser.test.ts, test/e2e/nginx.test.ts)',
      '  1 × no nginx (test/e2e/nginx.test.ts)',
      '  1 × no reason is given (test/unit/a.test.ts)',
    ]);
    expect(toSum([browser])[0]).toBe('Left out: 1 test');
  });

  it('is silent where nothing was', () => {
    expect(toSum([])).toEqual([]);
  });

  it('stands at the end of a run, with the reason', { timeout: 60_000 }, async () => {
    const names = ['-t', 'are shown whole, and soon|keeps the others'];
    const said = await runVitest([...needy, 'test/unit/order.test.ts', ...names], { CHROMIUM: '/none' });
    expect(said).toContain('1 passed');
    // Nothing of the tests that were not asked for.
    expect(said.trim().split('\n').slice(-2)).toEqual([
      'Left out: 1 test',
      `  1 × no Chromium at CHROMIUM=/none (${needy})`,
    ]);
  });
});
