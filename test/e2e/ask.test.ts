// `npm run ask` behind pipes: what is sent to the model, what goes to stdout, and the exit code.

import { openSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createModelServer, type ModelServerOptions } from '../fakes/model-server.ts';
import { runAsk } from './ask-run.ts';
import { PATIENCE_MS } from './program.ts';

type AtEnd = (end: () => Promise<void>) => void;

const KEY = 'sk-0123456789';

async function serve(atEnd: AtEnd, options: ModelServerOptions = {}) {
  const model = await createModelServer(options);
  atEnd(() => model.close());
  const env = { DEEPSEEK_API_KEY: KEY, DEEPSEEK_BASE_URL: model.url, MODEL_RETRY_BUDGET: '1s' };
  const messages = (n = 0) => model.requests[n]?.body.messages ?? [];
  const question = (n = 0) => {
    const content = messages(n).at(-1)?.content ?? '';
    return typeof content === 'string' ? content : content.map((part) => part.text ?? '').join('\n');
  };
  return { model, env, messages, question };
}

const MARKDOWN =
  '# Title\n\n**Bold** and `code`:\n\n```ts\nconst a = 1;\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |';

describe.concurrent('what goes into a pipe', { timeout: PATIENCE_MS }, () => {
  it("is the model's text exactly, and a newline at its end", async ({ onTestFinished }) => {
    const { env } = await serve(onTestFinished, { answer: () => MARKDOWN });
    expect(await runAsk(['why?'], { env })).toEqual({ code: 0, stdout: `${MARKDOWN}\n`, stderr: '' });
  });

  it('holds no thoughts, and nothing of an answer that began again', async ({ onTestFinished }) => {
    const { env, model } = await serve(onTestFinished, {
      answer: () => MARKDOWN,
      script: (n) => ({ reasoning: 'Hm.', ...(n === 0 ? { fault: { kind: 'reset', after: 6 } } : {}) }),
    });
    const again = { ...env, DEEPSEEK_RESUME: 'restart', DEEPSEEK_THINKING: 'on' };
    expect(await runAsk(['why?'], { env: again })).toMatchObject({ code: 0, stdout: `${MARKDOWN}\n` });
    expect(model.requests).toHaveLength(2);
  });

  it('is what came where the answer broke off, with 1 and a sentence that names no button', async ({
    onTestFinished,
  }) => {
    const { env } = await serve(onTestFinished, {
      script: () => ({ tokens: ['So ', 'it is'], fault: { kind: 'end', after: 1 } }),
    });
    const { code, stdout, stderr } = await runAsk(['why?'], { env: { ...env, DEEPSEEK_RESUME: 'none' } });
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'So \n' });
    expect(stderr).toMatch(/broke off before the answer was whole\. Ask again\.\n\(broken-off: /);
  });
});

describe.concurrent('what could not be written', { timeout: PATIENCE_MS }, () => {
  it('is no answer: a full disk is 1, though the model has answered', async ({ onTestFinished }) => {
    const { env } = await serve(onTestFinished, { answer: () => MARKDOWN });
    const { code } = await runAsk(['why?'], { env, stdout: openSync('/dev/full', 'w') });
    expect(code).toBe(1);
  });
});

