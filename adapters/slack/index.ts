// Owns what Slack offers to the program: its settings, its checks, its steps for whoever sets it up. The SDK is loaded only where it is used.
// Must not know how answers are written.

import type { Adapter, Given } from '../../src/adapter.ts';
import {
  address,
  defined,
  free,
  oneOf,
  preset,
  secret,
  secretWith,
  type ValuesOf,
} from '../../src/config/values.ts';

const settings = {
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
};

/** docs.slack.dev, verifying requests: a signature whose time is more than five minutes away is to be refused. */
const SIGNED_WITHIN_MS = 5 * 60_000;

/** Slack posts events to our port, so that whatever stands there is reached from everywhere. */
function isOverHttp(given: Given): boolean {
  return (
    given.SLACK_BOT_TOKEN !== undefined &&
    given.SLACK_SIGNING_SECRET !== undefined &&
    given.SLACK_APP_TOKEN === undefined
  );
}

export const adapter: Adapter = {
  name: 'slack',
  title: 'Slack',
  settings,
  // Bot, user, app, refresh and configuration tokens.
  tokens: [{ start: /\bx(?:ox[a-z]|app|oxe\.xox[bp])-[\w.-]{6}/g, letter: /[\w.-]/ }],
  setup: {
    needs: 'SLACK_BOT_TOKEN with SLACK_APP_TOKEN',
    why: 'No public address is needed: Rill connects to Slack by itself.',
    how: [
      'Make an app at <a href="https://api.slack.com/apps?new_app=1">api.slack.com/apps</a> from a manifest, and paste <code>adapters/slack/manifest.json</code>.',
      'Install it. Set <code>SLACK_BOT_TOKEN</code> (<code>xoxb-…</code>) and <code>SLACK_APP_TOKEN</code> (<code>xapp-…</code>, with the scope <code>connections:write</code>).',
      'Invite the bot into a channel and mention it.',
    ],
  },
  check(given) {
    const way = given.SLACK_APP_TOKEN ?? given.SLACK_SIGNING_SECRET;
    if (given.SLACK_BOT_TOKEN !== undefined && way === undefined) {
      const problem =
        'is missing: SLACK_BOT_TOKEN needs it (Socket Mode), or SLACK_SIGNING_SECRET (events over HTTP)';
      return [{ variable: 'SLACK_APP_TOKEN', problem }];
    }
    if (given.SLACK_BOT_TOKEN !== undefined || way === undefined) return [];
    const named = given.SLACK_APP_TOKEN === undefined ? 'SLACK_SIGNING_SECRET' : 'SLACK_APP_TOKEN';
    const problem = `is missing: ${named} is set, and is of no use without it`;
    return [{ variable: 'SLACK_BOT_TOKEN', problem }];
  },
  publishes: (given) => (isOverHttp(given) ? 'Slack over HTTP makes this port public' : undefined),
  configure(values: ValuesOf<typeof settings>) {
    if (values.SLACK_BOT_TOKEN === undefined) return undefined;
    const options = defined({
      botToken: values.SLACK_BOT_TOKEN,
      appToken: values.SLACK_APP_TOKEN,
      signingSecret: values.SLACK_SIGNING_SECRET,
      apiUrl: values.SLACK_API_URL === undefined ? undefined : `${values.SLACK_API_URL}/`,
      replyMode: values.SLACK_REPLY_MODE,
    });
    const { botToken, appToken, signingSecret, apiUrl } = options;
    const signed = {
      withinMs: SIGNED_WITHIN_MS,
      else: 'every event of Slack would be refused, since its signature seems more than 5 minutes away',
    };
    return {
      name: 'slack',
      options,
      secrets: [botToken, appToken, signingSecret].filter((secret) => secret !== undefined),
      async create({ clock, log }) {
        const { createSlackPlatform } = await import('./platform.ts');
        return createSlackPlatform({ ...options, clock, log });
      },
      exam: {
        url: `${apiUrl ?? 'https://slack.com/api/'}api.test`,
        ...(apiUrl === undefined ? {} : { variable: 'SLACK_API_URL' }),
        async *examine({ isLocal }, signal) {
          const { examineSlack } = await import('./doctor.ts');
          yield* examineSlack({ ...options, isLocal }, signal);
        },
      },
      ...(appToken === undefined ? { signed } : {}),
    };
  },
};
