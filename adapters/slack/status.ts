// Owns the line beside the bot's name in one thread: renewed until it is taken away, or until Slack does so because a message was posted.
// Must not know what it says.

import type { WebClient } from '@slack/web-api';
import type { Clock } from '../../src/clock.ts';
import { BotError } from '../../src/errors.ts';
import type { Mention } from '../../src/platform.ts';
import { slackErrorName, toBotError } from './errors.ts';
import type { AdapterLog } from './socket.ts';

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

export interface StatusContext {
  readonly web: WebClient;
  readonly clock: Clock;
  readonly log: AdapterLog;
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

export function createStatus({ web, clock, log, learnt }: StatusContext, mention: Mention): Status {
  let text: string | null = null;
  let cancel: (() => void) | undefined;

  const call = (status: string) =>
    web.assistant.threads.setStatus({ channel_id: mention.channel, thread_ts: mention.thread, status });

  const toFailure = (error: unknown): BotError =>
    toBotError(error, { where: `slack:${mention.scope}:assistant.threads.setStatus`, attempt: 'other' });

  const renewLater = () => {
    cancel?.();
    cancel = clock.after(STATUS_RENEWAL_MS, () => {
      if (text === null) return;
      renewLater();
      call(text).catch((error: unknown) => {
        log.warn({ error: toFailure(error).message }, 'a status was not renewed');
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
    async set(wanted) {
      const stood = text;
      end();
      if (wanted === null && stood === null) return;
      if (wanted !== null && learnt.noStatus) throw asKnown(learnt.noStatus);
      // Counted as standing at once, so that a post which lands meanwhile ends it.
      text = wanted;
      if (wanted !== null) renewLater();
      try {
        await call(wanted ?? '');
      } catch (error) {
        const failure = toFailure(error);
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
