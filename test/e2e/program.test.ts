import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { BotError } from '../../src/errors.ts';
import { createDiscordServer } from '../fakes/discord-server/index.ts';
import { createSlackServer } from '../fakes/slack-server/index.ts';
import { type Book, createBook, MODEL_KEY } from './book.ts';
import { createDiscordStage } from './discord-stage.ts';
import { type Program, startProgram } from './program.ts';
import {
  ask,
  assertEnd,
  assertSocketClosed,
  noticeFor,
  PROMPT_MS,
  paced,
  untilAsked,
  untilOver,
  untilText,
  words,
} from './scene.ts';
import { createSlackStage } from './slack-stage.ts';
import type { Stage } from './stage.ts';

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

function start(env: Readonly<Record<string, string>>, args: readonly string[] = []): Program {
  const program = startProgram(env, args);
  endings.push(() => program.stop());
  return program;
}

async function startWith(
  stages: readonly Stage[],
  settings: Readonly<Record<string, string>> = {},
): Promise<{ book: Book; program: Program; url: string }> {
  const book = await createBook();
  endings.push(() => book.close(), ...stages.map((stage) => () => stage.close()));
  const program = start({
    DEEPSEEK_API_KEY: MODEL_KEY,
    DEEPSEEK_BASE_URL: book.server.url,
    WEB: 'off',
    ...Object.assign({}, ...stages.map(({ env }) => env)),
    ...settings,
  });
  const url = await program.ready();
  for (const stage of stages) stage.begin(url);
  return { book, program, url };
}

const casts = {
  'slack socket and discord': () => Promise.all([createSlackStage('socket'), createDiscordStage()]),
  'slack http': () => Promise.all([createSlackStage('http')]),
};

for (const [cast, create] of Object.entries(casts)) {
  describe(`when SIGTERM comes while answers are written (${cast})`, () => {
    it('gives them their time, ends the rest with an honest notice, and exits with 0', async () => {
      const stages = await create();
      const { book, program } = await startWith(stages, { SHUTDOWN_GRACE: '3s' });
      const quick = words(60);
      const slow = words(2000);
      let tell = (): void => undefined;
      const told = new Promise<void>((resolve) => {
        tell = resolve;
      });
      const scenes = stages.map((stage) => ({ stage, book, program }));
      const running = await Promise.all(
        scenes.map(async (scene) => {
          const slowKey = book.answer(slow, paced(30));
          const quickKey = book.answer(quick, { gates: [{ after: 20, open: () => told }] });
          const asked = await Promise.all([ask(scene, quickKey), ask(scene, slowKey)]);
          await Promise.all(asked.map((one) => untilText(scene, one)));
          return { scene, asked, request: await untilAsked(scene, slowKey) };
        }),
      );
      const toldAt = Date.now();
      program.signal('SIGTERM');
      await program.logged(({ message }) => message === 'Rill was told to stop');
      tell();
      const late = book.answer('Too late.');
      for (const { scene } of running) await ask(scene, late);
      expect(await program.ended()).toBe(0);
      expect(Date.now() - toldAt).toBeLessThan(3000 + PROMPT_MS);
      expect(book.asked(late)).toHaveLength(0);
      for (const { scene, asked, request } of running) {
        const [whole, cut] = asked;
        assertEnd(scene.stage.replies(whole), { text: quick });
        const replies = scene.stage.replies(cut);
        const text = replies.map((reply) => reply.text).join('');
        expect(slow.startsWith(text) && text.length > 20).toBe(true);
        assertEnd(replies, {
          text,
          notice: noticeFor(new BotError('shutdown', '')),
          footer: /^AI · broken off · deepseek-flash · \d+ s$/,
        });
        await assertSocketClosed(scene, request, toldAt + 3000);
      }
    });
  });
}

