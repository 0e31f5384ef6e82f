// A platform that nothing in the project knows: a program with another list of adapters, as a child, and a person at a TCP client.

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { HouseRules, Said } from '../fakes/line-chat/house.ts';
import { createLineChat, type LineChat, type Person } from '../fakes/line-chat/server.ts';
import { type Book, createBook, MODEL_KEY } from './book.ts';
import { type Program, startProgram } from './program.ts';
import { PROMPT_MS, paced, words } from './scene.ts';

let book: Book;
beforeAll(async () => {
  book = await createBook();
});
afterAll(() => book.close());

const channel = 'help';
const main = '../dist-test/test/fakes/line-chat/program.js';

/** The child; it ends with the test at the latest. */
function start(env: Readonly<Record<string, string>>, args: readonly string[] = []): Program {
  const model = { DEEPSEEK_API_KEY: MODEL_KEY, DEEPSEEK_BASE_URL: book.server.url };
  const program = startProgram({ ...model, ...env }, args, main);
  onTestFinished(async () => void (await program.stop()));
  return program;
}

const toEnv = ({ port, token }: LineChat) => ({
  LINE_CHAT_HOST: '127.0.0.1',
  LINE_CHAT_PORT: String(port),
  LINE_CHAT_TOKEN: token,
});

interface Scene {
  readonly chat: LineChat;
  readonly ada: Person;
  /** The bot's newest message behind this question, once it looks so. */
  reply(question: string, looks: (said: Said) => boolean): Promise<Said>;
}

async function open(rules: Partial<HouseRules> = {}): Promise<Scene> {
  const chat = await createLineChat(rules);
  onTestFinished(() => chat.close());
  const after = (question: string) => {
    const { thread } = chat.messages.find(({ id }) => id === question) as Said;
    const said = chat.thread(thread);
    return said.slice(said.findIndex(({ id }) => id === question)).filter(({ by }) => by.bot);
  };
  return {
    chat,
    ada: await chat.person('Ada'),
    reply: (question, looks) => chat.until(() => after(question).findLast(looks)),
  };
}

