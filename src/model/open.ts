// Owns which model answers: the provider that is set, or the built-in demo where nobody is. Must not know where settings come from.

import { type Clock, systemClock } from '../clock.ts';
import { createDemoServer, DEMO_MODEL } from './demo/server.ts';
import { createModel, type ModelOptions } from './model.ts';
import type { Model } from './types.ts';

const DEEPSEEK_HOST = 'api.deepseek.com';
const DEMO_IDLE_MS = 8_000;
/** Its refusals are there to be read: they outlast this. */
const DEMO_RETRY_MS = 5_000;

type ModelSettings = Omit<ModelOptions, 'clock' | 'random' | 'log'>;

/** Without a key for DeepSeek there is nobody to ask but the demo model; another server may need no key. */
export function needsDemo({ apiKey, baseUrl }: Pick<ModelSettings, 'apiKey' | 'baseUrl'>): boolean {
  return apiKey === undefined && new URL(baseUrl).hostname === DEEPSEEK_HOST;
}

export async function openModel(
  settings: ModelSettings,
  log?: ModelOptions['log'],
  clock: Clock = systemClock,
): Promise<Model> {
  const shared = { clock, random: Math.random, log };
  if (!needsDemo(settings)) return createModel({ ...settings, ...shared });
  const demo = await createDemoServer();
  // Its stall is there to be seen: nobody should have to wait for it as long as for a real one.
  const timeouts = { ...settings.timeouts, idleMs: Math.min(settings.timeouts.idleMs, DEMO_IDLE_MS) };
  const model = createModel({
    ...settings,
    ...shared,
    wire: 'chat',
    baseUrl: demo.url,
    model: DEMO_MODEL,
    resume: 'prefix',
    timeouts,
    retryBudgetMs: Math.min(settings.retryBudgetMs, DEMO_RETRY_MS),
  });
  return {
    ...model,
    async close() {
      await model.close();
      await demo.close();
    },
  };
}
