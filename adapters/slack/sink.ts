// Owns how one reply is written on Slack: chat.postMessage, chat.update, chat.delete, and the thread's status.
// Must not know when to write (the pacer and the writer do), nor how text is cut into pages.

import type { MessageMetadata, WebClient } from '@slack/web-api';
import type { Clock } from '../../src/clock.ts';
import { BotError } from '../../src/errors.ts';
import type {
  Lane,
  Mention,
  OpenReplyOptions,
  Page,
  PageRef,
  ReplySink,
  Written,
} from '../../src/platform.ts';
import { type Attempt, slackErrorName, toBotError } from './errors.ts';
import { defuse, MAX_BODY, type PageRecord, toBlocks, toFallback, toMetadata } from './format.ts';
import type { AdapterLog } from './socket.ts';

/** What all replies of one bot share. */
export interface SinkContext {
  readonly web: WebClient;
  readonly clock: Clock;
  readonly log: AdapterLog;
  /** Finds a page that a lost call may have written. */
  findPage(
    mention: Mention,
    turn: string,
    page: number,
  ): Promise<{ ts: string; record: PageRecord } | undefined>;
  /** The bot took this message away itself. */
  onDiscard(channel: string, ts: string): void;
  /** What was learnt from Slack's refusals. */
  readonly learnt: Learnt;
}

export interface Learnt {
  /** How many bytes of JSON the metadata of a message may have. */
  metadataBytes: number;
  /** Why the workspace lets the bot set no status; undefined while it does. */
  noStatus: BotError | undefined;
}

/**
 * Slack documents the error `metadata_too_large` and no number. A refusal halves what is tried; pages whose text does not
 * fit are read back from their blocks.
 */
export const FIRST_METADATA_BYTES = 7500;

/** Slack takes the status away after two minutes (docs.slack.dev, assistant.threads.setStatus). */
const STATUS_RENEWAL_MS = 60_000;
/** Refusals of the status that hold for every thread. */
const noStatusErrors = [
  'missing_scope',
  'not_allowed_token_type',
  'unknown_method',
  'feature_disabled',
  'access_denied',
];

/**
 * Rates: chat.postMessage "one message a second in a channel, short bursts tolerated"; chat.update tier 3, 50 a minute in the
 * workspace (docs.slack.dev/apis/web-api/rate-limits). The burst of 5 posts is our assumption.
 */
function toLane(mention: Mention, op: 'post' | 'edit' | 'final'): Lane {
  return op === 'post'
    ? { key: `slack:${mention.scope}:chat.postMessage:${mention.channel}`, perMinute: 60, burst: 5 }
    : { key: `slack:${mention.scope}:chat.update`, perMinute: 50, burst: 50 };
}

/**
 * Opens the sink of one reply. With `saved` given (also an empty list) the reply counts as resumed: before the first post of
 * each page that is not among them, and after every post whose outcome is unknown, `post` first looks for the page in the thread
 * by its metadata (one call of conversations.replies beside the post; the only place where one call of the sink is two of Slack).
 */
