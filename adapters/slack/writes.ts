// Owns the calls by which one reply is written on Slack, and what is known of its messages: posts, edits, and the look for a page that may
// stand already. Must not know when to write, by which way (way.ts), or how a stream grows (stream.ts).

import type { WebClient } from '@slack/web-api';
import type { Clock } from '../../src/clock.ts';
import { BotError } from '../../src/errors.ts';
import type { Lane, Mention, Page, PageRef, Written } from '../../src/platform.ts';
import { type Attempt, slackErrorName, toBotError } from './errors.ts';
import type { FindPage } from './history.ts';
import { toLane, type WritingMethod } from './lanes.ts';
import { toPost, toUpdate } from './messages.ts';
import type { MetadataLearnt, PageMetadata } from './metadata.ts';
import type { AdapterLog } from './socket.ts';
import type { StreamLearnt, Streams } from './stream.ts';
import type { ReplyMode, Standing } from './way.ts';

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

/** One reply, as far as it is known here. */
export interface SlackReply {
  readonly context: SinkContext;
  readonly mention: Mention;
  readonly turn: string;
  /** The reply goes on with what an earlier run has left. */
  readonly isResumed: boolean;
  /** Pages that may stand in the thread already, without our knowing. */
  readonly uncertain: Set<number>;
  readonly posted: Set<number>;
  /** How many characters of its page's text each message shows; of those of an earlier run what is known. */
  readonly shown: Map<string, number>;
  /** Messages of which that is not known here. */
  readonly unread: Set<string>;
  readonly metadata: PageMetadata;
  readonly streams: Streams;
  streaming: Standing['streaming'];
}

export function laneOf({ mention }: SlackReply, method: WritingMethod): Lane {
  return toLane(mention, method);
}

function fail(reply: SlackReply, error: unknown, attempt: Attempt, where: string, ref?: PageRef): BotError {
  const isKnown = ref !== undefined && !reply.unread.has(ref.id);
  return toBotError(error, { where, attempt, shown: isKnown ? reply.shown.get(ref.id) : undefined });
}

function channelOf({ mention }: SlackReply, { channel }: PageRef): string {
  return typeof channel === 'string' ? channel : mention.channel;
}

/** Slack lets the bot stream there, as far as is known. */
export function mayStream({ context: { learnt }, mention }: SlackReply): boolean {
  if (learnt.noStreams !== null || learnt.noStreamChannels.get(mention.channel)) return false;
  return mention.direct || mention.native?.team !== undefined;
}

export function toStanding(reply: SlackReply, page: Page | undefined): Standing {
  const { streams, streaming, context } = reply;
  const state = page && streams.stateAt(page.index);
  const isPosted = page !== undefined && (state !== 'over' || reply.posted.has(page.index));
  return {
    ...{ mode: context.mode, streaming, mayStream: mayStream(reply) },
    page: isPosted ? state : undefined,
    hasRest: page !== undefined && streams.hasRest(page),
  };
}

function findOwn({ context, mention, turn, shown }: SlackReply, page: Page): ReturnType<FindPage> {
  return context.findPage(mention, turn, page.index, new Set(shown.keys()));
}

/** Finds what a call of `post` has written whose answer never came. */
export async function look(reply: SlackReply, page: Page): Promise<Written | undefined> {
  const { context, mention, posted, streams } = reply;
  const mayStand = reply.uncertain.has(page.index) || (reply.isResumed && !posted.has(page.index));
  if (!mayStand) return undefined;
  try {
    const found = await findOwn(reply, page);
    if (found === undefined) return undefined;
    if (found.record === undefined)
      return context.mode === 'edit' ? undefined : streams.adopt(found.ts, page);
    const length = Math.min(found.record.shown, page.text.length);
    reply.shown.set(found.ts, length);
    return { ref: { id: found.ts, channel: mention.channel }, shown: length, again: true };
  } catch (error) {
    const failure = fail(reply, error, 'post', `slack:${mention.scope}:conversations.replies`);
    if (failure.code !== 'platform-refused') throw failure;
    // A bot that may not read the thread can only write the page, perhaps twice.
    context.log.warn({ error: failure.plain }, 'a page that may stand already could not be looked for');
    return undefined;
  }
}

