// Owns what is read from Slack: a thread's messages, the bot's own as the model wrote them, and the bytes of attached files.
// Must not know how a prompt is built.

import type { WebClient } from '@slack/web-api';
import type { Clock } from '../../src/clock.ts';
import { BotError } from '../../src/errors.ts';
import type { Mention, ThreadMessage } from '../../src/platform.ts';
import { createAllowance } from './allowance.ts';
import { isTyped } from './blocks.ts';
import { slackErrorName, toBotError } from './errors.ts';
import { isSpoken, type SlackMessage, toMs } from './events.ts';
import { type PageRecord, parseMetadata, toPageText, undefuse, withoutCursor } from './format.ts';
import { toList, toText } from './payload.ts';
import type { Identity, People } from './people.ts';
import { isByApp, type Reader } from './reader.ts';
import { toMarkdown } from './rich-text.ts';

/** Messages a call; Slack recommends no more than 200 (docs.slack.dev/apis/web-api/pagination). */
const PAGE_SIZE = 200;
/** Of a thread longer than this many pages of messages, the part that Slack gives first is read. */
const MAX_PAGES = 10;
/** How far back a direct conversation without a thread is read. */
const DIRECT_SPAN_MS = 6 * 60 * 60_000;
/** In a direct conversation each question has a thread of its own; this many of the newest are read. */
const MAX_DIRECT_THREADS = 5;

/** What a mention without a word is about, where it begins its thread: so many messages above it in its channel, and not older than this. */
const ABOVE = 5;
const ABOVE_SPAN_MS = 60 * 60_000;

/** conversations.replies is tier 3: "50+ per minute" (docs.slack.dev/reference/methods/conversations.replies). */
const REPLIES_PER_MINUTE = 50;

export type FindPage = (
  mention: Mention,
  turn: string,
  page: number,
  known: ReadonlySet<string>,
) => Promise<{ readonly ts: string; readonly record: PageRecord | undefined } | undefined>;

export interface History {
  read(mention: Mention, options: { limit: number; signal: AbortSignal }): Promise<readonly ThreadMessage[]>;
  /** The asking message as it stands now. */
  reread(mention: Mention, options: { signal: AbortSignal }): Promise<Mention | 'gone'>;
  /**
   * The message that holds this page of this turn, if there is one. A streamed page has no metadata before its stream is stopped: else the
   * newest of the bot's own messages after the question that has none and is not `known`. Throws what the SDK throws.
   */
  findPage: FindPage;
}

