// Owns what was said before a mention: a thread's messages, a chain of replies, or the last hours of a direct conversation.
// Works in a process that never opened the gateway. Knows nothing of prompts or budgets.

import { type RouteLike, Routes } from 'discord.js';
import { BotError, isBotError } from '../../src/errors.ts';
import type { Mention, ThreadMessage } from '../../src/platform.ts';
import type { DiscordCalls } from './calls.ts';
import { toReader } from './events.ts';
import { fromContent } from './format.ts';
import type { Access } from './known.ts';
import { type Message, parseMessage, parseMessages } from './message.ts';
import { lacksToRead } from './permissions.ts';
import type { Places } from './places.ts';
import { filesOf, idsIn, toText } from './words.ts';

/** Direct messages have no threads: what was said in the last hours is the conversation. */
const DIRECT_MS = 6 * 60 * 60_000;
/** How far a chain of replies is followed. */
const CHAIN_MAX = 25;
/** Messages a call (discord-api-docs, get channel messages). */
const PER_CALL = 100;
/** Default, reply, and the two kinds of answers to commands, the result of a poll; the rest are Discord's own lines, such as "pinned a message". */
const SAID = [0, 19, 20, 23, 46];
const THREAD_STARTER = 21;
const MORE_PAGES = 10;
/** What a mention without a word is about, in a channel: so many messages above it, and not older than this. */
const ABOVE = 5;
const ABOVE_MS = 60 * 60_000;
const HIDDEN = '[a message whose words Discord does not give to this bot]';

export interface HistoryOptions {
  readonly calls: DiscordCalls;
  readonly places: Places;
  botId(): Promise<string>;
  /** What the bot may do there; undefined where that is not known. */
  access(channel: string): Access | undefined;
}

