// A sentence is planted in every place where the text of a message can go, and looked for in every line of the log.

import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DiscordAPIError } from 'discord.js';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { toPlatformError } from '../../../adapters/discord/errors.ts';
import { createGateway } from '../../../adapters/discord/gateway.ts';
import { toBotError as toSlackError } from '../../../adapters/slack/errors.ts';
import { createEventsReceiver } from '../../../adapters/slack/http.ts';
import { toBoltLogger } from '../../../adapters/slack/platform.ts';
import { systemClock } from '../../../src/clock.ts';
import { BotError, toBotError } from '../../../src/errors.ts';
import { adapters } from '../../../src/main.ts';
import { createModel } from '../../../src/model/model.ts';
import { createLog, type Log } from '../../../src/ops/log.ts';
import { createMetrics } from '../../../src/ops/metrics.ts';
import { createWatch } from '../../../src/ops/watch.ts';
import { createDraft } from '../../../src/reply/draft.ts';
import { toReport } from '../../../src/report.ts';
import { createFakeClock } from '../../fakes/clock.ts';
import { createDiscordServer } from '../../fakes/discord-server/index.ts';
import { modelOptions, read } from '../../fakes/model-options.ts';
import { createModelServer, type Plan } from '../../fakes/model-server.ts';

const tokens = adapters.flatMap((adapter) => adapter.tokens);

const SENTENCE = 'Our "merger" with Blue Heron is off; don\'t tell `anyone` {until: Friday}';
/** Any of these in a line is a leak: cut anywhere, escaped or not, some of it would be left. */
const PIECES = ['merger', 'Heron', 'anyone', 'Friday'];

