// Owns what a reader sees before the first text: the platform's own status or typing sign, and a placeholder where that says too little.
// Must not know whether there is room for a sign: that is what `courtesy` is asked for.

import type { Clock } from '../clock.ts';
import { type BotError, toBotError } from '../errors.ts';
import { type Language, say } from '../notices.ts';
import type { Courtesy, ReplySink } from '../platform.ts';
import type { Draft } from './draft.ts';

/** Without a readable word for this long, a placeholder says what is going on. */
const PLACEHOLDER_AFTER_MS = 3_000;
/** How often the seconds in it move on, and the sign at the most: each is a call that answers could have used. */
const REFRESH_MS = 5_000;
/** A timer may fire a moment before its time by the clock; a refresh that is missed for that comes 5 s late. */
const EARLY_MS = 50;
/** A sign is renewed after this part of the time for which the platform shows it. */
const RENEW_AFTER = 0.4;

type Retry = Extract<Draft['phase'], { readonly kind: 'retrying' }>;

export interface WaitingSign {
  /** From now on it counts: the time before was another's. */
  begin(): void;
  /** What to show in place of text now; undefined for nothing. */
  placeholder(): string | undefined;
  /** The draft has changed: what is going on may read differently, or be over. */
  changed(): void;
  /** A message was posted, which takes the platform's sign away: what goes on stands there from now on. */
  posted(): void;
  /** The model has ended: there is nothing more to say. */
  stop(): void;
  /** Takes the platform's sign away where no page did: the first page that lands ends it, which costs no call. */
  clear(): void;
}

export function createWaitingSign(options: {
  readonly sink: ReplySink;
  readonly clock: Clock;
  readonly courtesy: Courtesy;
  readonly draft: Draft;
  readonly language: Language;
  /** The reply stands already, with an earlier ending: say at once that it goes on. */
  readonly atOnce: boolean;
  /** The placeholder reads differently now. */
  readonly onChange: () => void;
  readonly onFault: (error: BotError) => void;
}): WaitingSign {
  const { sink, clock, draft, courtesy } = options;
  const words = say(options.language);
  let startedAt = clock.monotonic();
  let needed = options.atOnce;
  let over = false;
  let hasPage = false;
  /** What the platform was told last, and when. */
  let told: { readonly text: string; readonly at: number } | undefined;
  let stands = false;
  let triedAt: number | undefined;
  let isTrying = false;
  let cancel: (() => void) | undefined;

  /** A wait that readers notice counts down, in steps as long as those in which it is refreshed. */
  const describeRetry = ({ attempt, dueAt }: Retry, elapsedSeconds: number): string => {
    const leftMs = dueAt - clock.monotonic();
    if (leftMs < REFRESH_MS) return words.tryingAgain(attempt, elapsedSeconds);
    return words.tryingAgainIn(attempt, (Math.ceil((leftMs - EARLY_MS) / REFRESH_MS) * REFRESH_MS) / 1000);
  };

  const describe = (): string => {
    const elapsedMs = clock.monotonic() - startedAt;
    const steps = Math.floor(elapsedMs / REFRESH_MS) * (REFRESH_MS / 1000);
    const seconds = steps > 0 ? steps : Math.round(elapsedMs / 1000);
    switch (draft.phase.kind) {
      case 'queued-at-provider':
        return words.queuedAtProvider(seconds);
      case 'queued-here':
        return words.queuedHere(draft.phase.place);
      case 'queued-in-thread':
        return words.queuedInThread();
      case 'retrying':
        return describeRetry(draft.phase, seconds);
      default:
        return words.thinking(seconds);
    }
  };

  /** The reply says it in words already: said beside it as well it would look like a second reply. */
  const saysItself = (): boolean => sink.statusIsText === true && (options.atOnce || hasPage);

  /** Whether a sign that says this would be news, and comes no sooner after the last than it may. */
  const isDue = (): boolean => {
    const now = clock.monotonic();
    // What waits for others of its thread makes no sign: it costs nothing but the words in its place.
    if (draft.phase.kind === 'queued-in-thread') return false;
    if (over || isTrying || (triedAt !== undefined && now - triedAt < REFRESH_MS - EARLY_MS)) return false;
    if (told === undefined) return true;
    const lastsMs = sink.statusLastsMs ?? Number.POSITIVE_INFINITY;
    return (sink.statusIsText === true && told.text !== describe()) || now - told.at >= RENEW_AFTER * lastsMs;
  };

  const showStatus = async (): Promise<void> => {
    const { statusLane } = sink;
    if (sink.status === undefined || statusLane === undefined || saysItself() || !isDue()) return;
    triedAt = clock.monotonic();
    isTrying = true;
    const isFirst = told === undefined;
    try {
      await courtesy(statusLane, async () => {
        if (over) return;
        const text = describe();
        told = { text, at: clock.monotonic() };
        stands = true;
        await sink.status?.(text);
      });
    } catch (error) {
      options.onFault(toBotError(error));
      // Where the platform refuses its status, the placeholder stands in for it without a wait.
      if (isFirst && sink.statusIsText && !over) {
        needed = true;
        options.onChange();
      }
    } finally {
      isTrying = false;
    }
  };

  const tick = (ms: number): void => {
    cancel = clock.after(ms, () => {
      needed ||= sink.statusIsText !== true;
      void showStatus();
      options.onChange();
      tick(ms === PLACEHOLDER_AFTER_MS ? REFRESH_MS - PLACEHOLDER_AFTER_MS : REFRESH_MS);
    });
  };

  const finish = (): void => {
    if (over) return;
    over = true;
    cancel?.();
  };

  void showStatus();
  tick(PLACEHOLDER_AFTER_MS);

  return {
    begin() {
      startedAt = clock.monotonic();
    },
    placeholder: () => (needed && !over ? describe() : undefined),
    changed() {
      // An answer that is gone on with has text from the start.
      if (draft.text.trim() !== '' && draft.firstTextAt !== undefined) finish();
      else void showStatus();
    },
    posted() {
      stands = false;
      hasPage = true;
      needed = true;
    },
    stop: finish,
    clear() {
      const { statusLane } = sink;
      if (!stands || statusLane === undefined) return;
      courtesy(statusLane, async () => sink.status?.(null)).catch((error: unknown) =>
        options.onFault(toBotError(error)),
      );
    },
  };
}
