// The whole bot with the playground and the demo model, or one that the test scripts, in this process: real HTTP, real clocks.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createWebPlatform, type WebOptions } from '../../adapters/web/platform.ts';
import { createBot } from '../../src/bot.ts';
import { systemClock } from '../../src/clock.ts';
import { examples, isExample } from '../../src/model/demo/examples.ts';
import { createDemoServer, DEMO_MODEL } from '../../src/model/demo/server.ts';
import { createModel } from '../../src/model/model.ts';
import type { Model } from '../../src/model/types.ts';
import { createPacer } from '../../src/pacing/pacer.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { createLocalTurns } from '../../src/turns/local.ts';
import { modelOptions } from './model-options.ts';

export interface Playground {
  readonly url: string;
  close(): Promise<void>;
}

/** @param port 0: any free one; `model`: in place of the demo's */
export async function startPlayground(
  options: Partial<WebOptions> = {},
  {
    port = 0,
    idleMs = 2_000,
    tokensPerSecond = 40,
    userRate = 1_000,
    model: given = undefined as Model | undefined,
  } = {},
): Promise<Playground> {
  const clock = systemClock;
  const demo = await createDemoServer({ tokensPerSecond });
  const web = createWebPlatform({ clock, hosts: [], demo: true, chips: examples, ...options });
  const store = createMemoryStore(clock);
  const pacer = createPacer({ clock, store });
  const timeouts = { connectMs: 2_000, firstTokenMs: 10_000, idleMs, totalMs: 120_000 };
  const model =
    given ??
    createModel(
      modelOptions(demo.url, { model: DEMO_MODEL, resume: 'prefix', timeouts, retryBudgetMs: 6_000 }),
    );
  const onBug = (error: unknown) => console.error(error);
  const bot = createBot({
    platforms: [web],
    model,
    turns: createLocalTurns({ clock, onBug }),
    store,
    pacer,
    clock,
    newBugId: () => 'bug-1',
    settings: {
      systemPrompt: 'Be brief.',
      vision: false,
      model: DEMO_MODEL,
      footer: true,
      language: 'en',
      access: { blockedUsers: [], userRate },
      quotas: {},
      queueMax: 1_000,
      isFree: isExample,
    },
    events: {
      onTurnEnd: () => undefined,
      onWritten: () => undefined,
      onFault: () => undefined,
      onQuota: () => undefined,
    },
  });
  await bot.start();
  const server = createServer(web.http.listener);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      await bot.stop(0);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all([pacer.stop(), model.close(), demo.close()]);
    },
  };
}
