// Owns the proof that the fake Discord refuses in channels and threads what Discord refuses: one test a rule.

import { afterEach, describe, expect, it } from 'vitest';
import { createFakeClock } from '../../fakes/clock.ts';
import {
  createDiscordServer,
  type DiscordServer,
  type DiscordServerOptions,
} from '../../fakes/discord-server/index.ts';
import { createCalls } from './discord-calls.ts';

let server: DiscordServer;
let calls: ReturnType<typeof createCalls>;

afterEach(() => server.close());

async function start(options: DiscordServerOptions = {}) {
  server = await createDiscordServer(options);
  calls = createCalls(server);
  return server.createChannel();
}

describe('ids, tokens and addresses', () => {
  it('has ids of 17 to 19 digits and refuses others', async () => {
    const channel = await start();
    expect(channel).toMatch(/^\d{17,19}$/);
    expect((await calls.post('C1', { content: 'x' })).code).toBe(50035);
    expect((await calls.post('123456789012345678', { content: 'x' })).code).toBe(10003);
  });

  it('answers 401 to a wrong token, 404 to an unknown path, 400 to another version', async () => {
    await start();
    expect((await calls.call('GET', '/users/@me', undefined, 'wrong')).status).toBe(401);
    expect((await calls.call('GET', '/nothing')).status).toBe(404);
    expect((await fetch(`${server.apiUrl}/v6/users/@me`)).status).toBe(400);
  });

  it('tells what a check of the set-up asks', async () => {
    const channel = await start();
    const paths = [
      '/users/@me',
      '/applications/@me',
      '/users/@me/guilds',
      `/guilds/${server.guildId}`,
      `/channels/${channel}`,
    ];
    const more = [
      `/guilds/${server.guildId}/members/${server.botId}`,
      `/guilds/${server.guildId}/roles`,
      '/gateway/bot',
      '/gateway',
    ];
    for (const path of [...paths, ...more])
      expect([path, (await calls.call('GET', path)).status]).toEqual([path, 200]);
  });
});

describe("somebody's message", () => {
  it('has no content for the bot unless it mentions the bot, replies to it with a ping, or is direct', async () => {
    const channel = await start({ limits: 'off' });
    const own = await calls.post(channel, { content: 'mine' });
    const attachments = [{ name: 'a.txt', mediaType: 'text/plain', bytes: new TextEncoder().encode('file') }];
    const said = [
      await server.say({ channel, content: 'no mention', attachments }),
      await server.say({ channel, content: `<@${server.botId}> hi`, attachments }),
      await server.say({ channel, content: 'pinging reply', replyTo: own.id }),
      await server.say({ channel, content: 'quiet reply', replyTo: own.id, pingsReply: false }),
    ];
    const direct = server.dm(server.person('Bea'));
    const { id } = await server.say({ channel: direct, content: 'direct' });
    const read = await Promise.all(
      said.map((one) => calls.call('GET', `/channels/${channel}/messages/${one.id}`)),
    );
    expect(read.map((one) => one.content)).toEqual(['', `<@${server.botId}> hi`, 'pinging reply', '']);
    expect(read.map((one) => (one.fields.attachments as unknown[]).length)).toEqual([0, 1, 0, 0]);
    expect((await calls.call('GET', `/channels/${direct}/messages/${id}`)).content).toBe('direct');
  });

  it('offers its attachments at an address of the CDN', async () => {
    const channel = await start();
    const attachments = [{ name: 'a.txt', mediaType: 'text/plain', bytes: new TextEncoder().encode('file') }];
    const { id } = await server.say({ channel, content: `<@${server.botId}>`, attachments });
    const { fields } = await calls.call('GET', `/channels/${channel}/messages/${id}`);
    const [file] = fields.attachments as { url: string; content_type: string; size: number }[];
    expect(await (await fetch(file?.url ?? '')).text()).toBe('file');
    expect(file).toMatchObject({ content_type: 'text/plain', size: 4 });
  });

  it('cannot be edited by the bot, nor deleted without MANAGE_MESSAGES', async () => {
    const channel = await start();
    const { id } = await server.say({ channel, content: 'hers' });
    expect((await calls.edit(channel, id, { content: 'mine' })).code).toBe(50005);
    expect((await calls.call('DELETE', `/channels/${channel}/messages/${id}`)).code).toBe(50013);
  });
});

