// Owns chat.startStream, chat.appendStream and chat.stopStream. Must not know rate limits, tokens or other methods.

import type { Clock } from '../../../src/clock.ts';
import { refuseBlocks, refuseChunks, toObjects } from './blocks.ts';
import {
  countPings,
  type Handler,
  isRefusal,
  type MethodContext,
  markdownTextMax,
  openForWriting,
  parseMetadata,
  refuse,
  toText,
} from './content.ts';
import type { Json } from './types.ts';
import type { Message } from './workspace.ts';

/** A stream lives about five minutes, seen by others: slackapi/python-slack-sdk#1859, slackapi/node-slack-sdk#2702. */
export function isStreaming(message: Message, clock: Clock, lifeMs: number): boolean {
  return message.stream?.state === 'open' && clock.now() - message.stream.startedAt <= lifeMs;
}

export function createStreamMethods(context: MethodContext): Readonly<Record<string, Handler>> {
  const { workspace } = context;

  function textOf(args: Json): string | ReturnType<typeof refuse> {
    const refused = refuseChunks(args.chunks);
    if (refused) return refuse(refused.error, refused.detail);
    const chunks = toObjects(args.chunks).map((chunk) =>
      chunk.type === 'markdown_text' ? String(chunk.text) : '',
    );
    const text = (toText(args.markdown_text) ?? '') + chunks.join('');
    // docs.slack.dev/reference/methods/chat.appendStream, markdown_text: "Limit this field to 12,000 characters".
    return text.length > markdownTextMax ? refuse('msg_too_long') : text;
  }

  /** Adds text to a stream; refuses what would make it too large, and everything from then on. */
  function grow(
    method: string,
    message: Message,
    args: Json,
    text: string,
  ): ReturnType<typeof refuse> | undefined {
    const stream = message.stream;
    if (stream === undefined) return refuse('message_not_in_streaming_state');
    const bytes = Buffer.byteLength(text);
    // Streamed messages take 10.6 to 11.3 KB of UTF-8 in all and refuse for good then, seen by others: CopilotKit#6063, adcp#4824.
    if (bytes > 0 && (stream.full || stream.bytes + bytes > context.streamBytes)) {
      stream.full = true;
      return refuse('msg_too_long');
    }
    const before = message.markdown ?? '';
    stream.bytes += bytes;
    message.markdown = before + text;
    countPings(workspace, {
      method,
      args,
      ts: message.ts,
      streamed: { before, after: message.markdown },
    });
    return undefined;
  }

  function start(args: Json): Json {
    const channel = openForWriting(workspace, args.channel);
    if (isRefusal(channel)) return channel;
    // docs.slack.dev/reference/methods/chat.startStream: recipient_user_id, recipient_team_id "Required when streaming to channels".
    if (!channel.id.startsWith('D')) {
      if (!toText(args.recipient_user_id)) return refuse('missing_recipient_user_id');
      if (!toText(args.recipient_team_id)) return refuse('missing_recipient_team_id');
    }
    const text = textOf(args);
    if (typeof text !== 'string') return text;
    if (Buffer.byteLength(text) > context.streamBytes) return refuse('msg_too_long');
    const mode = args.task_display_mode;
    if (mode !== undefined && mode !== 'timeline' && mode !== 'plan') return refuse('invalid_arguments');
    const wanted = toText(args.thread_ts);
    const root = wanted === undefined ? undefined : channel.messages.get(wanted);
    if (wanted !== undefined && root === undefined && context.missingThread === 'refuse') {
      return refuse('thread_not_found');
    }
    const thread = root === undefined ? undefined : (root.thread ?? root.ts);
    const message = workspace.put({
      channel: channel.id,
      user: workspace.botUserId,
      own: true,
      botId: workspace.botId,
      text: '',
      markdown: '',
      thread,
      stream: { startedAt: workspace.clock.now(), bytes: 0, state: 'open', full: false },
    });
    const refused = grow('chat.startStream', message, args, text);
    if (refused) return refused;
    if (thread !== undefined) workspace.statuses.delete(`${channel.id} ${thread}`);
    // So that whoever waits for the message to hang hears of it.
    workspace.after(context.streamLifeMs + 1, () =>
      workspace.changed('message', message.channel, message.ts),
    );
    workspace.changed('message', message.channel, message.ts);
    context.echo.posted(message);
    return { ok: true, channel: channel.id, ts: message.ts };
  }

  function findStream(args: Json): Message | ReturnType<typeof refuse> {
    const channel = openForWriting(workspace, args.channel);
    if (isRefusal(channel)) return channel;
    const message = channel.messages.get(String(args.ts));
    if (!message || message.tombstone) return refuse('message_not_found');
    if (!message.own) return refuse('message_not_owned_by_app');
    // chat.appendStream, stopped_by_user: "stopped by the user and no further appends are accepted".
    if (message.stream?.state === 'stopped-by-user') return refuse('stopped_by_user');
    return isStreaming(message, workspace.clock, context.streamLifeMs)
      ? message
      : refuse('message_not_in_streaming_state');
  }

  function append(args: Json): Json {
    const message = findStream(args);
    if (isRefusal(message)) return message;
    // chat.appendStream, no_text: "No message text provided".
    if (!toText(args.markdown_text) && args.chunks === undefined) return refuse('no_text');
    const text = textOf(args);
    if (typeof text !== 'string') return text;
    const refused = grow('chat.appendStream', message, args, text);
    if (refused) return refused;
    workspace.changed('message', message.channel, message.ts);
    return { ok: true, channel: message.channel, ts: message.ts };
  }

  function stop(args: Json): Json {
    const message = findStream(args);
    if (isRefusal(message)) return message;
    const text = textOf(args);
    if (typeof text !== 'string') return text;
    // chat.stopStream, msg_blocks_too_many: "blocks are limited to 50 per message".
    const refused = refuseBlocks(args.blocks, 'msg_blocks_too_many');
    if (refused) return refuse(refused.error, refused.detail);
    const parsed = parseMetadata(args, context.metadataBytes);
    if (isRefusal(parsed)) return parsed;
    const tooLong = grow('chat.stopStream', message, args, text);
    if (tooLong) return tooLong;
    message.blocks = toObjects(args.blocks);
    message.metadata = parsed.metadata;
    if (message.stream) message.stream.state = 'ended';
    const session = toText(args.session_status) ?? 'active';
    const key = `${message.channel} ${message.thread ?? message.ts}`;
    // docs.slack.dev, agent sessions: a stopped stream leaves `processing`, for `active` unless it is told otherwise.
    if (workspace.sessions.has(key)) workspace.sessions.set(key, session);
    workspace.changed('message', message.channel, message.ts);
    context.echo.changed(message);
    return { ok: true, channel: message.channel, ts: message.ts, message: { text: message.markdown } };
  }

  return { 'chat.startStream': start, 'chat.appendStream': append, 'chat.stopStream': stop };
}
