// Owns bringing to an end the messages that would not take their last edit in time: once more a while later, beside whatever comes next.
// Must not know why they would not. A thread that a new message has opened again takes an edit of the old one, for example.

import { type Clock, sleep } from '../clock.ts';
import { type BotError, toBotError } from '../errors.ts';
import type { Page, PageRef, ReplySink } from '../platform.ts';

/** The waits before each try, in milliseconds. */
const WAITS_MS = [0, 2_000, 15_000, 60_000, 300_000] as const;
/** One edit may take more than one call: a stream is stopped first. */
const MAX_CALLS = 4;

/** Nothing waits for it. Never rejects. */
export async function settleLate(
  { ref, page }: { readonly ref: PageRef; readonly page: Page },
  options: {
    readonly sink: ReplySink;
    readonly clock: Clock;
    readonly isOver: () => boolean;
    readonly onFault: (error: BotError) => void;
  },
): Promise<void> {
  const { sink, clock } = options;

  const write = async (wanted: Page): Promise<BotError | undefined> => {
    try {
      let written = await sink.edit(ref, wanted);
      for (let calls = 1; written.again && calls < MAX_CALLS; calls += 1) {
        written = await sink.edit(written.ref, wanted);
      }
      return undefined;
    } catch (thrown) {
      const error = toBotError(thrown);
      options.onFault(error);
      return error;
    }
  };

  for (const waitMs of WAITS_MS) {
    if (waitMs > 0) await sleep(clock, waitMs);
    if (options.isOver()) return;
    let error = await write(page);
    if (error?.code === 'platform-refused') error = await write({ ...page, plain: true });
    if (error === undefined || error.code === 'message-deleted') return;
  }
}
