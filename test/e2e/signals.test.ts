// Ctrl-C and SIGTERM at a terminal, under npm and without it: running answers get their time, and whoever sits there is told.

import { describe, expect, it } from 'vitest';
import { createModelServer } from '../fakes/model-server.ts';
import { PATIENCE_MS } from './program.ts';
import { CTRL_C, openTerminal, type Terminal } from './terminal.ts';

type AtEnd = (end: () => Promise<void>) => void;

const WORDS = 'one two three four five six seven eight nine ten'.split(' ').map((word) => `${word} `);

/** Starts it, asks in the playground, and waits until the answer is being written. */
async function untilAnswering(
  atEnd: AtEnd,
  command: string,
  options: { readonly questions?: number; readonly env?: Readonly<Record<string, string>> } = {},
) {
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const model = await createModelServer({
    script: () => ({ tokens: WORDS, gates: [{ after: 5, open: () => gate }] }),
  });
  atEnd(() => model.close());
  const terminal = openTerminal(command, {
    DEEPSEEK_API_KEY: 'sk-0123456789',
    DEEPSEEK_BASE_URL: model.url,
    SHUTDOWN_GRACE: '20s',
    ...options.env,
  });
  atEnd(() => terminal.stop());
  await terminal.until(/http:\/\/127\.0\.0\.1:\d+/);
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(terminal.text())?.[0] ?? '';
  await terminal.until('Rill is connected');
  const questions = options.questions ?? 1;
  for (let n = 1; n <= questions; n += 1) {
    await say(url, `@Rill question ${n}`);
    await model.until(() => model.requests.length >= n);
  }
  return { terminal, model, open };
}

async function say(url: string, text: string): Promise<void> {
  const home = await fetch(url);
  const cookie = home.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const { status } = await fetch(`${url}/messages`, {
    method: 'POST',
    headers: { cookie, origin: url, 'content-type': 'application/json' },
    body: JSON.stringify({ channel: 'help', text }),
  });
  expect(status).toBe(202);
}

const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** How somebody stops it: at the keyboard, or by a signal to the command or to all of its group. */
const ways: Readonly<Record<string, (terminal: Terminal) => Promise<void>>> = {
  'Ctrl-C': async (terminal) => terminal.type(CTRL_C),
  'SIGTERM to the command alone': async (terminal) => void process.kill(await terminal.pid(), 'SIGTERM'),
  'SIGTERM to its process group': async (terminal) => void process.kill(-(await terminal.pid()), 'SIGTERM'),
  'SIGINT to its process group, twice in half a second': async (terminal) => {
    process.kill(-(await terminal.pid()), 'SIGINT');
    await pass(300);
    process.kill(-(await terminal.pid()), 'SIGINT');
  },
};

for (const command of ['npm start', '$RILL']) {
  describe.concurrent(`when the bot is told to stop in the middle of an answer (${command})`, {
    timeout: PATIENCE_MS,
  }, () => {
    for (const [way, stop] of Object.entries(ways)) {
      it(`by ${way}, it says what it waits for, ends the answer, and exits with 0`, async ({
        onTestFinished,
      }) => {
        const { terminal, open } = await untilAnswering(onTestFinished, command);
        await stop(terminal);
        await terminal.until(/waiting for 1 answer; Ctrl-C (again )?to end now\n/);
        await pass(700);
        expect(terminal.text()).not.toContain('Rill has stopped');
        open();
        expect(await terminal.ended()).toBe(0);
        expect(terminal.text()).toMatch(/A turn has ended.*outcome=complete/);
        expect(terminal.text()).toContain('Rill has stopped');
        expect(terminal.text().match(/waiting for/g)).toHaveLength(1);
      });
    }

    it('by a second Ctrl-C a second later, it ends now with 1', async ({ onTestFinished }) => {
      const { terminal } = await untilAnswering(onTestFinished, command, { questions: 2 });
      terminal.type(CTRL_C);
      await terminal.until('waiting for 2 answers; Ctrl-C again to end now\n');
      await pass(1_100);
      terminal.type(CTRL_C);
      expect(await terminal.ended()).toBe(1);
      expect(terminal.text()).not.toContain('Rill has stopped');
    });
  });
}

describe.concurrent('when nothing is being answered', { timeout: PATIENCE_MS }, () => {
  it('Ctrl-C ends it at once with 0, and nothing is said of waiting', async ({ onTestFinished }) => {
    const terminal = openTerminal('npm start', {});
    onTestFinished(() => terminal.stop());
    await terminal.until('Rill is connected');
    terminal.type(CTRL_C);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.text()).not.toContain('waiting for');
  });
});

describe.concurrent('the log', { timeout: PATIENCE_MS }, () => {
  const line = (text: string, words: string) => text.split('\n').find((one) => one.includes(words)) ?? '';

  it('is one readable line each in a terminal, those of the start too', async ({ onTestFinished }) => {
    const { terminal, open } = await untilAnswering(onTestFinished, '$RILL');
    open();
    await terminal.until('A turn has ended');
    expect(line(terminal.text(), 'is at http')).toMatch(
      /^\d\d:\d\d:\d\d {2}info {3}Rill's playground is at http:/,
    );
    expect(line(terminal.text(), 'A turn has ended')).toMatch(
      /^\d\d:\d\d:\d\d {2}info {3}A turn has ended {2}web \S+ .*outcome=complete .*tokens\.completion=\d+/,
    );
    expect(terminal.text()).not.toContain('{"level"');
    expect(terminal.raw()).toContain('\u001b[');
  });

  it('has no colours with NO_COLOR, and is JSON with LOG_FORMAT=json', async ({ onTestFinished }) => {
    const quiet = openTerminal('$RILL', { NO_COLOR: '1' });
    const json = openTerminal('$RILL', { LOG_FORMAT: 'json' });
    onTestFinished(() => quiet.stop());
    onTestFinished(() => json.stop());
    await quiet.until('Rill is connected');
    expect(quiet.raw()).not.toContain('\u001b[');
    await json.until('Rill is connected');
    for (const one of json.text().trim().split('\n').slice(1))
      expect(JSON.parse(one)).toHaveProperty('message');
  });
});
