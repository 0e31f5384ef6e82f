import { describe, expect, it } from 'vitest';
import { BotError } from '../../../src/errors.ts';
import { createPayloadReader } from '../../../src/model/sse.ts';
import { createTranslator, toFinishReason } from '../../../src/model/translate.ts';

/** Reads a body of these events, or as it is, and says what came of it. */
function translate(
  events: string | readonly unknown[],
  isContinuation = false,
  body: 'over' | 'open' = 'over',
) {
  const seen = {
    text: '',
    reasoning: '',
    reclassified: 0,
    tokens: 0,
    comments: 0,
    error: undefined as BotError | undefined,
  };
  const translator = createTranslator({
    emit(kind, text) {
      seen[kind] += text;
    },
    onToken: () => {
      seen.tokens += 1;
    },
    onComment: () => {
      seen.comments += 1;
    },
    reclassify() {
      seen.reasoning += seen.text;
      seen.text = '';
      seen.reclassified += 1;
    },
    isContinuation,
    apiKey: 'secret-key',
  });
  const reader = createPayloadReader(translator);
  const lines = typeof events === 'string' ? events : events.map((event) => toLine(event)).join('');
  try {
    for (const character of lines) reader.push(character);
    if (body === 'over') {
      reader.end();
      translator.end();
    }
  } catch (error) {
    if (!(error instanceof BotError)) throw error;
    seen.error = error;
  }
  return { ...seen, ...translator.report(), ending: translator.ending() };
}

const toLine = (event: unknown) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`;
const say = (content: unknown) => ({ choices: [{ index: 0, delta: { content } }] });
const end = (reason: string) => ({ choices: [{ index: 0, delta: {}, finish_reason: reason }] });

describe('a stream that ends', () => {
  it('is whole with a finish reason, with [DONE], or both', () => {
    for (const tail of [[end('stop')], ['[DONE]'], [' [DONE] '], [end('stop'), '[DONE]']]) {
      expect(translate([say('Hi'), ...tail])).toMatchObject({ text: 'Hi', error: undefined });
    }
  });

  it('is broken off without either, and keeps its text', () => {
    const seen = translate([say('Hi '), say('the')]);
    expect(seen.text).toBe('Hi the');
    expect(seen.error?.code).toBe('broken-off');
  });

  it('is broken off where the last chunk is cut', () => {
    expect(translate(`${toLine(say('Hi'))}data: {"choices":[{"del`)).toMatchObject({
      text: 'Hi',
      error: { code: 'broken-off' },
    });
    expect(translate(`${toLine(say('Hi'))}data: [DO`)).toMatchObject({ error: { code: 'broken-off' } });
    expect(translate('{"choices":[{"mess')).toMatchObject({ error: { code: 'broken-off' } });
    expect(translate('')).toMatchObject({ error: { code: 'broken-off' } });
  });

  it.each(['insufficient_system_resource', 'aborted', 'abort', 'network_error', 'error'])(
    'is dropped with %s',
    (reason) => {
      const seen = translate([say('Hi'), { ...end(reason), usage: { prompt_tokens: 3 } }, '[DONE]']);
      expect(seen).toMatchObject({ text: 'Hi', usage: { prompt: 3 } });
      expect(seen.error?.message).toContain(reason);
    },
  );
});

