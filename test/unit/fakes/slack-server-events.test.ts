// How the fake Slack delivers what people do, to real Bolt: over sockets and by signed POST.

import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { App, HTTPReceiver, LogLevel, SocketModeReceiver } from '@slack/bolt';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  createSlackServer,
  type SlackServer,
  type SlackServerOptions,
} from '../../fakes/slack-server/index.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Heard {
  readonly type: string;
  readonly text: string;
  readonly retry: number | undefined;
  readonly event: Record<string, unknown>;
}

/** Bolt with listeners that write down what they hear. */
function listen(app: App): Heard[] {
  const heard: Heard[] = [];
  const keep = async ({ event, context }: { event: unknown; context: { retryNum?: number } }) => {
    const record = event as Record<string, unknown>;
    const text = String(record.text ?? '');
    heard.push({ type: String(record.type), text, retry: context.retryNum, event: record });
  };
  app.event('app_mention', keep);
  app.event('message', keep);
  app.action(/.*/, async ({ ack, body, respond }) => {
    await ack();
    heard.push({ type: body.type, text: JSON.stringify(body), retry: undefined, event: {} });
    await respond({ text: 'pressed', response_type: 'ephemeral' });
  });
  return heard;
}

async function createServer(options: SlackServerOptions = {}): Promise<SlackServer> {
  const server = await createSlackServer(options);
  closing.push(() => server.close());
  return server;
}

async function startSocketApp(server: SlackServer) {
  const receiver = new SocketModeReceiver({
    appToken: server.appToken,
    clientPingTimeout: 1000,
    logLevel: LogLevel.ERROR,
    installerOptions: { clientOptions: { slackApiUrl: server.url } },
  });
  const clientOptions = { slackApiUrl: server.url, retryConfig: { retries: 0 } };
  const app = new App({ token: server.botToken, receiver, logLevel: LogLevel.ERROR, clientOptions });
  const heard = listen(app);
  await app.start();
  closing.push(() => app.stop());
  return { app, heard };
}

