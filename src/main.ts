// The composition root: settings → ports → bot → start, and signals. The only reader of the environment, the only importer of adapters.

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { createGuard, type GuardOptions } from '../adapters/web/guard.ts';
import type { WebPlatform } from '../adapters/web/index.ts';
import { ask } from './ask.ts';
import { createBot } from './bot.ts';
import { systemClock } from './clock.ts';
import { toAccessNotes } from './config/access-notes.ts';
import { type Config, ConfigError, isLoopback, parseConfig } from './config.ts';
import { doctor } from './doctor.ts';
import { examples, isExample } from './model/demo/examples.ts';
import { createDemoServer, DEMO_MODEL } from './model/demo.ts';
import { createModel } from './model/resume.ts';
import type { Model } from './model/types.ts';
import { createHttp, ListenError } from './ops/http.ts';
import { createLog, type Log } from './ops/log.ts';
import { createMetrics, type Metrics } from './ops/metrics.ts';
import { guardProcess, untilTold } from './ops/process.ts';
import { setupPage } from './ops/setup-page.ts';
import { createSparseLog } from './ops/sparse.ts';
import { createWatch } from './ops/watch.ts';
import type { Platform } from './platform.ts';
import { createPacer } from './reply/pacer.ts';
import { createMemoryStore } from './store/memory.ts';
import { createLocalTurns } from './turns/local.ts';

/** sysexits.h EX_CONFIG: what is configured is wrong, and starting again will not help. */
const EXIT_CONFIG = 78;
/** Final edits that are under way when the grace is over get this long to land. */
const LAST_EDITS_MS = 4_000;
const DEEPSEEK_HOST = 'api.deepseek.com';
const DEMO_IDLE_MS = 8_000;
/** Its refusals are there to be read: they outlast this. */
const DEMO_RETRY_MS = 5_000;

async function main(args: readonly string[]): Promise<number> {
  if (args[0] === 'doctor') return diagnose();
  const config = parseConfig(readEnvironment());
  if (args[0] === 'ask') return askOnce(config, args.slice(1).join(' '));
  return run(config);
}

/** What the process was given, and below it the file `.env` of the working folder. */
function readEnvironment(): Record<string, string | undefined> {
  const file = existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {};
  // An empty value counts as unset: it does not hide what the file says.
  const given = Object.entries(process.env).filter(([, value]) => value !== '');
  return { ...file, ...Object.fromEntries(given) };
}

/** Without a key for DeepSeek there is nobody to ask but the demo model; another server may need no key. */
function needsDemo({ model }: Config): boolean {
  return model.apiKey === undefined && new URL(model.baseUrl).hostname === DEEPSEEK_HOST;
}

async function openModel(config: Config, log?: Log): Promise<Model> {
  const shared = { clock: systemClock, random: Math.random, log };
  if (!needsDemo(config)) return createModel({ ...config.model, ...shared });
  const demo = await createDemoServer();
  // Its stall is there to be seen: nobody should have to wait for it as long as for a real one.
  const timeouts = { ...config.model.timeouts, idleMs: Math.min(config.model.timeouts.idleMs, DEMO_IDLE_MS) };
  const { wire: _wire, ...settings } = config.model;
  const model = createModel({
    ...settings,
    ...shared,
    wire: 'chat',
    baseUrl: demo.url,
    model: DEMO_MODEL,
    resume: 'prefix',
    timeouts,
    retryBudgetMs: Math.min(config.model.retryBudgetMs, DEMO_RETRY_MS),
  });
  return {
    ...model,
    async close() {
      await model.close();
      await demo.close();
    },
  };
}

async function askOnce(config: Config, question: string): Promise<number> {
  if (question.trim() === '') {
    console.error('Ask something: npm run ask -- "What is a rill?"');
    return EXIT_CONFIG;
  }
  const model = await openModel(config);
  if (needsDemo(config)) console.error('No DEEPSEEK_API_KEY is set: the built-in demo model answers.');
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  process.stdout.once('error', () => interrupt.abort());
  const code = await ask({
    question,
    model,
    systemPrompt: config.systemPrompt,
    language: config.language,
    out: (text) => process.stdout.write(text),
    err: (line) => console.error(line),
    signal: interrupt.signal,
  });
  await model.close();
  return code;
}

/** `npm run doctor`. Nothing is started: every check opens what it needs, and closes it. */
function diagnose(): Promise<number> {
  return doctor({
    parse: () => parseConfig(readEnvironment()),
    toSecrets,
    async *slack(exam, signal) {
      const { examineSlack } = await import('../adapters/slack/doctor.ts');
      yield* examineSlack(exam, signal);
    },
    async *discord(exam, signal) {
      const { examineDiscord } = await import('../adapters/discord/doctor.ts');
      yield* examineDiscord({ ...exam, clock: systemClock }, signal);
    },
    out: (line) => console.log(line),
    clock: systemClock,
  });
}

