// The product in one straight line: a mention becomes a stream of answer events, the stream a growing draft, the draft a few
// well-paced edits of one reply. Knows the four ports, and nothing of what stands behind them.

import type { Clock } from './clock.ts';
import { type AccessRules, createAccess } from './conversation/access.ts';
import { type Prices, toCost } from './conversation/cost.ts';
import { createDoor } from './conversation/door.ts';
import { readQuestion } from './conversation/question.ts';
import { createQuota, type QuotaAlarm, type QuotaRules } from './conversation/quota.ts';
import { BotError, isBotError, toBotError } from './errors.ts';
import type { FinishReason, Model, Usage } from './model/types.ts';
import { type Language, say, toLanguage } from './notices.ts';
import type { Lane, LaneLimit, Place, Platform } from './platform.ts';
import { createDraft, type Draft } from './reply/draft.ts';
import { type Ending, type EndingOptions, toBrokenEnding, toFinishedEnding } from './reply/ending.ts';
import type { Pacer } from './reply/pacer.ts';
import { createProgress } from './reply/progress.ts';
import { createWriter } from './reply/writer.ts';
import { type TurnReport, toReport } from './report.ts';
import type { Store } from './store/types.ts';
import type { Checkpoint, Turn, TurnOutcome, Turns } from './turns/types.ts';

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
/** How often a running answer is kept while it grows. */
const CHECKPOINT_EVERY_MS = 1_000;

export function createBot(ports: BotPorts): Bot {
  const { turns, pacer, clock, settings, events } = ports;
  const platforms = new Map(ports.platforms.map((platform) => [platform.name, platform]));
  const quota = createQuota(settings.quotas, ports.store, clock);
  const door = createDoor({
    turns,
    store: ports.store,
    access: createAccess(settings.access, quota, ports.store, clock),
    language: settings.language,
    onFault: (error, place) => events.onFault(error, place),
  });

  /** One turn, from the prompt to the final edit. Runs now, or again after a crash. */
  const answer = async (turn: Turn): Promise<TurnOutcome> => {
    const { mention, checkpoint } = turn;
    const platform = platforms.get(mention.platform);
    if (platform === undefined) throw new BotError('internal', `no platform named ${mention.platform}`);
    const language = toLanguage(mention.locale, settings.language);
    const startedAt = clock.now();
    const bugId = ports.newBugId();
    const fresh = turn.kind === 'retry';
    const saved = checkpoint?.pages ?? [];
    const lost = new AbortController();
    const signal = AbortSignal.any([turn.signal, lost.signal]);
    const onFault = (error: BotError) => events.onFault(error, { ...mention, turn: turn.id });
    platform.markWaiting(mention, false).catch((error: unknown) => onFault(toBotError(error)));

    const draft = createDraft(clock, fresh ? undefined : checkpoint);
    const sink = platform.openReply(mention, {
      turn: turn.id,
      ...(checkpoint ? { saved: saved.map((page) => page.ref) } : {}),
      room: (lane) => pacer.room(lane),
      tau: (lane, extra) => pacer.tau(lane, extra),
    });
    const progress = createProgress({
      sink,
      clock,
      draft,
      language,
      atOnce: saved.length > 0,
      onChange: () => writer.changed(),
      onFault,
    });
    const writer = createWriter({
      sink,
      pacer,
      clock,
      draft,
      turn: turn.id,
      saved,
      fresh,
      labels: say(language).labels,
      interrupted: say(language).interruptedGoingOn(),
      placeholder: () => progress.placeholder(),
      onWritten: (op, stalenessMs) => {
        turn.save(toCheckpoint('writing'));
        events.onWritten(mention.platform, op, stalenessMs);
      },
      onFault,
      onLost: (error) => lost.abort(error),
    });

    const elapsedMs = () => clock.now() - startedAt + (fresh ? 0 : (checkpoint?.elapsedMs ?? 0));
    const toCheckpoint = (state: Checkpoint['state']): Checkpoint => ({
      pages: writer.pages(),
      text: draft.text,
      reasoning: draft.reasoning,
      interruptions: draft.interruptions,
      usage: draft.usage,
      models: draft.models,
      elapsedMs: elapsedMs(),
      state,
    });
    const remarks: string[] = [];
    const endingOptions = (): EndingOptions => ({
      draft,
      language,
      footer: settings.footer,
      elapsedMs: elapsedMs(),
      model: settings.model,
      cost: toCost(draft.usage, settings.prices),
      remarks,
    });

    let savedAt = startedAt;
    const onEvent = (): void => {
      progress.changed();
      writer.changed();
      if (clock.now() - savedAt < CHECKPOINT_EVERY_MS) return;
      savedAt = clock.now();
      turn.save(toCheckpoint('writing'));
    };

    let ending: Ending;
    let failure: BotError | undefined;
    try {
      if (saved.length > 0) writer.changed();
      const reason = await ask({ turn, platform, draft, language, signal, remarks, onEvent, onFault });
      ending = toFinishedEnding(reason, endingOptions());
    } catch (thrown) {
      failure = toBotError(thrown);
      ending = toBrokenEnding(failure, bugId, endingOptions());
    }
    progress.stop();
    // Whoever deleted the reply, or took the turn over, wants nothing more of it written here.
    const isOurs = failure?.code !== 'lease-lost' && failure?.code !== 'message-deleted';
    if (!isOurs) writer.abandon();
    const landed = isOurs && (await writer.end(ending)) === 'landed';
    const keep = landed && ending.controls.length > 0;
    if (failure?.code !== 'lease-lost') turn.save(toCheckpoint(ending.state));
    await countTokens(turn, draft, onFault);
    events.onTurnEnd(
      toReport({ turn, draft, ending, failure, landed, bugId, startedAt, endedAt: clock.now() }),
    );
    return { keep };
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
    onFault: (error: BotError) => void;
  }): Promise<FinishReason> => {
    const { turn, draft, signal } = line;
    for (const [attempt, budget] of PROMPT_BUDGETS.entries()) {
      signal.throwIfAborted();
      const { platform, language, onFault } = line;
      const { systemPrompt, vision } = settings;
      const { mention } = turn;
      const question = { platform, mention, systemPrompt, vision, budget, language, clock, signal, onFault };
      const { prompt, remarks } = await readQuestion(question);
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
