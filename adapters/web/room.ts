// Owns what stands in the playground: its channels, the last messages, and the one list of changes that every browser follows.
// Must not know HTTP, nor who follows.

import type { Clock } from '../../src/clock.ts';
import type { ControlButton, PageState, Person, ShownRefusal } from '../../src/platform.ts';
import { type Answer, isSameAnswer, toAnswer } from './answer.ts';
import type { RoomFile } from './files.ts';
import { type Growth, toGrowth } from './growth.ts';
import { toGone } from './sweep.ts';

export const BOT: Person = { id: 'rill', name: 'Rill' };
export const CHANNELS = ['help', 'engineering', '翻译'] as const;

/** What a page of the bot's shows. */
export interface ShownPage {
  /** Which page of its reply, counted from 0. */
  readonly index: number;
  readonly body: string;
  /** How many characters at the start and at the end of `body` are not the model's. */
  readonly opened: number;
  readonly closed: number;
  readonly cursor: boolean;
  readonly notice: string | null;
  readonly tone: 'info' | 'error';
  readonly footer: string | null;
  readonly reasoning: { readonly text: string; readonly ms: number; readonly done: boolean } | null;
  readonly state: PageState;
  readonly controls: readonly ControlButton[];
  /** When the provider takes the question again, where it said so; Retry may be pressed before. */
  readonly retryAt: number | null;
}

/** One message as a browser gets it. */
export interface RoomMessage {
  readonly id: string;
  readonly channel: string;
  /** The id of the message that the thread hangs on; in direct messages the channel's id. */
  readonly thread: string;
  readonly from: 'person' | 'bot';
  readonly author: Person;
  /** A person's words, or what the bot says besides its answers. */
  readonly text: string;
  /** What a person sent with it. */
  readonly files: readonly RoomFile[];
  /** How often the person has changed the words. */
  readonly edits: number;
  /** How often the words had been changed when the bot was asked with them last; null where it was not. */
  readonly asked: number | null;
  readonly sentAt: number;
  readonly waiting: boolean;
  /** Nobody answers this question: why, and from when on it may be asked again, where that is known. */
  readonly refused: { readonly reason: string; readonly text: string; readonly until: number | null } | null;
  /** A person's words in a channel that do not mention the bot, and were not asked. */
  readonly hint: 'unmentioned' | null;
  /** Of a question: how its answer stands. */
  readonly answer: Answer | null;
  readonly page: ShownPage | null;
  /** Of a page: who asked, and may delete it. */
  readonly askedBy: string | null;
  /** Of a page: the id of the message that it answers. */
  readonly question: string | null;
}

/** What a message begins with; the rest comes later, or is filled in. */
export type Given = Pick<RoomMessage, 'channel' | 'thread' | 'from' | 'author' | 'text'> &
  Partial<Pick<RoomMessage, 'page' | 'askedBy' | 'question' | 'hint' | 'files' | 'asked'>>;

/** What the bot does in a thread before there is a page. */
export interface Status {
  readonly channel: string;
  readonly thread: string;
  readonly turn: string;
  /** The message that is answered. */
  readonly question: string;
  readonly text: string;
}

export type Change =
  | { readonly type: 'message'; readonly message: RoomMessage }
  | {
      readonly type: 'page';
      readonly id: string;
      readonly body: Growth;
      readonly reasoning: (Growth & { readonly ms: number; readonly done: boolean }) | null;
      readonly page: Omit<ShownPage, 'body' | 'reasoning'>;
    }
  | { readonly type: 'edited'; readonly id: string; readonly text: string; readonly edits: number }
  | { readonly type: 'removed'; readonly ids: readonly string[] }
  | { readonly type: 'waiting'; readonly id: string; readonly waiting: boolean }
  | { readonly type: 'refused'; readonly id: string; readonly refused: RoomMessage['refused'] }
  | { readonly type: 'hint'; readonly id: string; readonly hint: null; readonly asked: number }
  | { readonly type: 'answer'; readonly id: string; readonly answer: RoomMessage['answer'] }
  | {
      readonly type: 'status';
      readonly channel: string;
      readonly thread: string;
      readonly turn: string;
      readonly question: string;
      readonly text: string | null;
    }
  | {
      readonly type: 'whisper';
      readonly channel: string;
      readonly thread: string | null;
      readonly text: string;
    }
  | { readonly type: 'you'; readonly you: Person };

export interface Room {
  /** Puts a message at the end. */
  add(message: Given, text?: string): RoomMessage;
  get(id: string): RoomMessage | undefined;
  /** The model's own text on a page, letter for letter. */
  textOf(id: string): string;
  /** Writes a page anew; false when it is gone. */
  show(id: string, page: ShownPage, text: string): boolean;
  /** New words of a person's. */
  edit(id: string, text: string): void;
  /** False when it was gone already. */
  remove(id: string): boolean;
  setWaiting(id: string, waiting: boolean): void;
  setRefused(id: string, refused: ShownRefusal | undefined): void;
  /** The words are asked as they stand. */
  setAsked(id: string): void;
  setStatus(status: Omit<Status, 'text'>, text: string | null): void;
  statusOf(turn: string): Status | undefined;
  whisper(to: string, channel: string, thread: string | null, text: string): void;
  tellName(you: Person): void;
  /** All messages of a thread in order. */
  threadOf(channel: string, thread: string): readonly RoomMessage[];
  /** The messages that threads hang on, in order, up to and without this one. */
  rootsOf(channel: string, before: string): readonly RoomMessage[];
  /** What this visitor may see. */
  view(visitor: string): { readonly messages: readonly RoomMessage[]; readonly statuses: readonly Status[] };
}

