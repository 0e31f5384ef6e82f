// Owns how changes reach the browsers: numbered server-sent events, a bounded log to go on from, a bounded queue for each reader.
// Must not know what the changes mean. A slow or dead reader costs its queue and nothing else.

import type { ServerResponse } from 'node:http';
import { createGzip, constants as zlib } from 'node:zlib';
import type { Clock } from '../../src/clock.ts';

export interface Live {
  /** Sends to every reader, or to those of one visitor. */
  send(change: { readonly type: string }, to: string | undefined): void;
  /**
   * Answers a request with the stream: from behind `after` where that is known and not too long ago, else from a snapshot.
   * Not where there are too many readers already: the response is then untouched, and the limit is named.
   */
  open(
    response: ServerResponse,
    reader: {
      readonly visitor: string;
      readonly address: string;
      readonly after: string | undefined;
      readonly gzip: boolean;
    },
  ): StreamLimit | undefined;
  /** The limit that one more stream would pass. */
  full(visitor: string, address: string): StreamLimit | undefined;
  /** How many follow now. */
  readers(): number;
  /** Whether this visitor follows now. */
  isFollowing(visitor: string): boolean;
  /** Ends every stream. */
  close(): void;
}

/** Whose streams are too many: one browser's, those from one address, or all. */
export type StreamLimit = 'visitor' | 'address' | 'all';

export interface LiveOptions {
  readonly clock: Clock;
  /** Of this start of the process; ids of another start are not known here. */
  readonly start: string;
  /** All that the visitor sees now. */
  readonly snapshot: (visitor: string) => object;
  /** How many events can be gone on from, and of how many characters together. */
  readonly logged?: number;
  readonly loggedCharacters?: number;
  /** How many characters may wait for one reader before it gets a snapshot instead. */
  readonly queued?: number;
}

/** Twenty answers that grow twenty times a second, for some twenty seconds. */
const LOGGED = 8_000;
/** Such an event has some 500 characters; a long message that is edited again and again has 48,000 each time. */
const LOGGED_CHARACTERS = 8_000_000;
const QUEUED = 256 * 1024;
/** Streams at once: of one browser (each of its windows has one), from one address (an office has one), and in all. */
const STREAMS: Readonly<Record<StreamLimit, number>> = { visitor: 10, address: 100, all: 500 };
/** Proxies close what is silent for a minute, some for half of it. */
const HEARTBEAT_MS = 15_000;
/** Who takes nothing for this long is gone. */
const STUCK_MS = 60_000;
/** When the browser comes back after a lost connection. */
const RETRY_MS = 1_000;

interface Entry {
  readonly n: number;
  readonly to: string | undefined;
  readonly frame: string;
}

interface Reader {
  readonly visitor: string;
  push(frame: string): void;
  check(): void;
  end(): void;
}

