// The product in one straight line: a mention becomes a stream of answer events, the stream a growing draft, the draft a few
// well-paced edits of one reply. Knows the four ports, and nothing of what stands behind them.

import type { Clock } from './clock.ts';
import { type AccessRules, createAccess } from './conversation/access.ts';
import { createAccount } from './conversation/account.ts';
import { createBeginning } from './conversation/beginning.ts';
import { type Budget, FIRST_BUDGET, toSmaller } from './conversation/budget.ts';
import { type Prices, toCost } from './conversation/cost.ts';
import { createDoor } from './conversation/door.ts';
import { readQuestion } from './conversation/question.ts';
import { createQuota, type QuotaAlarm, type QuotaRules } from './conversation/quota.ts';
import type { Asked, Told } from './conversation/refusals.ts';
import { BotError, toBotError } from './errors.ts';
import type { FinishReason, Model, ModelSlot } from './model/types.ts';
import { type Language, toLanguage } from './notices.ts';
import type { Lane, LaneLimit, Mention, Place, Platform, RefusalReason } from './platform.ts';
import { createDraft, type Draft } from './reply/draft.ts';
import { type Ending, type EndingOptions, toBrokenEnding, toFinishedEnding } from './reply/ending.ts';
import type { Pacer } from './reply/pacer.ts';
import { createRemovals } from './reply/removals.ts';
import { openReply, type Reply } from './reply/reply.ts';
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
  /** Above so many questions that wait, more are refused. */
  readonly queueMax: number;
  readonly prices?: Prices | undefined;
  /** Questions that count for no rate. */
  readonly isFree?: ((mention: Mention) => boolean) | undefined;
}

/** What the outside may watch; none of these may throw. */
export interface BotEvents {
  onTurnEnd(report: TurnReport): void;
  onWritten(platform: string, op: 'post' | 'edit', stalenessMs: number | undefined): void;
  /** A day's tokens are nearly or wholly used up. */
  onQuota(alarm: QuotaAlarm): void;
  /** A question was not taken, and how its asker learnt of it. */
  onRefused?(reason: RefusalReason, told: Told, asked: Asked): void;
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

export function createBot(ports: BotPorts): Bot {
  const { turns, pacer, clock, settings, events } = ports;
  const platforms = new Map(ports.platforms.map((platform) => [platform.name, platform]));
  const quota = createQuota(settings.quotas, ports.store, clock);
  const account = createAccount({ quota, prices: settings.prices, onAlarm: events.onQuota });
  const removals = createRemovals();
  /** When something was last written on a platform, by the monotonic clock. */
  const wroteAt = new Map<string, number>();
  const door = createDoor({
    turns,
    store: ports.store,
    access: createAccess(settings.access, quota, ports.store, clock),
    clock,
    courtesy: pacer.courtesy,
    queueMax: settings.queueMax,
    language: settings.language,
    isFree: settings.isFree,
    onRefused: (reason, told, asked) => events.onRefused?.(reason, told, asked),
    isOwnRemoval: removals.isOwn,
    onFault: (error, place) => events.onFault(error, place),
  });

  const begin = createBeginning({ model: ports.model, clock, door });

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
    const draft = createDraft(clock, given.kind === 'retry' ? undefined : given.checkpoint);
    let reply: Reply | undefined;
    let hasWaited = given.waited;
    const entering = begin.enter(given, platform, (place) => {
      hasWaited = true;
      draft.apply({ type: 'waiting', where: 'here', place });
      reply?.changed();
    });
    const opened = openReply({
      ...{ turn: given, platform, draft, pacer, clock, language, onFault },
      onWritten(op, stalenessMs) {
        wroteAt.set(asked.platform, clock.monotonic());
        events.onWritten(asked.platform, op, stalenessMs);
      },
      wroteAt: () => wroteAt.get(asked.platform),
      onDiscard: (message) => removals.order(asked.platform, message),
      toLostEnding: (error) => toBrokenEnding(error, bugId, toEndingOptions()),
    });
    reply = opened;
    const remarks: string[] = [];
    const toEndingOptions = (): EndingOptions => ({
      draft,
      language,
      footer: settings.footer,
      elapsedMs: opened.elapsedMs(),
      now: clock.now(),
      model: settings.model,
      cost: toCost(draft.usage, settings.prices),
      remarks,
    });

    const report = (how: {
      ending: Ending | 'unasked';
      failure?: BotError | undefined;
      landed: boolean;
    }): void =>
      events.onTurnEnd(
        toReport({
          failure: undefined,
          ...how,
          turn: given,
          draft,
          spent: account.spent(given, draft.usage),
          bugId,
          startedAt,
          endedAt: clock.monotonic(),
        }),
      );

    let turn: Turn | undefined = given;
    let ending: Ending;
    let failure: BotError | undefined;
    let slot: ModelSlot | undefined;
    try {
      slot = await entering;
      if (hasWaited) turn = await begin.asItReadsNow(given, platform, onFault);
      if (turn === undefined) {
        slot?.leave();
        opened.drop();
        report({ ending: 'unasked', landed: false });
        return { keep: false };
      }
      opened.changed();
      const signal = AbortSignal.any([turn.signal, opened.lost]);
      const reason = await ask({
        turn,
        platform,
        draft,
        language,
        signal,
        slot,
        remarks,
        onEvent: opened.changed,
        check: opened.check,
        onFault,
      });
      ending = toFinishedEnding(reason, toEndingOptions());
    } catch (thrown) {
      failure = toBotError(thrown);
      ending = toBrokenEnding(failure, bugId, toEndingOptions());
    }
    slot?.leave();
    // Its last words may wait for the platform: where many do, no more questions are taken.
    given.park(true);
    // Counted at once: who stops an answer and asks again does not get in between.
    const counted = account.count(given, draft.usage, onFault);
    const { keeps, ...ended } = await opened.end(ending, failure);
    await counted;
    report({ ending, ...ended });
    return { keep: keeps };
  };

