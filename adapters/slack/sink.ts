// Owns how one reply is written on Slack, as the core asks for it: which call each step is. Must not know when to write (the pacer and the
// writer do), how text is cut into pages, or how a call is made (writes.ts, stream.ts).

import type { Mention, OpenReplyOptions, Page, ReplySink, Written } from '../../src/platform.ts';
import { defuse, MAX_BODY } from './format.ts';
import type { WritingMethod } from './lanes.ts';
import { createPageMetadata } from './metadata.ts';
import { createStatus, toStatusKind } from './status.ts';
import { createStreams } from './stream.ts';
import {
  MAX_STREAM_AGE_MS,
  MAX_STREAM_BYTES,
  streamSizeOf,
  suitsStream,
  toCallPlan,
  toMethod,
} from './way.ts';
import {
  laneOf,
  look,
  mayStream,
  postMessage,
  readShown,
  remove,
  type SinkContext,
  type SlackReply,
  startStream,
  toStanding,
  update,
} from './writes.ts';

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
  const reply = begin(context, mention, options);
  const { streams } = reply;
  const status = createStatus(context, mention);
  const lane = (method: WritingMethod) => laneOf(reply, method);
  /** Until the first text stands the page must fit either way: what fits a stream also fits an edited message. */
  const mayBeStream = (): boolean => reply.streaming ?? (context.mode !== 'edit' && mayStream(reply));

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

    plan: (op, page, view) => toCallPlan(toMethod(op, page, toStanding(reply, page), view, lane), lane),

    async post(page, how) {
      const starts = how.method === 'chat.startStream' && mayStream(reply) && suitsStream(page);
      const written = await lookOrPost(reply, page, starts);
      if (written === undefined) return { ref: { id: '' }, shown: 0, again: true };
      status.end();
      if (!page.final) reply.streaming = streams.stateOf(written.ref) === 'open';
      return written;
    },

    edit(ref, page, how) {
      const state = streams.stateOf(ref);
      if (state === 'open') return streams.write(ref, page, how.method === 'chat.stopStream');
      return state === 'closing' ? streams.close(ref, page) : update(reply, ref, page);
    },

    discard: (ref) => remove(reply, ref),
    read: (ref, page) => readShown(reply, ref, page),
    status: (text) => status.set(text),
  };
}

/** Undefined: Slack refused to stream, nothing was posted. */
async function lookOrPost(reply: SlackReply, page: Page, starts: boolean): Promise<Written | undefined> {
  const found = await look(reply, page);
  reply.posted.add(page.index);
  reply.uncertain.delete(page.index);
  return found ?? (starts ? startStream(reply, page) : postMessage(reply, page));
}

function begin(context: SinkContext, mention: Mention, options: OpenReplyOptions): SlackReply {
  const { web, log, learnt, mode } = context;
  const { turn, saved = [], savedShown } = options;
  const metadata = createPageMetadata({ turn, learnt, log });
  const shown = new Map(saved.map((ref, index) => [ref.id, savedShown?.[index] ?? 0]));
  const streams = createStreams({
    ...{ web, log, learnt, mention, turn, shown, ...metadata },
    onStream: (channel, ts, open) => context.onStream(channel, ts, open ? turn : undefined),
    onFallback: () => {
      reply.streaming = false;
    },
  });
  const reply: SlackReply = {
    ...{ context, mention, turn, metadata, shown, streams },
    isResumed: options.saved !== undefined,
    uncertain: new Set(),
    posted: new Set(saved.keys()),
    unread: new Set(savedShown === undefined ? saved.map((ref) => ref.id) : []),
    streaming: mode === 'edit' || saved.length > 0 ? false : undefined,
  };
  return reply;
}
