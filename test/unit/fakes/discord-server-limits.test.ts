// Owns the proof of the fake Discord's rate limits and of the faults that tests script.

import { REST, Routes } from 'discord.js';
import { afterEach, describe, expect, it } from 'vitest';
import { createFakeClock } from '../../fakes/clock.ts';
import {
  createDiscordServer,
  type DiscordServer,
  type DiscordServerOptions,
} from '../../fakes/discord-server/index.ts';

let server: DiscordServer;
let rest: REST;

afterEach(() => server.close());

async function start(options: DiscordServerOptions = {}) {
  server = await createDiscordServer(options);
  rest = new REST({
    api: server.apiUrl,
    version: '10',
    retries: 0,
    timeout: 1_000,
    rejectOnRateLimit: () => true,
  });
  rest.setToken(server.token);
  return server.createChannel();
}

function send(method: string, path: string, body: unknown = { content: 'x' }): Promise<Response> {
  return fetch(`${server.apiUrl}/v10${path}`, {
    method,
    headers: { authorization: `Bot ${server.token}`, 'content-type': 'application/json' },
    ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
  });
}

const post = (channel: string) => send('POST', `/channels/${channel}/messages`);

describe('the headers of an answer', () => {
  it('say limit, what remains, when it is reset and which bucket, for successes too', async () => {
    const channel = await start({ clock: createFakeClock(1_790_000_000_000) });
    const { headers } = await post(channel);
    expect(headers.get('x-ratelimit-limit')).toBe('5');
    expect(headers.get('x-ratelimit-remaining')).toBe('4');
    expect(headers.get('x-ratelimit-reset-after')).toBe('5.000');
    expect(headers.get('x-ratelimit-reset')).toBe('1790000005.000');
    expect(headers.get('x-ratelimit-bucket')).toMatch(/^[0-9a-f]{32}$/);
    expect(headers.get('x-ratelimit-scope')).toBeNull();
    const refused = await send('POST', `/channels/${channel}/messages`, { content: '' });
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('3');
  });
});

describe('the bucket of a channel', () => {
  it('gives five creates in the window that the first one opens, then 429', async () => {
    const clock = createFakeClock();
    const channel = await start({ clock });
    for (let count = 0; count < 4; count += 1) await post(channel);
    await clock.advance(3_500);
    expect((await post(channel)).status).toBe(200);
    const limited = await post(channel);
    expect(limited.status).toBe(429);
    expect(await limited.json()).toEqual({
      message: 'You are being rate limited.',
      retry_after: 1.5,
      global: false,
    });
    expect(limited.headers.get('retry-after')).toBe('2');
    expect(limited.headers.get('x-ratelimit-scope')).toBe('user');
    expect(server.channel(channel)).toHaveLength(5);
    await clock.advance(1_500);
    expect((await post(channel)).status).toBe(200);
  });

  it('is another one for edits, and for each channel', async () => {
    const channel = await start({ clock: createFakeClock(), editsPerWindow: 1 });
    const { id } = (await (await post(channel)).json()) as { id: string };
    const edit = () => send('PATCH', `/channels/${channel}/messages/${id}`);
    expect((await post(channel)).status).toBe(429);
    expect((await edit()).status).toBe(200);
    expect((await edit()).status).toBe(429);
    expect((await post(server.createChannel())).status).toBe(200);
  });

  it('refuses nothing where limits are off', async () => {
    const channel = await start({ limits: 'off', editsPerWindow: 1 });
    for (let count = 0; count < 8; count += 1) expect((await post(channel)).status).toBe(200);
  });
});

describe('the global limit', () => {
  it('refuses the 51st call in a second whatever its channel', async () => {
    const clock = createFakeClock();
    await start({ clock });
    const answers: Response[] = [];
    for (let count = 0; count < 51; count += 1) answers.push(await post(server.createChannel()));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(50);
    const limited = answers.at(-1);
    expect(limited?.headers.get('x-ratelimit-global')).toBe('true');
    expect(limited?.headers.get('x-ratelimit-scope')).toBe('global');
    expect(await limited?.json()).toMatchObject({ global: true });
    await clock.advance(1_000);
    expect((await post(server.createChannel())).status).toBe(200);
  });
});

describe('a scripted fault', () => {
  it('rate-limits the nth call of a route, which is then not applied', async () => {
    const channel = await start();
    server.fail({
      method: 'POST',
      route: '/channels/:channel/messages',
      nth: 2,
      with: { kind: 'rate-limited', retryAfterMs: 700, scope: 'shared' },
    });
    await rest.post(Routes.channelMessages(channel), { body: { content: 'one' } });
    const second = rest.post(Routes.channelMessages(channel), { body: { content: 'two' } });
    await expect(second).rejects.toMatchObject({
      name: 'RateLimitError[/channels/:id/messages]',
      scope: 'shared',
    });
    await rest.post(Routes.channelMessages(channel), { body: { content: 'three' } });
    expect(server.channel(channel).map((message) => message.content)).toEqual(['one', 'three']);
  });

  it('refuses with a status and a code, as often as it says, until it is taken back', async () => {
    const channel = await start();
    const takeBack = server.fail({ times: 5, with: { kind: 'refused', status: 403, code: 50013 } });
    await expect(
      rest.post(Routes.channelMessages(channel), { body: { content: 'x' } }),
    ).rejects.toMatchObject({ code: 50013 });
    takeBack();
    await rest.post(Routes.channelMessages(channel), { body: { content: 'x' } });
    expect(server.calls.map((call) => [call.status, call.code])).toEqual([
      [403, 50013],
      [200, undefined],
    ]);
  });

  it('loses the answer after the call was applied, or the call before it', async () => {
    const channel = await start();
    server.fail({ with: { kind: 'lost-after' } });
    await expect(
      rest.post(Routes.channelMessages(channel), { body: { content: 'applied' } }),
    ).rejects.toThrow();
    server.fail({ with: { kind: 'lost-before' } });
    await expect(rest.post(Routes.channelMessages(channel), { body: { content: 'lost' } })).rejects.toThrow();
    expect(server.channel(channel).map((message) => message.content)).toEqual(['applied']);
    expect(server.calls.map((call) => call.status)).toEqual([0, 0]);
  });

  it("hangs until the caller gives up, or answers with a proxy's page", async () => {
    const channel = await start();
    server.fail({ when: (call) => JSON.stringify(call.body).includes('slow'), with: { kind: 'hang' } });
    await expect(
      rest.post(Routes.channelMessages(channel), { body: { content: 'slow' } }),
    ).rejects.toMatchObject({ name: 'AbortError' });
    server.fail({ route: /messages$/, with: { kind: 'html-502' } });
    await expect(
      rest.post(Routes.channelMessages(channel), { body: { content: 'x' } }),
    ).rejects.toMatchObject({ status: 502 });
    expect(server.channel(channel)).toEqual([]);
  });
});

describe('latency', () => {
  it('holds each answer back', async () => {
    const channel = await start({ latencyMs: 60 });
    const began = performance.now();
    await post(channel);
    expect(performance.now() - began).toBeGreaterThanOrEqual(55);
  });
});

describe('waiting for what comes', () => {
  it('looks again at each change, and says what the last calls were when it did not come', async () => {
    const channel = await start();
    const seen = server.until(() => server.channel(channel)[0]);
    await post(channel);
    expect((await seen).content).toBe('x');
    await expect(server.until(() => false, { timeoutMs: 10, what: 'a miracle' })).rejects.toThrow(
      /a miracle did not come within 10 ms[\s\S]*POST \/channels\/\d+\/messages 200/,
    );
  });
});
