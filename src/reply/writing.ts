// Owns the calls of one reply: which one brings the reader up to date, making it, and telling the reply's life (life.ts) what came of it.
// Must not know how long to wait for a lane (pacer), what stands where (layout), what a page shows (page), or any platform.

import { type BotError, isBotError, toBotError } from '../errors.ts';
import type { PacedReply, Pacer } from '../pacing/types.ts';
import type { How, LaneView, PageRef, ReplySink } from '../platform.ts';
import type { Checkpoint } from '../turns/types.ts';
import type { Choice, PlannedCall } from './choice.ts';
import type { Discarder, Remnants } from './discard.ts';
import { withRemarks } from './ending.ts';
import type { Difference, Layout, LayoutOptions } from './layout.ts';
import { isOver, type Life, type LifeEvent, mayCall, mayPlan, next } from './life.ts';
import type { Patience } from './patience.ts';
import type { Recovery } from './recovery.ts';
import type { Trouble } from './trouble.ts';

/** What the pages are made from (layout), and who is told of the calls. */
export interface WriterOptions extends Omit<LayoutOptions, 'limits' | 'showsReasoning' | 'onUnneeded'> {
  readonly sink: ReplySink;
  readonly pacer: Pacer;
  /** A call has landed. `stalenessMs`: how old the oldest text was that no reader had seen. */
  readonly onWritten: (op: 'post' | 'edit', stalenessMs: number | undefined) => void;
  /** When any reply on this platform last wrote something, by the monotonic clock. */
  readonly wroteAt?: () => number | undefined;
  /** A message of the reply is about to be taken away. */
  readonly onDiscard?: (ref: PageRef) => void;
  /** It stands after all. */
  readonly onKept?: (ref: PageRef) => void;
  readonly remnants: Remnants;
  /** What an earlier run has left. */
  readonly remained?: Pick<Checkpoint, 'left' | 'leftOpen'> | undefined;
  /** A call has failed; the writer deals with it. */
  readonly onFault: (error: BotError) => void;
  /**
   * The reply was deleted or can't be written at all, so that nothing more is posted; or it was stopped by the platform's own button
   * (`stopped`), and waits for its ending. The model's call is a waste from here on.
   */
  readonly onLost: (error: BotError) => void;
}

/** What one reply is written with, and how its life stands. */
export interface Writing {
  readonly options: WriterOptions;
  readonly layout: Layout;
  readonly choice: Choice;
  readonly trouble: Trouble;
  readonly recovery: Recovery;
  readonly discarder: Discarder;
  readonly patience: Patience;
  life: Life;
  paced: PacedReply;
  cancelHold: (() => void) | undefined;
  /** Whoever waits for the ending is told. */
  finish: (() => void) | undefined;
}

export function tell(writing: Writing, event: LifeEvent): void {
  writing.life = next(writing.life, event);
}

export function join(pacer: Pacer, sink: ReplySink, toWriting: () => Writing): PacedReply {
  const edit = sink.plan('edit', undefined, pacer.view).lane;
  return pacer.join(
    {
      next: (view) => nextCall(toWriting(), view),
      write: (call: PlannedCall, which) => write(toWriting(), call, which),
    },
    { edit },
  );
}

/** What stands that should not is told with the ending. */
export function toRemarks({ discarder, trouble, options: { remnants } }: Writing): readonly string[] {
  return [
    ...(discarder.left().length > 0 ? [remnants.left] : []),
    ...(trouble.hasLeftOpen() ? [remnants.open] : []),
  ];
}

export function plan(writing: Writing): void {
  const { ending, reach } = writing.life;
  writing.layout.plan(ending && withRemarks(ending, toRemarks(writing)), reach);
  tell(writing, { type: 'planned' });
}

function nextCall(writing: Writing, view: LaneView): PlannedCall | undefined {
  const { layout, choice } = writing;
  if (!mayCall(writing.life)) return undefined;
  const last = layout.last();
  // At every delta that would cost too much: only where it is cheap, or decides which call is needed.
  const isNeeded = last === undefined || last.done || layout.isTextPlanned();
  const mustPlan = writing.life.ending !== undefined || isNeeded;
  if (writing.life.dirty && (mustPlan || layout.difference()?.isFollowed)) plan(writing);
  const found = choice.choose(view);
  // A changed draft differs on the page that is being written.
  return found === undefined && !writing.life.dirty ? undefined : choice.toCall(found, view);
}

