// The settings: what is read, what each fault says, and that no fault repeats a secret.

import { describe, expect, it } from 'vitest';
import { ConfigError, isLoopback, parseConfig, variables } from '../../src/config.ts';

function faultsOf(env: Record<string, string>): ConfigError {
  try {
    parseConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('no fault was found');
}

const namesOf = (env: Record<string, string>) => faultsOf(env).faults.map((fault) => fault.variable);

describe('when nothing is set', () => {
  it('has a default for everything that needs one, and leaves the rest out', () => {
    expect(parseConfig({})).toEqual({
      model: {
        baseUrl: 'https://api.deepseek.com',
        model: 'deepseek-flash',
        thinking: false,
        wire: 'chat',
        vision: true,
        timeouts: { connectMs: 10_000, firstTokenMs: 600_000, idleMs: 45_000, totalMs: 1_800_000 },
        retryBudgetMs: 60_000,
        concurrency: 50,
      },
      systemPrompt: expect.stringMatching(/\w/),
      web: { mode: 'auto', enabled: true },
      server: { host: '127.0.0.1', port: 3000 },
      access: { blockedUsers: [], userRate: 10 },
      quotas: {},
      queueMax: 200,
      footer: true,
      language: 'en',
      shutdownGraceMs: 25_000,
      logLevel: 'info',
      logFormat: 'auto',
    });
  });

  it('counts an empty value as unset', () => {
    const empty = Object.fromEntries(variables.map(({ name }) => [name, '  ']));
    expect(parseConfig(empty)).toEqual(parseConfig({}));
  });

  it('leaves variables alone that it does not know', () => {
    expect(parseConfig({ PATH: '/bin', DEEPSEEK_COLOUR: 'blue', PWD: undefined })).toEqual(parseConfig({}));
  });
});

describe('when everything is set', () => {
  it('reads every variable', () => {
    const config = parseConfig({
      DEEPSEEK_API_KEY: ' sk-1 ',
      DEEPSEEK_BASE_URL: 'http://127.0.0.1:8080/v1/',
      DEEPSEEK_MODEL: 'other',
      DEEPSEEK_THINKING: 'on',
      DEEPSEEK_MAX_TOKENS: '100',
      DEEPSEEK_WIRE: 'completions',
      DEEPSEEK_RESUME: 'prompted',
      SYSTEM_PROMPT: 'Be brief.',
      MODEL_CONNECT_TIMEOUT: '500ms',
      MODEL_FIRST_TOKEN_TIMEOUT: '1.5s',
      MODEL_IDLE_TIMEOUT: '2m',
      MODEL_TOTAL_TIMEOUT: '1h',
      MODEL_RETRY_BUDGET: '5S',
      MODEL_CONCURRENCY: '3',
      QUEUE_MAX: '20',
      FALLBACK_API_KEY: 'sk-2',
      FALLBACK_BASE_URL: 'https://b.example/v1',
      FALLBACK_MODEL: 'second',
      PRICE_INPUT: '0.28',
      PRICE_OUTPUT: '0.42',
      SLACK_BOT_TOKEN: 'xoxb-1',
      SLACK_APP_TOKEN: 'xapp-1',
      SLACK_SIGNING_SECRET: 's3',
      SLACK_API_URL: 'http://127.0.0.1:9/api',
      SLACK_REPLY_MODE: 'stream',
      DISCORD_TOKEN: 'd1',
      DISCORD_API_URL: 'http://127.0.0.1:9/api/',
      DISCORD_REPLY_IN: 'channel',
      HOST: '0.0.0.0',
      PORT: '0',
      WEB: 'on',
      WEB_TOKEN: 'open sesame, open',
      TRUSTED_PROXY: '10.0.0.5, 192.168.0.0/16 loopback',
      ALLOWED_CHANNELS: 'C1, C2 C1',
      ALLOWED_USERS: 'U1',
      BLOCKED_USERS: 'U2',
      USER_RATE: '5',
      DAILY_TOKENS: '1000',
      DAILY_TOKENS_TOTAL: '5000',
      REPLY_FOOTER: 'off',
      LOCALE: 'ZH',
      SHUTDOWN_GRACE: '0s',
      LOG_LEVEL: 'warn',
      LOG_FORMAT: 'text',
    });
    expect(config).toEqual({
      model: {
        apiKey: 'sk-1',
        baseUrl: 'http://127.0.0.1:8080/v1',
        model: 'other',
        thinking: true,
        maxTokens: 100,
        wire: 'completions',
        resume: 'prompted',
        vision: false,
        timeouts: { connectMs: 500, firstTokenMs: 1500, idleMs: 120_000, totalMs: 3_600_000 },
        retryBudgetMs: 5000,
        concurrency: 3,
        fallback: { apiKey: 'sk-2', baseUrl: 'https://b.example/v1', model: 'second' },
        prices: { input: 0.28, cached: 0.28, output: 0.42 },
      },
      systemPrompt: 'Be brief.',
      slack: {
        botToken: 'xoxb-1',
        appToken: 'xapp-1',
        signingSecret: 's3',
        apiUrl: 'http://127.0.0.1:9/api/',
        replyMode: 'stream',
      },
      discord: { token: 'd1', apiUrl: 'http://127.0.0.1:9/api', replyIn: 'channel' },
      web: { mode: 'on', enabled: true, token: 'open sesame, open' },
      server: { host: '0.0.0.0', port: 0, trustedProxies: ['10.0.0.5', '192.168.0.0/16', 'loopback'] },
      access: { allowedChannels: ['C1', 'C2'], allowedUsers: ['U1'], blockedUsers: ['U2'], userRate: 5 },
      queueMax: 20,
      quotas: { dailyTokens: 1000, dailyTokensTotal: 5000 },
      footer: false,
      language: 'zh',
      shutdownGraceMs: 0,
      logLevel: 'warn',
      logFormat: 'text',
    });
  });

  it.each(variables.map(({ name, example }) => [name, example] as const))(
    'takes the example of %s',
    (name, example) => {
      const beside: Record<string, string> = name.startsWith('SLACK_')
        ? { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1' }
        : { FALLBACK_BASE_URL: 'http://b', FALLBACK_MODEL: 'b', PRICE_INPUT: '1', PRICE_OUTPUT: '1' };
      expect(() => parseConfig({ ...beside, [name]: example })).not.toThrow();
    },
  );
});

describe('an address that holds more than an address', () => {
  const names = ['DEEPSEEK_BASE_URL', 'FALLBACK_BASE_URL', 'SLACK_API_URL', 'DISCORD_API_URL'];
  const addresses = [
    ['https://a.example/v1?key=s3cret-key', 'a query'],
    ['https://a.example/v1?', 'a query'],
    ['https://me:s3cret-key@a.example/v1', 'a password'],
    ['https://s3cret-key@a.example', 'a password'],
    ['https://@a.example', 'a password'],
    ['https://a.example/v1#s3cret-key', 'a fragment'],
    ['https://a.example/v1#', 'a fragment'],
    ['https://a.example/my models', 'a space'],
    ['https://a.exam\tple', 'a space'],
    ['https://a.ex\u200bample', 'nobody sees'],
    ['https:\\\\a.example', 'a backslash'],
  ] as const;
  it.each(names.flatMap((name) => addresses.map(([value, words]) => [name, value, words] as const)))(
    'is refused with the reason: %s=%s',
    (name, value, words) => {
      const error = faultsOf({ [name]: value });
      const problem = error.faults.find(({ variable }) => variable === name)?.problem;
      expect(problem).toContain(words);
      expect(error.message).not.toContain('s3cret-key');
    },
  );

  it('is taken where it only looks like it', () => {
    const baseUrl = 'https://a.example:8443/v1/@org/models';
    expect(parseConfig({ DEEPSEEK_BASE_URL: baseUrl }).model.baseUrl).toBe(baseUrl);
  });
});

describe('a setting that is wrong', () => {
  it.each([
    ['DEEPSEEK_API_KEY', 'two words'],
    ['DEEPSEEK_BASE_URL', 'api.deepseek.com'],
    ['DEEPSEEK_BASE_URL', 'ftp://api.deepseek.com'],
    ['DEEPSEEK_BASE_URL', 'https://me:pass@api.deepseek.com'],
    ['DEEPSEEK_BASE_URL', 'https://api.deepseek.com/chat/completions'],
    ['DEEPSEEK_THINKING', 'perhaps'],
    ['DEEPSEEK_MAX_TOKENS', '0'],
    ['DEEPSEEK_MAX_TOKENS', '1e3'],
    ['DEEPSEEK_WIRE', 'soap'],
    ['DEEPSEEK_RESUME', 'maybe'],
    ['MODEL_VISION', '2'],
    ['MODEL_IDLE_TIMEOUT', '45'],
    ['MODEL_IDLE_TIMEOUT', '0s'],
    ['MODEL_IDLE_TIMEOUT', '-5s'],
    ['MODEL_TOTAL_TIMEOUT', '9999h'],
    ['MODEL_CONCURRENCY', 'many'],
    ['PRICE_CACHED', 'cheap'],
    ['SLACK_BOT_TOKEN', 'xapp-1'],
    ['SLACK_APP_TOKEN', 'xoxb-1'],
    ['SLACK_API_URL', 'slack.com'],
    ['DISCORD_API_URL', 'https://discord.com/api/v10'],
    ['DISCORD_REPLY_IN', 'dm'],
    ['HOST', 'http://localhost:3000'],
    ['PORT', '65536'],
    ['PORT', '3000a'],
    ['WEB', 'yes please'],
    ['ALLOWED_CHANNELS', ','],
    ['USER_RATE', '0'],
    ['DAILY_TOKENS', '-1'],
    ['REPLY_FOOTER', 'small'],
    ['LOCALE', 'fr'],
    ['SHUTDOWN_GRACE', 'soon'],
    ['LOG_LEVEL', 'loud'],
  ])('is found: %s=%s', (name, value) => {
    const error = faultsOf({ [name]: value });
    const fault = error.faults.find(({ variable }) => variable === name);
    expect(fault?.problem).toMatch(/^(must|holds) /);
    expect(error.message).toContain(`${name} ${fault?.problem}; for example ${name}=${fault?.example}`);
  });

  it('is told beside all others, a line each, in the order of the table', () => {
    const error = faultsOf({ PORT: 'x', DEEPSEEK_BASE_URL: 'y', SLACK_BOT_TOKEN: 'xoxb-1', LOCALE: 'q' });
    expect(error.faults.map(({ variable }) => variable)).toEqual([
      'DEEPSEEK_BASE_URL',
      'SLACK_APP_TOKEN',
      'PORT',
      'LOCALE',
    ]);
    expect(error.message.split('\n')).toHaveLength(5);
    expect(error.message).toMatch(/^4 settings are wrong:/);
  });

  it('is never repeated, since it may be a secret in the wrong place', () => {
    const secret = 'hunter2 hunter2';
    const wrong = Object.fromEntries(variables.map(({ name }) => [name, secret]));
    const error = faultsOf(wrong);
    expect(error.faults.length).toBeGreaterThan(25);
    expect(JSON.stringify([error.message, error.stack, error.faults])).not.toContain('hunter2');
  });
});

describe('settings that need each other', () => {
  it('wants an app token or a signing secret beside the Slack bot token', () => {
    expect(namesOf({ SLACK_BOT_TOKEN: 'xoxb-1' })).toEqual(['SLACK_APP_TOKEN']);
    expect(parseConfig({ SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: 'x' }).slack).toEqual({
      botToken: 'xoxb-1',
      signingSecret: 'x',
      replyMode: 'auto',
    });
  });

  it.each(['SLACK_APP_TOKEN', 'SLACK_SIGNING_SECRET'])('wants the Slack bot token beside %s', (name) => {
    expect(namesOf({ [name]: 'xapp-1' })).toEqual(['SLACK_BOT_TOKEN']);
  });

  it('wants address and model of a second provider', () => {
    expect(namesOf({ FALLBACK_API_KEY: 'k' })).toEqual(['FALLBACK_BASE_URL', 'FALLBACK_MODEL']);
    expect(namesOf({ FALLBACK_MODEL: 'm' })).toEqual(['FALLBACK_BASE_URL']);
    expect(parseConfig({ FALLBACK_MODEL: 'm', FALLBACK_BASE_URL: 'http://b' }).model.fallback).toEqual({
      baseUrl: 'http://b',
      model: 'm',
    });
  });

  it('wants both prices for a cost', () => {
    expect(namesOf({ PRICE_CACHED: '1' })).toEqual(['PRICE_INPUT', 'PRICE_OUTPUT']);
  });

  it.each([
    [{ HOST: '0.0.0.0', WEB_TOKEN: '1' }, ['WEB_TOKEN']],
    [{ HOST: '0.0.0.0', WEB: 'off', WEB_TOKEN: 'fifteen letters' }, ['WEB_TOKEN']],
    [{ HOST: '10.0.0.1', WEB: 'on', WEB_TOKEN: 'fifteen letters' }, ['WEB_TOKEN']],
    [{ HOST: '0.0.0.0', WEB_TOKEN: 'sixteen letters!' }, []],
    [{ WEB_TOKEN: '1' }, []],
    [{ HOST: '::1', WEB: 'on', WEB_TOKEN: '1' }, []],
  ])('takes no token that can be guessed where other machines reach it: %j', (env, faults) => {
    if (faults.length === 0) {
      expect(parseConfig(env).web.token).toBe(env.WEB_TOKEN);
      return;
    }
    expect(namesOf(env)).toEqual(faults);
    expect(() => parseConfig(env)).toThrow('openssl rand -hex 16');
  });

  it('turns the playground off beside Slack over HTTP, unless it has a token', () => {
    const slack = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: 'x' };
    expect(parseConfig(slack).web.enabled).toBe(false);
    expect(parseConfig({ ...slack, WEB_TOKEN: 'sixteen letters!' }).web.enabled).toBe(true);
    expect(parseConfig({ ...slack, SLACK_APP_TOKEN: 'xapp-1' }).web.enabled).toBe(true);
    expect(namesOf({ ...slack, WEB: 'on' })).toEqual(['WEB_TOKEN']);
  });

  it.each([
    ['127.0.0.1', ['127.0.0.1']],
    ['10.0.0.0/8,fd00::/8', ['10.0.0.0/8', 'fd00::/8']],
    ['Loopback', ['loopback']],
    ['10.0.0.0/33', undefined],
    ['proxy.example', undefined],
    ['10.0.0.0/8/8', undefined],
    ['on', ['any']],
    ['off', []],
    ['127.0.0.1 or so', undefined],
  ])('reads TRUSTED_PROXY=%s', (given, proxies) => {
    if (proxies === undefined) expect(namesOf({ TRUSTED_PROXY: given })).toEqual(['TRUSTED_PROXY']);
    else expect(parseConfig({ TRUSTED_PROXY: given }).server.trustedProxies).toEqual(proxies);
  });

  it('wants a token for a playground that other machines reach', () => {
    expect(namesOf({ WEB: 'on', HOST: '0.0.0.0' })).toEqual(['WEB_TOKEN']);
    expect(parseConfig({ WEB: 'on', HOST: '::1' }).web.enabled).toBe(true);
    expect(parseConfig({ HOST: '0.0.0.0' }).web.enabled).toBe(false);
    expect(parseConfig({ WEB: 'off' }).web.enabled).toBe(false);
  });

  it('sends images to deepseek-flash, and to others where it is told to', () => {
    expect(parseConfig({ MODEL_VISION: 'off' }).model.vision).toBe(false);
    expect(parseConfig({ DEEPSEEK_MODEL: 'x', MODEL_VISION: 'on' }).model.vision).toBe(true);
  });
});

describe('the loopback', () => {
  it('is what only this machine reaches', () => {
    expect(['127.0.0.1', '127.9.9.9', '::1', '[::1]', 'LOCALHOST'].every(isLoopback)).toBe(true);
    expect(['0.0.0.0', '::', '127.example.com', '10.0.0.1'].some(isLoopback)).toBe(false);
  });
});