/** The newest `limit` messages before the mention and the bot's answers since, oldest first. Throws BotError. */
export async function readHistory(
  mention: Mention,
  { limit, signal }: { limit: number; signal: AbortSignal },
  { calls, places, botId, access }: HistoryOptions,
): Promise<readonly ThreadMessage[]> {
  const where = `discord:${mention.channel}:history`;
  const asked = mention.native?.in ?? mention.channel;
  if (limit <= 0) return [];

  const bot = await botId();
  const inThread = mention.native?.place === 'thread';
  const missing = mention.direct ? [] : lacksToRead(access(asked));
  const isAboutMore = inThread || mention.repliesTo !== undefined || mention.text.trim() === '';
  // Discord would give an empty list, as if nothing had been said.
  if (missing.length > 0 && isAboutMore) {
    const text = `Discord would give nothing: the bot lacks ${missing.join(' and ')} in that channel`;
    throw new BotError('platform-refused', text, { where, missing });
  }
  /** In channels a conversation is a chain of replies. */
  const inChain = !inThread && !mention.direct;
  const recent = inThread
    ? [...(await readThread()), ...(await readAnswersSince())]
    : mention.direct
      ? [...(await readBefore(mention.sentAt - DIRECT_MS)).messages, ...(await readAnswersSince())]
      : await readAbove();
  // What the question replies to is read however old it is, with what that replies to, and whatever the limit leaves out.
  const isThere = recent.some(({ id }) => id === mention.repliesTo);
  const chain = mention.repliesTo === undefined || isThere ? [] : await readChain();
  const others = recent.filter(({ id }) => !chain.some((message) => message.id === id));
  if (!mention.direct) await learnNames([...chain, ...others]);
  const replied = chain.flatMap(toThreadMessage).slice(-limit);
  const room = limit - replied.length;
  const rest = room > 0 ? others.flatMap(toThreadMessage).slice(-room) : [];
  return [...replied, ...rest].sort((one, other) => (BigInt(one.id) < BigInt(other.id) ? -1 : 1));

  async function learnNames(messages: readonly Message[]): Promise<void> {
    const ids = messages.map(idsIn);
    await places.learn({
      guild: mention.scope,
      channels: [...new Set(ids.flatMap(({ channels }) => channels))],
      roles: [...new Set(ids.flatMap(({ roles }) => roles))],
      ownRole: messages.some(({ roles }) => roles.length > 0),
    });
  }

  /** Reading has a bucket of its own, and nobody else waits for it. */
  function get(route: RouteLike, query: Record<string, string> = {}): Promise<unknown> {
    return calls.call('GET', route, { query, signal, where, patient: true });
  }

  async function list(query: Record<string, string>): Promise<Message[]> {
    const route = Routes.channelMessages(asked);
    return parseMessages(await get(route, query));
  }

  /** One message, or undefined where it was deleted or may not be read. */
  async function find(channel: string, id: string): Promise<Message | undefined> {
    try {
      return parseMessage(await get(Routes.channelMessage(channel, id)));
    } catch (error) {
      if (isBotError(error, 'message-deleted') || isBotError(error, 'platform-refused')) return undefined;
      throw error;
    }
  }

  /** Messages before the mention and not older than `oldest`; `whole`: the channel's first message is among them. */
  async function readBefore(oldest: number, most = limit): Promise<{ messages: Message[]; whole: boolean }> {
    const messages: Message[] = [];
    let before = mention.message;
    while (messages.length < most) {
      const count = Math.min(PER_CALL, most - messages.length);
      const page = await list({ before, limit: String(count) });
      const recent = page.filter(({ sentAt }) => sentAt >= oldest);
      // Discord lists the newest first.
      messages.unshift(...recent.toReversed());
      const end = page.at(-1);
      if (page.length < count || recent.length < page.length || end === undefined) {
        return { messages, whole: page.length < count };
      }
      before = end.id;
    }
    return { messages, whole: false };
  }

  /**
   * What stands above a mention without a word that replies to nothing. Where Discord does not give the words right above it, it is about
   * nothing that the model could be given.
   */
  async function readAbove(): Promise<Message[]> {
    if (mention.text.trim() !== '' || mention.repliesTo !== undefined) return [];
    const { messages } = await readBefore(mention.sentAt - ABOVE_MS, Math.min(limit, ABOVE));
    const last = messages.findLast(({ type }) => SAID.includes(type));
    return last === undefined || toThreadMessage(last).length === 0 ? [] : messages;
  }

  /** A question that waited for its turn was followed by the answers to those before it. */
  async function readAnswersSince(): Promise<Message[]> {
    const later = await list({ after: mention.message, limit: String(PER_CALL) });
    return later.filter((message) => message.author.id === bot).toReversed();
  }

  async function readThread(): Promise<Message[]> {
    const { messages, whole } = await readBefore(0);
    if (!whole || messages.some((message) => message.id === asked)) return messages;
    // The message that the thread was opened on has the thread's id and stands in the channel.
    const pointer = messages.find((message) => message.type === THREAD_STARTER);
    const starter =
      asked === mention.message ? undefined : (pointer?.repliedTo ?? (await find(mention.channel, asked)));
    return starter === undefined ? messages : [starter, ...messages];
  }

  /** The replies upwards from the question, oldest first. */
  async function readChain(): Promise<Message[]> {
    const chain: Message[] = [];
    const max = Math.min(CHAIN_MAX, limit);
    let id = mention.repliesTo;
    let known: Message | undefined;
    while (id !== undefined && chain.length < max) {
      const message = known ?? (await find(asked, id));
      if (message === undefined) break;
      const before = inChain ? [] : await readPagesBefore(message);
      chain.unshift(...before, message, ...(await readPagesAfter(message, chain)));
      const first = before[0] ?? message;
      id = first.repliesTo;
      known = first.repliedTo;
    }
    return inChain && chain.length > 0 ? [...chain, ...(await readAnswersTo(chain))] : chain;
  }

  /** Answers to questions in the chain that came after this question: it waited for them. */
  async function readAnswersTo(chain: readonly Message[]): Promise<Message[]> {
    const known = new Set(chain.map(({ id }) => id));
    const answers: Message[] = [];
    for (const answer of await readAnswersSince()) {
      if (answer.repliesTo === undefined || !known.has(answer.repliesTo)) continue;
      known.add(answer.id);
      answers.push(answer);
    }
    return answers;
  }

  /** The further pages of an answer that somebody replied to: each replies to the one before it, or stands below it (see `sink.ts`). */
  async function readPagesAfter(message: Message, chain: readonly Message[]): Promise<Message[]> {
    const pages: Message[] = [];
    let page = message;
    while (page.author.id === bot && pages.length < CHAIN_MAX) {
      const { state, page: index } = fromContent(page.content);
      if (state !== 'more') break;
      if (chain.some((other) => other.repliesTo === page.id && other.author.id === bot)) break;
      const later = await list({ after: page.id, limit: String(MORE_PAGES) });
      const isNext = (other: Message): boolean =>
        inChain ? other.repliesTo === page.id : fromContent(other.content).page === (index ?? 0) + 1;
      const next = later.toReversed().find((other) => other.author.id === bot && isNext(other));
      if (next === undefined || BigInt(next.id) > BigInt(mention.message)) break;
      pages.push(next);
      page = next;
    }
    return pages;
  }

  /** The pages before one that somebody replied to, where they stand above it. */
  async function readPagesBefore(message: Message): Promise<Message[]> {
    const pages: Message[] = [];
    let page = message;
    while (page.author.id === bot && pages.length < CHAIN_MAX) {
      const { page: index } = fromContent(page.content);
      if (index === undefined || index === 0) break;
      const earlier = await list({ before: page.id, limit: String(MORE_PAGES) });
      const next = earlier.find(
        (other) => other.author.id === bot && fromContent(other.content).page === index - 1,
      );
      if (next === undefined) break;
      pages.unshift(next);
      page = next;
    }
    return pages;
  }

  function toThreadMessage(message: Message): ThreadMessage[] {
    if (!SAID.includes(message.type)) return [];
    const { id, author, sentAt } = message;
    const common = { id, author, sentAt };
    if (message.author.id === bot) {
      const { text, page, state } = fromContent(message.content);
      return [
        {
          ...common,
          from: 'bot',
          text,
          attachments: [],
          ...(page === undefined ? {} : { page }),
          ...(state === undefined ? {} : { state }),
        },
      ];
    }
    const text = toText(message, toReader(message, places, bot, mention.direct ? undefined : mention.scope));
    const attachments = filesOf(message);
    // Without the message content intent Discord leaves out what was said to others: named only where the question is about it.
    const isHidden = text === '' && attachments.length === 0;
    if (isHidden && id !== mention.repliesTo) return [];
    return [{ ...common, from: 'person', text: isHidden ? HIDDEN : text, attachments }];
  }
}
