// Owns one reply in the playground: how its pages are put into the room. Must not know pacing or who reads.

import { BotError } from '../../src/errors.ts';
import type { Lane, Mention, OpenReplyOptions, Page, ReplySink, Written } from '../../src/platform.ts';
import { BOT, type Room, type ShownPage } from './room.ts';

/**
 * Our own page has no limit: enough for twenty edits a second of twenty-five replies at once. The words of a model come
 * together for 50 ms: a floor below that lets each such step through.
 */
const lane: Lane = {
  key: 'web:web:write',
  platform: 'web',
  scope: 'web',
  perMinute: 30_000,
  burst: 600,
  floorMs: 40,
};
/** The same for what stands beside the answers. */
export const beside: Lane = {
  key: 'web:web:beside',
  platform: 'web',
  scope: 'web',
  perMinute: 60_000,
  burst: 600,
};
/** A page longer than this is a burden to the browser's layout. */
const BODY_MAX = 40_000;

export function createSink(room: Room, mention: Mention, reply: OpenReplyOptions): ReplySink {
  const { channel, thread } = mention;
  const gone = (id: string) => new BotError('message-deleted', `page ${id} is gone`, { where: lane.key });
  /** Whether a page of the reply stands: it is the better sign that something is going on, and there is one sign. */
  let stands = (reply.saved ?? []).some(({ id }) => room.get(id) !== undefined);
  const place = { channel, thread, turn: reply.turn, question: mention.message };
  const written = (id: string, page: Page): Written => {
    stands = true;
    clearStatus();
    return { ref: { id }, shown: page.text.length, again: false };
  };
  const clearStatus = (): void => {
    if (room.statusOf(reply.turn) !== undefined) room.setStatus(place, null);
  };

  return {
    limits: { max: BODY_MAX, sizeOf: (body) => body.length, maxAgeMs: Number.MAX_SAFE_INTEGER },
    plan: () => ({ lane, how: {} }),
    statusIsText: true,
    statusLane: beside,
    showsReasoning: true,
    async post(page) {
      const asked = room.get(mention.message);
      // The question is gone, and with it the place where the answer would stand.
      if (asked === undefined) throw gone(mention.message);
      const { id } = room.add(
        {
          channel,
          thread,
          from: 'bot',
          author: BOT,
          text: '',
          page: toShown(page),
          askedBy: mention.asker.id,
          question: mention.message,
        },
        page.text,
      );
      return written(id, page);
    },
    async edit(ref, page) {
      if (!room.show(ref.id, toShown(page), page.text)) throw gone(ref.id);
      return written(ref.id, page);
    },
    async discard(ref) {
      room.remove(ref.id);
    },
    async status(text) {
      if (text === null) clearStatus();
      else if (!stands) room.setStatus(place, text);
    },
  };
}

function toShown({ index, view, state, controls, retryAt }: Page): ShownPage {
  return {
    index,
    body: view.body,
    opened: view.opened,
    closed: view.closed,
    cursor: view.cursor,
    notice: view.notice ?? null,
    tone: view.tone ?? 'info',
    footer: view.footer ?? null,
    reasoning: view.reasoning ?? null,
    state,
    controls,
    retryAt: retryAt ?? null,
  };
}
