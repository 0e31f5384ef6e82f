// Owns what reads the workspace or marks it: auth, conversations, people, files, reactions, statuses.
// Must not know messages' rules, rate limits or tokens.

import { type Handler, isTrue, type MethodContext, refuse, toText } from './content.ts';
import { toApiMessage } from './reader.ts';
import type { Json } from './types.ts';
import type { Message } from './workspace.ts';

/** docs.slack.dev/reference/methods/assistant.threads.setStatus: "A two minute timeout applies". */
const statusLifeMs = 120_000;
/** docs.slack.dev/reference/methods/conversations.replies and .history: default and largest `limit`. */
const defaultPage = { replies: 1000, history: 100 };
const largestPage = 1000;

export function createLookupMethods(context: MethodContext): Readonly<Record<string, Handler>> {
  const { workspace } = context;

  /** One page of messages, and the cursor of the next. */
  function toPage(messages: readonly Message[], args: Json, fallback: number): Json {
    const cursor = toText(args.cursor);
    const decoded = cursor === undefined ? '0' : Buffer.from(cursor, 'base64').toString();
    // conversations.replies, invalid_cursor.
    if (!/^\d+$/.test(decoded)) return refuse('invalid_cursor');
    const from = Number(decoded);
    const limit = args.limit === undefined ? fallback : Number(args.limit);
    if (!Number.isInteger(limit) || limit < 1 || limit > largestPage) return refuse('invalid_limit');
    const page = messages.slice(from, from + limit);
    const hasMore = from + limit < messages.length;
    const next = hasMore ? Buffer.from(String(from + limit)).toString('base64') : '';
    return {
      ok: true,
      messages: page.map((message) =>
        toApiMessage(message, workspace.teamId, context.keepsMetadata && isTrue(args.include_all_metadata)),
      ),
      has_more: hasMore,
      response_metadata: { next_cursor: next },
    };
  }

  function isWithin(message: Message, args: Json): boolean {
    const inclusive = isTrue(args.inclusive);
    const ts = Number(message.ts);
    const oldest = toText(args.oldest);
    const latest = toText(args.latest);
    if (oldest !== undefined && !(inclusive ? ts >= Number(oldest) : ts > Number(oldest))) return false;
    return latest === undefined || (inclusive ? ts <= Number(latest) : ts < Number(latest));
  }

  function replies(args: Json): Json {
    const channel = workspace.channels.get(String(args.channel));
    if (!channel) return refuse('channel_not_found');
    const named = channel.messages.get(String(args.ts));
    // conversations.replies, thread_not_found: "Value for `ts` was missing or invalid".
    if (!named) return refuse('thread_not_found');
    const root = named.thread ?? named.ts;
    // The first message of the thread comes whatever oldest and latest say.
    const messages = [...channel.messages.values()].filter(
      (message) => message.ts === root || (message.thread === root && isWithin(message, args)),
    );
    return toPage(messages, args, defaultPage.replies);
  }

  function history(args: Json): Json {
    const channel = workspace.channels.get(String(args.channel));
    if (!channel) return refuse('channel_not_found');
    if (!channel.member) return refuse('not_in_channel');
    const messages = [...channel.messages.values()]
      .filter((message) => message.thread === undefined && isWithin(message, args))
      .reverse();
    return toPage(messages, args, defaultPage.history);
  }

  function conversationInfo(args: Json): Json {
    const channel = workspace.channels.get(String(args.channel));
    if (!channel) return refuse('channel_not_found');
    const kind = channel.id.charAt(0);
    const name = kind === 'D' ? {} : { name: channel.name };
    return {
      ok: true,
      channel: {
        id: channel.id,
        ...name,
        is_channel: kind === 'C',
        is_group: kind === 'G',
        is_im: kind === 'D',
        is_private: kind !== 'C',
        is_archived: channel.archived,
        is_member: channel.member,
      },
    };
  }

  function userInfo(args: Json): Json {
    const id = String(args.user);
    const user = workspace.users.get(id);
    if (!user) return refuse('user_not_found');
    const realName = user.realName ?? user.name;
    return {
      ok: true,
      user: {
        id,
        team_id: workspace.teamId,
        name: user.name.toLowerCase().replace(/\s+/g, '.'),
        real_name: realName,
        is_bot: id === workspace.botUserId,
        ...(isTrue(args.include_locale) ? { locale: user.locale ?? 'en-US' } : {}),
        profile: { real_name: realName, display_name: user.name },
      },
    };
  }

  function react(args: Json, isAdding: boolean): Json {
    const name = String(args.name);
    const message = workspace.find(String(args.channel), String(args.timestamp));
    if (!workspace.channels.has(String(args.channel))) return refuse('channel_not_found');
    if (!message) return refuse('message_not_found');
    // reactions.add, invalid_name.
    if (!/^[a-z0-9_+'-]+(::skin-tone-[2-6])?$/.test(name)) return refuse('invalid_name');
    const users = message.reactions.get(name) ?? new Set<string>();
    const has = users.has(workspace.botUserId);
    if (isAdding && has) return refuse('already_reacted');
    if (!isAdding && !has) return refuse('no_reaction');
    if (isAdding) message.reactions.set(name, users.add(workspace.botUserId));
    else users.delete(workspace.botUserId);
    if (users.size === 0) message.reactions.delete(name);
    workspace.changed('reaction', message.channel, message.ts);
    return { ok: true };
  }

  function setThreadStatus(args: Json): Json {
    const channel = workspace.channels.get(String(args.channel_id));
    if (!channel) return refuse('channel_not_found');
    const thread = String(args.thread_ts);
    // assistant.threads.setStatus, invalid_thread_ts.
    if (!channel.messages.has(thread)) return refuse('invalid_thread_ts');
    const lines = args.loading_messages;
    // loading_messages: "Maximum of 10 messages".
    if (Array.isArray(lines) && lines.length > 10) return refuse('invalid_arguments');
    const text = toText(args.status);
    const key = `${channel.id} ${thread}`;
    if (text === undefined) workspace.statuses.delete(key);
    else {
      workspace.statuses.set(key, { text, until: workspace.clock.now() + statusLifeMs });
      workspace.after(statusLifeMs, () => workspace.changed('status', channel.id, thread));
    }
    workspace.changed('status', channel.id, thread);
    return { ok: true };
  }

  function setSessionStatus(args: Json): Json {
    // agents.sessions.setStatus, feature_disabled.
    if (!context.agent) return refuse('feature_disabled');
    const channel = workspace.channels.get(String(args.channel_id));
    if (!channel) return refuse('channel_not_found');
    const thread = toText(args.thread_ts);
    if (thread === undefined) return refuse('thread_ts_required');
    const status = String(args.status);
    // agents.sessions.setStatus, invalid_status. The values are those in the types of @slack/web-api 8.2.0.
    if (!['active', 'processing', 'suspended', 'closed'].includes(status)) return refuse('invalid_status');
    workspace.sessions.set(`${channel.id} ${thread}`, status);
    workspace.changed('status', channel.id, thread);
    return { ok: true, status, agent_status: status };
  }

  function threadMark(args: Json): Json {
    return workspace.find(String(args.channel_id), String(args.thread_ts))
      ? { ok: true }
      : refuse('invalid_thread_ts');
  }

  function openConversation(args: Json): Json {
    const user = toText(args.users);
    if (user === undefined || !workspace.users.has(user)) return refuse('user_not_found');
    const channel = workspace.openChannel(`D${user.slice(1)}`);
    return { ok: true, channel: { id: channel.id } };
  }

  const team = { id: workspace.teamId, name: 'Fake Workspace', domain: 'fake' };
  return {
    'api.test': (args) => (args.error === undefined ? { ok: true, args } : refuse(String(args.error))),
    'auth.test': () => ({
      ok: true,
      url: 'https://fake.slack.com/',
      team: team.name,
      user: 'bot',
      team_id: workspace.teamId,
      user_id: workspace.botUserId,
      bot_id: workspace.botId,
      is_enterprise_install: false,
    }),
    'conversations.replies': replies,
    'conversations.history': history,
    'conversations.info': conversationInfo,
    'conversations.open': openConversation,
    // docs.slack.dev/reference/methods/usergroups.list: all groups at once, without pages.
    'usergroups.list': () => ({
      ok: true,
      usergroups: Object.entries(context.userGroups).map(([id, { name, handle }]) => ({
        ...{ id, team_id: workspace.teamId, is_usergroup: true, name, handle, description: '' },
        ...{ is_external: false, date_delete: 0, user_count: 2 },
      })),
    }),
    'users.info': userInfo,
    'bots.info': (args) =>
      args.bot === workspace.botId
        ? {
            ok: true,
            bot: {
              id: workspace.botId,
              name: 'bot',
              app_id: 'A0FAKE',
              user_id: workspace.botUserId,
              deleted: false,
            },
          }
        : refuse('bot_not_found'),
    'team.info': () => ({ ok: true, team }),
    'files.info': (args) => {
      const file = workspace.files.get(String(args.file));
      return file ? { ok: true, file: file.object } : refuse('file_not_found');
    },
    'reactions.add': (args) => react(args, true),
    'reactions.remove': (args) => react(args, false),
    'assistant.threads.setStatus': setThreadStatus,
    'assistant.threads.setTitle': threadMark,
    'assistant.threads.setSuggestedPrompts': () => ({ ok: true }),
    'agents.sessions.setStatus': setSessionStatus,
  };
}

/** The status beside the bot's name in a thread, empty when it was taken away or timed out. */
export function statusOf(context: MethodContext, channel: string, thread: string): string {
  const status = context.workspace.statuses.get(`${channel} ${thread}`);
  return status && status.until > context.workspace.clock.now() ? status.text : '';
}