describe('finish reasons that lie', () => {
  const each = (content: string, finish_reason: unknown) => ({
    choices: [{ index: 0, delta: { content }, finish_reason }],
  });

  it('say nothing of the end once text came after one: [DONE] or the end of the body does', () => {
    const chunks = [each('Hi ', 'stop'), each('the', 'stop'), each('re', 'stop')];
    for (const tail of [[], ['[DONE]']]) {
      expect(translate([...chunks, ...tail])).toMatchObject({ text: 'Hi there', error: undefined });
    }
    expect(translate(chunks, false, 'open').ending).toBeUndefined();
    expect(translate([...chunks, end('stop')], false, 'open').ending).toBeUndefined();
  });

  it('count while no text came after them: what is empty, usage or nothing at all is no text', () => {
    const tail = [
      say(''),
      say(null),
      { choices: [], usage: { prompt_tokens: 1 } },
      { choices: [{ index: 0 }] },
    ];
    expect(translate([say('Hi'), end('stop'), ...tail], false, 'open').ending).toBe('finish');
    expect(translate([each('Hi', 'stop')], false, 'open').ending).toBe('finish');
    const more = [{ choices: [{ delta: { reasoning_content: 'hm' } }] }];
    expect(translate([end('stop'), ...more], false, 'open').ending).toBeUndefined();
  });

  it.each([
    'null',
    'NULL',
    ' null ',
    '',
    ' ',
    'None',
    'undefined',
    'FINISH_REASON_UNSPECIFIED',
    null,
    0,
    false,
    {},
    [],
  ])('%j is none', (reason) => {
    const seen = translate([each('Hi ', reason), each('the', reason)]);
    expect(seen).toMatchObject({ text: 'Hi the', finish: undefined, error: { code: 'broken-off' } });
    expect(translate([each('Hi', reason), '[DONE]'])).toMatchObject({ text: 'Hi', error: undefined });
    const legacy = { choices: [{ index: 0, text: 'Hi', finish_reason: reason }] };
    expect(translate([legacy])).toMatchObject({ text: 'Hi', error: { code: 'broken-off' } });
  });

  it('are no end before the first token where the first chunk has one already', () => {
    const role = (finish_reason: unknown) => ({
      choices: [{ delta: { role: 'assistant', content: '' }, finish_reason }],
    });
    expect(translate([role('stop'), role('stop')], false, 'open').ending).toBeUndefined();
    expect(translate([role(null), end('stop')], false, 'open').ending).toBe('finish');
    expect(translate([role('stop')])).toMatchObject({ text: '', error: undefined });
  });

  it('only the last one, with no text after it, is told', () => {
    expect(translate([each('a', 'length'), each('b', null), '[DONE]'])).toMatchObject({ finish: undefined });
    const alone = [say('a'), end('length'), say('b'), end('length')];
    for (const chunks of [[each('a', 'stop'), each('b', 'stop'), end('length'), '[DONE]'], alone])
      expect(translate(chunks)).toMatchObject({ finish: 'length', error: undefined });
  });

  it('do not hide a chunk that is damaged or cut', () => {
    const damaged = '{"choices":[{"delta":{"content":"th';
    expect(translate([each('Hi ', 'stop'), damaged, each('re', 'stop'), '[DONE]'])).toMatchObject({
      text: 'Hi ',
      error: { code: 'malformed-stream' },
    });
    for (const before of [[each('Hi ', 'stop')], [each('H', 'stop'), each('i ', 'stop')]]) {
      const seen = translate(`${before.map(toLine).join('')}data: ${damaged}`);
      expect(seen).toMatchObject({ text: 'Hi ', error: { code: 'broken-off' } });
    }
    const usage = translate(`${toLine(say('Hi'))}${toLine(end('stop'))}data: {"choices":[],"usa`);
    expect(usage).toMatchObject({ text: 'Hi', error: undefined });
  });
});

describe('what an operator reads of a stream that is damaged', () => {
  it('is its length and place, never its text', () => {
    for (const chunk of ['{"choices":[{"delta":{"content":"my secret', '[my secret', '{my secret']) {
      const { error } = translate([say('Hi'), chunk, say('there'), end('stop')]);
      expect(error?.message).not.toContain('secret');
      expect(error?.message).toContain(`(${chunk.length} characters, after 1 other`);
    }
  });
});

describe('control characters of the model', () => {
  it('come into no text, whatever brings them, and no character is cut', () => {
    expect(
      translate([say('a\u0000b\u001b[0m\r\nc\u0085'), say('\ud83d'), say('\ude00'), end('stop')]),
    ).toMatchObject({
      text: 'ab[0m\nc😀',
    });
    const thought = (reasoning_content: string) => ({ choices: [{ delta: { reasoning_content } }] });
    expect(translate([thought('a\u0000\ud83d'), thought('\ude00b'), say('x'), end('stop')])).toMatchObject({
      reasoning: 'a😀b',
      text: 'x',
    });
    expect(translate([say('x\ud83d'), end('stop')]).text).toBe('x\ufffd');
    expect(translate('{"choices":[{"message":{"content":"a\\u0000b"}}]}').text).toBe('ab');
    expect(translate('Hello\u0007 there').text).toBe('Hello there');
    expect(translate([say('<th\u0000ink>a</think>b'), end('stop')])).toMatchObject({
      text: 'b',
      reasoning: 'a',
    });
  });

  it('come into no name either, and a name has an end', () => {
    for (const model of ['deep\u0000seek', 'deep\u001b[0mseek', 'deep\ud83dseek', 'x'.repeat(500)])
      expect(translate([{ ...say('Hi'), model }, end('stop')]).model).toBeUndefined();
    expect(translate([{ ...say('Hi'), model: 'a/b-1.5:free' }, end('stop')]).model).toBe('a/b-1.5:free');
  });
});

