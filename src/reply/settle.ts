// Owns bringing messages to the state that they are to stay in, beside whatever comes next: tried at once, and once more a while later.
// Must not know what that state is. A thread that a new message has opened again takes an edit of the old one, for example.

import { type BotError, isRetryable, toBotError } from '../errors.ts';
import type { LaneView, Page, PageRef, ReplySink } from '../platform.ts';
import type { Patience } from './patience.ts';

/** The waits before each try, in milliseconds. */
const WAITS_MS = [0, 2_000, 15_000, 60_000, 300_000] as const;
/** One edit may take more than one call: a stream is stopped first. */
const MAX_CALLS = 4;

/** These few calls are made beside the lanes: nothing keeps them from the shortest way. */
const besideLanes: LaneView = { room: () => 1, tau: () => 0 };

export interface Unsettled {
  readonly ref: PageRef;
  readonly page: Page;
}

export interface SettleOptions {
  readonly sink: ReplySink;
  readonly patience: Patience;
  readonly onFault: (error: BotError) => void;
}

/** Nothing waits for it. Never rejects. */
export async function settleLate({ ref, page }: Unsettled, options: SettleOptions): Promise<void> {
  for (const waitMs of WAITS_MS) {
    if (waitMs > 0) await options.patience.pause(waitMs);
    if (options.patience.isEnding()) return;
    if ((await tryOnce(ref, page, options)) === undefined) return;
  }
}

/** Soon again where that may help; `false` as soon as the message is plainly not to be changed. Never rejects. */
export async function settleSoon({ ref, page }: Unsettled, options: SettleOptions): Promise<boolean> {
  for (const waitMs of WAITS_MS.slice(0, 3)) {
    if (waitMs > 0) await options.patience.pause(waitMs);
    if (options.patience.isOver()) return false;
    const error = await tryOnce(ref, page, options);
    if (error === undefined) return true;
    if (!isRetryable(error) || options.patience.isEnding()) return false;
  }
  return false;
}

async function tryOnce(ref: PageRef, page: Page, options: SettleOptions): Promise<BotError | undefined> {
  let error = await write(ref, page, options);
  if (error?.code === 'platform-refused') error = await write(ref, { ...page, plain: true }, options);
  return error?.code === 'message-deleted' ? undefined : error;
}

async function write(ref: PageRef, page: Page, options: SettleOptions): Promise<BotError | undefined> {
  const { sink, patience, onFault } = options;
  const edit = (at: PageRef) => sink.edit(at, page, sink.plan('final', page, besideLanes).how);
  try {
    let written = await patience.wait(edit(ref));
    for (let calls = 1; written.again && calls < MAX_CALLS; calls += 1) {
      written = await patience.wait(edit(written.ref));
    }
    return undefined;
  } catch (thrown) {
    const error = toBotError(thrown);
    onFault(error);
    return error;
  }
}
