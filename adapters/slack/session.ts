// Owns Slack's own stop button: it stands in a thread while the agent's session there is `processing`.
// Must not know streams. The press comes as the event `agent_session_stopped` (events.ts).

import type { WebClient } from '@slack/web-api';
import type { Mention } from '../../src/platform.ts';
import { slackErrorName, toBotError } from './errors.ts';
import type { AdapterLog } from './socket.ts';

/** Refusals of agents.sessions.setStatus that would come again for every reply, above all where the app is no agent. */
const noSessionErrors = [
  'access_denied',
  'channel_type_not_supported',
  'feature_disabled',
  'feature_not_enabled',
  'missing_scope',
  'not_allowed_token_type',
  'unknown_method',
];

/**
 * Resolves always: a reply is none the worse without the button. Stopping a stream ends `processing` by itself. A way to stop is no courtesy, so it
 * is not held back: one call for each stream that starts, of which the pacer lets 20 start a minute, where Slack takes 50 of these (tier 3).
 */
export async function setSession(
  context: {
    readonly web: WebClient;
    readonly log: AdapterLog;
    readonly learnt: { noSessions: string | null };
  },
  { scope, channel, thread }: Mention,
  status: 'processing' | 'active',
): Promise<void> {
  const { web, log, learnt } = context;
  if (learnt.noSessions !== null) return;
  try {
    await web.agents.sessions.setStatus({ channel_id: channel, thread_ts: thread, status });
  } catch (error) {
    const name = slackErrorName(error) ?? '';
    if (noSessionErrors.includes(name)) learnt.noSessions = name;
    const failure = toBotError(error, {
      where: `slack:${scope}:agents.sessions.setStatus`,
      attempt: 'other',
    });
    log.info({ error: failure.plain }, 'Slack shows no stop button of its own');
  }
}