describe('the health page, the metrics and the log', () => {
  it('tell how the bot is, what was answered, and nothing of what was said', async () => {
    const stage = await createSlackStage('socket');
    const { book, program, url } = await startWith([stage]);
    const scene = { stage, book, program };
    const text = words(12);
    await untilOver(scene, await ask(scene, book.answer(text)));
    await untilOver(scene, await ask(scene, book.answer('', { status: 402 })));
    await program.logged(({ code }) => code === 'no-balance');
    const get = async (path: string) => {
      const answer = await fetch(`${url}${path}`);
      return { status: answer.status, body: await answer.text() };
    };
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
    const metrics = await get('/metrics');
    expect(metrics.body).toContain('rill_turns_total{platform="slack",outcome="complete"} 1');
    expect(metrics.body).toContain('rill_turns_total{platform="slack",outcome="broken"} 1');
    expect(metrics.body).toMatch(/rill_writes_total\{platform="slack",call="post"\} 2/);
    expect(metrics.body).toContain('rill_active_replies 0');
    expect(metrics.body).toMatch(/rill_tokens_total\{kind="completion"\} [1-9]/);
    const turns = program.log().filter(({ outcome }) => outcome !== undefined);
    expect(turns).toMatchObject([
      { level: 'info', outcome: 'complete', platform: 'slack', by: 'U0ADA', characters: text.length },
      { level: 'warn', outcome: 'broken', code: 'no-balance' },
    ]);
    for (const line of turns) expect(line).toHaveProperty('totalMs');
    expect(program.stdout()).not.toContain(text.slice(0, 12));
    expect(program.stdout()).not.toContain('Tell me about');
    for (const secret of [...stage.secrets, MODEL_KEY]) expect(program.stdout()).not.toContain(secret);
    expect(program.stderr()).toBe('');
    expect(await program.stop()).toBe(0);
  });

  it('say that it is not ready as long as a platform is not connected', async () => {
    const slack = await createSlackServer();
    endings.push(() => slack.close());
    slack.fail({ method: 'auth.test', with: { delayMs: 700 } });
    const program = start({
      DEEPSEEK_API_KEY: MODEL_KEY,
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
      SLACK_API_URL: slack.url,
    });
    const url = await program.listening();
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    await program.ready();
  });
});

describe('when the settings are wrong', () => {
  it('exits with 78 and names every fault at once, but no secret', async () => {
    const program = start({
      PORT: 'eighty',
      USER_RATE: '0',
      DEEPSEEK_API_KEY: MODEL_KEY,
      DEEPSEEK_BASE_URL: 'api.deepseek.com',
      MODEL_IDLE_TIMEOUT: '45',
      SLACK_BOT_TOKEN: 'xoxp-1111-2222-not-a-bot',
      DISCORD_API_URL: 'https://discord.com/api/v10',
    });
    expect(await program.ended()).toBe(78);
    const said = program.stderr();
    for (const name of [
      'PORT',
      'USER_RATE',
      'DEEPSEEK_BASE_URL',
      'MODEL_IDLE_TIMEOUT',
      'SLACK_BOT_TOKEN',
      'DISCORD_API_URL',
    ]) {
      expect(said).toMatch(new RegExp(`^  ${name} .*for example ${name}=`, 'm'));
    }
    expect(said + program.stdout()).not.toMatch(/xoxp-1111|sk-fake|eighty|\n\s+at /);
  });

  it('says in a plain sentence that Slack refuses the token, and exits with 1', async () => {
    const slack = await createSlackServer();
    endings.push(() => slack.close());
    const program = start({
      DEEPSEEK_API_KEY: MODEL_KEY,
      SLACK_BOT_TOKEN: 'xoxb-wrong-token-0123456789',
      SLACK_APP_TOKEN: slack.appToken,
      SLACK_API_URL: slack.url,
    });
    expect(await program.ended()).toBe(1);
    expect(program.stderr()).toMatch(/^[^\n]*Slack[^\n]*\n$/);
    expect(program.stderr()).toMatch(/SLACK_BOT_TOKEN/);
    expect(program.stderr() + program.stdout()).not.toContain('xoxb-wrong');
  });

  it('says in a plain sentence that Discord refuses the token, and exits with 1', async () => {
    const discord = await createDiscordServer();
    endings.push(() => discord.close());
    const token = 'MTIzNDU2Nzg5MDEyMzQ1Njc4.Gabcde.wrong-wrong-wrong-wrong-wrong';
    const program = start({
      DEEPSEEK_API_KEY: MODEL_KEY,
      DISCORD_TOKEN: token,
      DISCORD_API_URL: discord.apiUrl,
    });
    expect(await program.ended()).toBe(1);
    expect(program.stderr()).toMatch(/^[^\n]*DISCORD_TOKEN[^\n]*\n$/);
    expect(program.stderr() + program.stdout()).not.toContain(token);
  });

  it('says that the port is taken, and exits with 1', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    endings.push(() => new Promise((resolve) => other.close(resolve)));
    const program = start({ PORT: String((other.address() as AddressInfo).port) });
    expect(await program.ended()).toBe(1);
    expect(program.stderr()).toMatch(/^[^\n]*PORT[^\n]*\n$/);
  });
});