/**
 * Into a thread whose first message is gone, Slack posts without an error, only not in the thread. An answer that
 * names no thread is therefore looked into; the stray message is taken away.
 */
async function checkThread(reply: SlackReply, stray: string): Promise<void> {
  const { web, log } = reply.context;
  const { channel, thread } = reply.mention;
  const reading = web.conversations.replies({ channel, ts: thread, limit: 1 });
  const name = await reading.then(() => undefined, slackErrorName);
  if (name !== 'thread_not_found' && name !== 'channel_not_found') return;
  await web.chat.delete({ channel, ts: stray }).catch((error: unknown) => {
    const failure = fail(reply, error, 'other', 'chat.delete').plain;
    log.warn({ error: failure }, 'a message outside its thread was left');
  });
  const where = laneOf(reply, 'chat.postMessage').key;
  throw new BotError('message-deleted', 'the thread of the question is gone', { where });
}

export async function postMessage(reply: SlackReply, page: Page): Promise<Written> {
  const { context, mention, metadata } = reply;
  const { length } = page.text;
  try {
    const answer = await context.web.chat.postMessage(toPost(page, mention, metadata.metadataOf(page)));
    if (answer.ts === undefined) throw new Error('chat.postMessage named no ts');
    if (answer.message !== undefined && answer.message.thread_ts === undefined)
      await checkThread(reply, answer.ts);
    reply.shown.set(answer.ts, length);
    const ref = { id: answer.ts, channel: answer.channel ?? mention.channel };
    return { ref, shown: length, again: false };
  } catch (error) {
    const where = laneOf(reply, 'chat.postMessage').key;
    if (metadata.learnsMetadata(error, page)) {
      const text = 'Slack found the metadata too large';
      throw new BotError('platform-unavailable', text, { where, cause: error });
    }
    throw doubt(reply, page, fail(reply, error, 'post', where));
  }
}

export async function startStream(reply: SlackReply, page: Page): Promise<Written | undefined> {
  try {
    return await reply.streams.start(page);
  } catch (error) {
    const where = laneOf(reply, 'chat.startStream').key;
    throw doubt(reply, page, toBotError(error, { where, attempt: 'post' }));
  }
}

/** Whether the page stands now is not known where no answer came. */
function doubt(reply: SlackReply, page: Page, failure: BotError): BotError {
  if (failure.code === 'platform-unavailable') reply.uncertain.add(page.index);
  return failure;
}

export async function update(reply: SlackReply, ref: PageRef, page: Page): Promise<Written> {
  const { context, shown, metadata } = reply;
  try {
    const at = { channel: channelOf(reply, ref), ts: ref.id };
    await context.web.chat.update(toUpdate(page, at, metadata.metadataOf(page)));
    reply.unread.delete(ref.id);
    shown.set(ref.id, page.text.length);
    return { ref, shown: page.text.length, again: false };
  } catch (error) {
    if (metadata.learnsMetadata(error, page)) return { ref, shown: shown.get(ref.id) ?? 0, again: true };
    if (slackErrorName(error) === 'streaming_state_conflict') return reply.streams.conflict(ref, page);
    throw fail(reply, error, 'edit', laneOf(reply, 'chat.update').key, ref);
  }
}

export async function remove(reply: SlackReply, ref: PageRef): Promise<void> {
  try {
    await reply.context.web.chat.delete({ channel: channelOf(reply, ref), ts: ref.id });
  } catch (error) {
    if (slackErrorName(error) === 'message_not_found') return;
    throw fail(reply, error, 'other', `slack:${reply.mention.scope}:chat.delete`);
  }
}

export async function readShown(reply: SlackReply, ref: PageRef, page: Page): Promise<number | undefined> {
  const found = await findOwn(reply, page).catch((error: unknown) => {
    throw fail(reply, error, 'other', `slack:${reply.mention.scope}:conversations.replies`);
  });
  return found?.ts === ref.id ? found.record?.shown : undefined;
}
