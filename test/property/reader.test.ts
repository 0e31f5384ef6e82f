// A small model of a reply, what a reader must see, against the real one on each platform's sink: random sequences of presses, deletions
// by people, and calls that fail. REPLY_SEED and REPLY_PATH, which a failure prints, play one again; REPLY_RUNS sets how many.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBot } from '../../src/bot.ts';
import { sleep } from '../../src/clock.ts';
import { BotError } from '../../src/errors.ts';
import type { AnswerEvent, Model } from '../../src/model/types.ts';
import type { TurnReport } from '../../src/report.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { createLocalTurns } from '../../src/turns/local.ts';
import { createEagerPacer } from '../fakes/eager-pacer.ts';
import { createIdleClock } from '../fakes/idle-clock.ts';
import { countCalls } from './counted-platform.ts';
import { openPlayground } from './playground-stage.ts';
import { type Fault, type Op, openDiscord, openSlack, type Place, type ReaderStage } from './reader-stage.ts';

/** As soon as no answer is being written. */
const AT_REST = -1;
/** Longer than any wait after a reply has ended. */
const QUIET_MS = 450_000;
const AT_ONCE = 60;
const GIVEN_RUNS = process.env.REPLY_RUNS;

interface Round {
  /** Lengths, as multiples of a third of a page, and the waits behind them. */
  readonly pieces: readonly { readonly size: number; readonly waitMs: number }[];
  readonly end: 'stop' | 'length' | 'broken';
}

type Act = { readonly afterMs: number } & (
  | { readonly press: 'Stop' | 'Retry' | 'Continue' }
  | { readonly remove: number }
);

interface Script {
  readonly rounds: readonly Round[];
  readonly acts: readonly Act[];
  readonly faults: readonly { op: Op; nth: number; times: number; fault: Fault }[];
}

const round: fc.Arbitrary<Round> = fc.record({
  pieces: fc.array(
    fc.record({
      size: fc.constantFrom(0.01, 0.1, 0.4, 1.5, 2.5),
      waitMs: fc.constantFrom(0, 0, 500, 4_000, 20_000),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  end: fc.constantFrom('stop', 'length', 'broken'),
});
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    afterMs: fc.constantFrom(0, 15_000, 60_000, AT_REST, AT_REST),
    press: fc.constantFrom('Stop', 'Retry', 'Retry', 'Continue'),
  }),
  fc.record({ afterMs: fc.constantFrom(0, 15_000, 60_000, AT_REST, AT_REST), remove: fc.nat({ max: 3 }) }),
);
const script: fc.Arbitrary<Script> = fc.record({
  rounds: fc.array(round, { minLength: 1, maxLength: 4 }),
  acts: fc.array(act, { maxLength: 4 }),
  faults: fc
    .array(
      fc.record({
        op: fc.constantFrom<Op>('post', 'edit', 'edit', 'discard'),
        nth: fc.integer({ min: 1, max: 5 }),
        times: fc.constantFrom(1, 1, 2, 3, 1_000),
        fault: fc.constantFrom<Fault>(
          ...(['lost-after', 'lost-before', 'unavailable', 'html', 'empty', 'limited'] as const),
          ...(['refused', 'refused', 'forbidden'] as const),
        ),
      }),
      { maxLength: 3 },
    )
    .map(bound),
});

/** What no bot could mend is not asked for: nothing but refusals for ever, and a message that takes no edit can be taken away. */
function bound(faults: Script['faults']): Script['faults'] {
  return faults.map((one) => {
    const isNo = one.fault === 'refused' || one.fault === 'forbidden';
    const isForEver = one.times > 3;
    // A message that the platform lets nobody take away stands.
    if (isNo && one.op === 'discard') return { ...one, fault: 'unavailable', times: 2 };
    if (isForEver && (!isNo || one.op === 'discard')) return { ...one, times: 2 };
    return one;
  });
}

interface Play {
  readonly number: number;
  readonly script: Script;
  rounds: number;
  /** What the model has said, as far as the present answer goes. */
  arrived: string;
  readonly reports: TurnReport[];
  /** A person has deleted a page since the present answer began. */
  isTorn: boolean;
}

/** Words that are each there once, so that what is lost or doubled shows. */
function toPiece(play: Play, length: number): string {
  let text = '';
  for (let word = 0; text.length < length; word += 1) {
    text += `w${play.rounds}.${play.arrived.length}.${word}${word % 12 === 11 ? '\n\n' : ' '}`;
  }
  return text;
}

