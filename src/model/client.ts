// Owns one HTTP attempt: the socket, and the way from bytes to pieces of the answer. The only importer of undici.
// Must not know prompts, retries, or whether this attempt goes on with an earlier one.
//
// undici's dispatch is used rather than its request: the body is pushed to us without a Readable in between, and `abort`
// closes the socket in the same tick.

import { StringDecoder } from 'node:string_decoder';
import { Agent, type Dispatcher } from 'undici';
import type { Clock } from '../clock.ts';
import { isBotError } from '../errors.ts';
import { type Body, createBody } from './body.ts';
import { createAttemptClocks, type Timeouts } from './clocks.ts';
import { toSocketError, toStatusError } from './failures.ts';
import { type HeaderFields, headerOf } from './retry-after.ts';
import { createPayloadReader } from './sse.ts';
import { createTranslator, type Report } from './translate.ts';

interface AttemptRequest {
  readonly url: URL;
  readonly apiKey: string | undefined;
  /** JSON. */
  readonly body: string;
  /** The response goes on with an answer that is there already. */
  readonly isContinuation: boolean;
}

type AttemptEvent =
  | { readonly type: 'waiting' }
  | { readonly type: 'reasoning' | 'text'; readonly text: string };

export interface Attempt {
  /**
   * What came since the last call, neighbours of one kind joined; waits for the first. Undefined when the answer is whole.
   * Throws BotError when the attempt failed, after everything that had come was given; throws `close`'s reason at once.
   */
  next(): Promise<readonly AttemptEvent[] | undefined>;
  report(): Report;
  /** Closes the socket in this tick unless the answer is whole; what was not taken yet is dropped. */
  close(reason: unknown): void;
}

export interface Client {
  open(request: AttemptRequest): Attempt;
  /** Closes idle connections, and breaks off what still runs. */
  close(): Promise<void>;
}

export interface ClientOptions {
  readonly clock: Clock;
  readonly timeouts: Timeouts;
  /** After so long with nothing but comments the reader is told that the provider lets us wait. */
  readonly waitingAfterMs?: number;
}

/** An error's body is read up to here, and so long. */
const maxErrorBytes = 64 * 1024;
const errorBodyMs = 5000;
/** After a finish reason or `[DONE]` the rest of the body is waited for so long: for usage, and so that the connection can be used again. */
const lingerMs = 2000;
/** Characters that may wait to be taken before the sender is told to wait. */
const maxPending = 256 * 1024;
/** Idle connections are kept so long; providers' own limits are about a minute. */
const keepAliveMs = 60_000;

/** One pool of connections. Every clock is ours: undici's are coarse, real, and fed by comments. */
export function createClient({ clock, timeouts, waitingAfterMs = 3000 }: ClientOptions): Client {
  const agent = new Agent({
    allowH2: false,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: keepAliveMs,
    connect: { timeout: timeouts.connectMs + 1000 },
  });
  return {
    open: (request) => openAttempt(agent, request, { clock, timeouts, waitingAfterMs }),
    close: () => agent.destroy(),
  };
}

