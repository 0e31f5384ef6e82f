// Owns the checks of a Discord set-up: token, application, gateway and intents, permissions in its servers. Posts nothing, and answers nobody.
// Must not know how findings are printed.

import {
  type APIGuildChannel,
  type APIGuildMember,
  ChannelType,
  type GuildTextChannelType,
  PermissionFlagsBits,
  type RESTAPIPartialCurrentUserGuild,
  type RESTGetAPIGatewayBotResult,
  type RESTGetCurrentApplicationResult,
  type RouteLike,
  Routes,
} from 'discord.js';
import type { Clock } from '../../src/clock.ts';
import { BotError, isBotError, toBotError } from '../../src/errors.ts';
import type { Finding } from '../../src/platform.ts';
import { createCalls } from './calls.ts';
import { createGateway } from './gateway.ts';
import { invite, PERMISSIONS } from './index.ts';
import { missingNames, toPermissions } from './permissions.ts';

export interface DiscordExam {
  readonly token: string;
  /** Without version. */
  readonly apiUrl?: string;
  readonly replyIn: 'thread' | 'channel';
  readonly clock: Clock;
}

const CALL_MS = 8_000;
/** So many servers are looked into, and so many channels are named; the rest is counted. */
const GUILDS_MAX = 10;
const NAMED_MAX = 5;
/** Fewer logins than this left of a day's thousand: something has been logging in all the time. */
const LOGINS_FEW = 800;
const PORTAL = 'https://discord.com/developers/applications';
/** Without these there is no answer; without the others there is one, less well. */
const NEEDED = {
  thread: [
    PermissionFlagsBits.SendMessages,
    PermissionFlagsBits.SendMessagesInThreads,
    PermissionFlagsBits.ReadMessageHistory,
  ],
  channel: [PermissionFlagsBits.SendMessages, PermissionFlagsBits.ReadMessageHistory],
};

type Ask = <T>(route: RouteLike, query?: Readonly<Record<string, string>>) => Promise<T>;

/** Checks in order; ends where the token is refused. Throws nothing that Discord or the network caused. */
export async function* examineDiscord(exam: DiscordExam, signal: AbortSignal): AsyncGenerator<Finding> {
  const { token, apiUrl, clock } = exam;
  const calls = createCalls({ token, apiUrl, clock, onLimit: () => undefined });
  const ask: Ask = async <T>(route: RouteLike, query: Readonly<Record<string, string>> = {}) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]);
    const result = calls.call('GET', route, { query, signal: limit, patient: true, where: 'discord:doctor' });
    return (await result.catch((error: unknown) => {
      if (!limit.aborted) throw error;
      throw new BotError('platform-unavailable', `Discord did not answer within ${CALL_MS / 1000} s`);
    })) as T;
  };
  try {
    const me = yield* examineToken(ask);
    if (me === undefined) return;
    yield* examineLogins(ask);
    yield* examineGateway(exam, signal);
    yield* examineServers(ask, me, NEEDED[exam.replyIn]);
  } catch (error) {
    yield toFailure('Discord', error);
  } finally {
    calls.close();
  }
}

/** Returns the bot's own id, or undefined where the token is of no use. */
async function* examineToken(ask: Ask): AsyncGenerator<Finding, string | undefined> {
  const subject = 'Discord token';
  let me: { readonly id: string; readonly username: string };
  try {
    me = await ask(Routes.user());
  } catch (error) {
    yield toFailure(subject, error);
    return undefined;
  }
  yield { state: 'ok', subject, text: `belongs to ${me.username}` };
  const application = await ask<RESTGetCurrentApplicationResult>(Routes.currentApplication());
  const { interactions_endpoint_url: elsewhere } = application;
  if (elsewhere) {
    yield {
      state: 'fail',
      subject: 'Discord buttons',
      text: 'presses of buttons go to the Interactions Endpoint URL that the application has, not to Rill',
      remedy: `Empty "Interactions Endpoint URL" at ${PORTAL}, your application, "General Information".`,
    };
  }
  const text = `to add the bot to a server, open ${invite(application.id)}`;
  yield { state: 'ok', subject: 'Discord invite', text };
  return me.id;
}

async function* examineLogins(ask: Ask): AsyncGenerator<Finding> {
  const subject = 'Discord logins';
  const { session_start_limit: limit } = await ask<RESTGetAPIGatewayBotResult>(Routes.gatewayBot());
  const text = `${limit.remaining} of ${limit.total} are left for today`;
  const alone =
    'Discord does not tell whether another program uses this token, and sends events to all of them';
  if (limit.remaining >= Math.min(LOGINS_FEW, limit.total)) {
    yield { state: 'ok', subject, text: `${text}; start Rill once only for each token, since ${alone}` };
    return;
  }
  yield {
    state: limit.remaining < 1 ? 'fail' : 'warn',
    subject,
    text: `${text}, so something logs in again and again: a second copy with the same token, or a process that restarts in a circle`,
    remedy: `End the other one. Where you do not know it, "Reset Token" at ${PORTAL} locks it out; ${alone}.`,
  };
}

