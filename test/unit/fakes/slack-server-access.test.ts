// Each rule of the fake Slack about tokens, scopes, bodies, rates and scripted faults, once.

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogLevel, WebAPIRateLimitedError, WebAPIRequestError, WebClient } from '@slack/web-api';
import { afterEach, describe, expect, it } from 'vitest';
import { closeServers, createCaller, createStillClock } from './slack-caller.ts';

afterEach(closeServers);

describe('tokens', () => {
  it('refuses no token, a wrong one, and the wrong kind', async () => {
    const { call, server } = await createCaller();
    const test = async (method: string, authorization: string) =>
      (await call(method, {}, { authorization })).error;
    expect(await test('auth.test', '')).toBe('not_authed');
    expect(await test('auth.test', 'Bearer xoxb-wrong')).toBe('invalid_auth');
    expect(await test('auth.test', `Bearer ${server.appToken}`)).toBe('not_allowed_token_type');
    expect(await test('apps.connections.open', 'Bearer xapp-wrong')).toBe('invalid_auth');
    expect(await test('apps.connections.open', `Bearer ${server.botToken}`)).toBe('not_allowed_token_type');
    expect(await test('apps.connections.open', `Bearer ${server.appToken}`)).toBeUndefined();
  });
  it('names the scope that is missing, and all that are granted', async () => {
    const { call } = await createCaller({ scopes: ['chat:write', 'im:history'] });
    const answer = await call('conversations.history', { channel: 'C1' });
    expect(answer.body).toMatchObject({
      error: 'missing_scope',
      needed: 'channels:history',
      provided: 'chat:write,im:history',
    });
    expect((await call('conversations.history', { channel: 'D1' })).error).toBeUndefined();
    expect((await call('auth.test')).headers.get('x-oauth-scopes')).toBe('chat:write,im:history');
  });
  it('refuses an app token without connections:write', async () => {
    const { call, server } = await createCaller({ appScopes: [] });
    const answer = await call('apps.connections.open', {}, { authorization: `Bearer ${server.appToken}` });
    expect(answer.error).toBe('missing_scope');
  });
  it('gives files to the bot alone, and its sign-in page to others', async () => {
    const { call, server } = await createCaller();
    const files = [{ name: 'notes.txt', mimetype: 'text/plain', bytes: 'some notes' }];
    const { ts } = await server.say({ channel: 'C1', text: 'look', files, deliver: false });
    const replies = await call('conversations.replies', { channel: 'C1', ts });
    const [message] = replies.body.messages as { files: { id: string; url_private: string }[] }[];
    const file = message?.files[0];
    const authorization = `Bearer ${server.botToken}`;
    const download = await fetch(String(file?.url_private), { headers: { authorization } });
    expect(await download.text()).toBe('some notes');
    const stranger = await fetch(String(file?.url_private));
    expect(stranger.redirected).toBe(true);
    expect(await stranger.text()).toContain('Sign in');
    expect((await call('files.info', { file: file?.id })).body.file).toMatchObject({ name: 'notes.txt' });
    expect((await call('files.info', { file: 'F404' })).error).toBe('file_not_found');
  });
});

