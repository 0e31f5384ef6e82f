// Owns the table of every environment variable: its schema, its default, an example, what it means.
// Must not know what the values are used for, nor how they depend on each other (config.ts).
// `.env.example`, the README's table and this one are compared by test/docs.test.ts.

import { z } from 'zod';
import {
  address,
  duration,
  grace,
  host,
  list,
  oneOf,
  onOff,
  price,
  proxies,
  secret,
  secretWith,
  text,
  wholeNumber,
} from './values.ts';

export interface Variable {
  readonly name: string;
  /** What holds when it is unset, as one would write it; empty where nothing does. */
  readonly default: string;
  readonly example: string;
  /** One line of Markdown. */
  readonly meaning: string;
}

const about = z.registry<Omit<Variable, 'name'>>();

function described<Kind extends z.ZodType>(kind: Kind, description: Omit<Variable, 'name'>): Kind {
  about.add(kind, description);
  return kind;
}

/** A variable that may be left unset. */
function free<Kind extends z.ZodType>(kind: Kind, example: string, meaning: string) {
  return described(kind.optional(), { default: '', example, meaning });
}

/** A variable with a default, given in the form in which one writes it. */
function preset<Kind extends z.ZodType>(kind: Kind, byDefault: string, meaning: string) {
  const filled = z.preprocess((value) => value ?? byDefault, kind);
  return described(filled, { default: byDefault, example: byDefault, meaning });
}

const modelAddress = address({
  ending: /\/(chat\/)?completions$/,
  say: 'the base alone, without `/chat/completions`',
});

