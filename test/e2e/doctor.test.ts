// The built program's `doctor` against the fakes of Slack, Discord and the model: what it prints, and how it ends.

import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createDiscordServer,
  type DiscordServer,
  type DiscordServerOptions,
} from '../fakes/discord-server/index.ts';
import { createModelServer, type ModelServer, type ModelServerOptions } from '../fakes/model-server.ts';
import { createSlackServer, type SlackServer, type SlackServerOptions } from '../fakes/slack-server/index.ts';
import { startProgram } from './program.ts';

const KEY = 'sk-a-key-for-the-doctor';

interface Scene {
  readonly slack: SlackServer;
  readonly discord: DiscordServer;
  readonly model: ModelServer;
  readonly env: Readonly<Record<string, string>>;
}

const endings: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(endings.splice(0).map((end) => end()));
});

async function set(
  options: { slack?: SlackServerOptions; discord?: DiscordServerOptions; model?: ModelServerOptions } = {},
): Promise<Scene> {
  const [slack, discord, model] = await Promise.all([
    createSlackServer(options.slack),
    createDiscordServer(options.discord),
    createModelServer({ apiKey: KEY, balance: '12.34', models: ['deepseek-flash'], ...options.model }),
  ]);
  endings.push(slack.close, discord.close, model.close);
  const env = {
    DEEPSEEK_API_KEY: KEY,
    DEEPSEEK_BASE_URL: model.url,
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_API_URL: slack.url,
    DISCORD_TOKEN: discord.token,
    DISCORD_API_URL: discord.apiUrl,
  };
  return { slack, discord, model, env };
}

/** Only these parts of the settings, so that nothing else is loaded and asked. */
function only({ env }: Pick<Scene, 'env'>, ...parts: readonly ('DEEPSEEK' | 'SLACK' | 'DISCORD')[]) {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => parts.some((part) => name.startsWith(part))),
  );
}

/** Runs it to its end; every secret of the settings must be missing from what it said. */
async function run(env: Readonly<Record<string, string>>) {
  const program = startProgram(env, ['doctor']);
  const code = await program.ended();
  const said = program.stdout();
  for (const [name, value] of Object.entries(env)) {
    if (/TOKEN|KEY|SECRET/.test(name)) expect(said + program.stderr()).not.toContain(value);
  }
  expect(program.stderr()).toBe('');
  const lines = said.split('\n').filter((line) => /^(ok|warn|fail) /.test(line));
  return { code, lines, said, bad: lines.filter((line) => !line.startsWith('ok ')) };
}

describe('when all is well', () => {
  it('says so in a line each, ends with 0, and leaves no trace', async () => {
    const scene = await set();
    const channel = scene.discord.createChannel({ name: 'general' });
    const { code, lines, said, bad } = await run(scene.env);
    expect(bad).toEqual([]);
    expect(code).toBe(0);
    const text = lines.join('\n');
    expect(text).toContain('ok    Model key: accepted.');
    expect(text).toContain('ok    Model name: the provider has deepseek-flash.');
    expect(text).toContain('ok    Model balance: 12.34 USD.');
    expect(text).toContain('ok    Slack bot token: belongs to bot in the workspace Fake Workspace.');
    expect(text).toContain('ok    Slack scopes:');
    expect(text).toContain('ok    Slack connections: no other program');
    expect(text).toContain('ok    Discord gateway: logged in');
    expect(text).toContain('ok    Discord server The fake guild: every permission');
    expect(text).toMatch(new RegExp(`client_id=${scene.discord.applicationId}&scope=bot&permissions=\\d+`));
    expect(text).toContain('ok    Clock: right');
    expect(text).toContain('ok    Data: nothing is kept on disk');
    expect(said.trimEnd()).toMatch(/All is well\.$/);
    expect(scene.discord.channel(channel)).toEqual([]);
    expect(scene.discord.calls.filter((call) => call.method !== 'GET')).toEqual([]);
    expect(scene.slack.calls.map((call) => call.method).sort()).toEqual([
      'api.test',
      'apps.connections.open',
      'auth.test',
      'bots.info',
    ]);
    // The key and the name were settled without a question that costs something.
    expect(scene.model.requests.map((request) => request.path)).toEqual(['/', '/models', '/user/balance']);
  });

  it('asks one short question where the provider tells nothing of key and name', async () => {
    const scene = await set();
    const bare = await createModelServer({ apiKey: KEY, models: 'none' });
    endings.push(bare.close);
    const { code, lines } = await run({ ...only(scene, 'DEEPSEEK'), DEEPSEEK_BASE_URL: bare.url });
    expect(code).toBe(0);
    expect(lines.join('\n')).toContain(
      'ok    Model key: accepted.\nok    Model name: deepseek-flash answers.',
    );
    const asked = bare.requests.filter((request) => request.path === '/chat/completions');
    expect(asked.map((request) => request.body.max_tokens)).toEqual([16]);
  });
});

