// `npm run ask` at a terminal: what a person sees, types and stops.

import { describe, expect, it } from 'vitest';
import { createModelServer, type Plan } from '../fakes/model-server.ts';
import { PATIENCE_MS } from './program.ts';
import { CTRL_C, CTRL_D, openTerminal } from './terminal.ts';

type AtEnd = (end: () => Promise<void>) => void;

const ASK = 'npm run --silent ask --';

async function open(
  atEnd: AtEnd,
  command: string,
  options: {
    readonly answers?: readonly string[];
    readonly plan?: (n: number) => Plan;
    readonly env?: Readonly<Record<string, string>>;
  } = {},
) {
  const model = await createModelServer({
    script: (n) => ({ tokens: options.answers?.[n] ?? `Answer ${n + 1}.`, ...options.plan?.(n) }),
  });
  atEnd(() => model.close());
  const terminal = openTerminal(command, {
    ...{ DEEPSEEK_API_KEY: 'sk-0123456789', DEEPSEEK_BASE_URL: model.url },
    ...options.env,
  });
  atEnd(() => terminal.stop());
  return { model, terminal };
}

const never = (after: number): Plan => ({
  tokens: ['So ', 'it ', 'is.'],
  gates: [{ after, open: () => new Promise(() => undefined) }],
});
const MARKDOWN = '# Title\n\nSome **bold** words:\n\n- one\n\n```ts\nconst a = 1;\n```\n';

describe.concurrent('a question at a terminal', { timeout: PATIENCE_MS }, () => {
  it('is answered in Markdown that reads well, and exits with 0', async ({ onTestFinished }) => {
    const { terminal } = await open(onTestFinished, `${ASK} "why?"`, { answers: [MARKDOWN] });
    expect(await terminal.ended()).toBe(0);
    expect(terminal.text()).toContain('Title\n\nSome bold words:\n\n• one\n\n── ts\nconst a = 1;\n──\n');
    expect(terminal.raw()).toContain('\u001b[1mbold\u001b[22m');
    expect(terminal.text()).toMatch(/\nAI · deepseek-flash · \d+ s · \d+ tokens\n/);
  });

  it('is answered in Markdown as it was written with NO_COLOR', async ({ onTestFinished }) => {
    const env = { NO_COLOR: '1' };
    const { terminal } = await open(onTestFinished, '$RILL ask "why?"', { answers: [MARKDOWN], env });
    expect(await terminal.ended()).toBe(0);
    expect(terminal.text()).toContain(MARKDOWN);
    expect(terminal.raw()).not.toContain('\u001b');
  });

  it.for(['on', 'off'])(
    'has its thoughts dimly before the answer as DEEPSEEK_THINKING=%s says',
    async (setting, { onTestFinished }) => {
      const { terminal } = await open(onTestFinished, '$RILL ask "why?"', {
        plan: () => ({ tokens: ['Yes.'], reasoning: ['Let me see.'] }),
        env: { DEEPSEEK_THINKING: setting },
      });
      expect(await terminal.ended()).toBe(0);
      expect(terminal.raw().includes('\u001b[2mLet me see.\u001b[22m')).toBe(setting === 'on');
      expect(terminal.text()).toContain('Yes.\n');
    },
  );

  it.for([`${ASK} "why?"`, '$RILL ask "why?"'])(
    'is stopped by Ctrl-C, which closes the socket, keeps what came, and exits with 130 (%s)',
    async (command, { onTestFinished }) => {
      const { terminal, model } = await open(onTestFinished, command, { plan: () => never(2) });
      await terminal.until('So it');
      terminal.type(CTRL_C);
      expect(await terminal.ended()).toBe(130);
      expect(terminal.text()).toMatch(/So it \^?C?\n?[\s\S]*Stopped\.\n/);
      await model.until(() => model.requests[0]?.closedByClient === true);
    },
  );
});

describe.concurrent('a conversation at a terminal', { timeout: PATIENCE_MS }, () => {
  it('goes on with what was said, past an answer that Ctrl-C stops, until Ctrl-D', async ({
    onTestFinished,
  }) => {
    const { terminal, model } = await open(onTestFinished, `${ASK} --chat`, {
      plan: (n) => (n === 1 ? never(2) : {}),
    });
    await terminal.until('> ');
    terminal.type('first\r');
    await terminal.until(/Answer 1\.\n[\s\S]*> /);
    terminal.type('second\r');
    await terminal.until('So it');
    terminal.type(CTRL_C);
    await terminal.until(/Stopped\.\n[\s\S]*> /);
    terminal.type('third\r');
    await terminal.until(/Answer 3\.\n[\s\S]*> /);
    terminal.type(CTRL_D);
    expect(await terminal.ended()).toBe(0);
    const said = model.requests[2]?.body.messages?.slice(1).map(({ content }) => content);
    expect(said).toEqual([
      'first',
      'Answer 1.',
      'second',
      'So it ',
      '[The reply above was stopped before its end.]\nthird',
    ]);
  });

  it.for([`${ASK} --chat "first"`, '$RILL ask --chat "first"'])(
    'ends at a Ctrl-C where no answer is written (%s)',
    async (command, { onTestFinished }) => {
      const { terminal } = await open(onTestFinished, command);
      await terminal.until(/Answer 1\.\n[\s\S]*> /);
      terminal.type(CTRL_C);
      expect(await terminal.ended()).toBe(0);
    },
  );

  it('asks nothing that was begun over two lines, where a Ctrl-C ends it', async ({ onTestFinished }) => {
    const { terminal, model } = await open(onTestFinished, '$RILL ask --chat');
    await terminal.until('> ');
    terminal.type('half a question\\\r');
    await terminal.until('… ');
    terminal.type(CTRL_C);
    expect(await terminal.ended()).toBe(0);
    expect(model.requests).toHaveLength(0);
  });

  it('takes what is typed while an answer is written as the next question', async ({ onTestFinished }) => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { terminal, model } = await open(onTestFinished, '$RILL ask --chat "first"', {
      plan: (n) =>
        n === 0 ? { tokens: ['So ', 'it ', 'is.'], gates: [{ after: 2, open: () => gate }] } : {},
    });
    await terminal.until('So it');
    terminal.type('second\r');
    await terminal.until('second');
    release();
    await terminal.until('Answer 2.');
    expect(model.requests[1]?.body.messages?.at(-1)?.content).toBe('second');
    terminal.type(CTRL_D);
    expect(await terminal.ended()).toBe(0);
  });
});
