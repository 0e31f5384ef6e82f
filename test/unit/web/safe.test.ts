import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGuard } from '../../../adapters/web/guard.ts';
import { createFakeClock } from '../../fakes/clock.ts';
import { createWebStage, type WebStage } from '../../fakes/web-stage.ts';

let stage: WebStage;
afterEach(() => stage.close());

/** With headers that fetch does not let one set. */
function askRaw(path: string, headers: Record<string, string>, method = 'GET', body = ''): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(stage.url + path, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject).end(body);
  });
}

describe('the playground on loopback', () => {
  beforeEach(async () => {
    stage = await createWebStage({ hosts: ['rill.example'] });
  });

  it('serves its page under its own names only', async () => {
    expect(await askRaw('/', {})).toBe(200);
    expect(await askRaw('/', { host: 'localhost:3000' })).toBe(200);
    expect(await askRaw('/', { host: '[::1]:3000' })).toBe(200);
    expect(await askRaw('/', { host: 'RILL.example' })).toBe(200);
    expect(await askRaw('/', { host: 'evil.example' })).toBe(421);
    expect(await askRaw('/live', { host: 'localhost.evil.example:3000' })).toBe(421);
  });

  it.each([
    ['another site', { origin: 'https://evil.example' }],
    ['another port', { origin: 'http://127.0.0.1:1' }],
    ['a sandbox', { origin: 'null' }],
    ['nowhere', {}],
  ])('takes no post from %s', async (_case, headers) => {
    const cookie = await stage.visit();
    const response = await stage.fetch('/messages', {
      method: 'POST',
      cookie,
      headers: { 'content-type': 'application/json', ...headers } as Record<string, string>,
      body: JSON.stringify({ channel: 'help', text: '@Rill hi' }),
    });
    expect(response.status).toBe(403);
    expect(stage.mentions).toEqual([]);
  });

  it('does not let another site read along', async () => {
    const cookie = await stage.visit();
    expect((await stage.fetch('/live', { cookie, headers: { origin: 'https://evil.example' } })).status).toBe(
      403,
    );
  });

  it('forbids scripts, styles and frames that are not its own, on every answer', async () => {
    for (const path of ['/', '/app.js', '/nothing', '/live']) {
      const { headers } = await stage.fetch(path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).not.toContain('unsafe');
      expect(policy).toContain("frame-ancestors 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
    const page = await (await stage.fetch('/')).text();
    expect(page).not.toMatch(/<script(?![^>]*\ssrc="\/)|\son\w+=|\sstyle=|https?:\/\//i);
  });

  it('serves its files and two libraries, and nothing beside them', async () => {
    const marked = await stage.fetch('/vendor/marked.js');
    expect(marked.headers.get('content-type')).toContain('text/javascript');
    expect(marked.headers.get('content-encoding')).toBe('gzip');
    const again = await stage.fetch('/vendor/marked.js', {
      headers: { 'if-none-match': marked.headers.get('etag') ?? '' },
    });
    expect(again.status).toBe(304);
    expect((await stage.fetch('/vendor/purify.js')).status).toBe(200);
    for (const path of [
      '/../package.json',
      '/%2e%2e/package.json',
      '/vendor/hono.js',
      '/index.ts',
      '/public/app.js',
    ])
      expect(await askRaw(path, {})).toBe(404);
  });

  it('takes JSON of a bounded size, and only what it understands', async () => {
    const cookie = await stage.visit();
    const post = async (body: unknown) => (await stage.post('/messages', body, cookie)).status;
    expect(await post({ channel: 'help', text: 'x'.repeat(8_001) })).toBe(400);
    expect(await post({ channel: 'help', text: 'x'.repeat(70_000) })).toBe(413);
    expect(await post({ channel: 'help', text: ' \u0000\n ' })).toBe(400);
    expect(await post({ channel: 'help', text: { toString: 'no' } })).toBe(400);
    expect(await post({ channel: 'secret', text: 'hi' })).toBe(404);
    expect(await post({ channel: 'help', thread: 'nothing', text: 'hi' })).toBe(404);
    expect(await post({ channel: 'dm-somebody', text: 'hi' })).toBe(404);
    expect(await post([])).toBe(400);
    const form = { 'content-type': 'application/x-www-form-urlencoded', cookie, origin: stage.url };
    expect(await askRaw('/messages', form, 'POST', 'channel=help&text=hi')).toBe(400);
  });

  it('knows its visitors by a cookie that scripts and other sites do not get', async () => {
    const [cookie] = (await stage.fetch('/')).headers.getSetCookie();
    expect(cookie).toMatch(/^rill_visitor=[\w-]{24}; .*HttpOnly; SameSite=Lax$/);
    expect((await stage.post('/messages', { channel: 'help', text: 'hi' }, 'rill_visitor=x')).status).toBe(
      409,
    );
  });

  it.each([
    ['  Ann\n Lee  ', 'Ann Lee'],
    ['名字', '名字'],
    ['x'.repeat(50), 'x'.repeat(32)],
    ['\u202Egnp.exe', 'gnp.exe'],
    ['Rill', undefined],
    ['\u200B', undefined],
    ['   ', undefined],
  ])('takes the name %j as %j', async (name, taken) => {
    const response = await stage.post('/name', { name }, await stage.visit());
    expect(response.status).toBe(taken === undefined ? 400 : 200);
    if (taken !== undefined) expect(await response.json()).toMatchObject({ name: taken });
  });

  it('needs no token for what is guarded elsewhere, only a name of ours', () => {
    const read = (headers: Record<string, string>) => stage.web.isAllowed({ headers } as never);
    expect(read({ host: '127.0.0.1:3000' })).toBe(true);
    expect(read({ host: 'evil.example' })).toBe(false);
  });
});

describe('the playground behind a token', () => {
  const token = 'correct horse battery';
  beforeEach(async () => {
    stage = await createWebStage({ token, hosts: 'any' });
  });
  const login = (given: string, origin = stage.url) =>
    stage.fetch('/login', {
      method: 'POST',
      headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token: given }).toString(),
    });

  it('shows strangers the form, and nothing else', async () => {
    const home = await stage.fetch('/');
    expect(home.status).toBe(303);
    expect(home.headers.get('location')).toBe('/login');
    expect(await (await stage.fetch('/login')).text()).toContain('type="password"');
    for (const path of ['/live', '/app.js', '/index.html', '/vendor/marked.js'])
      expect((await stage.fetch(path)).status).toBe(401);
    expect((await stage.post('/messages', { channel: 'help', text: 'hi' }, '')).status).toBe(401);
  });

  it('lets in by a cookie that is not the token, for the right token only', async () => {
    const wrong = await login('wrong');
    expect(wrong.headers.getSetCookie()).toEqual([]);
    const [cookie = ''] = (await login(token)).headers.getSetCookie();
    expect(cookie).toMatch(/^rill_session=[0-9a-f]{64}; .*HttpOnly; SameSite=Lax$/);
    expect(cookie).not.toContain(token);
    const session = cookie.split(';', 1)[0] ?? '';
    expect((await stage.fetch('/', { cookie: session })).status).toBe(200);
    expect((await stage.fetch('/', { cookie: `${session.slice(0, -1)}x` })).status).toBe(303);
  });

  it('takes no login from another site', async () => {
    expect((await login(token, 'https://evil.example')).status).toBe(403);
  });

  it('makes whoever guesses wait', async () => {
    const tries = [];
    for (let n = 0; n < 11; n += 1) tries.push((await login(`guess ${n}`)).status);
    expect(tries.at(9)).toBe(303);
    expect(tries.at(10)).toBe(429);
    expect((await login(token)).headers.getSetCookie()[0]).toContain('rill_session=');
  });

  it('guards metrics by the cookie or as a bearer', async () => {
    const session = (await login(token)).headers.getSetCookie()[0]?.split(';', 1)[0];
    const read = (headers: Record<string, string>) =>
      stage.web.isAllowed({ headers: { host: 'rill.example', ...headers } } as never);
    expect(read({})).toBe(false);
    expect(read({ cookie: session ?? '' })).toBe(true);
    expect(read({ authorization: `Bearer ${token}` })).toBe(true);
    expect(read({ authorization: 'Bearer wrong' })).toBe(false);
  });

  it('is needed where any host name is accepted', () => {
    expect(() => createGuard({ clock: createFakeClock(), hosts: 'any' })).toThrow('WEB_TOKEN');
  });
});
