// What is believed of the token counts that providers send, what is estimated instead, and what it comes to.

import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { toCost } from '../../../src/conversation/cost.ts';
import type { ModelOptions } from '../../../src/model/model.ts';
import type { Usage } from '../../../src/model/types.ts';
import { parseUsage, toUsage } from '../../../src/model/usage.ts';
import { ask, read } from '../../fakes/model-options.ts';
import { createModelServer, type ModelServerOptions, type Plan } from '../../fakes/model-server.ts';
import { createModelStage } from '../../fakes/model-stage.ts';

const count = fc.oneof(
  fc.constantFrom(0, -1, -1e9, 1e15, 1e300, 12.5, 7, '9', '-9', 'many', '', null, true, [], {}, [[[7]]]),
  fc.double(),
  fc.integer(),
);
const hostileUsage = fc.oneof(
  fc.anything(),
  fc.record(
    {
      prompt_tokens: count,
      completion_tokens: count,
      input_tokens: count,
      output_tokens: count,
      total_tokens: count,
      reasoning_tokens: count,
      cached_tokens: count,
      prompt_cache_hit_tokens: count,
      prompt_tokens_details: fc.oneof(count, fc.record({ cached_tokens: count })),
      completion_tokens_details: fc.oneof(count, fc.record({ reasoning_tokens: count })),
    },
    { requiredKeys: [] },
  ),
);

describe('token counts of any kind', () => {
  it('come to whole numbers that can be, and to a cost that is not negative', () => {
    fc.assert(
      fc.property(hostileUsage, fc.nat(9000), (value, length) => {
        const told = parseUsage([value]);
        const usage = toUsage({ told, asked: () => 5, text: () => length, reasoning: () => 0 });
        for (const tokens of [usage.prompt, usage.cached, usage.completion, usage.reasoning]) {
          expect(Number.isInteger(tokens)).toBe(true);
          expect(tokens).toBeGreaterThanOrEqual(0);
          expect(tokens).toBeLessThanOrEqual(20_000_000);
        }
        expect(usage.cached).toBeLessThanOrEqual(usage.prompt);
        expect(usage.reasoning).toBeLessThanOrEqual(usage.completion);
        const cost = toCost(usage, { input: 0.28, cached: 0.03, output: 0.42 });
        expect(Number(cost)).toBeGreaterThanOrEqual(0);
        expect(cost?.length).toBeLessThan(24);
      }),
      { numRuns: 2000 },
    );
  });

  it('are estimated where there are none', () => {
    expect(toUsage({ told: undefined, asked: () => 9, text: () => 4, reasoning: () => 2 })).toEqual({
      ...{ prompt: 9, cached: 0, completion: 6, reasoning: 2, isEstimate: true },
    });
    // A first chunk that tells the prompt, and nothing yet of the answer.
    const told = parseUsage([{ prompt_tokens: 50, completion_tokens: 0 }]);
    expect(toUsage({ told, asked: () => 9, text: () => 4, reasoning: () => 0 })).toEqual({
      ...{ prompt: 50, cached: 0, completion: 4, reasoning: 0, isEstimate: true },
    });
  });

  it('that make no cost are shown as none', () => {
    const usage = { prompt: 1, cached: 0, completion: 0, reasoning: 0 };
    expect(toCost(usage, { input: 1e-9, cached: 0, output: 0 })).toBe('0');
    expect(toCost(usage, { input: Number.POSITIVE_INFINITY, cached: 0, output: 0 })).toBeUndefined();
  });
});

const stage = createModelStage();
afterEach(stage.close);

async function start(serverOptions: ModelServerOptions, options: Partial<ModelOptions> = {}) {
  const { server, model } = await stage.start(serverOptions, options);
  const told: Usage[] = [];
  /** Reads to the end, and stops after so many pieces of text. */
  const run = (stopAfter = Number.POSITIVE_INFINITY) => {
    const aborter = new AbortController();
    let pieces = 0;
    const onEvent = ({ type }: { type: string }) => {
      if (type === 'text-delta') pieces += 1;
      if (pieces >= stopAfter) aborter.abort('stop');
    };
    const stream = model.stream.bind(model);
    const telling = {
      ...model,
      stream: (...[prompt, { signal }]: Parameters<typeof stream>) =>
        stream(prompt, { signal, onUsage: (usage) => told.push(usage) }),
    };
    return { aborter, reading: read(telling, ask('Hi'), { signal: aborter.signal, onEvent }) };
  };
  return { server, run, told };
}
const plans = (...list: Plan[]) => ({ script: (n: number) => list[n] });
const whole = 'The quick brown fox jumps over the lazy dog. '.repeat(10);
const answer = () => whole;

