// Owns what was read: the last message of each channel that was looked at, kept over reloads, and how many have come since.

import { keep, onKept, recall } from './memory.js';

const NAME = 'read';

/** What was kept, as far as it is what is kept here: whatever else runs under this address may write there. */
function recallRead() {
  const kept = recall(NAME, {});
  const entries = typeof kept === 'object' && kept !== null ? Object.entries(kept) : [];
  return Object.fromEntries(entries.filter(([, id]) => typeof id === 'string'));
}

/** Ids of one start of the server end in a number that grows. */
function parseId(id) {
  const at = id.lastIndexOf('m');
  return { start: id.slice(0, at), count: Number(id.slice(at + 1)) };
}

function isAfter(id, read) {
  const [one, other] = [parseId(id), parseId(read)];
  // What was read in another start of the server is gone: all that stands here is new.
  return one.start !== other.start || one.count > other.count;
}

/** Of one reply its first page counts. */
const counts = ({ page }) => page === null || page.index === 0;

export function createUnread() {
  let read = recallRead();
  onKept(NAME, () => {
    read = recallRead();
  });

  return {
    /**
     * How many messages each channel has that were not read, own ones left out.
     * @param isSeen (channel) whether it is looked at now: then all of it is read
     */
    count({ messages, channels, you }, isSeen) {
      const newest = new Map();
      const found = new Map();
      for (const message of messages.values()) newest.set(message.channel, message.id);
      let isChanged = false;
      for (const { id } of channels) {
        const last = newest.get(id);
        // Who comes for the first time has missed nothing.
        if (isSeen(id) || read[id] === undefined) {
          const next = last ?? read[id] ?? '';
          isChanged ||= read[id] !== next;
          read[id] = next;
        }
      }
      for (const message of messages.values()) {
        const { channel, id, author } = message;
        if (read[channel] === undefined || author.id === you.id || !counts(message)) continue;
        if (isAfter(id, read[channel])) found.set(channel, (found.get(channel) ?? 0) + 1);
      }
      if (isChanged) {
        const known = new Set(channels.map(({ id }) => id));
        read = Object.fromEntries(Object.entries(read).filter(([id]) => known.has(id)));
        keep(NAME, read);
      }
      return found;
    },
  };
}