describe('when nothing is configured', () => {
  it('serves a page, and SIGTERM ends it with 0', async () => {
    const program = start({});
    const page = await fetch(`${await program.listening()}/`);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('Rill');
    expect(await program.stop()).toBe(0);
    const lines = program.stdout().trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual([
      expect.stringMatching(/^Rill's playground is at http:/),
      'No DEEPSEEK_API_KEY is set: the built-in demo model answers',
      'Rill is connected',
      'Rill was told to stop',
      'Rill has stopped',
    ]);
  });

  it('says where it is whatever the least is that is logged, and readably where that is set', async () => {
    const program = start({ LOG_LEVEL: 'silent', LOG_FORMAT: 'text' });
    await program.listening();
    expect(await program.stop()).toBe(0);
    expect(program.stdout()).toMatch(
      /^[\d:]{8} {2}info {3}Rill's playground is at http:\S+ {2}url=http:\S+\n[\d:]{8} {2}info {3}No DEEPSEEK_API_KEY [^\n]+\n$/,
    );
  });

  it.each([['aks'], ['doctor', 'now'], ['--port', '3000']])(
    'says what to type where the command is none (%s), and exits with 2',
    async (...args) => {
      const program = start({}, args);
      expect(await program.ended()).toBe(2);
      expect(program.stderr()).toContain('npm run ask -- "question"');
      expect(program.stdout()).toBe('');
    },
  );

  it('serves a page that says what is missing where the playground is off', async () => {
    const program = start({ WEB: 'off' });
    const url = await program.listening();
    const page = await (await fetch(`${url}/`)).text();
    for (const name of ['DEEPSEEK_API_KEY', 'SLACK_BOT_TOKEN', 'DISCORD_TOKEN']) expect(page).toContain(name);
    expect(await program.stop()).toBe(0);
  });
});

describe('a provider that repeats the question', () => {
  it('in its refusal or in a damaged stream does not bring it into the log', async () => {
    const stage = await createSlackStage('socket');
    const { book, program } = await startWith([stage]);
    const scene = { stage, book, program };
    const planted = 'Tell me about the planted sentence, it said';
    const echo = JSON.stringify({ error: { message: planted, code: planted, param: planted } });
    await untilOver(scene, await ask(scene, book.answer('', { status: 400, body: echo })));
    await program.logged(({ code }) => code === 'bad-request');
    const damaged = { body: `data: {"choices":[{"delta":{"content":"${planted}\n\n` };
    await untilOver(scene, await ask(scene, book.answer('', damaged, { status: 401, body: echo })));
    await program.logged(({ code }) => code === 'malformed-stream');
    await program.logged(({ code }) => code === 'unauthorized');
    for (const output of [program.stdout(), program.stderr()]) {
      expect(output).not.toContain('Tell me about');
      expect(output).not.toContain('planted');
    }
  });
});

describe('when the program crashes', () => {
  it('logs one line why, and exits with 1', async () => {
    const bug = "process.on('SIGUSR2', () => setImmediate(() => { throw new Error('a bug of ours'); }));";
    const program = start({ NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(bug)}` });
    await program.listening();
    program.signal('SIGUSR2');
    expect(await program.ended()).toBe(1);
    const errors = program.log().filter(({ level }) => level === 'error');
    expect(errors).toMatchObject([{ message: 'Rill crashed', error: { message: 'a bug of ours' } }]);
    expect(program.stderr()).toBe('');
  });
});

describe('npm run ask', () => {
  const askWith = async (plan: Parameters<Book['answer']>[1]) => {
    const book = await createBook();
    endings.push(() => book.close());
    const key = book.answer('Forty-two.', ...(plan === undefined ? [] : [plan]));
    const env = { DEEPSEEK_API_KEY: MODEL_KEY, DEEPSEEK_BASE_URL: book.server.url, MODEL_RETRY_BUDGET: '1s' };
    return { book, key, program: start(env, ['ask', `What is ${key}?`]) };
  };

  it('streams one answer to the terminal, and exits with 0', async () => {
    const { program } = await askWith({});
    expect(await program.ended()).toBe(0);
    expect(program.stdout()).toBe('Forty-two.\n');
  });

  it('tells a failure in plain words on stderr, and does not exit with 0', async () => {
    const { program } = await askWith({ status: 402 });
    expect(await program.ended()).toBe(1);
    expect(program.stdout().trim()).toBe('');
    expect(program.stderr()).toContain('run out of money (HTTP 402)');
  });

  it('closes the socket at Ctrl-C', async () => {
    const { book, key, program } = await askWith({ tokens: words(2000), delayMs: 30 });
    await book.server.until(() => book.asked(key).length > 0);
    const since = Date.now();
    program.signal('SIGINT');
    expect(await program.ended()).not.toBe(0);
    const [request] = book.asked(key);
    await book.server.until(() => request?.closedAt !== undefined);
    expect(request?.closedByClient).toBe(true);
    expect((request?.closedAt ?? 0) - since).toBeLessThan(PROMPT_MS);
  });
});
