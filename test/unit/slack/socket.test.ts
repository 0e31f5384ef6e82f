// The Socket Mode connection: how it starts, breaks, and comes back.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { App, LogLevel } from '@slack/bolt';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { createSocketReceiver, holdAcknowledgement } from '../../../adapters/slack/socket.ts';
import { systemClock } from '../../../src/clock.ts';
import { createFakeClock } from '../../fakes/clock.ts';
import { toPlanned } from '../../fakes/planned-sink.ts';
import { createWorld } from './world.ts';

const strays: unknown[] = [];
const onStray = (reason: unknown) => strays.push(reason);

beforeEach(() => {
  strays.length = 0;
  process.on('unhandledRejection', onStray);
});

afterEach(() => {
  process.off('unhandledRejection', onStray);
  expect(strays).toEqual([]);
});

describe('a start', () => {
  it('connects, and a stop disconnects', async () => {
    const { slack, platform } = await createWorld();
    expect(platform.isConnected()).toBe(true);
    expect(platform.http).toBeUndefined();
    await platform.stop();
    expect(platform.isConnected()).toBe(false);
    await slack.until(() => slack.connections === 0);
  });

  it('asks for the bot’s identity only once', async () => {
    const { slack } = await createWorld();
    await (await slack.say({ channel: 'C1', text: `<@${slack.botUserId}> hi` })).delivered;
    expect(slack.calls.filter((call) => call.method === 'auth.test')).toHaveLength(1);
  });

  it('with a wrong bot token says which variable, and what to do', async () => {
    const wrong = ['xoxb', 'wrong'].join('-');
    const world = createWorld({ adapter: { botToken: wrong } });
    await expect(world).rejects.toThrow(/SLACK_BOT_TOKEN \(invalid_auth\)\. Copy the bot token/);
    await expect(world).rejects.not.toThrow(wrong);
  });

  it.each([
    [
      'a wrong app token',
      { adapter: { appToken: ['xapp', 'wrong'].join('-') } },
      /SLACK_APP_TOKEN \(invalid_auth\)/,
    ],
    [
      'an app token without its scope',
      { server: { appScopes: [] } },
      /SLACK_APP_TOKEN \(missing_scope\).*connections:write/,
    ],
  ])('with %s says so', async (_, options, sentence) => {
    await expect(createWorld(options)).rejects.toThrow(sentence);
  });

  it('with neither an app token nor a signing secret says what is missing', async () => {
    const world = createWorld({ http: true, adapter: { signingSecret: '' } });
    await expect(world).rejects.toThrow(/SLACK_APP_TOKEN .* SLACK_SIGNING_SECRET/);
  });
});

describe('when the connection', () => {
  const mentionArrives = async ({ slack, mentions }: Awaited<ReturnType<typeof createWorld>>) => {
    const before = mentions.length;
    const said = await slack.say({ channel: 'C1', text: `<@${slack.botUserId}> hi` });
    expect(await said.delivered).toBe(true);
    expect(mentions.length).toBe(before + 1);
  };

  it('is dropped, a new one stands, and mentions arrive again', async () => {
    const world = await createWorld();
    world.slack.dropSockets();
    await world.when(() => world.log.some((line) => line.startsWith('a new connection')));
    expect(world.platform.isConnected()).toBe(true);
    await mentionArrives(world);
  });

  it('is to be renewed, the new one stands before the old one goes', async () => {
    const world = await createWorld();
    let fewest = 1;
    let most = 1;
    world.slack.watch(() => {
      fewest = Math.min(fewest, world.slack.connections);
      most = Math.max(most, world.slack.connections);
    });
    world.slack.disconnectSockets();
    await world.slack.until(() => most === 2 && world.slack.connections === 1);
    expect(fewest).toBe(1);
    expect(world.platform.isConnected()).toBe(true);
    await mentionArrives(world);
  });

  it('cannot be opened again at first, it is tried until it can, ever more slowly', async () => {
    const clock = createFakeClock();
    const world = await createWorld({ adapter: { clock } });
    const tries = () => world.log.filter((line) => line.includes('could not be opened')).length;
    for (const effect of [{ error: 'invalid_auth' }, { httpStatus: 500 }, 'lost-before'] as const) {
      world.slack.fail({ method: 'apps.connections.open', with: effect });
    }
    world.slack.dropSockets();
    for (const [index, waitMs] of [1000, 2000, 4000].entries()) {
      await world.when(() => tries() === index + 1);
      expect(world.platform.isConnected()).toBe(false);
      await clock.advance(waitMs - 1);
      expect(tries()).toBe(index + 1);
      await clock.advance(1);
    }
    await world.when(() => world.log.some((line) => line.startsWith('a new connection')));
    await mentionArrives(world);
  });

  it('breaks again and again as soon as it stands, it is not opened in a tight circle', async () => {
    const clock = createFakeClock();
    const world = await createWorld({ adapter: { clock } });
    const opened = () => world.log.filter((line) => line.startsWith('a new connection')).length;
    world.slack.dropSockets();
    await world.when(() => opened() === 1);
    world.slack.dropSockets();
    await world.when(() => world.log.filter((line) => line.includes('is being replaced')).length === 2);
    await clock.advance(999);
    expect(world.platform.isConnected()).toBe(false);
    await clock.advance(1);
    await world.when(() => opened() === 2);
  });

  it('brings an envelope that its client cannot read, nothing breaks', async () => {
    const world = await createWorld();
    expect(await world.slack.send({ type: 'something_new' })).toBe(true);
    await mentionArrives(world);
  });
});

