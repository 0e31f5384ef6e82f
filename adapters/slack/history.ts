// Owns what is read from Slack: a thread's messages, the bot's own as the model wrote them, and the bytes of attached files.
// Must not know how a prompt is built.

import type { WebClient } from '@slack/web-api';
import type { Mention, ThreadMessage } from '../../src/platform.ts';
import { toBotError } from './errors.ts';
import { isSpoken, type SlackMessage, toAttachments, toMs } from './events.ts';
import { type PageRecord, parseMetadata, toPageText, toWords, withoutCursor } from './format.ts';
import type { Identity, People } from './people.ts';
import { toMarkdown } from './rich-text.ts';

/** Messages a call; Slack recommends no more than 200 (docs.slack.dev/apis/web-api/pagination). */
const PAGE_SIZE = 200;
/** Of a thread longer than this many pages of messages, the part that Slack gives first is read. */
const MAX_PAGES = 10;
/** How far back a direct conversation without a thread is read. */
const DIRECT_SPAN_MS = 6 * 60 * 60_000;
/** In a direct conversation each question has a thread of its own; this many of the newest are read. */
const MAX_DIRECT_THREADS = 5;

export type FindPage = (
  mention: Mention,
  turn: string,
  page: number,
  known: ReadonlySet<string>,
) => Promise<{ readonly ts: string; readonly record: PageRecord | undefined } | undefined>;

export interface History {
  read(mention: Mention, options: { limit: number; signal: AbortSignal }): Promise<readonly ThreadMessage[]>;
  /**
   * The message that holds this page of this turn, if there is one. A streamed page has no metadata before its stream is stopped: else the
   * newest of the bot's own messages after the question that has none and is not `known`. Throws what the SDK throws.
   */
  findPage: FindPage;
}

