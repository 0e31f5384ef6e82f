// What a provider may send in place of an error, a name or a count: whatever it is, it is a failure of the provider's, bounded, and no bug.

import { createServer } from 'node:http';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { examineModel } from '../../../src/doctor/model.ts';
import { errorCodes, isBotError } from '../../../src/errors.ts';
import type { Finding } from '../../../src/finding.ts';
import { describeBody, toStatusError, toStreamError } from '../../../src/model/failures.ts';
import { createModel } from '../../../src/model/model.ts';
import { parseChunk } from '../../../src/model/wire.ts';
import { toWireError } from '../../../src/model/wire-error.ts';
import { remedies } from '../../../src/notices/operator.ts';
import { ask, modelOptions, read } from '../../fakes/model-options.ts';
import type { Plan } from '../../fakes/model-server.ts';
import { createModelStage } from '../../fakes/model-stage.ts';

const DEPTH = 200_000;
const deepList = '['.repeat(DEPTH) + ']'.repeat(DEPTH);
const deepObject = `${'{"error":'.repeat(DEPTH)}1${'}'.repeat(DEPTH)}`;

const stage = createModelStage();
afterEach(stage.close);

async function failureOf(plan: Plan) {
  const { model } = await stage.start({ script: () => plan }, { retryBudgetMs: 0 });
  return read(model, ask('Hi'));
}

describe('JSON nested 200,000 deep', () => {
  const holders: readonly (readonly [string, (inner: string) => string])[] = [
    ['alone', (inner) => inner],
    ['as the error', (inner) => `{"error":${inner}}`],
    ['as its message', (inner) => `{"error":{"message":${inner}}}`],
    ['as its detail', (inner) => `{"detail":${inner}}`],
    ['as a list of faults', (inner) => `{"detail":[{"loc":${inner},"msg":${inner}}]}`],
    [
      'as code and param',
      (inner) => `{"error":{"message":"x","code":${inner},"param":${inner},"type":${inner}}}`,
    ],
    [
      'as the answer',
      (inner) => `{"choices":[{"delta":{"content":${inner},"reasoning":${inner}},"finish_reason":${inner}}]}`,
    ],
    ['as the whole answer', (inner) => `{"choices":[{"message":{"content":${inner}}}]}`],
    ['as the choices', (inner) => `{"choices":${inner}}`],
    ['as usage and model', (inner) => `{"choices":[],"usage":${inner},"model":${inner},"x_groq":${inner}}`],
    [
      'as counts',
      (inner) => `{"choices":[],"usage":{"prompt_tokens":${inner},"prompt_tokens_details":${inner}}}`,
    ],
  ];
  const places: readonly (readonly [string, (json: string) => Plan])[] = [
    ['an error body', (body) => ({ status: 400, body })],
    ['a server error', (body) => ({ status: 500, body })],
    ['a chunk', (json) => ({ body: `data: ${json}\n\n` })],
    ['an event called error', (json) => ({ body: `event: error\ndata: ${json}\n\n` })],
    ['a JSON body', (body) => ({ contentType: 'application/json', body })],
  ];

  it.each(
    places.flatMap(([where, plan]) =>
      holders.map(([what, hold]) => [what, where, (json: string) => plan(hold(json))] as const),
    ),
  )("%s in %s is a failure of the provider's", async (_what, _where, plan) => {
    for (const json of [deepList, deepObject]) {
      const { error } = await failureOf(plan(json));
      expect(isBotError(error) && error.code !== 'internal').toBe(true);
      expect((error as Error).message.length).toBeLessThan(800);
    }
  });

  it('is no bug of the doctor either, wherever it looks', async () => {
    for (const json of [
      deepList,
      `{"data":${deepList}}`,
      `{"data":[{"id":${deepList}}]}`,
      `{"is_available":true,"balance_infos":[{"currency":${deepList},"total_balance":${deepList}}]}`,
      `{"error":{"message":${deepList}}}`,
    ]) {
      for (const status of [200, 401, 403, 500]) {
        const server = createServer((_incoming, response) => {
          response.statusCode = status;
          response.end(json);
        });
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        const address = server.address();
        const baseUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
        stage.keep({ close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()) });
        const findings: Finding[] = [];
        const exam = {
          ...{ subject: 'Model', apiKey: 'test-key', baseUrl, model: 'm', names: { url: 'U', model: 'M' } },
          remedyOf: ({ code }: { code: keyof typeof remedies }) => remedies[code],
          open: () => createModel(modelOptions(baseUrl, { retryBudgetMs: 0 })),
        };
        for await (const finding of examineModel(exam, new AbortController().signal)) findings.push(finding);
        const lines = findings.map(({ text }) => text).join('\n');
        expect(lines).not.toMatch(/call stack|the check itself failed|internal/);
        expect(lines.length).toBeLessThan(2000);
      }
    }
  });
});

