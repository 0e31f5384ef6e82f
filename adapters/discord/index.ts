// Owns what Discord offers to the program: its settings, its checks, its steps for whoever sets it up. The SDK is loaded only where it is used.
// Must not know how answers are written.

import type { Adapter } from '../../src/adapter.ts';
import { address, defined, free, oneOf, preset, secret, type ValuesOf } from '../../src/config/values.ts';

const settings = {
  DISCORD_TOKEN: free(secret, 'MTIzNDU2Nzg5.abcdef.0123456789', "The Discord bot's token."),
  DISCORD_API_URL: free(
    address({ ending: /\/v\d{1,3}$/, say: 'without a version at its end' }),
    'https://discord.com/api',
    "Another address of Discord's API, without a version.",
  ),
  DISCORD_REPLY_IN: preset(
    oneOf('thread', 'channel'),
    'thread',
    'Where answers go in Discord: a `thread` opened on the question, or the `channel` itself.',
  ),
};

export const adapter: Adapter = {
  name: 'discord',
  title: 'Discord',
  settings,
  // User id, time and signature, each in base64url.
  tokens: [{ start: /\b[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27}/g, letter: /[\w-]/ }],
  /**
   * Discord allows 50 requests a second for a bot (developer docs, rate limits). Held until the response and one second more, 49 slots
   * brought no 429; counted by the time of sending they did, since bursts reach the server stretched. Two of the 50 are left to calls that
   * are not paced, such as reading.
   */
  callLimit: { slots: 48, holdMs: 1_000 },
  setup: {
    needs: 'DISCORD_TOKEN',
    why: 'No privileged intent is needed.',
    how: [
      'Make an application at <a href="https://discord.com/developers/applications">discord.com/developers</a>, and under Bot reset its token.',
      'Set <code>DISCORD_TOKEN</code>, and invite the bot by the link in the README.',
    ],
  },
  configure(values: ValuesOf<typeof settings>) {
    if (values.DISCORD_TOKEN === undefined) return undefined;
    const options = defined({
      token: values.DISCORD_TOKEN,
      apiUrl: values.DISCORD_API_URL,
      replyIn: values.DISCORD_REPLY_IN,
    });
    const { token, apiUrl } = options;
    return {
      name: 'discord',
      options,
      secrets: [token],
      async create({ clock, log }) {
        const { createDiscordPlatform } = await import('./platform.ts');
        return createDiscordPlatform({ ...options, clock, log });
      },
      exam: {
        url: `${apiUrl ?? 'https://discord.com/api'}/v10/gateway`,
        ...(apiUrl === undefined ? {} : { variable: 'DISCORD_API_URL' }),
        async *examine({ clock }, signal) {
          const { examineDiscord } = await import('./doctor.ts');
          yield* examineDiscord({ ...options, clock }, signal);
        },
      },
    };
  },
};
