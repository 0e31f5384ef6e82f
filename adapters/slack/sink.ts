// Owns how one reply is written on Slack: by posts and edits, or by a stream (stream.ts), and which of the two.
// Must not know when to write (the pacer and the writer do), nor how text is cut into pages.

import type { WebClient } from '@slack/web-api';
import type { Clock } from '../../src/clock.ts';
import { BotError } from '../../src/errors.ts';
import type { Mention, OpenReplyOptions, Page, PageRef, ReplySink, Written } from '../../src/platform.ts';
import { type Attempt, slackErrorName, toBotError } from './errors.ts';
import { defuse, MAX_BODY } from './format.ts';
import type { FindPage } from './history.ts';
import { toLane } from './lanes.ts';
import { toPost, toUpdate } from './messages.ts';
import { createPageMetadata, type MetadataLearnt } from './metadata.ts';
import type { AdapterLog } from './socket.ts';
import { createStatus, toStatusKind } from './status.ts';
import { createStreams, type StreamLearnt } from './stream.ts';
import {
  MAX_STREAM_AGE_MS,
  MAX_STREAM_BYTES,
  type ReplyMode,
  type Standing,
  streamSizeOf,
  suitsStream,
  toCallPlan,
  toMethod,
} from './way.ts';

/** What all replies of one bot share. */
export interface SinkContext {
  readonly web: WebClient;
  readonly clock: Clock;
  readonly log: AdapterLog;
  readonly mode: ReplyMode;
  /** Finds a page that a lost call may have written. */
  readonly findPage: FindPage;
  /** A message of this turn streams, or does so no longer. */
  onStream(channel: string, ts: string, turn: string | undefined): void;
  /** What was learnt from Slack's refusals. */
  readonly learnt: Learnt;
}

export interface Learnt extends StreamLearnt, MetadataLearnt {
  /** Why the workspace lets the bot set no status; undefined while it does. */
  noStatus: BotError | undefined;
}

/**
 * Slack documents the error `metadata_too_large` and no number. A refusal halves what is tried; pages whose text does not
 * fit are read back from their blocks.
 */
export const FIRST_METADATA_BYTES = 7500;

/** Slack lets a message be edited for ever, unless the workspace says otherwise (then `edit_window_closed`). */
const MAX_EDIT_AGE_MS = 365 * 24 * 60 * 60_000;

/**
 * Opens the sink of one reply. With `saved` given (also an empty list) the reply counts as resumed: before the first post of
 * each page that is not among them, and after every post whose outcome is unknown, `post` first looks for the page in the thread
 * by its metadata (one call of conversations.replies beside the post; the only place where one call of the sink is two of Slack).
 * A reply that has pages already, or whose first page has no text, is written by edits to its end.
 */
