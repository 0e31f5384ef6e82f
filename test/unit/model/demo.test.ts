import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/clock.ts';
import { buildPrompt } from '../../../src/conversation/prompt.ts';
import { toBotError } from '../../../src/errors.ts';
import { parseConversation, parseQuestion, toAnswer } from '../../../src/model/demo/answers.ts';
import { examples, isExample } from '../../../src/model/demo/examples.ts';
import { createRefusals, faults, findCut } from '../../../src/model/demo/faults.ts';
import { createDemoServer, DEMO_MODEL, type DemoServer } from '../../../src/model/demo/server.ts';
import { createModel, type ModelOptions } from '../../../src/model/model.ts';
import { createFakeClock } from '../../fakes/clock.ts';
import { toTestMention } from '../../fakes/mention.ts';
import { ask, modelOptions, read } from '../../fakes/model-options.ts';

/** A clock that jumps to the end of every wait. */
const hasty = createHastyClock();

function createHastyClock(): Clock {
  let now = Date.UTC(2026, 0, 1);
  return {
    now: () => now,
    monotonic: () => now,
    after(ms, action) {
      const timer = setImmediate(() => {
        now += Math.max(0, ms);
        action();
      });
      return () => clearImmediate(timer);
    },
  };
}

let demo: DemoServer;
beforeAll(async () => {
  demo = await createDemoServer({ clock: hasty });
});
afterAll(() => demo.close());

const settings = (more: Partial<ModelOptions> = {}) =>
  modelOptions(demo.url, { model: DEMO_MODEL, resume: 'prefix', retryBudgetMs: 100, ...more });

async function readAll(question: string, more: Partial<ModelOptions> = {}, text?: string) {
  const model = createModel(settings(more));
  const reading = await read(model, ask(question, text === undefined ? undefined : { text }));
  await model.close();
  return reading;
}

const wholeText = (question: string) => toAnswer(parseQuestion(question)).text;

