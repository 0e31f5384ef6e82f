// Who gets into the playground from where: limits by address, proxies, published pages, methods, and visitors that come back.

import { type IncomingHttpHeaders, request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createAddresses, isForwarded, isLoopbackHost } from '../../../adapters/web/address.ts';
import { createGuard } from '../../../adapters/web/guard.ts';
import type { WebOptions } from '../../../adapters/web/platform.ts';
import { createVisitors } from '../../../adapters/web/visitors.ts';
import { createFakeClock } from '../../fakes/clock.ts';
import { createWebStage, type WebStage } from '../../fakes/web-stage.ts';

const token = 'correct horse battery';
let stage: WebStage | undefined;
afterEach(() => stage?.close());

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Which of this machine's addresses asks. */
  readonly from?: string;
}

interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function open(options: Partial<WebOptions>) {
  const opened = await createWebStage(options);
  stage = opened;
  return (path: string, { method = 'GET', headers = {}, body = '', from = '127.0.0.1' }: Asked = {}) =>
    new Promise<Answered>((resolve, reject) => {
      const sent = request(opened.url + path, { method, headers, localAddress: from }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
          if (response.headers['content-type']?.includes('event-stream')) response.destroy();
        });
        response.on('close', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        );
      });
      sent.on('error', reject).end(body);
    });
}

