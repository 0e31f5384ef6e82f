// Owns what the settings mean together: environment variables become one nested Config, or every fault at once.
// Must not read the environment itself (main.ts hands it in), nor repeat a value in a fault: it may be a secret.

import { isLoopback, TOKEN_MIN } from './config/values.ts';
import { schema, type Values, type VariableName, variables } from './config/variables.ts';

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

interface SlackConfig {
  readonly botToken: string;
  /** Set: Socket Mode, whatever else is set. */
  readonly appToken?: string;
  readonly signingSecret?: string;
  /** Ends in a slash, as Slack's own client wants it. */
  readonly apiUrl?: string;
  readonly replyMode: 'auto' | 'edit' | 'stream';
}

interface DiscordConfig {
  readonly token: string;
  /** Without version and without a slash at its end. */
  readonly apiUrl?: string;
  readonly replyIn: 'thread' | 'channel';
}

/** Everything that can be set. Durations in milliseconds; what is unset and has no default is left out. */
export interface Config {
  readonly model: ModelConfig;
  readonly systemPrompt: string;
  readonly slack?: SlackConfig;
  readonly discord?: DiscordConfig;
  /** `enabled` is what `mode` comes to on this host. */
  readonly web: { readonly mode: 'auto' | 'on' | 'off'; readonly enabled: boolean; readonly token?: string };
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

export interface ConfigFault {
  readonly variable: string;
  /** What is wrong, to be read after the variable's name. Never the value. */
  readonly problem: string;
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

export { isLoopback, TOKEN_MIN, variables };

/**
 * Turns environment variables into the Config. An empty value counts as unset; names that are no setting are left alone.
 * Throws ConfigError with all faults, in the order of the table.
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(variables.map(({ name }) => [name, env[name]?.trim() || undefined]));
  const parsed = schema.safeParse(given);
  const problems = new Map<string, string>(missingParts(given));
  for (const issue of parsed.error?.issues ?? []) problems.set(String(issue.path[0]), issue.message);
  if (!parsed.success || problems.size > 0) {
    throw new ConfigError(
      variables.flatMap(({ name, example }) => {
        const problem = problems.get(name);
        return problem === undefined ? [] : [{ variable: name, problem, example }];
      }),
    );
  }
  return toConfig(parsed.data);
}

/** What is wrong only because of what else is set. Looks at what was given, so that it is told beside all other faults. */
function missingParts(
  given: Readonly<Partial<Record<VariableName, string>>>,
): readonly (readonly [VariableName, string])[] {
  const faults: [VariableName, string][] = [];
  const need = (name: VariableName, why: string) => {
    if (given[name] === undefined) faults.push([name, `is missing: ${why}`]);
  };
  const slackWay = given.SLACK_APP_TOKEN ?? given.SLACK_SIGNING_SECRET;
  if (given.SLACK_BOT_TOKEN !== undefined && slackWay === undefined) {
    need(
      'SLACK_APP_TOKEN',
      'SLACK_BOT_TOKEN needs it (Socket Mode), or SLACK_SIGNING_SECRET (events over HTTP)',
    );
  }
  if (slackWay !== undefined) {
    const named = given.SLACK_APP_TOKEN === undefined ? 'SLACK_SIGNING_SECRET' : 'SLACK_APP_TOKEN';
    need('SLACK_BOT_TOKEN', `${named} is set, and is of no use without it`);
  }
  if (given.FALLBACK_API_KEY ?? given.FALLBACK_BASE_URL ?? given.FALLBACK_MODEL) {
    need('FALLBACK_BASE_URL', 'a second provider needs an address');
    need('FALLBACK_MODEL', 'a second provider needs the name of a model');
  }
  if (given.PRICE_INPUT ?? given.PRICE_CACHED ?? given.PRICE_OUTPUT) {
    need('PRICE_INPUT', 'a cost cannot be told without it');
    need('PRICE_OUTPUT', 'a cost cannot be told without it');
  }
  const isOpen = !isLoopback(given.HOST ?? '127.0.0.1');
  if (given.WEB?.toLowerCase() === 'on') {
    if (isOpen) need('WEB_TOKEN', 'with WEB=on other machines reach the playground at this HOST');
    else if (isSlackOverHttp(given)) need('WEB_TOKEN', `WEB is on, and ${SLACK_PUBLISHES}`);
  }
  if (isOpen && given.WEB_TOKEN !== undefined && given.WEB_TOKEN.length < TOKEN_MIN) {
    const why = 'other machines reach this HOST, and a short one can be guessed';
    faults.push([
      'WEB_TOKEN',
      `has fewer than ${TOKEN_MIN} characters: ${why}. Make one with: openssl rand -hex 16`,
    ]);
  }
  return faults;
}

const SLACK_PUBLISHES = 'Slack over HTTP makes this port public';

/** Slack posts events to our port, so that whatever stands there is reached from everywhere. */
function isSlackOverHttp(given: Readonly<Partial<Record<VariableName, unknown>>>): boolean {
  return (
    given.SLACK_BOT_TOKEN !== undefined &&
    given.SLACK_SIGNING_SECRET !== undefined &&
    given.SLACK_APP_TOKEN === undefined
  );
}

type Defined<T> = { readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Leaves out what is undefined. */
function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}

function toConfig(values: Values): Config {
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
    slack: toSlack(values),
    discord:
      values.DISCORD_TOKEN === undefined
        ? undefined
        : defined({
            token: values.DISCORD_TOKEN,
            apiUrl: values.DISCORD_API_URL,
            replyIn: values.DISCORD_REPLY_IN,
          }),
    web: defined({
      mode: values.WEB,
      enabled:
        values.WEB === 'on' ||
        (values.WEB === 'auto' &&
          isLoopback(values.HOST) &&
          (values.WEB_TOKEN !== undefined || !isSlackOverHttp(values))),
      token: values.WEB_TOKEN,
    }),
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

function toSlack(values: Values): SlackConfig | undefined {
  if (values.SLACK_BOT_TOKEN === undefined) return undefined;
  return defined({
    botToken: values.SLACK_BOT_TOKEN,
    appToken: values.SLACK_APP_TOKEN,
    signingSecret: values.SLACK_SIGNING_SECRET,
    apiUrl: values.SLACK_API_URL === undefined ? undefined : `${values.SLACK_API_URL}/`,
    replyMode: values.SLACK_REPLY_MODE,
  });
}