async function openBench(open: () => Promise<ReaderStage>) {
  const stage = await open();
  const clock = createIdleClock();
  const { platform, act } = countCalls(stage.platform, clock);
  const plays = new Map<number, Play>();
  const bugs: unknown[] = [];
  const model: Model = {
    async *stream(prompt, { signal }): AsyncGenerator<AnswerEvent> {
      const question = JSON.stringify(prompt.messages.at(-1));
      const play = plays.get(Number(/play (\d+)/.exec(question)?.[1]));
      if (play === undefined) throw new Error(`nobody knows ${question}`);
      const { pieces, end } = play.script.rounds[play.rounds % play.script.rounds.length] as Round;
      play.rounds += 1;
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
  const turns = createLocalTurns({ clock, onBug: (error) => bugs.push(error) });
  const bot = createBot({
    ...{ platforms: [platform], model, turns, store: createMemoryStore(clock) },
    ...{ pacer: createEagerPacer({ tau: () => 2_000 }), clock, newBugId: () => 'b1' },
    settings: {
      ...{ systemPrompt: 'Be brief.', vision: false, model: 'm', footer: true, language: 'en', quotas: {} },
      queueMax: 200,
      access: { blockedUsers: [], userRate: 1_000_000 },
    },
    events: {
      onTurnEnd: (report) => void byThread.get(report.thread)?.reports.push(report),
      onWritten: () => undefined,
      onQuota: () => undefined,
      onFault(error) {
        if (error.code === 'internal') bugs.push(error);
      },
    },
  });
  const byThread = new Map<string, Play>();
  await bot.start();
  await stage.begin();

  /** Resolves when no turn has ended for a while, and none runs. */
  const untilQuiet = async (play: Play): Promise<void> => {
    for (let tries = 0; tries < 200; tries += 1) {
      const before = play.reports.length;
      await sleep(clock, QUIET_MS / 3);
      if (before > 0 && play.reports.length === before && before >= play.rounds) return;
    }
    throw new Error(
      `play ${play.number} never came to rest: ${play.rounds} rounds, ${play.reports.length} ended`,
    );
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
    const replies = await clock.during(stage.replies(place));
    if ('remove' in one) {
      const target = replies[one.remove];
      if (target === undefined) return;
      play.isTorn = true;
      await act(() => stage.remove(place, target.id), true);
    } else {
      const target = replies.findLast(({ buttons }) => buttons.includes(one.press));
      if (target) await act(() => stage.press(place, target.id, one.press));
    }
  };

  const check = async (play: Play, place: Place): Promise<void> => {
    const replies = await clock.during(stage.replies(place));
    const last = play.reports.at(-1);
    const pages = replies.map((one) => ({ ...one, text: `${one.text.length}: ${one.text.slice(0, 20)}` }));
    const { faults, acts } = play.script;
    const about = JSON.stringify({ outcome: last?.outcome, code: last?.failure?.code, pages, faults, acts });
    expect(
      replies.some(({ open }) => open),
      `looks unfinished: ${about}`,
    ).toBe(false);
    const seen = replies.map(({ text }) => text).join('');
    if (last?.outcome === 'undelivered') {
      expect(play.arrived.startsWith(seen) || play.isTorn, `not the answer's beginning: ${about}`).toBe(true);
      expect(await stage.whispered(place), `nobody told the asker: ${about}`).toBe(true);
      return;
    }
    if (play.isTorn || last?.outcome === 'deleted') {
      for (const { text } of replies)
        expect(play.arrived.includes(text), `not of the answer: ${about}`).toBe(true);
      return;
    }
    expect(seen.length, `lost or doubled: ${about}`).toBe(play.arrived.length);
    expect(seen === play.arrived, `another text: ${about}`).toBe(true);
    expect(replies.at(-1)?.ended, `no word at the end: ${about}`).toBe(true);
  };

  return {
    bugs,
    async play(number: number, script: Script): Promise<void> {
      const play: Play = { number, script, rounds: 0, arrived: '', reports: [], isTorn: false };
      plays.set(number, play);
      const channel = stage.newChannel();
      const place = await act(async () => {
        const asked = await stage.ask(channel, `play ${number}`);
        byThread.set(asked.thread, play);
        for (const rule of script.faults) stage.fail(asked, rule);
        return asked;
      });
      for (const one of script.acts) await perform(play, place, one);
      await untilQuiet(play);
      await check(play, place);
    },
    async close(): Promise<void> {
      await bot.stop(0);
      clock.stop();
      await stage.close();
    },
  };
}

/** Many at once, since each of them mostly waits; the first that fails is named, to be played again alone, and made smaller. */
async function playAll(open: () => Promise<ReaderStage>, usualRuns: number): Promise<void> {
  const runs = Number(GIVEN_RUNS ?? usualRuns);
  // A seed of its own, so that what `npm test` finds it finds again; other sequences are for whoever names a seed.
  const seed = Number(process.env.REPLY_SEED ?? 1681511854);
  const path = process.env.REPLY_PATH;
  const bench = await openBench(open);
  let number = 0;
  const property = fc.asyncProperty(script, (one) => bench.play(++number, one));
  const failed: { readonly path: string; readonly error: unknown }[] = [];
  try {
    if (path !== undefined) return await fc.assert(property, { seed, path, endOnFailure: true });
    const queue = fc.sample(script, { seed, numRuns: runs }).map((one, index) => ({ one, index }));
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next && failed.length === 0; next = queue.shift()) {
        const { one, index } = next;
        await bench
          .play(++number, one)
          .catch((error: unknown) => failed.push({ path: String(index), error }));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    expect(bench.bugs).toEqual([]);
    const [first] = failed;
    if (first === undefined) return;
    console.error(`REPLY_SEED=${seed} REPLY_PATH=${first.path}`, first.error);
    throw first.error;
  } finally {
    await bench.close();
  }
}

describe('what a reader sees of a reply, whatever is pressed, deleted, or fails', () => {
  it('on Slack, by edits', () => playAll(() => openSlack('edit'), 250), 120_000);
  it('on Slack, by streams', () => playAll(() => openSlack('stream'), 250), 120_000);
  it('on Discord', () => playAll(() => openDiscord(), 80), 120_000);
  it('in the playground', () => playAll(() => openPlayground(), 60), 120_000);
});