  /** Streams the model's answer into the draft; again with less of the files, then of the history, where the model finds it too long. */
  const ask = async (line: {
    turn: Turn;
    platform: Platform;
    draft: Draft;
    language: Language;
    signal: AbortSignal;
    slot: ModelSlot | undefined;
    remarks: string[];
    onEvent: () => void;
    /** Aborts `signal` where the reply cannot be written. */
    check: () => Promise<void>;
    onFault: (error: BotError) => void;
  }): Promise<FinishReason> => {
    const { turn, draft, signal, slot } = line;
    const { mention } = turn;
    const own = turn.checkpoint?.pages.map((page) => page.ref) ?? [];
    let budget: Budget | undefined = FIRST_BUDGET;
    while (budget !== undefined) {
      signal.throwIfAborted();
      const { platform, language, onFault } = line;
      const { systemPrompt, vision } = settings;
      const question = {
        platform,
        mention,
        systemPrompt,
        vision,
        budget: budget.tokens,
        files: budget.files,
        language,
        clock,
        signal,
        own,
        onFault,
      };
      const { prompt, remarks, files } = await readQuestion(question);
      if (budget === FIRST_BUDGET) await line.check();
      signal.throwIfAborted();
      line.remarks.splice(0, Number.POSITIVE_INFINITY, ...remarks);
      const soFar = draft.text === '' ? {} : { answer: { text: draft.text, reasoning: draft.reasoning } };
      try {
        const options = { signal, slot, onUsage: draft.count, about: toAbout(turn) };
        for await (const event of ports.model.stream({ ...prompt, ...soFar }, options)) {
          draft.apply(event);
          line.onEvent();
        }
      } catch (error) {
        signal.throwIfAborted();
        const smaller: Budget | undefined = draft.text === '' ? toSmaller(budget, files, error) : undefined;
        if (smaller === undefined) throw error;
        onFault(toBotError(error));
        budget = smaller;
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
        isRefused: door.isRefused,
        courtesy: pacer.courtesy,
      });
      await Promise.all(ports.platforms.map((platform) => platform.start(toEvents(platform))));
    },
    async stop(graceMs) {
      await turns.stop(graceMs);
      await Promise.allSettled(ports.platforms.map((platform) => platform.stop()));
    },
  };
}

/** What the log says of it. */
function toAbout({ id, mention: { platform, scope, channel } }: Turn) {
  return { turn: id, platform, scope, channel };
}
