// Owns what the settings alone tell: faults, platforms that are missing, who can reach what. Asks nobody.
// Must not know how a setting is parsed.

import type { Config, ConfigFault } from '../config.ts';
import { isLoopback, TOKEN_MIN } from '../config.ts';
import type { Finding } from '../finding.ts';

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
  const phrase = 'Set WEB_TOKEN to 16 random characters or more (openssl rand -hex 16)';
  const isShort = web.token !== undefined && web.token.length < TOKEN_MIN;
  if (isLoopback(server.host)) {
    const text = `only this machine reaches ${server.host}; the playground is ${web.enabled ? 'on' : 'off'}`;
    if (!isShort) return [{ state: 'ok', subject, text }];
    const short = `${text}, and WEB_TOKEN has fewer than ${TOKEN_MIN} characters`;
    return [
      { state: 'warn', subject, text: short, remedy: `${phrase} before a proxy stands in front of it.` },
    ];
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
  return [{ state: 'ok', subject, text: `${open}, and need WEB_TOKEN for the playground and /metrics` }];
}
