// The gateway after Discord closed it for good: a server of its own, since the fake Discord never does that to a session that runs.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { createDiscordPlatform } from '../../../adapters/discord/platform.ts';
import { systemClock } from '../../../src/clock.ts';
import { createFakeClock } from '../../fakes/clock.ts';

const ID = '123456789012345678';
const EVENTS = { onMention: async () => {}, onControl: async () => undefined, onLimit: () => {} };
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A gateway that welcomes everybody, or closes with `refuse` instead. */
async function createDoor() {
  const door = {
    apiUrl: '',
    sockets: [] as WebSocket[],
    refuse: undefined as number | undefined,
    /** What comes instead of a READY's data. */
    ready: undefined as unknown,
    hello: { heartbeat_interval: 40_000 } as unknown,
    identifies: 0,
  };
  let identified = () => {};
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    const { port } = server.address() as AddressInfo;
    const limit = { total: 1000, remaining: 999, reset_after: 0, max_concurrency: 1 };
    const gateway = { url: `ws://127.0.0.1:${port}`, shards: 1, session_start_limit: limit };
    const user = { id: ID, username: 'rill', discriminator: '0', avatar: null, bot: true };
    response.end(JSON.stringify(request.url?.endsWith('/users/@me') ? user : gateway));
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => {
    door.sockets.push(socket);
    socket.send(JSON.stringify({ op: 10, d: door.hello }));
    socket.on('message', (data) => {
      if ((JSON.parse(String(data)) as { op: number }).op !== 2) return;
      door.identifies += 1;
      if (door.refuse !== undefined) socket.close(door.refuse);
      else {
        const { port } = server.address() as AddressInfo;
        const user = { id: ID, username: 'rill', discriminator: '0', avatar: null, bot: true };
        const d = {
          v: 10,
          user,
          guilds: [],
          session_id: 's',
          resume_gateway_url: `ws://127.0.0.1:${port}`,
          application: { id: ID, flags: 0 },
        };
        socket.send(
          JSON.stringify({ op: 0, t: 'READY', s: 1, d: door.ready === undefined ? d : door.ready }),
        );
      }
      identified();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closers.push(async () => {
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    await new Promise<void>((done) => server.close(() => done()));
  });
  door.apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
  return {
    ...door,
    door,
    /** Resolves at the next identify. */
    nextIdentify: () => new Promise<void>((resolve) => (identified = resolve)),
  };
}

describe('when Discord closes the gateway for good', () => {
  it('connects again by itself, later each time, and says so', async () => {
    const { apiUrl, door, nextIdentify } = await createDoor();
    const clock = createFakeClock();
    const warnings: string[] = [];
    let informed = () => {};
    const platform = createDiscordPlatform({
      token: 'token',
      apiUrl,
      replyIn: 'thread',
      clock,
      log: {
        warn: (_details, text) => warnings.push(text),
        info: () => informed(),
      },
    });
    closers.push(() => platform.stop());
    await platform.start(EVENTS);
    expect(platform.isConnected()).toBe(true);

    door.refuse = 4014;
    door.sockets[0]?.close(4014);
    await vi.waitFor(() => expect(clock.timers()).toBe(1));
    expect(platform.isConnected()).toBe(false);
    expect(warnings.join('\n')).toMatch(/intents .*4014/u);

    const refused = nextIdentify();
    await clock.advance(5_000);
    await refused;
    await vi.waitFor(() => expect(clock.timers()).toBe(1));
    door.refuse = undefined;
    await clock.advance(9_000);
    expect(door.identifies).toBe(2);
    const back = new Promise<void>((resolve) => {
      informed = resolve;
    });
    await clock.advance(1_000);
    await back;

    expect(platform.isConnected()).toBe(true);
    expect(door.identifies).toBe(3);
  });

  it('rejects the start with what to do about the token', async () => {
    const { apiUrl, door } = await createDoor();
    door.refuse = 4004;
    const platform = createDiscordPlatform({
      token: 't',
      apiUrl,
      replyIn: 'thread',
      clock: createFakeClock(),
    });
    closers.push(() => platform.stop());

    await expect(platform.start(EVENTS)).rejects.toThrow(/DISCORD_TOKEN/u);
  });
});

describe('a malformed greeting', () => {
  const user = { id: ID, username: 'rill' };
  it.each([
    ['READY of null', { ready: null }],
    ['READY of a number', { ready: 7 }],
    ['READY without a user', { ready: { guilds: [], session_id: 's', application: { id: ID } } }],
    ['READY without guilds', { ready: { user, session_id: 's', application: { id: ID } } }],
    ['READY without an application', { ready: { user, guilds: [], session_id: 's' } }],
    ['READY with guilds of null', { ready: { user, guilds: [null, 1, {}], application: null } }],
    ['READY with an address that is none', { ready: { user, guilds: [], resume_gateway_url: 'nowhere' } }],
    ['READY of wrong types', { ready: { user: [], guilds: {}, session_id: {}, application: 'x' } }],
    ['HELLO of null', { hello: null }],
    ['HELLO that wants a beat each instant', { hello: { heartbeat_interval: 0 } }],
    ['HELLO of words', { hello: { heartbeat_interval: 'soon' } }],
  ])('(%s) lets us in all the same, and a question is heard', async (_what, greeting) => {
    const { apiUrl, door } = await createDoor();
    Object.assign(door, greeting);
    const texts: string[] = [];
    const platform = createDiscordPlatform({ token: 'token', apiUrl, replyIn: 'thread', clock: systemClock });
    closers.push(() => platform.stop());
    await platform.start({
      ...EVENTS,
      onMention: async ({ text }) => void texts.push(text),
    });
    const ask = (content: string) => ({
      ...{ id: ID, channel_id: ID, type: 0, timestamp: '2026-01-01T00:00:00Z', content },
      author: { id: '223456789012345678', username: 'ada' },
    });
    door.sockets[0]?.send(JSON.stringify({ op: 0, t: 'MESSAGE_CREATE', s: 2, d: ask('hello') }));

    await vi.waitFor(() => expect(texts).toEqual(['hello']));
    expect(platform.isConnected()).toBe(true);
  });
});
