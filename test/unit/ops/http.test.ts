// The one HTTP server on loopback: what it tells, to whom it hands over, and how it starts and ends.

import { request as ask } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { adapters } from '../../../src/main.ts';
import { createHttp, type Http, type HttpOptions, ListenError } from '../../../src/ops/http.ts';
import { createLog } from '../../../src/ops/log.ts';
import { setupPage } from '../../../src/ops/setup-page.ts';

const open: Http[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((http) => http.stop()));
});

async function serve(options: Partial<HttpOptions> = {}) {
  const lines: string[] = [];
  const http = createHttp({
    host: '127.0.0.1',
    port: 0,
    log: createLog('info', { write: (line) => lines.push(line) }),
    ready: () => ({}),
    metrics: { text: async () => 'rill_up 1\n', contentType: 'text/plain; version=0.0.4' },
    ...options,
  });
  open.push(http);
  const port = await http.start();
  const get = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init);
  return { http, port, get, lines };
}

describe('health', () => {
  it('is ok while the process serves', async () => {
    const { get } = await serve({ ready: () => ({ slack: false }) });
    const response = await get('/healthz?x=1');
    expect([response.status, await response.text()]).toEqual([200, 'ok']);
  });

  it('is ready when every configured platform is connected, and names none', async () => {
    const connected = { slack: true, discord: false };
    const { get } = await serve({ ready: () => connected });
    const before = await get('/readyz');
    expect([before.status, await before.text()]).toEqual([503, 'not ready']);
    connected.discord = true;
    const after = await get('/readyz');
    expect([after.status, await after.text()]).toEqual([200, 'ready']);
  });
});

describe('metrics', () => {
  it('are open unless a guard says no', async () => {
    const { get } = await serve({ guard: (request) => request.headers.cookie === 'in=1' });
    expect((await get('/metrics')).status).toBe(401);
    const response = await get('/metrics', { headers: { cookie: 'in=1' } });
    expect([response.status, await response.text()]).toEqual([200, 'rill_up 1\n']);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4');
  });

  it('that cannot be read are a 500 without details, and a log line', async () => {
    const { get, lines } = await serve({
      metrics: { text: () => Promise.reject(new Error('inner words')), contentType: 'text/plain' },
    });
    const response = await get('/metrics');
    expect([response.status, await response.text()]).toEqual([500, 'something went wrong']);
    expect(lines.join('')).toContain('inner words');
  });
});

describe('mounts', () => {
  const named = (prefix: string) => ({
    prefix,
    listener: (_: unknown, response: { end(text: string): void }) => response.end(`at ${prefix}`),
  });

  it('get the paths below their prefix, the longest first, and every method', async () => {
    const { get } = await serve({
      mounts: [named('/'), named('/slack/events')],
      home: setupPage(false, adapters),
    });
    const at = async (path: string) => (await get(path, { method: 'POST' })).text();
    expect(await at('/slack/events')).toBe('at /slack/events');
    expect(await at('/slack/events/more?x')).toBe('at /slack/events');
    expect(await at('/slack/eventsource')).toBe('at /');
    expect(await at('/')).toBe('at /');
    expect(await (await get('/healthz')).text()).toBe('ok');
  });

  it('that throw are a 500 and a log line, not an end of the process', async () => {
    const { get, lines } = await serve({
      mounts: [
        {
          prefix: '/bad',
          listener: () => {
            throw new Error('oh no');
          },
        },
      ],
    });
    expect((await get('/bad')).status).toBe(500);
    expect(lines.join('')).toContain('oh no');
    expect((await get('/healthz')).status).toBe(200);
  });
});

