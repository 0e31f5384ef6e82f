// Which field a server refuses, told by what servers really say of it, and what is then asked.

import { afterEach, describe, expect, it } from 'vitest';
import { toStatusError } from '../../../src/model/failures.ts';
import type { ModelOptions } from '../../../src/model/model.ts';
import { type OptionalField, optionalFields, toRefusedField } from '../../../src/model/refusal.ts';
import { ask, read } from '../../fakes/model-options.ts';
import type { ModelServerOptions, Plan, RequestBody } from '../../fakes/model-server.ts';
import { createModelStage } from '../../fakes/model-stage.ts';

/** As the client hands them on. */
const wordsOf = (body: string) =>
  toStatusError({ status: 400, headers: {}, body, apiKey: undefined, now: 0 }).message;
const all = new Set<OptionalField>(optionalFields);

describe('the field that is refused', () => {
  it.each<[OptionalField, string, string]>([
    [
      'thinking',
      'FastAPI',
      '{"detail":[{"type":"extra_forbidden","loc":["body","thinking"],"msg":"Extra inputs are not permitted","input":{"type":"disabled"}}]}',
    ],
    [
      'stream_options',
      'FastAPI, deeper',
      '{"detail":[{"type":"extra_forbidden","loc":["body","stream_options","include_usage"],"msg":"Extra inputs are not permitted"}]}',
    ],
    [
      'stream_options',
      'a server that names the field beside words that say nothing',
      '{"error":{"message":"Bad request","param":"stream_options"}}',
    ],
    [
      'stream_options',
      'a server that gives the path beside words that say nothing',
      '{"detail":[{"loc":["body","stream_options","include_usage"],"msg":"value error"}]}',
    ],
    [
      'user_id',
      'Mistral',
      '{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","user_id"],"msg":"Extra inputs are not permitted","input":"asker-1"}]},"type":"invalid_request_error","code":null}',
    ],
    [
      'thinking',
      'vLLM',
      `{"object":"error","message":"[{'type': 'extra_forbidden', 'loc': ('body', 'thinking'), 'msg': 'Extra inputs are not permitted'}]","type":"BadRequestError","param":null,"code":400}`,
    ],
    [
      'thinking',
      'OpenAI',
      '{"error":{"message":"Unrecognized request argument supplied: thinking","type":"invalid_request_error","param":null,"code":null}}',
    ],
    [
      'user_id',
      'OpenAI, newer',
      '{"error":{"message":"Unknown parameter: \'user_id\'.","type":"invalid_request_error","param":"user_id","code":"unknown_parameter"}}',
    ],
    [
      'thinking',
      'only param names it',
      '{"error":{"message":"This parameter is not supported.","type":"invalid_request_error","param":"thinking.type"}}',
    ],
    [
      'max_tokens',
      'OpenAI, reasoning models',
      `{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}`,
    ],
    [
      'max_completion_tokens',
      'an older server',
      '{"error":{"message":"Unrecognized request argument supplied: max_completion_tokens"}}',
    ],
    [
      'thinking',
      'Groq',
      `{"error":{"message":"'thinking' : property 'thinking' is unsupported","type":"invalid_request_error"}}`,
    ],
    [
      'thinking',
      'Gemini',
      '[{"error":{"code":400,"message":"Invalid JSON payload received. Unknown name \\"thinking\\": Cannot find field.","status":"INVALID_ARGUMENT"}}]',
    ],
    ['user_id', 'Go', '{"error":"json: unknown field \\"user_id\\""}'],
    [
      'thinking',
      'serde',
      '{"error":"unknown field `thinking`, expected one of `messages`, `model`, `stream_options`, `max_tokens`, `user_id`"}',
    ],
    [
      'stream_options',
      'serde, the other way',
      '{"error":"unknown field `stream_options`, expected one of `messages`, `thinking`, `max_tokens`"}',
    ],
    [
      'thinking',
      'Anthropic',
      '{"type":"error","error":{"type":"invalid_request_error","message":"thinking: Extra inputs are not permitted"}}',
    ],
    [
      'thinking',
      'JSON schema',
      `{"error":{"message":"Additional properties are not allowed ('thinking', 'user_id' were unexpected)"}}`,
    ],
    [
      'stream_options',
      'a gateway',
      `{"error":{"message":"The 'stream_options' parameter is only allowed when 'stream' is enabled"}}`,
    ],
    ['thinking', 'in words', '{"error":{"message":"This model does not support thinking."}}'],
    ['thinking', 'Chinese', '{"error":{"message":"不支持的参数: thinking"}}'],
    ['user_id', 'a value that is none to it', '{"error":{"message":"Invalid user_id","param":"user_id"}}'],
    ['thinking', 'plain text', "unexpected keyword argument 'thinking'"],
  ])('is %s in the words of %s', (field, _who, body) => {
    expect(toRefusedField(wordsOf(body), 400, all)).toBe(field);
  });

  it.each([
    [
      'a limit that is too high',
      '{"error":{"message":"Invalid max_tokens value, the valid range of max_tokens is [1, 8192]","param":"max_tokens"}}',
    ],
    ['a limit of the context', '{"error":{"message":"This model\'s maximum context length is 4096 tokens"}}'],
    [
      'a question that is repeated',
      '{"error":{"message":"Invalid content: I was thinking about unknown things"}}',
    ],
    ['the way it thinks', '{"error":{"message":"Thinking mode does not support this tool_choice"}}'],
    ['something else', '{"error":{"message":"Unknown parameter: temperature"}}'],
    [
      'the core of the protocol',
      '{"detail":[{"loc":["body","messages",0,"content"],"msg":"Input should be a valid string"}]}',
    ],
    ['nothing', ''],
  ])('is none in %s', (_what, body) => {
    expect(toRefusedField(wordsOf(body), 400, all)).toBeUndefined();
  });

  it('is no limit that is named beside words about its value', () => {
    expect(toRefusedField('max_tokens: must be at most 50', 400, all)).toBeUndefined();
    expect(toRefusedField('thinking: try later', 429, all)).toBeUndefined();
  });

  it('is none where it was not sent, and none in a failure that only mentions it', () => {
    expect(toRefusedField('Unknown parameter: thinking', 400, new Set())).toBeUndefined();
    expect(toRefusedField('Invalid user_id', 500, all)).toBeUndefined();
    expect(toRefusedField("got an unexpected keyword argument 'user_id'", 500, all)).toBe('user_id');
  });
});

