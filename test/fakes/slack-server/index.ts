// The fake Slack: a loopback server that real Bolt and the real web client talk to, and that refuses what Slack refuses.
// This file puts the parts together. Must not know the bot under test.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { systemClock } from '../../../src/clock.ts';
import { createApi, readAll, tokenOf } from './api.ts';
import { createChatMethods } from './chat.ts';
import type { Echo, Handler, MethodContext } from './content.ts';
import { createDeliveryDesk } from './delivery.ts';
import { type Announcer, createAnnouncer } from './events.ts';
import { createFaults } from './faults.ts';
import { createLimits } from './limits.ts';
import { createLookupMethods, statusOf } from './lookups.ts';
import { defaultEvents, defaultScopes } from './methods.ts';
import type { SlackServerOptions } from './options.ts';
import { createPeople } from './people.ts';
import { toReaderEphemeral, toReaderMessage } from './reader.ts';
import { createStreamMethods, isStreaming } from './streams.ts';
import type { SlackServer } from './types.ts';
import { waitUntil } from './until.ts';
import { createWorkspace, type Message } from './workspace.ts';

export type { SlackServerOptions } from './options.ts';
export type { FaultEffect, FaultRule, ReaderMessage, SlackServer } from './types.ts';

/** Starts a fake Slack on a free port of 127.0.0.1. Close it, or its timers keep the process. */
export async function createSlackServer(options: SlackServerOptions = {}): Promise<SlackServer> {
  const clock = options.clock ?? systemClock;
  const identity = {
    teamId: options.teamId ?? 'T0FAKE',
    botUserId: options.botUserId ?? 'U0BOT',
    botId: options.botId ?? 'B0BOT',
  };
  const secrets = {
    botToken: options.botToken ?? 'xoxb-fake-bot-token',
    appToken: options.appToken ?? 'xapp-1-fake-app-token',
    signingSecret: options.signingSecret ?? 'fake-signing-secret',
  };
  const workspace = createWorkspace(clock, identity);
  workspace.users.set(identity.botUserId, { name: 'Rill' });
  for (const [id, user] of Object.entries(options.users ?? {})) workspace.users.set(id, user);
  for (const [id, name] of Object.entries(options.channelNames ?? {})) workspace.openChannel(id, { name });
  const desk = createDeliveryDesk(workspace, {
    ackTimeoutMs: options.ackTimeoutMs ?? 3000,
    retryDelaysMs: options.retryDelaysMs ?? [0, 60_000, 300_000],
    signingSecret: secrets.signingSecret,
  });
  const announcer: Announcer & Echo = createAnnouncer(workspace, desk, options.events ?? defaultEvents);
  const context: MethodContext = {
    workspace,
    echo: announcer,
    streamLifeMs: options.streamLifeMs ?? 300_000,
    streamBytes: options.streamBytes ?? 10_600,
    metadataBytes: options.metadataBytes ?? 8000,
    keepsMetadata: options.keepsMetadata ?? true,
    editWindowMs: options.editWindowMs ?? Number.POSITIVE_INFINITY,
    missingThread: options.missingThread ?? 'unthread',
    agent: options.agent ?? true,
    userGroups: options.userGroups ?? {},
  };
  const faults = createFaults();
  let port = 0;
  let tickets = 0;
  const openTickets = new Set<string>();
  const handlers: Record<string, Handler> = {
    ...createChatMethods(context),
    ...createStreamMethods(context),
    ...createLookupMethods(context),
    'apps.connections.open': () => {
      tickets += 1;
      openTickets.add(String(tickets));
      return { ok: true, url: `ws://127.0.0.1:${port}/link?ticket=${tickets}&app_id=A0FAKE` };
    },
  };
  const limits = createLimits(clock, options.burst ?? 1, options.limits ?? {});
  const api = createApi(
    workspace,
    handlers,
    { limits, faults },
    {
      ...secrets,
      scopes: options.scopes ?? defaultScopes,
      appScopes: options.appScopes ?? ['connections:write'],
      latencyMs: options.latencyMs ?? 0,
      specsDir: options.specsDir ?? process.env.SPECS_DIR,
    },
  );
  const people = createPeople(context, announcer, desk, () => `http://127.0.0.1:${port}`);

  /** Files ask for the bot's token and its scope; without them Slack shows its sign-in page, with status 200 after a redirect. */
  function serveFile(path: string, request: IncomingMessage, response: ServerResponse): void {
    const id = /-(F[A-Z0-9]+)\//.exec(path)?.[1] ?? '';
    const effect = faults.next('files-pri', { file: id });
    if (typeof effect === 'object' && 'httpStatus' in effect) {
      response.writeHead(effect.httpStatus, effect.headers ?? {}).end(effect.body ?? '');
      return;
    }
    if (effect !== undefined) {
      if (effect !== 'hang') request.socket.destroy();
      return;
    }
    const granted = (options.scopes ?? defaultScopes).includes('files:read');
    if (tokenOf(request) !== secrets.botToken || !granted) {
      response.writeHead(302, { location: '/sign-in' }).end();
      return;
    }
    const file = workspace.files.get(id);
    if (!file) {
      response.writeHead(404).end();
      return;
    }
    const type = String(file.object.mimetype);
    response.writeHead(200, { 'content-type': type, 'content-length': file.bytes.length }).end(file.bytes);
  }

  /** What Bolt's `respond` posts to: an ephemeral message for the presser. */
  async function serveResponse(
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const [, , channel = '', user = ''] = path.split('/');
    const body: { text?: unknown } = JSON.parse(await readAll(request));
    const ts = workspace.nextTs();
    const text = String(body.text ?? '');
    workspace.ephemerals.push({ ts, channel, user, thread: undefined, text, blocks: [] });
    workspace.changed('ephemeral', channel, ts);
    response.writeHead(200).end('ok');
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/';
    const name = /^\/api\/([\w.]+)/.exec(path)?.[1];
    if (name !== undefined) await api.serve(name, request, response);
    else if (path.startsWith('/files-pri/')) serveFile(path, request, response);
    else if (path.startsWith('/response/')) await serveResponse(path, request, response);
    else {
      const isSignIn = path === '/sign-in';
      response.writeHead(isSignIn ? 200 : 404, { 'content-type': 'text/html' }).end('<title>Sign in</title>');
    }
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      // A fault of the fake itself: said aloud, so that no test takes it for Slack's.
      if (!response.headersSent) response.writeHead(500);
      response.end(`The fake Slack failed: ${String(error)}`);
    });
  });
  const upgrades = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    const ticket = /^\/link\?.*\bticket=(\d+)/.exec(request.url ?? '')?.[1] ?? '';
    // A ticket is good for one connection.
    if (!openTickets.delete(ticket)) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    upgrades.handleUpgrade(request, socket, head, (connection) => desk.accept(connection));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;

  const see = (message: Message) =>
    toReaderMessage(message, isStreaming(message, clock, context.streamLifeMs));
  const messagesOf = (channel: string) => [...(workspace.channels.get(channel)?.messages.values() ?? [])];

  return {
    url: `http://127.0.0.1:${port}/api/`,
    port,
    ...identity,
    ...secrets,
    ...people,
    archive(channel) {
      workspace.openChannel(channel).archived = true;
    },
    addChannel(id, about = {}) {
      workspace.openChannel(id, about);
    },
    addUser(id, user) {
      workspace.users.set(id, user);
    },
    send: (event) => announcer.send(event),
    thread: (channel, ts) =>
      messagesOf(channel)
        .filter((message) => message.ts === ts || message.thread === ts)
        .map(see),
    channel: (id) => messagesOf(id).map(see),
    ephemerals: (channel, user) =>
      workspace.ephemerals
        .filter((one) => one.channel === channel && (user === undefined || one.user === user))
        .map(toReaderEphemeral),
    status: (channel, thread) => statusOf(context, channel, thread),
    session: (channel, thread) => workspace.sessions.get(`${channel} ${thread}`),
    reactions: (channel, ts) =>
      [...(workspace.find(channel, ts)?.reactions ?? [])]
        .filter(([, users]) => users.has(identity.botUserId))
        .map(([name]) => name),
    calls: api.calls,
    pings: workspace.pings,
    deliveries: desk.deliveries,
    specBreaches: api.specBreaches,
    get connections() {
      return desk.sockets.size;
    },
    fail: (rule) => faults.add(rule),
    dropSockets() {
      for (const socket of desk.sockets) socket.terminate();
    },
    disconnectSockets() {
      const message = { type: 'disconnect', reason: 'refresh_requested', debug_info: { host: 'fake' } };
      for (const socket of desk.sockets) socket.send(JSON.stringify(message));
    },
    deliverTo: (url) => desk.deliverTo(url),
    async verifyUrl(url) {
      const challenge = { type: 'url_verification', token: 'unused', challenge: workspace.nextId('Ch') };
      const { status, body } = await desk.post(url, JSON.stringify(challenge), 'application/json');
      return status === 200 && body.includes(challenge.challenge);
    },
    until: (predicate, about = {}) =>
      waitUntil(
        {
          watch: (listener) => workspace.watch(listener),
          describe: () =>
            api.calls
              .slice(-8)
              .map((call) => `${call.method} ${toLine(call.args)} → ${toLine(call.answer)}`)
              .join('\n'),
        },
        predicate,
        about,
      ),
    watch: (listener) => workspace.watch(listener),
    drain: limits.drain,
    async close() {
      workspace.close();
      await desk.close();
      upgrades.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function toLine(value: unknown): string {
  return JSON.stringify(value).slice(0, 300);
}
