// Owns what Slack tells of groups of people (usergroups.list) and channels (conversations.info): their names, remembered for an hour. Asked only
// where the token's scopes allow it: none of them is one that Rill needs. Must not know messages.

import type { WebClient } from '@slack/web-api';
import type { Clock } from '../../src/clock.ts';
import { slackErrorName } from './errors.ts';
import { createLookup } from './lookup.ts';
import type { People } from './people.ts';

export interface Names {
  /** Of the groups and channels among the ids; what Slack does not tell is left out. Never rejects. */
  all(ids: ReadonlySet<string>): Promise<ReadonlyMap<string, string>>;
  /** Those that are remembered: Slack is not asked. */
  remembered(ids: ReadonlySet<string>): Promise<ReadonlyMap<string, string>>;
}

/** usergroups.list is tier 2, "20+ per minute", conversations.info tier 3, "50+ per minute" (docs.slack.dev/reference/methods). */
const LISTS_PER_MINUTE = 20;
const CHANNELS_PER_MINUTE = 50;
/** The list tells of all groups at once. */
const LIST = 'list';
const NAME_MAX = 200;
/** It is no use to ask again before the hour is over. */
const SETTLED = ['channel_not_found', 'missing_scope', 'method_not_supported_for_channel_type'];

const isGroup = (id: string) => id.startsWith('S');
const isChannel = (id: string) => id.startsWith('C') || id.startsWith('G');

export function createNames(web: WebClient, people: People, clock: Clock): Names {
  const groups = createLookup(
    async (): Promise<ReadonlyMap<string, string>> => {
      const { usergroups = [] } = await web.usergroups.list({ include_disabled: true });
      return new Map(usergroups.flatMap(({ id, handle, name }) => toEntry(id, handle || name)));
    },
    { clock, perMinute: LISTS_PER_MINUTE },
  );
  const channels = createLookup(
    async (id: string): Promise<string> => {
      try {
        const { channel } = await web.conversations.info({ channel: id });
        return (channel?.name ?? '').slice(0, NAME_MAX);
      } catch (error) {
        if (SETTLED.includes(slackErrorName(error) ?? '')) return '';
        throw error;
      }
    },
    { clock, perMinute: CHANNELS_PER_MINUTE },
  );

  const gather =
    (how: 'all' | 'remembered') =>
    async (ids: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> => {
      const wanted = [...ids].filter((id) => isGroup(id) || isChannel(id));
      if (wanted.length === 0) return new Map();
      const granted = await people.granted();
      const hasChannels = granted.includes('channels:read') || granted.includes('groups:read');
      const hasGroups = granted.includes('usergroups:read') && wanted.some(isGroup);
      const [lists, found] = await Promise.all([
        groups[how](hasGroups ? [LIST] : []),
        channels[how](hasChannels ? wanted.filter(isChannel) : []),
      ]);
      const known = [...found].filter(([, name]) => name !== '');
      return new Map([...known, ...(lists.get(LIST) ?? [])]);
    };

  return { all: gather('all'), remembered: gather('remembered') };
}

function toEntry(id: string | undefined, name: string | undefined): readonly (readonly [string, string])[] {
  return id === undefined || !name ? [] : [[id, name.slice(0, NAME_MAX)]];
}
