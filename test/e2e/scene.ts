// Owns what the end-to-end cases share: how a case is written down, and what every right ending has in common.
// Must not know any platform.

import assert from 'node:assert/strict';
import type { BotError } from '../../src/errors.ts';
import { failureText, type Language } from '../../src/notices.ts';
import { type ModelRequest, type Plan, toTokens } from '../fakes/model-server.ts';
import type { Book } from './book.ts';
import { PATIENCE_MS, type Program } from './program.ts';
import type { Asked, Question, Reply, Stage, StageName } from './stage.ts';

export interface Scene {
  readonly stage: Stage;
  readonly book: Book;
  readonly program: Program;
}

/** Looks at what a reader sees now; throws where it is wrong, and says it in a few words where it is right. */
export type Look = () => string;

export interface Case {
  /** What goes wrong, or what is done: the row's name. */
  readonly fault: string;
  readonly only?: readonly StageName[];
  /** What the playground has not: a channel of its own for each case, calls that fail, marks of pages' own letters, files. */
  readonly needs?: string;
  /** Disturbs others on the same platform: runs after them, by itself. */
  readonly alone?: boolean;
  /** Resolves when all is over; its look is asked then, and once more after the program has ended. */
  play(scene: Scene): Promise<Look>;
}

/** Words without any meaning, the same each time, and no two stretches alike: what is lost or doubled shows. */
export function words(count: number, seed = 1): string {
  const syllables = ['ri', 'sto', 'lum', 'ver', 'nat', 'ka', 'mel', 'dor', 'shi', 'pun'];
  let state = seed * 7919 + 1;
  const draw = (below: number) => {
    // Numerical Recipes' linear congruential generator; its high bits are the random ones.
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return Math.floor((state / 2 ** 32) * below);
  };
  const word = () => Array.from({ length: 1 + draw(3) }, () => syllables[draw(syllables.length)]).join('');
  return Array.from({ length: count }, word).join(' ');
}

/** As fast as it goes, in one breath; or `perSecond` tokens a second. */
export const paced = (perSecond: number): Plan => ({ delayMs: 1000 / perSecond });

export async function ask(scene: Scene, key: string, about: Partial<Question> = {}): Promise<Asked> {
  const channel = about.channel ?? scene.stage.newChannel();
  return scene.stage.ask({ ...about, channel, text: about.text ?? `Tell me about ${key}` });
}

/**
 * Asks for an answer that comes in equal parts, each as soon as what is awaited before it has come true: so that nothing hangs on whether the
 * model or the bot is quicker.
 */
export async function askInParts(
  scene: Scene,
  text: string,
  awaited: readonly ((asked: Asked) => unknown)[],
  about: Partial<Question> = {},
): Promise<Asked> {
  let asked: Asked | undefined;
  let tell = (): void => undefined;
  /** Whoever asks may arrange what goes wrong before there is a word. */
  const isAsked = new Promise<void>((resolve) => {
    tell = () => setImmediate(resolve);
  });
  const { length } = toTokens(text);
  const parts = awaited.map((holds, n) => ({
    after: Math.floor((length * (n + 1)) / (awaited.length + 1)),
    open: () => scene.stage.until(() => asked !== undefined && holds(asked), `part ${n + 2} of the answer`),
  }));
  const gates = [{ after: 0, open: () => isAsked }, ...parts];
  asked = await ask(scene, scene.book.answer(text, { ...paced(400), gates }), about);
  tell();
  return asked;
}

/** Whether a reader sees any text of the answer. */
export const isSeen =
  ({ stage }: Scene) =>
  (asked: Asked): boolean =>
    textOf(stage.replies(asked)) !== '';

/** The last message carries the small line that every end has, and nothing looks as if it were still being written. */
export function isOver(replies: readonly Reply[]): boolean {
  return replies.at(-1)?.footer !== undefined && replies.every((reply) => !isWriting(reply));
}

export function isWriting(reply: Reply): boolean {
  return reply.cursor || reply.buttons.some((label) => label === 'Stop' || label === '停止');
}

export async function untilOver({ stage }: Scene, asked: Asked, what = 'the end'): Promise<void> {
  await stage.until(() => isOver(stage.replies(asked)), `${what} in ${asked.channel}`);
}

export async function untilText({ stage }: Scene, asked: Asked, length = 1): Promise<Reply> {
  return stage.until(
    () => stage.replies(asked).find((reply) => reply.text.length >= length),
    `text in ${asked.channel}`,
  );
}

