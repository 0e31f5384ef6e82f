// How long a question is tried again, and where: the budget of time, the waits, the second provider, and what ends it at once.

import { type AddressInfo, connect, createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../../src/clock.ts';
import { createModel, type ModelOptions } from '../../../src/model/model.ts';
import { ask, modelOptions, read } from '../../fakes/model-options.ts';
import { createModelServer, type ModelServerOptions, type Plan } from '../../fakes/model-server.ts';

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function startServer(options: ModelServerOptions) {
  const server = await createModelServer(options);
  open.push(server);
  return server;
}

async function start(serverOptions: ModelServerOptions, options: Partial<ModelOptions> = {}) {
  const server = await startServer(serverOptions);
  const model = createModel(modelOptions(server.url, options));
  open.push(model);
  return { server, model };
}

/** Time passes two hundred times as fast: a minute of retries takes a third of a second. */
const quickClock: Clock = {
  now: () => systemClock.now() * 200,
  monotonic: () => systemClock.monotonic() * 200,
  after: (ms, action) => systemClock.after(ms / 200, action),
};
const longTimeouts = { connectMs: 400_000, firstTokenMs: 1_000_000, idleMs: 1_000_000, totalMs: 10_000_000 };
/** One plan a request; after the last, a healthy provider. */
const plans = (...list: Plan[]) => ({ script: (n: number) => list[n] });
const whole = 'The quick brown fox jumps over the lazy dog.';
const answer = () => whole;

describe('a question that gets no answer', () => {
  it('goes on asking until the budget is spent', async () => {
    const { server, model } = await start(
      { script: () => ({ status: 503 }) },
      { clock: quickClock, retryBudgetMs: 60_000, timeouts: longTimeouts },
    );
    expect(await read(model, ask('Hi'))).toMatchObject({ text: '', error: { code: 'overloaded' } });
    // Halves of 0.5, 1, 2, 4, 8, 8… seconds, and what the attempts take themselves: two hundred times as long as it seems.
    expect(server.requests.length).toBeGreaterThan(5);
    expect(server.requests.length).toBeLessThan(19);
  });

  it.each([408, 425, 429, 500, 502, 503, 504, 529])(
    'asks again after %i for as long as it takes',
    async (status) => {
      const down = Array.from({ length: 6 }, () => ({ status }));
      const { server, model } = await start(
        { answer, ...plans(...down) },
        { clock: quickClock, retryBudgetMs: 60_000, timeouts: longTimeouts },
      );
      expect((await read(model, ask('Hi'))).text).toBe(whole);
      expect(server.requests.length).toBe(7);
    },
  );

  it('tells that it is tried again, and how often it was', async () => {
    const { model } = await start(
      { answer, ...plans({ status: 503 }, { fault: { kind: 'reset' } }) },
      { clock: quickClock, timeouts: longTimeouts },
    );
    const { events } = await read(model, ask('Hi'));
    expect(events.filter(({ type }) => type === 'retrying')).toEqual([
      { type: 'retrying', attempt: 2, waitMs: 250 },
      { type: 'retrying', attempt: 3, waitMs: 500 },
    ]);
  });

  it('ends at once when it is stopped in a wait', async () => {
    const { server, model } = await start({ script: () => ({ status: 503 }) }, { retryBudgetMs: 60_000 });
    const aborter = new AbortController();
    const reading = await read(model, ask('Hi'), {
      signal: aborter.signal,
      onEvent: () => aborter.abort('stop'),
    });
    expect(reading.error).toBe('stop');
    expect(server.requests.length).toBe(1);
  });

  it('is not asked again after a first-token timeout', async () => {
    const { server, model } = await start(
      { script: () => ({ headersMs: 'never' }) },
      { timeouts: { ...longTimeouts, firstTokenMs: 40 }, retryBudgetMs: 60_000 },
    );
    expect((await read(model, ask('Hi'))).error).toMatchObject({ code: 'first-token-timeout' });
    expect(server.requests.length).toBe(1);
  });

  it('gets one from a server that restarts within two seconds', async () => {
    const { url } = await startServer({ answer });
    const front = createServer((socket) => socket.pipe(connect(Number(new URL(url).port))).pipe(socket));
    const listen = (port: number) => new Promise<void>((resolve) => front.listen(port, '127.0.0.1', resolve));
    await listen(0);
    const { port } = front.address() as AddressInfo;
    const close = () => new Promise<void>((resolve) => front.close(() => resolve()));
    await close();
    const model = createModel(modelOptions(`http://127.0.0.1:${port}`, { retryBudgetMs: 60_000 }));
    open.push({ close }, model);
    const reading = read(model, ask('Hi'));
    await new Promise((resolve) => setTimeout(resolve, 1200));
    await listen(port);
    expect((await reading).text).toBe(whole);
  });
});

describe('two providers', () => {
  async function startBoth(first: ModelServerOptions, second: ModelServerOptions) {
    const spare = await startServer(second);
    const fallback = { baseUrl: spare.url, model: 'other' };
    const more = { fallback, clock: quickClock, timeouts: longTimeouts, retryBudgetMs: 60_000 };
    return { ...(await start(first, more)), spare };
  }

  it('have a budget each: three attempts at the first, as long as it takes at the second', async () => {
    const down = Array.from({ length: 8 }, () => ({ status: 503 }));
    const { server, spare, model } = await startBoth(
      { script: () => ({ status: 503 }) },
      { answer, ...plans(...down) },
    );
    const reading = await read(model, ask('Hi'));
    expect(reading).toMatchObject({ text: whole, finish: { models: ['other'] } });
    expect([server.requests.length, spare.requests.length]).toEqual([3, 9]);
    const attempts = reading.events.flatMap((event) => (event.type === 'retrying' ? [event.attempt] : []));
    expect(attempts).toEqual(Array.from({ length: 11 }, (_, index) => index + 2));
  });

  it('are both given up at the end of the second budget', async () => {
    const { server, spare, model } = await startBoth(
      { script: () => ({ status: 503 }) },
      { script: () => ({ status: 502 }) },
    );
    expect((await read(model, ask('Hi'))).error).toMatchObject({ code: 'bad-gateway' });
    expect(server.requests.length).toBe(3);
    expect(spare.requests.length).toBeGreaterThan(10);
  });
});