async function startHttpApp(server: SlackServer, signingSecret = server.signingSecret) {
  const receiver = new HTTPReceiver({ signingSecret, logLevel: LogLevel.ERROR });
  const clientOptions = { slackApiUrl: server.url, retryConfig: { retries: 0 } };
  const app = new App({ token: server.botToken, receiver, logLevel: LogLevel.ERROR, clientOptions });
  const heard = listen(app);
  const listener = await receiver.start({ port: 0, host: '127.0.0.1' });
  closing.push(() => app.stop());
  const { port } = listener.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/slack/events`;
  server.deliverTo(url);
  return { app, heard, url };
}

/** Posts a message with a Stop button into C1. */
async function postButton(app: App, thread?: string): Promise<string> {
  const text = { type: 'plain_text' as const, text: 'Stop' };
  const button = { type: 'button' as const, action_id: 'stop', value: 'turn-1', text };
  const blocks = [{ type: 'actions' as const, elements: [button] }];
  const posted = await app.client.chat.postMessage({
    channel: 'C1',
    text: 'answer',
    blocks,
    ...(thread === undefined ? {} : { thread_ts: thread }),
  });
  return String(posted.ts);
}

async function openTicket(server: SlackServer): Promise<string> {
  const headers = { authorization: `Bearer ${server.appToken}` };
  const response = await fetch(`${server.url}apps.connections.open`, { method: 'POST', headers });
  const { url } = (await response.json()) as { url: string };
  return url;
}

/** A client that hears everything and acknowledges nothing. */
async function startSilentClient(server: SlackServer): Promise<Record<string, unknown>[]> {
  const socket = new WebSocket(await openTicket(server));
  const heard: Record<string, unknown>[] = [];
  socket.on('message', (data) => heard.push(JSON.parse(String(data))));
  await once(socket, 'message');
  closing.push(async () => socket.terminate());
  return heard;
}

describe('over a socket', () => {
  it('tells of a mention in a channel, and of any message in a direct one', async () => {
    const server = await createServer();
    const { heard } = await startSocketApp(server);
    const said = await server.say({ channel: 'C1', text: `<@${server.botUserId}> hello` });
    expect(await said.delivered).toBe(true);
    await (await server.say({ channel: 'C1', text: 'nothing for it' })).delivered;
    await (await server.say({ channel: 'D1', text: `<@${server.botUserId}> in private` })).delivered;
    expect(heard.map((one) => `${one.type} ${String(one.event.channel_type ?? '')}`)).toEqual([
      'app_mention ',
      'message im',
    ]);
    expect(heard[0]?.event).toMatchObject({
      ts: said.ts,
      user: 'U0ASKER',
      channel: 'C1',
      team: server.teamId,
    });
  });
  it('tells of one message twice where messages of channels are subscribed too', async () => {
    const server = await createServer({ events: ['app_mention', 'message.channels'] });
    const { heard } = await startSocketApp(server);
    await (await server.say({ channel: 'C1', text: `<@${server.botUserId}> hello` })).delivered;
    expect(heard.map((one) => one.type).sort()).toEqual(['app_mention', 'message']);
    expect(new Set(heard.map((one) => one.event.ts)).size).toBe(1);
  });
  it('names the thread, and the files with a subtype in messages alone', async () => {
    const server = await createServer();
    const { heard } = await startSocketApp(server);
    const files = [{ name: 'a.png', mimetype: 'image/png', bytes: 'x', fields: { original_w: 1 } }];
    const { ts } = await server.say({ channel: 'C1', text: 'root' });
    await (await server.say({ channel: 'C1', text: `<@${server.botUserId}>`, thread: ts, files })).delivered;
    await (await server.say({ channel: 'D1', text: '', files })).delivered;
    expect(heard[0]?.event).toMatchObject({ thread_ts: ts, files: [{ name: 'a.png', original_w: 1 }] });
    expect(heard.map((one) => one.event.subtype)).toEqual([undefined, 'file_share']);
  });
  it('delivers again with the same event id and the number of the attempt', async () => {
    const server = await createServer();
    const { heard } = await startSocketApp(server);
    const said = await server.say({ channel: 'C1', text: `<@${server.botUserId}> hello` });
    await said.delivered;
    expect(await server.redeliver('C1', said.ts)).toBe(true);
    expect(heard.map((one) => one.retry)).toEqual([0, 1]);
    expect(server.deliveries.map((one) => one.eventId)).toEqual([...said.eventIds, ...said.eventIds]);
  });
  it('delivers again by itself what nobody acknowledged', async () => {
    const server = await createServer({ retryDelaysMs: [20, 60_000] });
    const said = await server.say({ channel: 'C1', text: `<@${server.botUserId}> hello` });
    await server.until(() => server.deliveries.filter((one) => one.acked === false).length === 2);
    expect(server.deliveries.map((one) => one.attempt)).toEqual([0, 1]);
    expect(said.eventIds).toHaveLength(1);
  });
  it('gives up waiting for an acknowledgement after its time', async () => {
    const server = await createServer({ ackTimeoutMs: 30, retryDelaysMs: [0] });
    const envelopes = await startSilentClient(server);
    const said = await server.say({ channel: 'C1', text: `<@${server.botUserId}> hello` });
    expect(await said.delivered).toBe(false);
    expect(envelopes.map((one) => [one.type, one.retry_attempt, one.retry_reason])).toEqual([
      ['hello', undefined, undefined],
      ['events_api', 0, ''],
      ['events_api', 1, 'timeout'],
    ]);
  });
  it('opens one connection for each ticket', async () => {
    const server = await createServer();
    const url = await openTicket(server);
    const first = new WebSocket(url);
    await once(first, 'open');
    closing.push(async () => first.terminate());
    const [error] = await once(new WebSocket(url), 'error');
    expect(String(error)).toContain('403');
  });
  it('delivers a press of a button that stands there, and no other', async () => {
    const server = await createServer();
    const { app, heard } = await startSocketApp(server);
    const { ts: root } = await server.say({ channel: 'C1', text: 'root', deliver: false });
    const ts = await postButton(app, root);
    expect(await server.press({ channel: 'C1', ts, label: 'Stop', user: 'U7' })).toBe(true);
    const body = JSON.parse(heard[0]?.text ?? '{}');
    expect(body).toMatchObject({
      type: 'block_actions',
      user: { id: 'U7' },
      container: { message_ts: ts, thread_ts: root, channel_id: 'C1' },
      actions: [{ action_id: 'stop', value: 'turn-1' }],
    });
    await server.until(() => server.ephemerals('C1', 'U7')[0]?.text === 'pressed');
    expect(() => server.press({ channel: 'C1', ts, label: 'Retry' })).toThrow('Buttons there: Stop');
  });
  it('tells of deletions and of the bot’s own messages only where messages are subscribed', async () => {
    const server = await createServer({ events: ['app_mention', 'message.im'] });
    const { app, heard } = await startSocketApp(server);
    for (const channel of ['C1', 'D1']) {
      server.addChannel(channel);
      const { ts } = await app.client.chat.postMessage({ channel, text: 'mine' });
      server.remove(channel, String(ts));
    }
    await server.until(() => server.deliveries.filter((one) => one.acked).length === 2);
    await server.until(() => heard.some((one) => one.event.subtype === 'message_deleted'));
    expect(new Set(server.deliveries.map((one) => one.type))).toEqual(new Set(['message']));
    expect(server.channel('D1')).toEqual([]);
  });
  it('tells of an edit that adds the mention, and of edits where messages are subscribed', async () => {
    const server = await createServer();
    const { heard } = await startSocketApp(server);
    const { ts } = await server.say({ channel: 'C1', text: 'hello' });
    server.edit('C1', ts, `<@${server.botUserId}> hello`);
    await server.until(() => heard.length === 1);
    server.edit('C1', ts, `<@${server.botUserId}> hello again`);
    const direct = await server.say({ channel: 'D1', text: 'one' });
    await direct.delivered;
    server.edit('D1', direct.ts, 'two');
    await server.until(() => heard.length === 3);
    expect(heard[0]?.event).toMatchObject({ type: 'app_mention', edited: { user: 'U0ASKER' } });
    expect(heard[2]?.event).toMatchObject({ subtype: 'message_changed', message: { text: 'two' } });
  });
  it('tells of a stopped session only where that is subscribed', async () => {
    const where = { channel: 'C1', thread: '1.000001' };
    const server = await createServer();
    await startSocketApp(server);
    expect(await server.stopSession(where)).toBe(true);
    expect(server.deliveries[0]?.type).toBe('agent_session_stopped');
    const unsubscribed = await createServer({ events: [] });
    expect(await unsubscribed.stopSession(where)).toBe(false);
    expect(unsubscribed.deliveries).toEqual([]);
  });
  it('gives a dropped and a refreshed client a new connection', async () => {
    const server = await createServer();
    const { heard } = await startSocketApp(server);
    server.dropSockets();
    await server.until(() => server.connections === 0);
    await server.until(() => server.connections === 1);
    server.disconnectSockets();
    await server.until(() => server.connections === 0);
    await server.until(() => server.connections === 1);
    await (await server.say({ channel: 'C1', text: `<@${server.botUserId}> back?` })).delivered;
    expect(heard).toHaveLength(1);
  });
});

describe('by signed POST', () => {
  it('tells of a mention, of a redelivery, and of a press', async () => {
    const server = await createServer();
    const { app, heard, url } = await startHttpApp(server);
    expect(await server.verifyUrl(url)).toBe(true);
    const said = await server.say({ channel: 'C1', text: `<@${server.botUserId}> hello` });
    expect(await said.delivered).toBe(true);
    await server.redeliver('C1', said.ts);
    expect(heard.map((one) => one.retry)).toEqual([undefined, 1]);
    const ts = await postButton(app);
    expect(await server.press({ channel: 'C1', ts, action_id: 'stop' })).toBe(true);
    expect(heard.at(-1)?.type).toBe('block_actions');
    await server.until(() => server.ephemerals('C1')[0]?.text === 'pressed');
  });
  it('delivers again, with the reason, what was answered with an error', async () => {
    const server = await createServer({ retryDelaysMs: [0] });
    const asked: unknown[] = [];
    const failing = createHttpServer((request, response) => {
      asked.push([request.headers['x-slack-retry-num'], request.headers['x-slack-retry-reason']]);
      response.writeHead(asked.length === 1 ? 500 : 200).end();
    });
    await new Promise<void>((resolve) => failing.listen(0, '127.0.0.1', resolve));
    closing.push(() => new Promise((resolve) => failing.close(resolve)));
    server.deliverTo(`http://127.0.0.1:${(failing.address() as AddressInfo).port}/slack/events`);
    const said = await server.say({ channel: 'C1', text: `<@${server.botUserId}> hello` });
    expect(await said.delivered).toBe(true);
    expect(asked).toEqual([
      [undefined, undefined],
      ['1', 'http_error'],
    ]);
  });
  it('is refused by Bolt when the secret is another', async () => {
    const server = await createServer({ retryDelaysMs: [] });
    const { heard } = await startHttpApp(server, 'another-secret');
    const said = await server.say({ channel: 'C1', text: `<@${server.botUserId}> hello` });
    expect(await said.delivered).toBe(false);
    expect(heard).toEqual([]);
  });
});

describe('waiting for something', () => {
  it('ends with the value, and with what was awaited when time is up', async () => {
    const server = await createServer();
    const waiting = server.until(() => server.channel('C1')[0]?.text);
    await server.say({ channel: 'C1', text: 'hello' });
    expect(await waiting).toBe('hello');
    const never = server.until(() => server.connections > 9, { timeoutMs: 20, what: 'ten connections' });
    await expect(never).rejects.toThrow('Not within 20 ms: ten connections');
  });
});