describe('an envelope that the SDK’s client trips over', () => {
  /** A server that hands each connection to `onConnection`, and resolves `next` with each frame that comes back. */
  const createRawSlack = async (onConnection: (socket: WebSocket) => void) => {
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'application/json');
      const { port } = server.address() as AddressInfo;
      response.end(JSON.stringify({ ok: true, url: `ws://127.0.0.1:${port}` }));
    });
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (socket) => {
      socket.send(JSON.stringify({ type: 'hello' }));
      onConnection(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`;
  };

  const connect = async (apiUrl: string, log: string[]) => {
    const write = (_: object, text: string) => {
      log.push(text);
    };
    const appToken = ['xapp', 'any'].join('-');
    const sink = { info: write, warn: write };
    const quiet = () => {};
    const logger = {
      debug: quiet,
      info: quiet,
      warn: quiet,
      error: quiet,
      setLevel: quiet,
      getLevel: () => LogLevel.ERROR,
      setName: quiet,
    };
    const receiver = createSocketReceiver({ appToken, apiUrl, clock: systemClock, log: sink, logger });
    const app = new App({ receiver, authorize: async () => ({}), logger });
    app.processEvent = holdAcknowledgement(app.processEvent.bind(app), sink);
    onTestFinished(async () => {
      await receiver.stop();
    });
    await receiver.start();
    return receiver;
  };

  it('without an inner event is acknowledged and logged', async () => {
    const log: string[] = [];
    const envelope = {
      envelope_id: 'E1',
      type: 'events_api',
      payload: { type: 'app_rate_limited', minute_rate_limited: 1 },
    };
    let answered = (_: string) => {};
    const answer = new Promise<string>((resolve) => {
      answered = resolve;
    });
    const url = await createRawSlack((socket) => {
      socket.on('message', (data) => answered(String(data)));
      socket.send(JSON.stringify(envelope));
    });
    await connect(url, log);
    expect(JSON.parse(await answer)).toMatchObject({ envelope_id: 'E1' });
    expect(log).toContain('Slack holds events back: there were too many');
  });

  it('of no known form ends in a new connection', async () => {
    const log: string[] = [];
    let connections = 0;
    let again = () => {};
    const second = new Promise<void>((resolve) => {
      again = resolve;
    });
    const url = await createRawSlack((socket) => {
      connections += 1;
      if (connections === 1) socket.send('null');
      else again();
    });
    await connect(url, log);
    await second;
    expect(log).toContain('the Slack connection met a message that it cannot read');
  });
});

describe('the manifest', () => {
  const manifest = JSON.parse(
    readFileSync(new URL('../../../adapters/slack/manifest.json', import.meta.url), 'utf8'),
  );

  it('asks for enough: a bot with exactly its scopes and events answers', async () => {
    const { slack, platform, mentions, when } = await createWorld({
      server: {
        scopes: manifest.oauth_config.scopes.bot,
        events: manifest.settings.event_subscriptions.bot_events,
      },
    });
    await slack.say({ channel: 'D1', user: 'U1', text: 'hi' });
    const mention = await when(() => mentions[0]);
    await slack.say({ channel: 'G1', user: 'U1', text: `<@${slack.botUserId}> hi` });
    await when(() => mentions[1]);
    for (const asked of mentions) {
      await platform.history(asked, { limit: 5, signal: new AbortController().signal });
      await platform.mark(asked, 'waiting', true);
      await platform.mark(asked, 'waiting', false);
      await platform.whisper(asked, 'hush');
    }
    const sink = toPlanned(platform.openReply(mention, { turn: 't' }), { room: () => 1, tau: () => 0 });
    await sink.status?.('is thinking…');
    const refused = slack.calls.filter((call) => JSON.stringify(call.answer).includes('"ok":false'));
    expect(refused).toEqual([]);
  });

  it('switches on Socket Mode, buttons, and messages in the app’s own tab', () => {
    expect(manifest.settings).toMatchObject({
      socket_mode_enabled: true,
      interactivity: { is_enabled: true },
    });
    expect(manifest.features.app_home).toMatchObject({
      messages_tab_enabled: true,
      messages_tab_read_only_enabled: false,
    });
  });
});
