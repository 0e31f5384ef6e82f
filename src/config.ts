// Owns what the settings mean together: environment variables become one nested Config, or every fault at once.
// Must not read the environment itself (main.ts hands it in), nor repeat a value in a fault: it may be a secret.

import { z } from 'zod';
import type { Adapter, Configured, Given, Reach, SettingFault } from './adapter.ts';
import { defined, isLoopback, type Setting, type Table } from './config/values.ts';
import { modelSettings, serverSettings, type Values } from './config/variables.ts';

/** Where answers come from besides the first provider. */
interface FallbackConfig {
  readonly apiKey?: string;
  readonly baseUrl: string;
  readonly model: string;
}

/** Prices of a million tokens, in whatever currency the operator thinks in. */
interface Prices {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

interface ModelConfig {
  readonly apiKey?: string;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly model: string;
  readonly thinking: boolean;
  readonly maxTokens?: number;
  readonly wire: 'chat' | 'completions';
  readonly resume?: 'prefix' | 'continue_final_message' | 'prompted' | 'restart' | 'none';
  readonly vision: boolean;
  readonly timeouts: {
    readonly connectMs: number;
    readonly firstTokenMs: number;
    readonly idleMs: number;
    readonly totalMs: number;
  };
  readonly retryBudgetMs: number;
  /** The most streams open at once. */
  readonly concurrency: number;
  readonly fallback?: FallbackConfig;
  readonly prices?: Prices;
}

/** Everything that can be set. Durations in milliseconds; what is unset and has no default is left out. */
export interface Config {
  readonly model: ModelConfig;
  readonly systemPrompt: string;
  /** The platforms that are configured, in the order in which documents list their settings. */
  readonly platforms: readonly Configured[];
  /** Values that may stand in no log and no line of the doctor. */
  readonly secrets: readonly string[];
  readonly server: {
    readonly host: string;
    readonly port: number;
    /** Whose `X-Forwarded-For` is believed; undefined: nobody's. */
    readonly trustedProxies?: readonly string[];
  };
  readonly access: {
    /** Undefined: every channel. */
    readonly allowedChannels?: readonly string[];
    /** Undefined: everybody. */
    readonly allowedUsers?: readonly string[];
    readonly blockedUsers: readonly string[];
    /** Questions a minute a person. */
    readonly userRate: number;
  };
  /** The most questions that wait. */
  readonly queueMax: number;
  readonly quotas: { readonly dailyTokens?: number; readonly dailyTokensTotal?: number };
  /** Whether a complete answer ends with the small line. */
  readonly footer: boolean;
  readonly language: 'en' | 'zh';
  readonly shutdownGraceMs: number;
  readonly logLevel: Values['LOG_LEVEL'];
  readonly logFormat: Values['LOG_FORMAT'];
}

export interface ConfigFault extends SettingFault {
  readonly example: string;
}

/** The settings cannot be used. `message` names every fault, a line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    const lines = faults.map(
      ({ variable, problem, example }) => `  ${variable} ${problem}; for example ${variable}=${example}`,
    );
    super(
      [faults.length === 1 ? 'One setting is wrong:' : `${faults.length} settings are wrong:`, ...lines].join(
        '\n',
      ),
    );
    this.faults = faults;
  }
}

export { isLoopback };

export interface Variable extends Omit<Setting, 'kind'> {
  readonly name: string;
}

/** Every variable that is read with these adapters, in the order in which documents list them. */
export function toVariables(adapters: readonly Adapter[]): readonly Variable[] {
  return Object.entries(toTable(adapters)).map(([name, { default: byDefault, example, meaning }]) => ({
    name,
    default: byDefault,
    example,
    meaning,
  }));
}

function toTable(adapters: readonly Adapter[]): Table {
  return Object.assign({}, modelSettings, ...adapters.map(({ settings }) => settings), serverSettings);
}

/**
 * Turns environment variables into the Config. An empty value counts as unset; names that are no setting are left alone.
 * Throws ConfigError with all faults, in the order of the documents.
 */
export function parseConfig(env: Given, adapters: readonly Adapter[]): Config {
  const table = toTable(adapters);
  const given = Object.fromEntries(
    Object.keys(table).map((name) => [name, env[name]?.trim() || undefined] as const),
  );
  const host = given.HOST ?? '127.0.0.1';
  const reach: Reach = { host, isLocal: isLoopback(host), published: toPublished(given, adapters) };
  const problems = new Map<string, string>();
  for (const { variable, problem } of [
    ...missingParts(given),
    ...adapters.flatMap((adapter) => adapter.check?.(given, reach) ?? []),
  ])
    problems.set(variable, problem);
  const parsed = z
    .object(Object.fromEntries(Object.entries(table).map(([name, { kind }]) => [name, kind])))
    .safeParse(given);
  for (const issue of parsed.error?.issues ?? []) problems.set(String(issue.path[0]), issue.message);
  if (!parsed.success || problems.size > 0) {
    throw new ConfigError(
      Object.entries(table).flatMap(([variable, { example }]) => {
        const problem = problems.get(variable);
        return problem === undefined ? [] : [{ variable, problem, example }];
      }),
    );
  }
  const values = parsed.data;
  const platforms = adapters.flatMap((adapter) => adapter.configure(values, reach) ?? []);
  // The table is the one that `Values` is made of.
  return toConfig(values as unknown as Values, platforms);
}

/** Why whatever stands on our port is reached from everywhere. */
function toPublished(given: Given, adapters: readonly Adapter[]): string | undefined {
  for (const adapter of adapters) {
    const why = adapter.publishes?.(given);
    if (why !== undefined) return why;
  }
  return undefined;
}

/** What is wrong only because of what else is set. Looks at what was given, so that it is told beside all other faults. */
function missingParts(given: Given): readonly SettingFault[] {
  const faults: SettingFault[] = [];
  const need = (variable: keyof Values, why: string) => {
    if (given[variable] === undefined) faults.push({ variable, problem: `is missing: ${why}` });
  };
  if (given.FALLBACK_API_KEY ?? given.FALLBACK_BASE_URL ?? given.FALLBACK_MODEL) {
    need('FALLBACK_BASE_URL', 'a second provider needs an address');
    need('FALLBACK_MODEL', 'a second provider needs the name of a model');
  }
  if (given.PRICE_INPUT ?? given.PRICE_CACHED ?? given.PRICE_OUTPUT) {
    need('PRICE_INPUT', 'a cost cannot be told without it');
    need('PRICE_OUTPUT', 'a cost cannot be told without it');
  }
  return faults;
}

function toConfig(values: Values, platforms: readonly Configured[]): Config {
  const { PRICE_INPUT: input, PRICE_OUTPUT: output } = values;
  return defined({
    model: defined({
      apiKey: values.DEEPSEEK_API_KEY,
      baseUrl: values.DEEPSEEK_BASE_URL,
      model: values.DEEPSEEK_MODEL,
      thinking: values.DEEPSEEK_THINKING,
      maxTokens: values.DEEPSEEK_MAX_TOKENS,
      wire: values.DEEPSEEK_WIRE,
      resume: values.DEEPSEEK_RESUME,
      vision: values.MODEL_VISION ?? values.DEEPSEEK_MODEL === 'deepseek-flash',
      timeouts: {
        connectMs: values.MODEL_CONNECT_TIMEOUT,
        firstTokenMs: values.MODEL_FIRST_TOKEN_TIMEOUT,
        idleMs: values.MODEL_IDLE_TIMEOUT,
        totalMs: values.MODEL_TOTAL_TIMEOUT,
      },
      retryBudgetMs: values.MODEL_RETRY_BUDGET,
      concurrency: values.MODEL_CONCURRENCY,
      fallback: toFallback(values),
      prices:
        input === undefined || output === undefined
          ? undefined
          : { input, cached: values.PRICE_CACHED ?? input, output },
    }),
    systemPrompt: values.SYSTEM_PROMPT,
    platforms,
    secrets: [
      values.DEEPSEEK_API_KEY,
      values.FALLBACK_API_KEY,
      ...platforms.flatMap(({ secrets }) => secrets),
    ].filter((secret) => secret !== undefined),
    server: defined({ host: values.HOST, port: values.PORT, trustedProxies: values.TRUSTED_PROXY }),
    access: defined({
      allowedChannels: values.ALLOWED_CHANNELS,
      allowedUsers: values.ALLOWED_USERS,
      blockedUsers: values.BLOCKED_USERS ?? [],
      userRate: values.USER_RATE,
    }),
    queueMax: values.QUEUE_MAX,
    quotas: defined({ dailyTokens: values.DAILY_TOKENS, dailyTokensTotal: values.DAILY_TOKENS_TOTAL }),
    footer: values.REPLY_FOOTER,
    language: values.LOCALE,
    shutdownGraceMs: values.SHUTDOWN_GRACE,
    logLevel: values.LOG_LEVEL,
    logFormat: values.LOG_FORMAT,
  });
}

function toFallback(values: Values): FallbackConfig | undefined {
  const { FALLBACK_API_KEY: apiKey, FALLBACK_BASE_URL: baseUrl, FALLBACK_MODEL: model } = values;
  return baseUrl === undefined || model === undefined ? undefined : defined({ apiKey, baseUrl, model });
}
