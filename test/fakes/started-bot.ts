// The whole core on the platform in memory, with a model that says what the test tells it to, in time that stands still.

import { type Bot, createBot } from '../../src/bot.ts';
import type { BotError } from '../../src/errors.ts';
import type { Page } from '../../src/platform.ts';
import { createPacer } from '../../src/reply/pacer.ts';
import type { TurnReport } from '../../src/report.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { createLocalTurns } from '../../src/turns/local.ts';
import { createFakeClock, type FakeClock } from './clock.ts';
import { createMemoryPlatform } from './memory-platform.ts';
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

export async function startBot(
  options: { max?: number; userRate?: number; footer?: boolean; dailyTokens?: number } = {},
) {
  const clock = createFakeClock();
  const platform = createMemoryPlatform(options.max ? { max: options.max } : {});
  const model = createScriptedModel();
  const store = createMemoryStore(clock);
  const reports: TurnReport[] = [];
  const faults: BotError[] = [];
  const bugs: unknown[] = [];
  const turns = createLocalTurns({ clock, onBug: (error) => bugs.push(error) });
  const pacer = createPacer({ clock, execute: (_lane, _priority, job) => job() });
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
      quotas: options.dailyTokens === undefined ? {} : { dailyTokens: options.dailyTokens },
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
    },
  });
  running.push({ bot, clock });
  await bot.start();
  const last = (thread = 'q1'): Page => {
    const page = platform.lastOf(thread);
    if (page === undefined) throw new Error(`nothing stands in ${thread}`);
    return page;
  };
  return { bot, clock, platform, model, reports, faults, bugs, last };
}
