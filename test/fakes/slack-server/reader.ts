// Owns what a reader sees of a message, what rings somebody, and what the API gives back of a message that was written.
// Must not know calls or events.

import { isObject, textsOf, toObjects } from './blocks.ts';
import type { Json, ReaderButton, ReaderEphemeral, ReaderMessage, ReaderPart } from './types.ts';
import type { Ephemeral, Message, StoredFile } from './workspace.ts';

export function toReaderMessage(message: Message, isLive: boolean): ReaderMessage {
  const parts = toParts(message);
  const of = (...kinds: ReaderPart['kind'][]) =>
    parts.filter((part) => kinds.includes(part.kind)).map((part) => part.text);
  const body = of('markdown', 'text', 'rich');
  const isOpen = message.stream?.state === 'open';
  return {
    ts: message.ts,
    channel: message.channel,
    ...(message.thread === undefined ? {} : { thread: message.thread }),
    user: message.user,
    own: message.own,
    text: body.join('\n'),
    notices: of('section'),
    context: of('context'),
    parts,
    buttons: toButtons(message.blocks),
    streaming: isOpen && isLive,
    stuck: isOpen && !isLive,
    edits: message.edits,
    unfurled: message.unfurlLinks && parts.some((part) => /https?:\/\/\S/.test(part.text)),
    fallback: message.text,
    blocks: message.blocks,
    ...(message.metadata === undefined ? {} : { metadata: message.metadata }),
    files: message.files.map((file) => String(file.object.name)),
  };
}

function toParts(message: Message): readonly ReaderPart[] {
  if (message.tombstone) return [{ kind: 'other', text: 'This message was deleted.' }];
  const parts: ReaderPart[] = [];
  if (message.markdown !== undefined) parts.push({ kind: 'markdown', text: message.markdown });
  for (const block of message.blocks) parts.push(...toBlockParts(block));
  // The text argument is a fallback for notifications as soon as there is something else to show.
  if (message.markdown === undefined && message.blocks.length === 0) {
    parts.push({ kind: 'text', text: message.text });
  }
  return parts;
}

function toBlockParts(block: Json): readonly ReaderPart[] {
  const text = block.text;
  switch (block.type) {
    case 'markdown':
      return [{ kind: 'markdown', text: String(text) }];
    case 'section':
      return [...(isObject(text) ? [String(text.text)] : []), ...textsOf(block.fields)].map((line) => ({
        kind: 'section',
        text: line,
      }));
    case 'context':
      return textsOf(block.elements).map((line) => ({ kind: 'context', text: line }));
    case 'rich_text':
      return [{ kind: 'rich', text: textsOf(block.elements).join('') }];
    case 'actions':
    case 'context_actions':
    case 'divider':
      return [];
    default:
      return textsOf(block).map((line) => ({ kind: 'other', text: line }));
  }
}

export function toButtons(blocks: readonly Json[]): readonly ReaderButton[] {
  return blocks
    .filter((block) => block.type === 'actions' || block.type === 'context_actions')
    .flatMap((block) =>
      toObjects(block.elements)
        .filter((element) => element.type === 'button')
        .map((element) => ({
          label: isObject(element.text) ? String(element.text.text) : '',
          actionId: String(element.action_id ?? ''),
          blockId: String(block.block_id ?? ''),
          value: String(element.value ?? ''),
          ...(typeof element.style === 'string' ? { style: element.style } : {}),
        })),
    );
}

export function toReaderEphemeral(ephemeral: Ephemeral): ReaderEphemeral {
  const shown = ephemeral.blocks.length > 0 ? ephemeral.blocks.flatMap(toBlockParts) : [];
  return {
    ts: ephemeral.ts,
    channel: ephemeral.channel,
    user: ephemeral.user,
    ...(ephemeral.thread === undefined ? {} : { thread: ephemeral.thread }),
    text: shown.length > 0 ? shown.map((part) => part.text).join('\n') : ephemeral.text,
    buttons: toButtons(ephemeral.blocks),
  };
}

