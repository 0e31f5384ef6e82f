// The playground behind a real nginx on this machine: what a published page without a token shows, and who is counted with one.
// Left out where there is no nginx; the gate installs it.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { WebOptions } from '../../adapters/web/platform.ts';
import { createWebStage, type WebStage } from '../fakes/web-stage.ts';
import { chromiumHere, needing, nginxHere } from '../machine.ts';
import { launchBrowser } from './browser-stage.ts';

async function findPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A playground, and an nginx before it whose `location /` has `proxy_pass` and these lines. */
async function publish(options: Partial<WebOptions>, lines: readonly string[] = []) {
  const stage: WebStage = await createWebStage(options);
  const port = await findPort();
  const folder = mkdtempSync(join(tmpdir(), 'rill-nginx-'));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr;
     events {}
     http {
       access_log off; ${temporary.join(' ')}
       server {
         listen 127.0.0.1:${port};
         location / { proxy_pass ${stage.url}; ${lines.join(' ')} }
       }
     }`,
  );
  const child: ChildProcess = spawn(nginxHere.path ?? '', ['-p', folder, '-c', join(folder, 'nginx.conf')], {
    stdio: 'pipe',
  });
  let said = '';
  child.stderr?.on('data', (piece) => {
    said += piece;
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await ended;
    await stage.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${port}`;
  await expect
    .poll(
      () =>
        fetch(`${url}/healthz`).then(
          ({ status }) => status,
          () => said || 0,
        ),
      { timeout: 10_000 },
    )
    .toBeGreaterThan(0);
  return { stage, url, port };
}

/** Asks nginx as a browser would that knows it by another name. */
function askAs(host: string, url: string, headers: Readonly<Record<string, string>> = {}) {
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const sent = request(url, { headers: { host, ...headers } }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        body += piece;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.on('error', reject).end();
  });
}

describe('the playground behind nginx on the same machine', needing(nginxHere), () => {
  const untold = ['proxy_http_version 1.1;', 'proxy_set_header Connection "";'];

  it('in its default configuration, without a token, is refused with what to set', async () => {
    const { url, stage } = await publish({ hosts: ['127.0.0.1'] });
    for (const path of ['/', '/live?page=rill.example', '/app.js']) {
      const { status, body } = await askAs('rill.example', url + path);
      expect([status, body]).toEqual([403, expect.stringContaining('WEB_TOKEN')]);
    }
    expect((await stage.fetch('/')).status).toBe(200);
  });

  it('with the usual forwarding headers, without a token, too', async () => {
    for (const lines of [
      ['proxy_set_header Host $host;'],
      ['proxy_set_header X-Real-IP $remote_addr;', ...untold],
      ['proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;', ...untold],
      ['proxy_set_header Host $http_host;', ...untold],
    ]) {
      const { url } = await publish({ hosts: ['127.0.0.1'] }, lines);
      const { status, body } = await askAs('rill.example', url);
      expect([lines[0], [403, 421].includes(status), body]).toEqual([
        lines[0],
        true,
        expect.stringContaining('WEB_TOKEN'),
      ]);
    }
  });

  it(
    'that leaves no trace of itself, without a token, shows a reader what to set and no messages',
    needing(chromiumHere),
    async () => {
      const { url, port, stage } = await publish({ hosts: ['127.0.0.1'] }, untold);
      await stage.post('/messages', { channel: 'help', text: 'for this machine alone' }, await stage.visit());
      const browser = await launchBrowser('--host-resolver-rules=MAP rill.example 127.0.0.1');
      onTestFinished(() => browser.close());
      const page = await browser.newPage();
      await page.goto(`http://rill.example:${port}/`);
      await page.getByText('set WEB_TOKEN').waitFor({ timeout: 15_000 });
      expect(await page.content()).not.toContain('for this machine alone');
      await page.goto(`${url}/`);
      await page.getByText('for this machine alone').waitFor({ timeout: 15_000 });
    },
  );

  it('with a token and TRUSTED_PROXY counts people apart, by the address that nginx saw', async () => {
    const { url } = await publish(
      { token: 'correct horse battery', hosts: 'any', trustedProxies: ['loopback'] },
      ['proxy_set_header Host $http_host;', 'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;'],
    );
    const statuses = [];
    for (let n = 0; n < 11; n += 1) {
      const headers = { cookie: 'rill_session=wrong', 'x-forwarded-for': `10.0.0.${n}` };
      statuses.push((await askAs('rill.example', `${url}/app.js`, headers)).status);
    }
    expect(statuses).toEqual([...Array(10).fill(401), 429]);
    expect((await askAs('rill.example', `${url}/login`)).status).toBe(200);
  });
});
