// Owns the way to Discord's REST API: one attempt a call, errors as BotError, the lanes and what headers say of them,
// and the files that people attached. Works where the gateway was never opened. Knows nothing of messages' contents.

import { DefaultRestOptions, REST, type RouteLike } from 'discord.js';
import { type Clock, sleep } from '../../src/clock.ts';
import { BotError, isBotError } from '../../src/errors.ts';
import type { Lane, LaneLimit } from '../../src/platform.ts';
import { toPlatformError } from './errors.ts';

export const DEFAULT_API_URL = 'https://discord.com/api';
/** Where attachments are kept (discord-api-docs, image formatting; REST's `cdn` and `mediaProxy`). */
/** A call that takes longer is given up; @discordjs/rest's own default. */
const TIMEOUT_MS = 15_000;
/** How often, and how long each time, a patient call waits. */
const WAITS_MAX = 6;
const WAIT_MAX_MS = 5_000;
/** By so much the wall clock was set, not merely corrected. */
const STEP_MS = 100;

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

interface CallOptions {
  readonly body?: object;
  readonly query?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** False for interaction tokens, which are their own credential. */
  readonly auth?: boolean;
  /** Waits where Discord limits it, a few times: for calls that no pacer counts. Default false. */
  readonly patient?: boolean;
  /** For the error: the lane's key, or what was done. */
  readonly where: string;
}

export interface DiscordCalls {
  /** One HTTP request: no queue, no wait, no retry (but where `patient`). Throws BotError; an aborted signal throws its reason. */
  call(method: Method, route: RouteLike, options: CallOptions): Promise<unknown>;
  close(): void;
}

export interface DiscordCallsOptions {
  readonly token: string;
  readonly apiUrl: string | undefined;
  readonly clock: Clock;
  onLimit(lane: Lane, limit: LaneLimit): void;
}

/**
 * Edits of messages in a channel. Discord publishes no numbers and says to obey the headers; observed are 5 in 5 seconds a channel for edits,
 * and apart from them 5 for new messages (discord.js#11485, Discord.Net#2375).
 */
export function editLane(channel: string): Lane {
  return { key: `discord:${channel}:edit`, platform: 'discord', scope: channel, perMinute: 60, burst: 5 };
}

export function postLane(channel: string): Lane {
  return { key: `discord:${channel}:post`, platform: 'discord', scope: channel, perMinute: 60, burst: 5 };
}

/** New threads in a channel: observed 50 in 5 minutes, number not published. */
export function threadsLane(channel: string): Lane {
  return { key: `discord:${channel}:threads`, platform: 'discord', scope: channel, perMinute: 10, burst: 50 };
}

/** What is shown beside the answers in a channel: typing has a bucket of its own, of which only headers tell; 5 in 5 s were observed. */
export function typingLane(channel: string): Lane {
  return { key: `discord:${channel}:typing`, platform: 'discord', scope: channel, perMinute: 60, burst: 1 };
}

/** Reactions in a channel: observed 1 in 0.25 s, putting and taking away together (discord.js#7231). */
export function reactionsLane(channel: string): Lane {
  return {
    key: `discord:${channel}:reactions`,
    platform: 'discord',
    scope: channel,
    perMinute: 200,
    burst: 1,
  };
}

