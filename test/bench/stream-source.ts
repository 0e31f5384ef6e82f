// The model of the stream benchmark, a process of its own: `/burst/...` answers with 200,000 chunks as fast as they are taken,
// `/paced/...` with 50 a second for 30 s. Sends its address to the process that forked it. Must not know who reads.
//
// The chunks have the shape of DeepSeek's, field by field, with text of our own.

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { toProse } from './prose.ts';

/** What the source tells whoever forked it. */
export interface SourceReady {
  readonly url: string;
  readonly burst: Answer;
  readonly paced: Answer;
}

export interface Answer {
  readonly chunks: number;
  readonly bytes: number;
  /** SHA-256 of the text, in hex. */
  readonly hash: string;
}

const burstTokens = 200_000;
const pacedPerSecond = 50;
const pacedSeconds = 30;
const gapMs = 1000 / pacedPerSecond;
/** Bytes that one write of a burst carries. */
const pieceBytes = 64 * 1024;

const end = 'data: [DONE]\n\n';

function toEvents(tokens: readonly string[]): string[] {
  const usage = {
    prompt_tokens: 214,
    completion_tokens: tokens.length,
    total_tokens: 214 + tokens.length,
    prompt_tokens_details: { cached_tokens: 128 },
    prompt_cache_hit_tokens: 128,
    prompt_cache_miss_tokens: 86,
  };
  const toEvent = (delta: object, finish: string | null) => {
    const chunk = {
      id: '5d2f7c1e-8a34-4b9e-9c07-6e1b2a90f4d3',
      object: 'chat.completion.chunk',
      created: 1_790_000_000,
      model: 'deepseek-flash',
      system_fingerprint: 'fp_3c9a1e77d0_prod1017_fp8_kvcache',
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
      ...(finish === null ? {} : { usage }),
    };
    return `data: ${JSON.stringify(chunk)}\n\n`;
  };
  return [
    toEvent({ role: 'assistant', content: '' }, null),
    ...tokens.map((content) => toEvent({ content }, null)),
    toEvent({ content: '' }, 'stop'),
  ];
}

function toAnswer(tokens: readonly string[], events: readonly string[]): Answer {
  return {
    chunks: events.length,
    bytes: events.reduce((sum, event) => sum + Buffer.byteLength(event), end.length),
    hash: createHash('sha256').update(tokens.join('')).digest('hex'),
  };
}

const head = [
  'HTTP/1.1 200 OK',
  'content-type: text/event-stream; charset=utf-8',
  'transfer-encoding: chunked',
  'connection: close',
  '\r\n',
].join('\r\n');

/** Each event is an HTTP chunk of its own, as providers flush them. */
const toHttpChunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const tail = `${toHttpChunk(end)}0\r\n\r\n`;

/** A whole response, its chunks joined as TCP joins what comes fast. */
function toPieces(events: readonly string[]): Buffer[] {
  const all = Buffer.from(`${head}${events.map(toHttpChunk).join('')}${tail}`);
  const pieces: Buffer[] = [];
  for (let at = 0; at < all.length; at += pieceBytes) pieces.push(all.subarray(at, at + pieceBytes));
  return pieces;
}

const burst = toProse(burstTokens, 1);
const burstEvents = toEvents(burst);
const burstPieces = toPieces(burstEvents);
const paced = toProse(pacedPerSecond * pacedSeconds, 2);
const pacedEvents = toEvents(paced);
const pacedChunks = pacedEvents.map((event) => Buffer.from(toHttpChunk(event)));

function sendBurst(socket: Socket): void {
  let next = 0;
  const send = () => {
    for (let piece = burstPieces[next]; piece !== undefined; piece = burstPieces[next]) {
      next += 1;
      if (!socket.write(piece)) {
        socket.once('drain', send);
        return;
      }
    }
    socket.end();
  };
  send();
}

/** Streams by the millisecond, within the gap between two events, in which their next one is due. */
const slots: { socket: Socket; next: number }[][] = Array.from({ length: gapMs }, () => []);
let arrived = 0;

function sendPaced(socket: Socket): void {
  socket.write(head);
  slots[arrived % gapMs]?.push({ socket, next: 0 });
  arrived += 1;
}

function startPace(): void {
  const startedAt = performance.now();
  let done = 0;
  setInterval(() => {
    // Late ticks are caught up with, each event still in a write of its own.
    for (const due = Math.floor(performance.now() - startedAt); done < due; done += 1) {
      const at = done % gapMs;
      const slot = slots[at] ?? [];
      for (const stream of slot) {
        const chunk = pacedChunks[stream.next];
        stream.next += 1;
        if (chunk === undefined) stream.socket.end(tail);
        else stream.socket.write(chunk);
      }
      slots[at] = slot.filter(({ socket }) => !socket.writableEnded);
    }
  }, 1);
}

/** Answers are written to the socket itself: node:http would cost more than the clients that are measured. */
const server = createServer((request) => {
  request.resume();
  request.once('end', () => {
    request.socket.setNoDelay(true);
    if (request.url?.startsWith('/burst/')) sendBurst(request.socket);
    else sendPaced(request.socket);
  });
});
server.requestTimeout = 0;
server.listen(0, '127.0.0.1', () => {
  startPace();
  const { port } = server.address() as AddressInfo;
  const ready: SourceReady = {
    url: `http://127.0.0.1:${port}`,
    burst: toAnswer(burst, burstEvents),
    paced: toAnswer(paced, pacedEvents),
  };
  process.send?.(ready);
});
process.once('disconnect', () => process.exit(0));
