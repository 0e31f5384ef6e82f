// Owns Slack's native streaming of one reply: chat.startStream, chat.appendStream, chat.stopStream, and the way out of a stream when one of
// them fails. Must not know when a reply streams (sink.ts), nor how a message is edited: a page whose stream is over is edited there.

import type { MessageMetadata, WebClient } from '@slack/web-api';
import { BotError } from '../../src/errors.ts';
import type { Lane, Mention, Page, PageRef, Written } from '../../src/platform.ts';
import type { Recent } from '../kit/recent.ts';
import { toWellFormed } from '../kit/text.ts';
import { slackErrorName, toBotError } from './errors.ts';
import { defuse, toEndBlocks } from './format.ts';
import { settledLength } from './hold-back.ts';
import { toLane, type WritingMethod } from './lanes.ts';
import { setSession } from './session.ts';
import type { AdapterLog } from './socket.ts';
import type { StreamState } from './way.ts';

/** What was learnt of streaming in this workspace; null where nothing speaks against it. */
export interface StreamLearnt {
  /** The error by which Slack refused to stream at all. */
  noStreams: string | null;
  /** Channels of a kind in which Slack does not stream; the oldest are forgotten. */
  readonly noStreamChannels: Recent<true>;
  /** The error by which Slack refused to show its own stop button. */
  noSessions: string | null;
}

/** Refusals of chat.startStream that would come again for every reply. */
const noStreamErrors = [
  'unknown_method',
  'method_deprecated',
  'deprecated_endpoint',
  'feature_not_enabled',
  'feature_disabled',
  'not_allowed_token_type',
  'missing_scope',
  'missing_recipient_user_id',
  'missing_recipient_team_id',
];
/** The message is an ordinary one by now. */
const overErrors = ['message_not_in_streaming_state', 'stopped_by_user'];
// Editing would be refused as well.
const closedErrors = ['is_archived', 'is_inactive', 'not_in_channel'];
/** An edit that meets a stream this often has met one that cannot be stopped. */
const MAX_CONFLICTS = 3;

export interface StreamsOptions {
  readonly web: WebClient;
  readonly log: AdapterLog;
  readonly learnt: StreamLearnt;
  readonly mention: Mention;
  readonly turn: string;
  /** By ts: how many characters of its page's text each message shows. */
  readonly shown: Map<string, number>;
  metadataOf(page: Page): { metadata?: MessageMetadata };
  /** Whether Slack found the metadata too large; the next call has less of it. */
  learnsMetadata(error: unknown, page: Page): boolean;
  /** A message streams, or does so no longer. */
  onStream(channel: string, ts: string, open: boolean): void;
  /** A page has to be edited from now on. */
  onFallback(): void;
}

interface Stream {
  state: StreamState;
  /** What stands there, before it was defused. */
  sent: string;
  conflicts: number;
}

/** Each call is one call of Slack. Throws BotError only. */
export interface Streams {
  /** `over` for every message that is not known to stream. */
  stateOf(ref: PageRef): StreamState;
  /** Of the page of this index, if it was written here. */
  stateAt(index: number): StreamState;
  /** Whether the page has text that its stream does not show. */
  hasRest(page: Page): boolean;
  /** Undefined: Slack refused to stream, nothing was posted. */
  start(page: Page): Promise<Written | undefined>;
  /** Takes over a message that a lost call of `start` has written, in this process or in one before it. */
  adopt(ts: string, page: Page): Written;
  /** `mayStop`: false where the call is paid for as an append: a final page is then stopped by the next call. */
  write(ref: PageRef, page: Page, mayStop: boolean): Promise<Written>;
  /** Stops a stream as it is, so that the message can be edited. */
  close(ref: PageRef, page: Page): Promise<Written>;
  /** chat.update has said that the message still streams. */
  conflict(ref: PageRef, page: Page): Written;
}