const isOver = ({ text }: { readonly text: string }) => /^AI · /m.test(text);
/** The model's text: what stands before the cursor, and before the small line or a command. */
const textOf = (said: string) => said.replace(/(?: ▌)?\n\n(?:AI · |\[|\()[\d\D]*$/, '');
const ask = (key: string) => `@Rill Tell me about ${key}`;

describe('a program whose list of adapters holds a line chat alone', () => {
  it('answers a question that came before its start, in one message that grows by edits and ends', async () => {
    const { chat, ada, reply } = await open();
    const text = `${words(220)} @Ada`;
    const question = await ada.say(ask(book.answer(text, paced(120))), { channel });
    const program = start(toEnv(chat));
    await program.ready();
    const { texts, pinged, thread } = await reply(question, isOver);
    const grown = texts.map(textOf).filter((part) => part !== '' && text.startsWith(part));
    expect(grown.length).toBeGreaterThan(3);
    expect([...grown].sort((a, b) => a.length - b.length)).toEqual(grown);
    expect(textOf(texts.at(-1) ?? '')).toBe(text);
    expect(texts.at(-1)).not.toMatch(/▌|\/stop/);
    expect(chat.thread(thread).filter(({ by }) => by.bot)).toHaveLength(1);
    expect(pinged.size).toBe(0);
    expect(await program.stop()).toBe(0);
    expect(program.stdout() + program.stderr()).not.toContain(chat.token);
  });

  it('stops at a typed command, and asks again at another', async () => {
    const { chat, ada, reply } = await open();
    await start(toEnv(chat)).ready();
    const long = words(900, 2);
    const key = book.answer(long, paced(40), {});
    const question = await ada.say(ask(key), { channel });
    const growing = await reply(question, ({ text }) => text.includes('▌') && text.includes('[Stop: /stop'));
    const at = { channel, thread: growing.thread };
    const command = (text: string) => /\[\w+: (\/\w+ [\w-]+)\]/.exec(text)?.[1] ?? '';
    const stoppedAt = Date.now();
    await ada.say(command(growing.text), at);
    const stopped = await reply(question, isOver);
    expect(stopped.text).toContain('AI · stopped by Ada');
    const left = textOf(stopped.text);
    expect(left.length > 0 && left.length < long.length && long.startsWith(left)).toBe(true);
    const [request] = book.asked(key);
    await book.server.until(() => request?.closedAt !== undefined);
    expect(request?.closedByClient).toBe(true);
    expect((request?.closedAt ?? 0) - stoppedAt).toBeLessThan(PROMPT_MS);
    await ada.say(command(stopped.text), at);
    await reply(question, (said) => isOver(said) && !said.text.includes('stopped by'));
    const pages = chat.thread(growing.thread).filter(({ by }) => by.bot);
    expect(pages.map(({ text }) => textOf(text)).join('')).toBe(long);
    // What is typed in place of a button is nothing that was said.
    const next = book.answer('Nothing.');
    await reply(await ada.say(ask(next), at), ({ text }) => text.includes('Nothing.'));
    expect(JSON.stringify(book.asked(next)[0]?.body)).not.toMatch(/\/(?:stop|retry) /);
  });

  it('reads what it had written when it was killed letter for letter, and goes on in the thread', async () => {
    const { chat, ada, reply } = await open();
    const killed = start(toEnv(chat));
    await killed.ready();
    const question = await ada.say(ask(book.answer(words(900, 3), paced(60))), { channel });
    const cut = await reply(question, ({ text }) => text.length > 300);
    killed.signal('SIGKILL');
    await killed.ended();
    const left = textOf(cut.text);
    expect(cut.text).toContain('▌');
    const key = book.answer('It was about nothing.');
    const next = await ada.say(ask(key), { channel, thread: cut.thread });
    await start(toEnv(chat)).ready();
    expect(textOf((await reply(next, isOver)).text)).toBe('It was about nothing.');
    const told = book.asked(key)[0]?.body.messages ?? [];
    expect(told.filter(({ role }) => role === 'assistant').map(({ content }) => content)).toEqual([left]);
  });

  it('writes a page once whose answer was lost with the connection, and hears the next question', async () => {
    const { chat, ada, reply } = await open();
    await start(toEnv(chat)).ready();
    chat.fail('say', 'lost');
    const text = words(60, 4);
    const question = await ada.say(ask(book.answer(text, paced(60))), { channel });
    const { thread } = await reply(question, isOver);
    const next = await ada.say(ask(book.answer('Heard.')), { channel, thread });
    expect(textOf((await reply(next, isOver)).text)).toBe('Heard.');
    const replies = chat.thread(thread).filter(({ by }) => by.bot);
    expect(replies.map(({ text: said }) => textOf(said))).toEqual([text, 'Heard.']);
  });

  it('gives whole messages, and leaves no cursor, where no bot may edit', async () => {
    const { chat, ada, reply } = await open({ edits: 'never' });
    await start(toEnv(chat)).ready();
    const text = words(600, 5);
    const question = await ada.say(ask(book.answer(text, paced(400))), { channel });
    const { thread } = await reply(question, isOver);
    const replies = chat.thread(thread).filter(({ by }) => by.bot);
    expect(replies.length).toBeGreaterThan(1);
    expect(replies.map(({ text: said }) => textOf(said)).join('')).toBe(text);
    expect(replies.every(({ texts }) => texts.length === 1)).toBe(true);
    expect(replies.some(({ text: said }) => said.includes('▌'))).toBe(false);
  });
});

describe('the settings of a line chat', () => {
  it('fail the start where one is missing, beside those of the rest', async () => {
    const program = start({ LINE_CHAT_HOST: '127.0.0.1', LINE_CHAT_PORT: '70000', PORT: 'eighty' });
    expect(await program.ended()).toBe(78);
    for (const name of ['LINE_CHAT_PORT', 'LINE_CHAT_TOKEN', 'PORT'])
      expect(program.stderr()).toMatch(new RegExp(`^  ${name} .*for example ${name}=`, 'm'));
  });

  it('end the start with a sentence where the chat refuses the token', async () => {
    const { chat } = await open();
    const program = start({ ...toEnv(chat), LINE_CHAT_TOKEN: 'line-ffffffffffffffff' });
    expect(await program.ended()).toBe(1);
    expect(program.stderr()).toContain('does not accept LINE_CHAT_TOKEN');
  });

  it('are looked at by the doctor, who has no address of HTTP to try', async () => {
    const { chat } = await open();
    const well = start(toEnv(chat), ['doctor']);
    const ill = start({ ...toEnv(chat), LINE_CHAT_TOKEN: 'line-ffffffffffffffff' }, ['doctor']);
    await well.ended();
    expect(well.stdout()).toContain('ok    Line chat: the bot is called Rill there.');
    expect(await ill.ended()).toBe(1);
    expect(ill.stdout()).toContain('fail  Line chat: LINE_CHAT_TOKEN is not accepted.');
  });

  it('are asked for on the page of a bot that nobody can reach', async () => {
    const program = start({});
    expect(await (await fetch(await program.listening())).text()).toContain('the line chat');
  });
});
