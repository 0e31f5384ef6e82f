// Owns what was said before a mention: a thread's messages, a chain of replies, or the last hours of a direct conversation.
// Works in a process that never opened the gateway. Knows nothing of prompts or budgets.

import { type APIMessage, type RouteLike, Routes } from 'discord.js';
import { isBotError } from '../../src/errors.ts';
import type { Mention, ThreadMessage } from '../../src/platform.ts';
import type { DiscordCalls } from './calls.ts';
import { toAttachments, toNames, toPerson, toRepliedId, toText } from './events.ts';
import { fromContent } from './format.ts';
import type { Places } from './places.ts';

/** Direct messages have no threads: what was said in the last hours is the conversation. */
const DIRECT_MS = 6 * 60 * 60_000;
/** How far a chain of replies is followed. */
const CHAIN_MAX = 25;
/** Messages a call (discord-api-docs, get channel messages). */
const PER_CALL = 100;
/** Default, reply, and the two kinds of answers to commands; the rest are Discord's own lines, such as "pinned a message". */
const SAID = [0, 19, 20, 23];
const THREAD_STARTER = 21;
const MORE_PAGES = 10;

export interface HistoryOptions {
  readonly calls: DiscordCalls;
  readonly places: Places;
  botId(): Promise<string>;
}

/** The asking message as it stands now. Throws BotError. */
export async function rereadMention(
  mention: Mention,
  signal: AbortSignal,
  { calls, places, botId }: HistoryOptions,
): Promise<Mention | 'gone'> {
  const route = Routes.channelMessage(mention.native?.in ?? mention.channel, mention.message);
  const where = `discord:${mention.channel}:history`;
  try {
    const now = (await calls.call('GET', route, { signal, where, patient: true })) as APIMessage;
    const text = toText(now, await botId(), toNames(now, places, mention.scope));
    return { ...mention, text, attachments: toAttachments(now) };
  } catch (error) {
    if (isBotError(error, 'message-deleted')) return 'gone';
    throw error;
  }
}

/** The newest `limit` messages before the mention and the bot's answers since, oldest first. Throws BotError. */
export async function readHistory(
  mention: Mention,
  { limit, signal }: { limit: number; signal: AbortSignal },
  { calls, places, botId }: HistoryOptions,
): Promise<readonly ThreadMessage[]> {
  const where = `discord:${mention.channel}:history`;
  const asked = mention.native?.in ?? mention.channel;
  if (limit <= 0) return [];

  const bot = await botId();
  const found =
    mention.native?.place === 'thread'
      ? [...(await readThread()), ...(await readAnswersSince())]
      : mention.direct
        ? (await readBefore(mention.sentAt - DIRECT_MS)).messages
        : await readChain();
  if (!mention.direct && found.some(namesUnknown)) await places.learnGuild(mention.scope);
  return found.flatMap((message) => toThreadMessage(message) ?? []).slice(-limit);

  function namesUnknown({ content }: APIMessage): boolean {
    const ids = (mark: RegExp) => [...content.matchAll(mark)].map((match) => match[1] ?? '');
    return (
      ids(/<#(\d+)>/gu).some((id) => places.channel(id) === undefined) ||
      ids(/<@&(\d+)>/gu).some((id) => places.role(mention.scope, id) === undefined)
    );
  }

  /** Reading has a bucket of its own, and nobody else waits for it. */
  function get(route: RouteLike, query: Record<string, string> = {}): Promise<unknown> {
    return calls.call('GET', route, { query, signal, where, patient: true });
  }

  async function list(query: Record<string, string>): Promise<APIMessage[]> {
    const route = Routes.channelMessages(asked);
    return (await get(route, query)) as APIMessage[];
  }

  /** One message, or undefined where it was deleted or may not be read. */
  async function find(channel: string, id: string): Promise<APIMessage | undefined> {
    try {
      return (await get(Routes.channelMessage(channel, id))) as APIMessage;
    } catch (error) {
      if (isBotError(error, 'message-deleted') || isBotError(error, 'platform-refused')) return undefined;
      throw error;
    }
  }

  /** Messages before the mention and not older than `oldest`; `whole`: the channel's first message is among them. */
  async function readBefore(oldest: number): Promise<{ messages: APIMessage[]; whole: boolean }> {
    const messages: APIMessage[] = [];
    let before = mention.message;
    while (messages.length < limit) {
      const count = Math.min(PER_CALL, limit - messages.length);
      const page = await list({ before, limit: String(count) });
      const recent = page.filter((message) => Date.parse(message.timestamp) >= oldest);
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

  /** A question that waited for its turn was followed by the answers to those before it. */
  async function readAnswersSince(): Promise<APIMessage[]> {
    const later = await list({ after: mention.message, limit: String(PER_CALL) });
    return later.filter((message) => message.author.id === bot).toReversed();
  }

  async function readThread(): Promise<APIMessage[]> {
    const { messages, whole } = await readBefore(0);
    if (!whole || messages.some((message) => message.id === asked)) return messages;
    // The message that the thread was opened on has the thread's id and stands in the channel.
    const pointer = messages.find((message) => message.type === THREAD_STARTER);
    const starter =
      asked === mention.message
        ? undefined
        : (pointer?.referenced_message ?? (await find(mention.channel, asked)));
    return starter == null ? messages : [starter, ...messages];
  }

  /** The replies upwards from the question, oldest first. */
  async function readChain(): Promise<APIMessage[]> {
    const chain: APIMessage[] = [];
    const max = Math.min(CHAIN_MAX, limit);
    let id = mention.repliesTo;
    let known: APIMessage | null | undefined;
    while (id !== undefined && chain.length < max) {
      const message = known ?? (await find(asked, id));
      if (message === undefined) break;
      chain.unshift(message, ...(await readPagesAfter(message, chain)));
      id = toRepliedId(message);
      // Discord sends the message replied to along, without the one that it replied to itself.
      known = message.referenced_message;
    }
    return chain;
  }

  /** The further pages of an answer that somebody replied to the first page of: each replies to the one before it. */
  async function readPagesAfter(message: APIMessage, chain: readonly APIMessage[]): Promise<APIMessage[]> {
    const pages: APIMessage[] = [];
    let page = message;
    while (page.author.id === bot && fromContent(page.content).state === 'more') {
      if (chain.some((other) => toRepliedId(other) === page.id && other.author.id === bot)) break;
      const later = await list({ after: page.id, limit: String(MORE_PAGES) });
      const next = later.find((other) => other.author.id === bot && toRepliedId(other) === page.id);
      if (next === undefined || BigInt(next.id) > BigInt(mention.message)) break;
      pages.push(next);
      page = next;
    }
    return pages;
  }

  function toThreadMessage(message: APIMessage): ThreadMessage | undefined {
    if (!SAID.includes(message.type)) return undefined;
    const common = {
      id: message.id,
      author: toPerson(message.author),
      sentAt: Date.parse(message.timestamp),
    };
    if (message.author.id === bot) {
      const { text, page, state } = fromContent(message.content);
      return {
        ...common,
        from: 'bot',
        text,
        attachments: [],
        ...(page === undefined ? {} : { page }),
        ...(state === undefined ? {} : { state }),
      };
    }
    const text = toText(message, bot, toNames(message, places, mention.scope));
    const attachments = toAttachments(message);
    // Without the message content intent Discord leaves out what was said to others.
    if (text === '' && attachments.length === 0) return undefined;
    return { ...common, from: 'person', text, attachments };
  }
}