describe('everything else', () => {
  it('is not found, or only to be read', async () => {
    const { get } = await serve();
    expect((await get('/')).status).toBe(404);
    expect((await get('/.env')).status).toBe(404);
    const posted = await get('/healthz', { method: 'POST', body: 'x' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    const head = await get('/healthz', { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '2', '']);
  });
});

describe('requests that no browser makes', () => {
  /** The answer's first line and body, and the connection ends. */
  async function send(port: number, head: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      let text = '';
      socket.setEncoding('latin1').on('data', (piece: string) => {
        text += piece;
      });
      socket.on('close', () => resolve(`${text.slice(9, 12)} ${text.split('\r\n\r\n')[1] ?? ''}`.trim()));
      socket.on('error', reject);
      socket.write(`${head}\r\nConnection: close\r\n\r\n`);
    });
  }

  it('with a target that names its host are answered as for that host, whatever the header says', async () => {
    const { port } = await serve({
      guard: ({ headers }) => headers.host === 'own.example',
      mounts: [
        {
          prefix: '/at',
          listener: ({ url, headers }, response) => response.end(`${headers.host} ${url}`),
        },
      ],
    });
    const at = (target: string, host = 'other.example') =>
      send(port, `GET ${target} HTTP/1.1\r\nHost: ${host}`);
    expect(await at('http://own.example/healthz')).toBe('200 ok');
    expect(await at('http://own.example:80?x')).toBe('404 not found');
    expect(await at('http://own.example/metrics')).toBe('200 rill_up 1');
    expect(await at('HTTP://other.example/metrics', 'own.example')).toBe('401 not allowed');
    expect(await at('http://own.example/at?a=http://b/')).toMatch(/own\.example \/at\?a=http:\/\/b\//);
    expect(await at('/at', 'own.example')).toMatch(/own\.example \/at/);
  });

  it('with two Host headers are refused, on every path', async () => {
    const { port } = await serve({ guard: ({ headers }) => headers.host === 'a.example' });
    for (const path of ['/', '/metrics', '/healthz'])
      for (const [first, second] of [
        ['a.example', 'b.example'],
        ['a.example', 'a.example'],
      ])
        expect(await send(port, `GET ${path} HTTP/1.1\r\nHost: ${first}\r\nhOsT: ${second}`)).toMatch(/^400/);
  });

  it('by CONNECT are 405 too, and the server goes on', async () => {
    const { port, get } = await serve();
    for (const target of ['127.0.0.1:80', 'rill.example:443', '/metrics'])
      expect(await send(port, `CONNECT ${target} HTTP/1.1\r\nHost: 127.0.0.1`)).toMatch(/^405/);
    expect((await get('/healthz')).status).toBe(200);
  });
});

describe('the setup page', () => {
  it('says what is missing and how to get it, without scripts', async () => {
    const { get } = await serve({ home: setupPage(false, adapters) });
    const response = await get('/');
    const html = await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]+';/,
    );
    for (const name of [
      'DEEPSEEK_API_KEY',
      'SLACK_BOT_TOKEN',
      'SLACK_APP_TOKEN',
      'DISCORD_TOKEN',
      'README.md',
    ])
      expect(html).toContain(name);
    expect(html).not.toMatch(/<script|onclick|javascript:/i);
  });

  it('tells what is set already', () => {
    const { html } = setupPage(true, adapters);
    expect(html).toContain('✓ set');
    expect(html).not.toContain('DEEPSEEK_API_KEY');
    expect(html).toContain('SLACK_BOT_TOKEN');
  });
});

describe('starting', () => {
  it('names PORT when another program has it', async () => {
    const { port } = await serve();
    const second = createHttp({
      host: '127.0.0.1',
      port,
      log: createLog('silent'),
      ready: () => ({}),
      metrics: { text: async () => '', contentType: '' },
    });
    await expect(second.start()).rejects.toThrow(ListenError);
    await expect(second.start()).rejects.toThrow(
      `PORT ${port} on 127.0.0.1 is used by another program. End that one, or set PORT to another number.`,
    );
    await second.stop();
  });

  it('names HOST when it is none of this machine', async () => {
    await expect(serve({ host: '192.0.2.1' })).rejects.toThrow(/^HOST 192\.0\.2\.1 is no address/);
  });
});

describe('stopping', () => {
  it('ends idle connections at once and running ones after the last call', async () => {
    let lastCall: (() => void) | undefined;
    const clock = {
      now: () => 0,
      monotonic: () => 0,
      after: (_: number, action: () => void) => {
        lastCall = action;
        return () => {
          lastCall = undefined;
        };
      },
    };
    const { http, port, get } = await serve({ clock, mounts: [{ prefix: '/hang', listener: () => {} }] });
    await get('/healthz');
    const hung = new Promise((resolve) => {
      ask({ port, host: '127.0.0.1', path: '/hang' }).on('error', resolve).end();
    });
    await get('/healthz');
    const stopped = http.stop();
    expect(lastCall).toBeDefined();
    lastCall?.();
    await stopped;
    expect(await hung).toMatchObject({ code: 'ECONNRESET' });
    const refused = connect(port, '127.0.0.1');
    const error = await new Promise((resolve) => refused.on('error', resolve));
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('twice, or before the start, is no fault', async () => {
    const { http } = await serve();
    await http.stop();
    await http.stop();
  });
});
