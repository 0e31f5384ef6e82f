// Owns what a reader does to messages that stand there: presses a button, deletes, asks. What did not get through is said where it was done.

import { post } from './live.js';
import { words } from './words.js';

/** @param whisper (channel, thread, text) says something to this visitor alone */
export function createActions(store, whisper) {
  const { state } = store;
  const send = (path, { id, channel, thread }) =>
    post(path, { message: id }).catch(() => whisper(channel, thread, words.refused));
  return {
    isMine: (id) => id === state.you.id,
    /** The server's clock. */
    now: () => Date.now() + state.skew,
    pagesOf: ({ id, thread }) => store.pagesOf(thread, id),
    /** Resolves to false where the press was not taken. */
    async press({ action, turn }, { channel, thread }) {
      try {
        const answer = await post('/controls', { action, turn, channel });
        if (!answer?.say) return true;
        whisper(channel, thread, answer.say);
      } catch {
        whisper(channel, thread, words.refused);
      }
      return false;
    },
    remove: (message) => send('/deletions', message),
    ask: (message) => send('/asks', message),
  };
}
