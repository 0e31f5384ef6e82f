// What a test run says at its end of the tests that were left out.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toSum } from '../reporter.ts';
import { findRoot } from '../root.ts';

const noisy = (root: string) => `
  import { expect, it } from 'vitest';
  import { needing } from '${root}/test/machine.ts';
  it('passes', () => console.error('an alarm for nothing'));
  it('fails', () => {
    console.error('a trace of the fault');
    expect(1).toBe(2);
  });
  it('needs something', needing({ lacks: 'no such thing' }), () => undefined);
  it.${'skip'}('is left out', () => undefined);
`;

/** What a run of this file alone prints, with the project's own settings. */
async function runAlone(text: string, ...args: readonly string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'rill-run-'));
  const root = findRoot();
  mkdirSync(join(folder, 'test'));
  writeFileSync(join(folder, 'test/some.test.ts'), text);
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  const places = ['--root', folder, '--config', join(root, 'vitest.config.ts')];
  const child = spawn(process.execPath, [vitest, 'run', ...places, ...args], {
    env: { PATH: process.env.PATH ?? '', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => {
      said += piece;
    });
  await new Promise((resolve) => child.on('close', resolve));
  rmSync(folder, { recursive: true });
  return said;
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
});

describe('a run', () => {
  it('ends with what was left out, and prints what tests say only where they fail', {
    timeout: 60_000,
  }, async () => {
    const said = await runAlone(noisy(findRoot()));
    expect(said).toContain('1 failed | 1 passed | 2 skipped');
    expect(said).toContain('a trace of the fault');
    expect(said).not.toContain('an alarm for nothing');
    expect(said.slice(said.indexOf('Left out')).trim().split('\n')).toEqual([
      'Left out: 2 tests',
      '  1 × no such thing (test/some.test.ts)',
      '  1 × no reason is given (test/some.test.ts)',
    ]);
  });

  it('says nothing of tests that nobody asked for', { timeout: 60_000 }, async () => {
    const said = await runAlone(noisy(findRoot()), '-t', 'passes');
    expect(said).toContain('1 passed | 3 skipped');
    expect(said).not.toContain('is given');
  });
});