export function createHistory(web: WebClient, people: People, reader: Reader, clock: Clock): History {
  const allowance = createAllowance(clock, REPLIES_PER_MINUTE);

  async function* replies(channel: string, ts: string, range: { oldest?: string; latest?: string }) {
    let cursor: string | undefined;
    for (let count = 0; count < MAX_PAGES; count += 1) {
      allowance.spend();
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

  async function readBefore(
    mention: Mention,
    spanMs: number,
    limit: number,
  ): Promise<readonly SlackMessage[]> {
    const { messages = [] } = await web.conversations.history({
      channel: mention.channel,
      oldest: ((mention.sentAt - spanMs) / 1000).toFixed(6),
      latest: mention.message,
      limit: Math.min(limit, PAGE_SIZE),
      include_all_metadata: true,
    });
    return messages as readonly SlackMessage[];
  }

  /** The last six hours of a direct conversation: its messages, and the threads in which they were answered. */
  async function direct(mention: Mention, limit: number, signal: AbortSignal): Promise<SlackMessage[]> {
    const roots = await readBefore(mention, DIRECT_SPAN_MS, limit);
    // Nearly every question was answered in a thread; only a count of 0 rules that out.
    const answered = roots.filter((root) => root.reply_count !== 0).slice(0, MAX_DIRECT_THREADS);
    const found = [...roots];
    for (const root of answered) {
      signal.throwIfAborted();
      found.push(...(await thread(mention.channel, root.ts, mention.message, signal)));
    }
    return found;
  }

  const toThreadMessages = async (
    messages: readonly SlackMessage[],
    bot: Identity,
  ): Promise<ThreadMessage[]> => {
    const others = messages.filter((message) => !isByBot(message, bot));
    const reading = await reader.read(
      others,
      bot,
      messages.map((message) => message.user ?? bot.user),
    );
    const readOf = new Map(others.map((message, index) => [message, reading.messages[index]]));
    return messages.map((message) => {
      const { ts } = message;
      const common = { id: ts, sentAt: toMs(ts) };
      if (isByBot(message, bot)) {
        const author = { id: bot.user, name: reading.person(bot.user).name };
        return { ...common, from: 'bot' as const, author, attachments: [], ...toOwn(message) };
      }
      const read = readOf.get(message);
      const id = message.user ?? message.bot_id ?? '';
      const appName = isByApp(message) ? message.username || message.bot_profile?.name : undefined;
      const author = { id, name: appName || reading.person(id).name };
      return {
        ...{ ...common, from: 'person' as const, author },
        ...{ text: read?.text ?? '', attachments: read?.attachments ?? [] },
      };
    });
  };

  return {
    async read(mention, { limit, signal }) {
      const isRoot = mention.thread === mention.message;
      signal.throwIfAborted();
      // A question that begins its thread has nothing before it: a call less until the first word.
      if (!mention.direct && isRoot && mention.text !== '') return [];
      const where = isRoot ? 'conversations.history' : 'conversations.replies';
      try {
        const bot = await people.identity();
        signal.throwIfAborted();
        const found = !isRoot
          ? await thread(mention.channel, mention.thread, undefined, signal)
          : mention.direct
            ? await direct(mention, limit, signal)
            : await readBefore(mention, ABOVE_SPAN_MS, Math.min(limit, ABOVE));
        signal.throwIfAborted();
        const before = new Map<string, SlackMessage>();
        for (const message of found) {
          // A question that waited for its turn was followed by the answers to those before it.
          const isAnswer = message.ts !== mention.message && isByBot(message, bot);
          if (isAnswer || Number(message.ts) < Number(mention.message)) before.set(message.ts, message);
        }
        const ordered = [...before.values()].sort((a, b) => Number(a.ts) - Number(b.ts));
        const said = ordered.filter(
          (message) => isByBot(message, bot) || isByApp(message) || isSpoken(message, bot),
        );
        const messages = limit > 0 ? await toThreadMessages(said.slice(-limit), bot) : [];
        signal.throwIfAborted();
        return messages;
      } catch (error) {
        if (where === 'conversations.replies') allowance.failed(error);
        if (signal.aborted) throw signal.reason;
        throw toBotError(error, { where: `slack:${mention.scope}:${where}`, attempt: 'other' });
      }
    },

    async reread(mention, { signal }) {
      const { channel, thread: ts, message } = mention;
      const where = `slack:${mention.scope}:conversations.replies`;
      // What threads are read by goes first: where many questions wait, they are asked as they were.
      if (!allowance.take()) {
        const retryAfterMs = allowance.closedMs();
        throw new BotError('platform-rate-limited', 'too many threads are read', { where, retryAfterMs });
      }
      try {
        const bot = await people.identity();
        const range = { oldest: message, latest: message, inclusive: true };
        // The first message of a thread comes along, whatever is asked for.
        const { messages = [] } = await web.conversations.replies({ channel, ts, ...range, limit: 10 });
        signal.throwIfAborted();
        const now = (messages as readonly SlackMessage[]).find((one) => one.ts === message);
        if (now === undefined || !isSpoken(now, bot)) return 'gone';
        const reading = await reader.read([now], bot, [mention.asker.id]);
        const [read] = reading.messages;
        signal.throwIfAborted();
        const { name, locale = mention.locale } = reading.person(mention.asker.id);
        // Whom Slack told nothing of at first it may tell of now.
        const asker = { id: mention.asker.id, name: name === mention.asker.id ? mention.asker.name : name };
        const known = { ...mention, asker, ...(locale === undefined ? {} : { locale }) };
        return { ...known, text: read?.text ?? '', attachments: read?.attachments ?? [] };
      } catch (error) {
        allowance.failed(error);
        if (signal.aborted) throw signal.reason;
        if (slackErrorName(error) === 'thread_not_found') return 'gone';
        throw toBotError(error, { where, attempt: 'other' });
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

/** What one of the bot's own messages says, and which page of an answer it is. */
function toOwn(message: SlackMessage): Pick<ThreadMessage, 'text' | 'page' | 'state'> {
  const record = parseMetadata(message.metadata);
  if (record === undefined) return toUnmarked(message);
  if (record.state === 'notice') return { text: '' };
  return { text: toOwnText(message, record), page: record.page, state: record.state };
}

/**
 * A workspace may not give metadata, and some servers in Slack's place drop it: what is the model's is told by its block then. All that the bot
 * says of its own stands in other kinds of blocks.
 */
function toUnmarked(message: SlackMessage): Pick<ThreadMessage, 'text' | 'page' | 'state'> {
  const blocks = toList(message.blocks);
  const sent = blocks.filter((block) => block.type === 'markdown').map((block) => toText(block.text));
  const body = sent.length > 0 ? sent.join('\n\n') : toMarkdown(blocks.filter(isTyped));
  const text = withoutCursor(body);
  if (text.trim() === '') return { text: '' };
  return text === undefuse(body) ? { text } : { text, state: 'writing' };
}

/**
 * The model's text on one of the bot's own pages: from the metadata; else from the markdown block, less what is not the model's;
 * else, where Slack has translated that block, as near as its translation allows.
 */
export function toOwnText(message: SlackMessage, record: PageRecord): string {
  if (record.state === 'notice') return '';
  if (record.text !== undefined) return record.text;
  if (record.shown === 0) return '';
  const blocks = toList(message.blocks);
  const markdown = blocks.find((block) => block.type === 'markdown' && typeof block.text === 'string');
  if (markdown) return toPageText(String(markdown.text), record);
  const translated = toMarkdown(blocks);
  return withoutCursor(translated === '' ? (message.text ?? '') : translated);
}
