import { afterAll, describe, expect, it } from 'vitest';
import { createFakeClock } from '../../fakes/clock.ts';
import { ask, read } from '../../fakes/model-options.ts';
import { createModelServer, type ModelServerOptions, type Plan } from '../../fakes/model-server.ts';
import { createModelStage } from '../../fakes/model-stage.ts';

const stage = createModelStage();
afterAll(stage.close);
const { start } = stage;

/** One plan a request; after the last, a healthy provider. */
const plans = (...list: Plan[]) => ({ script: (n: number) => list[n] });
const whole = 'The quick brown fox jumps over the lazy dog. 敏捷的棕色狐狸跳过懒狗。 And then it slept.';
const answer = () => whole;
const typesOf = (events: readonly { type: string }[]) => [...new Set(events.map((event) => event.type))];

describe.concurrent('before the first word', () => {
  it('asks again after a failure that may pass', async () => {
    const { server, model } = await start({
      answer,
      ...plans({ status: 503 }, { fault: { kind: 'reset' } }),
    });
    expect(await read(model, ask('Hi'))).toMatchObject({ text: whole, finish: { reason: 'stop' } });
    expect(server.requests.length).toBe(3);
  });

  it.each([400, 401, 402, 403, 404, 413, 422])('does not ask again after %i', async (status) => {
    const { server, model } = await start({ script: () => ({ status }) });
    expect(await read(model, ask('Hi'))).toMatchObject({ error: { status } });
    expect(server.requests.length).toBe(1);
  });

  it('waits as long as the provider says', async () => {
    const clock = createFakeClock();
    const { server, model } = await start(
      { answer, ...plans({ status: 429, retryAfter: 7 }) },
      { clock, retryBudgetMs: 60_000 },
    );
    const reading = read(model, ask('Hi'));
    await server.until(() => server.requests.length === 1 && server.inFlight() === 0);
    await new Promise((resolve) => setTimeout(resolve, 30));
    await clock.advance(6999);
    expect(server.requests.length).toBe(1);
    await clock.advance(1);
    expect((await reading).text).toBe(whole);
  });

  it('gives up at once where the provider asks for more time than there is', async () => {
    const { server, model } = await start(
      { script: () => ({ status: 429, retryAfter: 61 }) },
      { retryBudgetMs: 60_000 },
    );
    expect((await read(model, ask('Hi'))).error).toMatchObject({
      code: 'rate-limited',
      retryAfterMs: 61_000,
    });
    expect(server.requests.length).toBe(1);
  });

  it('takes back reasoning that was told when it asks again', async () => {
    const { model } = await start(
      {
        answer,
        ...plans({ reasoning: 'hm hm', fault: { kind: 'reset' }, delayMs: 2 }, { reasoning: 'aha' }),
      },
      { thinking: true },
    );
    const reading = await read(model, ask('Hi'));
    expect(reading).toMatchObject({ text: whole, reasoning: 'aha' });
    expect(typesOf(reading.events)).toEqual([
      'reasoning-delta',
      'retrying',
      'restarted',
      'text-delta',
      'finish',
    ]);
  });
});

