// Owns one reply on Discord: where it stands, how its pages are written, and that a page is never posted twice.
// One call here is one call of Discord. Knows nothing of pacing or of what the pages say.

import { createHash } from 'node:crypto';
import { type APIMessage, type APIThreadChannel, Routes } from 'discord.js';
import { BotError, isBotError } from '../../src/errors.ts';
import type { Mention, OpenReplyOptions, Page, PageRef, ReplySink, Written } from '../../src/platform.ts';
import { type DiscordCalls, editLane, postLane, threadsLane, typingLane } from './calls.ts';
import { NO_ACCESS, NO_HISTORY, THREAD_EXISTS, toDiscordCode } from './errors.ts';
import { BODY_MAX, fromContent, NO_PINGS, toComponents, toContent, toThreadName } from './format.ts';
import type { Access } from './known.ts';
import { lacksToRead, lacksToWrite, mayWrite, missingAt } from './permissions.ts';

/** Discord refuses edits of messages older than an hour after some number that it does not publish (30046). */
const MAX_AGE_MS = 55 * 60_000;
/** Typing shows for 10 s, or until a message of the bot's comes (discord-api-docs, Trigger Typing Indicator). */
const TYPING_MS = 10_000;
/** Suppress embeds: links in an answer do not unfold. Kept over edits. */
const NO_EMBEDS = 1 << 2;
/** A thread is archived after a day without a message. */
const ARCHIVE_MINUTES = 1_440;

export interface SinkOptions {
  readonly calls: DiscordCalls;
  readonly mention: Mention;
  readonly reply: OpenReplyOptions;
  /** Told of each page that stands now, and where. */
  onPage(page: string, channel: string): void;
  /** What the bot may do there; undefined where that is not known. */
  access(channel: string): Access | undefined;
  /** An answer that would have had a thread has none. */
  onNoThread(channel: string, why: string): void;
}