describe('bodies', () => {
  it('refuses content types that the method does not take', async () => {
    const { call } = await createCaller();
    const test = async (method: string, type: string) =>
      (await call(method, {}, { 'content-type': type })).error;
    expect(await test('chat.postMessage', 'text/xml')).toBe('invalid_post_type');
    expect(await test('chat.postMessage', 'application/x-www-form-urlencoded; charset=koi8-r')).toBe(
      'invalid_charset',
    );
  });
  it('refuses a body without a content type', async () => {
    const { server } = await createCaller();
    const headers = { authorization: `Bearer ${server.botToken}` };
    const body = new Blob(['channel=C1&text=a']);
    const response = await fetch(`${server.url}chat.postMessage`, { method: 'POST', headers, body });
    expect(await response.json()).toMatchObject({ error: 'missing_post_type' });
  });
  it('refuses JSON sent as a form', async () => {
    const { server } = await createCaller();
    const authorization = `Bearer ${server.botToken}`;
    const body = JSON.stringify({ channel: 'C1', text: 'a' });
    const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' };
    const response = await fetch(`${server.url}chat.postMessage`, { method: 'POST', headers, body });
    expect(await response.json()).toMatchObject({ error: 'invalid_form_data' });
  });
  it('takes JSON where Slack does, warns of a missing charset, and does not see it elsewhere', async () => {
    const { server } = await createCaller();
    const send = async (method: string, type: string, args: object) => {
      const headers = { authorization: `Bearer ${server.botToken}`, 'content-type': type };
      const response = await fetch(server.url + method, {
        method: 'POST',
        headers,
        body: JSON.stringify(args),
      });
      return await response.json();
    };
    const utf8 = 'application/json; charset=utf-8';
    const post = { channel: 'C1', text: 'a', blocks: [{ type: 'markdown', text: 'a' }] };
    expect(await send('chat.postMessage', utf8, post)).toMatchObject({ ok: true });
    expect(await send('chat.postMessage', 'application/json', post)).toMatchObject({
      warning: 'missing_charset',
    });
    expect(await send('users.info', utf8, { user: 'U0BOT' })).toMatchObject({ error: 'invalid_arguments' });
  });
  it('refuses arguments that are not documented, and the lack of required ones', async () => {
    const { call } = await createCaller();
    expect((await call('chat.postMessage', { channel: 'C1', text: 'a', colour: 'red' })).error).toBe(
      'invalid_arg_name',
    );
    expect((await call('chat.update', { channel: 'C1', text: 'a', unfurl_links: false })).error).toBe(
      'invalid_arg_name',
    );
    expect((await call('chat.update', { channel: 'C1', text: 'a' })).body).toMatchObject({
      error: 'invalid_arguments',
      response_metadata: { messages: ['[ERROR] missing required field: ts'] },
    });
    expect((await call('chat.sing')).error).toBe('unknown_method');
  });
  it('compares the names of arguments with a folder of descriptions', async () => {
    const specsDir = mkdtempSync(join(tmpdir(), 'specs-'));
    mkdirSync(join(specsDir, 'slack', 'methods'), { recursive: true });
    const args = { channel: { required: true }, ts: { required: true }, text: {} };
    writeFileSync(join(specsDir, 'slack', 'methods', 'chat.update.json'), JSON.stringify({ args }));
    const { call, server } = await createCaller({ specsDir });
    await call('chat.update', { channel: 'C1', team_id: 'T0FAKE', ts: '1.0', text: 'a' });
    expect(server.specBreaches).toEqual([]);
    await call('chat.update', { channel: 'C1', parse: 'none' });
    expect(server.specBreaches).toEqual([
      'chat.update: unknown argument parse',
      'chat.update: missing argument ts',
    ]);
  });
});

describe('rate limits', () => {
  it('answers 429 with whole seconds when a minute’s allotment is used up', async () => {
    const clock = createStillClock();
    const { call, post } = await createCaller({ clock });
    const ts = await post();
    const update = () => call('chat.update', { channel: 'C1', ts, text: 'a' });
    for (let n = 0; n < 50; n += 1) expect((await update()).status).toBe(200);
    const refused = await update();
    expect([refused.status, refused.error, refused.headers.get('retry-after')]).toEqual([
      429,
      'ratelimited',
      '2',
    ]);
    clock.pass(1200);
    expect((await update()).status).toBe(200);
    expect((await update()).status).toBe(429);
  });
  it('keeps smaller buckets when it is told to', async () => {
    const clock = createStillClock();
    const { call } = await createCaller({ clock, burst: 0.2 });
    const statuses: number[] = [];
    for (let n = 0; n < 11; n += 1) statuses.push((await call('bots.info', { bot: 'B0BOT' })).status);
    expect(statuses.filter((status) => status === 429)).toHaveLength(1);
  });
  it('counts posts by channel: five at once, then one a second', async () => {
    const clock = createStillClock();
    const { call, server } = await createCaller({ clock });
    server.addChannel('C2');
    const post = async (channel: string) => (await call('chat.postMessage', { channel, text: 'a' })).status;
    for (let n = 0; n < 5; n += 1) expect(await post('C1')).toBe(200);
    expect(await post('C1')).toBe(429);
    expect(await post('C2')).toBe(200);
    clock.pass(1000);
    expect(await post('C1')).toBe(200);
  });
  it('takes other limits by method', async () => {
    const { call } = await createCaller({ clock: createStillClock(), limits: { 'auth.test': 1 } });
    expect((await call('auth.test')).status).toBe(200);
    expect((await call('auth.test')).headers.get('retry-after')).toBe('60');
  });
});

