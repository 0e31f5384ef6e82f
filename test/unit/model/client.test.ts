import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { BotError } from '../../../src/errors.ts';
import { createModel, type ModelOptions } from '../../../src/model/model.ts';
import { createFakeClock } from '../../fakes/clock.ts';
import { ask, modelOptions, read } from '../../fakes/model-options.ts';
import { createModelServer, type ModelServerOptions } from '../../fakes/model-server.ts';
import { createModelStage } from '../../fakes/model-stage.ts';

const stage = createModelStage();
afterEach(stage.close);
/** One attempt an answer, so that what a stream comes to is seen as it came. */
const start = (serverOptions: ModelServerOptions, options: Partial<ModelOptions> = {}) =>
  stage.start(serverOptions, { resume: 'none', ...options });
const startRaw = (answer: (response: ServerResponse) => void, options: Partial<ModelOptions> = {}) =>
  stage.startRaw(answer, { resume: 'none', retryBudgetMs: 0, ...options });

describe('the request', () => {
  it('asks for a stream with usage, compressed if need be, thinking switched explicitly, and carries the key', async () => {
    const { server, model } = await start({}, { maxTokens: 99 });
    await read(model, ask('Hi'));
    expect(server.requests[0]).toMatchObject({
      path: '/chat/completions',
      headers: { authorization: 'Bearer test-key', 'accept-encoding': 'gzip, br' },
      body: {
        model: 'deepseek-flash',
        stream: true,
        stream_options: { include_usage: true },
        thinking: { type: 'disabled' },
        max_tokens: 99,
        user_id: 'asker-1',
        messages: [{ role: 'system' }, { role: 'user', content: 'Hi' }],
      },
    });
  });

  it('keeps the path of the base address', async () => {
    const server = stage.keep(await createModelServer());
    const model = stage.keep(createModel(modelOptions(`${server.url}/v1/`)));
    await read(model, ask('Hi'));
    expect(server.requests[0]?.path).toBe('/v1/chat/completions');
  });

  it('asks servers of plain text with one text', async () => {
    const { server, model } = await start({ answer: () => 'Fine.' }, { wire: 'completions' });
    expect(await read(model, ask('Hi'))).toMatchObject({ text: 'Fine.', finish: { reason: 'stop' } });
    expect(server.requests[0]).toMatchObject({
      path: '/completions',
      body: { prompt: 'Be brief.\n\nUser: Hi\n\nAssistant:' },
    });
  });
});

describe.each(['gzip', 'br'] as const)('a stream compressed with %s', (encoding) => {
  it('gives the first event before the second is written', async () => {
    const { server, model } = await start({
      script: () => ({ tokens: ['one', 'two'], encoding, fault: { kind: 'stall', after: 1 } }),
    });
    const aborter = new AbortController();
    const reading = await read(model, ask('Hi'), { signal: aborter.signal, onEvent: () => aborter.abort() });
    expect(reading.text).toBe('one');
    await server.until(() => server.inFlight() === 0);
    expect(server.requests[0]?.closedByClient).toBe(true);
  });

  it('keeps what came before a reset', async () => {
    const { model } = await start({
      script: () => ({ tokens: ['one', 'two'], encoding, fault: { kind: 'reset', after: 1 }, delayMs: 5 }),
    });
    expect(await read(model, ask('Hi'))).toMatchObject({ text: 'one', error: { code: 'broken-off' } });
  });

  it('is broken off where the compressed data is cut', async () => {
    const { model } = await start({
      script: () => ({ tokens: ['one', 'two'], encoding, fault: { kind: 'end', after: 1 } }),
    });
    expect(await read(model, ask('Hi'))).toMatchObject({ text: 'one', error: { code: 'broken-off' } });
  });
});

