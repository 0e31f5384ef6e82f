// Owns one reply while it grows, as the rest of the program sees it: what it is told, and how it comes to its end.
// Must not know how calls are made (writing.ts), or what an event makes of the reply (life.ts).

import type { BotError } from '../errors.ts';
import type { Checkpoint, SavedPage } from '../turns/types.ts';
import { createChoice } from './choice.ts';
import { createDiscarder } from './discard.ts';
import type { Ending } from './ending.ts';
import { createLayout } from './layout.ts';
import { createLife, isRefused } from './life.ts';
import { createPatience } from './patience.ts';
import { createRecovery } from './recovery.ts';
import { settleLate } from './settle.ts';
import { createTrouble } from './trouble.ts';
import {
  abandon,
  hold,
  hurry,
  join,
  lose,
  plan,
  release,
  stopPosting,
  tell,
  toRemarks,
  untilWritten,
  type WriterOptions,
  type Writing,
} from './writing.ts';

export interface Writer {
  /** The draft or the placeholder has changed. */
  changed(): void;
  /**
   * Writes the ending; resolves when it stands there, or never can. `posts: false`: only on messages that stand already: on the last of
   * them where the rest was refused, else on those alone that look as if they went on. `hurry`: as if `hurry()` were called.
   */
  end(ending: Ending, options?: { posts?: boolean; hurry?: boolean }): Promise<'landed' | 'lost'>;
  /** The process is to end: nothing that hangs or waits is waited for long, and after a few seconds nothing at all. */
  hurry(): void;
  /** The reply cannot be written, as is known without a call. */
  refuse(error: BotError): void;
  /** A person has taken this message away. */
  gone(id: string): void;
  /** Why nothing more can be posted; undefined as long as it can. */
  failure(): BotError | undefined;
  /** Makes no further call. */
  abandon(): void;
  pages(): readonly SavedPage[];
  /** What stands beside them that should not. */
  remains(): Pick<Checkpoint, 'left' | 'leftOpen'>;
  /** Whether a reader sees any of the model's text. */
  hasShownText(): boolean;
}

export function createWriter(options: WriterOptions): Writer {
  const writing = begin(options);
  const { layout, discarder, trouble } = writing;
  discarder.discard(options.remained?.left ?? []);
  if (options.remained?.leftOpen && !options.fresh) trouble.leftOpen();

  return {
    changed() {
      tell(writing, { type: 'changed', length: options.draft.text.length, at: options.clock.monotonic() });
      if (layout.isVoid() && writing.life.call === undefined) plan(writing);
      writing.paced.touch();
    },
    async end(ending, { posts = true, hurry: isHurried = false } = {}) {
      if (isHurried) hurry(writing);
      await discarder.known();
      tell(writing, { type: 'ends', ending, posts });
      return finish(writing);
    },
    hurry: () => hurry(writing),
    refuse: (error) => stopPosting(writing, error),
    gone(id) {
      const index = layout.indexOf(id);
      if (index >= 0 && !writing.life.lost) layout.gone(index);
    },
    failure: () => writing.life.failed,
    abandon: () => abandon(writing),
    pages: layout.pages,
    remains: () => ({ left: discarder.left(), leftOpen: trouble.hasLeftOpen() }),
    hasShownText: layout.hasShownText,
  };
}

function begin(options: WriterOptions): Writing {
  const { sink, clock, draft, onDiscard, onKept, onFault } = options;
  const { withdrawn } = options.remnants;
  const patience = createPatience(clock);
  const trouble = createTrouble(clock);
  const discarder = createDiscarder({ sink, patience, withdrawn, onDiscard, onKept, onFault });
  const layout = createLayout({
    ...options,
    limits: sink.limits,
    showsReasoning: sink.showsReasoning === true,
    onUnneeded: discarder.discard,
  });
  const isEnding = (): boolean => writing.life.ending !== undefined;
  const writing: Writing = {
    ...{ options, layout, trouble, discarder, patience },
    choice: createChoice({
      ...{ sink, layout, isEnding, canEdit: trouble.canEdit },
      isThinking: () => draft.text.trim() === '' && draft.reasoning !== '',
      reach: () => writing.life.reach,
    }),
    recovery: createRecovery({
      ...{ sink, layout, trouble, discarder, patience, isEnding, onFault },
      wroteAt: () => options.wroteAt?.(),
      hold: (index) => hold(writing, index),
      stopPosting: (error) => stopPosting(writing, error),
      lose: (error) => lose(writing, error),
      onStopped: options.onLost,
    }),
    life: createLife(draft.text.length),
    paced: join(options.pacer, sink, () => writing),
    ...{ cancelHold: undefined, finish: undefined },
  };
  return writing;
}

/** Writes the ending, and then once more what is known by then of messages that should not stand. */
async function finish(writing: Writing): Promise<'landed' | 'lost'> {
  const { options, layout, discarder, patience } = writing;
  const { sink, pacer, onFault } = options;
  const isLost = (): boolean => writing.life.lost;
  await untilWritten(writing);
  release(writing);
  // A reply that was refused may still be ended on the pages that stand.
  if (!isLost() && isRefused(writing.life)) return 'lost';
  writing.paced.leave();
  if (isLost()) return 'lost';
  for (const left of layout.unsettled()) void settleLate(left, { sink, patience, onFault });
  const told = toRemarks(writing).length;
  await discarder.done();
  if (toRemarks(writing).length > told && !isLost()) {
    writing.paced = join(pacer, sink, () => writing);
    tell(writing, { type: 'remarked' });
    await untilWritten(writing);
    writing.paced.leave();
  }
  return 'landed';
}
