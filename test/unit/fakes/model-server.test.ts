import { afterEach, describe, expect, it } from 'vitest';
import {
  createModelServer,
  type ModelServer,
  type ModelServerOptions,
  type RequestBody,
} from '../../fakes/model-server.ts';

let server: ModelServer | undefined;
afterEach(() => server?.close());

async function post(options: ModelServerOptions, path: string, body: RequestBody, key = 'k') {
  server = await createModelServer({ answer: () => 'one two three', ...options });
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  const chunks = text.matchAll(/^data: (\{.*\})$/gm);
  const answer = [...chunks]
    .map(([, json = '']) => JSON.parse(json).choices?.[0]?.delta?.content ?? '')
    .join('');
  return { status: response.status, text, answer };
}

const question = { role: 'user', content: 'Hi' };
const said = { role: 'assistant', content: 'one two' };

describe('the fake model server refuses what the provider refuses', () => {
  it('a prefix outside the beta address (api-docs.deepseek.com, guides/chat_prefix_completion)', async () => {
    const messages = [question, { ...said, prefix: true }];
    expect(await post({}, '/chat/completions', { messages })).toMatchObject({ status: 400 });
    await server?.close();
    expect(await post({}, '/beta/chat/completions', { messages })).toMatchObject({
      status: 200,
      answer: ' three',
    });
  });

  it('a wrong key, a user id with other characters, and a body that is no JSON', async () => {
    expect(await post({ apiKey: 'right' }, '/chat/completions', { messages: [question] })).toMatchObject({
      status: 401,
    });
    await server?.close();
    const body = { messages: [question], user_id: 'a b' };
    expect(await post({}, '/chat/completions', body)).toMatchObject({ status: 400 });
    const response = await fetch(`${server?.url}/chat/completions`, { method: 'POST', body: '{' });
    expect(response.status).toBe(400);
  });
});

describe('the fake model server continues an answer', () => {
  it.each([
    ['continue_final_message', { messages: [question, said], continue_final_message: true }, ' three'],
    [
      'a turn that asks to continue',
      { messages: [question, said, { role: 'user', content: 'Please continue.' }] },
      ' three',
    ],
    ['nothing of the kind', { messages: [question, said] }, 'one two three'],
  ])('by %s', async (_name, body, answer) => {
    expect((await post({}, '/chat/completions', body)).answer).toBe(answer);
  });

  it('but not one that it did not begin so', async () => {
    const messages = [question, { role: 'assistant', content: 'one  two', prefix: true }];
    expect((await post({}, '/beta/chat/completions', { messages })).answer).toContain('not what was said');
  });
});
