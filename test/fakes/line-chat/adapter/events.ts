// Owns what the chat's events mean: who asks, what is pressed, what is removed. Pure.

import { countOf, fieldsOf, someText, textOf } from '../../../../adapters/kit/fields.ts';
import type { ControlAction, Mention, Person, Place } from '../../../../src/platform.ts';

export const NAME = 'line';
/** There is one house. */
export const SCOPE = 'line';
const ID_MAX = 64;
/** As the chat's manual has it. */
const TEXT_MAX = 4_000;

export interface Message {
  readonly id: string;
  readonly channel: string;
  readonly thread: string;
  readonly by: Person & { readonly bot: boolean };
  readonly at: number;
  readonly text: string;
  readonly note: string;
}

export type ChatEvent =
  | { readonly kind: 'said'; readonly message: Message }
  | { readonly kind: 'removed'; readonly message: string; readonly channel: string };

export function parseEvent(value: unknown): ChatEvent | undefined {
  const event = fieldsOf(value);
  if (event.kind === 'said') {
    const message = parseMessage(event.message);
    return message && { kind: 'said', message };
  }
  const message = someText(event.message, ID_MAX);
  const channel = someText(event.channel, ID_MAX);
  if (event.kind !== 'removed' || message === undefined || channel === undefined) return undefined;
  return { kind: 'removed', message, channel };
}

export function parseMessage(value: unknown): Message | undefined {
  const message = fieldsOf(value);
  const by = fieldsOf(message.by);
  const [id, channel, thread] = [message.id, message.channel, message.thread].map((one) =>
    someText(one, ID_MAX),
  );
  const person = someText(by.id, ID_MAX);
  if (id === undefined || channel === undefined || thread === undefined || person === undefined)
    return undefined;
  return {
    ...{ id, channel, thread, at: countOf(message.at) ?? 0 },
    by: { id: person, name: textOf(by.name, ID_MAX), bot: by.bot === true },
    text: textOf(message.text, TEXT_MAX),
    note: textOf(message.note, TEXT_MAX),
  };
}

export function toPlace(channel: string): Place {
  return { platform: NAME, scope: SCOPE, channel, direct: channel.startsWith('@') };
}

/** Undefined where nobody asks the bot. */
export function toMention(message: Message, bot: Person): Mention | undefined {
  const { id, channel, thread, by, at } = message;
  const place = toPlace(channel);
  const words = toWords(message.text, bot.name);
  if (by.bot || !(place.direct || words !== undefined)) return undefined;
  return {
    ...{ ...place, id: `${NAME}:${id}`, thread, message: id, sentAt: at, attachments: [] },
    asker: { id: by.id, name: by.name },
    text: words ?? message.text.trim(),
  };
}

/** A typed command stands for a button. */
export function toCommand(
  text: string,
): { readonly action: ControlAction; readonly turn: string } | undefined {
  const [, action, turn] = /^\s{0,9}\/(stop|retry|continue) ([\w-]{1,64})\s{0,9}$/.exec(text) ?? [];
  return action === undefined || turn === undefined ? undefined : { action: action as ControlAction, turn };
}

/** What is said to the bot, without its name; undefined where it is not named. */
export function toWords(text: string, name: string): string | undefined {
  const at = text.toLowerCase().indexOf(`@${name.toLowerCase()}`);
  const end = at + name.length + 1;
  if (at < 0 || /^[\p{L}\p{N}_]/u.test(text.slice(end, end + 2))) return undefined;
  return `${text.slice(0, at)}${text.slice(end)}`.trim();
}
