// The composition root: settings → ports → bot → start, and signals. The only reader of the environment, the only importer of adapters.

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { adapter as discord } from '../adapters/discord/index.ts';
import { adapter as slack } from '../adapters/slack/index.ts';
import { adapter as web } from '../adapters/web/index.ts';
import type { Adapter, AdapterDeps, RequestGuard } from './adapter.ts';
import { optionNames } from './ask/arguments.ts';
import { runAsk } from './ask.ts';
import { createBot } from './bot.ts';
import { systemClock } from './clock.ts';
import { type Config, ConfigError, parseConfig } from './config.ts';
import { doctor } from './doctor.ts';
import { examples, isExample } from './model/demo/examples.ts';
import { DEMO_MODEL } from './model/demo/server.ts';
import { needsDemo, openModel } from './model/open.ts';
import { createHttp, ListenError } from './ops/http.ts';
import { createLog, type Log, type LogLook } from './ops/log.ts';
import { createMetrics, type Metrics } from './ops/metrics.ts';
import { guardProcess, onPress, sayInTerminal, untilTold } from './ops/process.ts';
import { setupPage } from './ops/setup-page.ts';
import { createSparseLog } from './ops/sparse.ts';
import { createWatch } from './ops/watch.ts';
import { createPacer } from './pacing/pacer.ts';
import type { Platform } from './platform.ts';
import { createMemoryStore } from './store/memory.ts';
import { toHarmless, wantsColour } from './terminal.ts';
import { createLocalTurns } from './turns/local.ts';

/** sysexits.h EX_CONFIG: what is configured is wrong, and starting again will not help. */
const EXIT_CONFIG = 78;
/** Final edits that are under way when the grace is over get this long to land. */
const LAST_EDITS_MS = 4_000;
/** The command line is wrong: it says what to type instead. */
const EXIT_USAGE = 2;
const USAGE = [
  'npm start                       answer where it is set up to, and in a page of its own',
  'npm run ask -- "question"       answer one question in the terminal; more: npm run ask -- --help',
  'npm run doctor                  check every token and setting',
].join('\n');

/** Every platform that there is, in the order in which documents list their settings. */
export const adapters: readonly Adapter[] = [slack, discord, web];

/** Resolves to the exit code. `known`: the platforms that there are. */
export async function main(args: readonly string[], known = adapters): Promise<number> {
  const [command, ...rest] = args;
  if (command === 'ask') return askInTerminal(rest, known);
  if (command === undefined) return run(parseConfig(readEnvironment(), known), known);
  if (command === 'doctor' && rest.length === 0) return diagnose(known);
  const isHelp = args.some((arg) => arg === '--help' || arg === '-h' || arg === 'help');
  if (isHelp) console.log(USAGE);
  else
    console.error(
      `Rill does not know ${toHarmless(JSON.stringify(command === 'doctor' ? rest[0] : command))}. Type:\n${USAGE}\nSettings are variables, or lines of the file .env.`,
    );
  return isHelp ? 0 : EXIT_USAGE;
}

/** What the process was given, and below it the file `.env` of the working folder. */
function readEnvironment(): Record<string, string | undefined> {
  const file = existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {};
  // An empty value counts as unset: it does not hide what the file says.
  const given = Object.entries(process.env).filter(([, value]) => value !== '');
  return { ...file, ...Object.fromEntries(given) };
}

/** `npm run ask`, with what only the process knows. */
function askInTerminal(args: readonly string[], known: readonly Adapter[]): Promise<number> {
  const env = readEnvironment();
  return runAsk({
    args,
    parse: (model) => parseConfig(model === undefined ? env : { ...env, DEEPSEEK_MODEL: model }, known),
    open: (config) => openModel(config.model),
    isDemo: (config) => needsDemo(config.model),
    locale: env.LC_ALL ?? env.LC_MESSAGES ?? env.LANG,
    npmTook: optionNames.filter((name) => env[`npm_config_${name}`] !== undefined),
    ...{ stdin: process.stdin, stdout: process.stdout, stderr: process.stderr },
    colours: (stream) => wantsColour(process.env, stream.isTTY === true),
    onPress: (act) => onPress(systemClock, act),
    exit: (code) => process.exit(code),
    clock: systemClock,
  });
}

/** `npm run doctor`. Nothing is started: every check opens what it needs, and closes it. */
function diagnose(known: readonly Adapter[]): Promise<number> {
  return doctor({
    adapters: known,
    parse: () => parseConfig(readEnvironment(), known),
    out: (line) => console.log(line),
    clock: systemClock,
  });
}

