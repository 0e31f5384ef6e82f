// Slack's events over HTTP, from whoever can reach the port: what is read, how much of it, and that nothing of it ends the process.

import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createWorld, type World } from './world.ts';

interface Sent {
  readonly body?: string | Buffer;
  readonly type?: string;
  readonly secret?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Seconds by which the timestamp is off. */
  readonly late?: number;
}

const now = () => Math.floor(Date.now() / 1000);

/** Signed as docs.slack.dev/authentication/verifying-requests-from-slack says, unless told otherwise. */
function post({ slack, eventsUrl }: World, sent: Sent): Promise<number> {
  const { body = '', type = 'application/json', secret = slack.signingSecret, late = 0 } = sent;
  const timestamp = String(now() - late);
  const digest = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex');
  const headers = {
    'content-type': type,
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': `v0=${digest}`,
    ...sent.headers,
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(eventsUrl, { method: 'POST', agent: false, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    outgoing.on('error', reject).end(body);
  });
}

/** The bot still hears a question. */
async function expectAlive(world: World): Promise<void> {
  const said = await world.slack.say({
    channel: 'C1',
    user: 'U1',
    text: `<@${world.slack.botUserId}> alive?`,
  });
  expect(await said.delivered).toBe(true);
  expect(world.mentions.at(-1)?.text).toBe('alive?');
}

const event = (fields: unknown) => ({ type: 'event_callback', team_id: 'T1', event_id: 'E1', event: fields });
const mention = { type: 'app_mention', channel: 'C1', user: 'U1', ts: '1.1', text: 'hi' };
const deep = (open: string, close: string) => open.repeat(100_000) + close.repeat(100_000);

describe('a signed body that is no event is a 400 and nothing else', () => {
  it.each(
    [
      ...[
        'null',
        'true',
        '0',
        '""',
        '"event_callback"',
        '[]',
        '[null]',
        '{}',
        '',
        ' ',
        '{',
        'undefined',
        '\u0000',
      ],
      ...[{ type: null }, { type: 1 }, { type: 'no_such_type' }, { type: 'event_callback' }, event(null)],
      ...[event('x'), event([]), event({}), event({ type: 5 }), event({ ...mention, text: 5 })],
      ...[
        event({ ...mention, channel: {} }),
        event({ ...mention, ts: 1.1 }),
        event({ ...mention, files: {} }),
      ],
      ...[event({ ...mention, blocks: [null] }), event({ ...mention, attachments: 'x' })],
      ...[event({ type: 'message', message: 'x' }), event({ type: 'message', previous_message: [] })],
      ...[
        event({ type: 'message', message: { files: [1] } }),
        event({ type: 'agent_session_stopped', ts: [] }),
      ],
      ...[
        { ...event(mention), authorizations: 'x' },
        { ...event(mention), authorizations: [null] },
      ],
      ...[{ type: 'url_verification' }, { type: 'url_verification', challenge: {} }],
      ...[{ type: 'block_actions' }, { type: 'block_actions', user: null, actions: [] }],
      ...[{ type: 'block_actions', user: { id: 'U1' }, actions: [null] }],
      ...[{ type: 'block_actions', user: { id: 'U1' }, actions: 'x' }],
      ...[{ type: 'block_actions', user: { id: 'U1' }, actions: [], channel: 'C1' }],
      ...[{ type: 'view_submission' }, { type: 'shortcut' }, { type: 'block_suggestion' }],
      deep('[', ']'),
      deep('{"a":', '}'),
      `{"type":"event_callback","event":${deep('[', ']')}}`,
    ].map((given) => {
      const body = typeof given === 'string' ? given : JSON.stringify(given);
      return [body.slice(0, 90), body] as const;
    }),
  )('%j, as JSON and as a form', async (_name, body) => {
    const world = await createWorld({ http: true });
    expect(await post(world, { body })).toBe(400);
    const form = new URLSearchParams({ payload: body }).toString();
    if (form.length < 1_000_000)
      expect(await post(world, { body: form, type: 'application/x-www-form-urlencoded' })).toBe(400);
    expect([world.mentions, world.controls]).toEqual([[], []]);
    await expectAlive(world);
  });

  it.each(['', 'payload', 'payload=null&payload={}', 'payload=%', 'command=%2Fx&text=hi', 'ssl_check=1'])(
    'the form %s',
    async (body) => {
      const world = await createWorld({ http: true });
      expect(await post(world, { body, type: 'application/x-www-form-urlencoded; charset=utf-8' })).toBe(400);
      await expectAlive(world);
    },
  );

  it('bytes that are no UTF-8', async () => {
    const world = await createWorld({ http: true });
    expect(await post(world, { body: Buffer.from([0xff, 0xfe, 0x00, 0xc3]) })).toBe(400);
  });
});

describe('what Slack did not sign', () => {
  it('is a 401: another secret, an old time, a time to come, no headers, headers of another form', async () => {
    const world = await createWorld({ http: true });
    const body = JSON.stringify(event({ ...mention, text: `<@${world.slack.botUserId}> hi` }));
    expect(await post(world, { body, secret: 'another' })).toBe(401);
    expect(await post(world, { body, late: 301 })).toBe(401);
    expect(await post(world, { body, late: -301 })).toBe(401);
    for (const value of ['', 'v0=', 'v0=abc', `v1=${'0'.repeat(64)}`, `v0=${'0'.repeat(65)}`])
      expect(await post(world, { body, headers: { 'x-slack-signature': value } })).toBe(401);
    for (const value of ['', 'NaN', '1e9', '-1', ` ${now()}x`, '9'.repeat(30)])
      expect(await post(world, { body, headers: { 'x-slack-request-timestamp': value } })).toBe(401);
    expect(world.mentions).toEqual([]);
  });

  it('is answered before its body has come, and its body is not kept', async () => {
    const world = await createWorld({ http: true });
    const { port } = new URL(world.eventsUrl);
    const answers = await Promise.all(
      Array.from(
        { length: 100 },
        () =>
          new Promise<string>((resolve, reject) => {
            const socket = connect(Number(port), '127.0.0.1');
            socket.on('error', reject).once('data', (data) => {
              socket.destroy();
              resolve(data.toString().split('\r\n', 1)[0] ?? '');
            });
            // Four megabytes are promised, and none of them comes.
            socket.write('POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n');
          }),
      ),
    );
    expect(new Set(answers)).toEqual(new Set(['HTTP/1.1 401 Unauthorized']));
  });

  it('and says that it is too long is a 413 before a byte of it is read; one that does not say so, when it is', async () => {
    const world = await createWorld({ http: true });
    const body = ' '.repeat(1024 * 1024 + 1);
    expect(await post(world, { body })).toBe(413);
    expect(await post(world, { body, headers: { 'transfer-encoding': 'chunked' } })).toBe(413);
    await expectAlive(world);
  });

  it('and never ends makes room for what comes after it', async () => {
    const world = await createWorld({ http: true });
    const { port } = new URL(world.eventsUrl);
    const head = [
      'POST /slack/events HTTP/1.1',
      'Host: x',
      'Content-Length: 900000',
      `X-Slack-Request-Timestamp: ${now()}`,
      `X-Slack-Signature: v0=${'0'.repeat(64)}`,
    ].join('\r\n');
    const ended: string[] = [];
    const sockets = Array.from({ length: 200 }, () => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => undefined).once('data', (data) => ended.push(data.toString().slice(9, 12)));
      socket.write(`${head}\r\n\r\n${' '.repeat(100_000)}`);
      return socket;
    });
    await expectAlive(world);
    // 64 at most are being read at any time; after three seconds none is.
    await expect.poll(() => ended.length, { timeout: 10_000 }).toBe(200);
    expect(new Set(ended)).toEqual(new Set(['503', '408']));
    for (const socket of sockets) socket.destroy();
    await expectAlive(world);
  });

  it('and is broken off in the middle of its body is nobody’s fault', async () => {
    const world = await createWorld({ http: true });
    const { port } = new URL(world.eventsUrl);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write(
          `POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nX-Slack-Request-Timestamp: ${now()}\r\nX-Slack-Signature: v0=${'0'.repeat(64)}\r\n\r\nabc`,
          () => socket.resetAndDestroy(),
        );
      });
      socket.on('close', () => resolve());
    });
    await expectAlive(world);
  });
});

it('methods other than POST are 405, and other paths 404', async () => {
  const { eventsUrl } = await createWorld({ http: true });
  for (const method of ['GET', 'DELETE', 'OPTIONS', 'PUT'])
    expect((await fetch(eventsUrl, { method })).status).toBe(405);
  expect((await fetch(eventsUrl.replace('events', 'other'), { method: 'POST' })).status).toBe(404);
});
