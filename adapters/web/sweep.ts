// Owns which messages of the playground go when there are too many: questions that were not taken, then the
// oldest threads, but no question whose answer has still to come.
// Must not know how they are kept.

import type { RoomMessage } from './room.ts';

/** How many messages are kept, beside those that wait for their answer; and how many with them. */
const KEPT = 500;
const KEPT_WITH_OPEN = 1_000;
/** Of the questions that were not taken the newest: a crowd of them takes away no answers. */
const REFUSED_KEPT = 100;

/** Groups of messages that go now, oldest first. Each group stands in one channel. */
export function toGone(
  messages: ReadonlyMap<string, RoomMessage>,
  newest: RoomMessage,
): readonly (readonly RoomMessage[])[] {
  if (messages.size <= KEPT) return [];
  const all = [...messages.values()];
  const left = new Set(all);
  const groups: (readonly RoomMessage[])[] = [];
  /** A thread goes as a whole, unless `stays` says so of one of its messages; a single endless thread loses its beginning. */
  const shrink = (most: number, stays: (message: RoomMessage) => boolean): void => {
    for (const oldest of all) {
      if (left.size <= most) return;
      if (!left.has(oldest) || stays(oldest)) continue;
      const isAlone = oldest.thread === oldest.channel || oldest.thread === newest.thread;
      const gone = isAlone ? [oldest] : all.filter(({ thread }) => thread === oldest.thread);
      if (gone.some(stays)) continue;
      for (const message of gone) left.delete(message);
      groups.push(gone);
    }
  };
  const most = KEPT + all.filter(isOpen).length;
  const refused = new Set(all.filter((message) => message.refused !== null).slice(0, -REFUSED_KEPT));
  shrink(most, (message) => !refused.has(message));
  shrink(most, isOpen);
  shrink(KEPT_WITH_OPEN, isWriting);
  return groups;
}

function isWriting({ page }: RoomMessage): boolean {
  return page?.state === 'writing';
}

/** Its answer is being written, or has still to come: it is asked, and nothing became of it yet. */
function isOpen(message: RoomMessage): boolean {
  const { asked, refused, answer } = message;
  if (isWriting(message)) return true;
  if (asked === null || refused !== null) return false;
  return answer === null || answer.state === 'waiting' || answer.state === 'running';
}