/** The channel of a visitor's direct messages with the bot. */
export function toDirectChannel(visitor: string): string {
  return `dm-${visitor}`;
}

export function isVisible(channel: string, visitor: string): boolean {
  return !channel.startsWith('dm-') || channel === toDirectChannel(visitor);
}

/**
 * @param start begins every id, so that those of another start of the process are told apart
 * @param onChange gets every change in order; `to`: the one visitor who may see it, undefined for all
 */
export function createRoom(
  clock: Clock,
  start: string,
  onChange: (change: Change, to: string | undefined) => void,
): Room {
  const messages = new Map<string, RoomMessage>();
  const texts = new Map<string, string>();
  const statuses = new Map<string, Status>();
  let count = 0;

  const tell = (change: Change, channel: string): void =>
    onChange(change, channel.startsWith('dm-') ? channel.slice('dm-'.length) : undefined);

  const replace = (message: RoomMessage, change: Change): void => {
    messages.set(message.id, message);
    tell(change, message.channel);
  };

  /** Tells how the answer to this question stands, where that has changed. */
  const review = (id: string | null): void => {
    const question = messages.get(id ?? '');
    if (question?.from !== 'person') return;
    const answer = toAnswer(question, messages.values(), statuses.values());
    if (!isSameAnswer(question.answer, answer))
      replace({ ...question, answer }, { type: 'answer', id: question.id, answer });
  };

  const sweep = (newest: RoomMessage): void => {
    for (const gone of toGone(messages, newest)) {
      for (const { id } of gone) {
        messages.delete(id);
        texts.delete(id);
      }
      tell({ type: 'removed', ids: gone.map(({ id }) => id) }, gone[0]?.channel ?? '');
    }
  };

  return {
    add(given, text = '') {
      count += 1;
      const id = `${start}m${count}`;
      const thread = given.thread === '' ? id : given.thread;
      const nothing = { page: null, askedBy: null, question: null, hint: null, answer: null, refused: null };
      const marks = { files: [], edits: 0, asked: null, waiting: false };
      const message = { ...nothing, ...marks, ...given, id, thread, sentAt: clock.now() };
      texts.set(id, text);
      replace(message, { type: 'message', message });
      review(message.question);
      sweep(message);
      return message;
    },
    get: (id) => messages.get(id),
    textOf: (id) => texts.get(id) ?? '',
    show(id, page, text) {
      const message = messages.get(id);
      if (message === undefined) return false;
      const { body, reasoning, ...rest } = page;
      const before = message.page;
      texts.set(id, text);
      replace(
        { ...message, page },
        {
          type: 'page',
          id,
          body: toGrowth(message.page?.body ?? '', body),
          reasoning: reasoning && {
            ...toGrowth(message.page?.reasoning?.text ?? '', reasoning.text),
            ms: reasoning.ms,
            done: reasoning.done,
          },
          page: rest,
        },
      );
      if (before?.state !== page.state || before.controls[0]?.turn !== page.controls[0]?.turn)
        review(message.question);
      return true;
    },
    edit(id, text) {
      const message = messages.get(id);
      if (message === undefined || message.text === text) return;
      const edits = message.edits + 1;
      replace({ ...message, text, edits }, { type: 'edited', id, text, edits });
    },
    remove(id) {
      const message = messages.get(id);
      if (message === undefined) return false;
      messages.delete(id);
      texts.delete(id);
      tell({ type: 'removed', ids: [id] }, message.channel);
      review(message.question);
      return true;
    },
    setWaiting(id, waiting) {
      const message = messages.get(id);
      if (message === undefined || message.waiting === waiting) return;
      replace({ ...message, waiting }, { type: 'waiting', id, waiting });
      review(id);
    },
    setRefused(id, given) {
      const message = messages.get(id);
      if (message === undefined) return;
      const refused = given === undefined ? null : { ...given, until: given.until ?? null };
      replace({ ...message, refused }, { type: 'refused', id, refused });
    },
    setAsked(id) {
      const message = messages.get(id);
      if (message === undefined || message.asked === message.edits) return;
      const asked = { hint: null, asked: message.edits };
      replace({ ...message, ...asked }, { type: 'hint', id, ...asked });
    },
    setStatus(status, text) {
      if (text === null) statuses.delete(status.turn);
      else statuses.set(status.turn, { ...status, text });
      tell({ type: 'status', ...status, text }, status.channel);
      review(status.question);
    },
    statusOf: (turn) => statuses.get(turn),
    whisper: (to, channel, thread, text) => onChange({ type: 'whisper', channel, thread, text }, to),
    tellName: (you) => onChange({ type: 'you', you }, you.id),
    threadOf: (channel, thread) =>
      [...messages.values()].filter((message) => message.channel === channel && message.thread === thread),
    rootsOf(channel, before) {
      const roots = [...messages.values()].filter((one) => one.channel === channel && one.thread === one.id);
      const at = roots.findIndex(({ id }) => id === before);
      return at < 0 ? roots : roots.slice(0, at);
    },
    view: (visitor) => ({
      messages: [...messages.values()].filter(({ channel }) => isVisible(channel, visitor)),
      statuses: [...statuses.values()].filter(({ channel }) => isVisible(channel, visitor)),
    }),
  };
}
