import { describe, expect, it } from 'vitest';
import { answerOnce } from '../../../src/ask/answer.ts';
import { createScreen } from '../../../src/ask/screen.ts';
import { BotError, errorCodes } from '../../../src/errors.ts';
import { terminalFailureText } from '../../../src/notices/terminal.ts';
import { inColour, plain } from '../../../src/terminal.ts';
import { createFakeClock } from '../../fakes/clock.ts';
import { createScriptedModel } from '../../fakes/scripted-model.ts';

/** An answer under way, on a terminal or in a pipe. */
async function begin(given: { isTerminal?: boolean; thoughts?: boolean; colours?: boolean } = {}) {
  const model = createScriptedModel();
  const clock = createFakeClock();
  const abort = new AbortController();
  const said = { out: '', err: '' };
  const toStream = (name: 'out' | 'err') => ({
    ...{ isTTY: given.isTerminal === true, columns: 80 },
    write: (text: string) => {
      said[name] += text;
    },
  });
  const stdout = toStream('out');
  const stderr = toStream('err');
  const screen = createScreen({
    ...{ stdout, stderr, thoughts: given.thoughts === true },
    colours: () => (given.colours === true ? inColour : plain),
  });
  const input = { attachments: [], fetch: async () => new Uint8Array() };
  const ports = { model, screen, clock, systemPrompt: 'You are Rill.', vision: false, input };
  const answered = answerOnce({ ...ports, language: 'en' }, 'why?', [], abort.signal);
  return { call: await model.call(0), said, answered, abort, clock };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('an answer in a terminal', () => {
  it('is written as the words come, and ends with a newline', async () => {
    const { call, said, answered } = await begin({ isTerminal: true });
    call.text('So ');
    await turn();
    expect(said.out).toBe('So ');
    call.text('it is.');
    call.finish();
    expect(await answered).toEqual({ text: 'So it is.', state: 'complete' });
    expect(said).toEqual({ out: 'So it is.\n', err: '' });
  });

  it('counts a wait down that the provider asked for, and then says that it is tried again', async () => {
    const { call, said, answered, clock } = await begin({ isTerminal: true, colours: true });
    call.say({ type: 'retrying', attempt: 2, waitMs: 20_000 });
    await turn();
    await clock.advance(5_000);
    expect(said.err).toMatch(/trying again \(attempt 2\) in 15 s/);
    await clock.advance(16_000);
    expect(said.err).toMatch(/trying again \(attempt 2\)… 2[01] s/);
    call.text('Yes.');
    call.finish();
    await answered;
  });

  it('is Markdown as it was written where there are no colours', async () => {
    const { call, said, answered } = await begin({ isTerminal: true });
    call.text('# **a**\n');
    call.finish();
    await answered;
    expect(said.out).toBe('# **a**\n');
  });

  it('has its thoughts dimly before it, or not at all, as it is set', async () => {
    const shown = async (thoughts: boolean) => {
      const { call, said, answered } = await begin({ isTerminal: true, colours: true, thoughts });
      call.say({ type: 'reasoning-delta', text: 'Hm.\nSo' });
      call.text('Yes.');
      call.finish();
      await answered;
      return said.out;
    };
    expect(await shown(true)).toBe('\u001b[2mHm.\u001b[22m\n\u001b[2mSo\u001b[22m\n\nYes.\n');
    expect(await shown(false)).toBe('Yes.\n');
  });

  it('says what is waited for, each second anew, and takes that away', async () => {
    const { call, said, answered, clock } = await begin({ isTerminal: true, colours: true });
    await clock.advance(2_000);
    expect(said.err).toContain('thinking… 2 s');
    call.text('Yes.');
    call.finish();
    await answered;
    expect(said.err.endsWith('\r\u001b[K')).toBe(true);
  });

  it('lets no control character through, whoever wrote it', async () => {
    const { call, said, answered } = await begin({ isTerminal: true, colours: true, thoughts: true });
    call.say({ type: 'reasoning-delta', text: '\u001b[2J\u202ethought' });
    call.text('a\u001b]0;x\u0007b\u009bc\u0008\u2066');
    call.finish();
    await answered;
    expect(said.out).toBe('\u001b[2m[2Jthought\u001b[22m\n\na]0;xbc\n');
  });

  it.each([
    [{ type: 'restarted' } as const, 'The answer starts again:'],
    [{ type: 'reclassified' } as const, 'These were the thoughts. The answer:'],
  ])('says that what stands there is not the answer: %j', async (event, sentence) => {
    const { call, said, answered } = await begin({ isTerminal: true });
    call.text('Half');
    call.say(event);
    call.text('Whole.');
    call.finish();
    expect(await answered).toEqual({ text: 'Whole.', state: 'complete' });
    expect(said).toEqual({ out: 'Half\nWhole.\n', err: `${sentence}\n` });
  });
});

describe('an answer in a pipe', () => {
  it.each([{ type: 'restarted' } as const, { type: 'reclassified' } as const])(
    'is there once, without what was void: %j',
    async (event) => {
      const { call, said, answered } = await begin();
      call.text('Half');
      call.say(event);
      call.text('# **Whole**\n');
      call.finish();
      await answered;
      expect(said).toEqual({ out: '# **Whole**\n', err: '' });
    },
  );

  it.each([
    ['length', 'Cut at the token limit.'],
    ['filter', "Cut by the provider's content filter."],
  ] as const)('says on stderr that it was cut (%s)', async (reason, sentence) => {
    const { call, said, answered } = await begin();
    call.text('Half');
    call.finish(reason);
    expect((await answered).state).not.toBe('complete');
    expect(said.out).toBe('Half\n');
    expect(said.err).toContain(sentence);
  });

  it.each(['', ' \n'])(
    'is said not to have come where the limit was reached before the first word (%j)',
    async (text) => {
      const { call, said, answered } = await begin();
      if (text !== '') call.text(text);
      call.finish('length');
      expect((await answered).state).toBe('broken');
      expect(said.err).toContain(terminalFailureText(new BotError('empty-answer', ''), 'en'));
    },
  );

  it('is what came until it was stopped', async () => {
    const { call, said, answered, abort } = await begin();
    call.text('Half');
    await turn();
    abort.abort(new Error('Ctrl-C'));
    expect(await answered).toEqual({ text: 'Half', state: 'stopped' });
    expect(said).toEqual({ out: 'Half\n', err: 'Stopped.\n' });
  });
});

describe('the sentence of a failure in a terminal', () => {
  it.each(errorCodes)('%s says what to do, and names no button', (code) => {
    for (const details of [{}, { retryAfterMs: 90_000, status: 599, tls: 'expired' as const }]) {
      const english = terminalFailureText(new BotError(code, 'x', details), 'en');
      const chinese = terminalFailureText(new BotError(code, 'x', details), 'zh');
      expect(english).toMatch(/^[A-Z].{5,250}[.]$/);
      expect(english).not.toMatch(/press|button|Retry|Continue\b|whoever runs|this bot|thread/);
      expect(chinese).toMatch(/[\u4e00-\u9fff].{0,200}。$/);
      expect(chinese).not.toMatch(/点“|按钮|管理员|机器人|undefined/);
      expect(english).not.toContain('undefined');
    }
  });
});