describe.concurrent('an answer without a word', () => {
  it('is asked for once more, without thinking, and then told', async () => {
    const { server, model } = await start(
      { script: () => ({ tokens: '', reasoning: 'hm' }) },
      { thinking: true },
    );
    expect(await read(model, ask('Hi'))).toMatchObject({ error: { code: 'empty-answer' } });
    expect(server.requests.map((request) => request.body.thinking?.type)).toEqual(['enabled', 'disabled']);
    const mended = await start({ answer, ...plans({ tokens: '', reasoning: 'hm' }) }, { thinking: true });
    expect(await read(mended.model, ask('Hi'))).toMatchObject({
      text: whole,
      reasoning: '',
      finish: { reason: 'stop' },
    });
  });

  it.each([' ', '\n\n \t', '\u00a0\u200b\ufeff', '\u0000\u0007'])(
    'white space alone is none: it is asked anew, not continued, and not shown (%j)',
    async (blank) => {
      const { server, model } = await start({ answer, ...plans({ tokens: [blank, blank] }) });
      const reading = await read(model, ask('Hi'));
      expect(reading).toMatchObject({ text: whole, finish: { reason: 'stop' } });
      expect(typesOf(reading.events)).toEqual(['text-delta', 'finish']);
      expect(server.requests.map(({ body }) => body.messages?.length)).toEqual([2, 2]);
      const always = await start({ script: () => ({ tokens: [blank] }) });
      expect(await read(always.model, ask('Hi'))).toMatchObject({
        text: '',
        error: { code: 'empty-answer' },
      });
      const limit = await start({ script: () => ({ tokens: [blank], finish: 'length' }) });
      expect(await read(limit.model, ask('Hi'))).toMatchObject({ text: '', finish: { reason: 'length' } });
    },
  );

  it.each(['reset', 'end', 'malformed', 'error'] as const)(
    'white space alone, then broken off (%s), is asked anew as well',
    async (kind) => {
      for (const reasoning of ['', 'hm']) {
        const cut: Plan = { tokens: [' ', '\n', 'x'], reasoning, fault: { kind, after: 2 }, delayMs: 2 };
        const { server, model } = await start({ answer, ...plans(cut, cut) });
        const reading = await read(model, ask('Hi'));
        expect(reading).toMatchObject({ text: whole, reasoning: '', finish: { reason: 'stop' } });
        expect(reading.events.some(({ type }) => type === 'interrupted')).toBe(false);
        expect(server.requests.map(({ body }) => body.messages?.length)).toEqual([2, 2, 2]);
      }
    },
  );

  it('Continue of white space alone asks anew', async () => {
    const { server, model } = await start({ answer });
    const reading = await read(model, ask('Hi', { text: ' \n' }));
    expect(reading.text).toBe(whole);
    expect(server.requests[0]?.body.messages?.length).toBe(2);
  });

  it('white space before the first word is a part of the answer', async () => {
    const { model } = await start({ script: () => ({ tokens: ['\n', ' ', '- a', ' ', '\n'] }) });
    expect((await read(model, ask('Hi'))).text).toBe('\n - a \n');
  });

  it('is an honest end at the token limit or by a filter', async () => {
    for (const [finish, reason] of [
      ['length', 'length'],
      ['content_filter', 'filter'],
    ] as const) {
      const { server, model } = await start({ script: () => ({ tokens: '', reasoning: 'hm', finish }) });
      expect(await read(model, ask('Hi'))).toMatchObject({ text: '', finish: { reason } });
      expect(server.requests.length).toBe(1);
    }
  });
});

describe('a field that a server refuses', () => {
  it('is left out from then on', async () => {
    const refusal = {
      status: 400,
      body: '{"error":{"message":"Unrecognized request argument supplied: thinking"}}',
    };
    const { server, model } = await start({ answer, ...plans(refusal) });
    expect((await read(model, ask('Hi'))).text).toBe(whole);
    await read(model, ask('Hi'));
    expect(server.requests.map((request) => 'thinking' in request.body)).toEqual([true, false, false]);
  });
});

