// What counts as the end of a stream, and as an answer at all, through the real client.

import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { ModelOptions } from '../../../src/model/model.ts';
import { createFakeClock } from '../../fakes/clock.ts';
import { ask, read } from '../../fakes/model-options.ts';
import { type ModelServerOptions, toTokens } from '../../fakes/model-server.ts';
import { createModelStage } from '../../fakes/model-stage.ts';

const stage = createModelStage();
afterEach(() => stage.close());

const once: Partial<ModelOptions> = { resume: 'none', retryBudgetMs: 0 };
const start = (server: ModelServerOptions, options: Partial<ModelOptions> = {}) =>
  stage.start(server, { ...once, ...options });
const startRaw = (answer: (response: ServerResponse) => void, options: Partial<ModelOptions> = {}) =>
  stage.startRaw(answer, { ...once, ...options });

describe('a body with status 200 that is no answer', () => {
  it.each([
    ['text/html', 'upstream connect error or disconnect/reset before headers'],
    ['text/plain', '<div>Service unavailable</div>'],
    ['text/plain', 'Bad Gateway'],
    ['text/plain', '404 page not found\n'],
    ['text/plain', 'error code: 1020'],
    ['text/plain', 'RBAC: access denied'],
    ['text/plain', 'no available server'],
    ['text/plain', 'Service Temporarily Unavailable.'],
    ['text/plain', 'Cannot POST /chat/completions'],
    ['text/plain', 'Service unavailable\n<!doctype html><html><body>502</body></html>'],
    ['text/event-stream', 'data: Service unavailable\n\ndata: <html><head></head></html>\n\n'],
    ['text/event-stream', '<!DOCTYPE html><html><body>502</body></html>'],
    ['application/json', '\n<html><body>502</body></html>'],
    ['application/json', 'Service unavailable\n<html><body>502</body></html>'],
    ['text/html', 'Please log in'],
    ['application/json', 'all is well'],
    [undefined, 'all is well'],
  ])('%s: %s', async (type, body) => {
    for (const encoding of [undefined, 'gzip']) {
      const headers: Record<string, string> = {};
      if (type !== undefined) headers['content-type'] = type;
      if (encoding !== undefined) headers['content-encoding'] = encoding;
      const bytes = encoding === undefined ? body : gzipSync(body);
      const model = await startRaw((response) => void response.writeHead(200, headers).end(bytes));
      const reading = await read(model, ask('Hi'));
      expect(reading).toMatchObject({ text: '', error: { code: 'malformed-stream' } });
      expect((reading.error as Error).message).not.toContain('all is well');
    }
  });

  it('words and a page that are said to be events are never shown', async () => {
    const body = 'Service unavailable\n\n<html><body>502</body></html>';
    const model = await startRaw(
      (response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(body),
    );
    expect(await read(model, ask('Hi'))).toMatchObject({ text: '', error: { code: 'broken-off' } });
  });

  it('a page that comes behind words of plain text ends the answer, and is not shown', async () => {
    const words = 'word '.repeat(60);
    const model = await startRaw((response) => {
      response.writeHead(200, { 'content-type': 'text/plain' }).write(words);
      setTimeout(() => response.end('\n<html><head><title>502</title></head></html>'), 20);
    });
    const reading = await read(model, ask('Hi'));
    expect(reading).toMatchObject({ error: { code: 'malformed-stream' } });
    expect(reading.text.trim()).toBe(words.trim());
  });

  it('text is one where its type says so', async () => {
    const { model } = await start({ script: () => ({ shape: 'text', tokens: 'Hello there' }) });
    expect(await read(model, ask('Hi'))).toMatchObject({ text: 'Hello there', finish: { reason: 'stop' } });
  });
});

describe('a server that sends a finish reason with every chunk', () => {
  const tokens = toTokens('one two three four five six seven eight nine ten');

  it('is read to its end, by [DONE] or by the end of the body', async () => {
    for (const plan of [{}, { done: false }, { finish: null }, { finish: null, done: false }] as const) {
      const { model } = await start({ script: () => ({ tokens, finishEach: 'stop', delayMs: 2, ...plan }) });
      expect(await read(model, ask('Hi'))).toMatchObject({
        text: tokens.join(''),
        finish: { reason: 'stop' },
      });
    }
  });

  it('says as little by another reason that each chunk has: the answer is whole by [DONE]', async () => {
    const { model } = await start({
      script: () => ({ tokens, finishEach: 'length', finish: 'length', delayMs: 2 }),
    });
    expect(await read(model, ask('Hi'))).toMatchObject({ text: tokens.join(''), finish: { reason: 'stop' } });
  });

  it('and cuts the answer at last, is cut at the limit', async () => {
    const { model } = await start({
      script: () => ({ tokens, finishEach: 'stop', finish: 'length', delayMs: 2 }),
    });
    expect(await read(model, ask('Hi'))).toMatchObject({
      text: tokens.join(''),
      finish: { reason: 'length' },
    });
  });

  it('is broken off by a reset', async () => {
    const { model } = await start({
      script: () => ({ tokens, finishEach: 'stop', fault: { kind: 'reset', after: 6 }, delayMs: 2 }),
    });
    const reading = await read(model, ask('Hi'));
    expect(reading.error).toMatchObject({ code: 'broken-off' });
    expect(tokens.slice(0, 6).join('').startsWith(reading.text)).toBe(true);
  });

  it('is broken off by silence, but only after the idle limit', async () => {
    const clock = createFakeClock();
    const { server, model } = await start(
      { script: () => ({ tokens, finishEach: 'stop', fault: { kind: 'stall', after: 2 } }) },
      { clock, timeouts: { connectMs: 10_000, firstTokenMs: 600_000, idleMs: 45_000, totalMs: 1_800_000 } },
    );
    const reading = read(model, ask('Hi'));
    await server.until(() => server.requests.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await clock.advance(44_900);
    expect(server.inFlight()).toBe(1);
    await clock.advance(200);
    expect(await reading).toMatchObject({ text: 'one two', error: { code: 'stalled' } });
  });

  it('with the word null for none, the answer is broken off where there is no other end', async () => {
    for (const finishEach of ['null', '']) {
      const { model } = await start({
        script: () => ({ tokens, finishEach, fault: { kind: 'end', after: 4 } }),
      });
      expect(await read(model, ask('Hi'))).toMatchObject({
        text: tokens.slice(0, 4).join(''),
        error: { code: 'broken-off' },
      });
    }
  });
});

describe('a finish reason', () => {
  const chunk = (content: string, finish: string | null) =>
    `data: ${JSON.stringify({ choices: [{ delta: { content }, finish_reason: finish }] })}\n\n`;
  const usage = `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } })}\n\n`;

  /** A body of which each part is sent when so much time has passed since the one before. */
  async function play(parts: readonly (readonly [afterMs: number, text: string])[], idleMs = 45_000) {
    const clock = createFakeClock();
    let response: ServerResponse | undefined;
    let came: () => void = () => undefined;
    const model = await startRaw(
      (opened) => {
        response = opened;
        opened.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
        came();
      },
      { clock, timeouts: { connectMs: 10_000, firstTokenMs: 600_000, idleMs, totalMs: 1_800_000 } },
    );
    let isOver = false;
    const opened = new Promise<void>((resolve) => {
      came = resolve;
    });
    const reading = read(model, ask('Hi')).finally(() => {
      isOver = true;
    });
    await opened;
    for (const [afterMs, text] of parts) {
      await clock.advance(afterMs);
      expect(isOver, `over before ${text}`).toBe(false);
      await new Promise((resolve) => response?.write(text, resolve));
      await new Promise((resolve) => setTimeout(resolve, 20));
      // What is gathered is given.
      await clock.advance(50);
    }
    return { clock, reading, isOver: () => isOver };
  }

  it('followed by two seconds of silence is the end; each chunk begins them anew, a comment does not', async () => {
    const { clock, reading, isOver } = await play([
      [0, chunk('Hi', null)],
      [0, chunk('', 'stop')],
      [1900, usage],
      [1000, ': keep-alive\n\n'],
    ]);
    await clock.advance(800);
    expect(isOver()).toBe(false);
    await clock.advance(100);
    expect(await reading).toMatchObject({ text: 'Hi', finish: { reason: 'stop', usage: { prompt: 3 } } });
  });

  it('is none any more when text follows, however late within the two seconds', async () => {
    const { clock, reading, isOver } = await play([
      [0, chunk('Hi ', 'stop')],
      [1900, chunk('there', 'stop')],
      [30_000, ', you.'.replace(/.*/, (text) => chunk(text, 'stop'))],
    ]);
    await clock.advance(44_000);
    expect(isOver()).toBe(false);
    await clock.advance(1000);
    expect(await reading).toMatchObject({ text: 'Hi there, you.', error: { code: 'stalled' } });
  });

  it('is the end at the idle limit at the latest, although chunks without a word keep coming', async () => {
    const empty = [1500, 'data: {"choices":[]}\n\n'] as const;
    const parts = [[0, chunk('Hi', 'length')], empty, empty, empty] as const;
    const { clock, reading, isOver } = await play(parts, 6000);
    await clock.advance(1000);
    expect(isOver()).toBe(false);
    await clock.advance(400);
    expect(await reading).toMatchObject({ text: 'Hi', finish: { reason: 'length' } });
  });

  it('on the first chunk is no end while the first token is waited for', async () => {
    const { reading } = await play([
      [0, chunk('', 'stop')],
      [20_000, chunk('Hi', 'stop')],
      [20_000, 'data: [DONE]\n\n'],
    ]);
    expect(await reading).toMatchObject({ text: 'Hi', finish: { reason: 'stop' } });
  });

  it('on the first thought is no end while the first word is waited for', async () => {
    const thought = `data: ${JSON.stringify({ choices: [{ delta: { reasoning_content: 'hm' }, finish_reason: 'stop' }] })}\n\n`;
    const { reading } = await play([
      [0, thought],
      [20_000, chunk('Hi', 'stop')],
      [1000, 'data: [DONE]\n\n'],
    ]);
    expect(await reading).toMatchObject({ text: 'Hi', finish: { reason: 'stop' } });
  });

  it('and a reset behind it is the end', async () => {
    const model = await startRaw((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunk('Hi', null) + chunk('', 'stop'));
      setTimeout(() => response.socket?.resetAndDestroy(), 20);
    });
    expect(await read(model, ask('Hi'))).toMatchObject({ text: 'Hi', finish: { reason: 'stop' } });
  });
});
