// Owns the table of methods that the fake Slack serves: documented arguments, rate, scope, and which token may call.
// Must not know what a method does.
//
// Source of arguments, tiers and scopes: docs.slack.dev/reference/methods/<method>. A tier's number is its documented
// minimum a minute (docs.slack.dev/apis/web-api/rate-limits): tier 2 = 20, tier 3 = 50, tier 4 = 100.

export interface MethodSpec {
  readonly args: readonly string[];
  readonly required: readonly string[];
  /** Calls a minute in a workspace; of `chat.postMessage` in a channel. */
  readonly perMinute: number;
  /** Any one of these is enough; `*:history` stands for the scope of the conversation's kind. */
  readonly scopes: readonly string[];
  readonly token: 'bot' | 'app';
  /** Whether the method takes a JSON body (docs.slack.dev/apis/web-api: "methods that support JSON"): those that write. */
  readonly json: boolean;
}

function method(
  args: string,
  perMinute: number,
  scopes = '',
  kind: 'write' | 'read' | 'app' = 'read',
): MethodSpec {
  const names = args.split(' ').filter((name) => name !== '');
  return {
    args: names.map((name) => name.replace('!', '')),
    required: names.filter((name) => name.endsWith('!')).map((name) => name.slice(0, -1)),
    perMinute,
    scopes: scopes.split(' ').filter((name) => name !== ''),
    token: kind === 'app' ? 'app' : 'bot',
    json: kind === 'write',
  };
}

const look = 'icon_emoji icon_url username';
const write = 'write';

/** `!` marks what is required. */
export const methods: Readonly<Record<string, MethodSpec>> = {
  'api.test': method('error foo', 100),
  // Documented as "hundreds a minute".
  'auth.test': method('', 600),
  'apps.connections.open': method('', 50, 'connections:write', 'app'),
  // One a second in a channel.
  'chat.postMessage': method(
    `as_user attachments blocks channel! current_draft_last_updated_ts link_names markdown_text metadata mrkdwn parse reply_broadcast text thread_ts unfurl_links unfurl_media ${look}`,
    60,
    'chat:write',
    write,
  ),
  'chat.update': method(
    'as_user attachments unfurled_attachments blocks markdown_text metadata channel! link_names parse text ts! reply_broadcast file_ids',
    50,
    'chat:write',
    write,
  ),
  'chat.delete': method('as_user channel! ts!', 50, 'chat:write', write),
  'chat.postEphemeral': method(
    `as_user attachments blocks channel! link_names markdown_text metadata parse text thread_ts user! ${look}`,
    100,
    'chat:write',
    write,
  ),
  'chat.startStream': method(
    `channel! chunks markdown_text thread_ts recipient_user_id recipient_team_id task_display_mode ${look}`,
    20,
    'chat:write',
    write,
  ),
  // The reference lists markdown_text as required, but the official client sends chunks alone.
  'chat.appendStream': method('channel! chunks ts! markdown_text', 100, 'chat:write', write),
  // session_status is in the types of @slack/web-api 8.2.0 and in the guide to agent sessions.
  'chat.stopStream': method(
    'channel! chunks ts! markdown_text blocks metadata session_status',
    20,
    'chat:write',
    write,
  ),
  'chat.getPermalink': method('channel! message_ts!', 600),
  // Special tier without a number.
  'assistant.threads.setStatus': method(
    `channel_id! thread_ts! status! loading_messages ${look}`,
    600,
    'chat:write assistant:write',
    write,
  ),
  'assistant.threads.setTitle': method('channel_id! thread_ts! title!', 100, 'assistant:write', write),
  'assistant.threads.setSuggestedPrompts': method(
    'channel_id! thread_ts prompts! title',
    100,
    'assistant:write',
    write,
  ),
  'agents.sessions.setStatus': method(
    `channel_id! status! thread_ts title initiator_user_id ${look}`,
    50,
    'chat:write',
    write,
  ),
  'conversations.replies': method(
    'channel! cursor include_all_metadata inclusive latest limit oldest ts!',
    50,
    '*:history',
  ),
  'conversations.history': method(
    'channel! cursor include_all_metadata inclusive latest limit oldest',
    50,
    '*:history',
  ),
  'conversations.info': method('channel! include_locale include_num_members', 50, '*:read'),
  'conversations.open': method('channel return_im users prevent_creation', 50, 'im:write', write),
  'usergroups.list': method('include_count include_disabled include_users', 20, 'usergroups:read'),
  'users.info': method('include_locale user!', 100, 'users:read'),
  'bots.info': method('bot team_id', 50, 'users:read'),
  'team.info': method('domain team', 50, 'team:read'),
  'reactions.add': method('channel! name! timestamp!', 50, 'reactions:write', write),
  'reactions.remove': method('name! file file_comment channel timestamp', 20, 'reactions:write', write),
  'files.info': method('cursor file! limit', 100, 'files:read'),
};

/** What a bot token is granted unless a test says otherwise. */
export const defaultScopes: readonly string[] =
  'app_mentions:read assistant:write channels:history chat:write commands files:read groups:history im:history im:read im:write metadata.message:read mpim:history reactions:write users:read'.split(
    ' ',
  );

/** The bot events that are subscribed unless a test says otherwise. */
export const defaultEvents: readonly string[] = ['app_mention', 'message.im', 'agent_session_stopped'];

/** Accepted beside the documented arguments: Bolt adds `team_id` to every call of a listener's client. */
export const everywhere: ReadonlySet<string> = new Set(['token', 'team_id']);

/** The scope names of a conversation, by the first letter of its id (C public, G private, D direct). */
export function scopesFor(spec: MethodSpec, channel: unknown): readonly string[] {
  const kind =
    typeof channel !== 'string' ? 'channels' : ({ D: 'im', G: 'groups' }[channel.charAt(0)] ?? 'channels');
  return spec.scopes.map((scope) => scope.replace('*', kind));
}
