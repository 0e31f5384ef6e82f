// Owns where Slack keeps the files that people attach, and how it refuses one. Must not know how they are fetched.

import { BotError } from '../../src/errors.ts';
import type { Attachment } from '../../src/platform.ts';
import type { FileHosts } from '../kit/fetch-file.ts';
import { withoutTokens } from './errors.ts';

/** `apiUrl`: where the Web API is, when it is not Slack's own. */
export function toFileHosts(botToken: string, apiUrl: string | undefined): FileHosts {
  return {
    title: 'Slack',
    where: WHERE,
    hosts: ['slack.com', '.slack.com', '.slack-edge.com'],
    apiUrl,
    headers: { authorization: `Bearer ${botToken}` },
    check: refusePage,
    clean: withoutTokens,
  };
}

const WHERE = 'slack:files';

/** Without the scope Slack answers 200 with its login page. */
function refusePage(answer: Response, { mediaType }: Attachment): void {
  const type = answer.headers.get('content-type') ?? '';
  if (!type.startsWith('text/html') || mediaType === 'text/html') return;
  const text = 'Slack gave a page instead of a file (does the app have the scope files:read?)';
  throw new BotError('platform-refused', text, { where: WHERE });
}