async function write(writing: Writing, call: PlannedCall, which: 'next' | 'tail'): Promise<void> {
  const { layout, choice, options } = writing;
  const isLost = (): boolean => writing.life.lost;
  if (isLost()) return;
  try {
    plan(writing);
    const found = layout.difference(call.index) ?? layout.difference();
    const isTail = which === 'tail' && found !== undefined && choice.canTail(found);
    const target = isTail ? afterCut(writing, found) : found;
    if (target && choice.mayWrite(target)) await send(writing, target, (isTail && call.tailHow) || call.how);
    if (isLost()) return;
    if (layout.isVoid()) plan(writing);
    finishIfOver(writing);
  } catch (error) {
    // What was to be written may have been taken away meanwhile: then no call is left that would bring the end about.
    finishIfOver(writing);
    if (isBotError(error, 'platform-rate-limited')) throw error;
    // A bug: whoever waits for the end must hear of it.
    options.onFault(toBotError(error));
    lose(writing, toBotError(error));
  }
}

function finishIfOver(writing: Writing): void {
  if (writing.life.ending === undefined || writing.life.lost) return;
  plan(writing);
  if (isOver(writing.life, writing.choice.hasMore())) writing.finish?.();
}

/** The rest on a page of its own, whatever else is still to be mended before it. */
function afterCut(writing: Writing, found: Difference): Difference | undefined {
  writing.layout.cutAt(found.index);
  plan(writing);
  return writing.layout.difference(found.index + 1) ?? writing.layout.difference();
}

async function send(writing: Writing, found: Difference, how: How): Promise<void> {
  const { layout, trouble, patience, options } = writing;
  const { sink, clock } = options;
  const { index, page, signature, standing } = found;
  const { unreadSince } = writing.life;
  tell(writing, { type: 'sent' });
  layout.sending(index, page);
  try {
    const call = standing ? sink.edit(standing.ref, page, how) : sink.post(page, how);
    const written = await patience.wait(call);
    trouble.landed(index);
    if (standing) trouble.edited();
    const placed = written.ref.id !== '';
    tell(writing, { type: 'landed', placed });
    if (!placed) return;
    layout.landed(index, page, signature, written);
    const stalenessMs = unreadSince === undefined ? undefined : clock.monotonic() - unreadSince;
    options.onWritten(standing ? 'edit' : 'post', stalenessMs);
  } catch (thrown) {
    const error = toBotError(thrown);
    const limited = error.code === 'platform-rate-limited';
    tell(writing, { type: 'failed', limited });
    if (limited) throw error;
    if (!writing.life.lost) await writing.recovery.failed(found, error);
  } finally {
    tell(writing, { type: 'settled' });
  }
}

/** What stands may still be brought to an end. */
export function stopPosting(writing: Writing, error: BotError): void {
  tell(writing, { type: 'refused', error });
  writing.options.onLost(error);
}

export function lose(writing: Writing, error: BotError): void {
  tell(writing, { type: 'refused', error });
  abandon(writing);
  writing.options.onLost(error);
}

export function abandon(writing: Writing): void {
  tell(writing, { type: 'lost' });
  release(writing);
  writing.paced.leave();
  writing.finish?.();
}

/** No call for a while. Only the timer says when that is over: it may be early by the clock. */
export function hold(writing: Writing, index: number): void {
  const { patience, trouble, options } = writing;
  tell(writing, { type: 'held' });
  writing.cancelHold = options.clock.after(patience.toWait(trouble.nextWaitMs(index)), () => {
    release(writing);
    writing.paced.touch();
  });
}

export function release(writing: Writing): void {
  writing.cancelHold?.();
  writing.cancelHold = undefined;
  tell(writing, { type: 'released' });
}

export function hurry(writing: Writing): void {
  writing.patience.end(() => {
    const { life, choice } = writing;
    // What was said by then stands; the rest can't be waited for.
    const isThere = life.ending !== undefined && mayPlan(life) && isOver(life, choice.hasMore());
    if (!isThere) abandon(writing);
  });
  if (!writing.life.held) return;
  release(writing);
  writing.paced.touch();
}

/** Resolves when the ending stands, or never can. */
export async function untilWritten(writing: Writing): Promise<void> {
  if (mayPlan(writing.life)) plan(writing);
  const { life, choice } = writing;
  if (life.lost || (mayPlan(life) && isOver(life, choice.hasMore()))) return;
  const finished = new Promise<void>((resolve) => {
    writing.finish = resolve;
  });
  writing.paced.touch();
  await finished;
}
