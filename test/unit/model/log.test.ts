// What the model's client logs names whose answer it is, and where.

import { afterEach, expect, it } from 'vitest';
import { createModel } from '../../../src/model/model.ts';
import { ask, modelOptions } from '../../fakes/model-options.ts';
import { createModelServer, type Plan } from '../../fakes/model-server.ts';

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const about = { turn: 'turn-7', platform: 'slack', scope: 'T1', channel: 'C1' };

it.each<readonly [string, readonly Plan[], string]>([
  ['an attempt that failed', [{ status: 503 }, { tokens: 'So.' }], 'an attempt to get an answer has failed'],
  [
    'a stream that broke',
    [{ tokens: 'So it is.', fault: { kind: 'reset', after: 1 } }, { tokens: ' And so.' }],
    'an attempt to get an answer has failed',
  ],
  ['an empty answer', [{ tokens: [] }, { tokens: 'So.' }], 'The model ended its answer without a word'],
  [
    'a refused field',
    [
      {
        status: 400,
        body: JSON.stringify({ error: { message: "Unknown parameter: 'user_id'", param: 'user_id' } }),
      },
      { tokens: 'So.' },
    ],
    'asking in another way',
  ],
  [
    'lines between',
    [{ body: 'data: nonsense\n\ndata: [DONE]\n\n' }, { tokens: 'So.' }],
    'the stream held lines',
  ],
])('a line of %s carries turn, platform and channel', async (_name, plans, words) => {
  let n = 0;
  const server = await createModelServer({ script: () => plans[Math.min(n++, plans.length - 1)] as Plan });
  const lines: { readonly details: object; readonly text: string }[] = [];
  const log = { warn: (details: object, text: string) => void lines.push({ details, text }) };
  const model = createModel(modelOptions(server.url, { log }));
  open.push(server, model);
  const { signal } = new AbortController();
  try {
    for await (const _event of model.stream(ask('why?'), { signal, about }));
  } catch {
    // How it ends is told elsewhere.
  }
  const found = lines.filter(({ text }) => text.startsWith(words));
  expect(found.length).toBeGreaterThan(0);
  for (const { details } of lines) expect(details).toMatchObject(about);
});
