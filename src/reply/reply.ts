// Owns one reply from its opening to its ending: what a reader sees before the first text, the growing pages, and the checkpoints of both.
// Must not know where the draft's events come from.

import type { Clock } from '../clock.ts';
import type { BotError } from '../errors.ts';
import { type Language, say } from '../notices.ts';
import type { Platform } from '../platform.ts';
import type { Checkpoint, Turn } from '../turns/types.ts';
import type { Draft } from './draft.ts';
import type { Ending } from './ending.ts';
import type { Pacer } from './pacer.ts';
import { createProgress } from './progress.ts';
import { createWriter, type Writer } from './writer.ts';

/** How often a growing answer is kept, beside each time that it was written. */
const CHECKPOINT_EVERY_MS = 1_000;

export interface ReplyOptions {
  readonly turn: Turn;
  readonly platform: Platform;
  readonly draft: Draft;
  readonly pacer: Pacer;
  readonly clock: Clock;
  readonly language: Language;
  readonly onWritten: (op: 'post' | 'edit', stalenessMs: number | undefined) => void;
  readonly onFault: (error: BotError) => void;
}

export interface Reply {
  /** Aborted when the reply was deleted or can't be written: the model's call is a waste from then on. */
  readonly lost: AbortSignal;
  /** Milliseconds spent on the answer so far, earlier runs included. */
  elapsedMs(): number;
  /** The draft has changed. */
  changed(): void;
  /** Nothing is to be answered after all: takes back what was shown beside the messages, and writes nothing. */
  drop(): void;
  /** Writes the ending; resolves to whether it stands there. `failure`: what ended it, where it did not end by itself. */
  end(ending: Ending, failure: BotError | undefined): Promise<boolean>;
}

export function openReply(options: ReplyOptions): Reply {
  const { turn, platform, draft, pacer, clock, language, onFault } = options;
  const { checkpoint } = turn;
  const words = say(language);
  const fresh = turn.kind === 'retry';
  const saved = checkpoint?.pages ?? [];
  const lost = new AbortController();
  const startedAt = clock.monotonic();
  let keptAt = startedAt;

  const sink = platform.openReply(turn.mention, {
    turn: turn.id,
    ...(checkpoint ? { saved: saved.map((page) => page.ref) } : {}),
    room: (lane) => pacer.room(lane),
    tau: (lane, extra) => pacer.tau(lane, extra),
    courtesy: pacer.courtesy,
  });
  const progress = createProgress({
    sink,
    clock,
    courtesy: pacer.courtesy,
    draft,
    language,
    atOnce: saved.length > 0,
    onChange: () => rewrite(),
    onFault,
  });
  /** Begun when there is something to write: an answer that waits for its turn takes nothing of a lane. */
  let writer: Writer | undefined;
  const write = (): Writer => {
    writer ??= createWriter({
      sink,
      pacer,
      clock,
      draft,
      turn: turn.id,
      saved,
      fresh,
      labels: words.labels,
      interrupted: words.interruptedGoingOn(),
      placeholder: () => progress.placeholder(),
      onWritten(op, stalenessMs) {
        if (op === 'post') progress.posted();
        keep('writing');
        options.onWritten(op, stalenessMs);
      },
      onFault,
      onLost: (error) => lost.abort(error),
    });
    return writer;
  };
  const rewrite = (): void => {
    if (writer !== undefined || draft.phase.kind !== 'queued-here') write().changed();
  };

  const elapsedMs = () => clock.monotonic() - startedAt + (fresh ? 0 : (checkpoint?.elapsedMs ?? 0));
  const keep = (state: Checkpoint['state']): void => {
    keptAt = clock.monotonic();
    const { text, reasoning, interruptions, usage, models } = draft;
    const pages = writer?.pages() ?? saved;
    turn.save({ pages, text, reasoning, interruptions, usage, models, elapsedMs: elapsedMs(), state });
  };

  // A reply that stands already shows at once that it goes on.
  if (saved.length > 0) write().changed();

  return {
    lost: lost.signal,
    elapsedMs,
    changed() {
      progress.changed();
      rewrite();
      if (clock.monotonic() - keptAt >= CHECKPOINT_EVERY_MS) keep('writing');
    },
    drop() {
      progress.stop();
      writer?.abandon();
      progress.clear();
    },
    async end(ending, failure) {
      progress.stop();
      const isDeleted = failure?.code === 'message-deleted';
      if (failure?.code === 'lease-lost') writer?.abandon();
      // Whoever deleted a page wants nothing more of the reply; what still stands of it must not look as if it went on.
      else if (isDeleted) await writer?.end(ending, { posts: false });
      if (failure?.code === 'lease-lost' || isDeleted) {
        progress.clear();
        return false;
      }
      const landed = (await write().end(ending)) === 'landed';
      progress.clear();
      keep(ending.state);
      return landed;
    },
  };
}