describe.concurrent('an answer that breaks off', () => {
  const modes = ['prefix', 'continue_final_message', 'prompted'] as const;
  const faults = ['reset', 'end', 'malformed', 'error'] as const;

  it.each(modes.flatMap((mode) => faults.map((kind) => [mode, kind] as const)))(
    'goes on in place by %s after %s',
    async (mode, kind) => {
      const { server, model } = await start(
        { answer, ...plans({ fault: { kind, after: 7 }, delayMs: 2 }) },
        { resume: mode },
      );
      const reading = await read(model, ask('Hi'));
      expect(reading.text).toBe(whole);
      expect(typesOf(reading.events)).toEqual(['text-delta', 'interrupted', 'resumed', 'finish']);
      expect(server.requests.length).toBe(2);
      expect(server.requests.every((request) => request.inFlight === 1)).toBe(true);
      await server.until(() => server.inFlight() === 0);
    },
  );

  it('sends the prefix byte for byte to the beta address, with the reasoning where it thinks', async () => {
    const { server, model } = await start(
      {
        answer: () => 'One  two\n\n  three',
        ...plans({ tokens: ['One ', ' two\n', '\n '], reasoning: 'hm', finish: null, done: false }),
      },
      { thinking: true },
    );
    expect((await read(model, ask('Hi'))).text).toBe('One  two\n\n  three');
    expect(server.requests[1]).toMatchObject({
      path: '/beta/chat/completions',
      body: { thinking: { type: 'enabled' } },
    });
    expect(server.requests[1]?.body.messages?.at(-1)).toEqual({
      role: 'assistant',
      content: 'One  two\n\n ',
      prefix: true,
      reasoning_content: 'hm',
    });
  });

  it('after insufficient_system_resource goes on, and sums the usage of both attempts', async () => {
    const usage = { prompt_tokens: 10, completion_tokens: 4 };
    const { model } = await start({
      answer,
      ...plans(
        { tokens: whole.slice(0, 9), finish: 'insufficient_system_resource', usage, model: 'a' },
        { usage, model: 'b' },
      ),
    });
    expect(await read(model, ask('Hi'))).toMatchObject({
      text: whole,
      finish: { usage: { prompt: 20, cached: 0, completion: 8, reasoning: 0 }, models: ['a', 'b'] },
    });
  });

  it('goes on twice at most', async () => {
    const cut: Plan = { fault: { kind: 'end', after: 3 }, delayMs: 1 };
    const twice = await start({ answer, ...plans(cut, cut) });
    expect((await read(twice.model, ask('Hi'))).text).toBe(whole);
    const thrice = await start({ answer, ...plans(cut, cut, cut) });
    const reading = await read(thrice.model, ask('Hi'));
    expect(reading.error).toMatchObject({ code: 'broken-off' });
    expect(whole.startsWith(reading.text)).toBe(true);
    expect(thrice.server.requests.length).toBe(3);
  });

  it('goes on the second time too, however long it went well in between', async () => {
    const part: Plan = { delayMs: 25, fault: { kind: 'end', after: 12 } };
    const { model } = await start({ answer, ...plans(part, part) }, { retryBudgetMs: 200 });
    expect(await read(model, ask('Hi'))).toMatchObject({ text: whole, finish: { reason: 'stop' } });
  });

  it('starts again where only that is possible, and says so', async () => {
    const { server, model } = await start(
      { answer, ...plans({ fault: { kind: 'reset', after: 5 }, delayMs: 2 }) },
      { resume: 'restart' },
    );
    const reading = await read(model, ask('Hi'));
    expect(reading.text).toBe(whole);
    expect(typesOf(reading.events)).toEqual(['text-delta', 'interrupted', 'restarted', 'finish']);
    expect(server.requests[1]?.body.messages?.length).toBe(2);
  });

  it('ends where that is asked for', async () => {
    const { server, model } = await start(
      { answer, ...plans({ fault: { kind: 'end', after: 2 } }) },
      { resume: 'none' },
    );
    expect(await read(model, ask('Hi'))).toMatchObject({ text: 'The quick', error: { code: 'broken-off' } });
    expect(server.requests.length).toBe(1);
  });

  it('learns once that a prefix is refused', async () => {
    const cut: Plan = { fault: { kind: 'end', after: 3 } };
    const { server, model } = await start({
      answer,
      continues: ['prompted'],
      script: (n) => (n === 0 || n === 3 ? cut : undefined),
    });
    expect((await read(model, ask('Hi'))).text).toBe(whole);
    expect((await read(model, ask('Hi'))).text).toBe(whole);
    const ways = server.requests.map(({ body }) => {
      const last = body.messages?.at(-1);
      return last?.prefix === true ? 'prefix' : body.messages?.length === 4 ? 'prompted' : 'asked';
    });
    expect(ways).toEqual(['asked', 'prefix', 'prompted', 'asked', 'prompted']);
  });

  it('is not continued after an error that will not pass', async () => {
    const { server, model } = await start({
      answer,
      ...plans({ fault: { kind: 'error', after: 2, error: { code: 400, message: 'x' } } }),
    });
    expect(await read(model, ask('Hi'))).toMatchObject({ text: 'The quick', error: { code: 'bad-request' } });
    expect(server.requests.length).toBe(1);
    const filtered = await start({ answer, ...plans({ tokens: 'The', finish: 'content_filter' }) });
    expect(await read(filtered.model, ask('Hi'))).toMatchObject({
      text: 'The',
      finish: { reason: 'filter' },
    });
  });

  it.each(['prefix', 'prompted'] as const)(
    'shows nothing twice when all of it comes again (%s)',
    async (resume) => {
      const { model } = await start(
        { answer, ...plans({ fault: { kind: 'end', after: 8 } }, { echo: 'all' }) },
        { resume },
      );
      expect((await read(model, ask('Hi'))).text).toBe(whole);
    },
  );

  it('shows nothing twice when the last words come again', async () => {
    for (const echo of [1, 3]) {
      const { model } = await start(
        { answer, ...plans({ fault: { kind: 'end', after: 8 } }, { echo }) },
        { resume: 'prompted' },
      );
      expect((await read(model, ask('Hi'))).text).toBe(whole);
    }
  });

  it('over plain completions goes on from the text', async () => {
    const { server, model } = await start(
      {
        script: (n) => ({
          tokens: n === 0 ? 'One two' : ' three',
          ...(n === 0 ? { finish: null, done: false } : {}),
        }),
      },
      { wire: 'completions' },
    );
    expect((await read(model, ask('Hi'))).text).toBe('One two three');
    expect(server.requests[1]?.body.prompt).toMatch(/Assistant: One two$/);
  });
});

