// What `npm start` and the other commands say where Rill was not installed or not built.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findRoot } from '../root.ts';

const root = findRoot();

/** A clone as far as the commands look at it. */
function clone(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rill-clone-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const part of ['package.json', 'scripts'])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  return folder;
}

function run(folder: string, ...args: readonly string[]) {
  const env = { PATH: process.env.PATH ?? '', HOME: folder, NO_UPDATE_NOTIFIER: '1' };
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: folder, env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('without a build and without the compiler', () => {
  const built = () => {
    const folder = clone();
    // As `npm ci --omit=dev` leaves it.
    symlinkSync(
      join(root, 'node_modules/pino'),
      join(mkdirSync(join(folder, 'node_modules'), { recursive: true }) ?? '', 'pino'),
    );
    return folder;
  };

  it.each([
    [['start'], 'npm ci && npm start'],
    [['run', 'ask', '--', 'why?'], 'npm ci && npm run ask -- "What is a rill?"'],
    [['run', 'doctor'], 'npm ci && npm run doctor'],
  ])('npm %j says what to type', (args, type) => {
    const { status, stderr } = run(built(), ...args);
    expect(status).toBe(1);
    expect(stderr).toContain('the compiler is not installed here (`npm ci --omit=dev` leaves it out)');
    expect(stderr).toContain(`\n  ${type}\n`);
    expect(stderr).not.toMatch(/Cannot find module|\n\s+at /);
  });
});

it('says what to type where nothing is installed', () => {
  const { status, stderr } = run(clone(), 'start');
  expect(status).toBe(1);
  expect(stderr).toContain('Rill is not installed yet. Type:\n\n  npm ci && npm start\n');
});

it('says what to type where it is built, and its packages are gone', () => {
  const folder = clone();
  mkdirSync(join(folder, 'dist/src'), { recursive: true });
  writeFileSync(join(folder, 'dist/src/main.js'), "import 'pino';\n");
  const { status, stderr } = run(folder, 'start');
  expect(status).toBe(1);
  expect(stderr).toContain(
    'Packages that Rill needs are not installed here. Type:\n\n  npm ci && npm start\n',
  );
});

it('starts where it is built, without the compiler', () => {
  const folder = clone();
  symlinkSync(join(root, 'dist'), join(folder, 'dist'));
  const { status, stdout } = run(folder, 'run', '--silent', 'ask', '--', '--help');
  expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringContaining('--chat') });
});
