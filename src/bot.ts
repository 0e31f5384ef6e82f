// The product in one straight line: a mention becomes a stream of answer events, the stream a growing draft, the draft a few
// well-paced edits of one reply. Knows the four ports, and nothing of what stands behind them.

import type { Clock } from './clock.ts';
import { type AccessRules, createAccess } from './conversation/access.ts';
import { type Prices, toCost } from './conversation/cost.ts';
import { createDoor } from './conversation/door.ts';
import { readQuestion } from './conversation/question.ts';
import { createQuota, type QuotaAlarm, type QuotaRules } from './conversation/quota.ts';
import { rereadQuestion } from './conversation/reread.ts';
import { BotError, isBotError, toBotError } from './errors.ts';
import type { FinishReason, Model, Usage } from './model/types.ts';
import { type Language, toLanguage } from './notices.ts';
import type { Lane, LaneLimit, Place, Platform } from './platform.ts';
import { createDraft, type Draft } from './reply/draft.ts';
import { type Ending, type EndingOptions, toBrokenEnding, toFinishedEnding } from './reply/ending.ts';
import type { Pacer } from './reply/pacer.ts';
import { createRemovals } from './reply/removals.ts';
import { openReply } from './reply/reply.ts';
import { type TurnReport, toReport } from './report.ts';
import type { Store } from './store/types.ts';
import type { Turn, TurnOutcome, Turns } from './turns/types.ts';

export interface BotSettings {
  readonly systemPrompt: string;
  readonly vision: boolean;
  /** The model's name where the stream tells none. */
  readonly model: string;
  readonly footer: boolean;
  readonly language: Language;
  readonly access: AccessRules;
  readonly quotas: QuotaRules;
  readonly prices?: Prices | undefined;
}

/** What the outside may watch; none of these may throw. */
export interface BotEvents {
  onTurnEnd(report: TurnReport): void;
  onWritten(platform: string, op: 'post' | 'edit', stalenessMs: number | undefined): void;
  /** A day's tokens are nearly or wholly used up. */
  onQuota(alarm: QuotaAlarm): void;
  /** A fault that was dealt with: a failed call, an unread attachment. */
  onFault(error: BotError, where: Place & { readonly turn?: string }): void;
}

export interface BotPorts {
  readonly platforms: readonly Platform[];
  readonly model: Model;
  readonly turns: Turns;
  readonly store: Store;
  readonly pacer: Pacer;
  readonly clock: Clock;
  /** A short id that a reader can quote and that stands in the log. */
  readonly newBugId: () => string;
  readonly settings: BotSettings;
  readonly events: BotEvents;
}

export interface Bot {
  /** Connects every platform; rejects with a plain sentence when one can't be. */
  start(): Promise<void>;
  /** Accepts no more mentions, gives running answers `graceMs` to end, and ends the rest with an honest notice. */
  stop(graceMs: number): Promise<void>;
}

/** Tokens of history and question; the second is tried where the model finds the first too long. */
const PROMPT_BUDGETS = [24_000, 6_000] as const;

