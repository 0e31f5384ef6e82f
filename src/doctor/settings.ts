// Owns what the settings alone tell: faults, platforms that are missing, who can reach what. Asks nobody.
// Must not know how a setting is parsed.

import type { Config, ConfigFault } from '../config.ts';
import { isLoopback } from '../config.ts';
import type { Finding } from '../platform.ts';

/** A token that one could guess by trying. */
const TOKEN_MIN = 16;

export function toFaultFindings(faults: readonly ConfigFault[]): readonly Finding[] {
  return faults.map(({ variable, problem, example }) => ({
    state: 'fail',
    subject: variable,
    text: problem,
    remedy: `For example ${variable}=${example}`,
  }));
}

export function toSettingsFindings(config: Config): readonly Finding[] {
  return [
    { state: 'ok', subject: 'Settings', text: 'every one can be read' },
    ...toPlatformFindings(config),
    ...toWebFindings(config),
    {
      state: 'ok',
      subject: 'Data',
      text: 'nothing is kept on disk, so no folder is needed; questions that are being answered live in memory and end with the process',
    },
  ];
}

function toPlatformFindings({ slack, discord }: Config): readonly Finding[] {
  if (slack !== undefined || discord !== undefined) return [];
  return [
    {
      state: 'warn',
      subject: 'Platforms',
      text: 'neither Slack nor Discord is configured, so nobody can mention the bot there',
      remedy: 'Set SLACK_BOT_TOKEN with SLACK_APP_TOKEN, or DISCORD_TOKEN; the README says how to get them.',
    },
  ];
}

function toWebFindings({ web, server }: Config): readonly Finding[] {
  const subject = 'Web';
  const phrase = 'Set WEB_TOKEN to a long random phrase';
  if (isLoopback(server.host)) {
    const text = `only this machine reaches ${server.host}; the playground is ${web.enabled ? 'on' : 'off'}`;
    return [{ state: 'ok', subject, text }];
  }
  const open = `other machines can reach ${server.host}`;
  if (web.token === undefined) {
    return [
      {
        state: 'warn',
        subject,
        text: `${open}, and WEB_TOKEN is not set: they can read /metrics`,
        remedy: `${phrase}, or HOST to 127.0.0.1.`,
      },
    ];
  }
  if (web.token.length < TOKEN_MIN) {
    const text = `${open}, and WEB_TOKEN has fewer than ${TOKEN_MIN} characters`;
    return [{ state: 'warn', subject, text, remedy: `${phrase}: others can guess a short one.` }];
  }
  return [{ state: 'ok', subject, text: `${open}, and need WEB_TOKEN for the playground and /metrics` }];
}
