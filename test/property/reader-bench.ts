// Plays scripts of a reply (what the model says, what people do, which calls fail) with the real bot on one platform, and compares what a
// reader sees in the end with what there should be to see. Must not know how scripts are made.

import { createBot } from '../../src/bot.ts';
import { sleep } from '../../src/clock.ts';
import { BotError, isBotError } from '../../src/errors.ts';
import type { AnswerEvent, Model } from '../../src/model/types.ts';
import type { TurnReport } from '../../src/report.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { createLocalTurns } from '../../src/turns/local.ts';
import { createEagerPacer } from '../fakes/eager-pacer.ts';
import { createIdleClock } from '../fakes/idle-clock.ts';
import { countCalls, type Heard } from './counted-platform.ts';
import { checkSeen } from './reader-check.ts';
import type { Fault, Op, Place, ReaderStage, Shown } from './reader-stage.ts';

/** As soon as no answer is being written. */
export const AT_REST = -1;
/** Longer than any wait after a reply has ended. */
const QUIET_MS = 450_000;

export interface Round {
  /** Lengths, as multiples of a third of a page, and the waits behind them. */
  readonly pieces: readonly { readonly size: number; readonly waitMs: number }[];
  readonly end: 'stop' | 'length' | 'broken';
}

export type Act = { readonly afterMs: number } & (
  | { readonly press: 'Stop' | 'Retry' | 'Continue' }
  | { readonly remove: number }
);

export interface Script {
  readonly rounds: readonly Round[];
  readonly acts: readonly Act[];
  readonly faults: readonly { op: Op; nth: number; times: number; fault: Fault }[];
}

/** How one script has gone so far. */
export interface Play {
  readonly number: number;
  readonly script: Script;
  rounds: number;
  /** What the model has said, as far as the present answer goes. */
  arrived: string;
  readonly reports: TurnReport[];
  /** A person has deleted a page since the present answer began. */
  isTorn: boolean;
  /** What was done and when, in seconds: told where it went wrong. */
  readonly account: string[];
}

export interface ReaderBench {
  /** Faults of the bot's own, which nobody may see. */
  readonly bugs: readonly unknown[];
  /** Resolves to what stands in the end; rejects where a reader sees something else than there should be. */
  play(script: Script): Promise<readonly Shown[]>;
  close(): Promise<void>;
}

/** Words that are each there once, so that what is lost or doubled shows. */
function toPiece(play: Play, length: number): string {
  let text = '';
  for (let word = 0; text.length < length; word += 1) {
    text += `w${play.rounds}.${play.arrived.length}.${word}${word % 12 === 11 ? '\n\n' : ' '}`;
  }
  return text;
}

