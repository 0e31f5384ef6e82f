// Owns what an entry of a log is made of: a message with what belongs to it, a question with the line of its thread, a status, a whisper.

import { addMarks } from './marks.js';
import { createMessage, createStatus, createWhisper, toPlain } from './message.js';
import { addThreadLine } from './root.js';

/**
 * Functions from an item to its entry, for either log.
 * @param options.toAddress (message) → where others find it; undefined where they cannot
 * @param options.composers `{channel, thread}`; `isOpen` (message) whether its thread is open; `openThread` (message)
 */
export function createEntries({ store, actions, composers, toAddress, isOpen, openThread }) {
  const toMessage = (item, composer) =>
    addMarks(createMessage(item, actions), item, {
      toWords: toPlain,
      toAddress,
      isMine: ({ author }) => actions.isMine(author.id),
      edit: (message) => composer.beginEdit(message),
      askAgain: actions.ask,
    });

  /** What else stands in a question's thread, and how it stands there. */
  const viewThread = ({ id }) => {
    const all = store.threadOf(id);
    return {
      others: all.filter((one) => one.id !== id),
      answers: all.flatMap(({ answer }) => (answer ? [answer] : [])),
      isGoing: store.statusesOf(id).length > 0 || all.some(({ page }) => page?.state === 'writing'),
    };
  };
  const toRoot = (item) => {
    const made = toMessage(item, composers.channel);
    if (item.thread !== item.id) return made;
    return addThreadLine(made, { view: viewThread, isOpen, open: openThread, press: actions.press });
  };

  const toEntry = (create) => (item) => {
    if (item.turn !== undefined) return createStatus(item, store.state.bot, actions);
    return item.thread === null || item.author === undefined ? createWhisper(item) : create(item);
  };
  return {
    inChannel: toEntry(toRoot),
    inThread: toEntry((item) => toMessage(item, composers.thread)),
  };
}