export function createStreams(options: StreamsOptions): Streams {
  const { web, mention, learnt, log, shown, turn } = options;
  const about = { turn, platform: 'slack', scope: mention.scope, channel: mention.channel };
  const streams = new Map<string, Stream>();
  const messages = new Map<number, string>();
  /** What a call of `start` sent whose answer never came, by page. */
  const lost = new Map<number, string>();

  const of = (ref: PageRef): Stream => {
    let stream = streams.get(ref.id);
    if (stream === undefined) {
      stream = { state: ref.stream === true ? 'closing' : 'over', sent: '', conflicts: 0 };
      streams.set(ref.id, stream);
    }
    return stream;
  };

  const channelOf = ({ channel }: PageRef): string =>
    typeof channel === 'string' ? channel : mention.channel;

  const laneOf = (method: WritingMethod): Lane => toLane(mention, method);

  /** The page's text as it is streamed: what closes open markdown is put behind a final page only. */
  const rawOf = ({ view, final }: Page): string =>
    final ? view.body : view.body.slice(0, view.body.length - view.closed);

  const toWritten = (ref: PageRef, page: Page, again: boolean): Written => {
    const { state, sent } = of(ref);
    const { id } = ref;
    const channel = channelOf(ref);
    if (sent !== '') shown.set(id, Math.min(page.text.length, Math.max(0, sent.length - page.view.opened)));
    return {
      ref: state === 'over' ? { id, channel } : { id, channel, stream: true },
      shown: shown.get(id) ?? 0,
      again,
    };
  };

  const leave = (ref: PageRef, state: 'closing' | 'over'): void => {
    of(ref).state = state;
    options.onFallback();
    if (state === 'closing') return;
    options.onStream(channelOf(ref), ref.id, false);
    void setSession(options, mention, 'active');
  };

  /** Where a call failed that was to change a stream: what is done next, or a BotError. */
  const afterFailure = (error: unknown, method: WritingMethod, ref: PageRef, page: Page): Written => {
    const name = slackErrorName(error) ?? '';
    const where = laneOf(method).key;
    const wasClosing = of(ref).state === 'closing';
    if (overErrors.includes(name)) {
      leave(ref, 'over');
      if (name === 'stopped_by_user' && !page.final) {
        throw new BotError('stopped', 'somebody pressed the stop button that Slack shows', { where });
      }
      return toWritten(ref, page, true);
    }
    const failure = toBotError(error, { where, attempt: 'edit', shown: shown.get(ref.id) });
    if (failure.code === 'platform-unavailable') leave(ref, 'closing');
    const isRefused = failure.code === 'page-sealed' || failure.code === 'platform-refused';
    const isClosed = closedErrors.includes(name) || name.startsWith('restricted_action');
    if (!isRefused || isClosed) throw failure;
    leave(ref, 'closing');
    if (!wasClosing) return toWritten(ref, page, true);
    // A stream that can be neither stopped nor edited ends by itself before long.
    throw new BotError('platform-unavailable', failure.message, {
      where,
      cause: error,
      plain: failure.plain,
    });
  };

  const append = async (ref: PageRef, page: Page, end: number): Promise<Written> => {
    const stream = of(ref);
    const raw = rawOf(page);
    try {
      await web.chat.appendStream({
        channel: channelOf(ref),
        ts: ref.id,
        markdown_text: toWellFormed(defuse(raw.slice(stream.sent.length, end))),
      });
    } catch (error) {
      return afterFailure(error, 'chat.appendStream', ref, page);
    }
    stream.sent = raw.slice(0, end);
    return toWritten(ref, page, page.final);
  };

  const finish = async (ref: PageRef, page: Page): Promise<Written> => {
    const stream = of(ref);
    const raw = rawOf(page);
    const rest = toWellFormed(defuse(raw.slice(stream.sent.length)));
    const blocks = toEndBlocks(page);
    try {
      await web.chat.stopStream({
        channel: channelOf(ref),
        ts: ref.id,
        ...(rest === '' ? {} : { markdown_text: rest }),
        ...(blocks.length === 0 ? {} : { blocks }),
        ...options.metadataOf(page),
      });
    } catch (error) {
      if (options.learnsMetadata(error, page)) return toWritten(ref, page, true);
      return afterFailure(error, 'chat.stopStream', ref, page);
    }
    stream.sent = raw;
    stream.state = 'over';
    options.onStream(channelOf(ref), ref.id, false);
    return toWritten(ref, page, false);
  };

  const opened = (ts: string, page: Page, sent: string): Written => {
    streams.set(ts, { state: 'open', sent, conflicts: 0 });
    messages.set(page.index, ts);
    options.onStream(mention.channel, ts, true);
    void setSession(options, mention, 'processing');
    return toWritten({ id: ts, channel: mention.channel, stream: true }, page, false);
  };

  return {
    stateOf: (ref) => of(ref).state,
    stateAt: (index) => streams.get(messages.get(index) ?? '')?.state ?? 'over',
    hasRest: (page) => (streams.get(messages.get(page.index) ?? '')?.sent.length ?? 0) < rawOf(page).length,

    async start(page) {
      const raw = rawOf(page);
      const sent = raw.slice(0, settledLength(raw, 0));
      const { team } = mention.native ?? {};
      try {
        const answer = await web.chat.startStream({
          channel: mention.channel,
          thread_ts: mention.thread,
          recipient_user_id: mention.asker.id,
          ...(team === undefined ? {} : { recipient_team_id: team }),
          ...(sent === '' ? {} : { markdown_text: toWellFormed(defuse(sent)) }),
        });
        if (answer.ts === undefined) throw new Error('chat.startStream named no ts');
        return opened(answer.ts, page, sent);
      } catch (error) {
        const name = slackErrorName(error) ?? '';
        const failure = toBotError(error, { where: laneOf('chat.startStream').key, attempt: 'post' });
        if (failure.code === 'platform-unavailable') lost.set(page.index, sent);
        if (failure.code !== 'platform-refused') throw failure;
        if (noStreamErrors.includes(name)) learnt.noStreams = name;
        if (name === 'channel_type_not_supported') learnt.noStreamChannels.set(mention.channel, true);
        log.info({ ...about, error: failure.plain }, 'Slack refuses to stream; the reply is edited');
        options.onFallback();
        return undefined;
      }
    },

    adopt(ts, page) {
      const sent = lost.get(page.index);
      messages.set(page.index, ts);
      if (sent !== undefined) return { ...opened(ts, page, sent), again: true };
      const ref = { id: ts, channel: mention.channel, stream: true };
      leave(ref, 'closing');
      return toWritten(ref, page, true);
    },

    async write(ref, page, mayStop) {
      const { sent } = of(ref);
      messages.set(page.index, ref.id);
      const raw = rawOf(page);
      // The answer began anew, or what closed the page is not its end after all.
      if (!raw.startsWith(sent) || page.plain === true) {
        leave(ref, 'closing');
        return toWritten(ref, page, true);
      }
      if (page.final) return mayStop || raw === sent ? finish(ref, page) : append(ref, page, raw.length);
      const end = settledLength(raw, sent.length);
      return end > sent.length ? append(ref, page, end) : toWritten(ref, page, false);
    },

    async close(ref, page) {
      messages.set(page.index, ref.id);
      try {
        await web.chat.stopStream({ channel: channelOf(ref), ts: ref.id });
      } catch (error) {
        return afterFailure(error, 'chat.stopStream', ref, page);
      }
      of(ref).state = 'over';
      options.onStream(channelOf(ref), ref.id, false);
      return toWritten(ref, page, true);
    },

    conflict(ref, page) {
      const stream = of(ref);
      messages.set(page.index, ref.id);
      stream.conflicts += 1;
      leave(ref, 'closing');
      if (stream.conflicts <= MAX_CONFLICTS) return toWritten(ref, page, true);
      const where = laneOf('chat.update').key;
      throw new BotError('platform-unavailable', 'the message cannot be edited: it still streams', { where });
    },
  };
}
