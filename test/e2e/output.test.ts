// The built program when nobody reads what it writes: it goes on, and says so where somebody may.

import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createModelServer } from '../fakes/model-server.ts';
import { findRoot } from '../root.ts';

/** Starts the program, waits for its address on stdout or (where stdout is not a pipe) asks until it answers. */
function start(
  stdio: ['ignore', 'pipe' | number, 'pipe'],
  env: Readonly<Record<string, string>>,
): ChildProcess {
  const child = spawn(process.execPath, [join(findRoot(), 'dist/src/main.js')], {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio,
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** A question in the playground: an answer of the model's, and with it a line in the log. */
async function ask(url: string): Promise<number> {
  const home = await fetch(url);
  const cookie = home.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const answer = await fetch(`${url}/messages`, {
    method: 'POST',
    headers: { cookie, origin: url, 'content-type': 'application/json' },
    body: JSON.stringify({ channel: 'help', text: '@Rill hi' }),
  });
  return answer.status;
}

const untilAsked = (model: { readonly requests: readonly unknown[] }, count: number) =>
  expect.poll(() => model.requests.length, { timeout: 20_000 }).toBe(count);

async function createModel() {
  const model = await createModelServer();
  onTestFinished(() => model.close());
  return model;
}

describe('when nobody reads what the program writes', () => {
  it('on stdout, it goes on, says so once on stderr, and ends as told', async () => {
    const model = await createModel();
    const child = start(['ignore', 'pipe', 'pipe'], {
      PORT: '0',
      DEEPSEEK_BASE_URL: model.url,
      DEEPSEEK_API_KEY: 'x',
    });
    let err = '';
    child.stderr?.on('data', (piece) => {
      err += piece;
    });
    const url = await new Promise<string>((resolve) => {
      let out = '';
      child.stdout?.on('data', (piece) => {
        out += piece;
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(out)?.[0];
        if (found) resolve(found);
      });
    });
    await expect.poll(() => fetch(`${url}/readyz`).then(({ status }) => status)).toBe(200);
    child.stdout?.destroy();
    for (let n = 1; n <= 3; n += 1) {
      expect(await ask(url)).toBe(202);
      await untilAsked(model, n);
    }
    await expect.poll(() => err).toContain('Nobody reads what Rill writes to stdout any more (EPIPE)');
    expect(err.match(/EPIPE/g)).toHaveLength(1);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  it('on stdout and stderr, it goes on too', async () => {
    const model = await createModel();
    const child = start(['ignore', 'pipe', 'pipe'], {
      PORT: '0',
      DEEPSEEK_BASE_URL: model.url,
      DEEPSEEK_API_KEY: 'x',
    });
    const url = await new Promise<string>((resolve) => {
      child.stdout?.on('data', (piece) => {
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(String(piece))?.[0];
        if (found) resolve(found);
      });
    });
    child.stdout?.destroy();
    child.stderr?.destroy();
    await expect.poll(() => ask(url).catch(() => 0)).toBe(202);
    await untilAsked(model, 1);
    await expect.poll(() => ask(url)).toBe(202);
    await untilAsked(model, 2);
    expect(child.exitCode).toBeNull();
  });

  it('because the disk is full, it goes on too', async () => {
    const model = await createModel();
    const port = 20_000 + Math.floor(process.pid % 10_000);
    const child = start(['ignore', openSync('/dev/full', 'w'), 'pipe'], {
      PORT: String(port),
      DEEPSEEK_BASE_URL: model.url,
      DEEPSEEK_API_KEY: 'x',
    });
    const url = `http://127.0.0.1:${port}`;
    await expect.poll(() => ask(url).catch(() => 0), { timeout: 20_000 }).toBe(202);
    await untilAsked(model, 1);
    expect(child.exitCode).toBeNull();
  });
});
