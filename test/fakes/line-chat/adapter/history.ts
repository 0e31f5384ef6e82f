// Owns what is read back from the chat: a thread, and a question once more. Must not know how a prompt is built.

import { listOf } from '../../../../adapters/kit/fields.ts';
import { isBotError } from '../../../../src/errors.ts';
import type { Mention, Person, Platform, ThreadMessage } from '../../../../src/platform.ts';
import type { ChatClient } from '../client.ts';
import { asBotErrors } from './errors.ts';
import { type Message, parseMessage, toCommand, toMention, toWords } from './events.ts';
import { fromForm } from './format.ts';

/** The chat gives no more at once. */
const READ_MAX = 100;
const where = 'line:read';

export function createHistory(client: ChatClient): Pick<Platform, 'history' | 'reread'> {
  const call = (command: string, fields: object) =>
    asBotErrors({ where }, () => client.call(command, fields));
  const me = () => asBotErrors({ where }, () => client.me());

  return {
    async history({ thread, message, sentAt }, { limit, signal }) {
      const bot = await me();
      const answer = await call('read', { thread, limit: READ_MAX });
      signal.throwIfAborted();
      const messages = listOf(answer.messages, READ_MAX, parseMessage);
      // What is typed in place of a button is nothing that was said.
      const said = messages.filter(({ by, text }) => by.bot || toCommand(text) === undefined);
      const asked = said.findIndex(({ id }) => id === message);
      const isBefore = ({ at }: Message, index: number): boolean =>
        asked < 0 ? at <= sentAt : index < asked;
      return said
        .filter((one, index) => one.id !== message && (isBefore(one, index) || one.by.id === bot.id))
        .slice(-limit)
        .map((one) => toSaid(one, bot));
    },
    async reread(mention: Mention, { signal }) {
      try {
        const message = parseMessage(await call('get', { message: mention.message }));
        signal.throwIfAborted();
        return (message && toMention(message, await me())) ?? mention;
      } catch (error) {
        if (isBotError(error, 'message-deleted')) return 'gone';
        throw error;
      }
    },
  };
}

function toSaid({ id, by, at, text, note }: Message, bot: Person): ThreadMessage {
  const said = { id, author: { id: by.id, name: by.name }, attachments: [], sentAt: at };
  if (by.id !== bot.id) return { ...said, from: 'person', text: toWords(text, bot.name) ?? text };
  return { ...said, from: 'bot', ...(fromForm({ text, note }) ?? { text: '' }) };
}