export async function openBench(open: () => Promise<ReaderStage>): Promise<ReaderBench> {
  const stage = await open();
  const clock = createIdleClock();
  const plays = new Map<number, Play>();
  const byThread = new Map<string, Play>();
  const bugs: unknown[] = [];
  let number = 0;
  const note = (play: Play | undefined, what: string): void =>
    void play?.account.push(`${Math.round((clock.monotonic() - startedAt) / 100) / 10}: ${what}`);
  const startedAt = clock.monotonic();
  const { platform, act } = countCalls(stage.platform, clock, {
    ...(stage.callsPerSecond === undefined ? {} : { callsPerSecond: stage.callsPerSecond }),
    onCall: (thread, what, error) =>
      note(byThread.get(thread), `${what}${error === undefined ? '' : ` -> ${toWords(error)}`}`),
  });
  const model: Model = {
    async *stream(prompt, { signal }): AsyncGenerator<AnswerEvent> {
      const question = JSON.stringify(prompt.messages.at(-1));
      const play = plays.get(Number(/play (\d+)/.exec(question)?.[1]));
      if (play === undefined) throw new Error(`nobody knows ${question}`);
      const { pieces, end } = play.script.rounds[play.rounds % play.script.rounds.length] as Round;
      play.rounds += 1;
      note(play, `round ${play.rounds}, which will be ${end}`);
      play.isTorn = play.isTorn && prompt.answer !== undefined;
      if (prompt.answer === undefined) play.arrived = '';
      for (const { size, waitMs } of pieces) {
        const text = toPiece(play, size * stage.unit);
        play.arrived += text;
        yield { type: 'text-delta', text };
        await sleep(clock, waitMs, signal);
      }
      signal.throwIfAborted();
      if (end === 'broken') throw new BotError('broken-off', 'cut');
      yield { type: 'finish', reason: end, usage: undefined, models: [] };
    },
    close: async () => undefined,
  };
  const bot = createBot({
    ...{ platforms: [platform], model, store: createMemoryStore(clock) },
    turns: createLocalTurns({ clock, onBug: (error) => bugs.push(error) }),
    ...{ pacer: createEagerPacer({ tau: () => 2_000 }), clock, newBugId: () => 'b1' },
    settings: {
      ...{ systemPrompt: 'Be brief.', vision: false, model: 'm', footer: true, language: 'en', quotas: {} },
      queueMax: 200,
      access: { blockedUsers: [], userRate: 1_000_000 },
    },
    events: {
      onTurnEnd(report) {
        const play = byThread.get(report.thread);
        play?.reports.push(report);
        note(play, `ended: ${report.outcome} ${report.failure?.code ?? ''}`);
      },
      onWritten: () => undefined,
      onQuota: () => undefined,
      onFault(error) {
        if (error.code === 'internal') bugs.push(error);
      },
    },
  });
  await bot.start();
  await stage.begin();

  /** Resolves when no turn has ended for a while, and none runs. */
  const untilQuiet = async (play: Play): Promise<void> => {
    for (let tries = 0; tries < 200; tries += 1) {
      const before = play.reports.length;
      await sleep(clock, QUIET_MS / 3);
      if (before > 0 && play.reports.length === before && before >= play.rounds) return;
    }
    throw new Error(`never came to rest: ${play.rounds} rounds, ${play.reports.length} ended`);
  };

  const untilEnded = async (play: Play): Promise<void> => {
    for (let tries = 0; tries < 100; tries += 1) {
      if (play.reports.length > 0 && play.reports.length >= play.rounds) return;
      await sleep(clock, 20_000);
    }
  };

  const perform = async (play: Play, place: Place, one: Act): Promise<void> => {
    if (one.afterMs === AT_REST) await untilEnded(play);
    else await sleep(clock, one.afterMs);
    await act(async (): Promise<Heard | undefined> => {
      const replies = await stage.replies(place);
      if ('remove' in one) {
        const target = replies[one.remove];
        if (target === undefined) return undefined;
        note(play, `somebody deletes ${target.id}`);
        play.isTorn = true;
        await stage.remove(place, target.id);
        return stage.tellsDeletions ? `deleted ${target.id}` : undefined;
      }
      const target = replies.findLast(({ buttons }) => buttons.includes(one.press));
      if (target === undefined) return undefined;
      note(play, `somebody presses ${one.press} at ${target.id}`);
      return (await stage.press(place, target.id, one.press)) ? 'press' : undefined;
    });
  };

  const run = async (play: Play): Promise<readonly Shown[]> => {
    const { script } = play;
    const channel = stage.newChannel();
    let place: Place | undefined;
    await act(async () => {
      place = await stage.ask(channel, `play ${play.number}`);
      byThread.set(place.thread, play);
      for (const rule of script.faults) stage.fail(place, rule);
      return 'mention';
    });
    if (place === undefined) return [];
    for (const one of script.acts) await perform(play, place, one);
    await untilQuiet(play);
    const replies = await clock.during(stage.replies(place));
    checkSeen(play, { replies, whispered: await clock.during(stage.whispered(place)) });
    byThread.delete(place.thread);
    return replies;
  };

  return {
    bugs,
    async play(script) {
      number += 1;
      const play: Play = {
        ...{ number, script, rounds: 0, arrived: '', reports: [], isTorn: false, account: [] },
      };
      plays.set(play.number, play);
      try {
        return await run(play);
      } catch (thrown) {
        const error = thrown instanceof Error ? thrown : new Error(String(thrown));
        error.message = `${error.message}\n${JSON.stringify(script)}\n${play.account.join('\n')}`;
        throw error;
      } finally {
        plays.delete(play.number);
      }
    },
    async close() {
      await bot.stop(0);
      clock.stop();
      await stage.close();
    },
  };
}

function toWords(error: unknown): string {
  return isBotError(error)
    ? `${error.code}${error.forbidden ? ' (for good)' : ''}: ${error.plain}`
    : String(error);
}