function openAttempt(agent: Agent, request: AttemptRequest, options: Required<ClientOptions>): Attempt {
  const { clock } = options;
  const { url, apiKey } = request;
  let controller: Dispatcher.DispatchController | undefined;
  let body: Body | undefined;
  let queue: { type: AttemptEvent['type']; text: string }[] = [];
  let pending = 0;
  let isPaused = false;
  let isUnpackerFull = false;
  /** How the attempt ended, once it has. */
  let result: { readonly error: unknown } | 'whole' | undefined;
  let isExchangeOver = false;
  /** The call of `next` that waits. */
  let waiter: (() => void) | undefined;
  let cancelLinger: (() => void) | undefined;

  const notify = () => {
    const waiting = waiter;
    waiter = undefined;
    waiting?.();
  };
  const take = (): readonly AttemptEvent[] | undefined => {
    if (queue.length === 0) {
      if (result === undefined || result === 'whole') return undefined;
      throw result.error;
    }
    const events = queue;
    queue = [];
    pending = 0;
    pace();
    return events;
  };
  const clocks = createAttemptClocks({
    ...options,
    host: url.host,
    onWaiting() {
      queue.push({ type: 'waiting', text: '' });
      notify();
    },
    onLate: (error) => settle({ error }),
  });
  const translator = createTranslator({
    emit(kind, text) {
      const last = queue.at(-1);
      pending += text.length;
      if (last?.type === kind) last.text += text;
      else queue.push({ type: kind, text });
    },
    onToken: () => clocks.token(),
    onComment: () => clocks.comment(),
    isContinuation: request.isContinuation,
    apiKey,
  });
  const reader = createPayloadReader(translator);
  // Cuts no character either, and gives one-byte strings for ASCII, which TextDecoder does not: a third less time for a stream.
  const decoder = new StringDecoder('utf8');

  const closeSocket = () => {
    cancelLinger?.();
    body?.destroy();
    if (isExchangeOver) return;
    isExchangeOver = true;
    controller?.abort(new Error('closed by us'));
  };
  const settle = (ending: { readonly error: unknown } | 'whole') => {
    if (result !== undefined) return;
    result = ending;
    clocks.stop();
    // A whole answer's connection is drained for a moment, so that it can be used again.
    if (ending !== 'whole') closeSocket();
    notify();
  };
  /** No more is to come, or no more is waited for. */
  const finish = (error?: unknown) => {
    if (result !== undefined) return;
    try {
      // A connection that breaks after the finish reason has cost nothing.
      const isHarmless = isBotError(error, 'broken-off') && translator.report().finish !== undefined;
      if (error !== undefined && !isHarmless) throw error;
      reader.push(decoder.end());
      reader.end();
      translator.end();
      settle('whole');
    } catch (failure) {
      settle({ error: failure });
    }
  };
  const onBytes = (bytes: Buffer) => {
    if (result !== undefined) return;
    try {
      reader.push(decoder.write(bytes));
    } catch (error) {
      settle({ error });
      return;
    }
    const ending = translator.ending();
    if (ending !== undefined && cancelLinger === undefined) {
      clocks.stop();
      cancelLinger = clock.after(lingerMs, () => {
        finish();
        closeSocket();
      });
    }
    if (ending === 'done') finish();
    else if (queue.length > 0) notify();
    pace();
  };
  const pace = () => {
    const shouldPause = isUnpackerFull || pending > maxPending;
    if (controller === undefined || isExchangeOver || shouldPause === isPaused) return;
    isPaused = shouldPause;
    clocks.paused(isPaused);
    if (isPaused) controller.pause();
    else controller.resume();
  };
  const openBody = (status: number, headers: HeaderFields): Body => {
    const encoding = headerOf(headers, 'content-encoding');
    const onBackpressure = (isFull: boolean) => {
      isUnpackerFull = isFull;
      pace();
    };
    if (status < 300) return createBody(encoding, { onBytes, onEnd: finish, onBackpressure });
    const pieces: Buffer[] = [];
    let size = 0;
    const refuse = () => {
      cancelSlow();
      const text = new TextDecoder().decode(Buffer.concat(pieces).subarray(0, maxErrorBytes));
      settle({ error: toStatusError({ status, headers, body: text, apiKey, now: clock.now() }) });
    };
    const cancelSlow = clock.after(errorBodyMs, refuse);
    return createBody(encoding, {
      onBytes(bytes) {
        pieces.push(bytes);
        size += bytes.length;
        if (size >= maxErrorBytes) refuse();
      },
      onEnd: refuse,
      onBackpressure,
    });
  };

  agent.dispatch(
    {
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream, application/json',
        'accept-encoding': 'gzip, br',
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      body: request.body,
    },
    {
      onRequestStart(started) {
        controller = started;
        // The connection came after the attempt was given up: nothing is sent on it.
        if (result === undefined) clocks.connected();
        else started.abort(new Error('closed by us'));
      },
      onResponseStart(_controller, status, headers) {
        if (status >= 200) body = openBody(status, headers);
      },
      onResponseData(_controller, bytes) {
        body?.push(bytes);
      },
      onResponseEnd() {
        isExchangeOver = true;
        body?.end();
        if (result !== undefined) cancelLinger?.();
      },
      onResponseError(_controller, error) {
        isExchangeOver = true;
        cancelLinger?.();
        const failure = toSocketError(error, url.host, body !== undefined);
        if (body === undefined) settle({ error: failure });
        else body.end(failure);
      },
    },
  );

  return {
    // No async function: the promise itself is what the bytes settle, without two more in between for each network read.
    next: () =>
      new Promise((resolve, reject) => {
        const settled = () => {
          try {
            resolve(take());
          } catch (error) {
            reject(error);
          }
        };
        if (queue.length > 0 || result !== undefined) settled();
        else waiter = settled;
      }),
    report: () => translator.report(),
    close(reason) {
      if (result === 'whole') return;
      queue = [];
      settle({ error: reason });
      result = { error: reason };
      notify();
    },
  };
}
