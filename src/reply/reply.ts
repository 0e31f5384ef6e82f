// Owns one reply from its opening to its ending: what a reader sees before the first text, the growing pages, and the checkpoints of both.
// Must not know where the draft's events come from.

import { type Clock, sleep } from '../clock.ts';
import { type BotError, isRetryable, toBotError } from '../errors.ts';
import { type Language, say } from '../notices.ts';
import type { Pacer } from '../pacing/types.ts';
import type { Platform } from '../platform.ts';
import { type Checkpoint, goesOnFrom, type Turn } from '../turns/types.ts';
import type { Draft } from './draft.ts';
import type { Ending } from './ending.ts';
import { createWaitingSign } from './waiting-sign.ts';
import { createWriter, type Writer } from './writer.ts';

/** How often a growing answer is kept, beside each time that it was written. */
const CHECKPOINT_EVERY_MS = 1_000;
/** The waits before each try of telling the asker that no answer could be written. */
const WHISPER_WAITS_MS = [0, 2_000, 5_000, 10_000, 20_000] as const;

export interface ReplyOptions {
  readonly turn: Turn;
  readonly platform: Platform;
  readonly draft: Draft;
  readonly pacer: Pacer;
  readonly clock: Clock;
  readonly language: Language;
  readonly onWritten: (op: 'post' | 'edit', stalenessMs: number | undefined) => void;
  readonly onFault: (error: BotError) => void;
  /** When any reply on this platform last wrote something, by the monotonic clock. */
  readonly wroteAt?: () => number | undefined;
  /** A message of the reply, by its id, is about to be taken away. */
  readonly onDiscard?: (message: string) => void;
  /** It stands after all. */
  readonly onKept?: (message: string) => void;
  /** How a reply ends whose rest finds no place. */
  readonly toLostEnding: (error: BotError) => Ending;
}

export interface Ended {
  /** The ending stands there, with all of the text. */
  readonly landed: boolean;
  /** The reply can be gone on with by its buttons. */
  readonly keeps: boolean;
  /** What ended it, or kept it from its reader. */
  readonly failure: BotError | undefined;
}

export interface Reply {
  /** Aborted when the reply was deleted or can't be written: the model's call is a waste from then on. */
  readonly lost: AbortSignal;
  /** Milliseconds spent on the answer so far, earlier runs included. */
  elapsedMs(): number;
  /** Its turn begins: the time for which it waited is not spent on the answer. */
  begin(): void;
  /** The draft has changed. */
  changed(): void;
  /** Nothing is to be answered after all: takes back what was shown beside the messages, and writes nothing. */
  drop(): void;
  /** Whether the reply can be written at all, as far as can be found out without writing. Ends it where it cannot. Never rejects. */
  check(): Promise<void>;
  /** Writes the ending, or as much of it as there is a place for. `failure`: what ended it, where it did not end by itself. */
  end(ending: Ending, failure: BotError | undefined): Promise<Ended>;
}

export function openReply(options: ReplyOptions): Reply {
  const { turn, platform, draft, pacer, clock, language, onFault } = options;
  const { checkpoint, fresh } = goesOnFrom(turn);
  const words = say(language);
  const saved = checkpoint?.pages ?? [];
  const lost = new AbortController();
  let startedAt = clock.monotonic();
  let keptAt = startedAt;

  const sink = platform.openReply(turn.mention, {
    turn: turn.id,
    ...(checkpoint
      ? { saved: saved.map((page) => page.ref), savedShown: saved.map(({ start, end }) => end - start) }
      : {}),
  });
  const waitingSign = createWaitingSign({
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
      placeholder: () => waitingSign.placeholder(),
      onWritten(op, stalenessMs) {
        if (op === 'post') waitingSign.posted();
        keep('writing');
        options.onWritten(op, stalenessMs);
      },
      onFault,
      wroteAt: () => options.wroteAt?.(),
      onDiscard: ({ id }) => options.onDiscard?.(id),
      onKept: ({ id }) => options.onKept?.(id),
      remnants: words.remnants,
      remained: checkpoint,
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
    const remains = writer?.remains() ?? {};
    const answer = { text, reasoning, interruptions, usage, models, elapsedMs: elapsedMs() };
    turn.save({ pages, ...answer, state, ...remains });
  };

  // An answer that has ended by itself, or was stopped, may still be waiting for its platform when the process is to end.
  turn.closing.addEventListener('abort', () => writer?.hurry(), { once: true });
  // A reply that stands already shows at once that it goes on.
  if (saved.length > 0) write().changed();

  return {
    lost: lost.signal,
    elapsedMs,
    begin() {
      startedAt = clock.monotonic();
      waitingSign.begin();
    },
    changed() {
      waitingSign.changed();
      rewrite();
      if (clock.monotonic() - keptAt >= CHECKPOINT_EVERY_MS) keep('writing');
    },
    drop() {
      waitingSign.stop();
      writer?.abandon();
      waitingSign.clear();
    },
    async check() {
      try {
        await sink.check?.();
      } catch (thrown) {
        const error = toBotError(thrown);
        onFault(error);
        if (error.code === 'platform-refused' || error.code === 'message-deleted') write().refuse(error);
      }
    },
    async end(ending, failure) {
      waitingSign.stop();
      if (failure?.code === 'lease-lost') writer?.abandon();
      // Whoever deleted a page wants nothing more of the reply; what still stands of it must not look as if it went on.
      if (failure?.code === 'message-deleted') {
        if (failure.page !== undefined) writer?.gone(failure.page);
        await writer?.end(ending, { posts: false, hurry: turn.closing.aborted });
      }
      if (failure?.code === 'lease-lost' || failure?.code === 'message-deleted') {
        waitingSign.clear();
        return { landed: false, keeps: false, failure };
      }
      const hurry = turn.closing.aborted;
      const landed = write().failure() === undefined && (await write().end(ending, { hurry })) === 'landed';
      if (landed) keep(ending.state);
      const ended = landed ? { landed, keeps: ending.controls.length > 0, failure } : await endLost(failure);
      waitingSign.clear();
      return ended;
    },
  };

  /** The rest, or all of it, found no place: what stands says so, and the asker is told. */
  async function endLost(failure: BotError | undefined): Promise<Ended> {
    const why = write().failure() ?? failure;
    if (why === undefined) return { landed: false, keeps: false, failure };
    const ending = options.toLostEnding(why);
    const hasEnding =
      (await write().end(ending, { posts: false })) === 'landed' && write().pages().length > 0;
    if (why.code !== 'message-deleted') void tellAsker(why);
    if (hasEnding) keep(ending.state);
    return { landed: false, keeps: hasEnding && ending.controls.length > 0, failure: why };
  }

  /** Nothing waits for it: the thread's next turn begins meanwhile. */
  async function tellAsker({ missing }: BotError): Promise<void> {
    const text = missing.length > 0 ? words.unpermitted(missing) : words.undelivered();
    for (const waitMs of WHISPER_WAITS_MS) {
      if (waitMs > 0) await sleep(clock, waitMs);
      try {
        const { whisper } = platform.lanes(turn.mention);
        const told = await pacer.courtesy(whisper, () =>
          platform.whisper({ ...turn.mention, asker: turn.by }, text),
        );
        if (told === 'made') return;
      } catch (thrown) {
        const error = toBotError(thrown);
        onFault(error);
        if (!isRetryable(error)) return;
      }
    }
  }
}