/** Resolves to the exit code when the process was told to stop. */
async function run(config: Config): Promise<number> {
  const clock = systemClock;
  const log = createLog(config.logLevel, { secrets: toSecrets(config) });
  const sparse = createSparseLog(log, clock);
  const metrics = createMetrics();
  const store = createMemoryStore(clock);
  const turns = createLocalTurns({
    clock,
    onBug: (error) => log.error({ error }, 'A turn ended by a bug'),
  });
  const pacer = createPacer({ clock, store, onLimited: metrics.limited });
  const model = await openModel(config, sparse);
  const web = await openPlayground(config, sparse, metrics.streamRefused);
  const platforms = [...(await toPlatforms(config, sparse)), ...(web ? [web] : [])];
  metrics.watch(() => turns.count());
  metrics.watchStreams(() => web?.readers() ?? 0);
  const bot = createBot({
    platforms,
    model,
    turns,
    store,
    pacer,
    clock,
    newBugId: () => randomBytes(4).toString('hex'),
    settings: {
      systemPrompt: config.systemPrompt,
      vision: config.model.vision,
      model: needsDemo(config) ? DEMO_MODEL : config.model.model,
      footer: config.footer,
      language: config.language,
      access: config.access,
      quotas: config.quotas,
      queueMax: config.queueMax,
      prices: config.model.prices,
      isFree: needsDemo(config) ? ({ text }) => isExample(text) : undefined,
    },
    events: createWatch(log, metrics, sparse),
  });
  const http = createHttp({
    host: config.server.host,
    port: config.server.port,
    log,
    ready: () => Object.fromEntries(platforms.map((platform) => [platform.name, platform.isConnected()])),
    metrics,
    mounts: platforms.flatMap((platform) => (platform.http ? [platform.http] : [])),
    ...toGuard(config, web),
    ...(platforms.length === 0
      ? { home: setupPage({ model: !needsDemo(config), slack: false, discord: false }) }
      : {}),
  });

  for (const { level, details, text } of toAccessNotes(config)) log[level](details, text);
  const told = untilTold(log);
  const port = await http.start();
  const address = `http://${toHostname(config.server.host)}:${port}`;
  console.log(web ? `Rill's playground is at ${address}` : `Rill listens on ${address}`);
  if (needsDemo(config)) console.log('No DEEPSEEK_API_KEY is set: the built-in demo model answers.');
  if (platforms.length === 0)
    console.log('No platform is configured yet: that page says what is missing and how to get it.');
  const connected = bot.start().then(() => {
    if (platforms.length > 0) log.info({ platforms: platforms.map(({ name }) => name) }, 'Rill is connected');
  });
  const outcome = await Promise.race([told.then(() => 'told' as const), failsOnly(connected)]);
  if (outcome !== 'told') {
    log.error({ error: outcome.error }, 'Rill could not start');
    console.error(toSentence(outcome.error));
    await http.stop();
    return 1;
  }
  await within(config.shutdownGraceMs + LAST_EDITS_MS, log, async () => {
    await bot.stop(config.shutdownGraceMs);
    // What is still under way, such as a call that is never answered, is not waited for beyond the same limit.
    await Promise.allSettled([http.stop(), pacer.stop(), model.close()]);
    await store.close();
  });
  log.info({}, 'Rill has stopped');
  return 0;
}

/**
 * `WEB_TOKEN` guards the metrics also where there is no playground. Without one they are for this machine where it alone is listened to,
 * and for everybody on the network of another HOST.
 */
function toGuard({ web: { token }, server }: Config, web: WebPlatform | undefined) {
  if (web) return { guard: web.isAllowed };
  if (token === undefined && !isLoopback(server.host)) return {};
  return { guard: createGuard(toGuardOptions(server, token)).isAllowed };
}

function toGuardOptions({ host, trustedProxies }: Config['server'], token: string | undefined): GuardOptions {
  return {
    clock: systemClock,
    hosts: token === undefined ? [host] : 'any',
    ...(token === undefined ? {} : { token }),
    ...(trustedProxies === undefined ? {} : { trustedProxies }),
  };
}

async function openPlayground(config: Config, log: Log, onCrowd: Metrics['streamRefused']) {
  if (!config.web.enabled) return undefined;
  const { createWebPlatform } = await import('../adapters/web/index.ts');
  return createWebPlatform({
    ...toGuardOptions(config.server, config.web.token),
    ...(needsDemo(config) ? { demo: true, chips: examples } : { demo: false }),
    model: config.model.model,
    onCrowd,
    log,
  });
}

/** Adapters are loaded only where they are used: each brings an SDK of ten to thirty megabytes. */
async function toPlatforms(config: Config, log: Log): Promise<Platform[]> {
  const clock = systemClock;
  const platforms: Platform[] = [];
  if (config.slack) {
    const { createSlackPlatform } = await import('../adapters/slack/index.ts');
    platforms.push(createSlackPlatform({ ...config.slack, clock, log }));
  }
  if (config.discord) {
    const { createDiscordPlatform } = await import('../adapters/discord/index.ts');
    platforms.push(createDiscordPlatform({ ...config.discord, clock, log }));
  }
  return platforms;
}

function toSecrets({ model, slack, discord, web }: Config): string[] {
  const secrets = [
    model.apiKey,
    model.fallback?.apiKey,
    slack?.botToken,
    slack?.appToken,
    slack?.signingSecret,
    discord?.token,
    web.token,
  ];
  return secrets.filter((secret) => secret !== undefined);
}

async function within(limitMs: number, log: Log, stop: () => Promise<void>): Promise<void> {
  let cancel = (): void => undefined;
  const late = new Promise<void>((resolve) => {
    cancel = systemClock.after(limitMs, () => {
      log.warn({}, 'Some replies could not be ended before the process had to stop');
      resolve();
    });
  });
  await Promise.race([stop(), late]);
  cancel();
}

/** Settles only when the promise rejects. */
function failsOnly(promise: Promise<unknown>): Promise<{ readonly error: unknown }> {
  return new Promise((resolve) => {
    promise.catch((error: unknown) => resolve({ error }));
  });
}

function toHostname(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function toSentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const { crash } = guardProcess();
main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    if (!(error instanceof ConfigError) && !(error instanceof ListenError)) return crash(error);
    console.error(error.message);
    process.exit(error instanceof ConfigError ? EXIT_CONFIG : 1);
  },
);
