// Owns the proof that the real discord.js 14 lives with the fake's gateway, and that the gateway refuses what Discord's does.

import { Client, type ClientOptions, Events, GatewayIntentBits, type Message, Partials } from 'discord.js';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  createDiscordServer,
  type DiscordServer,
  type DiscordServerOptions,
} from '../../fakes/discord-server/index.ts';

let server: DiscordServer;
const clients: Client[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) await client.destroy();
  await server.close();
});

const intents = [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.DirectMessages];

async function start(options: DiscordServerOptions = {}, client: Partial<ClientOptions> = {}) {
  server = await createDiscordServer(options);
  const bot = new Client({
    intents,
    partials: [Partials.Channel],
    allowedMentions: { parse: [], repliedUser: false },
    rest: { api: server.apiUrl },
    ...client,
  });
  clients.push(bot);
  return bot;
}

async function login(bot: Client): Promise<Message[]> {
  const heard: Message[] = [];
  bot.on(Events.MessageCreate, (message) => {
    heard.push(message);
  });
  const ready = new Promise((resolve) => bot.once(Events.ClientReady, resolve));
  await bot.login(server.token);
  await ready;
  return heard;
}

async function heardBy<T>(bot: Client, event: string, act: () => unknown): Promise<T> {
  const next = new Promise<T>((resolve) => bot.once(event, (first: T) => resolve(first)));
  await act();
  return next;
}

describe('the gateway with discord.js', () => {
  it('delivers a mention in a channel and a direct message, with what a bot may read', async () => {
    const bot = await start();
    await login(bot);
    const channel = server.createChannel({ name: 'general' });
    const mention = await heardBy<Message>(bot, Events.MessageCreate, () =>
      server.say({ channel, content: `<@${server.botId}> hello` }),
    );
    expect([mention.content, mention.guildId, mention.author.displayName]).toEqual([
      `<@${server.botId}> hello`,
      server.guildId,
      'Ada',
    ]);
    expect(mention.mentions.users.has(server.botId)).toBe(true);
    const other = await heardBy<Message>(bot, Events.MessageCreate, () =>
      server.say({ channel, content: 'not for you' }),
    );
    expect(other.content).toBe('');
    const direct = await heardBy<Message>(bot, Events.MessageCreate, () =>
      server.say({ channel: server.dm(server.person('Bea')), content: 'psst' }),
    );
    expect([direct.content, direct.guildId, direct.author.displayName]).toEqual(['psst', null, 'Bea']);
  });

  it('lets it reply, edit, open a thread and delete through the library', async () => {
    const bot = await start();
    await login(bot);
    const channel = server.createChannel();
    const mention = await heardBy<Message>(bot, Events.MessageCreate, () =>
      server.say({ channel, content: `<@${server.botId}> hello` }),
    );
    const reply = await mention.reply('one');
    await reply.edit('two');
    const thread = await mention.startThread({ name: 'A question' });
    const inside = await thread.send({
      content: 'three',
      files: [{ attachment: Buffer.from('abc'), name: 'a.txt' }],
    });
    expect(server.channel(channel).at(-1)).toMatchObject({ content: 'two', edits: 1, replyTo: mention.id });
    expect(server.thread(mention.id)[0]).toMatchObject({ content: 'three', attachments: ['a.txt'] });
    expect(server.threadsOf(channel)).toEqual([{ id: mention.id, name: 'A question', archived: false }]);
    await inside.delete();
    expect(server.thread(mention.id)).toEqual([]);
    expect(server.pings).toEqual([]);
  });

  it('tells of deletions, edits and repeated deliveries', async () => {
    const bot = await start();
    await login(bot);
    const channel = server.createChannel();
    const { id } = await server.say({ channel, content: `<@${server.botId}> hello` });
    const again = await heardBy<Message>(bot, Events.MessageCreate, () => server.redeliver(id));
    expect(again.id).toBe(id);
    const next = new Promise<string | null>((resolve) =>
      bot.once(Events.MessageUpdate, (_, after) => resolve(after.content)),
    );
    await server.edit(channel, id, `<@${server.botId}> bye`);
    expect(await next).toBe(`<@${server.botId}> bye`);
    const gone = await heardBy<Message>(bot, Events.MessageDelete, () => server.remove(channel, id));
    expect(gone.id).toBe(id);
  });

  it('tells what the bot may do in a channel', async () => {
    const bot = await start();
    await login(bot);
    const allowed = async (id: string) => {
      const channel = await bot.channels.fetch(id);
      const rights = channel !== null && 'guild' in channel ? channel.permissionsFor(server.botId) : null;
      return [rights?.has('ViewChannel'), rights?.has('SendMessages'), rights?.has('ManageMessages')];
    };
    expect(await allowed(server.createChannel())).toEqual([true, true, false]);
    const narrow = server.createChannel({ permissions: ['VIEW_CHANNEL', 'MANAGE_MESSAGES'] });
    expect(await allowed(narrow)).toEqual([true, false, true]);
  });

  it('replays after a dropped socket what was said meanwhile', async () => {
    const bot = await start();
    const heard = await login(bot);
    const channel = server.createChannel();
    server.dropGateway();
    await server.say({ channel, content: `<@${server.botId}> meanwhile` });
    await server.until(() => server.resumes === 1 && server.connections === 1);
    await server.say({ channel, content: `<@${server.botId}> after` });
    await expect.poll(() => heard.map((message) => message.content)).toHaveLength(2);
    expect(server.identifies).toBe(1);
  });

  it('asks for a new connection with op 7, which resumes', async () => {
    const bot = await start();
    await login(bot);
    server.reconnectGateway();
    await server.until(() => server.resumes === 1 && server.connections === 1);
    expect(server.identifies).toBe(1);
  });
});

