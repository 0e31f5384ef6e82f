// Owns by which method of Slack a page is written: a stream or edits, and how a stream ends. Makes no call and keeps no state.
// Must not know how the calls are made (sink.ts, stream.ts).

import type { CallPlan, Lane, LaneView, Page } from '../../src/platform.ts';
import { defuse } from './format.ts';
import type { WritingMethod } from './lanes.ts';

/** `closing`: it may still stream, and is stopped before it can be edited. */
export type StreamState = 'open' | 'closing' | 'over';

/**
 * A streamed message takes 10.6 to 11.3 KB of UTF-8 in all and refuses every append for good beyond that: undocumented, as others have met it
 * (CopilotKit#6063, adcp#4824).
 */
export const MAX_STREAM_BYTES = 9000;
/** A stream ends by itself after about five minutes (slackapi/python-slack-sdk#1859, slackapi/node-slack-sdk#2702). */
export const MAX_STREAM_AGE_MS = 4 * 60_000;

/** In UTF-8 as it is sent. */
export const streamSizeOf = (body: string): number => Buffer.byteLength(defuse(body));

/** `auto`: each reply by whichever way has the shorter gaps when its first text comes. */
export type ReplyMode = 'auto' | 'edit' | 'stream';

/** Where edits are no further apart than this, a reader sees no difference, and edits carry the Stop button. */
const QUICK_ENOUGH_MS = 250;

/** How the reply stands when it is asked for the next call. */
export interface Standing {
  readonly mode: ReplyMode;
  /** Slack lets the bot stream there, as far as is known. */
  readonly mayStream: boolean;
  /** Undefined until the first text: then the reply streams or not. One that is edited stays so; one that streams may still be edited. */
  readonly streaming: boolean | undefined;
  /** Of the page that is to be written; undefined where it is not posted. */
  readonly page: StreamState | undefined;
  /** The page has text that its stream does not show. */
  readonly hasRest: boolean;
}

export type LaneOf = (method: WritingMethod) => Lane;

/** A page that is whole already, or has no text yet, gains nothing from a stream. */
export function suitsStream(page: Page | undefined): boolean {
  if (page === undefined) return true;
  const isGrowing = !page.final && page.plain !== true && page.text.trim() !== '';
  return isGrowing && streamSizeOf(page.view.body) <= MAX_STREAM_BYTES;
}

/** Stream or edit: whether a page that is posted next is to be a stream. */
function prefersStream(
  { mode, mayStream, streaming }: Standing,
  page: Page | undefined,
  view: LaneView,
  laneOf: LaneOf,
): boolean {
  if (mode === 'edit' || streaming === false || !mayStream || !suitsStream(page)) return false;
  if (mode === 'stream') return true;
  if (view.room(laneOf('chat.startStream')) < 1) return false;
  if (streaming) return true;
  const byEdits = view.tau(laneOf('chat.update'), 1);
  const byStream = view.tau(laneOf('chat.appendStream'), 1);
  return byStream < byEdits && byEdits > QUICK_ENOUGH_MS;
}

/** Edits of a reply of which nothing is known yet, or of a page that is still to be posted, go by the way that it would be posted. */
export function toMethod(
  op: 'post' | 'edit' | 'final',
  page: Page | undefined,
  standing: Standing,
  view: LaneView,
  laneOf: LaneOf,
): WritingMethod {
  const streams = () => prefersStream(standing, page, view, laneOf);
  if (op === 'post') return streams() ? 'chat.startStream' : 'chat.postMessage';
  if (standing.page === undefined)
    return (standing.streaming ?? streams()) ? 'chat.appendStream' : 'chat.update';
  if (standing.page === 'closing') return 'chat.stopStream';
  if (standing.page === 'over') return 'chat.update';
  if (page?.final !== true) return 'chat.appendStream';
  // The rest of the text does not wait for the lane by which streams are stopped.
  const mayStop = !standing.hasRest || view.room(laneOf('chat.stopStream')) >= 1;
  return mayStop ? 'chat.stopStream' : 'chat.appendStream';
}

export function toCallPlan(method: WritingMethod, laneOf: LaneOf): CallPlan {
  return { lane: laneOf(method), how: { method } };
}