describe('scripted faults', () => {
  async function createClient() {
    const caller = await createCaller();
    const client = new WebClient(caller.server.botToken, {
      slackApiUrl: caller.server.url,
      rejectRateLimitedCalls: true,
      retryConfig: { retries: 0 },
      timeout: 200,
      logLevel: LogLevel.ERROR,
    });
    return { ...caller, post: () => client.chat.postMessage({ channel: 'C1', text: 'a' }) };
  }

  it('applies a post and cuts the connection before the answer', async () => {
    const { server, post } = await createClient();
    const fault = server.fail({ method: 'chat.postMessage', with: 'lost-after' });
    await expect(post()).rejects.toBeInstanceOf(WebAPIRequestError);
    expect(server.channel('C1')).toHaveLength(1);
    expect(fault.hits).toBe(1);
    expect(server.calls.at(-1)?.answer).toBe('lost');
    await expect(post()).resolves.toMatchObject({ ok: true });
  });
  it('cuts the connection before anything is applied', async () => {
    const { server, post } = await createClient();
    server.fail({ method: '*', with: 'lost-before' });
    await expect(post()).rejects.toBeInstanceOf(WebAPIRequestError);
    expect(server.channel('C1')).toEqual([]);
  });
  it('hangs, with and without applying the call', async () => {
    const { server, post } = await createClient();
    server.fail({ method: 'chat.postMessage', with: 'hang' });
    await expect(post()).rejects.toBeInstanceOf(WebAPIRequestError);
    expect(server.channel('C1')).toEqual([]);
    server.fail({ method: 'chat.postMessage', with: 'hang-after' });
    await expect(post()).rejects.toBeInstanceOf(WebAPIRequestError);
    expect(server.channel('C1')).toHaveLength(1);
  });
  it('answers 429, other statuses, and 200 with an error', async () => {
    const { server, post } = await createClient();
    server.fail({ method: 'chat.postMessage', with: { rateLimitedForSeconds: 7 } });
    await expect(post()).rejects.toMatchObject({ retryAfter: 7 });
    server.fail({ method: 'chat.postMessage', with: 'rate-limited' });
    await expect(post()).rejects.toBeInstanceOf(WebAPIRateLimitedError);
    server.fail({ method: 'chat.postMessage', with: { httpStatus: 503, body: '<h1>down</h1>' } });
    await expect(post()).rejects.toMatchObject({ statusCode: 503 });
    server.fail({ method: 'chat.postMessage', with: { error: 'fatal_error' } });
    await expect(post()).rejects.toMatchObject({ data: { error: 'fatal_error' } });
  });
  it('takes the nth call, or those that a predicate chooses, as often as it says', async () => {
    const { call, server } = await createCaller();
    const errors = async (count: number) => {
      const seen: unknown[] = [];
      for (let n = 0; n < count; n += 1) seen.push((await call('auth.test')).error);
      return seen;
    };
    server.fail({ method: 'auth.test', when: 2, times: 2, with: { error: 'fatal_error' } });
    expect(await errors(4)).toEqual([undefined, 'fatal_error', 'fatal_error', undefined]);
    const fault = server.fail({
      method: 'auth.test',
      when: (_args, nth) => nth % 2 === 0,
      times: 9,
      with: { error: 'no' },
    });
    expect(await errors(4)).toEqual([undefined, 'no', undefined, 'no']);
    fault.cancel();
    expect(await errors(2)).toEqual([undefined, undefined]);
  });
  it('holds the answer back for the round trip', async () => {
    const { call } = await createCaller({ latencyMs: 40 });
    const before = performance.now();
    await call('auth.test');
    expect(performance.now() - before).toBeGreaterThanOrEqual(38);
  });
});