/** docs.slack.dev/messaging/formatting-message-text: "special mentions" and mentions of people and groups. */
const live = /<(?:!(?:channel|here|everyone)|!subteam\^[A-Z0-9]+|@[UW][A-Z0-9]+)(?:\|[^<>]*)?>/g;
const bare = /(?<![\w&;])@(?:channel|here|everyone)\b/g;

/**
 * What in these texts rings somebody. Whether markdown rings is not documented: assumed that it does. With `parse` other than
 * `none`, or `link_names`, bare `@here` counts too.
 */
export function findPings(texts: readonly string[], parsesNames: boolean): readonly string[] {
  return texts.flatMap((text) => [
    ...(text.match(live) ?? []),
    ...(parsesNames ? (text.match(bare) ?? []) : []),
  ]);
}

/**
 * A message as `conversations.replies` gives it back. Markdown does not come back as it was sent: Slack turns it into rich
 * text with block ids of its own. The conversion here is rough, which is the point: who needs the source must keep it elsewhere.
 */
export function toApiMessage(message: Message, teamId: string, withMetadata: boolean): Json {
  if (message.tombstone) {
    return {
      type: 'message',
      subtype: 'tombstone',
      user: 'USLACKBOT',
      text: 'This message was deleted.',
      hidden: true,
      ts: message.ts,
      thread_ts: message.ts,
    };
  }
  const blocks = [
    ...(message.markdown === undefined ? [] : [toRichText(message.markdown, `${message.ts}-m`)]),
    ...message.blocks.map((block, index) =>
      block.type === 'markdown' ? toRichText(String(block.text), `${message.ts}-${index}`) : block,
    ),
  ];
  const { botId } = message;
  return {
    type: 'message',
    ...(message.subtype === undefined ? {} : { subtype: message.subtype }),
    user: message.user,
    ts: message.ts,
    team: teamId,
    text: message.markdown === undefined ? message.text : toMrkdwn(message.markdown),
    ...(botId === undefined
      ? {}
      : { bot_id: botId, app_id: 'A0FAKE', bot_profile: { id: botId, name: 'bot' } }),
    ...(blocks.length === 0 ? {} : { blocks }),
    ...(message.thread === undefined ? {} : { thread_ts: message.thread }),
    ...(message.edits === 0 ? {} : { edited: { user: message.user, ts: message.ts } }),
    ...(message.attachments.length === 0 ? {} : { attachments: message.attachments }),
    ...(message.files.length === 0 ? {} : { files: message.files.map(toMessageFile) }),
    ...(withMetadata && message.metadata !== undefined ? { metadata: message.metadata } : {}),
    ...(message.reactions.size === 0 ? {} : { reactions: toReactions(message) }),
  };
}

/** A file as it stands in a message. */
export function toMessageFile(file: StoredFile): Json {
  return file.asShown === undefined ? file.object : { id: file.id, ...file.asShown };
}

function toReactions(message: Message): readonly Json[] {
  return [...message.reactions].map(([name, users]) => ({ name, users: [...users], count: users.size }));
}

function toRichText(markdown: string, blockId: string): Json {
  const sections = markdown.split(/\n{2,}/).map((paragraph) => ({
    type: paragraph.startsWith('```') ? 'rich_text_preformatted' : 'rich_text_section',
    elements: [
      { type: 'text', text: paragraph.replace(/^```\w*\n?|\n?```$/g, '').replace(/\*\*|^#+ /gm, '') },
    ],
  }));
  return { type: 'rich_text', block_id: blockId, elements: sections };
}

/** `text` of a message that was written as markdown: Slack's own markup, its control characters escaped. Assumed, and lossy. */
function toMrkdwn(markdown: string): string {
  return markdown
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/\*\*(.+?)\*\*/g, '*$1*')
    .replace(/^#+ (.*)$/gm, '*$1*')
    .replace(/\[([^\]]+)\]\((https?:[^)\s]+)\)/g, '<$2|$1>');
}
