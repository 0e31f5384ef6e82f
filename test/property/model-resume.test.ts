// What a reader sees in the end, whatever the provider does: the exact answer, or the exact text that arrived and an honest error.

import { createServer } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { isBotError } from '../../src/errors.ts';
import { createModel, type ModelOptions } from '../../src/model/model.ts';
import { ask, modelOptions, read } from '../fakes/model-options.ts';
import {
  createModelServer,
  type Fault,
  type ModelServer,
  type Plan,
  toTokens,
} from '../fakes/model-server.ts';

/** Time passes a hundred times as fast: a stall of five seconds takes 50 ms. */
const quickClock = {
  now: () => systemClock.now() * 100,
  monotonic: () => systemClock.monotonic() * 100,
  after: (ms: number, action: () => void) => systemClock.after(ms / 100, action),
};

let server: ModelServer;
let answer = '';
let plans: readonly Plan[] = [];
let requestsBefore = 0;

beforeAll(async () => {
  server = await createModelServer({ answer: () => answer, script: (n) => plans[n - requestsBefore] });
});
afterAll(() => server.close());

function play(nextAnswer: string, nextPlans: readonly Plan[], options: Partial<ModelOptions> = {}) {
  answer = nextAnswer;
  plans = nextPlans;
  requestsBefore = server.requests.length;
  const model = createModel(modelOptions(server.url, options));
  return { model, requests: () => server.requests.slice(requestsBefore) };
}

// Distinct words: in a text that repeats itself nobody can tell a repetition from the text.
const answers = fc
  .uniqueArray(fc.stringMatching(/^[a-zé]{1,9}$/), { minLength: 1, maxLength: 60 })
  .chain((words) =>
    fc
      .array(fc.constantFrom(' ', '\n', '\n\n', '  ', ' 😀 ', '，中文', '```\n', ' | ', '\n- '), {
        minLength: words.length,
        maxLength: words.length,
      })
      .map((gaps) => words.map((word, index) => word + gaps[index]).join('')),
  );

const faults: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('reset', 'end', 'stall', 'malformed', 'error', 'heartbeat', 'garbage'),
    after: fc.nat(40),
  }),
  fc.record({ kind: fc.constantFrom('reset', 'end', 'stall'), atByte: fc.nat(6000) }),
);

const brokenPlans: fc.Arbitrary<Plan> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ fault: faults }) },
  { weight: 1, arbitrary: fc.record({ status: fc.constantFrom(429, 500, 502, 503, 504) }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Plan>(
      { finish: 'insufficient_system_resource' },
      { finish: null, done: false },
    ),
  },
);

const dressed = fc
  .tuple(
    brokenPlans,
    fc.record({
      encoding: fc.constantFrom(undefined, 'gzip', 'br'),
      slice: fc.constantFrom(undefined, undefined, 3, 40, 200),
      crlf: fc.boolean(),
      reasoning: fc.constantFrom('', 'hm, let me think'),
      finishEach: fc.constantFrom(undefined, 'null', '', 'stop', 'length'),
    }),
  )
  .map(([plan, { finishEach, ...dress }]): Plan => {
    // Where each chunk names a reason, a body that ends is taken for whole: nothing else tells.
    const isEnded = plan.fault?.kind === 'end' || plan.finish === null;
    const each = isEnded && finishEach !== 'null' && finishEach !== '' ? undefined : finishEach;
    return { ...plan, ...(JSON.parse(JSON.stringify({ ...dress, finishEach: each })) as Plan) };
  });

describe('an answer over attempts that fail in every way', () => {
  it('is exact, or exactly what arrived with an honest error; never two requests at once, and every socket is closed', async () => {
    await fc.assert(
      fc.asyncProperty(
        answers,
        fc.array(dressed, { maxLength: 4 }),
        fc.boolean(),
        async (whole, script, canContinue) => {
          const { model, requests } = play(whole, script, {
            resume: canContinue ? 'prefix' : 'none',
            clock: quickClock,
            timeouts: { connectMs: 100_000, firstTokenMs: 40_000, idleMs: 10_000, totalMs: 10_000_000 },
            retryBudgetMs: 1_000_000,
          });
          const reading = await read(model, ask('question'));
          // The law: one finish, and it is last, or an error.
          const finishes = reading.events.filter((event) => event.type === 'finish');
          expect(finishes.length).toBe(reading.error === undefined ? 1 : 0);
          if (reading.error === undefined) {
            expect(reading.events.at(-1)?.type).toBe('finish');
            expect(reading.text).toBe(whole);
          } else {
            expect(isBotError(reading.error) && reading.error.code !== 'internal').toBe(true);
            expect(whole.startsWith(reading.text)).toBe(true);
          }
          if (canContinue && script.length <= 2 && !script.some(isFinalFault))
            expect(reading.error).toBeUndefined();
          expect(requests().every((request) => request.inFlight === 1)).toBe(true);
          await server.until(() => server.inFlight() === 0);
          await model.close();
        },
      ),
      { numRuns: 80, interruptAfterTimeLimit: 12_000, markInterruptAsFailure: false },
    );
  });

  // Who has waited out the whole first-token limit does not do so again.
  const isFinalFault = (plan: Plan) =>
    plan.fault?.kind === 'stall' &&
    plan.status === undefined &&
    (plan.fault.after === 0 || plan.fault.atByte !== undefined);
});

