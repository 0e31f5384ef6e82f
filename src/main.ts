// The composition root: settings → ports → bot → start, and signals. The only reader of the environment, the only importer of adapters.

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ask } from './ask.ts';
import { type Bot, createBot } from './bot.ts';
import { systemClock } from './clock.ts';
import { type Config, ConfigError, parseConfig } from './config.ts';
import { createModel } from './model/resume.ts';
import { createHttp, ListenError } from './ops/http.ts';
import { createLog, type Log } from './ops/log.ts';
import { createMetrics } from './ops/metrics.ts';
import { setupPage } from './ops/setup-page.ts';
import { createWatch } from './ops/watch.ts';
import type { Platform } from './platform.ts';
import { createPacer } from './reply/pacer.ts';
import { createMemoryStore } from './store/memory.ts';
import { createLocalTurns } from './turns/local.ts';

/** sysexits.h EX_CONFIG: what is configured is wrong, and starting again will not help. */
const EXIT_CONFIG = 78;
/** Final edits that are under way when the grace is over get this long to land. */
const LAST_EDITS_MS = 4_000;

async function main(args: readonly string[]): Promise<number> {
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

function toModel(config: Config, log?: Log) {
  return createModel({ ...config.model, clock: systemClock, random: Math.random, log });
}

async function askOnce(config: Config, question: string): Promise<number> {
  if (question.trim() === '') {
    console.error('Ask something: npm run ask -- "What is a rill?"');
    return EXIT_CONFIG;
  }
  const model = toModel(config);
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
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

/** Resolves to the exit code when the process was told to stop. */
async function run(config: Config): Promise<number> {
  const clock = systemClock;
  const log = createLog(config.logLevel, { secrets: toSecrets(config) });
  const metrics = createMetrics();
  const store = createMemoryStore(clock);
  const turns = createLocalTurns({
    clock,
    onBug: (error) => log.error({ error }, 'A turn ended by a bug'),
  });
  const pacer = createPacer({ clock, store, onLimited: metrics.limited });
  const model = toModel(config, log);
  const platforms = await toPlatforms(config, log);
  metrics.watch(() => turns.count());
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
      model: config.model.model,
      footer: config.footer,
      language: config.language,
      access: config.access,
      quotas: config.quotas,
      prices: config.model.prices,
    },
    events: createWatch(log, metrics),
  });
  const http = createHttp({
    host: config.server.host,
    port: config.server.port,
    log,
    ready: () => Object.fromEntries(platforms.map((platform) => [platform.name, platform.isConnected()])),
    metrics,
    mounts: platforms.flatMap((platform) => (platform.http ? [platform.http] : [])),
    ...(platforms.length === 0
      ? { home: setupPage({ model: config.model.apiKey !== undefined, slack: false, discord: false }) }
      : {}),
  });

  const told = untilTold(log);
  const port = await http.start();
  console.log(`Rill listens on http://${toHostname(config.server.host)}:${port}`);
  if (platforms.length === 0)
    console.log('Nothing is configured yet: that page says what is missing and how to get it.');
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
  await stopWithin(bot, config.shutdownGraceMs, log);
  await Promise.allSettled([http.stop(), pacer.stop(), model.close()]);
  await store.close();
  log.info({}, 'Rill has stopped');
  return 0;
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

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
function untilTold(log: Log): Promise<void> {
  return new Promise((resolve) => {
    let told = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (told) process.exit(1);
      told = true;
      log.info({ signal }, 'Rill was told to stop');
      resolve();
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}

async function stopWithin(bot: Bot, graceMs: number, log: Log): Promise<void> {
  let cancel = (): void => undefined;
  const late = new Promise<void>((resolve) => {
    cancel = systemClock.after(graceMs + LAST_EDITS_MS, () => {
      log.warn({}, 'Some replies could not be ended before the process had to stop');
      resolve();
    });
  });
  await Promise.race([bot.stop(graceMs), late]);
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

function onCrash(error: unknown): void {
  createLog('error').error({ error }, 'Rill crashed');
  process.exit(1);
}

process.on('uncaughtException', onCrash);
process.on('unhandledRejection', onCrash);
main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    if (!(error instanceof ConfigError) && !(error instanceof ListenError)) return onCrash(error);
    console.error(error.message);
    process.exit(error instanceof ConfigError ? EXIT_CONFIG : 1);
  },
);
