// Owns what a message of the playground is to the bot: a question, or a part of its thread. Must not know how messages are kept.

import type { Mention, Place, ThreadMessage } from '../../src/platform.ts';
import { toAttachment } from './files.ts';
import type { Room, RoomMessage } from './room.ts';
import { toWords } from './words.ts';

export function toMention(message: RoomMessage, place: Place): Mention {
  return {
    ...place,
    // Words that were changed since are another question.
    id: `web:${message.id}${message.edits > 0 ? `:e${message.edits}` : ''}`,
    thread: message.thread,
    message: message.id,
    asker: message.author,
    text: toWords(message.text),
    attachments: message.files.map(toAttachment),
    sentAt: message.sentAt,
  };
}

export function toSaid(message: RoomMessage, room: Room): ThreadMessage {
  const { id, from, author, page, sentAt } = message;
  const said = { id, from, author, attachments: message.files.map(toAttachment), sentAt };
  if (from === 'person') return { ...said, text: toWords(message.text) };
  return { ...said, text: room.textOf(id), page: page?.index ?? 0, ...(page ? { state: page.state } : {}) };
}