export function createSink(context: SinkContext, mention: Mention, options: OpenReplyOptions): ReplySink {
  const { web, clock, log, learnt } = context;
  const { turn, saved } = options;
  /** Pages that may stand in the thread already, without our knowing. */
  const uncertain = new Set<number>();
  const posted = new Set<number>((saved ?? []).map((_, index) => index));
  /** How many characters of its page's text each message shows. */
  const shown = new Map<string, number>();
  const status = createStatus();

  const fail = (error: unknown, attempt: Attempt, where: string, ref?: PageRef): BotError =>
    toBotError(error, { where, attempt, shown: ref && shown.get(ref.id) });

  const metadataOf = (page: Page): { metadata?: MessageMetadata } => {
    const metadata = toMetadata(turn, page, learnt.metadataBytes);
    return metadata === undefined ? {} : { metadata };
  };

  /** Whether Slack found the metadata too large; the next call has less of it. */
  const learnsMetadata = (error: unknown, page: Page): boolean => {
    if (slackErrorName(error) !== 'metadata_too_large') return false;
    learnt.metadataBytes = Math.floor(Buffer.byteLength(JSON.stringify(metadataOf(page).metadata ?? '')) / 2);
    log.info(
      { bytes: learnt.metadataBytes },
      'Slack takes less metadata than was sent; the next call has less',
    );
    return true;
  };

  const look = async (page: Page): Promise<Written | undefined> => {
    const mayStand = uncertain.has(page.index) || (saved !== undefined && !posted.has(page.index));
    if (!mayStand) return undefined;
    try {
      const found = await context.findPage(mention, turn, page.index);
      if (found === undefined) return undefined;
      const length = Math.min(found.record.shown, page.text.length);
      shown.set(found.ts, length);
      return { ref: { id: found.ts, channel: mention.channel }, shown: length, again: true };
    } catch (error) {
      const failure = fail(error, 'post', `slack:${mention.scope}:conversations.replies`);
      if (failure.code !== 'platform-refused') throw failure;
      // A bot that may not read the thread can only write the page, perhaps twice.
      log.warn({ error: failure.message }, 'a page that may stand already could not be looked for');
      return undefined;
    }
  };

  /**
   * Into a thread whose first message is gone, Slack posts without an error, only not in the thread. An answer that
   * names no thread is therefore looked into; the stray message is taken away.
   */
  const checkThread = async (stray: string): Promise<void> => {
    const { channel, thread } = mention;
    const name = await web.conversations
      .replies({ channel, ts: thread, limit: 1 })
      .then(() => undefined, slackErrorName);
    if (name !== 'thread_not_found' && name !== 'channel_not_found') return;
    context.onDiscard(channel, stray);
    await web.chat.delete({ channel, ts: stray }).catch((error: unknown) => {
      log.warn(
        { error: fail(error, 'other', 'chat.delete').message },
        'a message outside its thread was left',
      );
    });
    throw new BotError('message-deleted', 'the thread of the question is gone', {
      where: toLane(mention, 'post').key,
    });
  };

  return {
    limits: { max: MAX_BODY, sizeOf: (body) => defuse(body).length, maxAgeMs: 365 * 24 * 60 * 60_000 },
    lane: (op) => toLane(mention, op),

    async post(page) {
      const found = await look(page);
      posted.add(page.index);
      uncertain.delete(page.index);
      if (found) {
        status.end();
        return found;
      }
      try {
        const answer = await web.chat.postMessage({
          channel: mention.channel,
          thread_ts: mention.thread,
          text: toFallback(page),
          blocks: toBlocks(page),
          ...metadataOf(page),
          unfurl_links: false,
          unfurl_media: false,
        });
        if (answer.ts === undefined) throw new Error('chat.postMessage named no ts');
        if (answer.message !== undefined && answer.message.thread_ts === undefined)
          await checkThread(answer.ts);
        status.end();
        shown.set(answer.ts, page.text.length);
        return {
          ref: { id: answer.ts, channel: answer.channel ?? mention.channel },
          shown: page.text.length,
          again: false,
        };
      } catch (error) {
        const where = toLane(mention, 'post').key;
        if (learnsMetadata(error, page)) {
          throw new BotError('platform-unavailable', 'Slack found the metadata too large', {
            where,
            cause: error,
          });
        }
        const failure = fail(error, 'post', where);
        if (failure.code === 'platform-unavailable') uncertain.add(page.index);
        throw failure;
      }
    },

    async edit(ref, page) {
      try {
        await web.chat.update({
          channel: channelOf(ref),
          ts: ref.id,
          text: toFallback(page),
          blocks: toBlocks(page),
          ...metadataOf(page),
          // Left out, they would become `client` and whatever else Slack's default is.
          parse: 'none',
          link_names: false,
        });
        shown.set(ref.id, page.text.length);
        return { ref, shown: page.text.length, again: false };
      } catch (error) {
        if (learnsMetadata(error, page)) return { ref, shown: shown.get(ref.id) ?? 0, again: true };
        throw fail(error, 'edit', toLane(mention, 'edit').key, ref);
      }
    },

    async discard(ref) {
      context.onDiscard(channelOf(ref), ref.id);
      try {
        await web.chat.delete({ channel: channelOf(ref), ts: ref.id });
      } catch (error) {
        if (slackErrorName(error) === 'message_not_found') return;
        throw fail(error, 'other', `slack:${mention.scope}:chat.delete`);
      }
    },

    status: (text) => status.set(text),
  };

  function channelOf(ref: PageRef): string {
    const channel = ref.channel;
    return typeof channel === 'string' ? channel : mention.channel;
  }

  /** The line beside the bot's name: renewed until it is taken away, or until Slack does so because a message was posted. */
  function createStatus() {
    let text: string | null = null;
    let cancel: (() => void) | undefined;

    const call = (status: string) =>
      web.assistant.threads.setStatus({ channel_id: mention.channel, thread_ts: mention.thread, status });

    const renewLater = () => {
      cancel?.();
      cancel = clock.after(STATUS_RENEWAL_MS, () => {
        if (text === null) return;
        renewLater();
        call(text).catch((error: unknown) => {
          log.warn(
            { error: fail(error, 'other', 'assistant.threads.setStatus').message },
            'a status was not renewed',
          );
        });
      });
    };

    const end = () => {
      text = null;
      cancel?.();
      cancel = undefined;
    };

    return {
      end,
      async set(wanted: string | null): Promise<void> {
        const stood = text;
        end();
        if (wanted === null && stood === null) return;
        if (wanted !== null && learnt.noStatus) throw learnt.noStatus;
        // Counted as standing at once, so that a post which lands meanwhile ends it.
        text = wanted;
        if (wanted !== null) renewLater();
        try {
          await call(wanted ?? '');
        } catch (error) {
          const failure = fail(error, 'other', `slack:${mention.scope}:assistant.threads.setStatus`);
          end();
          if (noStatusErrors.includes(slackErrorName(error) ?? '')) learnt.noStatus = failure;
          throw failure;
        }
      },
    };
  }
}
