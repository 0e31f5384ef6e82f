import { describe, expect, it } from 'vitest';
import { ask } from '../../src/ask.ts';
import { BotError } from '../../src/errors.ts';
import { failureText } from '../../src/notices.ts';
import { createScriptedModel } from '../fakes/scripted-model.ts';

async function begin() {
  const model = createScriptedModel();
  const abort = new AbortController();
  const said = { out: '', err: [] as string[] };
  const code = ask({
    ...{ question: 'why?', model, systemPrompt: 'You are Rill.', language: 'en', signal: abort.signal },
    out: (text) => {
      said.out += text;
    },
    err: (line) => said.err.push(line),
  });
  return { call: await model.call(0), said, code, abort };
}

describe('a question in the terminal', () => {
  it('is answered as the words come, and ends with a newline and 0', async () => {
    const { call, said, code } = await begin();
    call.text('So ');
    await new Promise((resolve) => setImmediate(resolve));
    expect(said.out).toBe('So ');
    call.text('it is.');
    call.finish();
    expect(await code).toBe(0);
    expect(said).toEqual({ out: 'So it is.\n', err: [] });
  });

  it('has no second newline behind an answer that ends with one', async () => {
    const { call, said, code } = await begin();
    call.text('So.\n');
    call.finish();
    expect(await code).toBe(0);
    expect(said.out).toBe('So.\n');
  });

  it.each(['length', 'filter'] as const)('ends with 1 when the answer was cut (%s)', async (reason) => {
    const { call, said, code } = await begin();
    call.text('Half');
    call.finish(reason);
    expect(await code).toBe(1);
    expect(said.err).toHaveLength(1);
  });

  it.each(['', ' \n'])(
    'says that nothing came where the limit was reached before the first word (%j)',
    async (text) => {
      const { call, said, code } = await begin();
      if (text !== '') call.text(text);
      call.finish('length');
      expect(await code).toBe(1);
      expect(said.err[0]).toBe(failureText(new BotError('empty-answer', ''), 'en', {}));
    },
  );

  it('ends with 1 and plain words when the model fails', async () => {
    const { call, said, code } = await begin();
    call.text('Half');
    call.fail('no-balance');
    expect(await code).toBe(1);
    expect(said.out).toBe('Half\n');
    expect(said.err[0]).toBe(failureText(new BotError('no-balance', ''), 'en', {}));
  });

  it('says that an answer starts again', async () => {
    const { call, said, code } = await begin();
    call.text('Half');
    call.say({ type: 'restarted' });
    call.text('Whole.');
    call.finish();
    expect(await code).toBe(0);
    expect(said).toEqual({ out: 'Half\nWhole.\n', err: ['The answer starts again:'] });
  });

  it('says that what stood there were the thoughts', async () => {
    const { call, said, code } = await begin();
    call.text('Half');
    call.say({ type: 'reclassified' });
    call.text('Whole.');
    call.finish();
    expect(await code).toBe(0);
    expect(said).toEqual({ out: 'Half\nWhole.\n', err: ['These were the thoughts. The answer:'] });
  });

  it('ends with 130 when it is interrupted', async () => {
    const { said, code, abort } = await begin();
    abort.abort(new BotError('stopped', 'x'));
    expect(await code).toBe(130);
    expect(said.err).toEqual(['Stopped.']);
  });
});