describe('the gateway refuses', () => {
  it('privileged intents with 4014 and a wrong token with 4004', async () => {
    const bot = await start({}, { intents: [...intents, GatewayIntentBits.MessageContent] });
    await expect(login(bot)).rejects.toThrow(/disallowed intents/i);
    expect(server.gatewayCloses).toEqual([4014]);
    expect(await speak({ op: 2, d: { token: 'wrong', intents: 1 } })).toBe(4004);
  });

  it('unknown intents, commands before identify, a second identify, and what is no JSON', async () => {
    await start();
    const { token } = server;
    expect(await speak({ op: 2, d: { token, intents: 1 << 28 } })).toBe(4013);
    expect(await speak({ op: 3, d: {} })).toBe(4003);
    expect(await speak({ op: 2, d: { token, intents: 1 } }, { op: 2, d: { token, intents: 1 } })).toBe(4005);
    expect(await speak('nonsense')).toBe(4002);
  });

  it('a client whose heartbeats stay away with 4009, and answers those that come', async () => {
    await start({ heartbeatIntervalMs: 50 });
    expect(await speak({ op: 2, d: { token: server.token, intents: 1 } })).toBe(4009);
    expect(await answered({ op: 1, d: null }, (packet) => packet.op === 11)).toMatchObject({ op: 11 });
  });

  it('a resume of a session that it does not know, or was told to forget, with op 9', async () => {
    await start();
    const resume = { op: 6, d: { token: server.token, session_id: 'gone', seq: 1 } };
    expect(await answered(resume, (packet) => packet.op === 9)).toMatchObject({ d: false });
    const identify = { op: 2, d: { token: server.token, intents: 1 } };
    const forgotten = answered(identify, (packet) => packet.op === 9);
    await server.until(() => server.connections === 1);
    server.invalidateSessions();
    expect(await forgotten).toMatchObject({ d: false });
    expect(server.connections).toBe(0);
  });
});

describe('a bot with the MESSAGE_CONTENT intent', () => {
  it('reads what does not mention it', async () => {
    const privileged = [...intents, GatewayIntentBits.MessageContent];
    const bot = await start({ intentsAllowed: 0xffff }, { intents: privileged });
    await login(bot);
    const said = () => server.say({ channel: server.createChannel(), content: 'not for you' });
    expect((await heardBy<Message>(bot, Events.MessageCreate, said)).content).toBe('not for you');
  });
});

describe('a bot without an intent', () => {
  it('hears nothing of what the intent is for', async () => {
    const bot = await start({}, { intents: [GatewayIntentBits.Guilds, GatewayIntentBits.DirectMessages] });
    const heard = await login(bot);
    await server.say({ channel: server.createChannel(), content: `<@${server.botId}> hello` });
    await server.say({ channel: server.dm(server.person('Bea')), content: 'direct' });
    await expect.poll(() => heard.map((message) => message.content)).toEqual(['direct']);
  });
});

function connect(): WebSocket {
  return new WebSocket(server.apiUrl.replace('http', 'ws').replace('/api', '/?v=10&encoding=json'));
}

/** Sends packets and resolves with the close code. */
function speak(...packets: unknown[]): Promise<number> {
  const socket = connect();
  socket.on('open', () => {
    for (const packet of packets) socket.send(typeof packet === 'string' ? packet : JSON.stringify(packet));
  });
  return new Promise((resolve) => socket.on('close', resolve));
}

function answered(packet: unknown, wanted: (packet: { op: number }) => boolean): Promise<unknown> {
  const socket = connect();
  socket.on('open', () => socket.send(JSON.stringify(packet)));
  return new Promise((resolve) =>
    socket.on('message', (raw) => {
      const parsed = JSON.parse(String(raw)) as { op: number };
      if (!wanted(parsed)) return;
      socket.terminate();
      resolve(parsed);
    }),
  );
}
