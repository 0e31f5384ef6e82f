// Owns what this process remembers of channels, roles and its own pages: names for ids, which channel a thread belongs to,
// which conversation a message is part of. All of it bounded, all of it only a help: it may be forgotten at any time.
// Knows nothing of how replies are written.

import { Routes } from 'discord.js';
import { type Clock, sleep } from '../../src/clock.ts';
import { isRetryable, toBotError } from '../../src/errors.ts';
import type { DiscordCalls } from './calls.ts';
import { listOf } from './fields.ts';
import type { Knowing, Known } from './known.ts';
import { createRecent } from './recent.ts';

const REMEMBERED = 5_000;
/** A server has no more channels, and no more roles, than this. */
const LISTED_MAX = 3_000;
/** Names are a courtesy to the model: no question waits for them longer than this, however many there are. */
const NAMES_MS = 2_000;
/** So many channels are asked about one by one for one question (archived threads, say), all at once. */
const ASKED_MAX = 10;

interface KnownMessage {
  /** Where it stands. */
  readonly channel: string;
  /** The conversation that it is part of: `Mention.thread`. */
  readonly thread: string;
  /** Whether it is a page of a reply of ours. */
  readonly page: boolean;
  /** The channel that the thread belongs to, where it stands in one. */
  readonly within?: string;
}

/** What is to be known before a message is read; each of it only where it is not known yet. */
export interface Wanted {
  readonly guild: string | undefined;
  /** The channel that the message stands in. */
  readonly here?: string;
  readonly channels: readonly string[];
  readonly roles: readonly string[];
  /** The bot's own role is wanted, too. */
  readonly ownRole?: boolean;
}

export interface Places extends Known {
  /**
   * Asks Discord about what is not known yet: all at once, and for no longer than the one time limit. Never rejects: what may not be known
   * stays unknown.
   */
  learn(wanted: Wanted): Promise<void>;
  remember(message: string, known: KnownMessage): void;
  recall(message: string): KnownMessage | undefined;
  /** Pages of ours that stand in a thread, or in a channel and its threads. */
  pagesIn(channel: string): readonly string[];
}

export function createPlaces(calls: DiscordCalls, known: Knowing, clock: Clock): Places {
  const messages = createRecent<KnownMessage>(REMEMBERED);
  const asked = createRecent<Promise<void>>(REMEMBERED);

  /** What was asked for once is not asked for again, unless it was a passing fault. */
  function once(key: string, ask: () => Promise<void>): Promise<void> {
    const asking =
      asked.get(key) ??
      ask().catch((error: unknown) => {
        // An unknown channel is called "channel", and taken for one that threads can be opened in; Discord says so if not.
        if (isRetryable(toBotError(error))) asked.delete(key);
      });
    asked.set(key, asking);
    return asking;
  }

  const askChannel = (id: string) =>
    once(`channel ${id}`, async () => {
      known.learnChannel(await calls.call('GET', Routes.channel(id), { where: 'discord:names' }));
    });

  const askGuild = (id: string) =>
    once(`guild ${id}`, async () => {
      const where = 'discord:names';
      const answers = await Promise.allSettled([
        calls.call('GET', Routes.guildChannels(id), { where }),
        calls.call('GET', Routes.guildRoles(id), { where }),
      ]);
      const [channels, roles] = answers.map((one) => (one.status === 'fulfilled' ? one.value : undefined));
      listOf(channels, LISTED_MAX, (channel) => known.learnChannel(channel));
      listOf(roles, LISTED_MAX, (role) => known.learnRole(id, role));
      const failed = answers.find((one) => one.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    });

  const isUnknown = (id: string): boolean => known.channel(id) === undefined;

  function lacksGuild({ guild, channels, roles, ownRole }: Wanted): boolean {
    if (guild === undefined) return false;
    return (
      channels.some(isUnknown) ||
      roles.some((id) => known.role(guild, id) === undefined) ||
      (ownRole === true && known.ownRole(guild) === undefined)
    );
  }

  async function ask(wanted: Wanted): Promise<void> {
    const { guild, here, channels } = wanted;
    await Promise.all([
      here !== undefined && isUnknown(here) ? askChannel(here) : undefined,
      guild !== undefined && lacksGuild(wanted) ? askGuild(guild) : undefined,
    ]);
    // Archived threads stand in no list.
    await Promise.all(channels.filter(isUnknown).slice(0, ASKED_MAX).map(askChannel));
  }

  return {
    channel: known.channel,
    role: known.role,
    guildLocale: known.guildLocale,
    ownRole: known.ownRole,

    async learn(wanted) {
      const isKnown = wanted.here === undefined || !isUnknown(wanted.here);
      if (isKnown && !lacksGuild(wanted) && !wanted.channels.some(isUnknown)) return;
      const end = new AbortController();
      const late = sleep(clock, NAMES_MS, end.signal).catch(() => undefined);
      await Promise.race([ask(wanted), late]);
      end.abort();
    },

    remember: messages.set,
    recall: messages.get,
    pagesIn: (channel) =>
      messages
        .entries()
        .flatMap(([id, one]) =>
          one.page && (one.channel === channel || one.within === channel) ? [id] : [],
        ),
  };
}