describe('reading a channel', () => {
  it('lists newest first, before, after and around a message, 1 to 100', async () => {
    const channel = await start({ limits: 'off' });
    const ids: string[] = [];
    for (const content of ['1', '2', '3', '4', '5']) ids.push((await calls.post(channel, { content })).id);
    const list = async (query: string) =>
      (await calls.call('GET', `/channels/${channel}/messages?${query}`)).list
        .map((message) => message.content)
        .join('');
    expect(await list('')).toBe('54321');
    expect(await list(`limit=2&before=${ids[3]}`)).toBe('32');
    expect(await list(`limit=2&after=${ids[0]}`)).toBe('32');
    expect(await list(`limit=3&around=${ids[2]}`)).toBe('432');
    expect((await calls.call('GET', `/channels/${channel}/messages?limit=101`)).code).toBe(50035);
  });
});

describe('a message that is gone', () => {
  it('is unknown to edits, reactions, threads and reads', async () => {
    const channel = await start();
    const { id } = await calls.post(channel, { content: 'x' });
    expect((await calls.call('DELETE', `/channels/${channel}/messages/${id}`)).status).toBe(204);
    const path = `/channels/${channel}/messages/${id}`;
    const codes = [
      await calls.edit(channel, id, { content: 'y' }),
      await calls.open(channel, id),
      await calls.call('GET', path),
    ];
    expect(codes.map((answer) => answer.code)).toEqual([10008, 10008, 10008]);
  });
});

describe('an edit of a message older than an hour', () => {
  it('is refused after a few, with 429 and 30046', async () => {
    const clock = createFakeClock();
    const channel = await start({ clock });
    const { id } = await calls.post(channel, { content: 'x' });
    await clock.advance(3_600_001);
    const codes: number[] = [];
    for (const content of ['1', '2', '3', '4']) {
      const answer = await calls.edit(channel, id, { content });
      codes.push(answer.status === 429 ? answer.code : answer.status);
    }
    expect(codes).toEqual([200, 200, 200, 30046]);
  });
});

describe('permissions', () => {
  it('refuse with 50001 what is not seen and with 50013 what is not allowed', async () => {
    await start();
    const hidden = server.createChannel({ permissions: [] });
    const mute = server.createChannel({ permissions: ['VIEW_CHANNEL', 'READ_MESSAGE_HISTORY'] });
    const asked = await server.say({ channel: mute, content: 'hi' });
    expect((await calls.post(hidden, { content: 'x' })).code).toBe(50001);
    expect((await calls.post(mute, { content: 'x' })).code).toBe(50013);
    expect((await calls.open(mute, asked.id)).code).toBe(50013);
    expect((await calls.call('POST', `/channels/${mute}/typing`)).code).toBe(50013);
    expect(
      (await calls.call('PUT', `/channels/${mute}/messages/${asked.id}/reactions/%E2%8F%B3/@me`)).code,
    ).toBe(50013);
  });

  it('show no messages without READ_MESSAGE_HISTORY, and let none be replied to', async () => {
    await start();
    const channel = server.createChannel({ permissions: ['VIEW_CHANNEL', 'SEND_MESSAGES'] });
    const asked = await server.say({ channel, content: `<@${server.botId}>` });
    expect((await calls.call('GET', `/channels/${channel}/messages`)).list).toEqual([]);
    expect(
      (await calls.post(channel, { content: 'x', message_reference: { message_id: asked.id } })).code,
    ).toBe(160002);
  });
});