describe('an answer whose thoughts end with a mark that nothing opened', () => {
  const marks = ['</think>', '</thinking>', '◁/think▷', '[/THINK]', '</seed:think>'];
  const final = '<|end|><|start|>assistant<|channel|>final<|message|>';

  it('is told without them, whatever the mark, the text, and the cuts; the second time they are not told at all', async () => {
    await fc.assert(
      fc.asyncProperty(
        answers,
        answers,
        fc.constantFrom(...marks, final),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        fc.constantFrom(undefined, 3, 40),
        async (thoughts, whole, mark, sizes, slice) => {
          // An open fence makes code of all that follows.
          fc.pre(
            !thoughts.includes('`') && !whole.includes('`') && whole.trim() !== '' && thoughts.trim() !== '',
          );
          const text = `${thoughts}${mark}\n\n${whole}`;
          const tokens: string[] = [];
          for (let at = 0, n = 0; at < text.length; n += 1) {
            const size = sizes[n % sizes.length] ?? 1;
            tokens.push(text.slice(at, at + size));
            at += size;
          }
          const plan = { tokens, ...(slice === undefined ? {} : { slice }) };
          const { model } = play('', [plan, plan]);
          const first = await read(model, ask('question'));
          const second = await read(model, ask('question'));
          for (const reading of [first, second]) {
            expect(reading).toMatchObject({ text: whole.trimStart(), reasoning: thoughts, error: undefined });
          }
          const told = second.events.map(({ type }) => type);
          expect(told).not.toContain('reclassified');
          expect(told.indexOf('reasoning-delta')).toBe(0);
          await model.close();
        },
      ),
      { numRuns: 60, interruptAfterTimeLimit: 12_000, markInterruptAsFailure: false },
    );
  });
});

describe('a connection that drops after token k', () => {
  const tokens = toTokens(
    Array.from({ length: 75 }, (_, index) => `Wort${index} 第${index}个 🙂${index}\n`).join(''),
  ).slice(0, 300);

  it('leaves no trace for any k of 300, continued by prefix', { timeout: 30_000 }, async () => {
    expect(tokens.length).toBe(300);
    const whole = tokens.join('');
    for (let k = 1; k < tokens.length; k += 1) {
      const { model, requests } = play(whole, [
        { tokens, fault: { kind: k % 2 === 0 ? 'reset' : 'end', after: k } },
      ]);
      const reading = await read(model, ask('question'));
      expect(reading.text).toBe(whole);
      // A reset may overtake what was sent before it: then the question is asked anew, or less is left out.
      expect(requests().length).toBe(2);
      await model.close();
    }
  });

  it('does so in a text that repeats itself', async () => {
    const refrain = toTokens('The quick brown fox jumps over the lazy dog. '.repeat(12));
    for (let k = 1; k < refrain.length; k += 3) {
      const { model } = play(refrain.join(''), [{ tokens: refrain, fault: { kind: 'end', after: k } }]);
      expect((await read(model, ask('question'))).text).toBe(refrain.join(''));
      await model.close();
    }
  });
});

it('an abort at any moment leaves no socket open and is followed by no request', async () => {
  await fc.assert(
    fc.asyncProperty(answers, fc.array(dressed, { maxLength: 3 }), fc.nat(12), async (whole, script, at) => {
      const { model, requests } = play(
        whole,
        script.map((plan) => ({ delayMs: 1, ...plan })),
        { resume: 'prefix' },
      );
      const aborter = new AbortController();
      let seen = 0;
      let asked = 0;
      const timer = setTimeout(() => stop(), 60);
      const stop = () => {
        asked = requests().length;
        aborter.abort('stop');
      };
      const reading = await read(model, ask('question'), {
        signal: aborter.signal,
        onEvent: () => {
          seen += 1;
          if (seen === at + 1) stop();
        },
      });
      clearTimeout(timer);
      await server.until(() => server.inFlight() === 0);
      if (reading.error === 'stop') expect(requests().length).toBe(asked);
      await model.close();
    }),
    { numRuns: 60, interruptAfterTimeLimit: 8000 },
  );
});

it('the port of nobody is an honest error', async () => {
  const listener = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => listener.once('listening', resolve));
  const address = listener.address();
  await new Promise((resolve) => listener.close(resolve));
  const port = typeof address === 'object' ? address?.port : 0;
  const model = createModel(modelOptions(`http://127.0.0.1:${port}`));
  expect((await read(model, ask('Hi'))).error).toMatchObject({ code: 'connect-failed' });
  await model.close();
});