describe('the demo model', () => {
  it.each([
    ['what is Rill?', 'demo model'],
    ['Guest 1: how do I set a key?', 'DEEPSEEK_API_KEY'],
    ['show me code', '```typescript'],
    ['a table, please', '| ---'],
    ['请用中文回答', '流式传输'],
    ['how do I connect Slack?', 'xoxb-'],
    ['how do I connect Discord?', 'DISCORD_TOKEN'],
    ['a long answer', '## When a message is full'],
    ['来一篇长文', '一条回复是怎样长成的'],
  ])('answers %s from its texts, whole', async (question, part) => {
    const { text, finish } = await readAll(question);
    expect(text).toBe(wholeText(question));
    expect(text).toContain(part);
    expect(finish).toMatchObject({ reason: 'stop', models: ['demo'] });
    expect(finish?.usage?.completion).toBeGreaterThan(10);
  });

  it('says back what it has no text for, and that it is a demo', async () => {
    const { text } = await readAll('Guest 1: why is the sky blue?\nAnd at night?');
    expect(text).toContain('> why is the sky blue?\n> And at night?');
    expect(text).toContain('demo model');
  });

  it('answers the newest question where earlier ones stand before it', async () => {
    const { text } = await readAll('Ann: show me code\n\nBob: why is the sky blue?');
    expect(text).toContain('> why is the sky blue?');
  });

  it('thinks where it is asked to, before the first word', async () => {
    const { reasoning, text, events } = await readAll('think first, please');
    expect(reasoning).toContain('In between lies a budget.');
    expect(text).toBe(wholeText('think first, please'));
    const first = events.findIndex(({ type }) => type === 'text-delta');
    expect(events.findLastIndex(({ type }) => type === 'reasoning-delta')).toBeLessThan(first);
  });

  it('writes about forty tokens a second', async () => {
    const clock = createFakeClock();
    const paced = await createDemoServer({ clock });
    const response = await fetch(`${paced.url}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ messages: [{ role: 'user', content: 'a long answer' }] }),
    });
    let seen = '';
    const decoder = new TextDecoder();
    const reader = response.body?.getReader();
    const until = async (count: number) => {
      while (seen.split('"content":"').length - 1 < count) {
        seen += decoder.decode((await reader?.read())?.value, { stream: true });
      }
    };
    await clock.advance(350);
    await until(1);
    await clock.advance(1_000);
    await until(41);
    expect(seen.split('"content":"').length - 1).toBe(41);
    await reader?.cancel();
    await paced.close();
  });
});

describe('when it is asked to fail', () => {
  it.each(['drop', 'eof', 'stall'])('breaks once by %s and goes on without a seam', async (fault) => {
    const timeouts = { connectMs: 2_000, firstTokenMs: 5_000, idleMs: 200, totalMs: 20_000 };
    const { text, events, finish, error } = await readAll(`fail with ${fault}`, {
      timeouts,
      retryBudgetMs: 5_000,
    });
    expect(error).toBeUndefined();
    expect(text).toBe(wholeText(fault));
    expect(events.filter(({ type }) => type === 'interrupted')).toHaveLength(1);
    expect(finish?.reason).toBe('stop');
  });

  it.each(['fail with broken', '失败 broken'])(
    'breaks off three times by broken, so that the reader is told, and Continue brings the rest: %s',
    async (question) => {
      const first = await readAll(question, { retryBudgetMs: 5_000 });
      expect(toBotError(first.error).code).toBe('broken-off');
      expect(first.events.filter(({ type }) => type === 'interrupted')).toHaveLength(2);
      expect(wholeText(question).startsWith(first.text)).toBe(true);
      const rest = await readAll(question, {}, first.text);
      expect(first.text + rest.text).toBe(wholeText(question));
      expect(rest.finish?.reason).toBe('stop');
    },
  );

  it.each(faults.flatMap((fault) => [`fail with ${fault}`, `失败 ${fault}`]))(
    'every break has a place of its own, near where it is meant: %s',
    (question) => {
      const { fault } = parseQuestion(question);
      const text = wholeText(question);
      const places: number[] = [];
      for (let at = findCut(fault, text, 0); at !== undefined; at = findCut(fault, text, at)) places.push(at);
      const breaks = { broken: 3, '429': 0, '402': 0 }[String(fault)] ?? 1;
      expect(places).toHaveLength(breaks);
      for (const at of places) expect(at / text.length).toBeLessThan(0.7);
    },
  );

  it('stops at the token limit by length, and goes on from there', async () => {
    const first = await readAll('length');
    expect(first.finish?.reason).toBe('length');
    const rest = await readAll('length', {}, first.text);
    expect(first.text + rest.text).toBe(wholeText('length'));
  });

  it('is cut by the filter', async () => {
    const { finish, text } = await readAll('请演示失败 filter');
    expect(finish?.reason).toBe('filter');
    expect(wholeText('请演示失败 filter').startsWith(text)).toBe(true);
  });

  it('has no balance until Retry is pressed', async () => {
    expect(toBotError((await readAll('fail with 402')).error).code).toBe('no-balance');
    expect((await readAll('fail with 402')).finish?.reason).toBe('stop');
  });

  it('refuses for five seconds by 429', async () => {
    const clock = createFakeClock();
    const strict = await createDemoServer({ clock });
    const status = async () => {
      const leave = new AbortController();
      const response = await fetch(`${strict.url}/chat/completions`, {
        method: 'POST',
        body: JSON.stringify({ messages: [{ role: 'user', content: '429' }] }),
        signal: leave.signal,
      });
      leave.abort();
      return `${response.status} ${response.headers.get('retry-after')}`;
    };
    expect(await status()).toBe('429 2');
    await clock.advance(4_900);
    expect(await status()).toBe('429 2');
    await clock.advance(200);
    expect(await status()).toBe('200 null');
    await strict.close();
  });

  it('takes a prefix at the beta address only', async () => {
    const response = await fetch(`${demo.url}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({
        messages: [
          { role: 'user', content: 'hello' },
          { role: 'assistant', content: 'I am', prefix: true },
        ],
      }),
    });
    expect(response.status).toBe(400);
  });

  it.each([
    ['fail: drop', 'drop'],
    ['Please fail with EOF!', 'eof'],
    ['402', '402'],
    ['Broken?', 'broken'],
    ['my build is broken', undefined],
    ['失败 stall', 'stall'],
    ['what is the length of a string?', undefined],
    ['how do I filter a list?', undefined],
  ])('takes %s for %s', (text, fault) => {
    expect(parseQuestion(text).fault).toBe(fault);
  });
});

