// Owns Slack's events over HTTP: which request is read at all, how much of it, whether Slack signed it, and how it is answered.
// Must not know what events mean beyond their shape. Nothing that arrives here ends the process.

import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { App, Receiver } from '@slack/bolt';
import type { Clock } from '../../src/clock.ts';
import { toPlainWords } from '../../src/errors.ts';
import { parseEnvelope } from './envelope.ts';
import { withoutTokens } from './errors.ts';
import type { AdapterLog } from './socket.ts';

/**
 * Bytes of a body. A message has at most 40,000 characters (docs.slack.dev/changelog/2018-truncating-really-long-messages); escaped as
 * JSON they are 6 bytes each, and they come twice, as text and as blocks: 480 kB. What Slack sends is mostly some 10 kB.
 */
const BODY_MAX = 1024 * 1024;
/** Bodies that are being read, and bytes of them all: who comes next makes the oldest go. Slack's own are read in milliseconds. */
const READING_MAX = 64;
const BYTES_MAX = 8 * BODY_MAX;
/** Slack waits 3 s for its answer (docs.slack.dev/apis/events-api#responding); it will not need longer to send. */
const BODY_MS = 3_000;
/** Slack has long delivered again. */
const ANSWER_MS = 30_000;
/** How long, and how much, is read of a refused body, so that its sender gets to read the refusal. */
const LINGER_MS = 1_000;
/** docs.slack.dev/authentication/verifying-requests-from-slack: five minutes, against replays. */
const AGE_MAX_S = 5 * 60;

export interface EventsOptions {
  readonly signingSecret: string;
  readonly clock: Clock;
  readonly log: AdapterLog;
}

export interface EventsReceiver extends Receiver {
  /** Answers a POST to the events' path. */
  listener(request: IncomingMessage, response: ServerResponse): void;
}

/** A receiver for Bolt whose requests come from the one HTTP server. */
export function createEventsReceiver({ signingSecret, clock, log }: EventsOptions): EventsReceiver {
  const reading = createReadings(clock);
  let app: App | undefined;

  const isSigned = (timestamp: string, signature: string, body: Buffer): boolean => {
    const digest = createHmac('sha256', signingSecret).update(`v0:${timestamp}:`).update(body).digest('hex');
    return timingSafeEqual(Buffer.from(`v0=${digest}`), Buffer.from(signature));
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const signed = parseSigned(request, clock.now() / 1000);
    if (signed === undefined) return refuse(request, response, 401, clock);
    if (Number(request.headers['content-length'] ?? 0) > BODY_MAX)
      return refuse(request, response, 413, clock);
    const body = await reading.read(request);
    if (body === 'gone') return;
    if (typeof body === 'number') return refuse(request, response, body, clock);
    if (!isSigned(signed.timestamp, signed.signature, body)) return end(response, 401);
    const envelope = parseEnvelope(body, request.headers['content-type'] ?? '');
    if (envelope === undefined) {
      log.warn({ bytes: body.length }, 'Slack posted something signed that is no event; answered with 400');
      return end(response, 400);
    }
    if (envelope.type === 'url_verification') return end(response, 200, String(envelope.challenge));
    await deliver(envelope, request, response);
  };

  const deliver = async (
    body: Readonly<Record<string, unknown>>,
    { headers }: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    const cancel = clock.after(ANSWER_MS, () => end(response, 503));
    response.once('close', cancel);
    try {
      await app?.processEvent({
        body,
        ack: async () => end(response, 200),
        retryNum: Number(headers['x-slack-retry-num'] ?? 0),
        retryReason: String(headers['x-slack-retry-reason'] ?? ''),
      });
    } catch (error) {
      log.warn({ error: describe(error) }, 'an event of Slack could not be taken; Slack delivers it again');
    }
    // Nobody acknowledged it.
    end(response, 503);
  };

  return {
    init(bolt) {
      app = bolt;
    },
    start: async () => undefined,
    stop: async () => undefined,
    listener(request, response) {
      response.on('error', () => undefined);
      answer(request, response).catch((error: unknown) => {
        log.warn({ error: describe(error) }, 'a request of Slack failed');
        end(response, 500);
      });
    },
  };
}

/** What must stand in the headers before a byte of the body is read. */
function parseSigned({ headers }: IncomingMessage, nowS: number) {
  const timestamp = String(headers['x-slack-request-timestamp'] ?? '');
  const signature = String(headers['x-slack-signature'] ?? '');
  if (!/^\d{1,12}$/.test(timestamp) || !/^v0=[0-9a-f]{64}$/.test(signature)) return undefined;
  return Math.abs(nowS - Number(timestamp)) > AGE_MAX_S ? undefined : { timestamp, signature };
}

/** Reads bodies within bounds that hold for all of them together. */
function createReadings(clock: Clock) {
  /** Those that are being read, the oldest first, with what ends them. */
  const open = new Set<(status: number) => void>();
  let bytes = 0;

  const makeRoom = (): void => {
    for (const drop of open) {
      if (open.size < READING_MAX && bytes <= BYTES_MAX) return;
      drop(503);
    }
  };

  return {
    /** The body; a status where it is refused; `gone` where its sender went. */
    read: (request: IncomingMessage) =>
      new Promise<Buffer | number | 'gone'>((resolve) => {
        makeRoom();
        const pieces: Buffer[] = [];
        let size = 0;
        const settle = (outcome: Buffer | number | 'gone'): void => {
          if (!open.delete(drop)) return;
          cancel();
          bytes -= size;
          request.off('data', take);
          resolve(outcome);
        };
        const drop = (status: number): void => settle(status);
        const take = (piece: Buffer): void => {
          pieces.push(piece);
          size += piece.length;
          bytes += piece.length;
          if (size > BODY_MAX) settle(413);
          else if (bytes > BYTES_MAX) makeRoom();
        };
        const cancel = clock.after(BODY_MS, () => drop(408));
        open.add(drop);
        request.on('data', take);
        request.once('end', () => settle(Buffer.concat(pieces)));
        request.once('error', () => settle('gone'));
        request.once('close', () => settle('gone'));
      }),
  };
}

/** Answers before the body has come; what still comes is thrown away for a moment, else its sender would never read the answer. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number, clock: Clock): void {
  response.writeHead(status, { connection: 'close', 'content-length': 0 });
  response.flushHeaders();
  let left = BODY_MAX;
  const finish = (): void => {
    cancel();
    response.end();
  };
  const cancel = clock.after(LINGER_MS, finish);
  request.on('data', (piece: Buffer) => {
    left -= piece.length;
    if (left < 0) finish();
  });
  request.once('error', finish);
  request.once('close', finish);
  request.once('end', finish);
  if (request.readableEnded || request.destroyed) finish();
}

function end(response: ServerResponse, status: number, body = ''): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(body);
}

function describe(error: unknown): string {
  return withoutTokens(toPlainWords(error));
}