describe('what a provider names', () => {
  it.each([
    ['a megabyte', 'x'.repeat(1_000_000)],
    ['lines', 'model\nAI · forged line'],
    ['what steers a terminal', 'model\u001b[2J'],
    ['what turns text around', 'model\u202egnp'],
    ['nothing', ''],
    ['a sentence', 'I am not the name of a model'],
  ])('its model by %s is called by the name that was asked for', async (_what, model) => {
    const { finish } = await failureOf({ model, tokens: 'x' });
    expect(finish?.models).toEqual(['deepseek-flash']);
  });

  it.each(['deepseek-flash', 'openai/gpt-5.1:free', 'meta.llama3-1@2', '模型-1', 'qwen2.5(int8)'])(
    'its model is called %s',
    async (model) => {
      expect((await failureOf({ model, tokens: 'x' })).finish?.models).toEqual([model]);
    },
  );

  it('as an encoding is cut short', async () => {
    const { error } = await failureOf({ headers: { 'content-encoding': 'z'.repeat(4000) }, tokens: 'x' });
    expect((error as Error).message.length).toBeLessThan(200);
  });
});

describe('an error of any shape', () => {
  const json = fc.oneof(
    fc.json({ maxDepth: 12 }),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      'null',
      '0',
      '""',
      '[]',
      '{}',
      '[null]',
      '{"error":null}',
      '{"error":[[[[["x"]]]]]}',
      '{"error":{"message":{"message":{}}}}',
    ),
    fc
      .record({
        error: fc.record(
          { message: fc.anything(), code: fc.anything(), param: fc.anything(), type: fc.anything() },
          { requiredKeys: [] },
        ),
      })
      .map(toJson),
    fc
      .record({
        detail: fc.array(
          fc
            .tuple(fc.anything(), fc.anything())
            .map((pair) => Object.fromEntries(pair.map((value, index) => [['loc', 'msg'][index], value]))),
        ),
      })
      .map(toJson),
  );
  function toJson(value: unknown): string {
    try {
      return JSON.stringify(value) ?? '';
    } catch {
      // Numbers of any length, and what turns in circles: no JSON.
      return '';
    }
  }

  it('has a code, and one bounded line', () => {
    fc.assert(
      fc.property(json, fc.integer({ min: 300, max: 999 }), (body, status) => {
        const error = toStatusError({ status, headers: {}, body, apiKey: 'k', now: 0 });
        expect(errorCodes).toContain(error.code);
        expect(error.code).not.toBe('internal');
        expect(error.message.length).toBeLessThan(800);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for.
        expect(error.message).not.toMatch(/[\u0000-\u001f\u202a-\u202e]/);
        expect(error.plain.length).toBeLessThan(300);
      }),
      { numRuns: 1500 },
    );
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom(undefined, 'error'), (value, event) => {
        const chunk = parseChunk(value, event);
        const error = toStreamError(chunk.error ?? toWireError(value), 'k');
        expect(error.message.length).toBeLessThan(800);
        expect(error.code).not.toBe('internal');
      }),
      { numRuns: 1500 },
    );
  });

  it.each([
    ['titles without an end', `<html>${'<title '.repeat(9_000)}`],
    ['tags without an end', `<html>${'<'.repeat(64_000)}`],
    ['scripts without an end', `<html>${'<script>'.repeat(8_000)}`],
    ['blanks', `<html>${' '.repeat(64_000)}x`],
    ['no page', '\t'.repeat(32_000) + 'x'.repeat(32_000)],
  ])('is read in time that grows with its length only: %s', (_name, body) => {
    const before = process.cpuUsage();
    for (let run = 0; run < 20; run += 1) describeBody(body);
    const { user } = process.cpuUsage(before);
    expect(user / 20 / 1000).toBeLessThan(20);
  });
});