export function createCalls(options: DiscordCallsOptions): DiscordCalls {
  const rest = new REST({
    api: options.apiUrl ?? DEFAULT_API_URL,
    retries: 0,
    // Also rejects where the client would wait on a bucket that its headers show as empty: all waiting is the pacer's.
    rejectOnRateLimit: () => true,
    offset: 0,
    timeout: TIMEOUT_MS,
    async makeRequest(url, init) {
      const response = await DefaultRestOptions.makeRequest(url, init);
      // The client leaves these bodies unread, which would keep their sockets.
      if (response.status === 429) {
        const body = await response.text();
        refuseSealed(body);
        refuseUntimed(response.headers.get('retry-after'), response.headers.has('x-ratelimit-global'), body);
      } else if (response.status >= 500) await response.arrayBuffer();
      else if (response.status === 200 && !isJson(response.headers)) {
        await response.arrayBuffer();
        // Discord says 204 where it has nothing to say. The call may have been applied or not.
        throw new BotError('platform-unavailable', "the answer is not Discord's: no JSON");
      }
      return response;
    },
  });
  rest.on('response', (request, response) => {
    const lane = toLane(request.method, request.path);
    const limit = toLimit(response.headers);
    if (lane !== undefined && limit !== undefined) options.onLimit(lane, limit);
  });

  const toSkew = (): number => options.clock.now() - options.clock.monotonic();
  let skew = toSkew();

  async function once(method: Method, route: RouteLike, callOptions: CallOptions): Promise<unknown> {
    const { body, query, signal, auth, where } = callOptions;
    forgetBuckets();
    // One 401 makes the client forget its token for good; it may have been a passing fault of Discord's.
    rest.setToken(options.token);
    try {
      const answer = await rest.request({
        method: method as Parameters<typeof rest.request>[0]['method'],
        fullRoute: route,
        ...(body === undefined ? {} : { body }),
        ...(query === undefined ? {} : { query: new URLSearchParams(query) }),
        // The client leaves its listener on the signal: one of its own a call, so that a turn with many calls holds none of them.
        ...(signal === undefined ? {} : { signal: AbortSignal.any([signal]) }),
        ...(auth === undefined ? {} : { auth }),
      });
      if (!(answer instanceof ArrayBuffer) || answer.byteLength === 0) return answer;
      // The call may have been applied or not.
      throw new BotError('platform-unavailable', "the answer is not Discord's: no JSON", { where });
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw toPlatformError(error, where);
    }
  }

  /** The client reckons its buckets by the wall clock: set back, it would refuse calls for as long as it was set back. */
  const forgetBuckets = (): void => {
    const now = toSkew();
    if (Math.abs(now - skew) > STEP_MS) {
      rest.handlers.clear();
      rest.globalReset = -1;
    }
    skew = now;
  };

  return {
    async call(method, route, callOptions) {
      for (let waits = 0; ; waits += 1) {
        try {
          return await once(method, route, callOptions);
        } catch (error) {
          const limited = isBotError(error, 'platform-rate-limited');
          if (callOptions.patient !== true || !limited || waits === WAITS_MAX) throw error;
          const waitMs = Math.min(error.retryAfterMs ?? 1_000, WAIT_MAX_MS);
          await sleep(options.clock, waitMs, callOptions.signal);
        }
      }
    },
    close() {
      rest.clearHashSweeper();
      rest.clearHandlerSweeper();
    },
  };
}

function isJson(headers: { get(name: string): string | null }): boolean {
  return headers.get('content-type')?.startsWith('application/json') === true;
}

/** Too many edits of an old message come as a 429 like any other, told only by the code in its body, which the client does not read. */
function refuseSealed(body: string): void {
  if (!/"code"\s*:\s*30046\b/u.test(body)) return;
  throw new BotError('page-sealed', 'Discord takes no more edits of a message older than an hour (30046)', {
    status: 429,
  });
}

/** A 429 whose header names no time that makes sense, the client takes for one that is over at once, and for no global one. */
function refuseUntimed(header: string | null, isGlobal: boolean, body: string): void {
  if (Number(header) > 0) return;
  const seconds = Number(/"retry_after"\s*:\s*(\d{1,12}(?:\.\d{1,6})?)/u.exec(body.slice(0, 2_000))?.[1]);
  throw new BotError('platform-rate-limited', "Discord's rate limit, without a time to wait in its header", {
    ...(isGlobal ? { where: 'discord:global' } : {}),
    retryAfterMs: seconds * 1_000,
    status: 429,
  });
}

/** The lane that a request took: writes of messages and new threads have one. */
function toLane(method: string, path: string): Lane | undefined {
  const [, channel, message, rest] =
    /^\/channels\/(\d+)\/messages(?:\/(\d+))?(?:\/(threads))?$/u.exec(path) ?? [];
  if (channel === undefined) return undefined;
  if (method === 'PATCH' && message !== undefined && rest === undefined) return editLane(channel);
  if (method === 'POST' && message === undefined) return postLane(channel);
  if (method === 'POST' && rest === 'threads') return threadsLane(channel);
  return undefined;
}

function toLimit(headers: { get(name: string): string | null }): LaneLimit | undefined {
  const numbers = ['limit', 'remaining', 'reset-after'].map((name) => {
    const value = headers.get(`x-ratelimit-${name}`);
    return value === null || value === '' ? Number.NaN : Number(value);
  });
  const [limit, remaining, resetAfter] = numbers;
  if (limit === undefined || remaining === undefined || resetAfter === undefined) return undefined;
  if (numbers.some(Number.isNaN)) return undefined;
  return { limit, remaining, resetAfterMs: Math.ceil(resetAfter * 1_000) };
}
