// Owns the settings of the fake Slack. Must not hold behaviour.

import type { Clock } from '../../../src/clock.ts';

export interface FakeUser {
  /** The display name. */
  readonly name: string;
  readonly realName?: string;
  /** As Slack writes it: `en-US`, `zh-CN`. Told only with `include_locale`. */
  readonly locale?: string;
}

/** docs.slack.dev/reference/objects/usergroup-object. */
export interface FakeUserGroup {
  readonly name: string;
  /** What stands behind the @, which a group may lack. */
  readonly handle: string;
}

export interface SlackServerOptions {
  /** Time of rate limits, stream ages, statuses, timestamps and redelivery. Default: the system's. */
  readonly clock?: Clock;
  /** How full a rate limit's bucket can get, as a fraction of one minute's allotment. Default 1. `chat.postMessage` always holds 5. */
  readonly burst?: number;
  /** Round trip of each call: half before it is applied, half before the answer leaves. Default 0. */
  readonly latencyMs?: number;
  /** Calls a minute by method, over the documented ones; `off` switches every limit off. `chat.postMessage` counts per channel. */
  readonly limits?: Readonly<Record<string, number>> | 'off';
  readonly teamId?: string;
  readonly botUserId?: string;
  readonly botId?: string;
  readonly botToken?: string;
  readonly appToken?: string;
  readonly signingSecret?: string;
  /** What the bot token was granted. Default: `defaultScopes`. */
  readonly scopes?: readonly string[];
  /** What the app token was granted. Default `connections:write`. */
  readonly appScopes?: readonly string[];
  /** Subscribed bot events, as in a manifest. Default: `defaultEvents`. */
  readonly events?: readonly string[];
  /** People by id. Somebody who speaks is known from then on; all others are `user_not_found`. */
  readonly users?: Readonly<Record<string, FakeUser>>;
  /** Groups of people by id. */
  readonly userGroups?: Readonly<Record<string, FakeUserGroup>>;
  /** Channels' names by id; others are called by their id. */
  readonly channelNames?: Readonly<Record<string, string>>;
  /** How long an event may go without an acknowledgement. Default 3,000, as Slack's documentation has it. */
  readonly ackTimeoutMs?: number;
  /** The pause before each redelivery. Default: at once, a minute, five minutes. An empty list switches redelivery off. */
  readonly retryDelaysMs?: readonly number[];
  /** How long a streamed message takes appends. Default 300,000. */
  readonly streamLifeMs?: number;
  /** How many bytes of UTF-8 a streamed message takes in all. Default 10,600. */
  readonly streamBytes?: number;
  /** The largest metadata in bytes of JSON. Default 8,000: our assumption, Slack documents the error and no number. */
  readonly metadataBytes?: number;
  /** Whether messages come back with their metadata; servers in Slack's place may drop it. Default true. */
  readonly keepsMetadata?: boolean;
  /** How long a message can be edited (a team's setting). Default: for ever. */
  readonly editWindowMs?: number;
  /**
   * What becomes of a post into a thread whose first message is gone. Default `unthread`: Slack was seen to post it into the
   * channel, and only the missing `message.thread_ts` in the answer tells (slack-go/slack#1571). `refuse` answers `thread_not_found`.
   */
  readonly missingThread?: 'unthread' | 'refuse';
  /** Whether `agents.sessions.*` is switched on. Default true. */
  readonly agent?: boolean;
  /** A folder with `slack/methods/<method>.json`. Default: the environment's SPECS_DIR. */
  readonly specsDir?: string;
}