export function createBot(ports: BotPorts): Bot {
  const { turns, pacer, clock, settings, events } = ports;
  const platforms = new Map(ports.platforms.map((platform) => [platform.name, platform]));
  const quota = createQuota(settings.quotas, ports.store, clock);
  const removals = createRemovals();
  /** When something was last written on a platform, by the monotonic clock. */
  const wroteAt = new Map<string, number>();
  const door = createDoor({
    turns,
    store: ports.store,
    access: createAccess(settings.access, quota, ports.store, clock),
    language: settings.language,
    isOwnRemoval: removals.isOwn,
    onFault: (error, place) => events.onFault(error, place),
  });

  /** One turn, from the prompt to the final edit. Runs now, or again after a crash. */
  const answer = async (given: Turn): Promise<TurnOutcome> => {
    const { mention: asked } = given;
    const platform = platforms.get(asked.platform);
    if (platform === undefined) throw new BotError('internal', `no platform named ${asked.platform}`);
    const language = toLanguage(asked.locale, settings.language);
    const startedAt = clock.monotonic();
    const bugId = ports.newBugId();
    const onFault = (error: BotError) => {
      if (!error.known) events.onFault(error, { ...asked, turn: given.id });
    };
    door.onTurnBegin(platform, asked);
    const turn = await asItReadsNow(given, platform, onFault);
    if (turn === undefined) {
      const nothing = { turn: given, draft: createDraft(clock), failure: undefined, landed: false, bugId };
      events.onTurnEnd(toReport({ ...nothing, ending: 'unasked', startedAt, endedAt: clock.monotonic() }));
      return { keep: false };
    }

    const draft = createDraft(clock, turn.kind === 'retry' ? undefined : turn.checkpoint);
    const reply = openReply({
      ...{ turn, platform, draft, pacer, clock, language, onFault },
      onWritten(op, stalenessMs) {
        wroteAt.set(asked.platform, clock.monotonic());
        events.onWritten(asked.platform, op, stalenessMs);
      },
      wroteAt: () => wroteAt.get(asked.platform),
      onDiscard: (message) => removals.order(asked.platform, message),
      toLostEnding: (error) => toBrokenEnding(error, bugId, toEndingOptions()),
    });
    const remarks: string[] = [];
    const toEndingOptions = (): EndingOptions => ({
      draft,
      language,
      footer: settings.footer,
      elapsedMs: reply.elapsedMs(),
      model: settings.model,
      cost: toCost(draft.usage, settings.prices),
      remarks,
    });

    let ending: Ending;
    let failure: BotError | undefined;
    try {
      const signal = AbortSignal.any([turn.signal, reply.lost]);
      const reason = await ask({
        turn,
        platform,
        draft,
        language,
        signal,
        remarks,
        onEvent: reply.changed,
        check: reply.check,
        onFault,
      });
      ending = toFinishedEnding(reason, toEndingOptions());
    } catch (thrown) {
      failure = toBotError(thrown);
      ending = toBrokenEnding(failure, bugId, toEndingOptions());
    }
    const ended = await reply.end(ending, failure);
    const { landed } = ended;
    failure = ended.failure;
    await countTokens(turn, draft, onFault);
    events.onTurnEnd(
      toReport({ turn, draft, ending, failure, landed, bugId, startedAt, endedAt: clock.monotonic() }),
    );
    return { keep: ended.keeps };
  };

  /** A question that waited is read once more; undefined where it was taken back. After this, an edit changes nothing. */
  const asItReadsNow = async (
    turn: Turn,
    platform: Platform,
    onFault: (error: BotError) => void,
  ): Promise<Turn | undefined> => {
    if (!turn.waited || turn.kind !== 'ask') return turn;
    const { mention: before, signal } = turn;
    const mention = await rereadQuestion({ platform, mention: before, clock, signal, onFault });
    if (mention === undefined) return undefined;
    turn.reword(mention);
    return { ...turn, mention };
  };

  /** What an earlier run of this answer used was counted then. */
  const countTokens = async (turn: Turn, draft: Draft, onFault: (error: BotError) => void): Promise<void> => {
    const before = turn.kind === 'retry' ? undefined : turn.checkpoint?.usage;
    const used = toTotal(draft.usage) - toTotal(before);
    if (used <= 0) return;
    try {
      for (const alarm of await quota.add(turn.by, turn.mention, used)) events.onQuota(alarm);
    } catch (error) {
      onFault(toBotError(error));
    }
  };

  /** Streams the model's answer into the draft; once more with less history where the model finds it too long. */
  const ask = async (line: {
    turn: Turn;
    platform: Platform;
    draft: Draft;
    language: Language;
    signal: AbortSignal;
    remarks: string[];
    onEvent: () => void;
    /** Aborts `signal` where the reply cannot be written. */
    check: () => Promise<void>;
    onFault: (error: BotError) => void;
  }): Promise<FinishReason> => {
    const { turn, draft, signal } = line;
    const { mention } = turn;
    const own = turn.checkpoint?.pages.map((page) => page.ref) ?? [];
    for (const [attempt, budget] of PROMPT_BUDGETS.entries()) {
      signal.throwIfAborted();
      const { platform, language, onFault } = line;
      const { systemPrompt, vision } = settings;
      const question = {
        platform,
        mention,
        systemPrompt,
        vision,
        budget,
        language,
        clock,
        signal,
        own,
        onFault,
      };
      const { prompt, remarks } = await readQuestion(question);
      if (attempt === 0) await line.check();
      signal.throwIfAborted();
      line.remarks.splice(0, Number.POSITIVE_INFINITY, ...remarks);
      const soFar = draft.text === '' ? {} : { answer: { text: draft.text, reasoning: draft.reasoning } };
      try {
        for await (const event of ports.model.stream({ ...prompt, ...soFar }, { signal })) {
          draft.apply(event);
          line.onEvent();
        }
      } catch (error) {
        signal.throwIfAborted();
        const isLast = attempt === PROMPT_BUDGETS.length - 1;
        if (!isBotError(error, 'context-too-long') || draft.text !== '' || isLast) throw error;
        onFault(error);
        continue;
      }
      if (draft.phase.kind === 'finished') return draft.phase.reason;
      throw new BotError('internal', 'the model ended its stream without a finish');
    }
    throw new BotError('internal', 'no prompt budget left');
  };

  return {
    async start() {
      turns.run(answer);
      const toEvents = (platform: Platform) => ({
        onMention: door.onMention.bind(undefined, platform),
        onControl: door.onControl,
        onLimit: (lane: Lane, limit: LaneLimit) => pacer.limit(lane, limit),
      });
      await Promise.all(ports.platforms.map((platform) => platform.start(toEvents(platform))));
    },
    async stop(graceMs) {
      await turns.stop(graceMs);
      await Promise.allSettled(ports.platforms.map((platform) => platform.stop()));
    },
  };
}

function toTotal(usage: Usage | undefined): number {
  return usage === undefined ? 0 : usage.prompt + usage.completion;
}
