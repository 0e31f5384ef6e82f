// Owns the rate-limited methods by which a reply is written on Slack, as lanes. Must not know who calls them.

import type { Lane, Mention } from '../../src/platform.ts';

export type WritingMethod =
  | 'chat.postMessage'
  | 'chat.update'
  | 'chat.startStream'
  | 'chat.appendStream'
  | 'chat.stopStream';

/**
 * Calls a minute (docs.slack.dev/apis/web-api/rate-limits, tiers by docs.slack.dev/reference/methods): chat.update tier 3,
 * chat.startStream and chat.stopStream tier 2, chat.appendStream tier 4, each in the workspace; a lane that was idle is taken to hold one
 * minute's allotment. chat.postMessage "one message a second in a channel, short bursts tolerated": the burst of 5 is our assumption.
 */
const perMinute: Readonly<Record<WritingMethod, number>> = {
  'chat.postMessage': 60,
  'chat.update': 50,
  'chat.startStream': 20,
  'chat.appendStream': 100,
  'chat.stopStream': 20,
};

export function toLane(mention: Mention, method: WritingMethod): Lane {
  const rate = perMinute[method];
  const key = `slack:${mention.scope}:${method}`;
  return method === 'chat.postMessage'
    ? { key: `${key}:${mention.channel}`, perMinute: rate, burst: 5 }
    : { key, perMinute: rate, burst: rate };
}