describe.concurrent('a failure', { timeout: PATIENCE_MS }, () => {
  it.for([402, 503])(
    'with HTTP %i is told as a terminal does, in both languages, with 1',
    async (status, { onTestFinished }) => {
      const { env } = await serve(onTestFinished, { script: () => ({ status }) });
      const [english, chinese] = await Promise.all([
        runAsk(['why?'], { env: { ...env, LANG: 'en_US.UTF-8', LOCALE: 'zh', MODEL_RETRY_BUDGET: '1ms' } }),
        runAsk(['why?'], { env: { ...env, LANG: 'zh_CN.UTF-8', MODEL_RETRY_BUDGET: '1ms' } }),
      ]);
      expect(english).toMatchObject({ code: 1, stdout: '' });
      expect(english.stderr).toMatch(new RegExp(`^[^\\n]*HTTP ${status}|longer than the model can read`));
      expect(english.stderr).not.toMatch(/press|button|retry\b|whoever runs|this bot/i);
      expect(chinese.stderr).toMatch(/[\u4e00-\u9fff]/);
      expect(chinese.stderr).not.toMatch(/请点|按钮|重试|管理员|机器人/);
    },
  );

  it("keeps the provider's control characters from the terminal", async ({ onTestFinished }) => {
    const body = JSON.stringify({
      error: { message: 'no \u001b]0;owned\u0007\u001b[31m\u009b2J\u202eevil' },
    });
    const { env } = await serve(onTestFinished, { script: () => ({ status: 400, body }) });
    const { stderr } = await runAsk(['why?'], { env });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
    expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });
});

describe.concurrent('the question', { timeout: PATIENCE_MS }, () => {
  it('is all words of the command line', async ({ onTestFinished }) => {
    const { env, question } = await serve(onTestFinished);
    expect(await runAsk(['what', 'is', 'a rill?'], { env })).toMatchObject({ code: 0 });
    expect(question()).toBe('what is a rill?');
  });

  it('is what comes through the pipe where there is no other, in any encoding', async ({
    onTestFinished,
  }) => {
    const { env, question } = await serve(onTestFinished);
    const gb = Uint8Array.from([0xca, 0xb2, 0xc3, 0xb4, 0xca, 0xc7, 0xd0, 0xa1, 0xcf, 0xaa, 0x0a]);
    expect(await runAsk([], { env, stdin: gb })).toMatchObject({ code: 0 });
    expect(question()).toBe('什么是小溪');
  });

  it('has what comes through the pipe beside it, as an attached file', async ({ onTestFinished }) => {
    const { env, question } = await serve(onTestFinished);
    await runAsk(['what is wrong?'], { env, stdin: 'Error: 42\n' });
    expect(question()).toBe('what is wrong?\n\n[attached: standard input]\nError: 42\n');
  });

  it('goes to the model that --model names', async ({ onTestFinished }) => {
    const { env, model } = await serve(onTestFinished);
    expect(await runAsk(['--model', 'big-one', 'why?'], { env })).toMatchObject({ code: 0 });
    expect(model.requests.map(({ body }) => body.model)).toEqual(['big-one']);
  });
});

describe.concurrent('files', { timeout: PATIENCE_MS }, () => {
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  );

  it('are read as those of a chat are, each in its encoding', async ({ onTestFinished }) => {
    const { env, messages, question } = await serve(onTestFinished);
    const files = {
      'a.txt': 'plain',
      'b.log': Buffer.from('\ufeffwide', 'utf16le'),
      'c.csv': Uint8Array.from([0xd6, 0xd0, 0xce, 0xc4, 0xa3, 0xac, 0xca, 0xfd, 0xbe, 0xdd]),
      // Named as a text, and none of the four bytes of its head says so.
      'picture.txt': png,
    };
    const args = ['--file', 'a.txt', '-f', 'b.log', '--file=c.csv', '-f', 'picture.txt', 'sum up'];
    expect(await runAsk(args, { env, files })).toMatchObject({ code: 0, stderr: '' });
    expect(question()).toContain(
      '[attached: a.txt]\nplain\n[attached: b.log]\nwide\n[attached: c.csv]\n中文，数据',
    );
    const content = messages().at(-1)?.content;
    expect(Array.isArray(content) && content.map(({ type }) => type)).toEqual([
      'text',
      'text',
      'text',
      'text',
      'image_url',
    ]);
  });

  it('that cannot be read are named, to the model and on stderr', async ({ onTestFinished }) => {
    const { env, question } = await serve(onTestFinished);
    const files = { 'a.zip': Buffer.from('PK\u0003\u0004\u0000\u0000'), 'big.txt': 'x'.repeat(200_000) };
    const { code, stderr } = await runAsk(['-f', 'a.zip', '-f', 'big.txt', 'sum up'], { env, files });
    expect(code).toBe(0);
    expect(question()).toContain('[attached, not read: a.zip]\n\n[attached, not read: big.txt]');
    expect(stderr).toBe('Too large to read: big.txt.\nNot read: a.zip.\n');
  });

  it('that are not there stop it with 2 before anything is asked', async ({ onTestFinished }) => {
    const { env, model } = await serve(onTestFinished);
    expect(await runAsk(['--file', 'no.txt', 'sum up'], { env })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There is no file no.txt.'),
    });
    expect(model.requests).toHaveLength(0);
  });
});

