// Owns how one reply is written: a call of the chat for each call of the sink. Must not know when, or how text is cut.

import { isBotError } from '../../../../src/errors.ts';
import type {
  Lane,
  Mention,
  OpenReplyOptions,
  Page,
  PageRef,
  ReplySink,
  Written,
} from '../../../../src/platform.ts';
import type { ChatClient } from '../client.ts';
import { asBotErrors } from './errors.ts';
import { NAME, parseMessage, SCOPE } from './events.ts';
import { BODY_MAX, fromForm, toForm } from './format.ts';

/** The chat's manual: a message may be edited for an hour. Its last minutes are left to the ending. */
const MAX_AGE_MS = 55 * 60_000;

/** The chat's manual: posts and edits of one channel share a budget. */
export function toLane(channel: string): Lane {
  return { key: `${NAME}:${channel}:write`, platform: NAME, scope: SCOPE, perMinute: 240, burst: 20 };
}

export function createSink(
  client: ChatClient,
  { channel, thread }: Mention,
  reply: OpenReplyOptions,
): ReplySink {
  const lane = toLane(channel);
  /** How many characters of its text each message shows. */
  const shown = new Map(reply.saved?.map(({ id }, index) => [id, reply.savedShown?.[index] ?? 0]));
  let discarded = 0;

  const call = (command: string, fields: object, page?: string) =>
    asBotErrors({ where: lane.key, page, shown: shown.get(page ?? '') }, () => client.call(command, fields));
  const wrote = (answer: unknown, wanted: Page): Written => {
    const message = parseMessage(answer);
    const length = message === undefined ? 0 : (fromForm(message)?.text.length ?? 0);
    const id = message?.id ?? '';
    shown.set(id, length);
    // A lost call has written the page as it was then.
    return { ref: { id }, shown: length, again: message?.text !== toForm(wanted).text };
  };

  return {
    limits: { max: BODY_MAX, sizeOf: (body) => body.length, maxAgeMs: MAX_AGE_MS },
    plan: () => ({ lane, how: {} }),
    async post(page) {
      const key = `${reply.turn}.${page.index}.${discarded}`;
      return wrote(await call('say', { channel, thread, key, quiet: true, ...toForm(page) }), page);
    },
    async edit({ id }, page) {
      return wrote(await call('edit', { message: id, quiet: true, ...toForm(page) }, id), page);
    },
    async read({ id }: PageRef) {
      const message = parseMessage(await call('get', { message: id }, id));
      return message && fromForm(message)?.text.length;
    },
    async discard({ id }) {
      discarded += 1;
      await call('remove', { message: id }, id).catch((error: unknown) => {
        // It is gone already.
        if (!isBotError(error, 'message-deleted')) throw error;
      });
    },
  };
}
