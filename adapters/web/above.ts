// Owns which message a mention without words asks about: the one that stands above it. Must not know how it is asked.

import type { RoomMessage } from './room.ts';

/** The newest before it in its thread, or among the channel's own where it hangs on none; `messages` from the oldest to the newest. */
export function findAbove(
  messages: readonly RoomMessage[],
  { id, channel, thread }: RoomMessage,
): RoomMessage | undefined {
  const at = messages.findLastIndex((message) => message.id === id);
  const isRoot = thread === id;
  return messages
    .slice(0, Math.max(0, at))
    .findLast((other) =>
      isRoot ? other.channel === channel && other.thread === other.id : other.thread === thread,
    );
}
