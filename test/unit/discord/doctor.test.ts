import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PermissionFlagsBits } from 'discord.js';
import { afterEach, describe, expect, it } from 'vitest';
import { examineDiscord } from '../../../adapters/discord/doctor.ts';
import { missingNames, toPermissions } from '../../../adapters/discord/permissions.ts';
import { systemClock } from '../../../src/clock.ts';
import type { Finding } from '../../../src/finding.ts';
import {
  createDiscordServer,
  type DiscordServer,
  type DiscordServerOptions,
} from '../../fakes/discord-server/index.ts';

let server: DiscordServer | undefined;

afterEach(async () => {
  await server?.close();
});

async function start(options: DiscordServerOptions = {}): Promise<DiscordServer> {
  server = await createDiscordServer(options);
  return server;
}

async function examine(
  { token, apiUrl }: Pick<DiscordServer, 'token' | 'apiUrl'>,
  replyIn: 'thread' | 'channel' = 'thread',
) {
  const findings: Finding[] = [];
  const exam = { token, apiUrl, replyIn, clock: systemClock };
  for await (const finding of examineDiscord(exam, new AbortController().signal)) findings.push(finding);
  return findings;
}

describe('when the bot sees no channel', () => {
  it('fails, and names the permission', async () => {
    const discord = await start({ permissions: [] });
    discord.createChannel();
    expect((await examine(discord)).at(-1)).toMatchObject({
      state: 'fail',
      text: expect.stringContaining('View Channels'),
    });
  });
});

describe('when threads may not be written in', () => {
  it('is a failure for answers in threads, and a warning for answers in the channel', async () => {
    const discord = await start({ permissions: ['VIEW_CHANNEL', 'SEND_MESSAGES', 'READ_MESSAGE_HISTORY'] });
    discord.createChannel();
    expect((await examine(discord)).at(-1)?.state).toBe('fail');
    expect((await examine(discord, 'channel')).at(-1)?.state).toBe('warn');
  });
});

describe('when Discord fails in the middle', () => {
  it('says so, and leaves nothing open', async () => {
    const discord = await start();
    discord.fail({ route: '/users/@me/guilds', with: { kind: 'html-502' } });
    const findings = await examine(discord);
    expect(findings.at(-1)).toMatchObject({
      state: 'fail',
      text: expect.stringContaining('502'),
      remedy: expect.stringContaining('discordstatus.com'),
    });
    await discord.until(() => discord.connections === 0);
  });
});

describe('when Discord tells of something odd', () => {
  /** The fake behind a server that answers some paths in its own way. */
  async function examineWith(
    given: (guild: string, me: string) => Readonly<Record<string, unknown>>,
    replaced = false,
  ) {
    const discord = await start();
    discord.createChannel({ name: 'one' });
    const answers = given(discord.guildId, discord.botId);
    const front = createServer(async (request, response) => {
      const path = (request.url ?? '').replace(/^\/api\/v10|\?.*$/g, '');
      const { authorization = '' } = request.headers;
      const behind = await fetch(`${discord.apiUrl}/v10${path}`, { headers: { authorization } }).catch(
        () => undefined,
      );
      // The fake was closed meanwhile.
      if (behind === undefined) return void response.destroy();
      const value: unknown = await behind.json();
      const own = answers[path];
      const isOwn = path in answers && (replaced || Array.isArray(own) || Array.isArray(value));
      const merged = isOwn
        ? own
        : Array.isArray(value)
          ? value
          : { ...(value as object), ...(own as object) };
      response.writeHead(behind.status, { 'content-type': 'application/json' }).end(JSON.stringify(merged));
    });
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    const apiUrl = `http://127.0.0.1:${(front.address() as AddressInfo).port}/api`;
    const findings = await examine({ token: discord.token, apiUrl });
    front.closeAllConnections();
    front.close();
    return findings;
  }
  const limit = { total: 1000, remaining: 40, reset_after: 1, max_concurrency: 1 };

  it('warns where the bot is in no server yet', async () => {
    expect((await examineWith(() => ({ '/users/@me/guilds': [] }))).at(-1)).toMatchObject({
      state: 'warn',
      text: 'the bot is in none',
    });
  });

  it('warns of many logins, and fails when none is left', async () => {
    const few = await examineWith(() => ({ '/gateway/bot': { session_start_limit: limit } }));
    expect(few).toContainEqual(
      expect.objectContaining({ state: 'warn', text: expect.stringMatching(/^40 of 1000.*second copy/) }),
    );
    await server?.close();
    const none = await examineWith(() => ({
      '/gateway/bot': { session_start_limit: { ...limit, remaining: 0 } },
    }));
    expect(none).toContainEqual(expect.objectContaining({ state: 'fail', subject: 'Discord logins' }));
  });

  it('fails where presses of buttons go to another address', async () => {
    const elsewhere = { interactions_endpoint_url: 'https://example.com/buttons' };
    const findings = await examineWith(() => ({ '/applications/@me': elsewhere }));
    expect(findings).toContainEqual(expect.objectContaining({ state: 'fail', subject: 'Discord buttons' }));
  });

  it('looks the permissions up in the roles where a server comes without them', async () => {
    const findings = await examineWith((id) => ({ '/users/@me/guilds': [{ id, name: 'Ours' }] }));
    expect(findings.at(-1)).toMatchObject({ subject: 'Discord server Ours', state: 'ok' });
  });

  const paths = (guild: string, me: string) => [
    '/users/@me',
    '/applications/@me',
    '/gateway/bot',
    '/users/@me/guilds',
    `/guilds/${guild}/channels`,
    `/guilds/${guild}/members/${me}`,
    `/guilds/${guild}/roles`,
  ];
  const odd = [
    null,
    {},
    [],
    [null],
    'words',
    7,
    [{}],
    [{ id: '1', permissions: 'many' }],
    { id: {}, session_start_limit: null },
  ];
  it.each(odd.map((value) => [JSON.stringify(value), value] as const))(
    'ends with findings, never with a fault of its own, where any answer is %s',
    async (_what, value) => {
      for (let index = 0; index < 7; index += 1) {
        const findings = await examineWith(
          (guild, me) => ({ '/users/@me/guilds': [{ id: guild }], [paths(guild, me)[index] ?? '']: value }),
          true,
        );
        expect(findings.length).toBeGreaterThan(0);
        expect(JSON.stringify(findings)).not.toMatch(/undefined|TypeError|Cannot read|not iterable|\[object/);
        await server?.close();
      }
    },
    30_000,
  );
});

describe('permissions', () => {
  const { SendMessages: send, ViewChannel: view, Administrator: admin } = PermissionFlagsBits;
  const holder = { user: 'me', guild: 'g', roles: ['r'], base: send | view };
  const overwrite = (id: string, allow: bigint, deny: bigint) => ({ id, allow, deny });

  it('follow everyone, then roles, then the member', () => {
    const everyone = overwrite('g', 0n, send);
    const role = overwrite('r', send, 0n);
    const me = overwrite('me', 0n, send);
    expect(toPermissions(holder, [everyone])).toBe(view);
    expect(toPermissions(holder, [role, everyone])).toBe(view | send);
    expect(toPermissions(holder, [me, role, everyone])).toBe(view);
    expect(toPermissions(holder, [overwrite('another', 0n, view)])).toBe(view | send);
  });

  it('bind no administrator', () => {
    const all = toPermissions({ ...holder, base: admin }, [overwrite('g', 0n, send | view)]);
    expect(missingNames(all, [send, view])).toEqual([]);
    expect(missingNames(view, [send, view])).toEqual(['Send Messages']);
  });
});
