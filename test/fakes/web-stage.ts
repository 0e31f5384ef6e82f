// The playground's platform on a server of its own, and a browser's part of the protocol on a raw socket.

import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createGunzip, constants as zlib } from 'node:zlib';
import { createWebPlatform, type WebOptions, type WebPlatform } from '../../adapters/web/platform.ts';
import { systemClock } from '../../src/clock.ts';
import type { Control, Mention, Page } from '../../src/platform.ts';

export interface WebStage {
  readonly web: WebPlatform;
  readonly url: string;
  readonly host: string;
  readonly mentions: Mention[];
  readonly controls: Control[];
  /** What a control is answered with. */
  sentence: string | undefined;
  /** What the storing of a mention waits for. */
  hold: Promise<void> | undefined;
  fetch(path: string, options?: RequestInit & { cookie?: string }): Promise<Response>;
  /** Loads the page as a new browser; resolves to its cookies. */
  visit(more?: string): Promise<string>;
  post(path: string, body: unknown, cookie: string): Promise<Response>;
  close(): Promise<void>;
}

export async function createWebStage(options: Partial<WebOptions> = {}): Promise<WebStage> {
  const web = createWebPlatform({ clock: systemClock, hosts: [], demo: false, ...options });
  const server = createServer(web.http.listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const url = `http://${host}`;
  const self: WebStage = {
    web,
    url,
    host,
    mentions: [],
    controls: [],
    sentence: undefined,
    hold: undefined,
    fetch(path, { cookie, headers, ...rest } = {}) {
      const all = { ...(cookie === undefined ? {} : { cookie }), ...headers };
      return fetch(url + path, { redirect: 'manual', ...rest, headers: all });
    },
    async visit(more = '') {
      const response = await self.fetch('/', more === '' ? {} : { cookie: more });
      await response.arrayBuffer();
      const set = response.headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0]);
      return [more, ...set].filter(Boolean).join('; ');
    },
    post: (path, body, cookie) =>
      self.fetch(path, {
        method: 'POST',
        cookie,
        headers: { 'content-type': 'application/json', origin: url },
        body: JSON.stringify(body),
      }),
    async close() {
      await web.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  await web.start({
    onMention: async (mention) => {
      self.mentions.push(mention);
      await self.hold;
    },
    onControl: async (control) => {
      self.controls.push(control);
      return self.sentence;
    },
    onLimit: () => undefined,
  });
  return self;
}

export interface LiveEvent {
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** When its last byte was decoded. */
  readonly at: number;
}

export interface LiveReader {
  readonly socket: Socket;
  /** The status line and headers, in lower case. */
  head(): Promise<string>;
  /** The next event that fits, those that came before this call included; each is given once. */
  next(type?: string): Promise<LiveEvent>;
  leave(): void;
}

/** Follows the stream on a raw socket. `paused`: takes nothing until its socket is resumed. */
export function followLive(
  stage: WebStage,
  options: { cookie: string; gzip?: boolean; lastEventId?: string; paused?: boolean },
): LiveReader {
  const [name = '', port = ''] = stage.host.split(':');
  const socket = connect(Number(port), name);
  const { cookie, gzip = false, lastEventId } = options;
  const events: LiveEvent[] = [];
  const watchers = new Set<() => void>();
  const decoder = createGunzip({ flush: zlib.Z_SYNC_FLUSH, finishFlush: zlib.Z_SYNC_FLUSH });
  let head = '';
  let raw = Buffer.alloc(0);
  let text = '';
  const wake = () => {
    for (const watcher of [...watchers]) watcher();
  };
  const onText = (piece: string): void => {
    text += piece;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      const field = (key: string) => new RegExp(`^${key}: (.*)$`, 'm').exec(block)?.[1];
      const data = field('data');
      if (data !== undefined)
        events.push({
          id: field('id') ?? '',
          type: field('event') ?? '',
          data: JSON.parse(data),
          at: performance.now(),
        });
    }
    wake();
  };
  decoder.setEncoding('utf8').on('data', onText);
  /** Takes whole chunks out of the chunked coding. */
  const unchunk = (): void => {
    for (;;) {
      const line = raw.indexOf('\r\n');
      if (line < 0) return;
      const size = Number.parseInt(raw.subarray(0, line).toString('latin1'), 16);
      // The last chunk: the connection itself may stay.
      if (size === 0) socket.destroy();
      if (!(size > 0) || raw.length < line + 2 + size + 2) return;
      const piece = raw.subarray(line + 2, line + 2 + size);
      if (gzip) decoder.write(Buffer.from(piece));
      else onText(piece.toString('utf8'));
      raw = raw.subarray(line + 2 + size + 2);
    }
  };
  socket.on('data', (piece) => {
    raw = Buffer.concat([raw, piece]);
    if (head === '') {
      const end = raw.indexOf('\r\n\r\n');
      if (end < 0) return;
      head = raw.subarray(0, end).toString('latin1').toLowerCase();
      raw = raw.subarray(end + 4);
      wake();
    }
    unchunk();
  });
  socket.on('error', wake).on('close', wake);
  socket.write(
    [
      'GET /live HTTP/1.1',
      `Host: ${stage.host}`,
      `Cookie: ${cookie}`,
      ...(gzip ? ['Accept-Encoding: gzip, br'] : []),
      ...(lastEventId === undefined ? [] : [`Last-Event-ID: ${lastEventId}`]),
      '',
      '',
    ].join('\r\n'),
  );
  if (options.paused) socket.pause();
  const until = <T>(look: () => T | undefined): Promise<T> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        const found = look();
        if (found === undefined && !socket.destroyed) return;
        watchers.delete(check);
        if (found === undefined) reject(new Error('the stream has ended'));
        else resolve(found);
      };
      watchers.add(check);
      check();
    });
  return {
    socket,
    head: () => until(() => (head === '' ? undefined : head)),
    next: (type) =>
      until(() => {
        const index = events.findIndex((event) => type === undefined || event.type === type);
        return index < 0 ? undefined : events.splice(index, 1)[0];
      }),
    leave: () => socket.destroy(),
  };
}

export function toTestPage(text: string, over: Partial<Page> = {}): Page {
  return {
    index: 0,
    text,
    view: { body: text, opened: 0, closed: 0, cursor: true },
    state: 'writing',
    final: false,
    controls: [{ action: 'stop', turn: 'turn-1', label: 'Stop' }],
    ...over,
  };
}
