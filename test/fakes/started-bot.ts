// The whole core on the platform in memory, with a model that says what the test tells it to, in time that stands still.

import { type Bot, createBot } from '../../src/bot.ts';
import type { Prices } from '../../src/conversation/cost.ts';
import type { Asked } from '../../src/conversation/refusals.ts';
import type { BotError } from '../../src/errors.ts';
import { createSlots } from '../../src/model/slots.ts';
import { createPacer } from '../../src/pacing/pacer.ts';
import type { Mention, Page } from '../../src/platform.ts';
import type { TurnReport } from '../../src/report.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { createLocalTurns } from '../../src/turns/local.ts';
import { createFakeClock, type FakeClock } from './clock.ts';
import { createVirtualSpacer } from './courtesies.ts';
import { createMemoryPlatform, type MemoryPlatform } from './memory-platform.ts';
import { createScriptedModel } from './scripted-model.ts';

const running: { bot: Bot; clock: FakeClock }[] = [];

/** Stops every bot that was started: to be called after each test. */
export async function stopBots(): Promise<void> {
  for (const { bot, clock } of running.splice(0)) {
    const stopped = bot.stop(0);
    await clock.advance(60_000);
    await stopped;
  }
}

export interface StartOptions {
  readonly max?: number;
  readonly userRate?: number;
  readonly footer?: boolean;
  readonly queueMax?: number;
  readonly dailyTokens?: number;
  readonly prices?: Prices;
  /** Questions that count for no rate. */
  readonly isFree?: (mention: Mention) => boolean;
  /** How many answers are written at once; left out, there is no bound. */
  readonly slots?: number;
  /** Courtesies are spaced as their lanes say; left out, each is made at once. */
  readonly spaced?: boolean;
  /** Changes the platform before the bot knows it. */
  readonly prepare?: (platform: MemoryPlatform, clock: FakeClock) => void;
}

export async function startBot(options: StartOptions = {}) {
  const clock = createFakeClock();
  const platform = createMemoryPlatform(options.max ? { max: options.max } : {});
  options.prepare?.(platform, clock);
  const model = createScriptedModel(
    options.slots === undefined ? undefined : createSlots(options.slots, clock),
  );
  const refused: string[] = [];
  const asked: Asked[] = [];
  const store = createMemoryStore(clock);
  const reports: TurnReport[] = [];
  const faults: BotError[] = [];
  const bugs: unknown[] = [];
  const turns = createLocalTurns({ clock, onBug: (error) => bugs.push(error) });
  const pacer = createPacer({
    clock,
    execute: (_lane, _priority, job) => job(),
    ...(options.spaced === true ? { executeSpaced: createVirtualSpacer(clock) } : {}),
  });
  const bot = createBot({
    platforms: [platform],
    model,
    turns,
    store,
    pacer,
    clock,
    newBugId: () => 'b1',
    settings: {
      systemPrompt: 'You are Rill.',
      vision: true,
      model: 'test-model',
      footer: options.footer ?? true,
      language: 'en',
      isFree: options.isFree,
      prices: options.prices,
      quotas: options.dailyTokens === undefined ? {} : { dailyTokens: options.dailyTokens },
      queueMax: options.queueMax ?? 200,
      access: {
        blockedUsers: ['U666'],
        userRate: options.userRate ?? 10,
      },
    },
    events: {
      onTurnEnd: (report) => reports.push(report),
      onWritten: () => undefined,
      onQuota: () => undefined,
      onFault: (error) => faults.push(error),
      onRefused(reason, told, what) {
        refused.push(`${reason} ${told}`);
        asked.push(what);
      },
    },
  });
  running.push({ bot, clock });
  await bot.start();
  const last = (thread = 'q1'): Page => {
    const page = platform.lastOf(thread);
    if (page === undefined) throw new Error(`nothing stands in ${thread}`);
    return page;
  };
  return { bot, clock, platform, model, turns, pacer, reports, faults, refused, asked, bugs, last };
}