export const schema = z.object({
  DEEPSEEK_API_KEY: free(secret, 'sk-0123456789', 'The key of the model provider.'),
  DEEPSEEK_BASE_URL: preset(
    modelAddress,
    'https://api.deepseek.com',
    'Where the model is; any server that speaks the OpenAI protocol.',
  ),
  DEEPSEEK_MODEL: preset(text, 'deepseek-flash', 'The model, as its provider names it.'),
  DEEPSEEK_THINKING: preset(onOff, 'off', 'Whether the model thinks before it answers: `on` or `off`.'),
  DEEPSEEK_MAX_TOKENS: free(
    wholeNumber(1),
    '4096',
    'The most tokens of one answer, its thinking and all that goes on with it after a break among them; unset: what the provider allows.',
  ),
  DEEPSEEK_WIRE: preset(
    oneOf('chat', 'completions'),
    'chat',
    'The protocol: `chat`, or `completions` for servers that have only the older one.',
  ),
  DEEPSEEK_RESUME: free(
    oneOf('prefix', 'continue_final_message', 'prompted', 'restart', 'none'),
    'prefix',
    'How a broken answer goes on: `prefix`, `continue_final_message`, `prompted`, `restart` or `none`; unset: by the provider.',
  ),
  SYSTEM_PROMPT: preset(
    text,
    'You are an assistant in a team chat. Answer in the language of the question, briefly and exactly, in Markdown. Say so when you do not know.',
    'What the model is told before every conversation.',
  ),
  MODEL_VISION: free(
    onOff,
    'on',
    'Whether images are sent to the model: `on` or `off`; unset: `on` for `deepseek-flash`, else `off`.',
  ),
  MODEL_CONNECT_TIMEOUT: preset(duration, '10s', 'How long connecting to the model may take.'),
  MODEL_FIRST_TOKEN_TIMEOUT: preset(duration, '10m', 'How long the provider may queue a question.'),
  MODEL_IDLE_TIMEOUT: preset(duration, '45s', 'The longest silence between two tokens.'),
  MODEL_TOTAL_TIMEOUT: preset(duration, '30m', 'The longest that one answer may take.'),
  MODEL_RETRY_BUDGET: preset(
    duration,
    '60s',
    'The time that all retries of one question share, at each provider anew.',
  ),
  MODEL_CONCURRENCY: preset(wholeNumber(1), '50', 'The most answers written at once; others wait in order.'),
  QUEUE_MAX: preset(
    wholeNumber(1),
    '200',
    'The most questions that wait for an answer; further ones are refused until some have theirs.',
  ),
  FALLBACK_API_KEY: free(secret, 'sk-9876543210', 'The key of a second provider, for when the first fails.'),
  FALLBACK_BASE_URL: free(modelAddress, 'https://models.example.com/v1', 'Where the second provider is.'),
  FALLBACK_MODEL: free(text, 'some-model', 'The model to ask there.'),
  PRICE_INPUT: free(
    price,
    '0.28',
    'Price of a million prompt tokens; with it the cost of an answer is shown.',
  ),
  PRICE_CACHED: free(price, '0.028', 'Price of a million cached prompt tokens; unset: `PRICE_INPUT`.'),
  PRICE_OUTPUT: free(price, '0.42', 'Price of a million answer tokens.'),

  SLACK_BOT_TOKEN: free(secretWith('xoxb-'), 'xoxb-1234-5678-abcd', "The Slack app's bot token."),
  SLACK_APP_TOKEN: free(
    secretWith('xapp-'),
    'xapp-1-A0123-4567-abcd',
    "The Slack app's app-level token: Socket Mode, no public address needed.",
  ),
  SLACK_SIGNING_SECRET: free(
    secret,
    '0123456789abcdef0123456789abcdef',
    'Instead of the app-level token: Slack posts events to `/slack/events` on `PORT`.',
  ),
  SLACK_API_URL: free(address(), 'https://slack.com/api/', "Another address of Slack's API."),
  SLACK_REPLY_MODE: preset(
    oneOf('auto', 'edit', 'stream'),
    'auto',
    "How answers grow in Slack: by `edit`, by Slack's own `stream`, or `auto`: whichever is quicker just then.",
  ),
  DISCORD_TOKEN: free(secret, 'MTIzNDU2Nzg5.abcdef.0123456789', "The Discord bot's token."),
  DISCORD_API_URL: free(
    address({ ending: /\/v\d+$/, say: 'without a version at its end' }),
    'https://discord.com/api',
    "Another address of Discord's API, without a version.",
  ),
  DISCORD_REPLY_IN: preset(
    oneOf('thread', 'channel'),
    'thread',
    'Where answers go in Discord: a `thread` opened on the question, or the `channel` itself.',
  ),

  HOST: preset(host, '127.0.0.1', 'The address to listen on; `0.0.0.0` for every one.'),
  PORT: preset(wholeNumber(0, 65_535), '3000', 'The port of the health page, metrics and Slack over HTTP.'),
  WEB: preset(
    oneOf('auto', 'on', 'off'),
    'auto',
    'The web playground: `on`, `off`, or `auto` (on where only this machine can reach it).',
  ),
  WEB_TOKEN: free(
    text,
    'a-long-random-phrase',
    'What one types to get into the playground and to `/metrics`, at least 16 characters (`openssl rand -hex 16` makes some); needed with `WEB=on` where other machines reach it, and for the playground beside Slack over HTTP.',
  ),
  TRUSTED_PROXY: free(
    proxies,
    '10.0.0.5',
    'Addresses of your proxies (IPs, networks, `loopback`, or `any`): the last entry of their `X-Forwarded-For` is who asks; unset: nobody is believed.',
  ),
  ALLOWED_CHANNELS: free(
    list,
    'C0123ABCD,112233445566778899',
    'Channel ids that may be answered in; unset: all.',
  ),
  ALLOWED_USERS: free(list, 'U0123ABCD,112233445566778899', 'User ids that may ask; unset: everybody.'),
  BLOCKED_USERS: free(list, 'U0456EFGH', 'User ids that may not ask.'),
  USER_RATE: preset(wholeNumber(1), '10', 'Questions a minute that one person may ask.'),
  DAILY_TOKENS: free(
    wholeNumber(1),
    '200000',
    'Tokens a day that one person may use, those of stopped and broken answers among them; unset: no limit.',
  ),
  DAILY_TOKENS_TOTAL: free(
    wholeNumber(1),
    '5000000',
    'Tokens a day that all may use together; unset: no limit.',
  ),
  REPLY_FOOTER: preset(
    onOff,
    'on',
    'The small line below a complete answer: `on` or `off`. Other ends always say so.',
  ),
  LOCALE: preset(
    oneOf('en', 'zh'),
    'en',
    "The language of notices where the asker's own is not known: `en` or `zh`.",
  ),
  SHUTDOWN_GRACE: preset(grace, '25s', 'How long running answers get to end when Rill is stopped.'),
  LOG_LEVEL: preset(
    oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    'info',
    'The least that is logged: `info`, `warn`, `error` or `silent`, and the other names of pino.',
  ),
  LOG_FORMAT: preset(
    oneOf('auto', 'text', 'json'),
    'auto',
    'How the log looks: `json`, `text` (one readable line each), or `auto`: text in a terminal, JSON elsewhere.',
  ),
});

export type Values = z.output<typeof schema>;
export type VariableName = keyof typeof schema.shape;

/** Every variable that Rill reads, in the order in which documents list them. */
export const variables: readonly (Variable & { readonly name: VariableName })[] = (
  Object.keys(schema.shape) as VariableName[]
).map((name) => {
  const description = about.get(schema.shape[name]);
  if (description === undefined) throw new Error(`${name} is not described`);
  return { name, ...description };
});
