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
import { createGatherer } from './gather.ts';
import { createLinger } from './linger.ts';
import type { ThoughtOptions } from './parts.ts';
import { createPieces } from './pieces.ts';
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
  readonly thoughts?: ThoughtOptions | undefined;
}

/** Where the pieces of the answer go, as they come. None of these may throw. */
export interface AttemptSink {
  /** What one read of the network brought, neighbours of one kind joined; never empty. */
  onPiece(kind: 'text' | 'reasoning', text: string): void;
  /** All text so far was reasoning. */
  onReclassified?(): void;
  /** Nothing but comments for a while. Called at most once. */
  onWaiting(): void;
  /** No more can be taken now: the sender is told to wait, until `resume`. */
  isFull(): boolean;
}

export interface Attempt {
  /** Resolves when the answer is whole; rejects with a BotError when the attempt failed, or with `close`'s reason. */
  readonly whole: Promise<void>;
  report(): Report;
  /** The sink may have room again. */
  resume(): void;
  /** Closes the socket in this tick unless the answer is whole; no more pieces come. */
  close(reason: unknown): void;
}

export interface Client {
  open(request: AttemptRequest, sink: AttemptSink): Attempt;
  /** Closes idle connections, and breaks off what still runs. */
  close(): Promise<void>;
}

export interface ClientOptions {
  readonly clock: Clock;
  readonly timeouts: Timeouts;
  /** After so long with nothing but comments the reader is told that the provider lets us wait. */
  readonly waitingAfterMs?: number;
  /** After the first token, reads that follow each other faster are taken together: text gets at most so much older. */
  readonly gatherMs?: number;
}

/** An error's body is read up to here, and so long. */
const maxErrorBytes = 64 * 1024;
const errorBodyMs = 5000;
/** Where thoughts come without an opening mark, text waits so long for the closing one. */
const markMs = 20_000;
/** Idle connections are kept so long; providers' own limits are about a minute. */
const keepAliveMs = 60_000;

/** One pool of connections. Every clock is ours: undici's are coarse, real, and fed by comments. */
export function createClient(options: ClientOptions): Client {
  const { clock, timeouts, waitingAfterMs = 3000, gatherMs = 50 } = options;
  const agent = new Agent({
    allowH2: false,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: keepAliveMs,
    connect: { timeout: timeouts.connectMs + 1000 },
  });
  return {
    open: (request, sink) => openAttempt(agent, request, sink, { clock, timeouts, waitingAfterMs, gatherMs }),
    close: () => agent.destroy(),
  };
}

function openAttempt(
  agent: Agent,
  request: AttemptRequest,
  sink: AttemptSink,
  options: Required<ClientOptions>,
): Attempt {
  const { clock, gatherMs } = options;
  const { url, apiKey } = request;
  let controller: Dispatcher.DispatchController | undefined;
  let body: Body | undefined;
  let hasToken = false;
  let isPaused = false;
  let isUnpackerFull = false;
  let isOver = false;
  let isExchangeOver = false;
  let cancelMark: (() => void) | undefined;
  let resolveWhole: () => void = () => undefined;
  let rejectWhole: (error: unknown) => void = () => undefined;
  const whole = new Promise<void>((resolve, reject) => {
    resolveWhole = resolve;
    rejectWhole = reject;
  });

  const clocks = createAttemptClocks({
    ...options,
    host: url.host,
    onWaiting: sink.onWaiting,
    // Who has said that the answer is over owes no more tokens.
    onLate: (error) => (translator.ending() === undefined ? fail(error) : finish()),
  });
  const pieces = createPieces(sink.onPiece);
  const translator = createTranslator({
    emit: pieces.push,
    onToken() {
      hasToken = true;
      clocks.token();
    },
    onComment: () => clocks.comment(),
    reclassify() {
      pieces.flush();
      sink.onReclassified?.();
    },
    onWait() {
      cancelMark = clock.after(markMs, () => {
        translator.release();
        give();
      });
    },
    thoughts: request.thoughts,
    isContinuation: request.isContinuation,
    apiKey,
  });
  let reader = createPayloadReader(translator);
  // Cuts no character either, and gives one-byte strings for ASCII, which TextDecoder does not: a third less time for a stream.
  const decoder = new StringDecoder('utf8');

  const gatherer = createGatherer({ clock, gatherMs, give: (bytes) => body?.push(bytes) });
  const linger = createLinger(clock, () => {
    finish();
    closeSocket();
  });
  const closeSocket = () => {
    linger.stop();
    gatherer.drop();
    body?.destroy();
    if (isExchangeOver) return;
    isExchangeOver = true;
    controller?.abort(new Error('closed by us'));
  };
  const end = () => {
    isOver = true;
    clocks.stop();
    cancelMark?.();
    pieces.flush();
  };
  const fail = (error: unknown) => {
    if (isOver) return;
    translator.broke();
    end();
    closeSocket();
    rejectWhole(error);
  };
  /** No more is to come, or no more is waited for. A whole answer's connection is drained for a moment, so that it can be used again. */
  const finish = (error?: unknown) => {
    if (isOver) return;
    try {
      // A connection that breaks after the finish reason has cost nothing.
      const isHarmless = isBotError(error, 'broken-off') && translator.ending() !== undefined;
      if (error !== undefined && !isHarmless) throw error;
      reader.push(decoder.end());
      reader.end();
      translator.end();
      end();
      resolveWhole();
    } catch (failure) {
      fail(failure);
    }
  };
  const onBytes = (bytes: Buffer) => {
    if (isOver) return;
    try {
      reader.push(decoder.write(bytes));
      translator.flush();
    } catch (error) {
      fail(error);
      return;
    }
    const ending = translator.ending();
    linger.look(ending !== undefined, translator.chunks());
    if (ending === 'done') finish();
    give();
  };
  const give = () => {
    pieces.flush();
    pace();
  };
  const pace = () => {
    const shouldPause = isUnpackerFull || sink.isFull();
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
    if (status < 300) {
      reader = createPayloadReader(translator, undefined, headerOf(headers, 'content-type') ?? '');
      return createBody(encoding, { onBytes, onEnd: finish, onBackpressure });
    }
    const read: Buffer[] = [];
    let size = 0;
    const refuse = () => {
      cancelSlow();
      const text = new TextDecoder().decode(Buffer.concat(read).subarray(0, maxErrorBytes));
      fail(toStatusError({ status, headers, body: text, apiKey, now: clock.now() }));
    };
    const cancelSlow = clock.after(errorBodyMs, refuse);
    return createBody(encoding, {
      onBytes(bytes) {
        read.push(bytes);
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
        if (!isOver) clocks.connected();
        else started.abort(new Error('closed by us'));
      },
      onResponseStart(_controller, status, headers) {
        if (status >= 200) body = openBody(status, headers);
      },
      onResponseData(_controller, bytes) {
        // What comes before the first token waits for nothing.
        if (hasToken) gatherer.push(bytes);
        else body?.push(bytes);
      },
      onResponseEnd() {
        isExchangeOver = true;
        gatherer.flush();
        body?.end();
        if (isOver) linger.stop();
      },
      onResponseError(_controller, error) {
        isExchangeOver = true;
        gatherer.flush();
        linger.stop();
        const failure = toSocketError(error, url.host, body !== undefined);
        if (body === undefined) fail(failure);
        else body.end(failure);
      },
    },
  );

  return {
    whole,
    report: () => translator.report(),
    resume: pace,
    close: fail,
  };
}