describe('wrong tokens are limited by address', () => {
  const form = (value: string) => `token=${encodeURIComponent(value)}`;

  async function openWithToken(trustedProxies: readonly string[] = []) {
    const ask = await open({ token, hosts: 'any', trustedProxies });
    const { host } = stage ?? { host: '' };
    const login = async (value: string, more: Asked = {}) => {
      const headers = {
        origin: `http://${host}`,
        'content-type': 'application/x-www-form-urlencoded',
        ...more.headers,
      };
      return ask('/login', { method: 'POST', body: form(value), ...more, headers });
    };
    return { ask, login };
  }

  it('in the form: ten a minute, then 429, for one address and no other', async () => {
    const { login } = await openWithToken();
    for (let n = 0; n < 10; n += 1) expect((await login(`guess ${n}`)).status).toBe(303);
    expect((await login('guess')).status).toBe(429);
    expect((await login('guess', { from: '127.0.0.2' })).status).toBe(303);
  });

  it('never locks out the right token, in the form or as a cookie', async () => {
    const { ask, login } = await openWithToken();
    for (let n = 0; n < 12; n += 1) await login('guess');
    const right = await login(token);
    expect([right.status, right.headers.location]).toEqual([303, '/']);
    const cookie = right.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    expect((await ask('/', { headers: { cookie } })).status).toBe(200);
  });

  it('never locks out the right token beside a wrong one: two cookies of one name, a bearer beside a cookie', async () => {
    const { ask, login } = await openWithToken();
    for (let n = 0; n < 12; n += 1) await login('guess');
    const session = (await login(token)).headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    const { host = '' } = stage ?? {};
    for (const cookie of [`rill_session=old; ${session}`, `${session}; rill_session=old`]) {
      expect((await ask('/', { headers: { cookie } })).status).toBe(200);
      expect(
        stage?.web.isAllowed({ headers: { host, cookie, authorization: 'Bearer wrong' } } as never),
      ).toBe(true);
    }
    const headers = { host, cookie: 'rill_session=old', authorization: `Bearer  ${token}` };
    expect(stage?.web.isAllowed({ headers } as never)).toBe(true);
  });

  it.each(['开门开门开门开门开门开门开门开门', 'ключ от всех дверей', 'x'.repeat(3_000)])(
    'takes the token %s as a bearer, as curl sends it',
    (written) => {
      const guard = createGuard({ clock: createFakeClock(), token: written, hosts: 'any' });
      const sent = Buffer.from(`Bearer ${written}`, 'utf8').toString('latin1');
      expect(guard.isAllowed({ headers: { host: 'rill.example', authorization: sent } })).toBe(true);
    },
  );

  it('in cookies', async () => {
    const { ask } = await openWithToken();
    const statuses = [];
    for (let n = 0; n < 12; n += 1)
      statuses.push((await ask('/app.js', { headers: { cookie: `rill_session=${n}` } })).status);
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
    expect((await ask('/', {})).status).toBe(303);
  });

  it('takes a cookie of yesterday away, so that it does not count again and again', async () => {
    const { ask } = await openWithToken();
    const { status, headers } = await ask('/', { headers: { cookie: 'rill_session=old' } });
    expect([status, headers.location]).toEqual([303, '/login']);
    expect(headers['set-cookie']?.[0]).toMatch(/^rill_session=; .*Max-Age=0/);
  });

  it('at /metrics, by bearer and by cookie, all three together', async () => {
    const { login } = await openWithToken();
    const read = (headers: Record<string, string>) =>
      stage?.web.isAllowed({
        headers: { host: 'rill.example', ...headers },
        socket: { remoteAddress: '::ffff:127.0.0.1' },
      } as never);
    for (let n = 0; n < 5; n += 1) expect(read({ authorization: `Bearer ${n}` })).toBe(false);
    for (let n = 0; n < 5; n += 1) await login(`guess ${n}`);
    expect(read({ authorization: 'Bearer wrong' })).toBe('wait');
    expect(read({ cookie: 'rill_session=wrong' })).toBe('wait');
    expect(read({})).toBe(false);
    expect(read({ authorization: `Bearer ${token}` })).toBe(true);
  });

  it('forgets after a minute', async () => {
    const clock = createFakeClock();
    const guard = createGuard({ clock, token, hosts: 'any' });
    const caller = { headers: {} };
    for (let n = 0; n < 11; n += 1) guard.login('x', caller);
    expect(guard.login('x', caller)).toBe('wait');
    await clock.advance(60_001);
    expect(guard.login('x', caller)).toBe('out');
  });

  it('believes X-Forwarded-For of nobody where TRUSTED_PROXY is not set', async () => {
    const { login } = await openWithToken();
    for (let n = 0; n < 10; n += 1) await login('x', { headers: { 'x-forwarded-for': `10.0.0.${n}` } });
    expect((await login('x', { headers: { 'x-forwarded-for': '10.9.9.9' } })).status).toBe(429);
  });

  it('counts by the last entry of X-Forwarded-For behind a trusted proxy: those before it are made up', async () => {
    const { login } = await openWithToken(['127.0.0.1']);
    const by = (value: string) => login('x', { headers: { 'x-forwarded-for': value } });
    for (let n = 0; n < 10; n += 1) expect((await by(`1.2.3.${n}, 9.9.9.9`)).status).toBe(303);
    expect((await by('1.2.3.99, 9.9.9.9')).status).toBe(429);
    expect((await by('9.9.9.9, 8.8.8.8')).status).toBe(303);
  });
});

describe('the address that counts', () => {
  const from = (remoteAddress: string, said?: string, trusted: readonly string[] = []) =>
    createAddresses(trusted)({
      headers: said === undefined ? {} : { 'x-forwarded-for': said },
      socket: { remoteAddress },
    } as never);

  it.each([
    ['127.0.0.1', '9.9.9.9', ['loopback'], '9.9.9.9'],
    ['::1', '9.9.9.9:443', ['loopback'], '9.9.9.9'],
    ['::ffff:10.1.2.3', 'a, [2001:db8:1:2:3::4]:443', ['10.0.0.0/8'], '2001:db8:1:2::/64'],
    ['10.1.2.3', '9.9.9.9', ['10.1.2.4'], '10.1.2.3'],
    ['10.1.2.3', '9.9.9.9', ['any'], '9.9.9.9'],
    ['10.1.2.3', 'unknown', ['any'], '10.1.2.3'],
    ['10.1.2.3', '', ['any'], '10.1.2.3'],
    ['fe80::1%eth0', undefined, [], 'fe80:0:0:0::/64'],
    ['2001:db8::1', undefined, [], '2001:db8:0:0::/64'],
  ] as const)('of %s that says %j, with %j trusted, is %s', (remote, said, trusted, address) => {
    expect(from(remote, said, trusted)).toBe(address);
  });
});