describe('an error object in a stream with status 200', () => {
  it('counts whatever finish reason came before it', () => {
    const seen = translate([
      say('Hi'),
      end('length'),
      { error: { message: 'Provider returned error', code: 502 } },
      '[DONE]',
    ]);
    expect(seen.error).toMatchObject({
      code: 'bad-gateway',
      message: expect.stringContaining('Provider returned error'),
    });
  });

  it.each([
    [{ error: { message: 'slow down', code: 429 }, choices: [] }, 'rate-limited'],
    [{ error: { message: 'x', status_code: 400 } }, 'bad-request'],
    [{ error: { message: 'x', code: '503' } }, 'overloaded'],
    [{ error: 'plain words' }, 'server-error'],
    [{ error: { message: 'x', type: 'rate_limit_error' } }, 'rate-limited'],
    [{ error: { message: 'x', code: 'insufficient_quota' } }, 'no-balance'],
    [{ object: 'error', message: 'x', code: 500 }, 'server-error'],
    [{ code: 400, message: 'x', type: 'Bad Request' }, 'bad-request'],
    [{ detail: 'x' }, 'server-error'],
    [
      { choices: [{ delta: { content: '' }, error: { message: 'x', code: 502 }, finish_reason: 'error' }] },
      'bad-gateway',
    ],
    [
      { error: { message: "This model's maximum context length is 10 tokens", code: 400 } },
      'context-too-long',
    ],
  ])('is named by its own status: %j', (event, code) => {
    expect(translate([say('Hi'), event]).error?.code).toBe(code);
  });

  it('is read from an event called error, whatever its data', () => {
    expect(
      translate(`${toLine(say('Hi'))}event: error\ndata: {"message":"gone","code":502}\n\n`).error?.code,
    ).toBe('bad-gateway');
    expect(translate('event: error\ndata: gone\n\n').error?.message).toContain('gone');
  });

  it('never shows the key', () => {
    expect(translate([{ error: { message: 'wrong secret-key here' } }]).error?.message).toContain(
      'wrong *** here',
    );
  });

  it('is no error when it is null', () => {
    expect(translate([{ ...say('Hi'), error: null }, end('stop')]).error).toBeUndefined();
  });
});

describe('what servers call reasoning', () => {
  it.each([
    [[{ choices: [{ delta: { content: null, reasoning_content: 'hm' } }] }, say('Hi')]],
    [[{ choices: [{ delta: { content: '', reasoning: 'hm' } }] }, say('Hi')]],
    [[{ choices: [{ delta: { reasoning: 'hm', reasoning_content: 'hm' } }] }, say('Hi')]],
    [
      [
        say([{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }]),
        say([{ type: 'text', text: 'Hi' }]),
      ],
    ],
    [[say('<think>hm</think>\n\nHi')]],
    [[...'\n<think>hm</think>\n\nHi'].map((character) => say(character))],
    [[say('<thi'), say('nk>h'), say('m</'), say('think>'), say('\n'), say('Hi')]],
  ])('is told apart from the answer: %j', (events) => {
    expect(translate([...events, end('stop')])).toMatchObject({
      text: 'Hi',
      reasoning: 'hm',
      error: undefined,
    });
  });

  it('is all before a closing mark that nothing opened', () => {
    const seen = translate([say('I thi'), say('nk.</th'), say('ink>\n\nH'), say('i'), end('stop')]);
    expect(seen).toMatchObject({ text: 'Hi', reasoning: 'I think.', reclassified: 1, error: undefined });
    const apart = { choices: [{ delta: { reasoning_content: 'hm ' } }] };
    expect(translate([apart, say('</think>\n\nHi'), end('stop')])).toMatchObject({
      text: 'Hi',
      reasoning: 'hm ',
    });
    expect(translate([apart, say('more</think>Hi'), end('stop')])).toMatchObject({
      text: 'Hi',
      reasoning: 'hm more',
    });
  });

  it('leaves tags alone where they do not begin the answer', () => {
    expect(translate([say('a <think>b</think> c'), end('stop')]).text).toBe('a <think>b</think> c');
    expect(translate([say('<thin'), end('stop')]).text).toBe('<thin');
    expect(translate([say('<think>b'), end('stop')], true).text).toBe('<think>b');
    expect(translate([say('<think>never closed </thi'), end('stop')])).toMatchObject({
      text: '',
      reasoning: 'never closed </thi',
    });
  });
});

describe('chunks that say nothing', () => {
  it.each([
    { choices: [] },
    { choices: [{ index: 0 }] },
    { choices: [{ index: 0, content_filter_results: {}, delta: null }] },
    { prompt_filter_results: [] },
    { choices: [{ index: 1, delta: { content: 'other' } }] },
    { choices: [{ delta: { role: 'assistant', content: null } }] },
  ])('pass without harm and are no token: %j', (event) => {
    expect(translate([event, end('stop'), event])).toMatchObject({ text: '', tokens: 0, error: undefined });
  });
});

