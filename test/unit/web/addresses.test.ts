import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWebStage, followLive, type WebStage } from '../../fakes/web-stage.ts';

const TOKEN = 'open sesame, open';
let stage: WebStage;
afterEach(() => stage.close());

describe('the addresses of channels, threads and answers', () => {
  beforeEach(async () => {
    stage = await createWebStage();
  });

  it.each([
    '/',
    '/c',
    '/c/help',
    '/c/%E7%BF%BB%E8%AF%91',
    '/c/help/m1/m2',
    '/dm',
    '/dm/m1',
    '/c/%',
    '/c/a.html',
  ])('serve the page, and make a visitor known: %s', async (path) => {
    const response = await stage.fetch(path);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('id="channel-log"');
    expect(response.headers.getSetCookie().join()).toContain('rill_visitor=');
  });

  it.each(['/cc', '/dmx', '/channels', '/index.html', '/c.js'])('are no others: %s', async (path) => {
    expect((await stage.fetch(path)).status).toBe(404);
  });
});

describe('an address behind the login', () => {
  beforeEach(async () => {
    stage = await createWebStage({ token: TOKEN });
  });
  const login = (query: string, token: string) =>
    stage.fetch(`/login${query}`, {
      method: 'POST',
      headers: { origin: stage.url, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token }),
    });
  const to = (response: Response) => response.headers.get('location');

  it.each([
    ['/', '/login'],
    ['/c/help/m1/m2', '/login?to=%2Fc%2Fhelp%2Fm1%2Fm2'],
    ['/c/%E7%BF%BB%E8%AF%91', '/login?to=%2Fc%2F%25E7%25BF%25BB%25E8%25AF%2591'],
    ['/dm', '/login?to=%2Fdm'],
    [`/c/${'a'.repeat(900)}`, '/login'],
  ])('leads to the login and from there to where it was meant: %#', async (path, door) => {
    const turned = await stage.fetch(path);
    expect([turned.status, to(turned)]).toEqual([303, door]);
    const query = new URL(door, stage.url).search;
    const there = door === '/login' ? '/' : path;
    expect(to(await login(query, 'wrong'))).toBe(`/login${query}#wrong`);
    expect(to(await login(query, TOKEN))).toBe(there);
  });

  it.each([
    '//other.example',
    'https://other.example/c/x',
    '/\\other.example',
    '/c/../../x',
    '/c//other',
    'c/x',
    '/c/a\r\nb',
  ])('leads nowhere else after the login: %j', async (there) => {
    expect(to(await login(`?to=${encodeURIComponent(there)}`, TOKEN))).toBe('/');
  });
});

describe('a message whose words are changed', () => {
  let cookie: string;
  beforeEach(async () => {
    stage = await createWebStage();
    cookie = await stage.visit();
  });
  const say = async (text: string): Promise<string> => {
    const response = await stage.post('/messages', { channel: 'help', text }, cookie);
    return ((await response.json()) as { id: string }).id;
  };
  const edit = async (message: unknown, text: unknown, of = cookie) =>
    (await stage.post('/edits', { message, text }, of)).status;

  it('shows the new ones to all, asks nobody anew, and is read by the model as it stands', async () => {
    const reader = followLive(stage, { cookie: await stage.visit() });
    const id = await say('@Rill why is the sky green?');
    expect(await edit(id, ' @Rill why is the sky blue?\r\n')).toBe(204);
    const { data } = await reader.next('edited');
    expect(data).toMatchObject({ id, text: '@Rill why is the sky blue?', edits: 1 });
    reader.leave();
    expect(stage.mentions).toHaveLength(1);
    const mention = stage.mentions[0];
    if (mention === undefined) throw new Error('no mention came');
    const { signal } = new AbortController();
    // Asked while it waits for its turn: it is asked as it reads then.
    expect(await stage.web.reread(mention, { signal })).toMatchObject({ text: 'why is the sky blue?' });
    const after = followLive(stage, { cookie });
    expect((await after.next('snapshot')).data.messages).toMatchObject([{ id, edits: 1, asked: 1 }]);
    after.leave();
    await stage.post('/messages', { channel: 'help', thread: id, text: '@Rill and at night?' }, cookie);
    const later = stage.mentions[1];
    if (later === undefined) throw new Error('no mention came');
    const [before] = await stage.web.history(later, { limit: 9, signal });
    expect(before?.text).toBe('why is the sky blue?');
  });

  it('is no question only because its new words name Rill', async () => {
    const id = await say('why?');
    expect(await edit(id, '@Rill why?')).toBe(204);
    expect(stage.mentions).toEqual([]);
  });

  it('is asked with its new words when its author says so, and once', async () => {
    const id = await say('@Rill why is the sky green?');
    const ask = async (of = cookie) => (await stage.post('/asks', { message: id }, of)).status;
    await edit(id, '@Rill why is the sky blue?');
    expect(await ask(await stage.visit())).toBe(404);
    expect([await ask(), await ask()]).toEqual([202, 202]);
    const [first, ...again] = stage.mentions;
    expect(again.map(({ text }) => text)).toEqual(['why is the sky blue?', 'why is the sky blue?']);
    // The bot takes one mention once, by its id.
    expect(new Set(again.map((mention) => mention.id)).size).toBe(1);
    expect(again[0]?.id).not.toBe(first?.id);
    expect(again[0]).toMatchObject({ message: id, thread: id });
    const reader = followLive(stage, { cookie });
    const { data } = await reader.next('snapshot');
    reader.leave();
    expect(data.messages).toMatchObject([{ id, edits: 1, asked: 1 }]);
  });

  it("is one's own, is there, and keeps some words", async () => {
    const id = await say('hello');
    expect(await edit(id, 'bye', await stage.visit())).toBe(404);
    expect(await edit('m99', 'bye')).toBe(404);
    expect(await edit(id, ' ')).toBe(404);
    expect(await edit(id, 3)).toBe(400);
    expect(await edit(id, 'x'.repeat(8_001))).toBe(400);
  });
});