export function createLive(options: LiveOptions): Live {
  const { clock, start } = options;
  const log: Entry[] = [];
  const readers = new Set<Reader>();
  /** How many of the readers are this visitor's, and how many come from this address. */
  const following = new Map<string, number>();
  const addresses = new Map<string, number>();
  let last = 0;
  let logged = 0;
  let cancelBeat: (() => void) | undefined;

  const beat = (): void => {
    cancelBeat = clock.after(HEARTBEAT_MS, () => {
      for (const reader of readers) reader.check();
      if (readers.size > 0) beat();
      else cancelBeat = undefined;
    });
  };

  const toSnapshot = (visitor: string): string => {
    const at = `${start}-${last}`;
    return toFrame(at, 'snapshot', { ...options.snapshot(visitor), at });
  };

  /** What the reader has missed; undefined when only a snapshot can tell. */
  const toMissed = (visitor: string, after: string | undefined): string[] | undefined => {
    const [, from, count] = /^(\w+)-(\d{1,15})$/.exec(after ?? '') ?? [];
    const n = Number(count);
    const oldest = log[0]?.n ?? last + 1;
    if (from !== start || n > last || n < oldest - 1) return undefined;
    return log
      .slice(n - oldest + 1)
      .filter(({ to }) => isFor(to, visitor))
      .map(({ frame }) => frame);
  };

  const count = (all: Map<string, number>, key: string, more: 1 | -1): void => {
    const sum = (all.get(key) ?? 0) + more;
    if (sum > 0) all.set(key, sum);
    else all.delete(key);
  };

  const full = (visitor: string, address: string): StreamLimit | undefined => {
    if ((following.get(visitor) ?? 0) >= STREAMS.visitor) return 'visitor';
    if ((addresses.get(address) ?? 0) >= STREAMS.address) return 'address';
    return readers.size >= STREAMS.all ? 'all' : undefined;
  };

  const join = (response: ServerResponse, visitor: string, address: string, gzip: boolean): Reader => {
    const out = gzip ? createGzip({ flush: zlib.Z_SYNC_FLUSH }) : response;
    let queue: string[] = [];
    let size = 0;
    let isBehind = false;
    let stuckSince: number | undefined;

    const pump = (): void => {
      if (stuckSince !== undefined) return;
      if (isBehind) {
        isBehind = false;
        queue = [toSnapshot(visitor)];
      }
      const frames = queue.join('');
      queue = [];
      size = 0;
      if (frames !== '' && !out.write(frames)) stuckSince = clock.monotonic();
    };
    const self: Reader = {
      visitor,
      push(frame) {
        if (isBehind) return;
        queue.push(frame);
        size += frame.length;
        if (stuckSince !== undefined && size > (options.queued ?? QUEUED)) {
          isBehind = true;
          queue = [];
          size = 0;
        }
        pump();
      },
      check() {
        if (stuckSince === undefined) out.write(': alive\n\n');
        else if (clock.monotonic() - stuckSince > STUCK_MS) response.destroy();
      },
      end: () => out.end(),
    };
    out.on('drain', () => {
      stuckSince = undefined;
      pump();
    });
    // The reader is gone; what is left to do stands in the listener for 'close'.
    out.on('error', () => response.destroy());
    response.on('close', () => {
      readers.delete(self);
      count(following, visitor, -1);
      count(addresses, address, -1);
      if (out !== response) out.destroy();
    });
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      vary: 'accept-encoding',
      ...(gzip ? { 'content-encoding': 'gzip' } : {}),
    });
    response.flushHeaders();
    if (out !== response) out.pipe(response);
    readers.add(self);
    count(following, visitor, 1);
    count(addresses, address, 1);
    return self;
  };

  return {
    send(change, to) {
      last += 1;
      const frame = toFrame(`${start}-${last}`, change.type, change);
      log.push({ n: last, to, frame });
      logged += frame.length;
      const isOver = () =>
        log.length > (options.logged ?? LOGGED) || logged > (options.loggedCharacters ?? LOGGED_CHARACTERS);
      while (isOver()) logged -= log.shift()?.frame.length ?? 0;
      for (const reader of readers) if (isFor(to, reader.visitor)) reader.push(frame);
    },
    open(response, { visitor, address, after, gzip }) {
      const limit = full(visitor, address);
      if (limit !== undefined) return limit;
      const missed = toMissed(visitor, after) ?? [toSnapshot(visitor)];
      join(response, visitor, address, gzip).push(`retry: ${RETRY_MS}\n\n${missed.join('')}`);
      if (cancelBeat === undefined) beat();
      return undefined;
    },
    full,
    readers: () => readers.size,
    isFollowing: (visitor) => following.has(visitor),
    close() {
      cancelBeat?.();
      cancelBeat = undefined;
      for (const reader of [...readers]) reader.end();
    },
  };
}

function isFor(to: string | undefined, visitor: string): boolean {
  return to === undefined || to === visitor;
}

function toFrame(id: string, event: string, data: object): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
