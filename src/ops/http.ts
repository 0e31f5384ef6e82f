// Owns the one HTTP server: health, metrics, the setup page, and what platforms mount.
// Must not know any platform, nor say more to a stranger than whether the bot is well.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, systemClock } from '../clock.ts';
import type { Log } from './log.ts';
import type { HomePage } from './setup-page.ts';

interface Mount {
  /** The listener gets every path that is this one or lies below it. The longest that fits is taken. */
  readonly prefix: string;
  listener(request: IncomingMessage, response: ServerResponse): void;
}

export interface HttpOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly log: Log;
  /** Which of the configured platforms are connected now. */
  readonly ready: () => Readonly<Record<string, boolean>>;
  readonly metrics: { text(): Promise<string>; readonly contentType: string };
  readonly mounts?: readonly Mount[];
  /** What stands at `/` unless a mount takes it. */
  readonly home?: HomePage;
  /** Whether this request may read `/metrics`, `wait` after too many wrong tokens; everybody may where it is left out. */
  readonly guard?: (request: IncomingMessage) => boolean | 'wait';
  readonly clock?: Clock;
}

export interface Http {
  /** Resolves to the port that is listened on; rejects with ListenError. */
  start(): Promise<number>;
  /** Takes no more connections and ends the open ones, after a second at the latest. */
  stop(): Promise<void>;
}

/** The server could not listen. `message` is a plain sentence that names the setting to change. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** Slack's events are some tens of kilobytes: whoever needs longer for headers or for all of it is not a caller of ours. */
const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
const KEEP_ALIVE_MS = 5_000;
const CHECK_EVERY_MS = 2_000;
const LAST_CALL_MS = 1_000;
/** Open connections: the playground's readers, a proxy's, Slack's; each costs some tens of kilobytes at most before it is answered. */
const CONNECTIONS_MAX = 1_000;
/** Nothing here, nor in what is mounted, is asked in another way. */
const METHODS = ['GET', 'HEAD', 'POST'];

export function createHttp(options: HttpOptions): Http {
  const { host, log, metrics, clock = systemClock } = options;
  const mounts = [...(options.mounts ?? [])].sort((a, b) => b.prefix.length - a.prefix.length);

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!isOneHost(request)) return say(request, response, 400, 'one Host, please');
    toOriginForm(request);
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    if (!METHODS.includes(request.method ?? '')) return say(request, response, 405, 'only GET, HEAD or POST');
    if (path === '/healthz') return say(request, response, 200, 'ok');
    if (path === '/readyz') {
      const isReady = Object.values(options.ready()).every(Boolean);
      return say(request, response, isReady ? 200 : 503, isReady ? 'ready' : 'not ready');
    }
    if (path === '/metrics') {
      const verdict = isRead(request) ? options.guard?.(request) : true;
      if (verdict === 'wait')
        return say(request, response, 429, 'too many wrong tokens', { 'retry-after': '60' });
      if (verdict === false) return say(request, response, 401, 'not allowed');
      return say(request, response, 200, await metrics.text(), { 'content-type': metrics.contentType });
    }
    const mount = mounts.find(({ prefix }) => isBelow(path, prefix));
    if (mount !== undefined) return mount.listener(request, response);
    if (path === '/' && options.home !== undefined) {
      return say(request, response, 200, options.home.html, {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': options.home.policy,
      });
    }
    return say(request, response, 404, 'not found');
  };

  const server = createServer(
    {
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: CHECK_EVERY_MS,
    },
    (request, response) => {
      answer(request, response).catch((error: unknown) => {
        log.error({ error }, 'An HTTP request failed');
        if (response.headersSent) response.destroy();
        else say(request, response, 500, 'something went wrong');
      });
    },
  );

  server.maxConnections = CONNECTIONS_MAX;
  // Node hands a CONNECT over as a bare socket, and drops it where nobody listens.
  server.on('connect', (_request, socket) => {
    socket.on('error', () => socket.destroy());
    const allow = METHODS.join(', ');
    socket.end(
      `HTTP/1.1 405 Method Not Allowed\r\nAllow: ${allow}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      () => socket.destroy(),
    );
  });

  return {
    start: () =>
      new Promise((resolve, reject) => {
        server.once('error', (error) => reject(toListenError(error, host, options.port)));
        server.listen(options.port, host, () => {
          server.removeAllListeners('error');
          server.on('error', (error) => log.error({ error }, 'The HTTP server failed'));
          resolve((server.address() as AddressInfo).port);
        });
      }),
    stop: () =>
      new Promise((resolve) => {
        if (!server.listening) {
          resolve();
          return;
        }
        const cancel = clock.after(LAST_CALL_MS, () => server.closeAllConnections());
        server.close(() => {
          cancel();
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

function isRead({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Two of them would let a proxy and us read different ones (RFC 9112, 3.2); Node would take the first. */
function isOneHost({ rawHeaders }: IncomingMessage): boolean {
  return rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host').length <= 1;
}

/** A target that names its host, as to a proxy, is the path with that host: its own header then counts no more (RFC 9112, 3.2.2). */
function toOriginForm(request: IncomingMessage): void {
  const [, authority, path] = /^https?:\/\/([^/?#]{1,255})(.*)$/i.exec(request.url ?? '') ?? [];
  if (authority === undefined) return;
  request.headers.host = authority;
  request.url = path?.startsWith('/') ? path : `/${path ?? ''}`;
}

function isBelow(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
}

function say(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const shown = isRead(request) || status >= 400 ? { status, body } : { status: 405, body: 'only GET' };
  response.writeHead(shown.status, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    ...(shown.status === 405 ? { allow: status === 405 ? METHODS.join(', ') : 'GET, HEAD' } : headers),
    'content-length': Buffer.byteLength(shown.body),
    // A body that nobody reads must not stand in the way of the next request.
    ...(isRead(request) ? {} : { connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : shown.body);
}

function toListenError(error: NodeJS.ErrnoException, host: string, port: number): ListenError {
  const sentences: Readonly<Record<string, string>> = {
    EADDRINUSE: `PORT ${port} on ${host} is used by another program. End that one, or set PORT to another number.`,
    EACCES: `PORT ${port} may not be used by this account. Set PORT to a number above 1023.`,
    EADDRNOTAVAIL: `HOST ${host} is no address of this machine. Set HOST to 127.0.0.1, or to 0.0.0.0 for every address.`,
    ENOTFOUND: `HOST ${host} is not known. Set HOST to 127.0.0.1, or to 0.0.0.0 for every address.`,
  };
  const code = error.code ?? '';
  return new ListenError(
    sentences[code] ?? `HOST ${host} and PORT ${port} cannot be listened on (${code || 'unknown reason'}).`,
    { cause: error },
  );
}
