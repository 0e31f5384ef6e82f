// Owns the rate-limited methods of Slack, as lanes: those by which a reply is written, and those beside it. Must not know who calls them.

import type { Courtesy, CourtesyLanes, Lane, Mention } from '../../src/platform.ts';

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
  const { scope } = mention;
  const rate = perMinute[method];
  const lane = { key: `slack:${scope}:${method}`, platform: 'slack', scope, perMinute: rate, burst: rate };
  return method === 'chat.postMessage' ? { ...lane, key: `${lane.key}:${mention.channel}`, burst: 5 } : lane;
}

/**
 * Methods beside the answers (tiers by docs.slack.dev/reference/methods): reactions.add tier 3, reactions.remove
 * tier 2, chat.postEphemeral tier 4. assistant.threads.setStatus has a tier of its own without a number: two a second is our assumption.
 */
const besidePerMinute = {
  'assistant.threads.setStatus': 120,
  'chat.postEphemeral': 100,
  'reactions.add': 50,
  'reactions.remove': 20,
} as const;
/** How many of them may wait for their lane: what came in at one moment, not what no reader looks for any more. */
const besideBurst = 8;

/** Where nobody paces. */
export const atOnce: Courtesy = async (_lane, call) => {
  await call();
  return 'made';
};

export function toLaneBeside(scope: string, method: keyof typeof besidePerMinute): Lane {
  return {
    key: `slack:${scope}:${method}`,
    platform: 'slack',
    scope,
    perMinute: besidePerMinute[method],
    burst: besideBurst,
  };
}

export function toCourtesyLanes(mention: Mention): CourtesyLanes {
  return {
    whisper: toLaneBeside(mention.scope, 'chat.postEphemeral'),
    // Not by the account of the answers' lane, so that a word beside them never shrinks it: only half of its rate.
    say: { ...toLane(mention, 'chat.postMessage'), perMinute: 30 },
    mark: toLaneBeside(mention.scope, 'reactions.add'),
    unmark: toLaneBeside(mention.scope, 'reactions.remove'),
  };
}