describe('Continue', () => {
  it('yields only what comes after the answer so far', async () => {
    const { server, model } = await start({ answer });
    const reading = await read(model, ask('Hi', { text: whole.slice(0, 20) }));
    expect(reading.text).toBe(whole.slice(20));
    expect(typesOf(reading.events)).toEqual(['text-delta', 'finish']);
    expect(server.requests[0]?.body.messages?.at(-1)).toMatchObject({
      content: whole.slice(0, 20),
      prefix: true,
    });
  });

  it('survives a break of its own', async () => {
    const { model } = await start({
      answer,
      ...plans({ status: 503 }, { fault: { kind: 'end', after: 4 } }),
    });
    expect((await read(model, ask('Hi', { text: whole.slice(0, 20) }))).text).toBe(whole.slice(20));
  });
});

describe.concurrent('a second provider', () => {
  async function startBoth(
    first: ModelServerOptions,
    second: ModelServerOptions = { answer, model: 'other' },
  ) {
    const spare = stage.keep(await createModelServer({ ...second, apiKey: 'other-key' }));
    const fallback = { baseUrl: spare.url, apiKey: 'other-key', model: 'other' };
    return { ...(await start({ apiKey: 'test-key', ...first }, { fallback })), spare };
  }

  it('takes the question when the first is down, out of balance or over its limit', async () => {
    for (const [status, asked] of [
      [503, 3],
      [402, 1],
      [429, 3],
    ] as const) {
      const { server, spare, model } = await startBoth({ script: () => ({ status }) });
      expect(await read(model, ask('Hi'))).toMatchObject({ text: whole, finish: { models: ['other'] } });
      expect([server.requests.length, spare.requests.length]).toEqual([asked, 1]);
    }
  });

  it('goes on in the middle of the answer, and both are named', async () => {
    const { model, spare } = await startBoth({
      answer,
      script: (n) => (n === 0 ? { fault: { kind: 'end', after: 6 } } : { status: 402 }),
    });
    const reading = await read(model, ask('Hi'));
    expect(reading).toMatchObject({ text: whole, finish: { models: ['deepseek-flash', 'other'] } });
    expect(spare.requests.length).toBe(1);
  });

  it('does not hide a wrong key', async () => {
    const { model, spare } = await startBoth({ script: () => ({ status: 401 }) });
    expect((await read(model, ask('Hi'))).error).toMatchObject({ code: 'unauthorized' });
    expect(spare.requests.length).toBe(0);
  });
});

describe('the number of streams at once', () => {
  it('is kept, in fair order, and who waits is told their place', async () => {
    const { server, model } = await start(
      { answer: (question) => question, firstTokenMs: 15 },
      { concurrency: 2 },
    );
    const readings = await Promise.all(['1', '2', '3', '4'].map((question) => read(model, ask(question))));
    expect(readings.map((reading) => reading.text)).toEqual(['1', '2', '3', '4']);
    expect(Math.max(...server.requests.map((request) => request.inFlight))).toBe(2);
    const places = readings.map(({ events }) =>
      events.flatMap((event) => (event.type === 'waiting' && event.where === 'here' ? [event.place] : [])),
    );
    expect(places).toEqual([[], [], [1], [2, 1]]);
  });

  it('is lowered by a refusal that names it', async () => {
    const message =
      'Your current concurrency is 3, which exceeds your concurrency limit of 1 based on your remaining balance.';
    const body = JSON.stringify({ error: { message } });
    const { server, model } = await start(
      { answer, ...plans({ status: 429, body }), firstTokenMs: 10 },
      { concurrency: 5 },
    );
    await read(model, ask('Hi'));
    await Promise.all(['1', '2', '3'].map((question) => read(model, ask(question))));
    expect(server.requests.slice(1).every((request) => request.inFlight === 1)).toBe(true);
  });

  it('is not used up by who gives up waiting', async () => {
    const { server, model } = await start({ answer, firstTokenMs: 20 }, { concurrency: 1 });
    const aborter = new AbortController();
    const first = read(model, ask('1'));
    const second = read(model, ask('2'), { signal: aborter.signal, onEvent: () => aborter.abort('gone') });
    const third = read(model, ask('3'));
    expect((await second).error).toBe('gone');
    expect((await first).text).toBe(whole);
    expect((await third).text).toBe(whole);
    expect(server.requests.length).toBe(2);
  });
});