export async function untilAsked(scene: Scene, key: string, nth = 1): Promise<ModelRequest> {
  await untilModel(scene, () => scene.book.asked(key).length >= nth, `request ${nth} for ${key}`);
  const request = scene.book.asked(key)[nth - 1];
  assert(request);
  return request;
}

/** The model's server itself waits for ever. */
async function untilModel({ book }: Scene, holds: () => boolean, what: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`Not within ${PATIENCE_MS} ms at the model: ${what}`)),
      PATIENCE_MS,
    );
  });
  await Promise.race([book.server.until(holds), late]).finally(() => clearTimeout(timer));
}

/** Who speaks, as the model is told it: by name, or by id where Slack does not tell the name in time. */
export const named = (said: unknown): string =>
  String(said).replace(/^U0(ADA|BEN): /, (_, id: string) => (id === 'ADA' ? 'Ada: ' : 'Ben: '));

export const textOf = (replies: readonly Reply[]): string => replies.map(({ text }) => text).join('');

/** The letters are the model's, all of them, in order, and stand in what the reader sees. */
export function assertText(replies: readonly Reply[], text: string): void {
  assert.equal(textOf(replies), text);
  for (const reply of replies) {
    assert(reply.body.includes(reply.text), `the body is not what the model wrote: ${reply.body}`);
    assert(!isWriting(reply), `message ${reply.id} looks unfinished`);
  }
}

export interface Expectation {
  readonly text: string;
  /** What the small line says; by default that of a complete answer. */
  readonly footer?: RegExp;
  readonly notice?: string;
  readonly buttons?: readonly string[];
  /** How many messages; not looked at where it is left out. */
  readonly pages?: number;
}

export const COMPLETE = /^AI · deepseek-flash · \d+ s · [\d,]+ tokens?$/;

/** What a right end looks like, in the order in which a reader sees it. */
export function assertEnd(replies: readonly Reply[], expected: Expectation): string {
  assertText(replies, expected.text);
  const last = replies.at(-1);
  assert(last);
  assert.match(last.footer ?? '', expected.footer ?? COMPLETE);
  assert.equal(last.notice, expected.notice);
  assert.deepEqual(last.buttons, expected.buttons ?? []);
  for (const reply of replies.slice(0, -1)) {
    assert.equal(reply.footer, undefined);
    assert.deepEqual(reply.buttons, []);
  }
  if (expected.pages !== undefined) assert.equal(replies.length, expected.pages);
  return describe(replies);
}

/** What the reader saw, in a few words. */
export function describe(replies: readonly Reply[]): string {
  const last = replies.at(-1);
  if (last === undefined) return 'nothing';
  const letters = textOf(replies).length;
  return [
    `${letters} letters in ${replies.length} ${replies.length === 1 ? 'message' : 'messages'}`,
    last.notice,
    last.footer,
    last.buttons.length > 0 ? `[${last.buttons.join('] [')}]` : undefined,
  ]
    .filter((part) => part !== undefined)
    .join(' | ');
}

export function noticeFor(error: BotError, language: Language = 'en', hasText?: boolean): string {
  return failureText(error, language, { hasText });
}

/** A look at one question's answer. */
export const lookAt =
  ({ stage }: Scene, asked: Asked, expected: Expectation): Look =>
  () =>
    assertEnd(stage.replies(asked), expected);

/**
 * The longest that something may take which a reader should see within a second: the rest is for a machine that does much else at the
 * time, as a test machine does. The report tells the time that it took.
 */
export const PROMPT_MS = 5_000;

/** The model's socket was closed by the bot, whenever that was: by a call that had to wait for its lane, for example. */
export async function assertClosedByBot(scene: Scene, request: ModelRequest): Promise<void> {
  await untilModel(scene, () => request.closedAt !== undefined, 'the end of a request');
  assert(request.closedByClient, 'the model ended by itself');
}

/** The model's socket was closed by the bot, promptly after `since`; resolves to how long that took. */
export async function assertSocketClosed(
  scene: Scene,
  request: ModelRequest,
  since: number,
): Promise<number> {
  await assertClosedByBot(scene, request);
  const tookMs = (request.closedAt ?? 0) - since;
  assert(tookMs < PROMPT_MS, `the model's socket was closed after ${tookMs} ms`);
  return tookMs;
}
