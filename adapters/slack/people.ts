// Owns what Slack tells of the bot itself (auth.test) and of people (users.info): names and locales, remembered for an hour.
// Must not know what they are used for.

import type { WebClient } from '@slack/web-api';
import type { Clock } from '../../src/clock.ts';
import { BotError } from '../../src/errors.ts';
import { slackErrorName, toBotError } from './errors.ts';
import { createLookup } from './lookup.ts';

/** The bot, as its token says. */
export interface Identity {
  readonly team: string;
  readonly user: string;
  readonly bot: string | undefined;
}

export interface PersonInfo {
  readonly name: string;
  /** BCP 47, where Slack tells it. */
  readonly locale?: string;
}

export interface People {
  /** Asked of Slack once; a failure is not remembered. Rejects with a sentence that names SLACK_BOT_TOKEN when the token is wrong. */
  identity(): Promise<Identity>;
  /** What people call the bot; `Rill` where Slack does not tell: nobody could say its id. Rejects as `identity` does. */
  ownName(): Promise<string>;
  /** The scopes that the token has, as Slack said with the identity; none where it did not say. Never rejects. */
  granted(): Promise<readonly string[]>;
  /** Never rejects: where Slack does not tell, or not within 1.5 s, the name is the id. */
  person(id: string): Promise<PersonInfo>;
  /** All of them within 1.5 s together; who is not told of by then is left out. Never rejects. */
  persons(ids: Iterable<string>): Promise<ReadonlyMap<string, PersonInfo>>;
  /** Those who are remembered: Slack is not asked. */
  remembered(ids: Iterable<string>): Promise<ReadonlyMap<string, PersonInfo>>;
}

/** users.info is tier 4: "100+ per minute" (docs.slack.dev/reference/methods/users.info). */
const PER_MINUTE = 100;

export function createPeople(web: WebClient, clock: Clock): People {
  let identity: Promise<Known> | undefined;

  const lookup = createLookup(
    async (id: string): Promise<PersonInfo> => {
      const { user } = await web.users.info({ user: id, include_locale: true });
      const names = [user?.profile?.display_name, user?.real_name, user?.profile?.real_name, user?.name];
      const name = names.find((candidate) => candidate !== undefined && candidate !== '') ?? id;
      return user?.locale ? { name, locale: user.locale } : { name };
    },
    { clock, perMinute: PER_MINUTE },
  );

  const getIdentity = (): Promise<Identity> => {
    identity ??= askIdentity(web).catch((error: unknown) => {
      identity = undefined;
      throw error;
    });
    return identity.then(({ bot }) => bot);
  };

  return {
    identity: getIdentity,
    async ownName() {
      const { user } = await getIdentity();
      const name = (await lookup.all([user])).get(user)?.name;
      return name === undefined || name === user ? 'Rill' : name;
    },
    granted: async () => (await identity?.catch(() => undefined))?.scopes ?? [],
    person: async (id) => (await lookup.all([id])).get(id) ?? { name: id },
    persons: (ids) => lookup.all(ids),
    remembered: (ids) => lookup.remembered(ids),
  };
}

const tokenFaults = [
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'not_allowed_token_type',
  'org_login_required',
];

interface Known {
  readonly bot: Identity;
  readonly scopes: readonly string[];
}

async function askIdentity(web: WebClient): Promise<Known> {
  try {
    const answer = await web.auth.test();
    const { team_id: team, user_id: user, bot_id: bot } = answer;
    if (team === undefined || user === undefined) throw new Error('auth.test named no team or no user');
    return { bot: { team, user, bot }, scopes: answer.response_metadata?.scopes ?? [] };
  } catch (error) {
    const name = slackErrorName(error);
    if (name !== undefined && tokenFaults.includes(name)) {
      const text = `Slack does not accept SLACK_BOT_TOKEN (${name}). Copy the bot token, which begins with xoxb-, from your app's page "OAuth & Permissions", and install the app to the workspace if you have not.`;
      throw new BotError('platform-refused', text, { where: 'auth.test', cause: error });
    }
    throw toBotError(error, { where: 'auth.test', attempt: 'other' });
  }
}