describe('a Host header that names loopback', () => {
  it.each([
    ...[
      'localhost',
      'LOCALHOST:3000',
      'localhost.',
      'localhost.:80',
      '127.0.0.1',
      '127.0.0.1:3000',
      '127.1.2.3',
    ],
    ...['127.0.0.1.', '[::1]', '[::1]:3000', '[0:0:0:0:0:0:0:1]:1', '[::ffff:127.0.0.1]'],
  ])('%s is one', (host) => expect(isLoopbackHost(host)).toBe(true));

  it.each([
    ...[
      '',
      'rill.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '127.0.0.1@evil.example',
      '128.0.0.1',
    ],
    ...[
      '[::2]',
      'localhost:99999',
      'localhost/',
      'localhost:1:2',
      '[::ffff:8.8.8.8]',
      'evil.example:127',
      '0.0.0.0',
    ],
  ])('%s is none', (host) => expect(isLoopbackHost(host)).toBe(false));
});

describe('without a token', () => {
  it.each([
    ...['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'X-Forwarded-Port'],
    ...[
      'x-real-ip',
      'x-client-ip',
      'true-client-ip',
      'cf-connecting-ip',
      'cdn-loop',
      'x-envoy-external-address',
    ],
    ...[
      'tailscale-user-login',
      'x-original-forwarded-for',
      'x-amzn-trace-id',
      'fly-client-ip',
      'x-forwarded',
      'x-remote-addr',
      'x-proxy-host',
      'x-scheme',
    ],
  ])('a request that carries %s is refused everywhere, and told what to set', async (name) => {
    const ask = await open({});
    for (const path of ['/', '/app.js', '/login', '/live', '/nothing']) {
      const { status, body } = await ask(path, { headers: { [name]: '127.0.0.1' } });
      expect([status, body]).toEqual([403, expect.stringContaining('WEB_TOKEN')]);
    }
    expect(stage?.web.isAllowed({ headers: { host: 'localhost', [name.toLowerCase()]: '' } } as never)).toBe(
      false,
    );
  });

  it('a Host that is not loopback is refused, and told what to set, in Chinese too', async () => {
    const ask = await open({ hosts: ['127.0.0.1'] });
    expect((await ask('/', { headers: { host: 'rill.example' } })).body).toContain('set WEB_TOKEN');
    const headers = { host: 'rill.example', 'accept-language': 'zh-CN' };
    expect((await ask('/live', { headers })).body).toContain('请把 WEB_TOKEN');
  });

  it('a page whose own address is not loopback gets no events and no answers', async () => {
    const ask = await open({});
    const cookie = (await stage?.visit()) ?? '';
    const origin = stage?.url ?? '';
    const post = (page: string) =>
      ask('/messages', {
        method: 'POST',
        headers: { cookie, origin, 'content-type': 'application/json', 'x-rill-page': page },
        body: JSON.stringify({ channel: 'help', text: '@Rill hi' }),
      });
    for (const page of ['rill.example', '192.168.1.5:3000', '', 'localhost.evil.example']) {
      expect((await ask(`/live?page=${page}`, { headers: { cookie } })).status).toBe(403);
      expect((await post(page)).status).toBe(403);
    }
    expect(stage?.mentions).toEqual([]);
    for (const page of ['localhost:3000', '[::1]:3000', '127.0.0.1']) {
      expect((await ask(`/live?page=${encodeURIComponent(page)}`, { headers: { cookie } })).status).toBe(200);
      expect((await post(page)).status).toBe(202);
    }
  });

  it('tells no ordinary request from a browser for a forwarded one', () => {
    const headers = {
      host: 'localhost:3000',
      connection: 'keep-alive',
      'upgrade-insecure-requests': '1',
      'user-agent': 'x',
      accept: '*/*',
      'sec-fetch-site': 'none',
      'accept-encoding': 'gzip',
      'x-rill-page': 'localhost:3000',
      'cache-control': 'no-cache',
      dnt: '1',
    };
    expect(isForwarded({ headers, httpVersion: '1.1' })).toBe(false);
    expect(isForwarded({ headers, httpVersion: '1.0' })).toBe(true);
  });
});

it('a visitor is known whichever of two cookies of one name is theirs, and files come as the browser takes them', async () => {
  const ask = await open({});
  const mine = (await stage?.visit()) ?? '';
  for (const cookie of [`rill_visitor=gone; ${mine}`, `${mine}; rill_visitor=gone`]) {
    expect((await ask('/live', { headers: { cookie } })).status).toBe(200);
    expect((await ask('/', { headers: { cookie } })).headers['set-cookie']).toBeUndefined();
  }
  const encoding = async (accepted: string) =>
    (await ask('/app.js', { headers: { 'accept-encoding': accepted } })).headers['content-encoding'];
  expect(await encoding('br, gzip;q=0.5')).toBe('gzip');
  for (const refused of ['gzip;q=0', 'gzip; q=0.0, br', 'identity', 'br, gzip;q=0 , deflate'])
    expect(await encoding(refused)).toBeUndefined();
});

describe('with a token', () => {
  it('a proxy may forward', async () => {
    const ask = await open({ token, hosts: 'any' });
    const headers = { host: 'rill.example', 'x-forwarded-for': '9.9.9.9', via: '1.1 x' };
    expect((await ask('/login', { headers })).status).toBe(200);
  });
});

describe('methods that nobody uses', () => {
  it.each(['DELETE', 'OPTIONS', 'PUT', 'PATCH', 'TRACE', 'PROPFIND'])(
    '%s is 405 on every path',
    async (method) => {
      for (const options of [{}, { token, hosts: 'any' as const }]) {
        const ask = await open(options);
        for (const path of [
          '/',
          '/live',
          '/messages',
          '/login',
          '/app.js',
          '/nothing',
          '/vendor/marked.js',
        ]) {
          const { status, headers } = await ask(path, { method });
          expect([path, status]).toEqual([path, 405]);
          expect(headers.allow).toMatch(/GET|POST/);
        }
        await stage?.close();
        stage = undefined;
      }
    },
  );

  it('are 405 too where the path has one of the others', async () => {
    const ask = await open({});
    const origin = stage?.url ?? '';
    expect((await ask('/messages')).status).toBe(405);
    expect((await ask('/', { method: 'POST', headers: { origin } })).status).toBe(405);
  });
});

describe('visitors', () => {
  it('who do something are not forgotten before those who do not', () => {
    const visitors = createVisitors('s');
    const active = visitors.admit();
    const idle = visitors.admit();
    for (let n = 0; n < 1_500; n += 1) {
      visitors.admit();
      expect(visitors.find(active.secret)).toEqual(active.visitor);
    }
    expect(visitors.find(idle.secret)).toBeUndefined();
  });

  it('who follow the page are not forgotten, however long they only read', async () => {
    const ask = await open({});
    const cookie = (await stage?.visit()) ?? '';
    const reading = new AbortController();
    const live = await stage?.fetch('/live', { cookie, signal: reading.signal });
    expect(live?.status).toBe(200);
    for (let n = 0; n < 1_100; n += 1) await ask('/');
    expect((await stage?.post('/messages', { channel: 'help', text: 'hi' }, cookie))?.status).toBe(202);
    reading.abort();
  });

  it('come back from a link on another site as who they were: their cookie goes with it', async () => {
    const ask = await open({});
    const set = (await ask('/')).headers['set-cookie']?.[0] ?? '';
    expect(set).toContain('SameSite=Lax');
    const cookie = set.split(';')[0] ?? '';
    const back = await ask('/', {
      headers: { cookie, 'sec-fetch-site': 'cross-site', referer: 'https://a.example/' },
    });
    expect([back.status, back.headers['set-cookie']]).toEqual([200, undefined]);
  });
});