describe('bodies in other shapes', () => {
  it('reads the older text where there is no delta, and never both', () => {
    expect(translate([{ choices: [{ text: 'Hi', index: 0 }] }, end('stop')]).text).toBe('Hi');
    expect(translate([{ choices: [{ text: 'Hi', delta: { content: 'Hi' } }] }, end('stop')]).text).toBe('Hi');
  });

  it('reads a JSON body where a stream was asked for', () => {
    const message = { role: 'assistant', content: 'Hi', reasoning_content: 'hm' };
    const body = {
      choices: [{ message, finish_reason: 'stop' }],
      usage: { prompt_tokens: 1, completion_tokens: 2 },
    };
    expect(translate(`\n\n${JSON.stringify(body, null, 2)}\n`)).toMatchObject({
      text: 'Hi',
      reasoning: 'hm',
      finish: 'stop',
    });
    expect(translate(JSON.stringify({ choices: [{ message }] }))).toMatchObject({
      text: 'Hi',
      error: undefined,
    });
    expect(translate('{"choices":[{"text":"Hi","finish_reason":"length"}]}')).toMatchObject({
      text: 'Hi',
      finish: 'length',
    });
    expect(translate('{"error":{"message":"no","code":429}}').error?.code).toBe('rate-limited');
  });

  it('shows plain text as text', () => {
    expect(translate('Hello there')).toMatchObject({ text: 'Hello there', error: undefined });
  });

  it('ignores a whole message beside the deltas', () => {
    const both = { choices: [{ delta: { content: 'Hi' }, message: { content: 'Hi' } }] };
    const last = { choices: [{ delta: { content: '' }, message: { content: 'Hi' }, finish_reason: 'stop' }] };
    expect(translate([both, last]).text).toBe('Hi');
  });
});

describe('data that is no JSON', () => {
  it('is a sign of life where it looks like one', () => {
    expect(translate([': keepalive', say('Hi'), 'ping', end('stop')])).toMatchObject({
      text: 'Hi',
      comments: 2,
      garbage: 0,
    });
  });

  it('is counted and left out between JSON, but a damaged chunk fails: it held a token', () => {
    expect(translate([say('Hi'), 'still here', end('stop')])).toMatchObject({
      text: 'Hi',
      garbage: 1,
      error: undefined,
    });
    expect(translate([say('Hi'), '{"choices":[{', say('x'), end('stop')])).toMatchObject({
      text: 'Hi',
      error: { code: 'malformed-stream' },
    });
  });

  it('is the answer where nothing was JSON', () => {
    expect(translate(['Hello', ' world', '[DONE]'])).toMatchObject({ text: 'Hello world', error: undefined });
    for (const page of [
      '<!DOCTYPE html>',
      ' <div>so</div>',
      '<?xml version="1.0"?>',
      'Upstream connect error or',
    ])
      expect(translate([page, 'x', '[DONE]'])).toMatchObject({
        text: '',
        error: { code: 'malformed-stream' },
      });
    expect(translate(['Hello', ' world'])).toMatchObject({
      text: 'Hello world',
      error: { code: 'broken-off' },
    });
  });
});

describe('usage', () => {
  it.each([
    [{ usage: { prompt_tokens: 5, completion_tokens: 3, prompt_cache_hit_tokens: 4 } }, [5, 4, 3, 0]],
    [{ x_groq: { usage: { prompt_tokens: 5, completion_tokens: 3 } } }, [5, 0, 3, 0]],
    [{ choices: [{ usage: { prompt_tokens: 5, completion_tokens: 3, cached_tokens: 2 } }] }, [5, 2, 3, 0]],
    [
      {
        usage: {
          prompt_tokens: 5,
          completion_tokens: 2,
          total_tokens: 16,
          completion_tokens_details: { reasoning_tokens: 9 },
        },
      },
      [5, 0, 11, 9],
    ],
    [
      {
        usage: {
          prompt_tokens: 5,
          completion_tokens: 9,
          total_tokens: 14,
          completion_tokens_details: { reasoning_tokens: 9 },
        },
      },
      [5, 0, 9, 9],
    ],
  ])('is found where servers put it: %j', (event, [prompt, cached, completion, reasoning]) => {
    expect(translate([say('Hi'), end('stop'), event, { usage: null }]).usage).toEqual({
      prompt,
      cached,
      completion,
      reasoning,
    });
  });
});

it.each([
  ['stop', 'stop'],
  ['length', 'length'],
  ['MAX_TOKENS', 'length'],
  ['content_filter', 'filter'],
  ['sensitive', 'filter'],
  ['tool_calls', 'stop'],
  ['function_call', 'stop'],
  ['something new', 'stop'],
  [undefined, 'stop'],
] as const)('the finish reason %s means %s', (finish, reason) => {
  expect(toFinishReason(finish)).toBe(reason);
});
