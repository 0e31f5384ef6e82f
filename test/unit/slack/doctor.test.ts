import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { examineSlack, type SlackExam, scopes } from '../../../adapters/slack/doctor.ts';
import type { Finding } from '../../../src/finding.ts';
import {
  createSlackServer,
  type SlackServer,
  type SlackServerOptions,
} from '../../fakes/slack-server/index.ts';

let server: SlackServer | undefined;

afterEach(async () => {
  await server?.close();
});

async function examine(more: Partial<SlackExam>, options: SlackServerOptions = {}) {
  server ??= await createSlackServer(options);
  const { botToken, url } = server;
  const findings: Finding[] = [];
  const exam = { botToken, apiUrl: url, isLocal: false, ...more };
  for await (const finding of examineSlack(exam, new AbortController().signal)) findings.push(finding);
  return findings;
}

async function withServer(options: SlackServerOptions = {}): Promise<SlackServer> {
  server = await createSlackServer(options);
  return server;
}

describe('the scopes that are checked', () => {
  it('are those of the manifest', () => {
    const manifest = JSON.parse(readFileSync('adapters/slack/manifest.json', 'utf8'));
    expect(Object.keys(scopes)).toEqual(manifest.oauth_config.scopes.bot);
  });
});

describe('a scope without which it works, a little less well', () => {
  it('is a warning where it is missing, and the others are not', async () => {
    const granted = Object.keys(scopes).filter((scope) => scope !== 'metadata.message:read');
    await withServer({ scopes: granted });
    const findings = await examine({ signingSecret: '0123456789abcdef0123456789abcdef' });
    expect(findings.filter(({ state }) => state !== 'ok')).toMatchObject([
      { state: 'warn', subject: 'Slack scope metadata.message:read' },
    ]);
  });
});

describe('when events come over HTTP', () => {
  it('checks the form of the signing secret, and who could reach us', async () => {
    await withServer();
    const right = await examine({ signingSecret: '0123456789abcdef0123456789abcdef' });
    expect(right.map(({ state }) => state)).toEqual(['ok', 'ok', 'ok']);
    const wrong = await examine({ signingSecret: 'xoxb-not-a-secret', isLocal: true });
    expect(wrong.slice(2).map(({ state, subject }) => [state, subject])).toEqual([
      ['warn', 'Slack signing secret'],
      ['warn', 'Slack events'],
    ]);
  });
});

describe('when the two tokens are of two apps', () => {
  it('says that mentions would not arrive', async () => {
    const slack = await withServer();
    slack.fail({
      method: 'bots.info',
      with: { error: 'none', extra: { ok: true, bot: { app_id: 'A0OTHER' } } },
    });
    const findings = await examine({ appToken: slack.appToken });
    expect(findings.at(-1)).toMatchObject({
      state: 'fail',
      text: expect.stringMatching(/A0FAKE.*A0OTHER.*would not arrive/),
    });
    await slack.until(() => slack.connections === 0);
  });
});

describe('when Slack is busy', () => {
  it('warns of a limit, and fails for an error of its own', async () => {
    const slack = await withServer();
    slack.fail({ method: 'auth.test', with: 'rate-limited' });
    slack.fail({ method: 'apps.connections.open', with: { error: 'internal_error' } });
    const findings = await examine({ appToken: slack.appToken });
    expect(findings.map(({ state, subject }) => [state, subject])).toEqual([
      ['warn', 'Slack bot token'],
      ['fail', 'Slack app token'],
    ]);
    expect(findings[1]?.remedy).toContain('status.slack.com');
  });
});

describe('when Socket Mode is switched off', () => {
  it('says where to switch it on', async () => {
    const slack = await withServer();
    slack.fail({ method: 'apps.connections.open', with: { error: 'socket_mode_not_enabled' } });
    const findings = await examine({ appToken: slack.appToken });
    expect(findings.at(-1)).toMatchObject({
      state: 'fail',
      subject: 'Slack Socket Mode',
      remedy: expect.stringContaining('Switch it on'),
    });
  });
});

describe('when the connection is not what it should be', () => {
  /** Hands out the address of a connection that does this, and nothing else. */
  async function examineConnection(onConnection: (socket: WebSocket) => void) {
    const slack = await withServer();
    const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    sockets.on('connection', onConnection);
    await new Promise((resolve) => sockets.once('listening', resolve));
    const url = `ws://127.0.0.1:${(sockets.address() as AddressInfo).port}`;
    slack.fail({ method: 'apps.connections.open', with: { error: 'none', extra: { ok: true, url } } });
    const findings = await examine({ appToken: slack.appToken });
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
    return findings.at(-1);
  }

  it('finds Socket Mode switched off where only the connection tells it', async () => {
    const finding = await examineConnection((socket) => {
      socket.send(JSON.stringify({ type: 'disconnect', reason: 'link_disabled' }));
    });
    expect(finding).toMatchObject({ state: 'fail', subject: 'Slack Socket Mode' });
  });

  it('finds one that is cut before its hello', async () => {
    const finding = await examineConnection((socket) => socket.close(1001));
    expect(finding).toMatchObject({ state: 'fail', remedy: expect.stringContaining('WebSockets') });
  });
});

describe('when Slack answers with something odd', () => {
  const odd = [
    null,
    [],
    'words',
    7,
    {},
    { ok: true },
    { ok: false },
    { ok: true, team: {}, user: [], bot_id: {}, url: 7, bot: null },
  ];
  it.each(odd.map((value) => [JSON.stringify(value), value] as const))(
    'ends with findings, never with a fault of its own, where every answer is %s',
    async (_what, value) => {
      const front = createServer((request, response) => {
        request.resume();
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
      });
      await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
      const apiUrl = `http://127.0.0.1:${(front.address() as AddressInfo).port}/api/`;
      const findings: Finding[] = [];
      const exam = { botToken: 'xoxb-1', appToken: 'xapp-1', apiUrl, isLocal: false };
      for await (const finding of examineSlack(exam, AbortSignal.timeout(5_000))) findings.push(finding);
      front.closeAllConnections();
      front.close();
      expect(findings.length).toBeGreaterThan(0);
      expect(JSON.stringify(findings)).not.toMatch(/undefined|TypeError|Cannot read|not iterable|\[object/);
    },
    20_000,
  );
});