export function createHistory(web: WebClient, people: People): History {
  async function* replies(channel: string, ts: string, range: { oldest?: string; latest?: string }) {
    let cursor: string | undefined;
    for (let count = 0; count < MAX_PAGES; count += 1) {
      const answer = await web.conversations.replies({
        channel,
        ts,
        ...range,
        limit: PAGE_SIZE,
        include_all_metadata: true,
        ...(cursor === undefined ? {} : { cursor }),
      });
      yield (answer.messages ?? []) as readonly SlackMessage[];
      cursor = answer.response_metadata?.next_cursor || undefined;
      if (cursor === undefined) return;
    }
  }

  async function thread(
    channel: string,
    ts: string,
    before: string | undefined,
    signal: AbortSignal,
  ): Promise<SlackMessage[]> {
    const found: SlackMessage[] = [];
    for await (const some of replies(channel, ts, before === undefined ? {} : { latest: before })) {
      signal.throwIfAborted();
      found.push(...some);
    }
    return found;
  }

  /** The last six hours of a direct conversation: its messages, and the threads in which they were answered. */
  async function direct(mention: Mention, limit: number, signal: AbortSignal): Promise<SlackMessage[]> {
    const { messages = [] } = await web.conversations.history({
      channel: mention.channel,
      oldest: ((mention.sentAt - DIRECT_SPAN_MS) / 1000).toFixed(6),
      latest: mention.message,
      limit: Math.min(limit, PAGE_SIZE),
      include_all_metadata: true,
    });
    const roots = messages as readonly SlackMessage[];
    // Nearly every question was answered in a thread; only a count of 0 rules that out.
    const answered = roots.filter((root) => root.reply_count !== 0).slice(0, MAX_DIRECT_THREADS);
    const found = [...roots];
    for (const root of answered) {
      signal.throwIfAborted();
      found.push(...(await thread(mention.channel, root.ts, mention.message, signal)));
    }
    return found;
  }

  const toThreadMessage = async (
    message: SlackMessage,
    bot: Identity,
  ): Promise<ThreadMessage | undefined> => {
    const { ts } = message;
    if (isByBot(message, bot)) {
      const record = parseMetadata(message.metadata);
      const base = {
        id: ts,
        from: 'bot' as const,
        author: { id: bot.user, name: (await people.person(bot.user)).name },
        text: record === undefined ? '' : toOwnText(message, record),
        attachments: [],
        sentAt: toMs(ts),
      };
      if (record === undefined || record.state === 'notice') return base;
      return { ...base, page: record.page, state: record.state };
    }
    const isOtherBot = message.bot_id !== undefined;
    if (!isOtherBot && !isSpoken(message, bot)) return undefined;
    const id = message.user ?? message.bot_id ?? '';
    const nameOf = async (user: string) => (await people.person(user)).name;
    const botName = message.username ?? message.bot_profile?.name;
    return {
      id: ts,
      from: 'person',
      author: { id, name: isOtherBot && botName ? botName : await nameOf(id) },
      text: await toWords(message.text ?? '', bot.user, nameOf),
      attachments: toAttachments(message.files),
      sentAt: toMs(ts),
    };
  };

  return {
    async read(mention, { limit, signal }) {
      const isRootOfDirect = mention.direct && mention.thread === mention.message;
      signal.throwIfAborted();
      // A question that begins its thread has nothing before it: a call less until the first word.
      if (!mention.direct && mention.thread === mention.message) return [];
      const where = isRootOfDirect ? 'conversations.history' : 'conversations.replies';
      try {
        const bot = await people.identity();
        signal.throwIfAborted();
        const found = isRootOfDirect
          ? await direct(mention, limit, signal)
          : await thread(mention.channel, mention.thread, undefined, signal);
        signal.throwIfAborted();
        const before = new Map<string, SlackMessage>();
        for (const message of found) {
          // A question that waited for its turn was followed by the answers to those before it.
          const isAnswer = message.ts !== mention.message && isByBot(message, bot);
          if (isAnswer || Number(message.ts) < Number(mention.message)) before.set(message.ts, message);
        }
        const ordered = [...before.values()].sort((a, b) => Number(a.ts) - Number(b.ts));
        // Read from the newest, so that what says nothing does not count towards the limit.
        const messages: ThreadMessage[] = [];
        for (const message of ordered.reverse()) {
          if (messages.length >= limit) break;
          const read = await toThreadMessage(message, bot);
          signal.throwIfAborted();
          if (read) messages.push(read);
        }
        return messages.reverse();
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw toBotError(error, { where: `slack:${mention.scope}:${where}`, attempt: 'other' });
      }
    },

    async findPage(mention, turn, page, known) {
      const bot = await people.identity();
      let streamed: string | undefined;
      for await (const some of replies(mention.channel, mention.thread, { oldest: mention.message })) {
        for (const message of some) {
          const record = parseMetadata(message.metadata);
          if (record?.turn === turn && record.page === page) return { ts: message.ts, record };
          const isOwn = isByBot(message, bot) && Number(message.ts) > Number(mention.message);
          if (isOwn && message.metadata === undefined && !known.has(message.ts)) streamed = message.ts;
        }
      }
      return streamed === undefined ? undefined : { ts: streamed, record: undefined };
    },
  };
}

function isByBot(message: SlackMessage, bot: Identity): boolean {
  return message.user === bot.user || (bot.bot !== undefined && message.bot_id === bot.bot);
}

/**
 * The model's text on one of the bot's own pages: from the metadata; else from the markdown block, less what is not the model's;
 * else, where Slack has translated that block, as near as its translation allows.
 */
export function toOwnText(message: SlackMessage, record: PageRecord): string {
  if (record.state === 'notice') return '';
  if (record.text !== undefined) return record.text;
  if (record.shown === 0) return '';
  const blocks = (message.blocks ?? []) as readonly { readonly type?: string; readonly text?: unknown }[];
  const markdown = blocks.find((block) => block.type === 'markdown' && typeof block.text === 'string');
  if (markdown) return toPageText(String(markdown.text), record);
  const translated = toMarkdown(blocks);
  return withoutCursor(translated === '' ? (message.text ?? '') : translated);
}
