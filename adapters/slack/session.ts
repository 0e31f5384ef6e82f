// Owns Slack's own stop button: it stands in a thread while the agent's session there is `processing`.
// Must not know streams. The press comes as the event `agent_session_stopped` (events.ts).

import type { WebClient } from '@slack/web-api';
import type { Courtesy, Mention } from '../../src/platform.ts';
import { slackErrorName, toBotError } from './errors.ts';
import { atOnce, toLaneBeside } from './lanes.ts';
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

/** Resolves always: a reply is none the worse without the button. Stopping a stream ends `processing` by itself. */
export async function setSession(
  context: {
    readonly web: WebClient;
    readonly log: AdapterLog;
    readonly learnt: { noSessions: string | null };
    readonly courtesy?: Courtesy | undefined;
  },
  { scope, channel, thread }: Mention,
  status: 'processing' | 'active',
): Promise<void> {
  const { web, log, learnt, courtesy = atOnce } = context;
  if (learnt.noSessions !== null) return;
  const lane = toLaneBeside(scope, 'agents.sessions.setStatus');
  const call = async (): Promise<void> => {
    try {
      await web.agents.sessions.setStatus({ channel_id: channel, thread_ts: thread, status });
    } catch (error) {
      const name = slackErrorName(error) ?? '';
      if (noSessionErrors.includes(name)) learnt.noSessions = name;
      throw toBotError(error, { where: lane.key, attempt: 'other' });
    }
  };
  try {
    // One that was shown must be taken away, however busy its lane is.
    await (status === 'processing' ? courtesy(lane, call) : call());
  } catch (error) {
    const failure = toBotError(error, { where: lane.key, attempt: 'other' });
    log.info({ error: failure.plain }, 'Slack shows no stop button of its own');
  }
}