describe('the clocks', () => {
  const timeouts = { connectMs: 10_000, firstTokenMs: 600_000, idleMs: 45_000, totalMs: 1_800_000 };

  it('end a wait for headers at the first-token limit', async () => {
    const clock = createFakeClock();
    const { server, model } = await start(
      { script: () => ({ headersMs: 'never' }) },
      { clock, timeouts, retryBudgetMs: 1 },
    );
    const reading = read(model, ask('Hi'));
    await server.until(() => server.requests.length === 1);
    await clock.advance(599_999);
    expect(server.inFlight()).toBe(1);
    await clock.advance(1);
    expect(await reading).toMatchObject({ error: { code: 'first-token-timeout' } });
    await server.until(() => server.requests[0]?.closedByClient === true);
  });

  it('say once that the provider lets us wait, and end the wait although comments keep coming', async () => {
    const clock = createFakeClock();
    const { model } = await start(
      { script: () => ({ comments: 'forever', commentMs: 1 }) },
      { clock, timeouts, retryBudgetMs: 1 },
    );
    const reading = read(model, ask('Hi'));
    // Comments come in real time while the clock goes on to 4 s.
    for (let turn = 0; turn < 40; turn += 1) {
      await clock.advance(100);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await clock.advance(600_000);
    const result = await reading;
    expect(result.events).toEqual([{ type: 'waiting', where: 'provider' }]);
    expect(result.error).toMatchObject({ code: 'first-token-timeout' });
  });

  it('end a stall after the first token, and keep the text', async () => {
    const clock = createFakeClock();
    const { server, model } = await start(
      { script: () => ({ tokens: ['one', 'two'], fault: { kind: 'stall', after: 1 } }) },
      { clock, timeouts },
    );
    let came: () => void = () => undefined;
    const first = new Promise<void>((resolve) => {
      came = resolve;
    });
    const reading = read(model, ask('Hi'), { onEvent: () => came() });
    await first;
    await clock.advance(44_999);
    expect(server.inFlight()).toBe(1);
    await clock.advance(1);
    expect(await reading).toMatchObject({ text: 'one', error: { code: 'stalled' } });
    await server.until(() => server.inFlight() === 0);
  });

  it('end the whole answer', async () => {
    const clock = createFakeClock();
    const { model } = await start(
      { script: () => ({ tokens: ['one', 'two'], fault: { kind: 'stall', after: 1 } }) },
      { clock, timeouts: { ...timeouts, totalMs: 1000 } },
    );
    const reading = read(model, ask('Hi'), { onEvent: () => void clock.advance(1000) });
    expect(await reading).toMatchObject({ text: 'one', error: { code: 'total-timeout' } });
  });
});

describe('an abort', () => {
  it('closes the socket, throws the reason, and asks no more', async () => {
    const { server, model } = await start(
      { answer: () => 'word '.repeat(200), tokensPerSecond: 100 },
      { resume: 'prefix' },
    );
    const aborter = new AbortController();
    const reason = new BotError('stopped', 'stopped by A');
    const reading = await read(model, ask('Hi'), {
      signal: aborter.signal,
      onEvent: () => aborter.abort(reason),
    });
    expect(reading.error).toBe(reason);
    await server.until(() => server.inFlight() === 0);
    expect(server.requests).toMatchObject([{ closedByClient: true }]);
  });

  it('before the start asks nothing', async () => {
    const { server, model } = await start({});
    const reason = new BotError('shutdown', 'now');
    expect((await read(model, ask('Hi'), { signal: AbortSignal.abort(reason) })).error).toBe(reason);
    expect(server.requests).toEqual([]);
  });

  it('ends a wait between two attempts', async () => {
    const { server, model } = await start({ script: () => ({ status: 503, retryAfter: 4 }) });
    const aborter = new AbortController();
    const reason = new BotError('stopped', 'stopped by A');
    const reading = read(model, ask('Hi'), { signal: aborter.signal });
    await server.until(() => server.requests.length === 1 && server.inFlight() === 0);
    aborter.abort(reason);
    expect((await reading).error).toBe(reason);
    expect(server.requests.length).toBe(1);
  });

  it('is not needed by who leaves the iteration', async () => {
    const { server, model } = await start({ answer: () => 'word '.repeat(200), tokensPerSecond: 100 });
    for await (const event of model.stream(ask('Hi'), { signal: new AbortController().signal })) {
      if (event.type === 'text-delta') break;
    }
    await server.until(() => server.inFlight() === 0);
    expect(server.requests).toMatchObject([{ closedByClient: true }]);
  });
});

describe('a refusal', () => {
  const refuse =
    (status: number, headers: Record<string, string>, body: string | Buffer) =>
    (response: ServerResponse) => {
      response.writeHead(status, headers).end(body);
    };

  it('is read through its compression, with the id under which the provider logged it', async () => {
    const body = gzipSync(JSON.stringify({ error: { message: 'Insufficient Balance' } }));
    const model = await startRaw(refuse(402, { 'content-encoding': 'gzip', 'x-ds-trace-id': 'abc' }, body));
    const { error } = await read(model, ask('Hi'));
    expect(error).toMatchObject({
      code: 'no-balance',
      status: 402,
      message: 'The provider answered 402: Insufficient Balance (request abc)',
    });
  });

  it('in a page of a proxy is one line, and of an endless body only the beginning is read', async () => {
    const page =
      '<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>';
    const proxied = await startRaw(refuse(502, { 'content-type': 'text/html' }, page));
    expect((await read(proxied, ask('Hi'))).error).toMatchObject({
      code: 'bad-gateway',
      message: 'The provider answered 502: a web page: 502 Bad Gateway',
    });
    const endless = await startRaw((response) => {
      response.writeHead(500);
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(16_384)));
        response.once('drain', more);
      };
      more();
    });
    const { error } = await read(endless, ask('Hi'));
    expect(error).toMatchObject({ code: 'server-error' });
    expect((error as Error).message.length).toBeLessThan(600);
  });

  it('by redirect is told, and the key is not sent on', async () => {
    const { server } = await start({});
    const model = await startRaw(refuse(307, { location: `${server.url}/chat/completions` }, ''));
    expect((await read(model, ask('Hi'))).error).toMatchObject({ code: 'redirected', status: 307 });
    expect(server.requests).toEqual([]);
  });

  it('never shows the key', async () => {
    const model = await startRaw(refuse(401, {}, '{"error":"wrong key test-key"}'));
    expect((await read(model, ask('Hi'))).error).toMatchObject({
      code: 'unauthorized',
      message: 'The provider answered 401: wrong key ***',
    });
  });
});