const open: { close(): Promise<unknown> }[] = [];
afterAll(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

function record() {
  const lines: string[] = [];
  const log = createLog('trace', { tokens, write: (line) => lines.push(line) });
  const leaks = () => lines.filter((line) => PIECES.some((piece) => line.includes(piece)));
  return { log, lines, leaks, watch: createWatch(log, createMetrics()) };
}

/** As main and bot do it: the model logs its attempts, the watch its failure. */
async function askWithSentence(
  baseUrl: string,
  { log, watch }: { log: Log; watch: ReturnType<typeof createWatch> },
) {
  const model = createModel(modelOptions(baseUrl, { log, retryBudgetMs: 400 }));
  open.push(model);
  const reading = await read(model, { messages: [{ role: 'user', content: SENTENCE }], user: 'asker-1' });
  if (reading.error === undefined) return reading;
  report(toBotError(reading.error), watch, reading.finish?.models);
  return reading;
}

function report(
  failure: BotError,
  watch: ReturnType<typeof createWatch>,
  models: readonly string[] = [],
): void {
  const place = { platform: 'slack', scope: 'T1', channel: 'C1', direct: false, thread: '1.0' };
  const draft = createDraft(createFakeClock());
  draft.apply({ type: 'text-delta', text: SENTENCE });
  draft.apply({ type: 'finish', reason: 'stop', usage: undefined, models });
  const turn = { id: 't1', kind: 'ask', mention: place, by: { id: 'U1', name: 'Ann' } };
  const ending = { state: 'broken', footer: 'AI', controls: [], notice: SENTENCE };
  const end = { turn, draft, ending, failure, landed: true, bugId: 'b1', startedAt: 0, endedAt: 1 };
  watch.onTurnEnd(toReport(end as unknown as Parameters<typeof toReport>[0]));
  watch.onFault(failure, { ...place, turn: 't1' });
}

const bodies: readonly (readonly [string, unknown])[] = [
  ['a message', { error: { message: `Invalid prompt: ${SENTENCE}` } }],
  ['a string', { error: SENTENCE }],
  [
    'the input that pydantic repeats',
    { detail: [{ loc: ['body', 'messages', 0], message: 'too long', input: SENTENCE }] },
  ],
  ['a path', { detail: [{ loc: ['body', SENTENCE], message: 'unknown field' }] }],
  ['code, type and param', { error: { message: '', code: SENTENCE, type: SENTENCE, param: SENTENCE } }],
  ['a field that nobody knows', { reason: SENTENCE }],
  ['a list', [SENTENCE, [SENTENCE]]],
  [
    'a refused field',
    { error: { message: `Unknown parameter: 'user_id' in ${SENTENCE}`, param: 'user_id' } },
  ],
  ['a limit', { error: { message: `concurrency limit of 3 ${SENTENCE}` } }],
  ['the need for thoughts', { error: { message: `reasoning_content ${SENTENCE}` } }],
];

describe.concurrent('a provider that repeats the question', () => {
  const refusals: readonly (readonly [string, Plan])[] = [400, 401, 404, 413, 422, 429, 500, 503].flatMap(
    (status) =>
      bodies.map(
        ([name, body]) => [`${status} with ${name}`, { status, body: JSON.stringify(body) }] as const,
      ),
  );
  const plans: readonly (readonly [string, Plan])[] = [
    ...refusals,
    ['plain text', { status: 400, body: SENTENCE }],
    ['a page', { status: 502, body: `<html><title>${SENTENCE}</title><h1>${SENTENCE}</h1></html>` }],
    ['a page without a title', { status: 502, body: `<html><p>${SENTENCE}</p></html>` }],
    ['damaged JSON', { status: 400, body: `{"error":{"message":"${SENTENCE}` }],
    [
      'a redirect',
      { status: 307, headers: { location: `https://elsewhere.invalid/${encodeURI(SENTENCE)}` }, body: '' },
    ],
    ['a redirect to nowhere', { status: 302, headers: { location: encodeURI(SENTENCE) }, body: '' }],
    ['the id of the request', { status: 500, headers: { 'x-request-id': encodeURI(SENTENCE) }, body: '{}' }],
    ['another encoding', { headers: { 'content-encoding': 'Heron' }, tokens: 'x' }],
    ['a page in a 200', { contentType: 'text/html', body: `<html><title>${SENTENCE}</title></html>` }],
    ['a damaged chunk', { body: `data: {"choices":[{"delta":{"content":"${SENTENCE}\n\n` }],
    ['a chunk that is no JSON', { body: `data: {${SENTENCE}}\n\ndata: [DONE]\n\n` }],
    ['an event called error', { body: `event: error\ndata: ${SENTENCE}\n\n` }],
    [
      'an error in the stream',
      { fault: { kind: 'error', after: 1, error: { message: SENTENCE, code: SENTENCE } } },
    ],
    ['the name of the model', { model: SENTENCE, tokens: 'x', finish: null, done: false }],
    ['a finish reason', { finish: SENTENCE, tokens: '' }],
    ['lines between', { body: `data: ${SENTENCE}\n\ndata: {"choices":[]}\n\n` }],
  ];

  it.each(plans)('by %s: no line of the log has it', async (_name, plan) => {
    const recorded = record();
    const server = await createModelServer({ script: () => plan });
    open.push(server);
    await askWithSentence(server.url, recorded);
    expect(server.requests.length).toBeGreaterThan(0);
    expect(recorded.leaks()).toEqual([]);
  });

  it('in what is no HTTP at all', async () => {
    const recorded = record();
    const server = createServer((incoming) =>
      incoming.socket.end(`HTTP/1.1 200 ${SENTENCE}\r\n${SENTENCE}\r\n\r\n`),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    open.push({ close: () => new Promise((resolve) => server.close(resolve)) });
    const { port } = server.address() as AddressInfo;
    const { error } = await askWithSentence(`http://127.0.0.1:${port}`, recorded);
    expect(error).toBeInstanceOf(BotError);
    expect(recorded.lines.length).toBeGreaterThan(0);
    expect(recorded.leaks()).toEqual([]);
  });

  it('still says the code, the status and how long its words were', async () => {
    const recorded = record();
    const server = await createModelServer({ script: () => ({ status: 400, body: SENTENCE }) });
    open.push(server);
    await askWithSentence(server.url, recorded);
    expect(recorded.lines.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({
        code: 'bad-request',
        failure: `The provider answered 400: ${SENTENCE.length} characters of its own words`,
      }),
    );
  });
});

describe('an event that quotes itself when it cannot be taken', () => {
  const fails = () => {
    JSON.parse(SENTENCE);
  };

  it('over Discord’s gateway: no line of the log has it', async () => {
    const { log, lines, leaks } = record();
    const server = await createDiscordServer();
    open.push(server);
    const gateway = createGateway({
      ...{ token: server.token, apiUrl: server.apiUrl, clock: systemClock, log },
      onEvent: fails,
    });
    open.push(gateway);
    await gateway.open();
    const channel = server.createChannel({ name: 'general' });
    await server.say({ channel, content: `<@${server.botId}> ${SENTENCE}` });
    await expect.poll(() => lines.length).toBeGreaterThan(0);
    expect(leaks()).toEqual([]);
  });

  it('over HTTP from Slack: no line of the log has it', async () => {
    const { log, lines, leaks } = record();
    const signingSecret = '0123456789abcdef0123456789abcdef';
    const receiver = createEventsReceiver({ signingSecret, clock: systemClock, log });
    receiver.init({ processEvent: async () => fails() } as unknown as Parameters<typeof receiver.init>[0]);
    const server = createServer(receiver.listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    open.push({ close: () => new Promise((resolve) => server.close(resolve)) });
    const { port } = server.address() as AddressInfo;
    const body = JSON.stringify({ type: 'event_callback', event: { type: 'message', text: SENTENCE } });
    const timestamp = String(Math.floor(Date.now() / 1000));
    const digest = createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex');
    const answer = await fetch(`http://127.0.0.1:${port}/slack/events`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': `v0=${digest}`,
        connection: 'close',
      },
      body,
    });
    expect(answer.status).toBe(503);
    expect(lines).toHaveLength(1);
    expect(leaks()).toEqual([]);
  });

  it('anywhere: no call of the log is handed the words of an error that is not ours', () => {
    const files = ['src', 'adapters'].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => `${folder}/${name}`),
    );
    // What a call is handed ends at the next semicolon.
    const calls = files.flatMap((file) =>
      [
        ...readFileSync(file, 'utf8').matchAll(
          /\b(?:log|sparse|options\.log)\??\.(?:info|warn|error)\([^;]{0,600}/g,
        ),
      ].map(([call]) => `${file}: ${call}`),
    );
    expect(calls.length).toBeGreaterThan(30);
    expect(calls.filter((call) => /\b(?:error|failure|thrown)\.message|String\(error\)/.test(call))).toEqual(
      [],
    );
    // Files that describe an error for their own log do so in plain words.
    const describing = files.filter((file) =>
      /function describe\(error: unknown\)/.test(readFileSync(file, 'utf8')),
    );
    for (const file of describing) expect(readFileSync(file, 'utf8')).toContain('toPlainWords(error)');
  });
});

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('an error that quotes the text it met', () => {
  const discord = new DiscordAPIError(
    {
      code: 50_035,
      message: `Invalid Form Body ${SENTENCE}`,
      errors: { content: { _errors: [{ code: 'X', message: SENTENCE }] } },
    },
    50_035,
    400,
    'POST',
    'https://discord.com/api/v10/channels/1/messages',
    { body: { content: SENTENCE } } as never,
  );
  const errors: readonly (readonly [string, () => unknown])[] = [
    ['a parser of JSON', () => thrownBy(() => JSON.parse(SENTENCE))],
    ['a parser of JSON, in the middle', () => thrownBy(() => JSON.parse(`{"a": "${SENTENCE}"}`))],
    ['a schema', () => thrownBy(() => z.object({ a: z.literal('x') }).parse({ a: SENTENCE, [SENTENCE]: 1 }))],
    ['a union with the value in it', () => thrownBy(() => z.enum(['a']).parse(SENTENCE))],
    [
      'a property on a string',
      () => thrownBy(() => Object.assign(Object.freeze([SENTENCE]), { 0: SENTENCE })),
    ],
    [
      'a property of nothing',
      () => thrownBy(() => (undefined as never as Record<string, string>)[SENTENCE]?.length),
    ],
    ['an address', () => thrownBy(() => new URL(SENTENCE))],
    ['a header', () => thrownBy(() => new Headers({ 'x-a': `${SENTENCE}\n.` }))],
    [
      'an SDK that hangs the request on it',
      () => Object.assign(new Error('failed'), { requestBody: SENTENCE, data: { text: SENTENCE } }),
    ],
    ['a cause', () => new Error('failed', { cause: thrownBy(() => JSON.parse(SENTENCE)) })],
    [
      'a cause of a cause',
      () =>
        new BotError('internal', 'x', {
          cause: new Error('y', { cause: thrownBy(() => JSON.parse(SENTENCE)) }),
        }),
    ],
    [
      'a name or a code',
      () => Object.assign(new Error('x'), { code: SENTENCE.repeat(9), name: SENTENCE.repeat(9) }),
    ],
    ['a long message', () => new Error(SENTENCE.repeat(9))],
    ['several lines', () => new SyntaxError(`x\n${SENTENCE}\n    at ${SENTENCE}`)],
    ['Discord', () => discord],
    ['an object', () => ({ text: SENTENCE })],
  ];

  it.each(errors)('(%s) is logged without it', (_name, make) => {
    const { log, watch, leaks, lines } = record();
    const error = make();
    log.error({ error }, 'An HTTP request failed');
    report(toBotError(error), watch);
    report(toPlatformError(error, 'discord:1:patch'), watch);
    report(toSlackError(error, { where: 'slack:T1:chat.update', attempt: 'edit' }), watch);
    toBoltLogger(log).error('An event could not be read', error as never);
    toBoltLogger(log).warn(
      `Failed to parse and verify the request data: ${error instanceof Error ? error.message : ''}`,
    );
    expect(lines.length).toBeGreaterThan(7);
    expect(leaks()).toEqual([]);
  });
});