/** Logs in as Rill does, with the same intents, and leaves. Nobody who speaks meanwhile is answered by this. */
async function* examineGateway(
  { token, apiUrl, clock }: DiscordExam,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  const subject = 'Discord gateway';
  const nothing = () => undefined;
  const gateway = createGateway({
    token,
    apiUrl,
    clock,
    log: { warn: nothing, info: nothing },
    onEvent: nothing,
  });
  const given = AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]);
  const late = new Promise<never>((_resolve, reject) => {
    given.addEventListener('abort', () =>
      reject(
        new BotError(
          'platform-unavailable',
          `Discord's gateway did not let us in within ${CALL_MS / 1000} s`,
        ),
      ),
    );
  });
  try {
    await Promise.race([gateway.open(), late]);
    yield {
      state: 'ok',
      subject,
      text: 'logged in with the intents that Rill uses; none of them is privileged, so nothing need be switched on',
    };
  } catch (error) {
    const failure = toBotError(error);
    const isIntents = /close code 401[34]/.test(failure.message);
    yield isIntents
      ? {
          state: 'fail',
          subject: 'Discord intents',
          text: failure.message,
          remedy: `See ${PORTAL}, your application, "Bot": a privileged intent is not needed, but a restricted or unverified application may be refused others.`,
        }
      : toFailure(subject, error);
  } finally {
    // Nobody has to wait for the goodbye.
    late.catch(nothing);
    void gateway.close();
  }
}

async function* examineServers(ask: Ask, me: string, needed: readonly bigint[]): AsyncGenerator<Finding> {
  const guilds = await ask<RESTAPIPartialCurrentUserGuild[]>(Routes.userGuilds(), { limit: '200' });
  if (guilds.length === 0) {
    const remedy = 'Open the invite link above, or ask someone who administers the server to open it.';
    yield { state: 'warn', subject: 'Discord servers', text: 'the bot is in none', remedy };
    return;
  }
  const looked = guilds.slice(0, GUILDS_MAX);
  for (const findings of await Promise.all(looked.map((guild) => examineServer(ask, guild, me, needed))))
    yield* findings;
  const more = guilds.length - looked.length;
  if (more > 0) {
    const text = `${more}${guilds.length === 200 ? ' or more' : ''} others were not looked into`;
    yield { state: 'ok', subject: 'Discord servers', text };
  }
}

async function examineServer(
  ask: Ask,
  guild: RESTAPIPartialCurrentUserGuild,
  me: string,
  needed: readonly bigint[],
): Promise<readonly Finding[]> {
  const subject = `Discord server ${guild.name}`;
  try {
    const [channels, member] = await Promise.all([
      ask<APIGuildChannel<GuildTextChannelType>[]>(Routes.guildChannels(guild.id)),
      ask<APIGuildMember>(Routes.guildMember(guild.id, me)),
    ]);
    const holder = { user: me, guild: guild.id, roles: member.roles, base: guild.permissions };
    const texts = channels
      .filter(({ type }) => [ChannelType.GuildText, ChannelType.GuildAnnouncement].includes(type as number))
      .map(({ name, permission_overwrites: overwrites }) => ({
        name,
        permissions: toPermissions(holder, overwrites ?? []),
      }));
    return toServerFindings(subject, texts, needed);
  } catch (error) {
    return [toFailure(subject, error)];
  }
}

interface Channel {
  readonly name: string;
  readonly permissions: bigint;
}

/** Channels that the bot does not see are nobody's mistake, unless it sees none. */
function toServerFindings(
  subject: string,
  channels: readonly Channel[],
  needed: readonly bigint[],
): readonly Finding[] {
  const seen = channels.filter(({ permissions }) => (permissions & PermissionFlagsBits.ViewChannel) !== 0n);
  const remedy = `Give them to the bot's role in "Server Settings", "Roles", or in the channel's own "Permissions".`;
  const fail = (text: string): readonly Finding[] => [{ state: 'fail', subject, text, remedy }];
  if (seen.length === 0) return fail('the bot sees no text channel: it lacks View Channels');
  const able = seen.filter(({ permissions }) => missingNames(permissions, needed).length === 0);
  if (able.length === 0) {
    const lacking = [...new Set(seen.flatMap(({ permissions }) => missingNames(permissions, PERMISSIONS)))];
    return fail(`the bot can answer in no channel: it lacks ${lacking.join(', ')}`);
  }
  const groups = new Map<string, string[]>();
  for (const { name, permissions } of seen) {
    const lacking = missingNames(permissions, PERMISSIONS).join(', ');
    if (lacking !== '') groups.set(lacking, [...(groups.get(lacking) ?? []), `#${name}`]);
  }
  if (groups.size === 0) {
    const text = `every permission that Rill uses, in ${seen.length === 1 ? 'the one channel' : `all ${seen.length} channels`} that it sees`;
    return [{ state: 'ok', subject, text }];
  }
  return [...groups].map(([lacking, names]) => ({
    state: 'warn',
    subject,
    text: `the bot lacks ${lacking} in ${toNames(names)}`,
    remedy,
  }));
}

function toNames(names: readonly string[]): string {
  const more = names.length - NAMED_MAX;
  return more > 0 ? `${names.slice(0, NAMED_MAX).join(', ')} and ${more} more` : names.join(', ');
}

function toFailure(subject: string, error: unknown): Finding {
  const failure = toBotError(error);
  const isBusy = isBotError(failure, 'platform-rate-limited');
  const remedy =
    failure.code === 'platform-refused'
      ? `See your application at ${PORTAL}.`
      : 'Try again in a minute; see https://discordstatus.com and the network of this machine.';
  return { state: isBusy ? 'warn' : 'fail', subject, text: failure.message, remedy };
}