describe('who calls on the demo without a word', () => {
  const ann = { id: 'U1', name: 'Ann: (dev)' };
  const person = { from: 'person', author: ann, attachments: [], sentAt: 0 } as const;
  const bot = {
    from: 'bot',
    author: { id: 'B', name: 'Rill' },
    attachments: [],
    sentAt: 0,
    page: 0,
  } as const;
  /** What the demo takes for the question, asked as the bot asks it. */
  const asked = (history: Parameters<typeof buildPrompt>[0]['history'], text: string, direct: boolean) => {
    const mention = toTestMention(text, 'q9', { direct, asker: ann });
    const given = { systemPrompt: 'Be brief.', mention, history, parts: [], budget: 10_000 };
    const users = buildPrompt(given).prompt.messages.filter(({ role }) => role === 'user');
    return parseConversation(users.map(({ content }) => String(content))).text;
  };

  describe.each([false, true])('(direct: %s)', (direct) => {
    it('asks about what was said above', () => {
      expect(asked([{ ...person, id: '1', text: 'why is the sky blue?' }], '', direct)).toBe(
        'why is the sky blue?',
      );
      const before = [
        { ...person, id: '1', text: 'why is the sky blue?' },
        { ...bot, id: '2', text: 'Because.', state: 'complete' },
      ] as const;
      expect(asked(before, '', direct)).toBe('why is the sky blue?');
    });

    it.each(['stopped', 'broken', 'length', 'filtered'] as const)(
      'also below an answer that was %s',
      (state) => {
        const before = [
          { ...person, id: '1', text: 'why is the sky blue?' },
          { ...bot, id: '2', text: 'Beca', state },
        ] as const;
        expect(asked(before, '', direct)).toBe('why is the sky blue?');
        expect(asked(before, 'and at night?', direct)).toBe('and at night?');
      },
    );

    it('is told nothing of what stands in a prompt beside the words', () => {
      const file = { id: 'f', name: 'a: b.txt', mediaType: 'text/plain', size: 1, url: '' };
      const before = [{ ...person, id: '1', text: 'look at this', attachments: [file] }];
      expect(asked(before, '', direct)).toBe('look at this');
      expect(asked([{ ...bot, id: '2', text: 'So.', state: 'complete' }], 'why?', direct)).toBe('why?');
    });

    it('keeps brackets that a person wrote', () => {
      expect(asked([], '[note] why?\n[a list]', direct)).toContain('[a list]');
    });
  });

  it('is greeted where nothing was said', () => {
    expect(parseConversation(['[calls on you to answer what was said above]']).text).toBe('');
    expect(toAnswer(parseConversation([''])).text).not.toContain('[calls');
  });
});

describe('the examples', () => {
  it.each(examples.map((one) => [one.lang, one.id, one] as const))(
    '%s %s has an answer of its own, in the words of its label',
    (_lang, id, { text, label, group }) => {
      const question = parseQuestion(text);
      if (group === 'fail') expect(question.fault).toBe(id);
      else expect(toAnswer(question).text).not.toMatch(/^(You asked|您问的是)/);
      expect(label.length).toBeGreaterThan(2);
    },
  );

  it('are taken letter for letter', () => {
    expect(examples.filter(({ lang }) => lang === 'en')).toHaveLength(15);
    for (const { text } of examples) {
      expect(isExample({ text, attachments: [] })).toBe(true);
      expect(isExample({ text, attachments: [{}] })).toBe(false);
    }
    for (const text of ['fail with drop.', 'Fail with drop', 'fail with drop x', '', 'what is Rill'])
      expect(isExample({ text, attachments: [] })).toBe(false);
  });
});

describe('what the demo says of files', () => {
  it.each([
    [
      'Ada: look\n\n[attached: a.csv]\nx: y\n\nz: 1\n\n[attached, not read: b.png]',
      'look',
      ['a.csv', 'b.png'],
    ],
    ['look\n\n[attached, only the first 5 of 9 characters: a.txt]\nfail with drop', 'look', ['a.txt']],
    ['Ada: see\n[attached: a.png]\n\nBob: and this?\n\n[attached: b.csv]\nAda: x', 'and this?', ['b.csv']],
    ['see\n\n[attached: a.png]\n\nand this?', 'and this?', []],
    ['Ada: hi\n\nBob: fail with drop', 'fail with drop', []],
  ])('is that they came, of %j', (content, text, files) => {
    const question = parseQuestion(content);
    expect(question).toMatchObject({ text, files });
    for (const name of files) expect(toAnswer(question).text).toContain(`\`${name}\``);
  });

  it('holds no mark of their names', () => {
    const { text } = toAnswer(parseQuestion('look\n\n[attached: a`b.txt]\nx'));
    expect(text).toContain("`a'b.txt`");
  });
});

describe('a question that is refused on purpose', () => {
  it('is refused for each who asks it, and again for who asks much later', async () => {
    const clock = createFakeClock();
    const refusals = createRefusals(clock);
    const take = (who: string) => refusals.take('402', `${who}: fail with 402`)?.status;
    expect([take('Ada'), take('Bob'), take('Ada')]).toEqual([402, 402, undefined]);
    await clock.advance(600_001);
    expect([take('Bob'), take('Bob')]).toEqual([402, undefined]);
  });
});