describe.concurrent('a wrong command line', { timeout: PATIENCE_MS }, () => {
  it('names the fix, with 2', async () => {
    const { code, stdout, stderr } = await runAsk(['--modle', 'x', 'why?']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(
      'There is no option --modle; did you mean --model?\nAll options: npm run ask -- --help\n',
    );
    expect(await runAsk([])).toMatchObject({ code: 2, stderr: expect.stringContaining('Ask something') });
  });

  it('whose options npm took for itself says where -- belongs', async () => {
    const { code, stderr } = await runAsk(['x', 'why?'], { env: { npm_config_model: 'true' } });
    expect(code).toBe(2);
    expect(stderr).toContain('npm run ask -- --model');
  });

  it('--help tells every option and exit code, whatever the settings are', async () => {
    const { code, stdout } = await runAsk(['--help'], { env: { PORT: 'eighty' } });
    expect(code).toBe(0);
    for (const word of ['--model', '--file', '--chat', '--help', '78', '130']) expect(stdout).toContain(word);
    expect((await runAsk(['why?', '-h'], { env: { LANG: 'zh_CN.UTF-8' } })).stdout).toContain('退出码');
  });

  it('is told apart from a wrong setting, which is 78', async () => {
    expect(await runAsk(['why?'], { env: { PORT: 'eighty' } })).toMatchObject({ code: 78 });
  });
});

describe.concurrent('a conversation through a pipe', { timeout: PATIENCE_MS }, () => {
  it('takes each line for a question, with what was said before', async ({ onTestFinished }) => {
    const { env, messages } = await serve(onTestFinished, {
      answer: (question) => `Answer to ${question.split('\n').at(-1)}.`,
    });
    const stdin = 'one\n\ntwo \\\nlines\nthree';
    const { code, stdout, stderr } = await runAsk(['--chat'], { env, stdin });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe('Answer to one.\nAnswer to lines.\nAnswer to three.\n');
    expect(messages(2).slice(1)).toEqual([
      { role: 'user', content: 'one' },
      { role: 'assistant', content: 'Answer to one.' },
      { role: 'user', content: 'two \nlines' },
      { role: 'assistant', content: 'Answer to lines.' },
      { role: 'user', content: 'three' },
    ]);
  });

  it('keeps within the budget of a prompt: the oldest goes first, and it is said', async ({
    onTestFinished,
  }) => {
    const { env, messages } = await serve(onTestFinished, { answer: () => 'long '.repeat(8_000) });
    const { stderr } = await runAsk(['--chat'], { env, stdin: 'one\ntwo\nthree\nfour\n' });
    expect(stderr.match(/were left out/g)?.length).toBeGreaterThan(0);
    const size = JSON.stringify(messages(3)).length;
    expect(size).toBeLessThan(90_000);
    expect(messages(3).at(-1)?.content).toBe('four');
  });

  it('keeps the files of its first question, and ends with 1 where a question got no answer', async ({
    onTestFinished,
  }) => {
    const { env, question } = await serve(onTestFinished, {
      script: (n) => (n === 0 ? { status: 402 } : {}),
    });
    const { code } = await runAsk(['--chat', '--file', 'a.txt', 'one'], {
      ...{ env, stdin: 'two\n', files: { 'a.txt': 'kept' } },
    });
    expect(code).toBe(1);
    expect(question(1)).toContain('kept');
  });
});
