// Owns chat.postMessage, chat.update, chat.delete, chat.postEphemeral and chat.getPermalink.
// Must not know streams (beyond that a streaming message cannot be edited), rate limits or tokens.

import {
  countPings,
  type Handler,
  isRefusal,
  isTrue,
  type MethodContext,
  openForWriting,
  parseContent,
  parseMetadata,
  refuse,
  toText,
} from './content.ts';
import { toApiMessage } from './reader.ts';
import { isStreaming } from './streams.ts';
import type { Json } from './types.ts';
import type { Message } from './workspace.ts';

/** docs.slack.dev/reference/methods/chat.postMessage: longer text is truncated, with the warning `message_truncated`. */
const postTextMax = 40_000;
/** docs.slack.dev/reference/methods/chat.update, msg_too_long: "The `text` field cannot exceed 4,000 characters". */
const updateTextMax = 4000;

export function createChatMethods(context: MethodContext): Readonly<Record<string, Handler>> {
  const { workspace, echo } = context;

  function postMessage(args: Json): Json {
    const channel = openForWriting(workspace, args.channel);
    if (isRefusal(channel)) return channel;
    const content = parseContent(args);
    if (isRefusal(content)) return content;
    const parsed = parseMetadata(args, context.metadataBytes);
    if (isRefusal(parsed)) return parsed;
    const hasBlocks = content.blocks !== undefined && content.blocks.length > 0;
    if (content.text === undefined && content.markdown === undefined && !hasBlocks) return refuse('no_text');
    const wanted = toText(args.thread_ts);
    const root = wanted === undefined ? undefined : channel.messages.get(wanted);
    if (wanted !== undefined && root === undefined && context.missingThread === 'refuse') {
      return refuse('thread_not_found');
    }
    const thread = root === undefined ? undefined : (root.thread ?? root.ts);
    const isTooLong = (content.text?.length ?? 0) > postTextMax;
    const message = workspace.put({
      channel: channel.id,
      user: workspace.botUserId,
      own: true,
      botId: workspace.botId,
      text: content.text?.slice(0, postTextMax) ?? '',
      markdown: content.markdown,
      blocks: content.blocks ?? [],
      thread,
      metadata: parsed.metadata,
      unfurlLinks: args.unfurl_links === undefined || isTrue(args.unfurl_links),
    });
    // docs.slack.dev/reference/methods/assistant.threads.setStatus: a reply of the app takes the status away.
    if (thread !== undefined) workspace.statuses.delete(`${channel.id} ${thread}`);
    countPings(workspace, { method: 'chat.postMessage', args, ts: message.ts, parse: 'none' });
    echo.posted(message);
    return {
      ok: true,
      channel: channel.id,
      ts: message.ts,
      message: toApiMessage(message, workspace.teamId, true),
      ...(isTooLong ? { warning: 'message_truncated' } : {}),
    };
  }

  function findOwn(args: Json, refusal: string): Message | ReturnType<typeof refuse> {
    const channel = workspace.channels.get(String(args.channel));
    if (!channel) return refuse('channel_not_found');
    const message = channel.messages.get(String(args.ts));
    if (!message || message.tombstone) return refuse('message_not_found');
    return message.own ? message : refuse(refusal);
  }

  function update(args: Json): Json {
    const message = findOwn(args, 'cant_update_message');
    if (isRefusal(message)) return message;
    // chat.update, is_inactive: "cannot be edited within a frozen, archived or deleted channel".
    if (workspace.channels.get(message.channel)?.archived) return refuse('is_inactive');
    // chat.update, streaming_state_conflict: "The message is currently streaming text and cannot be edited".
    if (isStreaming(message, workspace.clock, context.streamLifeMs))
      return refuse('streaming_state_conflict');
    // chat.update, edit_window_closed: "due to the team message edit settings".
    if (workspace.clock.now() - Number(message.ts) * 1000 > context.editWindowMs) {
      return refuse('edit_window_closed');
    }
    const content = parseContent(args);
    if (isRefusal(content)) return content;
    if ((content.text?.length ?? 0) > updateTextMax) return refuse('msg_too_long');
    const parsed = parseMetadata(args, context.metadataBytes);
    if (isRefusal(parsed)) return parsed;
    const hasBlocks = content.blocks !== undefined && content.blocks.length > 0;
    if (content.text === undefined && content.markdown === undefined && !hasBlocks) return refuse('no_text');
    if (content.text !== undefined) message.text = content.text;
    // Blocks that an update does not name stay, so that a new text alone changes nothing that a reader sees
    // (slackapi/python-slack-sdk#523); an empty list takes them away.
    if (content.blocks !== undefined) {
      message.blocks = content.blocks;
      message.markdown = undefined;
    }
    if (content.markdown !== undefined) {
      message.markdown = content.markdown;
      message.blocks = [];
      message.text = '';
    }
    // chat.update, metadata: "If you don't include this field, the message's previous metadata will be retained".
    if (parsed.metadata !== undefined) {
      message.metadata = Object.keys(parsed.metadata).length === 0 ? undefined : parsed.metadata;
    }
    if (message.stream) message.stream.state = 'ended';
    message.edits += 1;
    countPings(workspace, { method: 'chat.update', args, ts: message.ts, parse: 'client' });
    workspace.changed('message', message.channel, message.ts);
    echo.changed(message);
    return {
      ok: true,
      channel: message.channel,
      ts: message.ts,
      text: message.text,
      message: toApiMessage(message, workspace.teamId, true),
    };
  }

  function remove(args: Json): Json {
    const message = findOwn(args, 'cant_delete_message');
    if (isRefusal(message)) return message;
    removeMessage(context, message);
    return { ok: true, channel: message.channel, ts: message.ts };
  }

  function postEphemeral(args: Json): Json {
    const channel = openForWriting(workspace, args.channel);
    if (isRefusal(channel)) return channel;
    const content = parseContent(args);
    if (isRefusal(content)) return content;
    const hasBlocks = content.blocks !== undefined && content.blocks.length > 0;
    if (content.text === undefined && content.markdown === undefined && !hasBlocks) return refuse('no_text');
    if (!workspace.users.has(String(args.user))) return refuse('user_not_in_channel');
    const ts = workspace.nextTs();
    workspace.ephemerals.push({
      ts,
      channel: channel.id,
      user: String(args.user),
      thread: toText(args.thread_ts),
      text: content.markdown ?? content.text ?? '',
      blocks: content.blocks ?? [],
    });
    countPings(workspace, { method: 'chat.postEphemeral', args, ts });
    workspace.changed('ephemeral', channel.id, ts);
    return { ok: true, message_ts: ts };
  }

  function getPermalink(args: Json): Json {
    const { channel, message_ts: ts } = args;
    if (!workspace.find(String(channel), String(ts))) return refuse('message_not_found');
    const path = `${String(channel)}/p${String(ts).replace('.', '')}`;
    return { ok: true, channel, permalink: `https://fake.slack.com/archives/${path}` };
  }

  return {
    'chat.postMessage': postMessage,
    'chat.update': update,
    'chat.delete': remove,
    'chat.postEphemeral': postEphemeral,
    'chat.getPermalink': getPermalink,
  };
}

/** Takes a message away; the first message of a thread that has replies leaves a tombstone. */
export function removeMessage(context: MethodContext, message: Message): void {
  const channel = context.workspace.channels.get(message.channel);
  const hasReplies = [...(channel?.messages.values() ?? [])].some((other) => other.thread === message.ts);
  if (hasReplies) message.tombstone = true;
  else channel?.messages.delete(message.ts);
  context.workspace.changed('removed', message.channel, message.ts);
  context.echo.deleted(message);
}