describe('what an answer has taken', () => {
  it.each([
    ['negative', { prompt_tokens: -5, completion_tokens: -7 }],
    ['missing', null],
    ['absurd', { prompt_tokens: 1e15, completion_tokens: 1e15 }],
    ['no numbers', { prompt_tokens: 'many', completion_tokens: {} }],
    ['no object', [1, 2, 3]],
    ['nothing', { prompt_tokens: 0, completion_tokens: 0 }],
  ])('is estimated where the provider tells %s', async (_what, usage) => {
    const { run } = await start({ answer, script: () => ({ usage }) });
    const { finish } = await run().reading;
    expect(finish?.usage?.isEstimate).toBe(true);
    expect(finish?.usage?.completion).toBeGreaterThan(60);
    expect(finish?.usage?.completion).toBeLessThan(250);
  });

  it('is told when it is stopped in the middle, and an estimate', async () => {
    const { run, told } = await start({ answer, tokensPerSecond: 100 });
    expect((await run(3).reading).error).toBe('stop');
    expect(told).toMatchObject([{ isEstimate: true, cached: 0 }]);
    expect(told[0]?.prompt).toBeGreaterThan(5);
    expect(told[0]?.completion).toBeGreaterThan(0);
  });

  it('is the question alone when it is stopped before the first token', async () => {
    const { server, run, told } = await start({ answer, script: () => ({ headersMs: 'never' }) });
    const { aborter, reading } = run();
    await server.until(() => server.requests.length === 1);
    aborter.abort('stop');
    expect((await reading).error).toBe('stop');
    expect(told).toMatchObject([{ completion: 0, isEstimate: true }]);
  });

  it('is told when it breaks off for good', async () => {
    const { run, told } = await start(
      { answer, ...plans({ fault: { kind: 'end', after: 8 } }) },
      { resume: 'none' },
    );
    expect((await run().reading).error).toMatchObject({ code: 'broken-off' });
    expect(told).toMatchObject([{ isEstimate: true }]);
  });

  it('is what the provider told before it broke off, where it told that', async () => {
    const usage = { prompt_tokens: 123, completion_tokens: 45 };
    const { run, told } = await start(
      { answer, ...plans({ tokens: 'Half', finish: 'aborted', usage }) },
      { resume: 'none' },
    );
    await run().reading;
    expect(told).toEqual([{ prompt: 123, cached: 0, completion: 45, reasoning: 0 }]);
  });

  it('holds the part before a break too', async () => {
    const usage = { prompt_tokens: 100, completion_tokens: 50 };
    const { run, told } = await start({ answer, ...plans({ fault: { kind: 'end', after: 30 } }, { usage }) });
    const { finish } = await run().reading;
    expect(finish?.usage?.isEstimate).toBe(true);
    expect(finish?.usage?.prompt).toBeGreaterThan(100);
    expect(finish?.usage?.completion).toBeGreaterThan(60);
    expect(told).toEqual([]);
  });

  it.each([401, 402, 429, 503])('is nothing where the question was refused (%i)', async (status) => {
    const { run, told } = await start({ script: () => ({ status }) }, { retryBudgetMs: 0 });
    await run().reading;
    expect(told).toEqual([]);
  });
});

describe('the limit on an answer', () => {
  it('holds for all that goes on with it after a break', async () => {
    const { server, run } = await start(
      { answer, ...plans({ fault: { kind: 'end', after: 20 } }, { fault: { kind: 'end', after: 10 } }) },
      { maxTokens: 1000 },
    );
    expect((await run().reading).text).toBe(whole);
    const limits = server.requests.map(({ body }) => body.max_tokens ?? 0);
    expect(limits[0]).toBe(1000);
    expect(limits[1]).toBeLessThan(1000);
    expect(limits[2]).toBeLessThan(limits[1] ?? 0);
    expect(limits[2]).toBeGreaterThan(900);
  });

  it('is what is left of it at the second provider, and all of it where the answer begins anew', async () => {
    const spare = stage.keep(await createModelServer({ answer }));
    const { server, run } = await start(
      {
        answer,
        script: (n) =>
          n === 0 ? { status: 503 } : n === 1 ? { fault: { kind: 'end', after: 20 } } : { status: 402 },
      },
      { maxTokens: 500, fallback: { baseUrl: spare.url, model: 'deepseek-other' } },
    );
    expect((await run().reading).text).toBe(whole);
    expect(server.requests.slice(0, 2).map(({ body }) => body.max_tokens)).toEqual([500, 500]);
    expect(spare.requests[0]?.body.max_tokens).toBeLessThan(500);
  });

  it('ends an answer that has used it up before it broke, as the provider would have', async () => {
    const { server, run } = await start(
      { answer, ...plans({ fault: { kind: 'end', after: 60 } }) },
      { maxTokens: 30 },
    );
    const reading = await run().reading;
    expect(reading).toMatchObject({ finish: { reason: 'length' } });
    expect(whole.startsWith(reading.text)).toBe(true);
    expect(server.requests.length).toBe(1);
  });

  it('is given anew where a person presses Continue', async () => {
    const { server, model } = await stage.start({ answer }, { maxTokens: 30 });
    await read(model, ask('Hi', { text: whole.slice(0, 200) }));
    expect(server.requests[0]?.body.max_tokens).toBe(30);
  });
});