describe('when a setting is wrong', () => {
  it('names every fault, checks nothing else, and ends with 1', async () => {
    const { code, bad, said } = await run({ SLACK_BOT_TOKEN: 'abc-secret', PORT: 'many', LOCALE: 'fr' });
    expect(code).toBe(1);
    expect(bad.map((line) => line.split(':')[0])).toEqual([
      'fail  SLACK_BOT_TOKEN',
      'fail  SLACK_APP_TOKEN',
      'fail  PORT',
      'fail  LOCALE',
    ]);
    expect(bad[2]).toContain('For example PORT=3000');
    expect(said).toContain('mend the settings first');
  });
});

describe('when the Slack app is not set up', () => {
  it('names each missing scope and how to add it', async () => {
    const scopes = ['chat:write', 'channels:history', 'users:read'];
    const scene = await set({ slack: { scopes } });
    const { code, bad } = await run(only(scene, 'SLACK', 'DEEPSEEK'));
    expect(code).toBe(1);
    expect(bad.map((line) => /Slack scope (\S+): missing/.exec(line)?.[1])).toEqual([
      'app_mentions:read',
      'files:read',
      'groups:history',
      'im:history',
      'metadata.message:read',
      'mpim:history',
      'reactions:write',
    ]);
    for (const line of bad) expect(line).toContain('Reinstall to Workspace');
  });

  it('tells a wrong bot token from a wrong app token', async () => {
    const env = only(await set(), 'SLACK');
    const wrongApp = await run({ ...env, SLACK_APP_TOKEN: 'xapp-1-somebody-elses' });
    expect(wrongApp.code).toBe(1);
    expect(wrongApp.bad.filter((line) => line.includes('Slack'))).toEqual([
      expect.stringMatching(/^fail {2}Slack app token: .*invalid_auth.*connections:write/),
    ]);
    const wrongBot = await run({ ...env, SLACK_BOT_TOKEN: 'xoxb-somebody-elses' });
    expect(wrongBot.code).toBe(1);
    expect(wrongBot.bad.filter((line) => line.includes('Slack'))).toEqual([
      expect.stringMatching(/^fail {2}Slack bot token: .*OAuth & Permissions/),
    ]);
  });

  it('says that an app token lacks its scope', async () => {
    const scene = await set({ slack: { appScopes: ['authorizations:read'] } });
    const { code, bad } = await run(only(scene, 'SLACK'));
    expect(code).toBe(1);
    expect(bad.join('\n')).toMatch(/fail {2}Slack app token: it lacks the scope connections:write/);
  });
});

describe('when another program is connected to the same Slack app', () => {
  it('warns, and still ends with 0', async () => {
    const scene = await set();
    const env = only(scene, 'SLACK', 'DEEPSEEK');
    const other = startProgram(env);
    endings.push(async () => void (await other.stop()));
    await other.ready();
    const { code, bad } = await run(env);
    expect(bad).toEqual([
      expect.stringMatching(/^warn {2}Slack connections: one other connection uses this app/),
    ]);
    expect(code).toBe(0);
  });
});

