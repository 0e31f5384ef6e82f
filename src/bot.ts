// The product in one straight line: a mention becomes a stream of answer events, the stream a growing draft, the draft a few
// well-paced edits of one reply. Knows the four ports, and nothing of what stands behind them.

import type { BotPorts } from './bot-ports.ts';
import { createAccess } from './conversation/access.ts';
import { createAccount } from './conversation/account.ts';
import { createBeginning } from './conversation/beginning.ts';
import { type Budget, FIRST_BUDGET, toSmaller } from './conversation/budget.ts';
import { toCost } from './conversation/cost.ts';
import { createDoor } from './conversation/door.ts';
import { readQuestion } from './conversation/question.ts';
import { createQuota } from './conversation/quota.ts';
import { BotError, toBotError } from './errors.ts';
import type { FinishReason, ModelSlot } from './model/types.ts';
import { type Language, toLanguage } from './notices.ts';
import type { Lane, LaneLimit, Platform } from './platform.ts';
import { createDraft, type Draft } from './reply/draft.ts';
import { type Ending, type EndingOptions, toBrokenEnding, toFinishedEnding } from './reply/ending.ts';
import { createRemovals } from './reply/removals.ts';
import { openReply, type Reply } from './reply/reply.ts';
import { toReport } from './report.ts';
import { goesOnFrom, type Turn, type TurnOutcome } from './turns/types.ts';

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

  const toDraft = (turn: Turn): Draft => {
    const { checkpoint, fresh } = goesOnFrom(turn);
    return createDraft(clock, fresh ? undefined : checkpoint);
  };

  const toPlatform = ({ mention }: Turn): Platform => {
    const platform = platforms.get(mention.platform);
    if (platform === undefined) throw new BotError('internal', `no platform named ${mention.platform}`);
    return platform;
  };

  /** Opens the turn's reply, and all that says how it may end. */
  const open = (turn: Turn, draft: Draft) => {
    const { mention: asked } = turn;
    const platform = toPlatform(turn);
    const language = toLanguage(asked.locale, settings.language);
    const bugId = ports.newBugId();
    const onFault = (error: BotError) => {
      if (!error.known) events.onFault(error, { ...asked, turn: turn.id });
    };
    const opened = openReply({
      ...{ turn, platform, draft, pacer, clock, language, onFault },
      onWritten(op, stalenessMs) {
        wroteAt.set(asked.platform, clock.monotonic());
        events.onWritten(asked.platform, op, stalenessMs);
      },
      wroteAt: () => wroteAt.get(asked.platform),
      onDiscard: (message) => removals.order(asked.platform, message),
      onKept: (message) => removals.kept(asked.platform, message),
      toLostEnding: (error) => toBrokenEnding(error, bugId, toEndingOptions()),
    });
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
    return { draft, opened, language, bugId, onFault, remarks, toEndingOptions };
  };

  /** Of turns that go on with an answer and wait for others of their thread: from the press on their reply says so. */
  const early = new Map<string, ReturnType<typeof open>>();
  const onAgainWaits = (turn: Turn): void => {
    const draft = toDraft(turn);
    draft.queue();
    early.set(turn.id, open(turn, draft));
  };

  /** One turn, from the prompt to the final edit. Runs now, or again after a crash. */
  const answer = async (given: Turn): Promise<TurnOutcome> => {
    const platform = toPlatform(given);
    const startedAt = clock.monotonic();
    const known = early.get(given.id);
    early.delete(given.id);
    known?.draft.apply({ type: 'waiting', where: 'here', place: 0 });
    const draft = known?.draft ?? toDraft(given);
    let reply: Reply | undefined = known?.opened;
    let hasWaited = given.waited;
    // Before the reply is opened: one that waits takes nothing of a lane.
    const entering = begin.enter(given, platform, (place) => {
      hasWaited = true;
      draft.apply({ type: 'waiting', where: 'here', place });
      reply?.changed();
    });
    const { opened, language, bugId, onFault, remarks, toEndingOptions } = known ?? open(given, draft);
    reply = opened;
    known?.opened.begin();

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
    const own = goesOnFrom(turn).checkpoint?.pages.map((page) => page.ref) ?? [];
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
      turns.run(answer, onAgainWaits);
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
