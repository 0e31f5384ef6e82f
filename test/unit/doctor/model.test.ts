import { afterEach, describe, expect, it } from 'vitest';
import { examineModel } from '../../../src/doctor/model.ts';
import type { Finding } from '../../../src/finding.ts';
import { createModel } from '../../../src/model/model.ts';
import { remedies } from '../../../src/notices/operator.ts';
import { modelOptions } from '../../fakes/model-options.ts';
import { createModelServer, type ModelServer, type ModelServerOptions } from '../../fakes/model-server.ts';

let server: ModelServer | undefined;

afterEach(async () => {
  await server?.close();
});

async function examine(options: ModelServerOptions, model = 'deepseek-flash', apiKey = 'test-key') {
  server = await createModelServer(options);
  const baseUrl = server.url;
  const findings: Finding[] = [];
  const exam = {
    subject: 'Model',
    apiKey,
    baseUrl,
    model,
    names: { url: 'DEEPSEEK_BASE_URL', model: 'DEEPSEEK_MODEL' },
    remedyOf: ({ code }: { code: keyof typeof remedies }) => remedies[code],
    open: () => createModel(modelOptions(baseUrl, { model, apiKey, maxTokens: 16, retryBudgetMs: 0 })),
  };
  for await (const finding of examineModel(exam, new AbortController().signal)) findings.push(finding);
  return findings.map(({ state, subject, text }) => `${state} ${subject}: ${text}`);
}

describe('the checks of a model', () => {
  it('warn of a name that is answered and not listed', async () => {
    // The list is longer than what it refuses: an alias.
    const script = () => ({ status: 200 });
    expect(await examine({ models: ['deepseek-v4-pro'], script }, 'deepseek-v4-flash')).toEqual([
      'ok Model key: accepted',
      'warn Model name: the provider does not list deepseek-v4-flash, and answers by it all the same',
    ]);
  });

  it('warn of a balance that is nearly used up', async () => {
    expect(await examine({ balance: '0.40' })).toContain('warn Model balance: 0.40 USD is little');
  });

  it('find a key without balance where only the answer tells it', async () => {
    expect(await examine({ script: () => ({ status: 402 }) })).toEqual([
      'ok Model key: accepted',
      'ok Model name: the provider has deepseek-flash',
      expect.stringMatching(/^fail Model balance: The provider answered 402/),
    ]);
  });

  it('only warn of a limit that is reached just now', async () => {
    expect(await examine({ script: () => ({ status: 429 }) })).toContainEqual(
      expect.stringMatching(/^warn Model answer: The provider answered 429/),
    );
  });

  it('fail where the provider is down, and do not call the key accepted', async () => {
    expect(await examine({ models: 'none', script: () => ({ status: 503 }) })).toEqual([
      expect.stringMatching(/^fail Model answer: The provider answered 503/),
    ]);
  });

  it('count an answer whose few tokens were all thought as one', async () => {
    const script = () => ({ reasoning: 'Let me think about it' });
    expect(await examine({ script })).toEqual([
      'ok Model key: accepted',
      'ok Model name: the provider has deepseek-flash',
    ]);
  });
});