describe('when Discord does not let the bot do its work', () => {
  it('explains a login that is refused for its intents (4014)', async () => {
    const scene = await set({ discord: { intentsAllowed: 1 } });
    const { code, bad } = await run(only(scene, 'DISCORD'));
    expect(scene.discord.gatewayCloses).toContain(4014);
    expect(code).toBe(1);
    expect(bad.join('\n')).toMatch(/fail {2}Discord intents: .*4014.*privileged intent is not needed/);
  });

  it('explains a token that Discord does not know', async () => {
    const env = only(await set(), 'DISCORD');
    const { code, bad } = await run({ ...env, DISCORD_TOKEN: 'c29tZWJvZHk.elses.t0k3n' });
    expect(code).toBe(1);
    expect(bad.filter((line) => line.includes('Discord'))).toEqual([
      expect.stringMatching(/^fail {2}Discord token: .*Reset Token/),
    ]);
  });

  it('fails where it can answer in no channel, and warns where only some lack something', async () => {
    const none = await set({ discord: { permissions: ['VIEW_CHANNEL', 'SEND_MESSAGES'] } });
    none.discord.createChannel({ name: 'general' });
    const nowhere = await run(only(none, 'DISCORD'));
    expect(nowhere.code).toBe(1);
    expect(nowhere.bad.join('\n')).toMatch(
      /fail {2}Discord server The fake guild: .*no channel.*Send Messages in Threads.*Read Message History.*Roles/,
    );

    const some = await set();
    some.discord.createChannel({ name: 'general' });
    some.discord.createChannel({ name: 'quiet', permissions: ['VIEW_CHANNEL', 'READ_MESSAGE_HISTORY'] });
    some.discord.createChannel({ name: 'hidden', permissions: [] });
    const somewhere = await run(only(some, 'DISCORD', 'DEEPSEEK'));
    expect(somewhere.code).toBe(0);
    expect(somewhere.bad).toEqual([
      expect.stringMatching(
        /^warn {2}Discord server The fake guild: the bot lacks Send Messages.* in #quiet\./,
      ),
    ]);
  });
});

describe('when the model would not answer', () => {
  it('says in plain words that nothing listens at its address', async () => {
    const scene = await set();
    await scene.model.close();
    const { code, bad } = await run(only(scene, 'DEEPSEEK'));
    expect(code).toBe(1);
    expect(bad.filter((line) => line.startsWith('fail'))).toEqual([
      expect.stringMatching(/^fail {2}Model address: Cannot connect to 127\.0\.0\.1:\d+.*DEEPSEEK_BASE_URL/),
    ]);
  });

  it('says that the key is wrong', async () => {
    const scene = await set({ model: { apiKey: 'sk-another-key' } });
    const { code, bad } = await run(only(scene, 'DEEPSEEK'));
    expect(code).toBe(1);
    expect(bad.join('\n')).toMatch(/fail {2}Model key: .*401.*DEEPSEEK_API_KEY/);
  });

  it('says that the key has no balance left, and where to top up', async () => {
    const scene = await set({ model: { balance: '0.00' } });
    const { code, bad } = await run(only(scene, 'DEEPSEEK'));
    expect(code).toBe(1);
    expect(bad.join('\n')).toMatch(/fail {2}Model balance: 0\.00 USD.*platform\.deepseek\.com\/top_up/);
  });

  it('says which names the provider has', async () => {
    const scene = await set({ model: { models: ['deepseek-flash', 'deepseek-v4-pro'] } });
    const { code, bad } = await run({ ...only(scene, 'DEEPSEEK'), DEEPSEEK_MODEL: 'deepseek-chat' });
    expect(code).toBe(1);
    expect(bad.join('\n')).toMatch(
      /fail {2}Model name: .*Set DEEPSEEK_MODEL to a name that the provider has \(deepseek-flash, deepseek-v4-pro\)/,
    );
  });
});

describe('when the port is in use', () => {
  it('says how to find out by whom, and whom to ask', async () => {
    const scene = await set();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    endings.push(() => new Promise((resolve) => void other.close(() => resolve())));
    const { port } = other.address() as AddressInfo;
    // It takes the connection and says nothing: no health page of Rill's.
    other.on('connection', (socket) => void socket.destroy());
    const { code, bad } = await run({ ...only(scene, 'DEEPSEEK'), PORT: String(port) });
    expect(code).toBe(1);
    expect(bad.join('\n')).toMatch(new RegExp(`fail {2}Port: .*${port}.*ss -ltnp.*ask who administers`));
  });
});