describe('no way to the provider', () => {
  it.each([
    ['http://127.0.0.1:1', 'connect-failed'],
    ['http://no-such-host.invalid', 'name-not-found'],
  ])('%s is %s', async (baseUrl, code) => {
    const model = stage.keep(createModel(modelOptions(baseUrl, { retryBudgetMs: 0 })));
    const { error } = await read(model, ask('Hi'));
    // Where there is no resolver at all, a name cannot be known to be missing.
    expect([code, 'connect-failed']).toContain((error as BotError).code);
  });

  it('a server without TLS is told apart', async () => {
    const { server } = await start({});
    const model = stage.keep(
      createModel(modelOptions(server.url.replace('http:', 'https:'), { retryBudgetMs: 0 })),
    );
    expect((await read(model, ask('Hi'))).error).toMatchObject({ code: 'tls-failed', tls: 'no-tls' });
  });
});

describe('a body without bounds', () => {
  const endless =
    (first: string, piece: string | Buffer, headers: Record<string, string>) =>
    (response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
      response.write(first);
      const more = () => {
        while (!response.destroyed && response.write(piece));
        response.once('drain', more);
      };
      more();
    };

  it.each([
    ['an endless line', 'data: ', 'x'.repeat(16_384)],
    ['an endless event', '', 'data: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n'],
    ['an endless text', 'Hello ', 'x'.repeat(16_384)],
    ['an endless JSON body', '{"a":"', 'x'.repeat(16_384)],
  ])('%s ends in a clear error with bounded memory', async (_name, first, piece) => {
    const before = process.memoryUsage().rss;
    const model = await startRaw(endless(first, piece, {}));
    expect((await read(model, ask('Hi'))).error).toMatchObject({ code: 'stream-too-large' });
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
  });

  it('a small body that unpacks to a huge line ends so too', async () => {
    const bomb = gzipSync(Buffer.concat([Buffer.from('data: '), Buffer.alloc(100 * 1024 * 1024, 'x')]));
    const before = process.memoryUsage().rss;
    const model = await startRaw((response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    });
    expect((await read(model, ask('Hi'))).error).toMatchObject({ code: 'stream-too-large' });
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  });

  it('an encoding that was not asked for is named', async () => {
    const model = await startRaw((response) => {
      response.writeHead(200, { 'content-encoding': 'zstd' }).end('xyz');
    });
    expect((await read(model, ask('Hi'))).error).toMatchObject({
      code: 'malformed-stream',
      message: expect.stringContaining('zstd'),
    });
  });
});

describe('after the end', () => {
  it('the connection is used again', async () => {
    const { server, model } = await start({ script: () => ({ done: false }) });
    await read(model, ask('one'));
    await new Promise((resolve) => setImmediate(resolve));
    await read(model, ask('two'));
    expect(server.requests.length).toBe(2);
    expect(await server.sockets()).toBe(1);
  });

  it('a provider that says no more after the finish reason is not waited for', async () => {
    const clock = createFakeClock();
    const line = `data: ${JSON.stringify({ choices: [{ delta: { content: 'Hi' }, finish_reason: 'stop' }] })}\n\n`;
    const model = await startRaw((response) => void response.writeHead(200).write(line), { clock });
    const reading = read(model, ask('Hi'), { onEvent: () => void clock.advance(2000) });
    expect(await reading).toMatchObject({ text: 'Hi', finish: { reason: 'stop' } });
  });
});