export function createSink(context: SinkContext, mention: Mention, options: OpenReplyOptions): ReplySink {
  const { web, log, learnt, mode } = context;
  const { turn, saved } = options;
  /** Pages that may stand in the thread already, without our knowing. */
  const uncertain = new Set<number>();
  const posted = new Set<number>((saved ?? []).map((_, index) => index));
  /** How many characters of its page's text each message shows; of those of an earlier run what is known. */
  const shown = new Map<string, number>(
    (saved ?? []).map((ref, index) => [ref.id, options.savedShown?.[index] ?? 0]),
  );
  /** Messages of which that is not known here. */
  const unread = new Set(options.savedShown === undefined ? (saved ?? []).map((ref) => ref.id) : []);
  const status = createStatus(context, mention);
  let streaming: Standing['streaming'] = mode === 'edit' || posted.size > 0 ? false : undefined;

  const lane = (method: Parameters<typeof toLane>[1]) => toLane(mention, method);

  const fail = (error: unknown, attempt: Attempt, where: string, ref?: PageRef): BotError =>
    toBotError(error, { where, attempt, shown: ref && !unread.has(ref.id) ? shown.get(ref.id) : undefined });

  const { metadataOf, learnsMetadata } = createPageMetadata({ turn, learnt, log });

  const streams = createStreams({
    web,
    log,
    learnt,
    mention,
    turn,
    shown,
    metadataOf,
    learnsMetadata,
    onStream: (channel, ts, open) => context.onStream(channel, ts, open ? turn : undefined),
    onFallback: () => {
      streaming = false;
    },
  });

  const mayStream = (): boolean => {
    if (learnt.noStreams !== null || learnt.noStreamChannels.get(mention.channel)) return false;
    return mention.direct || mention.native?.team !== undefined;
  };

  const toStanding = (page: Page | undefined): Standing => {
    const state = page && streams.stateAt(page.index);
    const isPosted = page !== undefined && (state !== 'over' || posted.has(page.index));
    return {
      ...{ mode, streaming, mayStream: mayStream() },
      page: isPosted ? state : undefined,
      hasRest: page !== undefined && streams.hasRest(page),
    };
  };

  /** Finds what a call of `post` has written whose answer never came. */
  const look = async (page: Page): Promise<Written | undefined> => {
    const mayStand = uncertain.has(page.index) || (saved !== undefined && !posted.has(page.index));
    if (!mayStand) return undefined;
    try {
      const found = await findOwn(page);
      if (found === undefined) return undefined;
      if (found.record === undefined) return mode === 'edit' ? undefined : streams.adopt(found.ts, page);
      const length = Math.min(found.record.shown, page.text.length);
      shown.set(found.ts, length);
      return { ref: { id: found.ts, channel: mention.channel }, shown: length, again: true };
    } catch (error) {
      const failure = fail(error, 'post', `slack:${mention.scope}:conversations.replies`);
      if (failure.code !== 'platform-refused') throw failure;
      // A bot that may not read the thread can only write the page, perhaps twice.
      log.warn({ error: failure.plain }, 'a page that may stand already could not be looked for');
      return undefined;
    }
  };

  /**
   * Into a thread whose first message is gone, Slack posts without an error, only not in the thread. An answer that
   * names no thread is therefore looked into; the stray message is taken away.
   */
  const checkThread = async (stray: string): Promise<void> => {
    const { channel, thread } = mention;
    const reading = web.conversations.replies({ channel, ts: thread, limit: 1 });
    const name = await reading.then(() => undefined, slackErrorName);
    if (name !== 'thread_not_found' && name !== 'channel_not_found') return;
    await web.chat.delete({ channel, ts: stray }).catch((error: unknown) => {
      const failure = fail(error, 'other', 'chat.delete').plain;
      log.warn({ error: failure }, 'a message outside its thread was left');
    });
    const where = lane('chat.postMessage').key;
    throw new BotError('message-deleted', 'the thread of the question is gone', { where });
  };

  const postMessage = async (page: Page): Promise<Written> => {
    const { length } = page.text;
    try {
      const answer = await web.chat.postMessage(toPost(page, mention, metadataOf(page)));
      if (answer.ts === undefined) throw new Error('chat.postMessage named no ts');
      if (answer.message !== undefined && answer.message.thread_ts === undefined)
        await checkThread(answer.ts);
      shown.set(answer.ts, length);
      const ref = { id: answer.ts, channel: answer.channel ?? mention.channel };
      return { ref, shown: length, again: false };
    } catch (error) {
      const where = lane('chat.postMessage').key;
      if (learnsMetadata(error, page)) {
        const text = 'Slack found the metadata too large';
        throw new BotError('platform-unavailable', text, { where, cause: error });
      }
      throw doubt(page, fail(error, 'post', where));
    }
  };

  const startStream = (page: Page): Promise<Written | undefined> =>
    streams.start(page).catch((error: unknown) => {
      throw doubt(page, toBotError(error, { where: lane('chat.startStream').key, attempt: 'post' }));
    });

  /** Whether the page stands now is not known where no answer came. */
  const doubt = (page: Page, failure: BotError): BotError => {
    if (failure.code === 'platform-unavailable') uncertain.add(page.index);
    return failure;
  };

  const update = async (ref: PageRef, page: Page): Promise<Written> => {
    try {
      await web.chat.update(toUpdate(page, { channel: channelOf(ref), ts: ref.id }, metadataOf(page)));
      unread.delete(ref.id);
      shown.set(ref.id, page.text.length);
      return { ref, shown: page.text.length, again: false };
    } catch (error) {
      if (learnsMetadata(error, page)) return { ref, shown: shown.get(ref.id) ?? 0, again: true };
      if (slackErrorName(error) === 'streaming_state_conflict') return streams.conflict(ref, page);
      throw fail(error, 'edit', lane('chat.update').key, ref);
    }
  };

  return {
    ...toStatusKind(mention),
    limits: {
      get max() {
        return mayBeStream() ? MAX_STREAM_BYTES : MAX_BODY;
      },
      get maxAgeMs() {
        return mayBeStream() ? MAX_STREAM_AGE_MS : MAX_EDIT_AGE_MS;
      },
      sizeOf: (body) => (mayBeStream() ? streamSizeOf(body) : defuse(body).length),
    },

    plan: (op, page, view) => toCallPlan(toMethod(op, page, toStanding(page), view, lane), lane),

    async post(page, how) {
      const starts = how.method === 'chat.startStream' && mayStream() && suitsStream(page);
      const found = await look(page);
      posted.add(page.index);
      uncertain.delete(page.index);
      const written = found ?? (await (starts ? startStream(page) : postMessage(page)));
      if (written === undefined) return { ref: { id: '' }, shown: 0, again: true };
      status.end();
      if (!page.final) streaming = streams.stateOf(written.ref) === 'open';
      return written;
    },

    edit(ref, page, how) {
      const state = streams.stateOf(ref);
      if (state === 'open') return streams.write(ref, page, how.method === 'chat.stopStream');
      return state === 'closing' ? streams.close(ref, page) : update(ref, page);
    },

    async discard(ref) {
      try {
        await web.chat.delete({ channel: channelOf(ref), ts: ref.id });
      } catch (error) {
        if (slackErrorName(error) === 'message_not_found') return;
        throw fail(error, 'other', `slack:${mention.scope}:chat.delete`);
      }
    },

    async read(ref, page) {
      const found = await findOwn(page).catch((error: unknown) => {
        throw fail(error, 'other', `slack:${mention.scope}:conversations.replies`);
      });
      return found?.ts === ref.id ? found.record?.shown : undefined;
    },

    status: (text) => status.set(text),
  };

  function findOwn(page: Page): ReturnType<FindPage> {
    return context.findPage(mention, turn, page.index, new Set(shown.keys()));
  }

  /** Until the first text stands the page must fit either way: what fits a stream also fits an edited message. */
  function mayBeStream(): boolean {
    return streaming ?? (mode !== 'edit' && mayStream());
  }

  function channelOf(ref: PageRef): string {
    const channel = ref.channel;
    return typeof channel === 'string' ? channel : mention.channel;
  }
}