describe('a server that refuses fields', () => {
  const stage = createModelStage();
  afterEach(stage.close);

  /** Refuses a request as long as it holds one of the fields, in the words given. */
  async function start(refuse: (body: RequestBody) => Plan | undefined, options: Partial<ModelOptions> = {}) {
    const serverOptions: ModelServerOptions = { answer: () => 'Good.', script: (_n, body) => refuse(body) };
    const { server, model } = await stage.start(serverOptions, options);
    const sent = () => server.requests.map(({ body }) => optionalFields.filter((field) => field in body));
    return { server, model, sent };
  }
  const extra = (field: string): Plan => ({
    status: 422,
    body: `{"detail":[{"type":"extra_forbidden","loc":["body","${field}"],"msg":"Extra inputs are not permitted"}]}`,
  });

  it('one after another is asked without them, and never sent them again', async () => {
    const { model, sent } = await start(
      (body) =>
        optionalFields.flatMap((field) =>
          field in body && field !== 'max_completion_tokens' ? [extra(field)] : [],
        )[0],
      { maxTokens: 100 },
    );
    expect((await read(model, ask('Hi'))).text).toBe('Good.');
    expect(sent().length).toBe(5);
    expect(sent().at(-1)).toEqual(['max_completion_tokens']);
    expect((await read(model, ask('Hi'))).text).toBe('Good.');
    expect(sent().length).toBe(6);
  });

  it('answers also who asked at the same moment', async () => {
    const { model, sent } = await start((body) =>
      'user_id' in body ? { ...extra('user_id'), headersMs: 30 } : undefined,
    );
    const readings = await Promise.all([1, 2, 3].map(() => read(model, ask('Hi'))));
    expect(readings.map(({ text }) => text)).toEqual(['Good.', 'Good.', 'Good.']);
    expect(sent().length).toBe(6);
  });

  it('takes the same limit under its other name', async () => {
    const { server, model } = await start(
      (body) =>
        'max_tokens' in body
          ? {
              status: 400,
              body: `{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","param":"max_tokens"}}`,
            }
          : undefined,
      { maxTokens: 77 },
    );
    expect((await read(model, ask('Hi'))).text).toBe('Good.');
    expect(server.requests.map(({ body }) => [body.max_tokens, body.max_completion_tokens])).toEqual([
      [77, undefined],
      [undefined, 77],
    ]);
  });

  it('whatever is sent is asked a bounded number of times, and always with model, messages and stream', async () => {
    const words = optionalFields.map((field) => `unknown field '${field}'`).join('; ');
    const { server, model } = await start(() => ({ status: 400, body: JSON.stringify({ error: words }) }), {
      maxTokens: 5,
    });
    expect((await read(model, ask('Hi'))).error).toMatchObject({ code: 'bad-request' });
    expect(server.requests.length).toBe(6);
    for (const { body } of server.requests)
      expect(body).toMatchObject({ model: 'deepseek-flash', stream: true, messages: [{}, {}] });
  });

  it('in the middle of an answer loses the field, and not the way to go on', async () => {
    const { server, model } = await start((body) => {
      const isRest = body.messages?.at(-1)?.role === 'assistant';
      if (!isRest) return { tokens: ['Go'], finish: null, done: false };
      return 'user_id' in body ? extra('user_id') : undefined;
    });
    expect((await read(model, ask('Hi'))).text).toBe('Good.');
    expect(server.requests.at(-1)?.body.messages?.at(-1)).toMatchObject({ prefix: true });
  });
});
