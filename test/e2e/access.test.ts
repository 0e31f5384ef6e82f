// The built program, and who gets in: short tokens, Slack over HTTP beside the playground, /metrics from elsewhere.

import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSlackServer } from '../fakes/slack-server/index.ts';
import { startProgram } from './program.ts';

const model = { DEEPSEEK_API_KEY: 'x', DEEPSEEK_BASE_URL: 'http://127.0.0.1:9' };

function start(env: Readonly<Record<string, string>>) {
  const program = startProgram({ ...model, ...env });
  onTestFinished(async () => void (await program.stop()));
  return program;
}

describe('a token that can be guessed', () => {
  it('fails the start where other machines reach it, and says how to make one', async () => {
    const program = start({ HOST: '0.0.0.0', WEB: 'on', WEB_TOKEN: '1' });
    expect(await program.ended()).toBe(78);
    expect(program.stderr()).toContain('WEB_TOKEN has fewer than 16 characters');
    expect(program.stderr()).toContain('openssl rand -hex 16');
  });

  it('is a warning on loopback', async () => {
    const program = start({ WEB_TOKEN: '1' });
    const line = await program.logged(({ message }) => String(message).startsWith('WEB_TOKEN has fewer'));
    expect(line).toMatchObject({ level: 'warn', characters: 1 });
    expect(line.message).toContain('openssl rand -hex 16');
    expect((await fetch(await program.listening())).status).toBe(200);
  });
});

describe('Slack over HTTP', () => {
  async function withSlack(env: Readonly<Record<string, string>>) {
    const slack = await createSlackServer();
    onTestFinished(() => slack.close());
    const { botToken, signingSecret, url } = slack;
    const settings = { SLACK_BOT_TOKEN: botToken, SLACK_SIGNING_SECRET: signingSecret, SLACK_API_URL: url };
    return start({ ...settings, ...env });
  }

  it('turns the playground off, says so, and keeps /metrics for this machine', async () => {
    const program = await withSlack({});
    const url = await program.ready();
    await program.logged(({ message }) => String(message).startsWith('The playground is off'));
    expect((await fetch(url)).status).toBe(404);
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
    for (const headers of [{ 'x-forwarded-for': '9.9.9.9' }, { via: '1.1 x' }])
      expect((await fetch(`${url}/metrics`, { headers })).status).toBe(401);
    expect((await fetch(`${url}/healthz`, { headers: { 'x-forwarded-for': '9.9.9.9' } })).status).toBe(200);
  });

  it('leaves the playground on where it has a token', async () => {
    const program = await withSlack({ WEB_TOKEN: 'sixteen letters!' });
    expect(await (await fetch(await program.ready())).text()).toContain('WEB_TOKEN');
  });
});

it('wrong tokens at /metrics and in the page are counted together, and no method but its own is answered', async () => {
  const token = 'correct horse battery';
  const url = await start({ WEB_TOKEN: token }).listening();
  const read = async (value: string) =>
    (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${value}` } })).status;
  for (let n = 0; n < 5; n += 1) expect(await read(`${n}`)).toBe(401);
  for (let n = 0; n < 5; n += 1)
    expect((await fetch(`${url}/app.js`, { headers: { cookie: `rill_session=${n}` } })).status).toBe(401);
  expect(await read('wrong')).toBe(429);
  expect(await read(token)).toBe(200);
  for (const path of ['/', '/healthz', '/readyz', '/metrics', '/messages', '/slack/events', '/nothing'])
    for (const method of ['DELETE', 'OPTIONS', 'PUT', 'PATCH'])
      expect([path, method, (await fetch(url + path, { method })).status]).toEqual([path, method, 405]);
});

it('a target that names its host counts for the page and /metrics as a Host header would, and two Hosts for none', async () => {
  const port = Number(new URL(await start({}).listening()).port);
  const ask = (head: string) =>
    new Promise<number>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', reject).once('data', (data) => {
        resolve(Number(data.toString('latin1').slice(9, 12)));
        socket.destroy();
      });
      socket.write(`${head}\r\n\r\n`);
    });
  for (const [path, refused] of [
    ['/', 421],
    ['/metrics', 401],
  ] as const) {
    expect(await ask(`GET http://rill.example${path} HTTP/1.1\r\nHost: 127.0.0.1`)).toBe(refused);
    expect(await ask(`GET http://127.0.0.1:${port}${path} HTTP/1.1\r\nHost: rill.example`)).toBe(200);
    expect(await ask(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: rill.example`)).toBe(400);
  }
});
