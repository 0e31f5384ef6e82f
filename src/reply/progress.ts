// Owns what a reader sees before the first text: the platform's own status or typing sign, and a placeholder where that says too little.

import type { Clock } from '../clock.ts';
import { type BotError, toBotError } from '../errors.ts';
import { type Language, say } from '../notices.ts';
import type { ReplySink } from '../platform.ts';
import type { Draft } from './draft.ts';

/** Without a readable word for this long, a placeholder says what is going on. */
const PLACEHOLDER_AFTER_MS = 3_000;
/** How often the seconds in it move on: each is an edit that answers could have used. */
const REFRESH_MS = 5_000;

export interface Progress {
  /** What to show in place of text now; undefined for nothing. */
  placeholder(): string | undefined;
  /** The draft has changed: what is going on may read differently, or be over. */
  changed(): void;
  /** The model has ended: there is nothing more to say. */
  stop(): void;
  /** Takes the platform's sign away where no page did: the first page that lands ends it, which costs no call. */
  clear(): void;
}

export function createProgress(options: {
  readonly sink: ReplySink;
  readonly clock: Clock;
  readonly draft: Draft;
  readonly language: Language;
  /** The reply stands already, with an earlier ending: say at once that it goes on. */
  readonly atOnce: boolean;
  /** The placeholder reads differently now. */
  readonly onChange: () => void;
  readonly onFault: (error: BotError) => void;
}): Progress {
  const { sink, clock, draft } = options;
  const words = say(options.language);
  const startedAt = clock.monotonic();
  let needed = options.atOnce;
  let over = false;
  let shownStatus: string | undefined;
  let cancel: (() => void) | undefined;

  const describe = (): string => {
    const elapsedMs = clock.monotonic() - startedAt;
    const steps = Math.floor(elapsedMs / REFRESH_MS) * (REFRESH_MS / 1000);
    const seconds = steps > 0 ? steps : Math.round(elapsedMs / 1000);
    switch (draft.phase.kind) {
      case 'queued-at-provider':
        return words.queuedAtProvider(seconds);
      case 'queued-here':
        return words.queuedHere(draft.phase.place);
      case 'retrying':
        return words.tryingAgain(draft.phase.attempt, seconds);
      default:
        return words.thinking(seconds);
    }
  };

  const showStatus = (text: string): void => {
    if (shownStatus === text || sink.status === undefined || over) return;
    const first = shownStatus === undefined;
    shownStatus = text;
    sink.status(text).catch((error: unknown) => {
      options.onFault(toBotError(error));
      // Where the platform refuses its status, the placeholder stands in for it without a wait.
      if (first && sink.statusIsText && !over) refresh(true);
    });
  };

  const refresh = (now: boolean): void => {
    needed ||= now;
    showStatus(describe());
    options.onChange();
  };

  const tick = (ms: number): void => {
    cancel = clock.after(ms, () => {
      refresh(sink.statusIsText !== true);
      tick(REFRESH_MS);
    });
  };

  const finish = (): void => {
    if (over) return;
    over = true;
    cancel?.();
  };

  showStatus(describe());
  tick(PLACEHOLDER_AFTER_MS);

  return {
    placeholder: () => (needed && !over ? describe() : undefined),
    changed() {
      if (draft.text.trim() !== '') finish();
      else if (!over) showStatus(describe());
    },
    stop: finish,
    clear() {
      if (shownStatus === undefined) return;
      sink.status?.(null).catch((error: unknown) => options.onFault(toBotError(error)));
    },
  };
}