/** Resolves to the exit code when the process was told to stop. */
async function run(config: Config, known: readonly Adapter[]): Promise<number> {
  const clock = systemClock;
  look = toLook(config.logFormat, known);
  const looks = { ...look, secrets: config.secrets };
  const log = createLog(config.logLevel, looks);
  // Where it is, is said whatever the least is that is logged.
  const start = createLog('info', looks);
  const sparse = createSparseLog(log, clock);
  const metrics = createMetrics();
  const store = createMemoryStore(clock);
  const turns = createLocalTurns({
    clock,
    onBug: (error) => log.error({ error }, 'A turn ended by a bug'),
  });
  const gates = known.flatMap(({ name, callLimit }) => (callLimit ? [{ platform: name, ...callLimit }] : []));
  const pacer = createPacer({
    ...{ clock, store, gates, onLimited: metrics.limited },
    onBug: (error) => log.error({ error }, 'A reply was left by a bug'),
  });
  const model = await openModel(config.model, sparse);
  const deps = toDeps(config, sparse, metrics);
  const platforms = await openPlatforms(config, deps);
  metrics.watch(() => turns.count());
  metrics.watchStreams(() => platforms.reduce((sum, { http }) => sum + (http?.streams?.() ?? 0), 0));
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
      model: needsDemo(config.model) ? DEMO_MODEL : config.model.model,
      footer: config.footer,
      language: config.language,
      access: config.access,
      quotas: config.quotas,
      queueMax: config.queueMax,
      prices: config.model.prices,
      isFree: needsDemo(config.model) ? isExample : undefined,
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
    ...toGuard(config, deps),
    ...(platforms.length === 0 ? { home: setupPage(!needsDemo(config.model), known) } : {}),
  });

  for (const { notes = [] } of config.platforms)
    for (const { level, details, text } of notes) log[level](details, text);
  const told = untilTold({
    ...{ clock, log, say: sayInTerminal },
    count: () => {
      const { running, waiting } = turns.count();
      return running + waiting;
    },
  });
  const port = await http.start();
  const address = `http://${toHostname(config.server.host)}:${port}`;
  const page = platforms.find(({ http }) => http?.title !== undefined)?.http?.title;
  start.info(
    { url: address },
    page === undefined ? `Rill listens on ${address}` : `${page} is at ${address}`,
  );
  if (needsDemo(config.model)) start.info({}, 'No DEEPSEEK_API_KEY is set: the built-in demo model answers');
  if (platforms.length === 0)
    start.info({}, 'No platform is configured yet: that page says what is missing and how to get it');
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

function toDeps(config: Config, log: Log, { streamRefused }: Metrics): AdapterDeps {
  const isDemo = needsDemo(config.model);
  const model = { name: config.model.model, isDemo, examples: isDemo ? examples : [] };
  return { clock: systemClock, log, server: config.server, model, onStreamRefused: streamRefused };
}

/** Each platform is loaded only where it is used: its SDK is ten to thirty megabytes. */
async function openPlatforms({ platforms }: Config, deps: AdapterDeps): Promise<Platform[]> {
  const opened: Platform[] = [];
  for (const { create } of platforms) if (create !== undefined) opened.push(await create(deps));
  return opened;
}

/** Who may read `/metrics`, as the first platform says that knows it; everybody where none does. */
function toGuard({ platforms }: Config, deps: AdapterDeps): { guard?: RequestGuard } {
  const guard = platforms.find((platform) => platform.guard !== undefined)?.guard?.(deps);
  return guard === undefined ? {} : { guard };
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
  return toHarmless(error instanceof Error ? error.message : String(error));
}

/** `auto`: as one reads it where a person does. */
function toLook(format: Config['logFormat'], known: readonly Adapter[]): LogLook {
  const isTerminal = process.stdout.isTTY === true;
  return {
    format: format === 'auto' ? (isTerminal ? 'text' : 'json') : format,
    colours: wantsColour(process.env, isTerminal),
    tokens: known.flatMap((adapter) => adapter.tokens),
  };
}

/** A crash may come before the settings are read. */
let look = toLook('auto', adapters);

/** Whether this file is what was started, and not imported by another. */
function isStarted([, given]: readonly string[]): boolean {
  if (given === undefined) return false;
  const here = fileURLToPath(import.meta.url);
  return [given, `${given}.js`].some((path) => existsSync(path) && realpathSync(path) === here);
}

/** The whole process: what nobody catches ends it, and so does `main`. `known`: as there. */
export function launch(known = adapters): void {
  look = toLook('auto', known);
  const { crash } = guardProcess(() => look);
  main(process.argv.slice(2), known).then(
    (code) => process.exit(code),
    (error: unknown) => {
      if (!(error instanceof ConfigError) && !(error instanceof ListenError)) return crash(error);
      console.error(toHarmless(error.message));
      process.exit(error instanceof ConfigError ? EXIT_CONFIG : 1);
    },
  );
}

if (isStarted(process.argv)) launch();
