// Owns the line beside the bot's name in one thread: whether it stands, until it is taken away or Slack does so because a message was posted.
// Must not know what it says, nor when it is renewed.

import type { WebClient } from '@slack/web-api';
import { BotError } from '../../src/errors.ts';
import type { Mention, ReplySink } from '../../src/platform.ts';
import { slackErrorName, toBotError } from './errors.ts';
import { toLaneBeside } from './lanes.ts';

/** Slack takes the status away after two minutes (docs.slack.dev, assistant.threads.setStatus). */
const STATUS_LASTS_MS = 120_000;
/** Refusals of the status that hold for every thread. */
const noStatusErrors = [
  'missing_scope',
  'not_allowed_token_type',
  'unknown_method',
  'feature_disabled',
  'access_denied',
];

export interface StatusContext {
  readonly web: WebClient;
  readonly learnt: {
    /** Why the workspace lets the bot set no status; undefined while it does. */
    noStatus: BotError | undefined;
  };
}

export interface Status {
  /** Null takes it away. Throws BotError. */
  set(wanted: string | null): Promise<void>;
  /** Slack has taken it away. */
  end(): void;
}

export function toStatusKind({
  scope,
}: Mention): Pick<ReplySink, 'statusIsText' | 'statusLane' | 'statusLastsMs'> {
  const statusLane = toLaneBeside(scope, 'assistant.threads.setStatus');
  return { statusIsText: true, statusLane, statusLastsMs: STATUS_LASTS_MS };
}

export function createStatus({ web, learnt }: StatusContext, mention: Mention): Status {
  let stands = false;

  const end = () => {
    stands = false;
  };

  return {
    end,
    async set(wanted) {
      if (wanted === null && !stands) return;
      if (wanted !== null && learnt.noStatus) throw asKnown(learnt.noStatus);
      // Counted as standing at once, so that a post which lands meanwhile ends it.
      stands = wanted !== null;
      const { channel: channel_id, thread: thread_ts } = mention;
      try {
        await web.assistant.threads.setStatus({ channel_id, thread_ts, status: wanted ?? '' });
      } catch (error) {
        const where = toLaneBeside(mention.scope, 'assistant.threads.setStatus').key;
        const failure = toBotError(error, { where, attempt: 'other' });
        end();
        if (noStatusErrors.includes(slackErrorName(error) ?? '')) learnt.noStatus = failure;
        throw failure;
      }
    },
  };
}

/** No call is made, and what is known already is no news. */
function asKnown({ code, message, where }: BotError): BotError {
  return new BotError(code, message, { where, known: true });
}
