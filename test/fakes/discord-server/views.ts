// Owns what a reader of the fake sees: messages as they stand now, without what Discord does not show.

import { wordsOf } from './forms.ts';
import { isSystem } from './payloads.ts';
import { isFields } from './refusal.ts';
import type { ReaderMessage, ShownButton } from './types.ts';
import type { Channel, Message, World } from './world.ts';

/** Buttons anywhere in the message, in reading order. */
export function buttonsOf(message: Message): readonly ShownButton[] {
  const found: ShownButton[] = [];
  function walk(component: unknown): void {
    if (!isFields(component)) return;
    if (component.type === 2) {
      found.push({
        label: String(component.label ?? ''),
        customId: String(component.custom_id ?? ''),
        style: Number(component.style ?? 0),
        disabled: component.disabled === true,
      });
    }
    if (Array.isArray(component.components)) for (const child of component.components) walk(child);
    walk(component.accessory);
  }
  for (const component of message.components) walk(component);
  return found;
}

function toReaderMessage(world: World, message: Message): ReaderMessage {
  const { author } = message;
  return {
    id: message.id,
    author: { id: author.id, name: author.name, bot: author.bot ?? false },
    content: wordsOf(message),
    buttons: buttonsOf(message),
    embeds: message.embeds,
    attachments: message.attachments.map((file) => file.name),
    edits: message.edits,
    replyTo: message.reference?.message,
    flags: message.flags,
    at: message.at,
    editedAt: message.editedAt,
    reactions: [...message.reactions].map(([emoji, users]) => ({
      emoji,
      count: users.size,
      me: users.has(world.bot.id),
    })),
    thread: message.thread,
  };
}

export function toReaderMessages(world: World, channel: Channel | undefined): readonly ReaderMessage[] {
  if (channel === undefined) return [];
  return [...channel.messages.values()]
    .filter((message) => !isSystem(message))
    .map((message) => toReaderMessage(world, message));
}