export function createSink(options: SinkOptions): ReplySink {
  const { calls, mention, reply } = options;
  const asked = mention.native?.in ?? mention.channel;
  const saved = reply.saved?.at(-1);
  /** Where the pages go: undefined until the thread is open. */
  let target: string | undefined =
    saved === undefined ? (mention.native?.place === 'open' ? undefined : asked) : toChannel(saved, asked);
  /** The pages that stand, in order: the next one follows the last. */
  let pages = reply.saved?.map((ref) => ref.id) ?? [];
  /** Pages thrown away so far: one that takes the place of another is a new message. */
  let discarded = 0;
  /** Pages reply to what they follow, in channels, where the bot may read what stands there. */
  let refers = mention.direct || lacksToRead(options.access(asked)).length === 0;
  /** What stands on each page, as far as this process wrote it. */
  const shown = new Map<string, number>();

  const where = (page: string) => `discord:${page}`;
  const toKind = (channel: string) =>
    channel !== asked || mention.native?.place === 'thread' ? 'thread' : 'channel';

  /** Resolves in any case with a place to post to, or throws what makes another try sensible. */
  async function openThread(): Promise<string> {
    const lane = threadsLane(asked);
    const body = { name: toThreadName(mention.text), auto_archive_duration: ARCHIVE_MINUTES };
    try {
      const route = Routes.threads(asked, mention.message);
      const thread = (await calls.call('POST', route, { body, where: lane.key })) as APIThreadChannel;
      return asAnswer(thread, lane.key).id;
    } catch (error) {
      // A thread has the id of the message that it was opened on; ours may have been opened by a call whose answer was lost.
      if (toDiscordCode(error) === THREAD_EXISTS) return mention.message;
      if (isBotError(error, 'platform-unavailable') || isBotError(error, 'message-deleted')) throw error;
      // Not permitted, no more threads, too many of late: the answer stands below the question instead.
      if (isBotError(error)) options.onNoThread(asked, error.plain);
      return asked;
    }
  }

  function toMissing(): readonly string[] {
    return lacksToWrite(options.access(asked), 'new thread');
  }

  /** The answer stands below the question. */
  function withoutThread(): string {
    target = asked;
    const missing = toMissing();
    if (missing.length > 0)
      options.onNoThread(asked, `the bot lacks ${missing.join(' and ')} in that channel`);
    return asked;
  }

  function toReference(channel: string): object {
    if (channel !== asked || !refers) return {};
    // In a channel the pages hang together as a chain of replies; in threads and direct messages they stand below each other.
    const inChain = mention.native?.place !== 'thread' && !mention.direct;
    if (pages.length > 0 && !inChain) return {};
    const to = pages.at(-1) ?? mention.message;
    return { message_reference: { message_id: to, channel_id: channel, fail_if_not_exists: false } };
  }

  async function create(page: Page, channel: string): Promise<APIMessage> {
    const body = {
      content: toContent(page),
      ...NO_PINGS,
      ...(page.plain === true
        ? {}
        : { components: toComponents(page.controls), flags: NO_EMBEDS, ...toReference(channel) }),
      // Discord returns the message of an earlier call with the same nonce instead of posting another, for a few minutes.
      nonce: toNonce(reply.turn, page.index, discarded),
      enforce_nonce: true,
    };
    const lane = postLane(channel);
    const route = Routes.channelMessages(channel);
    const message = (await calls.call('POST', route, { body, where: lane.key })) as APIMessage;
    return asAnswer(message, lane.key);
  }

  async function patch(id: string, channel: string, page: Page): Promise<void> {
    const components = page.plain === true ? [] : toComponents(page.controls);
    const body = { content: toContent(page), components, ...NO_PINGS };
    const where = editLane(channel).key;
    const route = Routes.channelMessage(channel, id);
    asAnswer((await calls.call('PATCH', route, { body, where })) as APIMessage, where);
  }

  /** What stands on a page that takes no more: this process may not have written it, or not know whether its last call was applied. */
  async function readShown(id: string, channel: string): Promise<number> {
    const route = Routes.channelMessage(channel, id);
    const message = (await calls.call('GET', route, { where: where(channel) })) as APIMessage;
    return fromContent(asAnswer(message, where(channel)).content).text.length;
  }

  function wrote(id: string, channel: string, page: Page): Written {
    shown.set(id, page.text.length);
    options.onPage(id, channel);
    return { ref: { id, channel }, shown: page.text.length, again: false };
  }

  return {
    limits: { max: BODY_MAX, sizeOf: (body) => body.length, maxAgeMs: MAX_AGE_MS, looseFences: true },
    statusIsText: false,
    get statusLane() {
      return typingLane(target ?? asked);
    },
    statusLastsMs: TYPING_MS,

    plan(op, _page, view) {
      if (op !== 'post') return { lane: editLane(target ?? mention.thread), how: {} };
      if (target !== undefined) return { lane: postLane(target), how: {} };
      const lane = threadsLane(asked);
      const place = toPlace(view.room(lane), toMissing());
      return { lane: place === 'thread' ? lane : postLane(asked), how: { place } };
    },

    async post(page, how) {
      if (target === undefined && how.place !== 'channel') {
        target = await openThread();
        return { ref: { id: '', channel: target }, shown: 0, again: true };
      }
      const channel = target ?? withoutThread();
      try {
        const message = await create(page, channel);
        const stands = fromContent(message.content);
        if (stands.text !== page.text || (stands.state ?? page.state) !== page.state) {
          // Discord found what an earlier call for this page had posted, and left it as it was: a second call, where one was lost.
          await patch(message.id, channel, page);
        }
        pages.push(message.id);
        return wrote(message.id, channel, page);
      } catch (error) {
        const code = toDiscordCode(error);
        if (code === NO_HISTORY && refers) {
          refers = false;
          return { ref: { id: '', channel }, shown: 0, again: true };
        }
        if (channel === asked || code === undefined || !NO_ACCESS.includes(code))
          throw asPostError(error, missingAt(code, options.access(channel), toKind(channel)));
        // The thread may not be written in (any more), its channel may.
        target = asked;
        pages = [];
        return { ref: { id: '', channel: asked }, shown: 0, again: true };
      }
    },

    async edit(ref, page) {
      const channel = toChannel(ref, asked);
      try {
        await patch(ref.id, channel, page);
      } catch (error) {
        if (!isBotError(error, 'page-sealed')) throw error;
        throw new BotError('page-sealed', error.message, {
          where: editLane(channel).key,
          status: error.status,
          // Unreadable now; what was written last is the best that is known, and of an earlier run the core knows it.
          shown: await readShown(ref.id, channel).catch(() => shown.get(ref.id)),
          cause: error,
        });
      }
      return wrote(ref.id, channel, page);
    },

    read: (ref) => readShown(ref.id, toChannel(ref, asked)),

    async check() {
      const places = [
        { channel: target ?? asked, kind: target === undefined ? 'new thread' : toKind(target) },
        { channel: asked, kind: toKind(asked) },
      ] as const;
      for (const { channel, kind } of places) {
        const access = options.access(channel);
        if (access === undefined || mayWrite(access, kind)) return;
      }
      const locked = options.access(asked)?.locked === true;
      const text = locked ? 'the thread is locked' : 'the bot may not write in that channel';
      const missing = locked ? [] : lacksToWrite(options.access(asked), toKind(asked));
      const lacking = missing.length > 0 ? `; it lacks ${missing.join(' and ')}` : '';
      const said = `Discord would refuse: ${text}${lacking}`;
      throw new BotError('platform-refused', said, { where: where(asked), missing });
    },

    async discard(ref) {
      const channel = toChannel(ref, asked);
      try {
        await calls.call('DELETE', Routes.channelMessage(channel, ref.id), { where: where(channel) });
      } catch (error) {
        // Gone already.
        if (!isBotError(error, 'message-deleted')) throw error;
      }
      shown.delete(ref.id);
      discarded += 1;
      pages = pages.filter((id) => id !== ref.id);
    },

    async status(text) {
      // It goes by itself.
      if (text === null) return;
      const channel = target ?? asked;
      await calls.call('POST', Routes.channelTyping(channel), { where: typingLane(channel).key });
    },
  };
}

