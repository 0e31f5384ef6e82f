// Owns the fetching of files that people attached: from Slack's own hosts only, redirects included, and never more than asked for.
// The bot's token goes nowhere else. Must not know what files are for.

import { BotError, toPlainWords } from '../../src/errors.ts';
import type { Attachment } from '../../src/platform.ts';
import { withoutTokens } from './errors.ts';

const MAX_REDIRECTS = 5;
const WHERE = 'slack:files';

interface FilesOptions {
  readonly botToken: string;
  /** Where the Web API is, when it is not Slack's own: files may come from there too. */
  readonly apiUrl: string | undefined;
}

type FetchAttachment = (
  attachment: Attachment,
  options: { maxBytes: number; signal: AbortSignal },
) => Promise<Uint8Array>;

/** Slack's hosts by https, or exactly the origin of `apiUrl`. */
function isOwnHost(url: URL, apiUrl: string | undefined): boolean {
  if (apiUrl !== undefined && url.origin === new URL(apiUrl).origin) return true;
  const { hostname } = url;
  const isSlack =
    hostname === 'slack.com' || hostname.endsWith('.slack.com') || hostname.endsWith('.slack-edge.com');
  return url.protocol === 'https:' && url.port === '' && isSlack;
}

export function createFetchAttachment({ botToken, apiUrl }: FilesOptions): FetchAttachment {
  const open = async (address: string, signal: AbortSignal): Promise<Response> => {
    let url = toUrl(address);
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      if (!isOwnHost(url, apiUrl)) {
        throw new BotError('platform-refused', `a file lies on ${url.host}, which is not a host of Slack`, {
          where: WHERE,
        });
      }
      const answer = await fetch(url, {
        headers: { authorization: `Bearer ${botToken}` },
        redirect: 'manual',
        signal,
      });
      const next = answer.status >= 300 && answer.status < 400 ? answer.headers.get('location') : null;
      if (next === null) return answer;
      await answer.body?.cancel();
      url = toUrl(next, url);
    }
    throw new BotError('platform-refused', 'a file was redirected too often', { where: WHERE });
  };

  return async (attachment, { maxBytes, signal }) => {
    try {
      const answer = await open(attachment.url, signal);
      if (!answer.ok) {
        await answer.body?.cancel();
        const code =
          answer.status >= 500 || answer.status === 429 ? 'platform-unavailable' : 'platform-refused';
        throw new BotError(code, `Slack answered HTTP ${answer.status} for a file`, {
          where: WHERE,
          status: answer.status,
        });
      }
      // Without the scope Slack answers 200 with its login page.
      const type = answer.headers.get('content-type') ?? '';
      if (type.startsWith('text/html') && attachment.mediaType !== 'text/html') {
        await answer.body?.cancel();
        throw new BotError(
          'platform-refused',
          'Slack gave a page instead of a file (does the app have the scope files:read?)',
          { where: WHERE },
        );
      }
      return await readAtMost(answer, maxBytes);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof BotError) throw error;
      const text = withoutTokens(toPlainWords(error));
      throw new BotError('platform-unavailable', `a file could not be fetched from Slack: ${text}`, {
        where: WHERE,
        cause: error,
      });
    }
  };
}

function toUrl(address: string, base?: URL): URL {
  if (!URL.canParse(address, base?.href)) {
    throw new BotError('platform-refused', 'a file has no readable address', { where: WHERE });
  }
  return new URL(address, base);
}

async function readAtMost(answer: Response, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early closes the connection.
  for await (const part of answer.body ?? []) {
    size += part.byteLength;
    if (size > maxBytes)
      throw new BotError('too-large', `a file has more than ${maxBytes} bytes`, { where: WHERE });
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}