describe('typing and reactions', () => {
  it('are seen in the channel', async () => {
    const clock = createFakeClock();
    const channel = await start({ clock });
    const { id } = await server.say({ channel, content: 'hi' });
    const path = `/channels/${channel}/messages/${id}/reactions/${encodeURIComponent('⏳')}/@me`;
    const typed = await calls.call('POST', `/channels/${channel}/typing`);
    expect([typed.status, typed.headers.get('content-type')]).toEqual([204, null]);
    expect(server.typing(channel).count).toBe(1);
    await calls.call('PUT', path);
    expect(server.reactions(channel, id)).toEqual(['⏳']);
    await clock.advance(250);
    await calls.call('DELETE', path);
    expect(server.reactions(channel, id)).toEqual([]);
  });
});

describe('a thread', () => {
  it('takes the id of its message, and there is one a message', async () => {
    const channel = await start();
    const { id } = await server.say({ channel, content: 'ask' });
    const opened = await calls.open(channel, id);
    expect([opened.status, opened.id, opened.fields.type]).toEqual([201, id, 11]);
    expect((await calls.open(channel, id)).code).toBe(160004);
    expect(server.channel(channel)[0]?.thread).toBe(id);
  });

  it('has a name of 1 to 100 characters', async () => {
    const channel = await start();
    const { id } = await server.say({ channel, content: 'ask' });
    expect((await calls.open(channel, id, '')).code).toBe(50035);
    expect((await calls.open(channel, id, 'x'.repeat(101))).code).toBe(50035);
    expect((await calls.open(channel, id, 'x'.repeat(100))).status).toBe(201);
  });

  it('begins with a system message that points at the message it stands on', async () => {
    const channel = await start();
    const { id } = await server.say({ channel, content: `<@${server.botId}> ask` });
    await calls.open(channel, id);
    await calls.post(id, { content: 'answer' });
    const { list } = await calls.call('GET', `/channels/${id}/messages`);
    expect(list.map((message) => message.type)).toEqual([0, 21]);
    expect(list[1]).toMatchObject({ content: '', referenced_message: { id } });
    expect(server.thread(id).map((message) => message.content)).toEqual(['answer']);
  });

  it('is not opened in direct messages or in threads', async () => {
    const channel = await start();
    const direct = server.dm(server.person('Bea'));
    const asked = await server.say({ channel: direct, content: 'ask' });
    expect((await calls.open(direct, asked.id)).code).toBe(50024);
    const thread = server.openThread(channel, (await server.say({ channel, content: 'ask' })).id);
    expect((await calls.open(thread, (await server.say({ channel: thread, content: 'more' })).id)).code).toBe(
      50024,
    );
  });

  it('is refused with 429 from the 51st in 5 minutes, and with 160006 when too many are active', async () => {
    const clock = createFakeClock();
    const channel = await start({ clock, threadsPer5Min: 2, maxActiveThreads: 3 });
    const next = async () => calls.open(channel, (await server.say({ channel, content: 'ask' })).id);
    expect([(await next()).status, (await next()).status]).toEqual([201, 201]);
    const limited = await next();
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '300']);
    await clock.advance(300_000);
    expect([(await next()).status, (await next()).code]).toEqual([201, 160006]);
  });

  it('once archived takes no edits or reactions, and comes back when somebody writes', async () => {
    const channel = await start();
    const thread = server.openThread(channel, (await server.say({ channel, content: 'ask' })).id);
    const { id } = await calls.post(thread, { content: 'answer' });
    server.archive(thread);
    expect((await calls.edit(thread, id, { content: 'more' })).code).toBe(50083);
    expect((await calls.call('PUT', `/channels/${thread}/messages/${id}/reactions/%E2%8F%B3/@me`)).code).toBe(
      50083,
    );
    expect((await calls.post(thread, { content: 'next' })).status).toBe(200);
    expect((await calls.edit(thread, id, { content: 'more' })).status).toBe(200);
  });

  it('once locked takes nothing', async () => {
    const channel = await start();
    const thread = server.openThread(channel, (await server.say({ channel, content: 'ask' })).id);
    server.archive(thread, { locked: true });
    expect((await calls.post(thread, { content: 'x' })).code).toBe(160005);
  });
});
