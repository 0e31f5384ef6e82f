// Owns the fetching of files that people attached: from a platform's own hosts only, redirects included, and never more than asked for.
// A token goes to those hosts and nowhere else. Must not know any platform, nor what files are for.

import { BotError, toPlainWords } from '../../src/errors.ts';
import type { Attachment, Platform } from '../../src/platform.ts';

export interface FileHosts {
  /** What people call the platform: `Slack`. */
  readonly title: string;
  /** `where` of the errors. */
  readonly where: string;
  /** Host names, reached by https at the usual port; one that begins with a dot stands for every name below it. */
  readonly hosts: readonly string[];
  /** Another address of the platform's API, which a test or a proxy serves: its origin is one of the hosts. */
  readonly apiUrl?: string | undefined;
  /** Sent to these hosts alone. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Throws where the answer is no file, though its status says that it is one. */
  check?(answer: Response, attachment: Attachment): void;
  /** Takes out of somebody's words what may stand in no log. */
  clean?(words: string): string;
}

const MAX_REDIRECTS = 5;

/** Rejects with BotError: `too-large`, `platform-refused`, `platform-unavailable`; or with the reason of `signal`. */
export function createFetchFile(from: FileHosts): Platform['fetchAttachment'] {
  const { title, where } = from;
  return async (attachment, { maxBytes, signal }) => {
    try {
      const answer = await follow(from, attachment.url, signal);
      try {
        if (!answer.ok) throw toStatusError(from, answer.status);
        from.check?.(answer, attachment);
        return await readAtMost(answer, maxBytes, where);
      } finally {
        // What was not read to its end is not left open.
        if (!answer.bodyUsed) await answer.body?.cancel();
      }
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof BotError) throw error;
      const words = toPlainWords(error);
      const text = `a file could not be fetched from ${title}: ${from.clean?.(words) ?? words}`;
      throw new BotError('platform-unavailable', text, { where, cause: error });
    }
  };
}

async function follow(from: FileHosts, address: string, signal: AbortSignal): Promise<Response> {
  const { where, headers = {} } = from;
  let url = toUrl(address, undefined, where);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    if (!isOwnHost(url, from)) {
      const text = `a file lies on ${url.host}, which is not a host of ${from.title}`;
      throw new BotError('platform-refused', text, { where });
    }
    const answer = await fetch(url, { headers, redirect: 'manual', credentials: 'omit', signal });
    const next = answer.status >= 300 && answer.status < 400 ? answer.headers.get('location') : null;
    if (next === null) return answer;
    await answer.body?.cancel();
    url = toUrl(next, url, where);
  }
  throw new BotError('platform-refused', 'a file was redirected too often', { where });
}

function isOwnHost(url: URL, { hosts, apiUrl }: FileHosts): boolean {
  if (url.username !== '' || url.password !== '') return false;
  if (apiUrl !== undefined && url.origin === new URL(apiUrl).origin) return true;
  const isNamed = hosts.some((host) =>
    host.startsWith('.') ? url.hostname.endsWith(host) : url.hostname === host,
  );
  return isNamed && url.protocol === 'https:' && url.port === '';
}

function toUrl(address: string, base: URL | undefined, where: string): URL {
  if (URL.canParse(address, base?.href)) return new URL(address, base);
  throw new BotError('platform-refused', 'a file has no readable address', { where });
}

function toStatusError({ title, where }: FileHosts, status: number): BotError {
  const code = status >= 500 || status === 429 ? 'platform-unavailable' : 'platform-refused';
  return new BotError(code, `${title} answered HTTP ${status} for a file`, { where, status });
}

async function readAtMost(answer: Response, maxBytes: number, where: string): Promise<Uint8Array> {
  const tooLarge = () => new BotError('too-large', `a file has more than ${maxBytes} bytes`, { where });
  if (Number(answer.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge();
  const parts: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early closes the connection.
  for await (const part of answer.body ?? []) {
    size += part.byteLength;
    if (size > maxBytes) throw tooLarge();
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}