/**
 * Thread or channel, for an answer that could have a thread of its own. One that takes no word would stand there empty; and where there are
 * enough threads for now, a reply in the channel comes at once.
 */
function toPlace(room: number, missing: readonly string[]): 'thread' | 'channel' {
  return room >= 1 && missing.length === 0 ? 'thread' : 'channel';
}

/** 25 characters, which is what Discord allows. */
function toNonce(turn: string, page: number, discarded: number): string {
  return createHash('sha256').update(`${turn} ${page} ${discarded}`).digest('base64url').slice(0, 25);
}

/** What a proxy may answer in Discord's place is neither a message nor a channel. The call may have been applied or not. */
function asAnswer<T extends { readonly id: string }>(answer: T, where: string): T {
  const id: unknown = answer?.id;
  if (typeof id === 'string') return answer;
  throw new BotError('platform-unavailable', "the answer is not Discord's: no id", { where });
}

/** A new message cannot be sealed: a thread that was locked refuses it. `missing`: the permissions that it lacked. */
function asPostError(error: unknown, missing: readonly string[] | undefined): unknown {
  if (!isBotError(error) || (error.code !== 'page-sealed' && missing === undefined)) return error;
  const { message, where, status, plain } = error;
  return new BotError('platform-refused', message, { where, status, plain, missing, cause: error });
}

function toChannel(ref: PageRef, fallback: string): string {
  return typeof ref.channel === 'string' ? ref.channel : fallback;
}
