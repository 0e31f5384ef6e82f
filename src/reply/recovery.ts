// Owns what is done about a call of one reply that failed: the page's plainer form, a wait, another page in its place, or no more pages.
// Must not know when calls are made, or what a page shows.

import { type BotError, toBotError } from '../errors.ts';
import type { Page, PageRef, ReplySink } from '../platform.ts';
import type { Discarder } from './discard.ts';
import type { Difference, Layout } from './layout.ts';
import type { Patience } from './patience.ts';
import type { Standing } from './standing.ts';
import { GIVE_UP_AFTER_MS, STUCK_AFTER_MS, type Trouble } from './trouble.ts';

/** A growing page that is refused so often in a row takes no more. */
const REFUSALS_UNTIL_SEALED = 3;

export interface RecoveryOptions {
  readonly sink: ReplySink;
  readonly layout: Layout;
  readonly trouble: Trouble;
  readonly discarder: Discarder;
  readonly patience: Patience;
  readonly isEnding: () => boolean;
  /** When any reply on this platform last wrote something, by the monotonic clock. */
  readonly wroteAt: () => number | undefined;
  readonly onFault: (error: BotError) => void;
  /** No call of the reply for a while. */
  readonly hold: (index: number) => void;
  /** Nothing more can be posted; what stands may still be brought to an end. */
  readonly stopPosting: (error: BotError) => void;
  /** No further call makes sense. */
  readonly lose: (error: BotError) => void;
  /** The platform's own stop button was pressed. */
  readonly onStopped: (error: BotError) => void;
}

export interface Recovery {
  /** The call for this page has failed: arranges what comes next. To be awaited before the next call. Never rejects. */
  failed(found: Difference, error: BotError): Promise<void>;
}

export function createRecovery(options: RecoveryOptions): Recovery {
  const { sink, layout, trouble, discarder, hold, stopPosting, lose } = options;

  const failed = async (found: Difference, error: BotError): Promise<void> => {
    options.onFault(error);
    const { index, standing } = found;
    switch (error.code) {
      case 'page-sealed':
        return standing ? seal(found, standing, error) : stopPosting(error);
      case 'platform-refused':
        return refused(found, error);
      case 'platform-unavailable':
        return wait(found, error);
      case 'message-deleted':
        // Of an answer that is asked for anew, the page may have gone long before.
        if (standing?.stale) return layout.forget(index);
        layout.gone(index);
        return stopPosting(error);
      case 'stopped':
        // The page takes the ending that follows from it.
        return options.onStopped(error);
      default:
        lose(error);
    }
  };

  /** In its plainer form the page may be taken. One that has taken edits before may do so again; an ending does not wait for that. */
  const refused = async (found: Difference, error: BotError): Promise<void> => {
    const { index, page, standing } = found;
    const refusals = trouble.refused();
    if (page.plain !== true) return layout.simplify(index);
    if (standing === undefined) return stopPosting(error);
    if (options.isEnding() || !standing.proven || refusals >= REFUSALS_UNTIL_SEALED)
      return seal(found, standing, error);
    hold(index);
  };

  /** The platform does not answer: later again; but a message that alone fails is left for another. */
  const wait = async (found: Difference, error: BotError): Promise<void> => {
    const { index, page, standing } = found;
    layout.doubted(index);
    const failingMs = trouble.unavailable(index);
    if (failingMs > GIVE_UP_AFTER_MS) return lose(error);
    if (failingMs < STUCK_AFTER_MS) return hold(index);
    const shown = standing && (await read(standing.ref, page));
    const others = (options.wroteAt() ?? Number.NEGATIVE_INFINITY) >= trouble.since(index);
    if (shown === undefined && !others) return hold(index);
    if (page.plain !== true) return layout.simplify(index);
    if (standing) return seal(found, standing, error, shown);
    stopPosting(error);
  };

  /** The page takes no more: the rest goes to another. */
  const seal = async (
    { index, page }: Difference,
    standing: Standing,
    error: BotError,
    known = error.shown,
  ): Promise<void> => {
    const shown = known ?? (standing.unsure ? await read(standing.ref, page) : undefined);
    const isGuess = standing.unsure && shown === undefined && error.code === 'platform-refused';
    // Where a call before may have been applied, sealing on a guess could repeat text: better to try again.
    if (isGuess && trouble.refusals() < REFUSALS_UNTIL_SEALED) return hold(index);
    // Were another behind it already, their order would be lost.
    if (standing.open && !standing.stale && layout.last()?.ref.id === standing.ref.id) {
      const isCertain = error.code !== 'page-sealed' || error.forbidden;
      if (!standing.proven || error.forbidden) trouble.tookNoEdit(isCertain);
      // Nothing would ever end what it looks like; so it goes, and its text comes whole on another.
      if (isCertain && (await discarder.takeAway(standing.ref))) return layout.forget(index);
      if (isCertain) trouble.leftOpen();
    }
    layout.sealed(index, shown);
  };

  const read = async (ref: PageRef, page: Page): Promise<number | undefined> => {
    try {
      return await (sink.read && options.patience.wait(sink.read(ref, page)));
    } catch (thrown) {
      options.onFault(toBotError(thrown));
      return undefined;
    }
  };

  return { failed };
}
