// Owns what is reported of a turn when it has ended: ids, outcome, durations, tokens. Never text, never secrets.

import type { BotError, ErrorCode } from './errors.ts';
import type { Usage } from './model/types.ts';
import type { PageState } from './platform.ts';
import type { Draft } from './reply/draft.ts';
import type { Ending } from './reply/ending.ts';
import type { Turn, TurnKind } from './turns/types.ts';

export interface TurnReport {
  readonly turn: string;
  readonly kind: TurnKind;
  readonly platform: string;
  readonly scope: string;
  readonly channel: string;
  readonly thread: string;
  /** Who asked, or pressed the button. */
  readonly by: string;
  /** `unasked`: the question was taken back before its turn began, and there is no reply. */
  readonly outcome: PageState | 'deleted' | 'undelivered' | 'unasked';
  readonly failure:
    | {
        readonly code: ErrorCode /** What may stand in a log. */;
        readonly message: string;
        readonly error: BotError;
        readonly bugId: string;
      }
    | undefined;
  /** From the turn's start to its first text; undefined when there was none. */
  readonly firstTextMs: number | undefined;
  readonly reasoningMs: number;
  readonly totalMs: number;
  readonly characters: number;
  readonly interruptions: number;
  readonly models: readonly string[];
  /** Of the whole answer. */
  readonly usage: Usage | undefined;
  /** Of this turn alone: where it goes on with an answer, what that had taken before has been reported. */
  readonly spent: { readonly usage: Usage | undefined; readonly cost: number | undefined };
}

export function toReport(end: {
  readonly turn: Turn;
  readonly draft: Draft;
  readonly ending: Ending | 'unasked';
  readonly failure: BotError | undefined;
  readonly landed: boolean;
  /** Left out: all that the answer took. */
  readonly spent?: TurnReport['spent'];
  readonly bugId: string;
  readonly startedAt: number;
  readonly endedAt: number;
}): TurnReport {
  const { turn, draft, failure, bugId } = end;
  const { platform, scope, channel, thread } = turn.mention;
  return {
    turn: turn.id,
    kind: turn.kind,
    platform,
    scope,
    channel,
    thread,
    by: turn.by.id,
    outcome: toOutcome(end),
    failure: failure && { code: failure.code, message: failure.plain, error: failure, bugId },
    firstTextMs: draft.firstTextAt === undefined ? undefined : draft.firstTextAt - end.startedAt,
    reasoningMs: draft.reasoningMs,
    totalMs: end.endedAt - end.startedAt,
    characters: draft.text.length,
    interruptions: draft.interruptions,
    models: draft.models,
    usage: draft.usage,
    spent: end.spent ?? { usage: draft.usage, cost: undefined },
  };
}

function toOutcome(end: {
  readonly ending: Ending | 'unasked';
  readonly failure: BotError | undefined;
  readonly landed: boolean;
}): TurnReport['outcome'] {
  if (end.ending === 'unasked') return 'unasked';
  if (end.failure?.code === 'message-deleted') return 'deleted';
  return end.landed ? end.ending.state : 'undelivered';
}
