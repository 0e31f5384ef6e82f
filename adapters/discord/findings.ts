// Owns what the checks of a Discord set-up share: how Discord is asked, and the findings for what it refused or did not tell.
// Knows nothing of what is checked.

import type { RouteLike } from 'discord.js';
import { isBotError, toBotError } from '../../src/errors.ts';
import type { Finding } from '../../src/finding.ts';

export const PORTAL = 'https://discord.com/developers/applications';

/** What Discord answers is as untrusted here as anywhere: each finding says what it could not read. */
export type Ask = (route: RouteLike, query?: Readonly<Record<string, string>>) => Promise<unknown>;

/** Discord answered, and not with what it documents. */
export function toUnread(subject: string, what: string, state: 'warn' | 'fail' = 'warn'): Finding {
  const remedy = 'Try again in a minute; a proxy in between may have changed the answer.';
  return { state, subject, text: `Discord did not tell ${what}`, remedy };
}

export function toFailure(subject: string, error: unknown): Finding {
  const failure = toBotError(error);
  const isBusy = isBotError(failure, 'platform-rate-limited');
  const remedy =
    failure.code === 'platform-refused'
      ? `See your application at ${PORTAL}.`
      : 'Try again in a minute; see https://discordstatus.com and the network of this machine.';
  return { state: isBusy ? 'warn' : 'fail', subject, text: failure.message, remedy };
}
